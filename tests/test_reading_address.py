"""Addresses of several countries."""

import pytest

from reading.proposal import FieldName, Sender
from tests.reading_fields import ANNA, expected_of, proposals, values, values_of
from tests.signatures import SIGNATURES

PLACE = (FieldName.STREET, FieldName.POSTCODE, FieldName.CITY, FieldName.REGION, FieldName.COUNTRY)
PAT = Sender("pat@reilly.example", "Pat", "Reilly")


def address(text: str, sender: Sender = ANNA, language: str = "fr") -> tuple[str, ...]:
    found = values(text, sender, language)
    return tuple(found.get(field.value, "") for field in PLACE)


@pytest.mark.parametrize("name", SIGNATURES)
def test_addresses_of_whole_signatures(name):
    assert values_of(SIGNATURES[name], *PLACE) == expected_of(SIGNATURES[name], *PLACE)


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("17, Rue de l'Église\nF - 74000 ANNECY", "fr", ("17, Rue de l'Église", "74000", "Annecy", "", "FR")),
        ("Rue du Lac 12 - 1003 Lausanne - Suisse", "fr", ("Rue du Lac 12", "1003", "Lausanne", "", "CH")),
        ("Adresse : 3 quai Nord, 13002 Marseille", "fr", ("3 quai Nord", "13002", "Marseille", "", "FR")),
        ("BP 12\n38420 DOMÈNE CEDEX 9", "fr", ("BP 12", "38420", "Domène", "", "FR")),
        ("Suite 200, 55 Main St, Springfield, IL 62701, USA", "en", ("55 Main St", "62701", "Springfield", "IL", "US")),
        ("The Old Mill, 5 Mill Lane, Leeds LS1 4AP, United Kingdom", "en", ("5 Mill Lane", "LS1 4AP", "Leeds", "", "GB")),
        ("Vestergade 12, 2. tv\n8000 Aarhus C\nDanmark", "", ("Vestergade 12, 2. tv", "8000", "Aarhus C", "", "DK")),
        ("ul. Prosta 5/12, 00-838 Warszawa, Polska", "", ("ul. Prosta 5/12", "00-838", "Warszawa", "", "PL")),
        ("10 Anson Road #10-11, Singapore 079903", "en", ("10 Anson Road #10-11", "079903", "Singapore", "", "SG")),
        ("Av. Paulista, 1000 - Bela Vista, São Paulo - SP, 01310-100", "pt", ("Av. Paulista, 1000", "01310-100", "São Paulo", "SP", "BR")),
        ("Corso Italia 8, 50123 Firenze FI, Italia", "it", ("Corso Italia 8", "50123", "Firenze", "FI", "IT")),
        ("Plaza Mayor, 4\nMadrid, 28001 España", "es", ("Plaza Mayor, 4", "28001", "Madrid", "", "ES")),
        ("Santa Clara, California", "en", ("", "", "Santa Clara", "California", "US")),
        ("P.O. Box 4410\nDoha, Qatar", "en", ("P.O. Box 4410", "", "Doha", "", "QA")),
        ("55 High Street, Guildford, Surrey GU1 3DX, UK", "en", ("55 High Street", "GU1 3DX", "Guildford", "Surrey", "GB")),
        ("12 East Wall Road, Dublin 3, D03 E5R6, Ireland", "en", ("12 East Wall Road", "D03 E5R6", "Dublin 3", "", "IE")),
        (
            "Sede operativa: Via dell'Industria 12/A, 36100 Vicenza (VI), Italia",
            "it",
            ("Via dell'Industria 12/A", "36100", "Vicenza", "VI", "IT"),
        ),
        ("Zona Industrial da Maia, Lote 12 | 4470-434 Maia | Portugal", "pt", ("", "4470-434", "Maia", "", "PT")),
        ("One Acme Way | Pinewood City, CA | 94065", "en", ("One Acme Way", "94065", "Pinewood City", "CA", "US")),
        ("Place de la Mairie\n76540 Valmont, France", "fr", ("Place de la Mairie", "76540", "Valmont", "", "FR")),
        ("Av. Reforma 12\n03100 Ciudad de México, México", "es", ("Av. Reforma 12", "03100", "Ciudad de México", "", "MX")),
        ("Birchford, BC, Canada\nV0X 1Z9", "en", ("", "V0X 1Z9", "Birchford", "BC", "CA")),
    ],
)
def test_addresses(text, language, expected):
    sender = Sender("wei@lumen.example") if "Singapore" in text else PAT
    assert address(text, sender, language) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Commande 69003 du 12 mai",
        "2019 Rapport annuel",
        "Amtsgericht 12345 Musterstadt HRB 4711",
        "10000 Euro",
        "Jane Doe, MD",
        "Version 10115 Beta",
        "Halle 4, Stand 12",
        "Lun-Ven 9h-18h",
        "Am 03.04.25 um 20:15 schrieb Otto Baum",
        "planned for 9:30 AM CT on Monday",
        "alle 4 Stunden neu",
        "Our shop is located at 77 Maple Grove Street",
        "It left 75001 Paris, and we waited.",
    ],
)
def test_what_is_no_address(text):
    assert address(text, Sender("jane@doe.example", "Jane", "Doe"), "fr") == ("", "", "", "", "")


def test_of_two_addresses_the_one_with_a_street_counts():
    text = "F-75001 Paris\n\n14 rue des Tanneurs\n69003 Lyon"
    assert address(text) == ("14 rue des Tanneurs", "69003", "Lyon", "", "FR")


def test_a_four_digit_postcode_needs_a_country_and_a_street():
    assert address("3011 Bern") == ("", "", "", "", "")
    assert address("Bahnhofstrasse 21, 3011 Bern", PAT, "de")[1:3] == ("", "")
    assert address("Bahnhofstrasse 21, CH-3011 Bern", PAT, "de")[:3] == ("Bahnhofstrasse 21", "3011", "Bern")


def test_a_country_alone_counts_where_nothing_speaks_of_another():
    assert values("Anna Roy\nFrance")["country"] == "FR"
    assert values("Anna Roy\n14 rue des Tanneurs\n69003 Lyon, France\nMade in Germany")["country"] == "FR"


def test_all_parts_are_evidence_of_their_own_line():
    found = {proposal.field: proposal for proposal in proposals("Anna Roy\n14 rue des Tanneurs\n69003 Lyon, France")}
    assert (found[FieldName.STREET].line, found[FieldName.STREET].evidence) == (4, "14 rue des Tanneurs")
    assert (found[FieldName.CITY].line, found[FieldName.COUNTRY].evidence) == (5, "69003 Lyon, France")
    assert (found[FieldName.STREET].start, found[FieldName.STREET].end) == (109, 128)
