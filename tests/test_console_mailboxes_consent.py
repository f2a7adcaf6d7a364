"""Mailboxes without a password: consent at Google and back, and a company's delegation, with servers that believe Google's tokens."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import pytest
import urllib3
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from db import Database
from outbound import Http
from salesinbox.compose import SalesInbox, build_salesinbox
from salesinbox.mailboxes import Mailbox, Secrets, SignIn, State
from salesinbox.oauth import CALLBACK, GOOGLE_MAIL_SCOPE, Consent, google_service
from salesinbox.permission import Refusal, delegated_address, may_keep
from salesinbox.providers import Place, Provider
from salesinbox.servers import Security, Server
from tenants.google.delegation import Delegation
from tenants.google.service_account import ServiceAccount
from tenants.people import Caller, NotConnected
from tenants.policies import Policies
from tenants.policy import Policy, WhoMayConnect
from tenants.vault import Vault
from tests.authority import Authority
from tests.console_site import CLAIRE, KEY, PAUL, ConsoleSite, csrf_token
from tests.dovecot import Dovecot
from tests.google.server import Google
from tests.google.server import google as standing_google
from tests.google.state import GooglePerson
from tests.smtp_sink import Sink

BASE = "http://127.0.0.1:8080"
BACK = CALLBACK.format(service="google")
_ONWARD = re.compile(r'http-equiv="refresh" content="0; url=([^"]+)"')


@pytest.fixture(scope="module")
def google() -> Iterator[Google]:
    with standing_google() as standing:
        yield standing


@pytest.fixture(scope="module")
def gmail_server(authority: Authority, google: Google) -> Iterator[Dovecot]:
    with Dovecot(authority, oauth=f"{google.server.url}/introspect?token=") as server:
        yield server


class GoogleTokens(dict[str, str]):
    """Whom the outgoing server lets in: whoever has a token of Google's, the newest counts."""

    def __init__(self, google: Google) -> None:
        super().__init__()
        self._google = google

    def __contains__(self, user: object) -> bool:
        return any(one.person and one.person.email == user for one in self._google.state.accesses.values())

    def __getitem__(self, user: str) -> str:
        return [one.token for one in self._google.state.accesses.values() if one.person and one.person.email == user][-1]


@dataclass
class Door:
    site: ConsoleSite
    google: Google
    browser: FlaskClient

    def set_out(self, **form: str) -> str:
        """Where the button leads."""
        answer = self.post("/mailboxes/consent/google", **form)
        found = _ONWARD.search(answer.text)
        assert found, answer.text
        return html.unescape(found[1])

    def at_google(self, address: str, person: GooglePerson, **says: bool | tuple[str, ...]) -> str:
        self.google.signs_in(person, **says)  # type: ignore[arg-type]
        answer = urllib3.request("GET", address, redirect=False, retries=False)
        back = urlsplit(answer.headers["Location"])
        assert f"{back.scheme}://{back.netloc}{back.path}" == BASE + BACK
        return f"{back.path}?{back.query}"

    def consent(self, person: GooglePerson, **form: str) -> TestResponse:
        return self.browser.get(self.at_google(self.set_out(**form), person))

    def post(self, action: str, **form: str) -> TestResponse:
        return self.browser.post(action, data={"csrf_token": csrf_token(self.browser.get("/me").text), **form})

    def mailboxes(self) -> tuple[Mailbox, ...]:
        return self.site.salesinbox.mailboxes.of_person(self.site.person(PAUL).id)

    def rules(self, *, delegation: bool = False) -> None:
        policy = Policy(who_may_connect=WhoMayConnect.EVERYONE, delegation=delegation)
        Policies(self.site.database).save(self.paul().workspace.id, policy, self.site.person(PAUL))

    def paul(self) -> Caller | NotConnected:
        who = self.site.directory.resolve(PAUL)
        assert isinstance(who, Caller | NotConnected)
        return who


@pytest.fixture
def salesinbox(database: Database, authority: Authority, google: Google) -> SalesInbox:
    http = Http()
    consent = Consent(http, google_service(google.apis), google.client_id, google.client_secret, BASE + BACK)
    delegation = Delegation(ServiceAccount.parse(google.account_json), google.apis, http)
    return build_salesinbox(
        database,
        Vault((KEY,)),
        "127.0.0.0/8,::1/128",
        str(authority.file),
        consents={SignIn.GOOGLE: consent},
        delegation=delegation,
    )


@pytest.fixture
def door(database: Database, salesinbox: SalesInbox, google: Google, gmail_server: Dovecot, smtp_sink: Sink) -> Door:
    smtp_sink.tokens = GoogleTokens(google)
    imap = Server(gmail_server.host, gmail_server.tls_port, Security.TLS, "")
    smtp = Server(smtp_sink.host, smtp_sink.tls_port, Security.TLS, "")
    gmail = Provider(
        key="gmail",
        name="Gmail",
        sign_ins=(SignIn.GOOGLE, SignIn.DELEGATION, SignIn.PASSWORD),
        files_sent=True,
        places=(Place("google.com", frozenset({"gmail.com"}), imap, smtp, None),),
        app_passwords="https://myaccount.google.com/apppasswords",
    )
    delegation = Delegation(ServiceAccount.parse(google.account_json), google.apis, Http())
    site = ConsoleSite(database, base_url=BASE, delegation=delegation, salesinbox=salesinbox, providers=(gmail,))
    door = Door(site, google, site.signed_in(PAUL))
    door.rules()
    return door


@pytest.fixture
def paul(google: Google) -> GooglePerson:
    return google.person("paul.private@gmail.com", "Paul Martin", hd=None)


def test_who_consents_is_whose_mailbox_is_connected(door: Door, paul: GooglePerson) -> None:
    address = door.set_out(provider="gmail", address="paul.martin@northlight.example")
    asked = parse_qs(urlsplit(address).query)
    assert asked["login_hint"] == ["paul.martin@northlight.example"]
    assert asked["code_challenge_method"] == ["S256"]
    back = door.at_google(address, paul)
    assert door.browser.head(back).status_code == 204
    assert door.browser.get(back).status_code == 303
    mailbox = door.mailboxes()[0]
    assert (mailbox.address, mailbox.sign_in, mailbox.state) == (paul.email, SignIn.GOOGLE, State.FIRST_SYNC)
    assert door.site.salesinbox.mailboxes.secrets(mailbox.id).refresh_token in door.google.state.refreshes
    page = door.browser.get(f"/mailboxes/{mailbox.id}/servers").text
    assert "Signed in at Google" in page
    assert 'id="password"' not in page
    assert door.browser.get(back).status_code == 410


def test_the_way_back_is_for_the_browser_and_the_person_that_set_out(door: Door, paul: GooglePerson) -> None:
    back = door.at_google(door.set_out(provider="gmail"), paul)
    assert door.site.signed_in(CLAIRE).get(back).status_code == 410
    other_state = back.replace("state=", "state=x")
    assert door.browser.get(other_state).status_code == 410
    assert door.browser.get(back.replace("/google/", "/microsoft/")).status_code == 404
    assert door.mailboxes() == ()


def test_a_refusal_and_an_unticked_box_change_nothing(door: Door, paul: GooglePerson) -> None:
    refused = door.browser.get(door.at_google(door.set_out(provider="gmail"), paul, refuses=True))
    assert "You did not let Sidecard into your mailbox at Google." in refused.text
    unticked = door.browser.get(door.at_google(door.set_out(provider="gmail"), paul, unticks=(GOOGLE_MAIL_SCOPE,)))
    assert (unticked.status_code, "leave every box ticked" in unticked.text) == (403, True)
    assert door.mailboxes() == ()


def test_signing_in_again_is_for_the_same_account(door: Door, paul: GooglePerson, google: Google) -> None:
    door.consent(paul, provider="gmail")
    mailbox = door.mailboxes()[0]
    before = door.site.salesinbox.mailboxes.secrets(mailbox.id)
    other = google.person("paul.other@gmail.com", "Paul Martin", hd=None)
    wrong = door.consent(other, mailbox=str(mailbox.id))
    assert wrong.status_code == 409
    assert "paul.other@gmail.com" in wrong.text
    assert door.site.salesinbox.mailboxes.secrets(mailbox.id) == before
    # What nobody uses is not left at Google.
    assert not [one for one in google.state.refreshes.values() if one.person == other]
    again = door.consent(paul, mailbox=str(mailbox.id))
    assert again.headers["Location"] == f"/mailboxes/{mailbox.id}?now=again"
    assert door.site.salesinbox.mailboxes.secrets(mailbox.id) != before
    assert len(door.mailboxes()) == 1


def test_nobody_signs_in_to_the_mailbox_of_another(door: Door, paul: GooglePerson) -> None:
    door.consent(paul, provider="gmail")
    door.browser = door.site.signed_in(CLAIRE)
    assert door.post("/mailboxes/consent/google", mailbox=str(door.mailboxes()[0].id)).status_code == 404


def test_a_permission_is_given_back_when_the_mailbox_is_removed(door: Door, paul: GooglePerson) -> None:
    door.consent(paul, provider="gmail")
    mailbox = door.mailboxes()[0]
    token = door.site.salesinbox.mailboxes.secrets(mailbox.id).refresh_token
    door.post(f"/mailboxes/{mailbox.id}/remove").close()
    assert token not in door.google.state.refreshes
    assert door.mailboxes() == ()


def test_delegation_opens_ones_own_mailbox_and_no_other(door: Door, google: Google) -> None:
    google.person(PAUL.email, "Paul Martin", PAUL.sub)
    assert "Without a password" not in door.browser.get("/mailboxes/new/gmail").text
    assert door.post("/mailboxes/consent/delegation", provider="gmail").status_code == 404
    door.rules(delegation=True)
    assert PAUL.email in door.browser.get("/mailboxes/new/gmail").text
    refused = door.post("/mailboxes/consent/delegation", provider="gmail", address=CLAIRE.email)
    assert (refused.status_code, "Google does not let Sidecard into your mailbox yet." in refused.text) == (502, True)
    google.allow_delegation((GOOGLE_MAIL_SCOPE,))
    answer = door.post("/mailboxes/consent/delegation", provider="gmail", address=CLAIRE.email)
    assert answer.status_code == 303, answer.text
    mailbox = door.mailboxes()[0]
    assert (mailbox.address, mailbox.sign_in) == (PAUL.email, SignIn.DELEGATION)
    assert door.site.salesinbox.mailboxes.secrets(mailbox.id) == Secrets()
    everyone = Policy(who_may_connect=WhoMayConnect.EVERYONE)
    assert may_keep(mailbox, door.paul(), everyone) is Refusal.NO_DELEGATION
    assert delegated_address(door.paul(), Policy(delegation=True)) == PAUL.email
    door.rules()
    assert "which the rules of northlight.example do not give" in door.browser.get(f"/mailboxes/{mailbox.id}").text
