"""How letters end, in the seven languages and a few more: the line over the signature."""

import re
import unicodedata

_MAX_CLOSING = 70
_MAX_NAME_WORDS = 4

_PHRASES = (
    # English
    "best",
    "best regards",
    "kind regards",
    "kindest regards",
    "warm regards",
    "warmest regards",
    "with regards",
    "with best regards",
    "with kind regards",
    "regards",
    "rgds",
    "rgrds",
    "brgds",
    "br",
    "brs",
    "bests",
    "best wishes",
    "all the best",
    "all best",
    "many thanks",
    "thanks",
    "thanks a lot",
    "thanks again",
    "thanks in advance",
    "thx",
    "ty",
    "thank you",
    "thanking you",
    "thanks and regards",
    "thank you and best regards",
    "cheers",
    "sincerely",
    "sincerely yours",
    "yours",
    "yours sincerely",
    "yours faithfully",
    "yours truly",
    "respectfully",
    "cordially",
    "take care",
    "ciao",
    "have a nice day",
    "have a great day",
    "have a good day",
    "have a nice weekend",
    "have a great weekend",
    "talk soon",
    "looking forward",
    "looking forward to hearing from you",
    "speak soon",
    "greetings",
    # French
    "cordialement",
    "bien cordialement",
    "très cordialement",
    "cordiales salutations",
    "salutations",
    "salutations distinguées",
    "meilleures salutations",
    "sincères salutations",
    "amicalement",
    "bien amicalement",
    "bien à vous",
    "bien à toi",
    "sincèrement",
    "respectueusement",
    "merci",
    "merci d'avance",
    "merci beaucoup",
    "merci et bonne journée",
    "bonne journée",
    "bonne soirée",
    "bon week-end",
    "belle journée",
    "à bientôt",
    "à plus",
    "cdlt",
    "cdt",
    "bàv",
    "bien sincèrement",
    # German
    "mit freundlichen grüßen",
    "mit freundlichen grüssen",
    "mit freundlichem gruß",
    "mit freundlichem gruss",
    "mit besten grüßen",
    "mit besten grüssen",
    "mit herzlichen grüßen",
    "freundliche grüße",
    "freundliche grüsse",
    "beste grüße",
    "beste grüsse",
    "viele grüße",
    "viele grüsse",
    "liebe grüße",
    "liebe grüsse",
    "herzliche grüße",
    "herzliche grüsse",
    "schöne grüße",
    "sonnige grüße",
    "grüße",
    "grüsse",
    "gruß",
    "gruss",
    "viele dank",
    "vielen dank",
    "danke",
    "besten dank",
    "hochachtungsvoll",
    "mfg",
    "vg",
    "lg",
    "bg",
    # Spanish
    "saludos",
    "saludos cordiales",
    "un saludo",
    "un cordial saludo",
    "cordiales saludos",
    "muchos saludos",
    "atentamente",
    "muy atentamente",
    "un abrazo",
    "abrazos",
    "besos",
    "gracias",
    "muchas gracias",
    "cordialmente",
    "reciba un cordial saludo",
    "salutacions",
    "salutacions cordials",
    # Italian
    "cordiali saluti",
    "distinti saluti",
    "saluti",
    "un saluto",
    "un cordiale saluto",
    "grazie",
    "grazie mille",
    "a presto",
    "buona giornata",
    # Portuguese
    "atenciosamente",
    "cumprimentos",
    "com os melhores cumprimentos",
    "melhores cumprimentos",
    "abraço",
    "abraços",
    "um abraço",
    "obrigado",
    "obrigada",
    "att",
    # Dutch
    "met vriendelijke groet",
    "met vriendelijke groeten",
    "vriendelijke groet",
    "vriendelijke groeten",
    "groet",
    "groeten",
    "groetjes",
    "hartelijke groet",
    "met hartelijke groet",
    "bedankt",
    "alvast bedankt",
    "mvg",
    # other languages mails come in
    "med vänlig hälsning",
    "med vänliga hälsningar",
    "vänliga hälsningar",
    "vänlig hälsning",
    "hälsningar",
    "mvh",
    "med venlig hilsen",
    "venlig hilsen",
    "med vennlig hilsen",
    "vennlig hilsen",
    "hilsen",
    "vh",
    "ystävällisin terveisin",
    "terveisin",
    "pozdrawiam",
    "z poważaniem",
    "s pozdravem",
    "с уважением",
    "üdvözlettel",
    "saygılarımla",
)
_KNOWN = frozenset(unicodedata.normalize("NFC", phrase) for phrase in _PHRASES)
# "Veuillez recevoir mes plus cordiales salutations.", "I remain, with kind regards": the last words tell.
_ENDINGS = (
    "salutations",
    "salutations distinguées",
    "considération distinguée",
    "meilleurs sentiments",
    "sentiments les meilleurs",
    "best regards",
    "kind regards",
    "and regards",
    "kindest regards",
    "in advance",
    "d'avance",
    "im voraus",
    "de antemano",
    "in anticipo",
    "freundlichen grüßen",
    "freundlichen grüssen",
    "cordial saludo",
    "cordiali saluti",
    "vriendelijke groet",
    "vriendelijke groeten",
    "thank you",
    "thanks",
    "à bientôt",
    "bis bald",
    "hasta pronto",
    "soon",
)
_FIRST_WORDS = frozenset(phrase.partition(" ")[0] for phrase in _KNOWN)
_GREETING = re.compile(
    r"(?:hi|hello|hallo|hey|dear|greetings?|good (?:morning|afternoon|evening|day)|bonjour|bonsoir|salut|cher|chère|chers|madame|monsieur"
    r"|sehr geehrte[rs]?|liebe[rs]?|guten (?:tag|morgen|abend)|moin|servus|hola|buenos días|buenas|estimad[oa]s?|ciao|buongiorno"
    r"|gentile|egregio|caro|cara|spett(?:\.|abile)|olá|bom dia|prezad[oa]s?|caro|beste|geachte|goedemorgen|goedemiddag|dag)\b",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"\s*(?:many )?(?:thanks|thank you|thx|merci|(?:vielen|besten|herzlichen) dank|danke|(?:muchas |mil )?gracias|grazie|obrigad[oa]"
    r"|(?:alvast )?bedankt|looking forward|hope (?:this|that) helps|any (?:help|hints|pointers|ideas)|i look forward|i hope this helps)\b",
    re.IGNORECASE,
)
_JOINED = re.compile(r"\s*(?:,|&|\+|/|\band\b|\bet\b|\bund\b|\by\b|\be\b|\ben\b)\s*")
_STRIPPED = " \t.,;:!…-–—*_~()\"'"
_SENTENCE_END = re.compile(r"[.?!]\s")
_MAX_ENDING_WORDS = 12


def is_closing(line: str) -> bool:
    """Is the whole line a closing: "Kind regards," or "Merci et bonne journée"?"""
    if len(line) > _MAX_CLOSING:
        return False
    words = unicodedata.normalize("NFC", line.casefold()).replace("’", "'").strip(_STRIPPED)
    if words in _KNOWN:
        return True
    if words.endswith(_ENDINGS) and len(words.split()) <= _MAX_ENDING_WORDS and not _SENTENCE_END.search(words):
        return True
    if words.partition(" ")[0].strip(_STRIPPED) not in _FIRST_WORDS:
        return False
    parts = [part.strip(_STRIPPED) for part in _JOINED.split(words) if part.strip(_STRIPPED)]
    return len(parts) > 1 and all(part in _KNOWN for part in parts)


def is_thanks(line: str) -> bool:
    """ "Merci d'avance pour votre aide." and "Thanks for any hints!": a sentence of thanks, often the last one."""
    return len(line) <= _MAX_CLOSING and _THANKS.match(line) is not None and not _SENTENCE_END.search(line.rstrip())


def is_greeting(line: str) -> bool:
    """ "Dear Anna," and "Sehr geehrte Damen und Herren"."""
    return len(line) <= _MAX_CLOSING and _GREETING.match(line) is not None


def starts_with_closing(line: str, names: frozenset[str]) -> bool:
    """ "Thanks,  Anna Roy" and "VG Anna": a closing and the author's name on one line. `names` are folded words."""
    if not names or len(line) > _MAX_CLOSING:
        return False
    words = unicodedata.normalize("NFC", line.casefold()).replace("’", "'").split()
    for count in range(min(4, len(words) - 1), 0, -1):
        if " ".join(words[:count]).strip(_STRIPPED) in _KNOWN:
            rest = [word.strip(_STRIPPED) for word in words[count:]]
            return 0 < len([word for word in rest if word]) <= _MAX_NAME_WORDS and any(_plain(word) in names for word in rest)
    return False


def _plain(word: str) -> str:
    return "".join(character for character in unicodedata.normalize("NFKD", word) if character.isalnum())
