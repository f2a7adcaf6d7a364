"""Jobs and companies."""

import pytest

from reading.fields.domains import company_labels, is_free_mail
from reading.fields.job import is_title
from reading.proposal import FieldName, Sender, Source
from tests.reading_fields import ANNA, expected_of, proposals, values, values_of
from tests.signatures import SIGNATURES

BOTH = (FieldName.TITLE, FieldName.COMPANY)
MARTIN = Sender("m.wolf@wolf-metallbau.example", "Martin", "Wolf")


@pytest.mark.parametrize("name", SIGNATURES)
def test_job_and_company_of_whole_signatures(name):
    assert values_of(SIGNATURES[name], *BOTH) == expected_of(SIGNATURES[name], *BOTH)


@pytest.mark.parametrize(
    "text",
    [
        "Senior Account Manager",
        "Head of IT",
        "Co-Founder & CEO",
        "Vice President Sales",
        "Member of Technical Staff, Engineer",
        "Ingénieure d'affaires",
        "Chargé de clientèle",
        "Directrice régionale Est",
        "Commercial",
        "Vertriebsleiterin",
        "Sachbearbeiter Auftragsabwicklung",
        "Geschäftsführende Gesellschafterin",
        "Teamleiter:in Einkauf",
        "Jefa de ventas",
        "Responsable de logística",
        "Impiegata commerciale",
        "Hoofd Inkoop",
        "Projectleider Binnenhuisinrichting",
        "Diretora Financeira",
    ],
)
def test_jobs(text):
    assert is_title(text)


@pytest.mark.parametrize(
    "text",
    [
        "Department of Physics",
        "Abteilung Einkauf",
        "Service Comptabilité",
        "Painter Supply Box",
        "We are your partner",
        "Wedding Flowers",
        "Dr. Anna Roy",
        "Geschäftsführer Otto Baum",
        "PhD, MBA",
        "",
    ],
)
def test_no_jobs(text):
    assert not is_title(text)


def test_what_one_leads_belongs_to_the_job():
    assert values("Anna Roy\nManager, Retail Planning")["title"] == "Manager, Retail Planning"
    assert values("Anna Roy\nDirectrice, Université de Valmont")["title"] == "Directrice"


def test_directors_named_in_the_footer_are_not_the_senders_job():
    text = "Martin Wolf\nWolf Metallbau GmbH\nGeschäftsführer: Otto Baum, Karla Stein\nVorstand: Eva Klein"
    assert values(text, MARTIN, "de") == {"company": "Wolf Metallbau GmbH"}


@pytest.mark.parametrize(
    ("text", "address", "company"),
    [
        ("Anna Roy\nLOGILUX", "anna@logilux.example", "LOGILUX"),
        ("Anna Roy\nRoy & Filles", "anna@royfilles.example", "Roy & Filles"),
        ("Anna Roy\nMünchner Licht", "anna@muenchner-licht.example", "Münchner Licht"),
        ("Anna Roy\nBureau International des Lampes", "anna@bil.example", "Bureau International des Lampes"),
        ("Anna Roy\nValmont Light Institute (VLI)", "anna@vli.example", "Valmont Light Institute (VLI)"),
        ("Anna Roy\nDepartment of Optics\nUniversity of Valmont", "anna@uni.example", "University of Valmont"),
        ("Anna Roy\nAssociée, Roy & Filles", "anna@royetfilles.example", "Roy & Filles"),
        ("Anna Roy, acheteuse @ Brightbox", "anna@mail.example", "Brightbox"),
        ("Anna Roy\n@ Brightbox (https://brightbox.example)", "anna@brightbox.example", "Brightbox"),
        ("Anna Roy\nLampes del Sur, S.A. de C.V.", "anna@lds.example", "Lampes del Sur, S.A. de C.V."),
        ("LUZ DE VALMONT NORTE\nAnna Roy", "anna@lvnsa.example", "LUZ DE VALMONT NORTE"),
        ("Anna Roy\nLampes Roy, SARL", "anna.roy@gmail.com", "Lampes Roy, SARL"),
        ("Anna Roy\nLampenbau und\nLeuchtentechnik GmbH", "anna.roy@gmx.de", "Lampenbau und Leuchtentechnik GmbH"),
    ],
)
def test_companies(text, address, company):
    assert values(text, Sender(address, "Anna", "Roy"))["company"] == company


@pytest.mark.parametrize(
    "text",
    [
        "Anna Roy\nService Comptabilité",
        "Anna Roy\nLyon",
        "Anna Roy\nFrance",
        "Anna Roy\nUn monde de lumière",
        "Anna Roy\nThe light is yours to keep.",
        "Anna Roy\nFollow us on LinkedIn",
        "Anna Roy\nDear Valmont team",
        "Anna Roy\nI'm early for the party",
        "Anna Roy\n3. the lamp is sent to SA",
        "Anna Roy\nLampes Users' Group: lampes@lists.example",
        "Anna Roy\nSales Manager, Workshop Lighting Group",
        "Anna Roy\nwww.elsewhere.example",
    ],
)
def test_what_is_no_company(text):
    assert "company" not in values(text, Sender("anna.roy@gmail.com", "Anna", "Roy"))


def test_the_readers_own_company_is_nobodys():
    own = frozenset({"northlight.example"})
    sender = Sender("anna.roy@gmail.com", "Anna", "Roy", own_domains=frozenset({"northlight.com"}))
    assert "company" not in values("Anna Roy\nNorthlight SAS", sender)
    assert values("Anna Roy\nSouthlight SAS", sender)["company"] == "Southlight SAS"
    assert own


def test_the_organization_header_counts_where_the_signature_says_nothing():
    with_header = Sender("anna@roy.example", "Anna", "Roy", organisation="Ateliers Roy SARL")
    (found,) = proposals("Anna Roy", with_header)
    assert (found.value, found.source, found.evidence, found.line) == (
        "Ateliers Roy SARL",
        Source.HEADER,
        "Organization: Ateliers Roy SARL",
        -1,
    )
    assert values("Anna Roy\nLumen SAS", with_header)["company"] == "Lumen SAS"
    joke = Sender("anna@roy.example", "Anna", "Roy", organisation="Ministry of Silly Walks, upstairs")
    assert "company" not in values("Anna Roy", joke)


def test_a_name_is_neither_job_nor_company():
    baker = Sender("john.baker@mail.example", "John", "Baker")
    assert values("John Baker", baker, "en") == {}
    assert values("Baker, John", baker, "en") == {}
    assert values("Dr. John Q. Baker, PhD", baker, "en") == {}


def test_domains_name_companies_unless_anybody_may_write_from_them():
    assert company_labels("mail.weber-metallbau.de") == ("weber-metallbau", "mail")
    assert company_labels("weber.co.uk") == ("weber",)
    assert company_labels("gmail.com") == ()
    assert is_free_mail("laposte.net")
    assert not is_free_mail("ateliers-roy.example")


def test_places_of_values_are_those_of_the_text():
    text = "Anna Roy\nDirectrice des achats chez Ateliers Roy SARL"
    found = {proposal.field: proposal for proposal in proposals(text, ANNA)}
    for field in BOTH:
        assert text[found[field].start - 100 : found[field].end - 100] == found[field].value
