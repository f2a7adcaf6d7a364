"""What a person last saw survives the CRM's outage: whole or not at all, for him alone, seven days."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

from sqlalchemy import func, select, update

from crm_client.memory import LastKnown
from crm_client.records import EMAIL, LAST_NAME, SECONDARY_EMAIL, Deal, Hidden, Kind, Lookup, Match, Owner, Record, Ref
from crm_client.tables import LastKnownRow
from db import Database, now, table

TABLE = table(LastKnownRow)
PAUL, CLAIRE = "embedded:1:2", "embedded:1:3"
ONE, TWO = "one@mail.example", "two@mail.example"

CONTACT = Record(
    ref=Ref(Kind.CONTACT, "7"),
    version="3",
    values=MappingProxyType({LAST_NAME: "Roy \u202e </script> \U0001f4a1", EMAIL: ONE}),
    owner=Owner("2", "Paul Martin"),
    modified_at=datetime(2026, 3, 2, 9, 30, 15, 123456, tzinfo=UTC),
    modified_by="Claire Dubois",
    may_edit=False,
    open_deals=(Deal("1", "Hall B", "Proposal", Decimal("48600.50"), "EUR", date(2026, 4, 1)), Deal("2", "Hall C", "Proposal")),
)
LEAD = replace(CONTACT, ref=Ref(Kind.LEAD, "8"), open_deals=())
FULL = Lookup((Match(ONE, EMAIL, CONTACT), Match(ONE, EMAIL, LEAD)), (Hidden(ONE, Kind.CONTACT),))


def stored(database: Database) -> int:
    with database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(TABLE)).scalar_one())


def age(database: Database, by: timedelta, address: str) -> datetime:
    """Move what is known of an address into the past; when it was seen then."""
    seen_at = now() - by
    with database.write() as connection:
        connection.execute(update(TABLE).where(TABLE.c.address == address).values(seen_at=seen_at))
    return seen_at


def test_what_was_seen_comes_back_the_same_in_another_process(database: Database) -> None:
    before = now()
    LastKnown(database).remember(PAUL, {ONE: FULL})
    recalled = LastKnown(database).recall(PAUL, [ONE])
    assert recalled is not None
    assert recalled[0] == FULL
    assert before <= recalled[1] <= now()


def test_that_nobody_was_found_is_known_too(database: Database) -> None:
    memory = LastKnown(database)
    memory.remember(PAUL, {ONE: Lookup()})
    recalled = memory.recall(PAUL, [ONE])
    assert recalled is not None
    assert recalled[0] == Lookup()


def test_nobody_is_shown_what_another_saw(database: Database) -> None:
    memory = LastKnown(database)
    memory.remember(PAUL, {ONE: FULL})
    assert memory.recall(CLAIRE, [ONE]) is None


def test_a_part_is_not_shown_as_the_whole(database: Database) -> None:
    memory = LastKnown(database)
    memory.remember(PAUL, {ONE: FULL})
    assert memory.recall(PAUL, [ONE, TWO]) is None
    assert memory.recall(PAUL, []) is None


def test_several_addresses_come_together_in_the_order_of_a_lookup_with_the_oldest_age(database: Database) -> None:
    memory = LastKnown(database)
    two = Lookup((Match(TWO, SECONDARY_EMAIL, CONTACT), Match(TWO, EMAIL, LEAD)), (Hidden(TWO, Kind.LEAD),))
    memory.remember(PAUL, {ONE: FULL, TWO: two})
    oldest = age(database, timedelta(days=2), TWO)
    recalled = memory.recall(PAUL, [TWO, ONE, TWO])
    assert recalled is not None
    assert [(match.address, match.record.ref.kind, match.field) for match in recalled[0].matches] == [
        (ONE, Kind.CONTACT, EMAIL),
        (TWO, Kind.CONTACT, SECONDARY_EMAIL),
        (TWO, Kind.LEAD, EMAIL),
        (ONE, Kind.LEAD, EMAIL),
    ]
    assert recalled[0].hidden == (Hidden(ONE, Kind.CONTACT), Hidden(TWO, Kind.LEAD))
    assert recalled[1] == oldest


def test_what_changed_replaces_what_was_known(database: Database) -> None:
    memory = LastKnown(database)
    memory.remember(PAUL, {ONE: FULL})
    memory.remember(PAUL, {ONE: Lookup()})
    LastKnown(database).remember(PAUL, {ONE: Lookup(hidden=(Hidden(ONE, Kind.LEAD),))})
    recalled = memory.recall(PAUL, [ONE])
    assert recalled is not None
    assert recalled[0] == Lookup(hidden=(Hidden(ONE, Kind.LEAD),))
    assert stored(database) == 1


def test_the_same_is_not_written_again_within_the_hour(database: Database) -> None:
    memory = LastKnown(database)
    memory.remember(PAUL, {ONE: FULL})
    moved = age(database, timedelta(hours=3), ONE)
    memory.remember(PAUL, {ONE: FULL, TWO: Lookup()})
    unwritten = memory.recall(PAUL, [ONE])
    assert unwritten is not None
    assert unwritten[1] == moved
    LastKnown(database).remember(PAUL, {ONE: FULL})
    written = memory.recall(PAUL, [ONE])
    assert written is not None
    assert written[1] > moved


def test_after_seven_days_it_is_not_known_and_the_next_writer_sweeps(database: Database) -> None:
    memory = LastKnown(database)
    memory.remember(PAUL, {ONE: FULL})
    age(database, timedelta(days=7, seconds=1), ONE)
    assert memory.recall(PAUL, [ONE]) is None
    assert stored(database) == 1
    memory.remember(CLAIRE, {TWO: Lookup()})
    assert stored(database) == 1
    assert memory.recall(CLAIRE, [TWO]) is not None


def test_a_row_that_cannot_be_read_is_not_known(database: Database) -> None:
    memory = LastKnown(database)
    memory.remember(PAUL, {ONE: FULL, TWO: FULL})
    for broken in ("{", '{"matches": [{"address": 5}]}', '{"matches": "none"}', "[]"):
        with database.write() as connection:
            connection.execute(update(TABLE).where(TABLE.c.address == ONE).values(lookup=broken))
        assert memory.recall(PAUL, [ONE]) is None
        assert memory.recall(PAUL, [TWO]) is not None


def test_forgetting_leaves_nothing_of_one_viewer_and_all_of_the_others(database: Database) -> None:
    memory = LastKnown(database)
    memory.remember(PAUL, {ONE: FULL, TWO: FULL})
    memory.remember(CLAIRE, {ONE: FULL})
    memory.forget(PAUL)
    assert memory.recall(PAUL, [ONE]) is None
    assert memory.recall(CLAIRE, [ONE]) is not None
    memory.remember(PAUL, {ONE: FULL})
    assert memory.recall(PAUL, [ONE]) is not None


def test_many_writers_and_sweepers_at_once(database: Database) -> None:
    addresses = [f"{number}@mail.example" for number in range(12)]
    LastKnown(database).remember(PAUL, dict.fromkeys(addresses, FULL))
    for address in addresses:
        age(database, timedelta(days=8), address)
    together = threading.Barrier(16)

    def write(number: int) -> None:
        memory = LastKnown(database)
        together.wait()
        for turn in range(5):
            mine = addresses[(number + turn) % 12 :] + addresses[: (number + turn) % 12]
            memory.remember(PAUL, {address: Lookup(hidden=(Hidden(f"{number} {turn}", Kind.LEAD),)) for address in mine[:6]})

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(write, range(16)))
    recalled = LastKnown(database).recall(PAUL, addresses)
    assert recalled is not None
    assert len(recalled[0].hidden) == 12
