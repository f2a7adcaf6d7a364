"""Websites, profiles and second addresses."""

import pytest

from reading.fields.domains import country_of_domain, has_known_ending, registered
from reading.proposal import FieldName, Link, Sender
from tests.reading_fields import ANNA, expected_of, values, values_of
from tests.signatures import SIGNATURES

WEB = (FieldName.WEBSITE, FieldName.PROFILE, FieldName.SECONDARY_EMAIL)
ROY = Sender("anna@ateliers-roy.fr", "Anna", "Roy")
FREE = Sender("anna.roy@gmail.com", "Anna", "Roy")


@pytest.mark.parametrize("name", SIGNATURES)
def test_web_of_whole_signatures(name):
    assert values_of(SIGNATURES[name], *WEB) == expected_of(SIGNATURES[name], *WEB)


@pytest.mark.parametrize(
    ("text", "site"),
    [
        ("Web: http://www.Ateliers-Roy.fr/", "www.ateliers-roy.fr"),
        ("ateliers-roy.fr", "ateliers-roy.fr"),
        ("www.ateliers-roy.fr/contact?from=mail", "www.ateliers-roy.fr/contact?from=mail"),
        ("https://news.elsewhere.com/42\nhttps://ateliers-roy.fr", "ateliers-roy.fr"),
        ("Lyon | shop.ateliers-roy.fr | France", "shop.ateliers-roy.fr"),
        ("(https://ateliers-roy.fr).", "ateliers-roy.fr"),
    ],
)
def test_the_site_of_the_senders_domain(text, site):
    assert values(text, ROY)["website"] == site


@pytest.mark.parametrize(
    ("text", "site"),
    [
        ("www.anna-roy.fr", "www.anna-roy.fr"),
        ("Site : atelier-lumiere.fr", "atelier-lumiere.fr"),
        ("www.atelier-lumiere.fr\nwww.anna-roy.fr", "www.anna-roy.fr"),
    ],
)
def test_the_site_of_somebody_with_free_mail(text, site):
    assert values(text, FREE)["website"] == site


@pytest.mark.parametrize(
    "text",
    [
        "Virus-free. www.avast.com",
        "https://bit.ly/3xYz",
        "Get Outlook for iOS https://aka.ms/o0ukef",
        "Meet: https://calendly.com/anna/30min",
        "Weber GmbH & Co.KG",
        "Atelier e.V.",
        "anna.roy@gmail.com",
        "README.md",
        "e.g. node.js",
        "Se désabonner : https://www.lettre-lumiere.fr/stop",
        "[cid:image001.png@01D9.5A3B]",
    ],
)
def test_what_is_no_site_of_the_senders(text):
    assert "website" not in values(text, FREE)


def test_the_readers_own_site_is_nobodys():
    sender = Sender("anna.roy@gmail.com", "Anna", "Roy", own_domains=frozenset({"northlight.com"}))
    assert "website" not in values("www.northlight.com", sender)


def test_profiles_people_first_and_no_buttons():
    text = (
        "https://www.facebook.com/ateliersroy https://www.linkedin.com/in/anna-roy-demo?trk=mail\n"
        "https://twitter.com/intent/tweet?x=1 https://www.linkedin.com/company/ateliers-roy/ https://www.youtube.com/"
    )
    assert values(text, ROY) == {"profile": "linkedin.com/in/anna-roy-demo, facebook.com/ateliersroy, linkedin.com/company/ateliers-roy"}


def test_where_links_lead_counts_too():
    links = (
        Link("Notre site", "https://www.ateliers-roy.fr/", 3),
        Link("in", "https://www.linkedin.com/in/anna-roy-demo", 3),
        Link("perso", "mailto:anna.roy@courrier.example", 3),
        Link("elsewhere", "https://ateliers-roy.fr/other-line", 40),
        Link("script", "javascript:alert(1)", 3),
    )
    assert values("Notre site in perso", ROY, "fr", links) == {
        "website": "www.ateliers-roy.fr",
        "profile": "linkedin.com/in/anna-roy-demo",
        "secondary_email": "anna.roy@courrier.example",
    }


@pytest.mark.parametrize(
    ("text", "second"),
    [
        ("perso : anna.roy@courrier.example", "anna.roy@courrier.example"),
        ("Mail: Anna@Lampes-Roy.fr", "anna@lampes-roy.fr"),
        ("aroy@courrier.example", "aroy@courrier.example"),
    ],
)
def test_a_second_address_bears_the_same_name(text, second):
    assert values(text, ROY)["secondary_email"] == second


@pytest.mark.parametrize(
    "text",
    [
        "anna@ateliers-roy.fr",
        "info@ateliers-roy.fr",
        "Assistante : lise.petit@ateliers-roy.fr",
        "Assistante : lise.roy@ateliers-roy.fr",
        "xmpp: anna@chat.example",
        "unsubscribe: roy-leave@lists.example",
        "[cid:image001.png@01D9.5A3B]",
        "support.roy@ateliers-roy.fr",
    ],
)
def test_addresses_of_others(text):
    assert "secondary_email" not in values(text, ROY)


def test_registered_domains_and_their_countries():
    assert registered("shop.weber.co.uk") == "weber.co.uk"
    assert registered("shop.weber.example") == "weber.example"
    assert (has_known_ending("weber.fr"), has_known_ending("node.js"), has_known_ending("weber.example")) == (True, False, False)
    assert registered("x" * 300 + ".fr") == ""
    assert (country_of_domain("weber.co.uk"), country_of_domain("weber.fr"), country_of_domain("weber.io")) == ("GB", "FR", "")


def test_an_empty_zone_says_nothing():
    assert values("", ANNA) == {}
    assert values("--\n****\n", ANNA) == {}


def test_a_link_of_a_row_leaves_the_rest_of_the_row_readable():
    text = "Tél. 04 65 71 20 31 | anna@ateliers-roy.fr | ateliers-roy.fr"
    links = (Link("anna@ateliers-roy.fr", "mailto:anna@ateliers-roy.fr", 3), Link("logo", "https://ateliers-roy.fr", 3))
    assert values(text, ROY, "fr", links) == {"phone": "+33465712031", "website": "ateliers-roy.fr"}
