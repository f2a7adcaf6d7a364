"""Invented signatures of France, Germany, Austria, Switzerland, Spain and Italy."""

from tests.signature_sample import signature
from tests.signatures_elsewhere import ELSEWHERE

SIGNATURES = {
    "french, lines": signature(
        """
Cordialement,

Amélie FONTAINE
Responsable des achats

Cabinet Fontaine SARL
14 bis, rue des Tanneurs
69003 Lyon
Tél. : 04 65 71 20 31
Port. : 06 39 98 41 22
www.cabinet-fontaine.example
""",
        "a.fontaine@cabinet-fontaine.example",
        "Amélie Fontaine",
        "fr",
        title="Responsable des achats",
        company="Cabinet Fontaine SARL",
        street="14 bis, rue des Tanneurs",
        postcode="69003",
        city="Lyon",
        country="FR",
        phone="+33465712031",
        mobile="+33639984122",
        website="www.cabinet-fontaine.example",
    ),
    "french, bars and cedex": signature(
        """
Julien Petit | Gérant
Menuiserie Petit & Fils | ZA du Grand Pré, 3 allée des Chênes | 38420 DOMÈNE CEDEX
T 04 65 71 55 00 | F 04 65 71 55 09 | M 06 39 98 10 10
SIRET 123 456 789 00012 - RCS Grenoble 123 456 789
""",
        "contact@menuiserie-petit.example",
        "Julien Petit",
        "fr",
        title="Gérant",
        company="Menuiserie Petit & Fils",
        street="3 allée des Chênes",
        postcode="38420",
        city="Domène",
        country="FR",
        phone="+33465715500",
        fax="+33465715509",
        mobile="+33639981010",
    ),
    "french, feminine job, institute": signature(
        """
--
Dr Hélène Marchetti
Directrice de recherche
Laboratoire de Photonique Appliquée
Université de Valmont
12 avenue Jean Perrin
F-38000 Grenoble
+33 (0)4 65 71 80 80
""",
        "helene.marchetti@univ-valmont.example",
        "Hélène Marchetti",
        "fr",
        title="Directrice de recherche",
        company="Université de Valmont",
        street="12 avenue Jean Perrin",
        postcode="38000",
        city="Grenoble",
        country="FR",
        phone="+33465718080",
    ),
    "french, box": signature(
        """
Paul Garnier
Technico-commercial
Ets Garnier SAS
Place de la Halle
BP 40215
21005 DIJON CEDEX
Ligne directe : 03 53 01 44 18
Standard : 03 53 01 44 00
""",
        "p.garnier@garnier-sas.example",
        "Paul Garnier",
        "fr",
        title="Technico-commercial",
        company="Ets Garnier SAS",
        street="BP 40215",
        postcode="21005",
        city="Dijon",
        country="FR",
        phone="+33353014418",
    ),
    "german, lines and register": signature(
        """
Mit freundlichen Grüßen

i. V. Hannah Schmidt
Leiterin Einkauf

Licht & Raum GmbH & Co. KG
Lindenstraße 8a
10969 Berlin

Tel.: +49 (0)30 23125-417
Fax: +49 (0)30 23125-400
Mobil: 0152 28817386
hannah.schmidt@licht-und-raum.example
www.licht-und-raum.example

Sitz der Gesellschaft: Potsdam
Registergericht: Amtsgericht Potsdam, HRA 4711
Geschäftsführer: Dr. Otto Baum, Karla Stein
USt-IdNr.: DE123456789
""",
        "hannah.schmidt@licht-und-raum.example",
        "Hannah Schmidt",
        "de",
        title="Leiterin Einkauf",
        company="Licht & Raum GmbH & Co. KG",
        street="Lindenstraße 8a",
        postcode="10969",
        city="Berlin",
        country="DE",
        phone="+493023125417",
        fax="+493023125400",
        mobile="+4915228817386",
        website="www.licht-und-raum.example",
    ),
    "german, one line": signature(
        """
Dipl.-Ing. (FH) Bernd Krause · Projektingenieur · Krause Anlagenbau AG · Am Hafen 12 · D-20457 Hamburg · T +49 40 66969-112
""",
        "krause@krause-anlagenbau.example",
        "Bernd Krause",
        "de",
        title="Projektingenieur",
        company="Krause Anlagenbau AG",
        street="Am Hafen 12",
        postcode="20457",
        city="Hamburg",
        country="DE",
        phone="+494066969112",
    ),
    "german, owner": signature(
        """
Petra Vogel
Geschäftsführerin

Vogel Ladenbau
Marktplatz 3 | 50667 Köln
Telefon 0221 4710-155 | Telefax 0221 4710-199
""",
        "petra@vogel-ladenbau.example",
        "Petra Vogel",
        "de",
        title="Geschäftsführerin",
        company="Vogel Ladenbau",
        street="Marktplatz 3",
        postcode="50667",
        city="Köln",
        country="DE",
        phone="+492214710155",
        fax="+492214710199",
    ),
    "austrian": signature(
        """
Mag. Stefan Huber
Vertriebsleiter Export
Huber Leuchten GmbH
Mariahilfer Straße 101/5, A-1060 Wien
Tel. +43 1 5550123 DW 24
Handy +43 664 5550177
""",
        "s.huber@huber-leuchten.example",
        "Stefan Huber",
        "de",
        title="Vertriebsleiter Export",
        company="Huber Leuchten GmbH",
        street="Mariahilfer Straße 101/5",
        postcode="1060",
        city="Wien",
        country="AT",
        phone="+4315550123",
        mobile="+436645550177",
    ),
    "swiss": signature(
        """
Nicole Aebischer, Leiterin Projekte
Aebischer Innenausbau AG
Bahnhofstrasse 21, 3011 Bern
Telefon +41 31 555 01 20, Natel +41 79 555 01 21
""",
        "nicole@aebischer-innenausbau.example",
        "Nicole Aebischer",
        "de",
        title="Leiterin Projekte",
        company="Aebischer Innenausbau AG",
        street="Bahnhofstrasse 21",
        postcode="3011",
        city="Bern",
        country="CH",
        phone="+41315550120",
        mobile="+41795550121",
    ),
    "spanish": signature(
        """
Un saludo,

Carlos Vega Romero
Jefe de Compras
VEGA ILUMINACIÓN, S.L.
C/ Serrano, 45, 3º B
28001 Madrid (España)
Tfno.: 910 55 50 12
Móvil: 655 55 01 23
""",
        "carlos.vega@vega-iluminacion.example",
        "Carlos Vega Romero",
        "es",
        title="Jefe de Compras",
        company="VEGA ILUMINACIÓN, S.L.",
        street="C/ Serrano, 45, 3º B",
        postcode="28001",
        city="Madrid",
        country="ES",
        phone="+34910555012",
        mobile="+34655550123",
    ),
    "spanish, feminine and international": signature(
        """
Marta Ortega
Directora Comercial - Europa
Talleres Ortega S.A.
Polígono Industrial La Vega, nave 7
46980 Paterna, Valencia
T: +34 960 555 120 / M: +34 655 550 140
""",
        "mortega@talleres-ortega.example",
        "Marta Ortega",
        "es",
        title="Directora Comercial",
        company="Talleres Ortega S.A.",
        street="Polígono Industrial La Vega, nave 7",
        postcode="46980",
        city="Paterna",
        country="ES",
        phone="+34960555120",
        mobile="+34655550140",
    ),
    "italian": signature(
        """
Cordiali saluti

Ing. Giulia Moretti
Responsabile Ufficio Tecnico
Moretti Arredamenti S.r.l.
Via Garibaldi, 27 - 20121 Milano (MI)
Tel. +39 02 5550 1234 - Fax +39 02 5550 1299
Cell. 347 555 0123
P.IVA 01234567890
""",
        "g.moretti@morettiarredamenti.example",
        "Giulia Moretti",
        "it",
        title="Responsabile Ufficio Tecnico",
        company="Moretti Arredamenti S.r.l.",
        street="Via Garibaldi, 27",
        postcode="20121",
        city="Milano",
        region="MI",
        country="IT",
        phone="+390255501234",
        fax="+390255501299",
        mobile="+393475550123",
    ),
} | ELSEWHERE
