"""Which language is a text in? By its function words; and, by the same words, is a line a sentence at all?"""

import re
from collections import Counter

_MAX_CHARACTERS = 1_500
_MIN_HITS = 1.5

_WORDS: dict[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in {
        "en": "regards best kind sincerely cheers hi hello dear see in at for of on so we i a an the and is are was were be been "
        "have has had you your our they this that these it its to from with will would can could should please not but if "
        "when which what there here my me as about any some by or i'm i've don't thanks thank do does who how",
        "fr": "cordialement salutations bien bonne journée bonsoir voici joint le la les des est sont était être avez avons ont "
        "nous vous votre vos notre nos ce cette ces il elle ils je ne pas que qui pour avec dans sur mais si quand une un du "
        "au aux bonjour merci plus par ou où mon ma mes j'ai c'est n'est suis serait très",
        "de": "grüße grüßen grüssen gruß freundlichen freundliche hallo sehr geehrte beste anbei zusammen der die das den dem ein "
        "eine einen einer ist sind war waren haben hat hatte wir sie ihr ihre ihren ich mir mich nicht mit auf für von zu "
        "zum zur und oder aber wenn dass wie was bitte danke vielen auch noch nur im am bei aus nach über kann können werden",
        "es": "saludos saludo atentamente cordial estimado estimada buenos días buenas adjunto un el la los las una es son está "
        "están ser hay que para por con sin pero como cuando su sus nuestro nuestra nos le les lo me mi yo usted ustedes "
        "gracias hola más muy también no si en al del este esta estos ya sobre todo puede tiene estoy",
        "it": "saluti cordiali distinti gentile allegato buona il lo la gli le un una è sono era essere abbiamo ho ha hai che per "
        "con non ma come quando suo sua nostro nostra vi ci mi grazie buongiorno più molto anche se di del della dei nel "
        "nella al alla questo questa può stato vostro vostra sul",
        "pt": "cumprimentos atenciosamente abraço bom dia prezado anexo um o os as uma é são está estão ser que para por com sem "
        "mas como quando seu sua nosso nossa nos lhe me meu obrigado obrigada olá mais muito também não se em no na do da "
        "dos este esta isso você vocês pode tem tenho pelo pela",
        "nl": "groet groeten vriendelijke beste hoi bijlage de het een is zijn was waren hebben heeft wij we jullie u uw onze ons "
        "ik mij niet met op voor van naar en of maar als dat die deze dit wat bedankt graag ook nog kan kunnen worden bij "
        "uit aan er zou wordt mijn geen veel",
    }.items()
}
_LANGUAGES_OF: dict[str, tuple[str, ...]] = {
    word: tuple(language for language, words in _WORDS.items() if word in words) for words in _WORDS.values() for word in words
}
# Function words that also stand in names, addresses and titles: they do not make a sentence.
_IN_NAMES = frozenset(
    {"and", "und", "et", "y", "e", "en", "de", "du", "des", "del", "della", "dei", "do", "da", "dos", "di", "la", "le", "les", "el", "los"}
    | {"las", "lo", "il", "gli", "der", "die", "das", "den", "dem", "van", "von", "zu", "zum", "zur", "im", "am", "the", "for", "für"}
    | {
        "pour",
        "para",
        "per",
        "por",
        "al",
        "aux",
        "au",
        "sur",
        "an",
        "in",
        "of",
        "a",
        "o",
        "os",
        "as",
        "het",
        "op",
        "bei",
        "aan",
        "ma",
        "me",
    }
    | {"su", "si", "no", "na", "un", "une", "m", "u", "i", "by", "or", "with", "mit", "met", "con", "auf", "from", "to", "it", "if"}
)
_SENTENCE_WORDS = frozenset(_LANGUAGES_OF) - _IN_NAMES | {"i", "you", "your", "he", "she", "je", "ich", "ik", "yo"}
_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
# Words of addresses and links are none.
_ALONE = re.compile(r"(?<![\w.@/-])[^\W\d_]+(?:['’][^\W\d_]+)?(?![\w@/]|\.\w)")


def language_of(text: str) -> str:
    """ISO 639-1 code of one of the seven languages known, "" where too little or something else is written."""
    counts = Counter(_TOKEN.findall(text[:_MAX_CHARACTERS].lower().replace("’", "'")))
    hits: dict[str, float] = dict.fromkeys(_WORDS, 0.0)
    for word, count in counts.items():
        languages = _LANGUAGES_OF.get(word)
        if languages:
            for language in languages:
                hits[language] += min(count, 5) / len(languages)
    best, second = sorted(hits, key=hits.__getitem__, reverse=True)[:2]
    return best if hits[best] >= _MIN_HITS and hits[best] > hits[second] else ""


def sentence_words(line: str) -> int:
    """How many words of the line stand in sentences and hardly ever in a signature."""
    return sum(word in _SENTENCE_WORDS for word in _ALONE.findall(line.lower()))
