"""Words of signatures in seven languages, without accents: what a person is, what an organisation is, what neither is."""

import re

from reading.fields.words import folded, words_in


def _set(words: str) -> frozenset[str]:
    return frozenset(folded(words).split())


_ENGLISH_JOBS = _set(
    """
    accountant actor actuary administrator advisor adviser advocate agent ambassador analyst anchor animator apprentice architect
    archivist artist assistant associate astronomer attendant attorney auctioneer auditor author baker banker barista barrister
    biologist bookkeeper broker builder butcher buyer captain caretaker carpenter cashier caterer ceo cfo cio ciso cmo coo cpo cro
    cso cto chair chairman chairperson chairwoman chancellor chaplain chef chemist chief clerk clinician coach cofounder columnist
    commissioner composer conductor consultant contractor controller coordinator counsel counsellor counselor courier curator
    custodian dean dealer decorator dentist deputy designer detective developer dietitian director dispatcher distributor doctor
    driver economist editor educator electrician engineer entrepreneur estimator evangelist executive expert facilitator farmer
    fellow florist forester founder fundraiser gardener geologist geophysicist governor grower hacker handyman head historian
    hygienist illustrator inspector installer instructor interpreter intern inventor investigator investor janitor jeweller joiner
    journalist judge laureate lawyer lead leader lecturer liaison librarian lobbyist locksmith machinist maintainer maker manager
    marketer mason mathematician mechanic mediator member merchandiser merchant midwife minister moderator musician negotiator neurologist
    notary nurse nutritionist officer operator optician optometrist organiser organizer osteopath owner painter paralegal partner
    pastor pathologist pediatrician pharmacist photographer physician physicist physiotherapist pianist pilot planner plumber
    podiatrist postdoc preacher president presenter principal printer producer professor programmer promoter proprietor provost
    psychiatrist psychologist publisher purchaser radiographer ranger realtor receptionist recruiter rector registrar reporter
    representative researcher restorer retailer reviewer roofer salesman salesperson saleswoman scholar scientist scout sculptor
    secretary seller sergeant sheriff singer solicitor specialist statistician steward strategist student stylist superintendent
    supervisor surgeon surveyor sysadmin tailor teacher technician technologist tester therapist trader trainee trainer translator
    treasurer trustee tutor underwriter upholsterer veterinarian vet vp svp evp avp vicepresident warden webmaster welder writer
    postgraduate undergraduate graduate freelancer salesrep sre dba cofounder owner-operator spokesperson spokesman spokeswoman
    """
)
# Languages that put the job before what it is about; German does both.
HEAD_FIRST = _set(
    """
    directeur responsable chef gerant president fondateur cofondateur associe ingenieur technicien charge conseiller conseilleur
    assistant secretaire comptable acheteur vendeur avocat notaire medecin infirmier architecte developpeur concepteur redacteur
    graphiste formateur animateur coordinateur coordonnateur gestionnaire administrateur delegue attache adjoint professeur
    enseignant chercheur doctorant etudiant stagiaire apprenti alternant artisan menuisier ebeniste electricien plombier
    chauffagiste macon couvreur peintre serrurier agenceur decorateur operateur conducteur dessinateur geometre metreur economiste
    analyste juriste pharmacien dentiste kinesitherapeute psychologue osteopathe veterinaire traducteur interprete journaliste
    photographe illustrateur maire elu conservateur bibliothecaire documentaliste astronome physicien chimiste biologiste
    mathematicien dg pdg daf drh dsi rssi dga cip technicocommercial tresorier mandataire courtier negociateur agriculteur
    viticulteur vigneron restaurateur hotelier boulanger patissier fleuriste coiffeur opticien webmestre informaticien programmeur
    proviseur principal recteur doyen huissier magistrat greffier urbaniste paysagiste eclairagiste scenographe regisseur
    realisateur producteur editeur libraire auditeur controleur inspecteur expert sage-femme logisticien magasinier chauffeur
    livreur approvisionneur planificateur ordonnanceur automaticien superviseur exploitant

    leiter geschaftsfuhrer inhaber prokurist vorstand vorsitzende vorsitzender direktor prasident vizeprasident grunder mitgrunder
    gesellschafter referent sachbearbeiter mitarbeiter mitarbeitende assistent assistenz sekretar sekretariat berater ingenieur
    techniker entwickler informatiker programmierer architekt planer verkaufer einkaufer kaufmann kauffrau buchhalter jurist
    rechtsanwalt rechtsanwaltin anwalt steuerberater wirtschaftsprufer notar arzt arztin zahnarzt zahnarztin apotheker meister
    tischler schreiner elektriker mechaniker monteur fahrer disponent koordinator beauftragter beauftragte dozent lehrer doktorand
    praktikant auszubildender auszubildende azubi werkstudent redakteur journalist fotograf grafiker gestalter texter ubersetzer
    dolmetscher makler vertreter handelsvertreter experte spezialist fachkraft betreuer pfleger hebamme pfarrer burgermeister
    hausmeister lagerist innendienst aussendienst heilpraktiker psychologe psychotherapeut physiotherapeut okonom physiker chemiker
    biologe mathematiker wissenschaftler sprecher sprecherin geschaftsleitung projektleitung bauleitung teamleitung vertriebsleitung
    abteilungsleitung leitung bereichsleitung stellvertreter bevollmachtigter verwalter kammerer landwirt winzer gastwirt backer
    konditor friseur optiker augenoptiker maler

    director gerente subgerente subdirector jefe jefa encargado presidente vicepresidente fundador socio consejero delegado
    administrador propietario dueno ingeniero tecnico arquitecto aparejador abogado asesor consultor comercial vendedor comprador
    coordinador asistente secretario ayudante auxiliar analista desarrollador programador disenador profesor catedratico
    investigador medico enfermero farmaceutico psicologo veterinario contable economista representante agente operador operario
    electricista carpintero traductor periodista redactor fotografo becario estudiante alcalde concejal notario procurador perito
    especialista experto supervisor

    direttore direttrice titolare amministratore ingegnere architetto avvocato geometra consulente commerciale impiegato impiegata
    segretario segretaria ragioniere commercialista addetto addetta venditore venditrice fondatore socio professore professoressa
    ricercatore docente dottorando studente sviluppatore progettista capo capoarea coordinatore assistente notaio perito
    restauratore falegname elettricista responsabile sindaco assessore farmacista giornalista traduttore grafico arredatore
    presidente tecnico acquirente

    diretor gestor engenheiro advogado consultor chefe coordenador proprietario responsavel vendedor comprador pesquisador medico
    enfermeiro contabilista contador arquiteto tecnico encarregado estudante professor jornalista tradutor

    eigenaar zaakvoerder bestuurder hoofd medewerker medewerkster adviseur advocaat verkoper inkoper ontwikkelaar projectleider
    leidinggevende secretaresse onderzoeker hoogleraar docent boekhouder notaris tandarts vertegenwoordiger coordinator voorzitter
    oprichter bedrijfsleider teamleider directeur vennoot ondernemer architect timmerman meubelmaker installateur beheerder
    """
)
JOBS = _ENGLISH_JOBS | HEAD_FIRST
# English jobs that are put first too: "Director Marketing".
LEADERS = _set("director manager head president vp svp evp vicepresident chief lead leader supervisor coordinator superintendent")
JOB_ENDINGS = (
    "leiter", "ingenieur", "berater", "manager", "entwickler", "referent", "assistent", "techniker", "kaufmann", "kauffrau",
    "meister", "architekt", "fuhrer", "handler", "vertreter", "bearbeiter", "verkaufer", "einkaufer", "planer", "prufer", "direktor",
    "prasident", "vorstand", "innendienst", "aussendienst", "mitarbeiter", "beauftragter", "beauftragte", "anwalt", "arzt",
    "redakteur", "mechaniker", "elektroniker", "informatiker", "administrator", "koordinator", "spezialist", "experte", "betreuer",
    "leitung", "assistenz", "lehrer", "chef", "monteur", "zeichner", "konstrukteur", "gestalter", "disponent", "programmierer",
    "forscher", "wissenschaftler", "medewerker", "adviseur", "leider", "directeur", "specialist", "consultant", "engineer",
    "beheerder", "monteur",
)  # fmt: skip
# Too many compounds and other words end so: only these whole words are jobs, or only the endings of long words.
MIN_COMPOUND = 9

DEPARTMENTS = _set(
    """
    department departement departament dept division unit abteilung bereich referat dezernat institut institute lehrstuhl
    fachbereich fakultat faculty faculte facultad facolta school ecole escuela service services servicio direction pole area
    departamento departement direccion seccion ufficio dipartimento reparto afdeling group team section branch bureau laboratory
    laboratoire lab laboratorio chair business office centre center zentrum equipe vertrieb verkauf einkauf buchhaltung marketing
    kundenservice kundendienst
    """
)
DEGREES = _set(
    """
    dr prof dipl ing phd ph d msc m sc bsc b mba ba ma bs ms md rer nat habil hc mag dott dottssa drs ir eng pe pmp cpa cfa cissp
    ccie esq jd llm llb mag fh tu uni betriebswirt kfm inform math phys chem oec jur med vet univ cand stud bc bsc beng meng mphil
    fca aca acca frics ceng mrics riba aia leed ap rn dds dvm facs i a v p p a
    """
)

# Endings that make a name a company's, as words without dots.
LEGAL_FORMS = _set(
    """
    gmbh ggmbh mbh ag kg kgaa ohg ug gbr ev ek se eg sarl sas sasu eurl scop scp sci snc selarl gie srl srls spa sapa ss slu slp
    slne sau sll scoop scl ltd limited llc llp lp inc incorporated corp corporation plc pllc pc cic bv nv vof cv bvba sprl asbl vzw
    scrl ab hb oy oyj aps asa lda ltda eireli unipessoal pty pvt sdn bhd pte kk sro zrt kft nyrt doo dd ood ead ooo zao oao sp zoo
    """
)
ORGANISATIONS = _set(
    """
    university universite universitat universidad universita universidade universiteit universitet hochschule fachhochschule college
    academy akademie academie accademia academia observatory observatoire observatorio institute institut instituto istituto
    foundation fondation stiftung fundacion fondazione association asociacion associazione verein verband vereinigung federation
    federacion society gesellschaft societe sociedad societa company compagnie compania compagnia kompanie co group groupe gruppe
    grupo gruppo holding holdings committee comite ministry ministere ministerium ministerio ministero council conseil rat bank
    banque banca banco hospital hopital krankenhaus klinik klinikum clinic clinique clinica ospedale museum musee museo library
    bibliotheque bibliothek biblioteca church kirche eglise hotel restaurant gasthof chambre kammer camara agency agence agentur
    agencia agenzia authority administration commission party partei zentrum centre center centro consortium cooperative
    genossenschaft cabinet kanzlei praxis atelier ateliers etablissements ets entreprise empresa azienda ditta stadtwerke gemeinde
    stadtverwaltung mairie ayuntamiento comune municipality trust union school ecole schule escuela laboratory laboratories
    laboratoire laboratorio labs
    """
)
# Last words of company names. After a name or a job they are strong.
TRADES = _set(
    """
    technologies technology systems solutions software consulting consultants engineering engineers services media design designs
    studio studios networks communications industries international partners associates electronics electric energy pharma
    pharmaceuticals logistics transport transports transporte transportes bau immobilien realty properties motors automotive
    aerospace robotics instruments semiconductor semiconductors devices labs laboratories interactive digital creative ventures
    capital insurance assurances versicherung versicherungen publishing press verlag editions records productions films events
    travel tours foods farms winery brewery brauerei supply supplies equipment tools machinery maschinenbau metallbau holzbau
    anlagenbau ladenbau werkzeugbau furniture mobel muebles lighting beleuchtung eclairage iluminacion interiors interieurs
    agencement menuiserie joinery carpentry construction constructions construcciones costruzioni builders architects arquitectos
    architectes architekten attorneys abogados avocats rechtsanwalte lawyers research telecom wireless security cybersecurity data
    cloud computing internet web hosting distribution trading import export enterprises enterprise manufacturing products freres
    fils sohne sons hermanos hijos fratelli figli brothers bros cie logistik spedition elektrotechnik elektronik technik haustechnik
    talleres suministros instalaciones
    """
)
# An organisation within another: named after it, or never alone.
SUBORDINATE = _set(
    """
    department departement dept departamento dipartimento afdeling division unit abteilung bereich referat lehrstuhl fachbereich
    fakultat faculty faculte facultad facolta laboratory laboratoire laboratorio lab section group team school chair branch unite
    equipe pole institute institut instituto istituto centre center zentrum centro committee comite
    """
)
_CONTRACTED = re.compile(r"\b(?:i|you|we|they|he|she|it|that|there|what|let)['’](?:m|s|ll|re|ve|d)\b|n['’]t\b", re.IGNORECASE)
SENTENCE = _set(
    """
    is are was were be been you your yours we our us they their this that these those if will would can could should must have has
    had does please thank thanks not never always it its he she his her my me what when where why how but because so ist sind war
    sie ihr ihre ihnen wir uns unser unsere diese dieser dieses bitte danke nicht nie kein keine wenn dass aber wird werden sont
    etait vous votre vos nous notre nos ce cette ces merci ne pas jamais qui que quoi si mais sera peut avez avons es era usted
    ustedes su sus nosotros nuestro nuestra este esta estos gracias nunca quien cuando pero sera puede siete voi vostro nostro
    questo questa grazie chi quando puo uw wij ons onze dit deze niet nooit wie wanneer maar kan zijn bent dank mailto http https
    www subject sent from wrote logo click visit follow download  sponsored powered dear hi hello
    bonjour hallo hola ciao liebe lieber cher chere estimado estimada geehrte geehrter regards located based
    """
)
# After one of these nothing in the line is about the sender: directors, courts, registers.
LEGAL_NOTES = (
    "registergericht", "amtsgericht", "handelsregister", "komplementar", "sitz der", "sitz:", "firmensitz", "ust-id", "ust.id",
    "umsatzsteuer", "steuernummer", "court of registration", "registered office", "registered in", "registered address",
    "registered number", "registration number", "registration no", "company number", "company no", "managing director:",
    "managing directors", "management board", "board of directors", "executive board", "supervisory", "trade register",
    "commercial register", "chairman:", "siege social", "au capital", "capital de", "capital social", "siret", "siren", "r.c.s",
    "rcs ", "tva ", "tva:", "gerants:", "inscrita", "registro mercantil", "domicilio social", "sede legale", "capitale sociale",
    "partita iva", "p.iva", "p. iva", "reg. imprese", "kvk", "kamer van koophandel", "vat ", "vat:", "bankverbindung", "iban",
    "makers of", "directors:", "commerzbank", "sparkasse", "volksbank", "personlich haftende",
)  # fmt: skip


def reads_as_sentence(text: str) -> bool:
    """Does a word of sentences stand in it? "IT" and "US" in capitals are none, unless all is in capitals."""
    shouted = text.isupper()
    return bool(_CONTRACTED.search(text)) or any(
        word in SENTENCE for written in text.split() if shouted or not written.strip(".,()").isupper() for word in words_in(written)
    )
