"""Domains: which are a company's own, which belong to everybody, and which are a network's or a tool's."""

from functools import lru_cache

from publicsuffixlist import PublicSuffixList

from reading.fields.words import listed

_SUFFIXES = PublicSuffixList()

# Where anybody may have an address: the domain says nothing about a company.
FREE_MAIL = listed(
    """
    gmail.com googlemail.com outlook.com outlook.fr outlook.de outlook.es outlook.it hotmail.com hotmail.fr hotmail.de hotmail.es
    hotmail.it hotmail.co.uk hotmail.be live.com live.fr live.de live.co.uk live.nl live.be live.it msn.com windowslive.com
    passport.com yahoo.com yahoo.fr yahoo.de yahoo.es yahoo.it yahoo.co.uk yahoo.co.in yahoo.in yahoo.ca yahoo.com.br yahoo.com.ar
    yahoo.com.mx yahoo.co.jp yahoo.com.au yahoo.com.tw yahoo.com.hk yahoo.com.cn yahoo.cn yahoo.ie ymail.com rocketmail.com aol.com
    aim.com aol.fr aol.de icloud.com me.com mac.com proton.me protonmail.com protonmail.ch pm.me tutanota.com tutanota.de tuta.io
    tuta.com fastmail.com fastmail.fm fastmail.net hushmail.com zoho.com zohomail.com zohomail.eu mail.com email.com usa.com gmx.com
    gmx.net gmx.de gmx.at gmx.ch gmx.fr gmx.org web.de freenet.de t-online.de arcor.de mailbox.org posteo.de posteo.net posteo.com
    posteo.eu online.de onlinehome.de kabelmail.de vodafone.de vodafonemail.de unitybox.de ewetel.net ewe.net netcologne.de magenta.de
    alice.de alice-dsl.net o2online.de osnanet.de htp-tel.de 1und1.de mail.de email.de firemail.de systemli.org riseup.net disroot.org
    orange.fr wanadoo.fr free.fr laposte.net sfr.fr neuf.fr bbox.fr numericable.fr numericable.com club-internet.fr cegetel.net
    aliceadsl.fr libertysurf.fr noos.fr voila.fr tele2.fr nordnet.fr gandi.net ovh.net mailo.com netcourrier.com zaclys.com bluewin.ch
    hispeed.ch sunrise.ch swissonline.ch green.ch vtxmail.ch aon.at chello.at inode.at a1.net utanet.at liwest.at telefonica.net
    movistar.es terra.es ono.com ya.com wanadoo.es orange.es euskaltel.net jazztel.es terra.com terra.com.br libero.it virgilio.it
    alice.it tin.it tim.it tiscali.it fastwebnet.it inwind.it iol.it email.it pec.it aruba.it poste.it sapo.pt mail.telepac.pt
    netcabo.pt clix.pt uol.com.br bol.com.br ig.com.br globo.com globomail.com r7.com skynet.be telenet.be belgacom.net proximus.be
    scarlet.be voo.be brutele.be ziggo.nl kpnmail.nl kpnplanet.nl planet.nl home.nl hetnet.nl xs4all.nl chello.nl upcmail.nl
    quicknet.nl casema.nl caiway.nl solcon.nl zonnet.nl tele2.nl online.nl hccnet.nl btinternet.com btopenworld.com virginmedia.com
    virgin.net ntlworld.com blueyonder.co.uk talktalk.net talk21.com tiscali.co.uk sky.com o2.co.uk eircom.net plus.com plusnet.com
    freeserve.co.uk zen.co.uk comcast.net verizon.net att.net sbcglobal.net bellsouth.net pacbell.net ameritech.net cox.net
    charter.net earthlink.net mindspring.com juno.com netzero.net netzero.com optonline.net rr.com roadrunner.com frontier.com
    frontiernet.net windstream.net centurylink.net embarqmail.com q.com excite.com lycos.com netscape.net netscape.com prodigy.net
    worldnet.att.net compuserve.com peoplepc.com suddenlink.net mchsi.com cableone.net hughes.net telus.net shaw.ca rogers.com
    sympatico.ca bell.net videotron.ca cogeco.ca eastlink.ca nb.sympatico.ca bigpond.com bigpond.net.au optusnet.com.au iinet.net.au
    tpg.com.au internode.on.net ozemail.com.au westnet.com.au dodo.com.au xtra.co.nz paradise.net.nz clear.net.nz slingshot.co.nz
    mail.ru bk.ru list.ru inbox.ru internet.ru yandex.ru yandex.com ya.ru rambler.ru ukr.net i.ua meta.ua wp.pl o2.pl onet.pl onet.eu
    op.pl interia.pl interia.eu poczta.fm poczta.onet.pl gazeta.pl tlen.pl vp.pl go2.pl seznam.cz email.cz centrum.cz atlas.cz
    volny.cz post.cz azet.sk zoznam.sk centrum.sk post.sk freemail.hu citromail.hu t-online.hu abv.bg mail.bg dir.bg yahoo.ro in.gr
    otenet.gr inbox.lv inbox.lt mail.ee hot.ee net.hr siol.net telia.com bredband.net spray.se comhem.se tele2.se swipnet.se home.se
    online.no broadpark.no start.no frisurf.no mail.dk jubii.dk ofir.dk stofanet.dk tdcadsl.dk youmail.dk luukku.com kolumbus.fi
    elisanet.fi suomi24.fi saunalahti.fi welho.com qq.com vip.qq.com foxmail.com 163.com 126.com 163.net yeah.net sina.com sina.cn
    sohu.com tom.com aliyun.com 139.com 189.cn 21cn.com hinet.net pchome.com.tw seed.net.tw naver.com hanmail.net daum.net nate.com
    docomo.ne.jp ezweb.ne.jp softbank.ne.jp nifty.com rediffmail.com sify.com indiatimes.com vsnl.com vsnl.net singnet.com.sg
    starhub.net.sg pacific.net.sg streamyx.com walla.com walla.co.il netvision.net.il bezeqint.net zahav.net.il 012.net.il mweb.co.za
    telkomsa.net vodamail.co.za ovi.com inbox.com gawab.com mailinator.com safe-mail.net lavabit.com cock.li airmail.cc duck.com
    hey.com privaterelay.appleid.com users.sourceforge.net users.noreply.github.com
    """
)
# Networks where people and companies have a page. Value: paths that are no page of anybody.
SOCIAL = listed(
    """
    linkedin.com xing.com twitter.com x.com facebook.com fb.com instagram.com youtube.com tiktok.com github.com gitlab.com threads.net
    mastodon.social fosstodon.org bsky.app researchgate.net orcid.org medium.com behance.net dribbble.com pinterest.com vimeo.com
    viadeo.com t.me wa.me flickr.com soundcloud.com stackoverflow.com keybase.io about.me
    """
)
# Tools whose links stand in signatures without being the sender's site.
_TOOLS = listed(
    """
    avast.com avg.com mcafee.com norton.com kaspersky.com eset.com bit.ly goo.gl g.co aka.ms t.co tinyurl.com ow.ly lnkd.in fb.me
    youtu.be buff.ly is.gd rebrand.ly cutt.ly calendly.com zoom.us webex.com gotomeeting.com gotomeet.me whereby.com
    teams.microsoft.com microsoft.com office.com office365.com live.com sharepoint.com onedrive.com google.com google.fr google.de
    google.es google.it googleusercontent.com gstatic.com goo.gle apple.com apps.apple.com itunes.com play.google.com mailchi.mp
    mailchimp.com list-manage.com sendgrid.net sendinblue.com brevo.com hubspot.com hs-sites.com salesforce.com mandrillapp.com
    constantcontact.com surveymonkey.com typeform.com docusign.com docusign.net dropbox.com wetransfer.com box.com w3.org
    openxmlformats.org codetwo.com exclaimer.com exclaimer.net wisestamp.com mysignature.io newoldstamp.com trustpilot.com kununu.com
    glassdoor.com tripadvisor.com yelp.com wikipedia.org skype.com whatsapp.com signal.org messenger.com yahoo.com aol.com mozilla.org
    mozilla.com thunderbird.net proofpoint.com urldefense.com mimecast.com barracudanetworks.com yahoogroups.com googlegroups.com
    groups.io freelists.org sourceforge.net gnupg.org pgp.net pgp.com openpgp.org keyserver.net amazon.com amazonaws.com doodle.com
    meetup.com eventbrite.com
    """
)
# Endings that are two letters of a country on paper only: worldwide names use them.
_WORLDWIDE = listed(
    """
    io co me tv ai ly to cc ws fm eu gg im vc sh la st nu su
    """
)
_COUNTRY_LETTERS = 2
_MAX_HOST = 253


@lru_cache(maxsize=2_000)
def registered(host: str) -> str:
    """The part of the host somebody registered, "" where there is none: "shop.weber.co.uk" is "weber.co.uk"."""
    if len(host) > _MAX_HOST:
        return ""
    return _SUFFIXES.privatesuffix(host.lower().strip(".")) or ""


@lru_cache(maxsize=2_000)
def has_known_ending(host: str) -> bool:
    """Is there such an ending? What is only dotted, "Co.KG" or "node.js", mostly has none."""
    return len(host) <= _MAX_HOST and bool(_SUFFIXES.publicsuffix(host.lower(), accept_unknown=False))


def domain_of(address: str) -> str:
    return address.rpartition("@")[2].lower()


def is_free_mail(domain: str) -> bool:
    return domain in FREE_MAIL or registered(domain) in FREE_MAIL


def is_social(host: str) -> bool:
    return registered(host) in SOCIAL or host in SOCIAL


def is_tool(host: str) -> bool:
    return registered(host) in _TOOLS or registered(host) in FREE_MAIL


def company_labels(domain: str) -> tuple[str, ...]:
    """The names in a company's domain, the registered one first: "mail.weber-metall.de" gives "weber-metall", "mail"."""
    base = registered(domain)
    if not base or is_free_mail(domain):
        return ()
    inner = domain[: -len(base) - 1] if len(domain) > len(base) else ""
    return (base.partition(".")[0], *(label for label in reversed(inner.split(".")) if len(label) > _COUNTRY_LETTERS))


def country_of_domain(host: str) -> str:
    """ISO code the ending says, "" where it says none."""
    ending = host.rpartition(".")[2].lower()
    if len(ending) != _COUNTRY_LETTERS or ending in _WORLDWIDE or not ending.isalpha():
        return ""
    return "GB" if ending == "uk" else ending.upper()
