"""The whole way from a mail to its fields, and the command that prints them."""

import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from reading.message import Message
from reading.proposal import FieldName, Source
from reading.raw import read_raw
from reading.reading import Reading, read_fields
from tests.timing import least_cpu

ROOT = Path(__file__).parent.parent
HEADERS = "From: {}\nTo: paul.martin@northlight.example\nSubject: Lampes\nContent-Type: text/plain; charset=utf-8\n\n"
ANNA = HEADERS.format("Anna Roy <anna.roy@ateliers-roy.example>")
LETTER = """Bonjour Paul,

merci pour votre offre, nous la lirons avant jeudi.

Cordialement,

Anna Roy
Directrice des achats
Ateliers Roy SARL
12 allée des Tilleuls, 69007 Lyon
Tél. : 04 72 00 12 34
Mobile : +33 6 39 98 12 34
www.ateliers-roy.example
"""
QUOTED = """
Le mar. 5 mai 2026 à 10:00, Paul Martin <paul.martin@northlight.example> a écrit :
> Bonjour, appelez-moi au 06 39 98 55 66.
> Paul Martin, Northlight, 3 rue de la Lampe, 69001 Lyon
"""


def read(text: str, headers: str = ANNA, **of: str) -> Reading:
    return read_fields(read_raw((headers + text).encode()), own_domains=frozenset({"northlight.example"}), region="FR", **of)


def values(reading: Reading) -> dict[str, str]:
    return {proposal.field.value: proposal.value for proposal in reading.proposals}


def test_a_letter_with_a_signature():
    reading = read(LETTER)
    found = values(reading)
    assert found["first_name"] == "Anna"
    assert found["last_name"] == "Roy"
    assert found["email"] == "anna.roy@ateliers-roy.example"
    assert found["phone"] == "+33472001234"
    assert found["mobile"] == "+33639981234"
    assert found["postcode"] == "69007"
    assert found["city"] == "Lyon"
    assert found["language"] == "fr"
    assert found["lead_source"] == "direct"
    lines = LETTER.split("\n")
    assert reading.signature is not None
    assert lines[reading.signature[0]] == "Cordialement,"
    assert lines[reading.signature[1]] == "www.ateliers-roy.example"


def test_every_value_shows_the_line_it_stands_on():
    mail = read_raw((ANNA + LETTER).encode())
    reading = read_fields(mail)
    for proposal in reading.proposals:
        if proposal.line >= 0:
            assert proposal.evidence in mail.text
            assert mail.text.split("\n")[proposal.line].strip() == proposal.evidence.strip()
        elif proposal.field not in {FieldName.LANGUAGE, FieldName.LEAD_SOURCE}:
            assert proposal.source is Source.HEADER
    mobile = reading.of(FieldName.MOBILE)
    assert mobile is not None
    assert mail.text[mobile.start : mobile.end].endswith("+33 6 39 98 12 34")


def test_nothing_is_taken_from_what_he_quotes():
    assert values(read(LETTER + QUOTED)) == values(read(LETTER))
    bare = values(read("D'accord.\n\nAnna\n" + QUOTED))
    assert "phone" not in bare
    assert "mobile" not in bare
    assert "street" not in bare


def test_each_field_is_proposed_once():
    fields = [proposal.field for proposal in read(LETTER).proposals if proposal.field is not FieldName.PROFILE]
    assert len(fields) == len(set(fields))


def test_a_forwarded_mail_is_read_for_its_author():
    forward = (
        "Tu peux voir ?\n\nClaire Dubois\nNorthlight\n+33 4 72 00 99 88\n\n---------- Forwarded message ---------\n"
        "De : Anna Roy <anna.roy@ateliers-roy.example>\nDate: mar. 5 mai 2026 à 10:00\nSubject: Lampes\nTo: <claire@northlight.example>\n\n"
    )
    headers = HEADERS.format("Claire Dubois <claire.dubois@northlight.example>").replace("Lampes", "Fwd: Lampes")
    found = values(read(forward + LETTER, headers, about="anna.roy@ateliers-roy.example"))
    assert found["first_name"] == "Anna"
    assert found["phone"] == "+33472001234"
    assert found["mobile"] == "+33639981234"
    assert found["lead_source"] == "forwarded"
    colleague = values(read(forward + LETTER, headers))
    assert colleague["first_name"] == "Claire"
    assert colleague["phone"] == "+33472009988"
    assert "mobile" not in colleague


def test_a_recipient_is_known_by_the_header_alone():
    found = values(
        read(LETTER, ANNA.replace("To: ", "To: Henri Blanc <henri.blanc@ateliers-roy.example>, "), about="henri.blanc@ateliers-roy.example")
    )
    assert found == {"first_name": "Henri", "last_name": "Blanc", "email": "henri.blanc@ateliers-roy.example"}


FORM = """Somebody has filled in the form "Ask for a quote".

Name:      Liam O'Connor
Company:   O'Connor Joinery
Phone:     +353 1 555 0188
Country:   Ireland
City:      Cork
Message:   Do you deliver?
Company:   of lamps
"""


def test_a_web_form_is_read_by_its_labels():
    headers = HEADERS.format("Northlight website <forms@formbee.example>").replace(
        "To:", "Reply-To: Liam O'Connor <liam@oconnor-joinery.example>\nTo:"
    )
    found = values(read(FORM, headers, about="liam@oconnor-joinery.example"))
    assert found["first_name"] == "Liam"
    assert found["last_name"] == "O'Connor"
    assert found["company"] == "O'Connor Joinery"
    assert found["phone"] == "+35315550188"
    assert found["country"] == "IE"
    assert found["city"] == "Cork"
    assert found["lead_source"] == "web form"


def test_labels_in_a_letter_are_no_form():
    found = values(read("Bonjour,\n\nAdresse : celle de Paul\n\nMerci\nAnna\n"))
    assert "street" not in found


def test_of_programs_no_person_is_read():
    found = values(read(LETTER, HEADERS.format("Ateliers Roy <noreply@ateliers-roy.example>")))
    assert {"first_name", "last_name", "phone", "mobile", "title", "street"}.isdisjoint(found)
    assert found["email"] == "noreply@ateliers-roy.example"


def test_an_empty_mail_says_nothing():
    reading = read_fields(Message("k"))
    assert [proposal.field for proposal in reading.proposals] == [FieldName.LEAD_SOURCE]
    assert reading.signature is None


def test_html_alone_is_read_with_its_cells():
    html = (
        '<div>Bonjour, merci.</div><div class="gmail_signature"><table><tr><td><b>Anna Roy</b></td><td>Directrice des achats</td></tr>'
        '<tr><td>Ateliers Roy SARL</td><td><a href="tel:+33472001234">04 72 00 12 34</a></td></tr></table>'
        '<a href="https://www.linkedin.com/in/anna-roy-example"><img src="cid:1"></a></div>'
    )
    found = values(read(html, ANNA.replace("text/plain", "text/html")))
    assert found["title"] == "Directrice des achats"
    assert found["company"] == "Ateliers Roy SARL"
    assert found["phone"] == "+33472001234"
    assert "linkedin.com/in/anna-roy-example" in found["profile"]


MEGABYTES = 5_000_000
HOSTILE = {
    "long line": "x" * MEGABYTES,
    "digits": "1 " * (MEGABYTES // 2),
    "plus signs": "+" * MEGABYTES,
    "phone bait": "+33 1 23 " * (MEGABYTES // 9),
    "at signs": "a@" * (MEGABYTES // 2),
    "dots and words": "a.b-c_d" * (MEGABYTES // 7),
    "blanks": " \t" * (MEGABYTES // 2),
    "empty lines": "\n" * MEGABYTES,
    "short lines": "Anna Roy\n" * (MEGABYTES // 9),
    "quotes": "> " * (MEGABYTES // 2),
    "quoted lines": "> a\nb\n" * (MEGABYTES // 6),
    "introductions": "On 3 May Anna Roy <a@b.example> wrote:\n" * (MEGABYTES // 40),
    "headers": "From: a@b.example\nTo: c\nSubject: d\n" * (MEGABYTES // 36),
    "closings": "Regards,\n\n" * (MEGABYTES // 10),
    "delimiters": "-- \n" * (MEGABYTES // 4),
    "rules": "_____\nunsubscribe confidential\n" * (MEGABYTES // 31),
    "angles": "<http://a" * (MEGABYTES // 9),
    "brackets": "[cid:" * (MEGABYTES // 5),
    "stars": "*a" * (MEGABYTES // 2),
    "wrapped links": "https://x.safelinks.protection.outlook.com/?url=https%3A%2F%2Fa&" * (MEGABYTES // 64),
    "signatures": "Anna Roy\nTel: +33 4 72 00 12 34 | Fax +33 4 72 00 12 35, 69007 Lyon\n" * (MEGABYTES // 70),
    "cells": "Director | " * (MEGABYTES // 11),
    "commas": "rue de la lampe 1, " * (MEGABYTES // 19),
}
HOSTILE_HTML = {
    "deep tables": "<table><tr><td>" * 200_000,
    "deep signatures": '<div class="gmail_signature">' * 100_000 + "Anna",
    "many links": '<a href="https://a.example/">x</a>' * 100_000,
    "many cells": "<tr>" + "<td>+33 4 72 00 12 34</td>" * 150_000,
    "open quotes": '<blockquote type="cite">a' * 100_000,
    "formatting": "".join(f"<b id={n}><i>" for n in range(100_000)),
}
LIMIT = 0.25


@pytest.mark.parametrize("width", [0, 90, 390, 990])
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_takes_no_longer_than_a_quarter_of_a_second(name: str, width: int):
    text = HOSTILE[name]
    if width:
        text = "\n".join(text[start : start + width] for start in range(0, 200_000, width))
    message = read_raw((ANNA + text).encode())
    assert least_cpu(lambda: read_fields(message)) < LIMIT


@pytest.mark.parametrize("name", HOSTILE_HTML)
def test_hostile_markup_takes_no_longer_than_a_quarter_of_a_second(name: str):
    message = read_raw((ANNA.replace("text/plain", "text/html") + HOSTILE_HTML[name]).encode())
    assert least_cpu(lambda: read_fields(message)) < LIMIT


def command(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-m", "reading", *map(str, arguments)], cwd=ROOT, capture_output=True, check=False, timeout=60)


def test_the_command_reads_files(tmp_path: Path):
    file = tmp_path / "letter.eml"
    file.write_bytes((ANNA + LETTER).encode())
    done = command(file)
    assert done.returncode == 0, done.stderr
    answer = orjson.loads(done.stdout)
    assert answer["fields"]["mobile"]["value"] == "+33639981234"
    assert answer["sender_kind"] == "person"


def test_the_command_reads_lines_and_counts_from_one(tmp_path: Path):
    record = {
        "id": "a1",
        "headers": {"from": "Anna Roy <anna.roy@ateliers-roy.example>", "reply_to": None, "to": "paul.martin@northlight.example"},
        "text": "\n\n" + LETTER,
        "html": None,
    }
    given, written = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    given.write_bytes(orjson.dumps(record) + b"\n\n" + orjson.dumps({"id": "a2", "headers": {}, "text": ""}) + b"\n")
    done = command("--jsonl", given, written)
    assert done.returncode == 0, done.stderr
    first, second = map(orjson.loads, written.read_bytes().splitlines())
    lines = record["text"].split("\n")
    assert lines[first["signature_lines"][0] - 1] == "Cordialement,"
    assert lines[first["signature_lines"][1] - 1] == "www.ateliers-roy.example"
    assert first["fields"]["zip"] == {"value": "69007", "confidence": first["fields"]["zip"]["confidence"]}
    assert first["ms"] > 0
    assert second["id"] == "a2"
    assert second["signature_lines"] is None


def test_the_command_without_files_says_how_it_is_used():
    done = command()
    assert done.returncode == 2
    assert b"usage" in done.stdout
