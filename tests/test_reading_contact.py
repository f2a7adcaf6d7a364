"""Whom the mail is from, what he is called, in which language he writes, and what kind of sender he is."""

from itertools import pairwise

import pytest

from reading.canonical import canonical
from reading.contact import Way, contact_of
from reading.kind import SenderKind
from reading.languages import language_of
from reading.message import Mailbox, Message
from reading.naming import name_of, salutation_in
from reading.proposal import FieldName, Proposal
from reading.raw import read_raw
from reading.reading import read_fields
from reading.segments import Part

LIST = "To: lamps@lists.example\nList-Id: Lamps <lamps.lists.example>\nPrecedence: list\n"


def mail(headers: str, text: str = "Hello") -> Message:
    return read_raw(f"{headers}Content-Type: text/plain; charset=utf-8\n\n{text}".encode())


@pytest.mark.parametrize(
    ("headers", "address", "display", "way"),
    [
        ("From: Anna Roy <anna.roy@roy.example>\n", "anna.roy@roy.example", "Anna Roy", Way.DIRECT),
        ("From: Anna Roy <anna.roy@roy.example>\nSubject: Re: Lamps\n", "anna.roy@roy.example", "Anna Roy", Way.REPLY),
        ("From: Anna Roy <anna.roy@roy.example>\nIn-Reply-To: <1@x.example>\n", "anna.roy@roy.example", "Anna Roy", Way.REPLY),
        (f"From: Anna Roy <anna.roy@roy.example>\n{LIST}", "anna.roy@roy.example", "Anna Roy", Way.LIST),
        (
            f"From: Anna Roy via Lamps <lamps@lists.example>\nReply-To: Anna Roy <anna.roy@roy.example>\n{LIST}",
            "anna.roy@roy.example",
            "Anna Roy",
            Way.LIST,
        ),
        (f"From: Anna via Lamps <lamps@lists.example>\nReply-To: anna.roy@roy.example\n{LIST}", "anna.roy@roy.example", "Anna", Way.LIST),
        (
            f"From: Anna Roy <anna.roy@roy.example>\nReply-To: Lamps <lamps@lists.example>\n{LIST}",
            "anna.roy@roy.example",
            "Anna Roy",
            Way.LIST,
        ),
        (f"From: Anna Roy <lamps@lists.example>\n{LIST}", "", "Anna Roy", Way.LIST),
        (
            "From: Anna Roy <anna.roy@roy.example>\nTo: lamps@lists.example, anna.roy@roy.example\nList-Id: <lamps.lists.example>\n",
            "anna.roy@roy.example",
            "Anna Roy",
            Way.LIST,
        ),
        (
            "From: Anna Roy <notifications@hub.example>\nReply-To: lamps <reply+1a2b3c@reply.hub.example>\n",
            "notifications@hub.example",
            "Anna Roy",
            Way.DIRECT,
        ),
        (f"From: lamps@lists.example\n{LIST}", "lamps@lists.example", "", Way.LIST),
        ("From: Shop <noreply@shop.example>\nReply-To: Anna Roy <anna.roy@roy.example>\n", "anna.roy@roy.example", "Anna Roy", Way.FORM),
        ("From: Roy, Anna\n", "", "Roy, Anna", Way.DIRECT),
        ("From: Roy, Anna [mailto:anna.roy@roy.example]\n", "anna.roy@roy.example", "Roy, Anna", Way.DIRECT),
        ("", "", "", Way.DIRECT),
    ],
)
def test_the_author(headers: str, address: str, display: str, way: Way):
    contact = contact_of(mail(headers))
    assert (contact.address, contact.display, contact.way) == (address, display, way)


def test_an_answer_address_of_the_same_name_is_a_second_address():
    contact = contact_of(mail("From: Anna Roy <anna.roy@roy.example>\nReply-To: anna.roy@courrier.example\n"))
    assert contact.second_address == "anna.roy@courrier.example"
    other = contact_of(mail("From: Anna Roy <anna.roy@roy.example>\nReply-To: orders@roy.example\n"))
    assert other.second_address == ""


@pytest.mark.parametrize(
    ("display", "address", "signature", "first", "last"),
    [
        ("Anna Roy", "anna.roy@roy.example", "", "Anna", "Roy"),
        ("Roy, Anna", "anna.roy@roy.example", "", "Anna", "Roy"),
        ("ROY Anna", "a.roy@roy.example", "", "Anna", "Roy"),
        ("Roy  Anna", "aroy@roy.example", "", "Anna", "Roy"),
        ("Roy Anna", "x@roy.example", "Anna Roy\nLyon", "Anna", "Roy"),
        ("Roy Anna-ar02", "anna@roy.example", "Anna Roy, buyer", "Anna", "Roy"),
        ("Dr. Anna Roy, Ph.D.", "anna@roy.example", "", "Anna", "Roy"),
        ("Wei Ma", "wma@roy.example", "", "Wei", "Ma"),
        ("Anna", "anna@roy.example", "Anna Roy\n04 99 00 12 34", "Anna", "Roy"),
        ("Anna", "anna.roy@roy.example", "", "Anna", "Roy"),
        ("anna", "ar@roy.example", "", "Anna", ""),
        ("", "anna.roy@roy.example", "", "Anna", "Roy"),
        ("", "aroy@roy.example", "Anna Roy\nDirectrice", "Anna", "Roy"),
        ("roy.example", "anna@roy.example", "Anna Roy\nLyon", "Anna", "Roy"),
        ("Support Roy", "support@roy.example", "Henri Blanc\nSupport", "Henri", "Blanc"),
        ("CustomerNotices, ROY", "roy.customernotices@roy.example", "", "", ""),
        ("Roy GmbH", "info@roy.example", "", "", ""),
        ("", "info@roy.example", "", "", ""),
        ("Lucía Fernández Ruiz", "lucia@fernandez.example", "", "Lucía", "Fernández Ruiz"),
        ("José Luis Vega", "jl@vega.example", "", "José Luis", "Vega"),
        ("Marta Puig i Vila", "mpuig@puig.example", "", "Marta", "Puig i Vila"),
        ("Jan van der Berg", "jan@berg.example", "", "Jan", "van der Berg"),
        ("Anna R. Roy", "anna@roy.example", "", "Anna R.", "Roy"),
        ("吳政", "alex@roy.example", "", "", ""),
        ("user123 user123", "user123@roy.example", "", "", ""),
    ],
)
def test_names(display: str, address: str, signature: str, first: str, last: str):
    zone = canonical(Message("k", text=signature)).lines if signature else ()
    name = name_of(display, address, zone, "en").name
    assert (name.first, name.last) == (first, last)


def test_a_line_of_the_signature_that_is_no_name_is_never_one():
    zone = canonical(Message("k", text="Head of Purchasing\nKind Regards\nLamp Street\nMobile Phone")).lines
    assert name_of("", "info@roy.example", zone[:1], "en").name.last == ""
    assert name_of("", "info@roy.example", zone[1:2], "en").name.last == ""


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Thank you for your offer, we would like to have it by Thursday."),
        ("fr", "Merci pour votre offre, nous souhaitons la recevoir avant jeudi."),
        ("de", "vielen Dank für Ihr Angebot, wir möchten es bis Donnerstag haben."),
        ("es", "Gracias por su oferta, nos gustaría recibirla antes del jueves."),
        ("it", "Grazie per la vostra offerta, vorremmo riceverla prima di giovedì, non più tardi."),
        ("pt", "Obrigado pela sua oferta, não podemos recebê-la em julho."),
        ("nl", "Bedankt voor uw aanbod, wij willen het graag voor donderdag hebben."),
        ("", "Ok"),
        ("", "1234 5678"),
        ("", "目前工作的开放环境"),
    ],
)
def test_languages(language: str, text: str):
    assert language_of(text) == language


@pytest.mark.parametrize(
    ("kind", "headers", "text"),
    [
        (SenderKind.PERSON, "From: Anna Roy <anna.roy@roy.example>\n", "Bonjour"),
        (SenderKind.PERSON, f"From: Anna Roy <anna.roy@roy.example>\n{LIST}", "Hello"),
        (SenderKind.PERSON, "From: <info@roy.example>\n", "Bonjour,\n\nCordialement,\nAnna Roy\nDirectrice"),
        (SenderKind.ROLE, "From: Support Roy <support@roy.example>\n", "Bonjour"),
        (SenderKind.AUTO, "From: Roy <noreply@roy.example>\n", "Hello"),
        (SenderKind.AUTO, "From: Anna Roy <anna.roy@roy.example>\nAuto-Submitted: auto-replied\n", "I am away"),
        (SenderKind.AUTO, "From: lampbot <lampbot@roy.example>\n", "Hello"),
        (SenderKind.BULK, "From: Roy <team@roy.example>\nList-Id: <news.roy.example>\n", "Neue Lampen"),
        (SenderKind.BULK, "From: Roy <newsletter@roy.example>\n", "Neue Lampen"),
        (SenderKind.BULK, "From: Roy <a@roy.example>\n", "New lamps!\nIf you do not want to receive these mails, answer STOP."),
    ],
)
def test_kinds(kind: SenderKind, headers: str, text: str):
    assert read_fields(mail(headers, text)).kind is kind


def salutation(display: str, signature: str = "") -> str:
    found: Proposal | None = next(iter(salutation_in(display, canonical(Message("k", text=signature)).lines)), None)
    return found.value if found else ""


def test_salutations_are_read_and_not_guessed():
    assert salutation("Dr. Anna Roy") == "Dr."
    assert salutation("Anna Roy (Ms.)") == "Ms."
    assert salutation("Anna Roy", "Mme Anna Roy\nLyon") == "Mme"
    assert salutation("Anna Roy", "Anna Roy\nDrossel Str. 4") == ""


def test_a_mailbox_without_address_has_no_email():
    assert contact_of(Message("k", sender=Mailbox("anna@roy.example", "Anna"))).mailbox == Mailbox("anna@roy.example", "Anna")
    assert contact_of(Message("k", author="Roy, Anna")).mailbox is None


def test_everything_found_is_kept_with_its_place_and_the_text_is_cut_into_own_and_quoted():
    text = "Hello,\n\nthe list is attached.\n\nBest regards\nNora Feld\nTel. +49 30 23125 017\nTel. +49 30 23125 019\n\n"
    quote = "On Mon, 2 Nov 2026 at 10:00, Paul <paul@reader.example> wrote:\n> Hi\n> my number is +49 30 23125 099\n"
    reading = read_fields(read_raw(f"From: Nora Feld <nora@feld.example>\nSubject: x\n\n{text}{quote}".encode()))
    numbers = [one for one in reading.candidates if one.field is FieldName.PHONE]
    assert reading.of(FieldName.PHONE) in numbers
    assert all(one.value != "+493023125099" for one in reading.candidates)
    assert [one.confidence for one in reading.candidates] == sorted((one.confidence for one in reading.candidates), reverse=True)
    assert [segment.part for segment in reading.segments][:2] == [Part.OWN, Part.QUOTED]
    assert reading.segments[0].first == 0
    assert all(before.last + 1 == after.first for before, after in pairwise(reading.segments))
