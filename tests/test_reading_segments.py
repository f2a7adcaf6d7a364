"""Own text against quotes, in the layouts of the usual mail programs."""

from itertools import pairwise

import pytest

from reading.canonical import canonical
from reading.message import Message
from reading.segments import Part, Segment, segments


def cut(text: str) -> list[Segment]:
    return list(segments(canonical(Message("k", text=text))))


def own(text: str) -> list[str]:
    lines = text.split("\n")
    return [lines[number] for part in cut(text) if part.part is Part.OWN for number in range(part.first, part.last + 1) if lines[number]]


@pytest.mark.parametrize(
    "introduction",
    [
        "On Tue, May 5, 2026 at 10:00 AM Paul Martin <paul@northlight.example> wrote:",
        "On 5 May 2026, at 10:00, Paul Martin\n<paul@northlight.example> wrote:",
        "Le mar. 5 mai 2026 à 10:00, Paul Martin <paul@northlight.example> a écrit :",
        "Am 05.05.26 um 10:00 schrieb Paul Martin:",
        "Am Di., 5. Mai 2026 um 10:00 Uhr schrieb Paul Martin <paul@northlight.example>:",
        "El mar, 5 may 2026 a las 10:00, Paul Martin (<paul@northlight.example>) escribió:",
        "Il giorno mar 5 mag 2026 alle ore 10:00 Paul Martin <paul@northlight.example> ha scritto:",
        "Em ter., 5 de mai. de 2026 às 10:00, Paul Martin <paul@northlight.example> escreveu:",
        "Op di 5 mei 2026 om 10:00 schreef Paul Martin <paul@northlight.example>:",
        "2026-05-05 10:00 GMT+02:00 Paul Martin <paul@northlight.example>:",
        "Paul Martin wrote:",
        "In article <1@northlight.example> paul@northlight.example (Paul Martin) writes:",
    ],
)
def test_introduced_quotes(introduction: str):
    assert own(f"Yes.\n\nAnna\n\n{introduction}\n> Thursday?\n> Paul\n> 04 99 00 55 66") == ["Yes.", "Anna"]


@pytest.mark.parametrize(
    "block",
    [
        "From: Paul Martin <paul@northlight.example>\nSent: Tuesday, May 5, 2026 10:00\nTo: Anna Roy\nSubject: Thursday",
        "De : Paul Martin [mailto:paul@northlight.example]\nEnvoyé : mardi 5 mai 2026 10:00\nÀ : Anna Roy\nObjet : Jeudi",
        "Von: Paul Martin\nGesendet: Dienstag, 5. Mai 2026 10:00\nAn: Anna Roy\nBetreff: Donnerstag",
        "De: Paul Martin\nEnviado el: martes, 5 de mayo de 2026 10:00\nPara: Anna Roy\nAsunto: Jueves",
        "-----Message d'origine-----\nDe : Paul Martin\nEnvoyé : mardi 5 mai 2026\nÀ : Anna Roy\nObjet : Jeudi",
        "________________________________\nFrom: Paul Martin\nSent: Tuesday\nTo: Anna Roy\nSubject: Thursday",
        "Paul Martin@NORTHLIGHT\n05/05/2026 10:14 AM\nTo: Anna Roy/Roy@Roy\ncc: \nSubject: Re: Thursday",
        '"Martin, Paul" <paul@northlight.example> on 05/05/2026 10:14:12 AM\nTo: Anna Roy\ncc:\nSubject: Thursday',
        "*From:* Paul Martin <paul@northlight.example>\n*Sent:* Tuesday\n*To:* Anna Roy\n*Subject:* Thursday",
    ],
)
def test_blocks_of_quoted_headers_quote_to_the_end(block: str):
    assert own(f"Oui.\n\nAnna\n\n{block}\n\nJeudi ?\n\nPaul Martin\n04 99 00 55 66") == ["Oui.", "Anna"]


def test_quotes_without_prefix_go_to_the_end():
    assert own("Yes.\n\nOn 5 May 2026 Paul Martin wrote:\n\nThursday?\nPaul\n04 99 00 55 66") == ["Yes."]


def test_answers_between_quoted_lines_and_a_signature_below_are_own():
    text = "Paul wrote:\n> Thursday?\nYes, at ten.\n> And who comes?\nHenri and I.\n\n-- \nAnna Roy"
    assert own(text) == ["Yes, at ten.", "Henri and I.", "-- ", "Anna Roy"]


def test_own_text_may_look_a_little_like_a_quote():
    text = "From: my point of view\nthis is fine.\n\nOn Monday I called Paul:\nhe was out.\n<grin>"
    assert len(cut(text)) == 1


def test_forwards_are_told_and_their_author_is_named():
    text = "FYI\n\n---------- Forwarded message ---------\n"
    text += "De : Anna Roy <anna.roy@ateliers-roy.example>\nDate: mar. 5 mai\nSubject: Prix\n\nBonjour"
    own_part, forwarded = cut(text)
    assert own_part.part is Part.OWN
    assert forwarded.part is Part.FORWARDED
    assert forwarded.author is not None
    assert forwarded.author.address == "anna.roy@ateliers-roy.example"


def test_a_line_wrapped_out_of_its_quote_stays_in_it():
    text = "> This is one quoted line which was too long for the program that quoted\nit here\n> and goes on.\nMine."
    assert own(text) == ["Mine."]


def test_segments_cover_the_text_without_gaps():
    text = "a\n> b\nc\n\nOn 5 May 2026 Paul wrote:\n> d\ne"
    parts = cut(text)
    assert parts[0].first == 0
    assert parts[-1].last == 6
    assert all(above.last + 1 == below.first for above, below in pairwise(parts))


def test_a_pgp_signature_is_nobodys_text():
    block = "-----BEGIN PGP SIGNATURE-----\nVersion: GnuPG v2\n\niQEcBAEBAgAGBQJ\n-----END PGP SIGNATURE-----"
    assert own(f"Yes.\nAnna\n{block}\nAteliers Roy, Lyon") == ["Yes.", "Anna", "Ateliers Roy, Lyon"]
