"""Mailboxes as they are kept, and how one signs in to them: password, consent at Google or Microsoft, a company's delegation."""

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from http.client import HTTPConnection
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import delete, insert, literal, select, update

from db import Database, now, table
from outbound import Http
from salesinbox.access import MailAccess
from salesinbox.faults import Cause, MailboxFault
from salesinbox.mailboxes import AlreadyConnected, Mailbox, Mailboxes, NewMailbox, Secrets, SignIn, State, pause_after
from salesinbox.oauth import GOOGLE_MAIL_SCOPE, Consent, Permitted, google_service
from salesinbox.servers import Network, Security, Server
from salesinbox.sign_ins import SignIns
from salesinbox.tables import MailboxRow
from salesinbox.turns import Turns
from tenants.google.delegation import Delegation
from tenants.google.service_account import ServiceAccount
from tenants.tables import PersonRow, WorkspaceRow
from tenants.vault import Vault
from tests.authority import Authority
from tests.dovecot import PASSWORD, Dovecot
from tests.google.server import Google
from tests.microsoft.server import Account, Microsoft, microsoft
from tests.smtp_sink import Sink

ADDRESS = "anna@northlight.example"
VERIFIER = "v" * 64
BACK = "https://sidecard.example/mailboxes/consent/{}/back"
ONE_ENGINE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what is about mail servers and tokens: the rows under it are the same as in the tests above."""
_mailbox, _person, _workspace = table(MailboxRow), table(PersonRow), table(WorkspaceRow)


@pytest.fixture
def microsoft_server() -> Iterator[Microsoft]:
    with microsoft() as standing:
        yield standing


@pytest.fixture
def mailboxes(database: Database) -> Mailboxes:
    return Mailboxes(database, Vault(("k" * 40,)))


@dataclass(frozen=True)
class Owner:
    """Somebody in the database, and what he would connect."""

    database: Database
    id: int
    other: int
    """A colleague's."""
    new: NewMailbox

    def count(self) -> int:
        with self.database.read() as connection:
            return connection.execute(select(_person.c.mailboxes).where(_person.c.id == self.id)).scalar_one()

    def due(self) -> tuple[int, ...]:
        turns = Turns(self.database)
        return (*turns.due(State.FIRST_SYNC, 10), *turns.due(State.IN_STEP, 10))


@pytest.fixture
def owner(database: Database) -> Owner:
    moment = now()
    with database.write() as connection:
        company = {"domain": "northlight.example", "name": "Northlight", "created_at": moment}
        workspace = connection.execute(insert(_workspace).values(company).returning(_workspace.c.id)).scalar_one()
        anna = {"workspace_id": workspace, "google_sub": "1", "email": ADDRESS, "name": "Anna Berg", "aliases": [], "covered": True}
        anna |= {"mailboxes": 0, "created_at": moment}
        person = connection.execute(insert(_person).values(anna).returning(_person.c.id)).scalar_one()
        ben = {**anna, "google_sub": "2", "email": "ben@northlight.example", "name": "Ben"}
        other = connection.execute(insert(_person).values(ben).returning(_person.c.id)).scalar_one()
    server = Server("localhost", 993, Security.TLS, ADDRESS)
    secrets = Secrets(password=PASSWORD)
    new = NewMailbox(person, workspace, "Anna@Northlight.example", "Anna Berg", "custom", SignIn.PASSWORD, server, server, secrets, "en")
    return Owner(database, person, other, new)


# -- rows


def test_a_mailbox_is_kept_with_its_secrets_sealed(database: Database, mailboxes: Mailboxes, owner: Owner) -> None:
    new = replace(owner.new, secrets=Secrets(PASSWORD, "other horse"), smtp=Server("smtp.example", 587, Security.STARTTLS, "anna"))
    mailbox = mailboxes.connect(new)
    assert (mailbox.address, mailbox.state, mailbox.smtp, mailbox.cause) == (ADDRESS, State.FIRST_SYNC, new.smtp, None)
    assert (mailboxes.get(mailbox.id), mailboxes.of_person(owner.id)) == (mailbox, (mailbox,))
    assert mailboxes.secrets(mailbox.id) == new.secrets
    assert owner.due() == (mailbox.id,)
    assert owner.count() == 1
    with database.read() as connection:
        assert "horse" not in str(connection.execute(select(_mailbox)).one())
    assert "horse" not in f"{new} {mailboxes.secrets(mailbox.id)}"


def test_the_same_mailbox_is_connected_once(mailboxes: Mailboxes, owner: Owner) -> None:
    first = mailboxes.connect(owner.new)
    with pytest.raises(AlreadyConnected):
        mailboxes.connect(replace(owner.new, address=ADDRESS.upper(), secrets=Secrets("another")))
    assert owner.count() == 1
    assert mailboxes.secrets(first.id) == owner.new.secrets
    mailboxes.connect(replace(owner.new, address="anna.berg@northlight.example"))
    assert owner.count() == 2


def test_failures_make_it_rarer_and_a_success_forgets_them(mailboxes: Mailboxes, owner: Owner) -> None:
    mailbox_id = mailboxes.connect(owner.new).id
    since = None
    for failures in range(1, 4):
        mailboxes.failed(mailbox_id, Cause.SILENT)
        failed = _there(mailboxes, mailbox_id)
        since = since or failed.cause_at
        assert (failed.cause, failed.failures, failed.cause_at, failed.state) == (Cause.SILENT, failures, since, State.FIRST_SYNC)
        assert _seconds_left(failed) == pytest.approx(60 * 2 ** (failures - 1), abs=20)
    assert owner.due() == ()
    assert [pause_after(Cause.SILENT, failures) for failures in (6, 7, 90)] == [
        timedelta(minutes=32),
        timedelta(hours=1),
        timedelta(hours=1),
    ]
    assert pause_after(Cause.THROTTLED, 1) == timedelta(minutes=5)
    mailboxes.worked(mailbox_id)
    assert (_there(mailboxes, mailbox_id).cause, _there(mailboxes, mailbox_id).failures) == (None, 0)


def test_a_wrong_password_is_tried_no_more_until_its_owner_has_changed_it(mailboxes: Mailboxes, owner: Owner) -> None:
    mailbox = mailboxes.connect(owner.new)
    mailboxes.failed(mailbox.id, Cause.SIGN_IN)
    assert _there(mailboxes, mailbox.id).state is State.NEEDS_OWNER
    assert owner.due() == ()
    mailboxes.edit(mailbox.id, "Anna", mailbox.imap, mailbox.smtp, SignIn.PASSWORD, Secrets("new password"))
    changed = _there(mailboxes, mailbox.id)
    assert (changed.state, changed.cause, changed.failures, changed.name) == (State.FIRST_SYNC, None, 0, "Anna")
    assert owner.due() == (mailbox.id,)


def test_a_paused_mailbox_goes_on_where_it_was(database: Database, mailboxes: Mailboxes, owner: Owner) -> None:
    mailbox_id = mailboxes.connect(owner.new).id
    with database.write() as connection:
        connection.execute(update(_mailbox).values(state=State.IN_STEP.value, first_done_at=now()))
    mailboxes.pause(mailbox_id, paused=True)
    mailboxes.failed(mailbox_id, Cause.SIGN_IN)
    mailboxes.ask_for_sync(mailbox_id)
    assert _there(mailboxes, mailbox_id).state is State.PAUSED
    assert owner.due() == ()
    mailboxes.pause(mailbox_id, paused=False)
    assert _there(mailboxes, mailbox_id).state is State.IN_STEP
    assert owner.due() == (mailbox_id,)


# -- password


@ONE_ENGINE
def test_one_password_serves_both_servers_unless_there_are_two(
    mailboxes: Mailboxes, owner: Owner, network: Network, dovecot: Dovecot, mail_user: str, smtp_sink: Sink
) -> None:
    imap = Server("localhost", dovecot.tls_port, Security.TLS, mail_user)
    smtp = Server("localhost", smtp_sink.tls_port, Security.TLS, ADDRESS)
    mailbox = mailboxes.connect(replace(owner.new, imap=imap, smtp=smtp))
    access = MailAccess(network, SignIns(mailboxes, {}))
    access.imap(mailbox).logout()
    access.smtp(mailbox).quit()
    smtp_sink.users[ADDRESS] = "other horse"
    assert _fault(lambda: access.smtp(mailbox)).cause is Cause.SIGN_IN
    mailboxes.edit(mailbox.id, "Anna", imap, smtp, SignIn.PASSWORD, Secrets(PASSWORD, "other horse"))
    access.smtp(mailbox).quit()


@ONE_ENGINE
def test_secrets_nobody_can_open_need_the_owner(database: Database, mailboxes: Mailboxes, owner: Owner, network: Network) -> None:
    mailbox = mailboxes.connect(owner.new)
    access = MailAccess(network, SignIns(Mailboxes(database, Vault(("another key" * 4,))), {}))
    assert _fault(lambda: access.imap(mailbox)).cause is Cause.SIGN_IN


# -- consent


@dataclass
class Consented:
    """A mailbox connected by consent, and everything between it and its mail."""

    mailbox: Mailbox
    mailboxes: Mailboxes
    sign_ins: SignIns
    access: MailAccess


@ONE_ENGINE
def test_mail_by_consent_at_microsoft(
    mailboxes: Mailboxes, owner: Owner, authority: Authority, network: Network, microsoft_server: Microsoft, smtp_sink: Sink
) -> None:
    microsoft_server.signed_in = Account(ADDRESS, "aberg@northlight.onmicrosoft.example")
    consent = _consent_at_microsoft(microsoft_server)
    permitted = _walked(consent, SignIn.MICROSOFT)
    assert (permitted.address, permitted.user) == (ADDRESS, "aberg@northlight.onmicrosoft.example")
    with Dovecot(authority, oauth=microsoft_server.introspection) as dovecot:
        ready = _connected(mailboxes, owner, network, {SignIn.MICROSOFT: consent}, SignIn.MICROSOFT, permitted, dovecot, smtp_sink)
        ready.access.imap(ready.mailbox).logout()
        # Every renewal brings another refresh token, which has to be kept.
        kept = mailboxes.secrets(ready.mailbox.id).refresh_token
        assert kept not in ("", permitted.refresh_token)
        # The token is good for an hour: further connections ask nobody.
        smtp_sink.tokens[permitted.user] = list(microsoft_server.access_tokens)[-1]
        ready.access.smtp(ready.mailbox).quit()
        ready.access.imap(ready.mailbox).logout()
        assert microsoft_server.renewals == 1
        # It ends before its time: a fresh one is fetched, and taken.
        microsoft_server.access_tokens.clear()
        ready.access.imap(ready.mailbox).logout()
        assert microsoft_server.renewals == 2
        # Somebody else's mailbox is not his.
        other = replace(ready.mailbox, id=999, imap=replace(ready.mailbox.imap, user="ben@northlight.example"))
        assert _fault(lambda: ready.access.imap(other)).cause is Cause.PERMISSION_ENDED
        microsoft_server.access_tokens.clear()
        microsoft_server.down = True
        assert _fault(lambda: ready.access.imap(ready.mailbox)).cause is Cause.SILENT
        microsoft_server.down = False
        microsoft_server.ends = True
        assert _fault(lambda: ready.access.imap(ready.mailbox)).cause is Cause.PERMISSION_ENDED


@ONE_ENGINE
def test_mail_by_consent_at_google(
    mailboxes: Mailboxes, owner: Owner, authority: Authority, network: Network, google_server: Google, smtp_sink: Sink
) -> None:
    google_server.signs_in(google_server.person(ADDRESS, "Anna Berg"))
    consent = _consent_at_google(google_server)
    permitted = _walked(consent, SignIn.GOOGLE)
    assert (permitted.address, permitted.user) == (ADDRESS, ADDRESS)
    with Dovecot(authority, oauth=f"{google_server.server.url}/introspect?token=") as dovecot:
        ready = _connected(mailboxes, owner, network, {SignIn.GOOGLE: consent}, SignIn.GOOGLE, permitted, dovecot, smtp_sink)
        ready.access.imap(ready.mailbox).logout()
        assert mailboxes.secrets(ready.mailbox.id).refresh_token == permitted.refresh_token
        # A colleague has connected the same account: what is taken from one at Google is taken from both.
        with owner.database.write() as connection:
            twin = select(*(literal(owner.other) if column.name == "person_id" else column for column in _mailbox.c if column.name != "id"))
            connection.execute(insert(_mailbox).from_select([column.name for column in _mailbox.c if column.name != "id"], twin))
        ready.sign_ins.give_back(ready.mailbox)
        assert google_server.state.refreshes != {}
        with owner.database.write() as connection:
            connection.execute(delete(_mailbox).where(_mailbox.c.person_id == owner.other))
        ready.sign_ins.give_back(ready.mailbox)
        assert google_server.state.refreshes == {}
        assert _fault(lambda: ready.access.imap(ready.mailbox)).cause is Cause.PERMISSION_ENDED
        # What is gone already is given back without complaint.
        ready.sign_ins.give_back(ready.mailbox)


@ONE_ENGINE
def test_mail_by_a_companys_delegation(
    mailboxes: Mailboxes, owner: Owner, authority: Authority, network: Network, google_server: Google
) -> None:
    anna = google_server.person(ADDRESS, "Anna Berg")
    delegation = Delegation(ServiceAccount.parse(google_server.account_json), google_server.apis, Http())
    sign_ins = SignIns(mailboxes, {}, delegation)
    assert _fault(lambda: sign_ins.by_delegation(ADDRESS)).cause is Cause.PERMISSION_ENDED
    google_server.allow_delegation([GOOGLE_MAIL_SCOPE])
    with Dovecot(authority, oauth=f"{google_server.server.url}/introspect?token=") as dovecot:
        imap = Server("localhost", dovecot.tls_port, Security.TLS, ADDRESS)
        mailbox = mailboxes.connect(replace(owner.new, sign_in=SignIn.DELEGATION, imap=imap, secrets=Secrets()))
        MailAccess(network, sign_ins).imap(mailbox).logout()
    anna.suspended = True
    fresh = SignIns(mailboxes, {}, Delegation(ServiceAccount.parse(google_server.account_json), google_server.apis, Http()))
    assert _fault(lambda: fresh.secrets_for(mailbox)).cause is Cause.PERMISSION_ENDED
    google_server.server.answering = lambda _: None
    assert _fault(lambda: fresh.secrets_for(mailbox)).cause is Cause.SILENT
    assert _fault(lambda: SignIns(mailboxes, {}).secrets_for(mailbox)).cause is Cause.REFUSED


@ONE_ENGINE
def test_many_threads_renew_once(mailboxes: Mailboxes, owner: Owner, microsoft_server: Microsoft) -> None:
    microsoft_server.signed_in = Account(ADDRESS, ADDRESS)
    consent = _consent_at_microsoft(microsoft_server)
    permitted = _walked(consent, SignIn.MICROSOFT)
    secrets = Secrets(refresh_token=permitted.refresh_token)
    mailbox = mailboxes.connect(replace(owner.new, sign_in=SignIn.MICROSOFT, secrets=secrets))
    sign_ins = SignIns(mailboxes, {SignIn.MICROSOFT: consent})
    found = []
    threads = [threading.Thread(target=lambda: found.append(sign_ins.secrets_for(mailbox))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(found), len(set(found)), microsoft_server.renewals) == (8, 1, 1)
    assert "Ew" not in repr(found)


def test_a_token_from_before_does_not_replace_a_new_consent(mailboxes: Mailboxes, owner: Owner) -> None:
    mailbox = mailboxes.connect(replace(owner.new, sign_in=SignIn.GOOGLE, secrets=Secrets(refresh_token="new consent")))
    mailboxes.keep_refresh_token(mailbox.id, "rotated", instead_of="old consent")
    assert mailboxes.secrets(mailbox.id) == Secrets(refresh_token="new consent")
    mailboxes.keep_refresh_token(mailbox.id, "rotated", instead_of="new consent")
    assert mailboxes.secrets(mailbox.id) == Secrets(refresh_token="rotated")


def test_a_consent_that_is_none(google_server: Google, microsoft_server: Microsoft) -> None:
    google_server.signs_in(google_server.person(ADDRESS, "Anna Berg"), unticks=[GOOGLE_MAIL_SCOPE])
    google = _consent_at_google(google_server)
    assert _fault(lambda: _walked(google, SignIn.GOOGLE)).cause is Cause.PERMISSION_ENDED
    # A code of another browser's, a code used already, a client the service does not know.
    microsoft_server.signed_in = Account(ADDRESS, ADDRESS)
    consent = _consent_at_microsoft(microsoft_server)
    code = _code(consent)
    assert _fault(lambda: consent.exchange(code, "w" * 64)).cause is Cause.PERMISSION_ENDED
    assert _fault(lambda: consent.exchange(code, VERIFIER)).cause is Cause.PERMISSION_ENDED
    unknown = Consent(Http(), microsoft_server.service, microsoft_server.client_id, "wrong secret", BACK.format("microsoft"))
    told = _fault(lambda: unknown.exchange(_code(unknown), VERIFIER))
    assert (told.cause, told.said) == (Cause.REFUSED, "invalid_client")


def test_the_page_is_asked_for_what_mail_needs(google_server: Google, microsoft_server: Microsoft) -> None:
    asked = _query(_consent_at_google(google_server).authorisation_url("st", VERIFIER, hint=ADDRESS))
    assert asked["scope"] == "https://mail.google.com/ openid email"
    assert (asked["access_type"], asked["prompt"], asked["login_hint"], asked["state"]) == ("offline", "consent", ADDRESS, "st")
    assert VERIFIER not in str(asked)
    asked = _query(_consent_at_microsoft(microsoft_server).authorisation_url("st", VERIFIER))
    assert {"offline_access", "https://outlook.office.com/IMAP.AccessAsUser.All"} <= set(asked["scope"].split())
    assert (asked["code_challenge_method"], asked["redirect_uri"]) == ("S256", BACK.format("microsoft"))


# -- what the tests are made of


def _there(mailboxes: Mailboxes, mailbox_id: int) -> Mailbox:
    mailbox = mailboxes.get(mailbox_id)
    assert mailbox is not None
    return mailbox


def _seconds_left(mailbox: Mailbox) -> float:
    assert mailbox.due_at is not None
    return mailbox.due_at.timestamp() - time.time()


def _fault(work) -> MailboxFault:
    with pytest.raises(MailboxFault) as raised:
        work()
    return raised.value


def _connected(
    mailboxes: Mailboxes,
    owner: Owner,
    network: Network,
    consents: Mapping[SignIn, Consent],
    sign_in: SignIn,
    permitted: Permitted,
    dovecot: Dovecot,
    sink: Sink,
) -> Consented:
    imap = Server("localhost", dovecot.tls_port, Security.TLS, permitted.user)
    smtp = Server("localhost", sink.tls_port, Security.TLS, permitted.user)
    secrets = Secrets(refresh_token=permitted.refresh_token)
    mailbox = mailboxes.connect(replace(owner.new, sign_in=sign_in, imap=imap, smtp=smtp, secrets=secrets))
    sign_ins = SignIns(mailboxes, consents)
    return Consented(mailbox, mailboxes, sign_ins, MailAccess(network, sign_ins))


def _consent_at_microsoft(server: Microsoft) -> Consent:
    return Consent(Http(), server.service, server.client_id, server.client_secret, BACK.format("microsoft"))


def _consent_at_google(server: Google) -> Consent:
    return Consent(Http(), google_service(server.apis), server.client_id, server.client_secret, BACK.format("google"))


def _walked(consent: Consent, sign_in: SignIn) -> Permitted:
    return consent.exchange(_code(consent), VERIFIER)


def _code(consent: Consent) -> str:
    """As a browser brings it back."""
    parts = urlsplit(consent.authorisation_url("state", VERIFIER))
    browser = HTTPConnection(parts.netloc, timeout=5)
    browser.request("GET", f"{parts.path}?{parts.query}")
    answer = browser.getresponse()
    answer.read()
    browser.close()
    location = answer.headers["Location"]
    assert answer.status == 302
    assert parse_qs(urlsplit(location).query)["state"] == ["state"]
    return parse_qs(urlsplit(location).query)["code"][0]


def _query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
