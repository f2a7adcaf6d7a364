"""Forms can be drawn while the CRM does not answer: field lists and rights as this user last saw them, for seven days."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from crm_client.embedded.adapter import EmbeddedCrm
from crm_client.embedded.organisation import Condition, find_user, set_condition
from crm_client.embedded.sample import load_sample
from crm_client.embedded.tables import FieldRow, UserRow
from crm_client.errors import CrmError, Forbidden, RateLimited, Unavailable
from crm_client.known import KnownSetUp
from crm_client.records import Kind
from crm_client.tables import KnownSetUpRow
from db import Database, now, table
from i18n import ENGLISH, Language, Languages

TABLE = table(KnownSetUpRow)
PAUL, CLAIRE = "embedded:1/2", "embedded:1/3"
FRENCH = Languages().pick("fr")


@dataclass(frozen=True)
class Office:
    database: Database
    org_id: int

    def crm(self, address: str = "paul.martin", language: Language = ENGLISH) -> EmbeddedCrm:
        user = find_user(self.database, self.org_id, f"{address}@northlight.example")
        assert user is not None
        return EmbeddedCrm(self.database, "https://crm.example", self.org_id, int(user), language)

    def weather(self, condition: Condition) -> None:
        set_condition(self.database, self.org_id, condition)

    def seen(self, by: timedelta) -> None:
        """All that is known was seen so long ago."""
        with self.database.write() as connection:
            connection.execute(update(TABLE).values(seen_at=now() - by))

    def rows(self) -> int:
        with self.database.read() as connection:
            return int(connection.execute(select(func.count()).select_from(TABLE)).scalar_one())


@pytest.fixture
def office(database: Database) -> Iterator[Office]:
    yield Office(database, load_sample(database))


@pytest.mark.parametrize(("condition", "error"), [(Condition.DOWN, Unavailable), (Condition.LIMITING, RateLimited)])
def test_what_was_seen_comes_back_the_same_in_another_process(office: Office, condition: Condition, error: type[CrmError]) -> None:
    crm, french = office.crm(), office.crm(language=FRENCH)
    first = KnownSetUp(office.database)
    seen = [
        first.layout(crm, PAUL, Kind.LEAD, ENGLISH),
        first.layout(crm, PAUL, Kind.CONTACT, ENGLISH),
        first.layout(french, PAUL, Kind.LEAD, FRENCH),
        first.identity(crm, PAUL),
    ]
    office.weather(condition)
    with pytest.raises(error):
        crm.describe(Kind.LEAD)
    second = KnownSetUp(office.database)
    assert seen == [
        second.layout(crm, PAUL, Kind.LEAD, ENGLISH),
        second.layout(crm, PAUL, Kind.CONTACT, ENGLISH),
        second.layout(french, PAUL, Kind.LEAD, FRENCH),
        second.identity(crm, PAUL),
    ]
    with pytest.raises(error):
        second.layout(french, PAUL, Kind.CONTACT, FRENCH)
    with pytest.raises(error):
        second.identity(crm, CLAIRE)


def test_a_crm_that_answers_is_believed(office: Office) -> None:
    crm, known = office.crm(), KnownSetUp(office.database)
    before = known.layout(crm, PAUL, Kind.LEAD, ENGLISH)
    fields = table(FieldRow)
    with office.database.write() as connection:
        connection.execute(update(fields).where(fields.c.name == "fax").values(mandatory=True))
    changed = known.layout(crm, PAUL, Kind.LEAD, ENGLISH)
    assert changed != before
    office.weather(Condition.DOWN)
    assert known.layout(crm, PAUL, Kind.LEAD, ENGLISH) == changed


def test_a_refusal_is_no_outage(office: Office) -> None:
    crm, known, users = office.crm(), KnownSetUp(office.database), table(UserRow)
    known.identity(crm, PAUL)
    with office.database.write() as connection:
        connection.execute(update(users).where(users.c.email.startswith("paul")).values(active=False))
    with pytest.raises(Forbidden):
        known.identity(crm, PAUL)


def test_it_is_known_for_seven_days_and_then_swept(office: Office) -> None:
    crm, known = office.crm(), KnownSetUp(office.database)
    known.identity(crm, PAUL)
    office.seen(timedelta(days=7, seconds=1))
    office.weather(Condition.DOWN)
    with pytest.raises(Unavailable):
        known.identity(crm, PAUL)
    office.weather(Condition.UP)
    known.identity(office.crm("claire.dubois"), CLAIRE)
    assert office.rows() == 1


def test_the_answer_does_not_wait_for_the_writing_and_the_same_is_written_once(office: Office) -> None:
    crm, known = office.crm(), KnownSetUp(office.database)
    afterwards: list[Callable[[], None]] = []
    known.layout(crm, PAUL, Kind.LEAD, ENGLISH, afterwards)
    known.identity(crm, PAUL, afterwards)
    assert (len(afterwards), office.rows()) == (2, 0)
    for job in afterwards:
        job()
    afterwards.clear()
    known.layout(crm, PAUL, Kind.LEAD, ENGLISH, afterwards)
    known.identity(crm, PAUL, afterwards)
    assert (afterwards, office.rows()) == ([], 2)


def test_what_cannot_be_read_is_not_known(office: Office) -> None:
    crm, known = office.crm(), KnownSetUp(office.database)
    known.layout(crm, PAUL, Kind.LEAD, ENGLISH)
    office.weather(Condition.DOWN)
    for broken in ("{", "[]", '{"kind": "lead"}', '{"kind": "deal", "fields": []}'):
        with office.database.write() as connection:
            connection.execute(update(TABLE).values(value=broken))
        with pytest.raises(Unavailable):
            known.layout(crm, PAUL, Kind.LEAD, ENGLISH)


def test_forgetting_leaves_nothing_of_one_and_all_of_the_others(office: Office) -> None:
    paul, claire, known = office.crm(), office.crm("claire.dubois"), KnownSetUp(office.database)
    known.identity(paul, PAUL)
    known.identity(claire, CLAIRE)
    known.forget(PAUL)
    assert office.rows() == 1
    # Seen again, it is written again, though it is the same.
    seen = known.identity(paul, PAUL)
    office.weather(Condition.DOWN)
    assert known.identity(paul, PAUL) == seen
    assert known.identity(claire, CLAIRE).user.name == "Claire Dubois"
