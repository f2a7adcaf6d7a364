"""The services whose servers are known: whose addresses they are, where their mail is, and how one gets in."""

import pytest

from i18n import Languages
from salesinbox.dialling import MAIL_PORTS
from salesinbox.mailboxes import SignIn
from salesinbox.providers import PROVIDERS, provider_for, provider_named
from salesinbox.servers import Security


@pytest.mark.parametrize(
    ("address", "key", "imap", "smtp"),
    [
        ("Anna@GMAIL.com", "gmail", "imap.gmail.com", "smtp.gmail.com"),
        ("anna@googlemail.com", "gmail", "imap.gmail.com", "smtp.gmail.com"),
        ("anna@hotmail.fr", "outlook", "outlook.office365.com", "smtp-mail.outlook.com"),
        ("anna@northlight.onmicrosoft.com", "microsoft365", "outlook.office365.com", "smtp.office365.com"),
        ("anna@yahoo.co.uk", "yahoo", "imap.mail.yahoo.com", "smtp.mail.yahoo.com"),
        ("anna@zohomail.eu", "zoho", "imap.zoho.eu", "smtp.zoho.eu"),
        ("anna@zoho.com", "zoho", "imap.zoho.com", "smtp.zoho.com"),
    ],
)
def test_an_address_tells_its_service(address: str, key: str, imap: str, smtp: str) -> None:
    provider = provider_for(address)
    assert provider is not None
    incoming, outgoing = provider.servers(address)
    assert (provider.key, incoming.host, outgoing.host, incoming.user, outgoing.user) == (key, imap, smtp, address, address)


@pytest.mark.parametrize(
    "address", ["a@northlight.example", "a@gmail.com.example", "a@notgmail.com", "a@onmicrosoft.com", "a@yahoo.co.jp", "a", ""]
)
def test_an_address_that_tells_nothing(address: str) -> None:
    assert provider_for(address) is None


def test_a_company_at_zoho_has_servers_of_its_own_in_its_data_centre() -> None:
    zoho = provider_named("zoho")
    assert zoho is not None
    assert [server.host for server in zoho.servers("anna@northlight.example", "zoho.eu")] == ["imappro.zoho.eu", "smtppro.zoho.eu"]
    assert zoho.app_password_link("zoho.eu") == "https://accounts.zoho.eu/home#security/app_password"


def test_every_service_can_be_connected() -> None:
    english, french = (Languages().pick(tag) for tag in ("en", "fr"))
    assert [provider.key for provider in PROVIDERS] == ["gmail", "outlook", "microsoft365", "yahoo", "zoho"]
    for provider in PROVIDERS:
        for place in provider.places:
            for server in (place.imap, place.smtp, *(place.own or ())):
                assert server.port in MAIL_PORTS
                assert (server.security is Security.STARTTLS) == (server.port in {143, 587})
        steps = provider.app_password_steps(english)
        # Microsoft takes no passwords, of whatever kind.
        assert bool(steps) == provider.takes_passwords == bool(provider.app_passwords) == (SignIn.MICROSOFT not in provider.sign_ins)
        assert not provider.app_passwords or provider.app_password_link().startswith("https://")
        assert all(one != other for one, other in zip(steps, provider.app_password_steps(french), strict=True))
