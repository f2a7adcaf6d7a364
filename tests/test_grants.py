"""A person's permission at Zoho: its tokens sealed in the row, renewed once for all threads and processes."""

import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from crm_client.errors import AuthExpired, CrmError, RateLimited, Unavailable
from crm_client.open import CrmKind, Crms, Target
from crm_client.zoho.introduction import Introduction, introduce
from crm_client.zoho.oauth import SCOPES, ClientSecrets, Granted, ZohoOAuth
from db import Database, now, table
from outbound import Http
from tenants.connections import Connections, target_of
from tenants.consents import Held
from tenants.directory import Directory
from tenants.grants import LEASE, Grants
from tenants.people import Caller, GoogleIdentity, Missing, NotConnected, Person, Workspace
from tenants.tables import GrantRow
from tenants.vault import Vault
from tests.zoho.faults import html_page, status
from tests.zoho.organisation import User
from tests.zoho.server import Zoho, zoho

PAUL = GoogleIdentity("100000000000000000001", "paul.martin@northlight.example", "northlight.example")
CLAIRE = GoogleIdentity("100000000000000000002", "claire.dubois@northlight.example", "northlight.example")
KEY, NEW_KEY = "k" * 40, "n" * 40
THREADS = 32
_grant = table(GrantRow)


@dataclass
class Office:
    """A workspace, its database, and the Zoho it works with."""

    database: Database
    zoho: Zoho
    oauth: ZohoOAuth
    directory: Directory

    def grants(self, *keys: str) -> Grants:
        """As one more process has them."""
        return Grants(self.database, Vault(keys or (KEY,)), self.oauth, self.zoho.data_centres)

    def somebody(self, identity: GoogleIdentity) -> tuple[Person, Workspace]:
        who = self.directory.resolve(identity)
        assert isinstance(who, Caller | NotConnected)
        return who.person, who.workspace

    def consent(self, identity: GoogleIdentity, user: User) -> Held:
        """What Zoho gives after the person's consent."""
        refresh = self.zoho.accounts.refresh_token(user, frozenset(SCOPES))
        access = self.zoho.accounts.access_token(refresh)
        home = self.zoho.data_centres.at(user.organisation.location)
        assert access is not None
        assert home is not None
        granted = Granted(refresh.token, access.token, access.ends, home.api, home, ",".join(SCOPES))
        return Held(self.somebody(identity)[0].id, granted, introduce(Http(), home.api, access.token))

    def connect(self, identity: GoogleIdentity, user: User) -> int:
        """The id of the grant."""
        held = self.consent(identity, user)
        assert Connections(self.database).connect_zoho(*self.somebody(identity), held, self.grants(), lambda _connection: True)
        return self.caller(identity).access.grant_id or 0

    def caller(self, identity: GoogleIdentity) -> Caller:
        who = self.directory.resolve(identity)
        assert isinstance(who, Caller)
        return who

    def row(self, grant_id: int) -> GrantRow:
        with self.database.read() as connection:
            return GrantRow(**connection.execute(select(_grant).where(_grant.c.id == grant_id)).one()._asdict())

    def change(self, grant_id: int, **values: object) -> None:
        with self.database.write() as connection:
            connection.execute(update(_grant).where(_grant.c.id == grant_id).values(**values))

    def expire(self, grant_id: int, left: timedelta = timedelta(0)) -> None:
        self.change(grant_id, access_until=now() + left)

    def renewals(self) -> int:
        return sum(one.path.endswith("/oauth/v2/token") for one in self.zoho.account_requests)


@pytest.fixture
def office(database: Database) -> Iterator[Office]:
    with zoho() as standing:
        oauth = ZohoOAuth(
            Http(), standing.client_id, ClientSecrets.parse(standing.client_secret), "https://s.example/back", standing.data_centres
        )
        yield Office(database, standing, oauth, Directory(database, Crms(database, "https://s.example"), ("northlight.example",)))


@pytest.fixture
def user(office: Office) -> User:
    return office.zoho.organisation("Northlight").user("Anna Roy", "anna.roy@northlight.example")


def test_a_connected_person_works_as_himself(office: Office, user: User) -> None:
    grant_id = office.connect(PAUL, user)
    caller = office.caller(PAUL)
    assert caller.access.target == Target(CrmKind.ZOHO, f"eu.{user.organisation.id}")
    assert caller.access.user_id == user.id
    assert caller.person.name == "Anna Roy"
    grant = office.grants().current(grant_id)
    assert (grant.org_id, grant.org_name, grant.edition, grant.user_id) == (user.organisation.id, "Northlight", "enterprise", user.id)
    assert grant.data_centre.location == "eu"
    assert introduce(Http(), grant.api, grant.token).user_id == user.id
    assert office.renewals() == 0


def test_a_colleague_needs_his_own_permission(office: Office, user: User) -> None:
    office.connect(PAUL, user)
    who = office.directory.resolve(CLAIRE)
    assert isinstance(who, NotConnected)
    assert (who.missing, who.target) == (Missing.GRANT, office.caller(PAUL).access.target)
    colleague = user.organisation.user("Claire Dubois", "claire.dubois@northlight.example")
    office.connect(CLAIRE, colleague)
    assert office.caller(CLAIRE).access.user_id == colleague.id
    assert office.caller(PAUL).access.user_id == user.id


def test_tokens_lie_sealed(office: Office, user: User) -> None:
    row = office.row(office.connect(PAUL, user))
    tokens = [*office.zoho.accounts.refreshes, *office.zoho.accounts.accesses]
    assert len(tokens) == 2
    assert not any(token in f"{row!r}{office.grants().current(row.id or 0)!r}" for token in tokens)


@pytest.mark.parametrize("left", [timedelta(minutes=-1), timedelta(minutes=4, seconds=59)])
def test_many_threads_of_two_processes_renew_once(office: Office, user: User, left: timedelta) -> None:
    grant_id = office.connect(PAUL, user)
    office.expire(grant_id, left)
    processes = (office.grants(), office.grants())
    together = threading.Barrier(THREADS)

    def work(number: int) -> str:
        together.wait()
        return processes[number % 2].current(grant_id).token

    with ThreadPoolExecutor(THREADS) as pool:
        tokens = set(pool.map(work, range(THREADS)))
    assert office.renewals() == 1
    if left < timedelta(0):
        assert len(tokens) == 1
    row = office.row(grant_id)
    assert (row.renewing, row.renewing_until) == ("", None)
    assert row.access_until > now() + timedelta(minutes=50)
    # Now the new one is everybody's.
    assert {one.current(grant_id).token for one in processes} <= set(office.zoho.accounts.accesses)
    assert office.renewals() == 1


def test_while_one_renews_what_is_left_of_the_old_token_serves_the_others(office: Office, user: User) -> None:
    grant_id = office.connect(PAUL, user)
    old = office.grants().current(grant_id).token
    office.expire(grant_id, timedelta(minutes=4))
    hold = office.zoho.faults.hold("/oauth/v2/token")
    with ThreadPoolExecutor(1) as pool:
        renewing = pool.submit(office.grants().current, grant_id)
        assert hold.reached.wait(5)
        began = time.monotonic()
        assert office.grants().current(grant_id).token == old
        assert time.monotonic() - began < 1
        hold.release()
        assert renewing.result().token != old
    assert office.renewals() == 1


def test_a_fresh_token_is_left_alone(office: Office, user: User) -> None:
    grant_id = office.connect(PAUL, user)
    office.expire(grant_id, timedelta(minutes=6))
    grants = office.grants()
    assert grants.current(grant_id) == grants.current(grant_id)
    assert office.renewals() == 0


def test_a_refused_token_is_replaced_once_for_all(office: Office, user: User) -> None:
    grant_id = office.connect(PAUL, user)
    one, other = office.grants(), office.grants()
    refused = one.current(grant_id).token
    assert other.current(grant_id).token == refused
    fresh = one.renewed(grant_id, refused).token
    assert fresh != refused
    assert other.renewed(grant_id, refused).token == fresh
    assert one.current(grant_id).token == other.current(grant_id).token == fresh
    assert office.renewals() == 1


def test_a_dead_renewer_is_taken_over(office: Office, user: User) -> None:
    grant_id = office.connect(PAUL, user)
    office.expire(grant_id)
    office.change(grant_id, renewing="a process that was killed", renewing_until=now() + timedelta(seconds=0.2))
    began = time.monotonic()
    assert office.grants().current(grant_id).token in office.zoho.accounts.accesses
    assert 0.1 < time.monotonic() - began < 5
    assert office.renewals() == 1
    assert timedelta(seconds=10) < LEASE


def test_a_revoked_permission_ends_and_stays_ended(office: Office, user: User) -> None:
    grant_id = office.connect(PAUL, user)
    office.expire(grant_id)
    office.zoho.accounts.revoke_all(user)
    for _ in range(2):
        with pytest.raises(AuthExpired):
            office.grants().current(grant_id)
    row = office.row(grant_id)
    assert row.ended_at is not None
    assert (row.refresh_token, row.access_token) == ("", "")
    assert office.renewals() == 1
    who = office.directory.resolve(PAUL)
    assert isinstance(who, NotConnected)
    assert who.missing is Missing.GRANT


@pytest.mark.parametrize(
    ("body", "becomes"), [({"error": "Access Denied"}, RateLimited), ({"error": "invalid_client"}, Unavailable), (None, Unavailable)]
)
def test_a_failed_renewal_is_nobodys_end(office: Office, user: User, body: object, becomes: type[CrmError]) -> None:
    grant_id = office.connect(PAUL, user)
    office.expire(grant_id)
    office.zoho.faults.next("/oauth/v2/token", html_page(503) if body is None else status(200, body))
    for grants in (office.grants(), office.grants()):
        with pytest.raises(becomes) as caught:
            grants.current(grant_id)
        if isinstance(caught.value, RateLimited):
            assert 590 < (caught.value.retry_after or 0) <= 600
    # The second process did not ask again.
    assert office.renewals() == 1
    assert office.row(grant_id).ended_at is None
    office.change(grant_id, renewing_until=now())
    assert office.grants().current(grant_id).token in office.zoho.accounts.accesses


def test_a_failed_renewal_does_not_matter_while_the_token_is_good(office: Office, user: User) -> None:
    grant_id = office.connect(PAUL, user)
    office.expire(grant_id, timedelta(minutes=4))
    office.zoho.faults.always("/oauth/v2/token", html_page(503))
    grants = office.grants()
    assert grants.current(grant_id) == grants.current(grant_id)
    assert office.renewals() == 1


def test_a_missing_key_ends_nothing(office: Office, user: User, caplog: pytest.LogCaptureFixture) -> None:
    grant_id = office.connect(PAUL, user)
    with pytest.raises(AuthExpired), caplog.at_level(logging.ERROR):
        office.grants(NEW_KEY).current(grant_id)
    assert "unreadable" in caplog.text
    assert office.row(grant_id).ended_at is None
    assert office.grants(NEW_KEY, KEY).current(grant_id).token in office.zoho.accounts.accesses
    # With the next renewal everything is sealed with the new key, and the old one may go.
    office.expire(grant_id)
    office.grants(NEW_KEY, KEY).current(grant_id)
    office.expire(grant_id)
    assert office.grants(NEW_KEY).current(grant_id).token in office.zoho.accounts.accesses


def test_ending_gives_back_and_wipes(office: Office, user: User) -> None:
    grant_id = office.connect(PAUL, user)
    person, _ = office.somebody(PAUL)
    assert office.grants().end(person.id) is True
    assert office.zoho.accounts.refreshes == {}
    row = office.row(grant_id)
    assert (row.refresh_token, row.access_token) == ("", "")
    assert row.ended_at is not None
    assert office.grants().end(person.id) is False
    # Connected again, it is the same grant, alive.
    assert office.connect(PAUL, user) == grant_id
    assert office.grants().current(grant_id).token in office.zoho.accounts.accesses


def test_ending_without_an_answer_ends_nothing(office: Office, user: User) -> None:
    grant_id = office.connect(PAUL, user)
    office.zoho.faults.next("/revoke", html_page(502))
    with pytest.raises(Unavailable):
        office.grants().end(office.somebody(PAUL)[0].id)
    assert office.row(grant_id).ended_at is None
    assert office.caller(PAUL).access.grant_id == grant_id


def test_a_disconnection_beats_a_renewal_under_way(office: Office, user: User) -> None:
    grant_id = office.connect(PAUL, user)
    office.expire(grant_id)
    hold = office.zoho.faults.hold("/oauth/v2/token$", after=True)
    with ThreadPoolExecutor(1) as pool:
        renewing = pool.submit(office.grants().current, grant_id)
        assert hold.reached.wait(5)
        office.grants().end(office.somebody(PAUL)[0].id)
        hold.release()
        renewing.exception()
    row = office.row(grant_id)
    assert row.ended_at is not None
    assert (row.refresh_token, row.access_token) == ("", "")
    assert office.zoho.accounts.accesses == {}


def test_the_key_of_an_organisation_holds_its_data_centre() -> None:
    with zoho() as standing:
        us, eu = standing.data_centres.all
        introduction = Introduction("1", "A", "a@x.example", "77", "X", "org77", "free", "")
        made = [target_of(Held(1, Granted("r", "a", now(), one.api, one, ""), introduction)) for one in (us, eu)]
    assert [str(one) for one in made] == ["zoho:us.77", "zoho:eu.77"]
