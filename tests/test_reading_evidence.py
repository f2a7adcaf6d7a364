"""Nothing is invented: every value stands in the line that is shown as its evidence. And reading takes no time, whatever is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reading.fields.extract import fields_of, numbers_in_body
from reading.fields.words import joined
from reading.proposal import FieldName, Link, Proposal
from tests.reading_fields import ANNA
from tests.signature_sample import lines_of
from tests.signatures import SIGNATURES
from tests.timing import least_cpu

NUMBERS = {FieldName.PHONE, FieldName.MOBILE, FieldName.FAX}
LONGEST = 0.25


def stands_there(proposal: Proposal, text: str) -> bool:
    there = text[proposal.start - 100 : proposal.end - 100]
    if proposal.field in NUMBERS:
        digits = "".join(filter(str.isdigit, there))
        return proposal.value[-6:] in digits
    if proposal.field is FieldName.COUNTRY:
        return len(there) > 1
    return joined(proposal.value) in joined(there)


@pytest.mark.parametrize("name", SIGNATURES)
def test_every_value_stands_at_its_place(name):
    signature = SIGNATURES[name]
    text = signature.text.strip("\n")
    found = fields_of(signature.lines(), (), signature.sender, signature.language)
    for proposal in found:
        assert stands_there(proposal, text), proposal
        assert proposal.evidence == text.split("\n")[proposal.line - 3].strip()
        assert 0 < proposal.confidence <= 1


PIECES = (
    *(
        "Anna Roy",
        "Directrice",
        "SARL",
        "Weber GmbH",
        "69003",
        "Lyon",
        "12",
        "rue",
        "Via",
        "+33",
        "04 65 71 20 31",
        "Tél.",
        "Fax:",
        "|",
        ",",
    ),
    *("www.roy.fr", "a@b.fr", "-", "(0)", "·", "\t", "LS1 4AP", "TX 77001", "@", "chez", "France", "Ⅷ", "٣", "ﬁ", "ß", "İ", "[", ")", "  "),
)


@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=9), max_size=8))
def test_any_mixture_of_pieces_is_read_without_inventing(rows):
    text = "\n".join("".join(f"{word} " for word in row) for row in rows)
    lines = lines_of(text)
    for proposal in fields_of(lines, (), ANNA, "fr"):
        assert proposal.value
        assert proposal.line in {line.number for line in lines}
        if proposal.field in NUMBERS:
            assert proposal.value.startswith("+")
    numbers_in_body(lines, ANNA, "fr")


@pytest.mark.parametrize(
    "line",
    [
        "1 " * 3_000,
        "+49 " * 1_000,
        "(" * 5_000,
        "Ab, " * 2_000,
        "a@" * 3_000,
        "a." * 3_000 + "com",
        "Rue 1 " * 500,
        "12345 Ab " * 600,
        "http://a.b/c " * 400,
        "Tel: +33 1 99 00 12 34 " * 25,
        "FR76 1234 5678 " * 200,
        "Weber GmbH & Co. KG " * 30,
        "LS1 4AP " * 75,
        "mon numéro est le " * 300 + "04 65 71 20 31",
    ],
)
def test_bait_takes_no_time(line):
    lines = lines_of("\n".join([line] * 400))
    links = tuple(Link("a", f"https://a.example/{number}", 3) for number in range(5_000))
    assert least_cpu(lambda: (fields_of(lines, links, ANNA, "fr"), numbers_in_body(lines, ANNA, "fr"))) < LONGEST
