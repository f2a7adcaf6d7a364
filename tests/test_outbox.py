"""What is asked for while the CRM does not answer: kept, done once and in order, or given back with everything typed."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select, text, update

from crm_client.embedded.organisation import Condition
from crm_client.embedded.tables import AddressRow, NoteRow, ProfileRow
from crm_client.errors import AuthExpired, CrmError, Duplicate, NotFound, Problem, RateLimited, Unavailable
from crm_client.port import Crm
from crm_client.records import CITY, EMAIL, FIRST_NAME, LAST_NAME, PHONE, Kind, NewTask, Ref
from db import Database, now, table
from linking.errands import AddErrand, LinkErrand, NoteErrand, TaskErrand, UpdateErrand, Work, fingerprint
from linking.lanes import LONGEST_DELIVERY
from linking.ledger import Ledger
from linking.outbox import Carried, Changed, Entry, EntryState, Kept, Reason
from linking.tables import OutboxFileRow, OutboxRow
from tests.office import ANNA, FILES, NEW, NEW_PHONE, Office, at_once, errands, mail, open_office

WORKS = list(Work)


@pytest.fixture
def office(database: Database) -> Office:
    return open_office(database)


def entries(office: Office, number: int = 0) -> tuple[Entry, ...]:
    return office.outbox().standing(office.org, office.people[number].id).entries


def files(office: Office) -> int:
    with office.database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(table(OutboxFileRow))).scalar_one())


# --- kept and delivered


@pytest.mark.parametrize("work", WORKS)
@pytest.mark.parametrize("weather", [Condition.DOWN, Condition.LIMITING])
def test_what_is_asked_in_bad_weather_is_kept_and_delivered_once(office: Office, work: Work, weather: Condition) -> None:
    errand = errands(office.known(ANNA))[work]
    office.weather(weather)
    kept = office.carry_out(errand)
    assert isinstance(kept, Kept) and isinstance(kept.reason, Unavailable if weather is Condition.DOWN else RateLimited)
    assert [(entry.work, entry.state, entry.name) for entry in entries(office)] == [(work, EntryState.WAITING, "Somebody")]
    again = office.carry_out(errand)
    assert isinstance(again, Kept) and again.reason is None and again.entry.id == kept.entry.id
    office.deliver()
    assert office.states() == ["waiting"], "the weather is still bad"
    office.weather(Condition.UP)
    office.deliver()
    office.deliver()
    assert office.count(work) == 1
    (entry,) = entries(office)
    assert entry.state is EntryState.DELIVERED and entry.ref is not None
    (row,) = office.rows()
    assert (row.payload, files(office)) == ("", 0), "what was in it is forgotten"
    assert entries(office, 1) == (), "nobody else's business"
    office.outbox().seen(office.org, office.people[0].id, (entry.id,))
    assert entries(office) == ()
    late = office.carry_out(errand)
    assert isinstance(late, Carried) and not late.fresh
    assert office.count(work) == 1


@pytest.mark.parametrize("work", WORKS)
def test_in_good_weather_it_is_done_at_once_and_not_shown_again(office: Office, work: Work) -> None:
    done = office.carry_out(errands(office.known(ANNA))[work])
    assert isinstance(done, Carried) and done.fresh
    assert (done.record is not None) == (work in (Work.ADD, Work.UPDATE))
    assert len(done.verdicts) == (work is Work.LINK)
    assert (office.count(work), entries(office), office.states()) == (1, (), ["done"])


def test_nothing_typed_can_be_read_in_the_database(office: Office) -> None:
    anna = office.known(ANNA)
    office.weather(Condition.DOWN)
    office.carry_out(NoteErrand(anna.ref, "a secret word"), "1")
    office.carry_out(LinkErrand(anna.ref, mail(), (replace(FILES[0], content=b"a secret file"),)), "2")
    with office.database.read() as connection:
        kept = connection.execute(select(table(OutboxRow).c.payload)).scalars().all()
        content = bytes(connection.execute(select(table(OutboxFileRow).c.content)).scalar_one())
    assert len(kept) == 2
    assert "secret" not in "".join(kept)
    assert b"secret" not in content


# --- order


def test_errands_of_one_record_are_done_in_their_order(office: Office) -> None:
    anna = office.known(ANNA)
    office.weather(Condition.DOWN)
    seen = fingerprint(anna.value(CITY))
    for number, city in enumerate(("Lyon", "Paris", "Lille")):
        office.carry_out(UpdateErrand(anna.ref, {CITY: city}, {CITY: seen}), f"city {number}")
        office.carry_out(NoteErrand(anna.ref, f"note {number}"), f"note {number}", office.people[number % 2])
        seen = fingerprint(city)
    office.weather(Condition.UP)
    direct = office.carry_out(NoteErrand(anna.ref, "note 3"), "note 3")
    assert isinstance(direct, Kept) and direct.reason is None, "it must not overtake"
    office.deliver()
    assert office.states() == ["done"] * 7
    assert office.crm().get(anna.ref).value(CITY) == "Lille"
    with office.database.read() as connection:
        notes = connection.execute(select(table(NoteRow).c.text).where(table(NoteRow).c.text.like("note _")).order_by(table(NoteRow).c.id))
        assert notes.scalars().all() == ["note 0", "note 1", "note 2", "note 3"]


def test_records_do_not_wait_for_each_other(office: Office) -> None:
    anna = office.known(ANNA)
    other = office.crm().create(Kind.CONTACT, NEW, "other")
    office.weather(Condition.DOWN)
    office.carry_out(NoteErrand(anna.ref, "waits"), "1")
    office.weather(Condition.UP)
    assert isinstance(office.carry_out(NoteErrand(other.ref, "Called back"), "2"), Carried)


def test_32_deliver_at_once_and_each_errand_is_done_once(office: Office) -> None:
    anna = office.known(ANNA)
    office.weather(Condition.DOWN)
    for number in range(4):
        office.carry_out(NoteErrand(anna.ref, "Called back"), f"note {number}")
    office.weather(Condition.UP)
    office.make_due()
    outbox = office.outbox()
    assert outbox.due() == ((office.org, str(anna.ref)),)
    at_once([lambda: outbox.deliver(office.org, str(anna.ref), office.open_crm)] * 32)
    assert (office.count(Work.NOTE), office.states()) == (4, ["done"] * 4)
    assert [row.attempts for row in office.rows()] == [2, 1, 1, 1]


def test_somebody_at_the_same_record_is_waited_for(office: Office) -> None:
    """A colleague's errand that takes a moment is no reason to say "will be delivered"."""
    anna, (paul, claire) = office.known(ANNA), office.people
    outcomes = at_once([lambda n=n: office.carry_out(NoteErrand(anna.ref, f"note {n}"), f"k{n}", (paul, claire)[n % 2]) for n in range(8)])
    assert [type(outcome) for outcome in outcomes] == [Carried] * 8


# --- when to try again


def test_the_pause_grows_and_the_crms_own_wish_comes_first(office: Office) -> None:
    anna = office.known(ANNA)
    office.weather(Condition.DOWN)
    office.carry_out(NoteErrand(anna.ref, "Called back"))
    pauses = []
    for _ in range(4):
        row = office.rows()[0]
        pauses.append((row.due_at - row.tried_at).total_seconds())
        assert office.outbox().due() == ()
        office.deliver()
    # From the moment it was begun: the attempt itself takes a part of a second, more on a loaded machine.
    assert pauses == pytest.approx([2, 6, 18, 54], rel=0.35, abs=1.8)
    office.weather(Condition.LIMITING)
    office.deliver()
    row = office.rows()[0]
    assert (row.due_at - row.tried_at).total_seconds() == pytest.approx(30, abs=2)


def test_only_an_unknown_end_is_told_to_the_crm(office: Office) -> None:
    """`first_tried_at` makes an adapter look for what an earlier attempt made; a call that was limited made nothing."""
    anna = office.known(ANNA)
    office.weather(Condition.LIMITING)
    office.carry_out(NoteErrand(anna.ref, "Called back"))
    assert office.rows()[0].first_tried_at is None
    office.weather(Condition.DOWN)
    office.deliver()
    unknown = office.rows()[0].first_tried_at
    assert unknown is not None
    office.weather(Condition.LIMITING)
    office.deliver()
    assert office.rows()[0].first_tried_at == unknown


def test_whose_permission_has_ended_is_asked_to_connect_again(office: Office) -> None:
    anna = office.known(ANNA)
    office.weather(Condition.DOWN)
    office.carry_out(NoteErrand(anna.ref, "Called back"))
    office.make_due()
    office.outbox().deliver(office.org, str(anna.ref), lambda person_id: AuthExpired("no grant"))
    (entry,) = entries(office)
    assert (entry.state, entry.reconnect) == (EntryState.WAITING, True)
    assert office.rows()[0].due_at > now() + timedelta(minutes=2)
    office.weather(Condition.UP)
    assert isinstance(office.outbox().try_now(office.crm(), office.org, office.people[0].id, entry.id), Carried)
    assert entries(office) == ()


def test_after_a_week_it_comes_back(office: Office) -> None:
    anna = office.known(ANNA)
    office.weather(Condition.DOWN)
    office.carry_out(LinkErrand(anna.ref, mail(), FILES))
    office.change_rows(made_at=now() - timedelta(days=8))
    office.deliver()
    (entry,) = entries(office)
    assert (entry.state, entry.reason) == (EntryState.RETURNED, Reason.TOO_LATE)
    back = office.outbox().returned(office.org, office.people[0].id, entry.id)
    assert back is not None and back.errand == LinkErrand(anna.ref, mail(), FILES), "with its file"
    assert Ledger(office.database).find(office.org, "one@mail.example") is None, "the mail is free again"


def test_a_dead_process_is_taken_over_and_not_before(office: Office) -> None:
    anna = office.known(ANNA)
    office.weather(Condition.DOWN)
    office.carry_out(NoteErrand(anna.ref, "Called back"))
    office.weather(Condition.UP)
    office.change_rows(state="delivering", attempt="dead", tried_at=now(), due_at=now() + LONGEST_DELIVERY)
    assert office.outbox().due() == ()
    office.outbox().deliver(office.org, str(anna.ref), office.open_crm)
    assert office.count(Work.NOTE) == 0
    office.deliver()
    assert (office.count(Work.NOTE), office.rows()[0].first_tried_at is not None) == (1, True)


# --- what cannot be delivered


def returned(office: Office) -> Entry:
    (entry,) = entries(office)
    assert entry.state is EntryState.RETURNED
    return entry


def test_a_rejected_errand_comes_back_with_everything_typed(office: Office) -> None:
    paul, (rejected, wanted) = (
        office.people[0],
        (TaskErrand(office.known(ANNA).ref, NewTask(" ")), AddErrand(Kind.LEAD, {EMAIL: NEW[EMAIL]})),
    )
    office.weather(Condition.DOWN)
    office.carry_out(rejected, "1")
    office.carry_out(wanted, "2")
    office.weather(Condition.UP)
    office.deliver()
    assert [(entry.state, entry.reason) for entry in entries(office)] == [(EntryState.RETURNED, Reason.REJECTED)] * 2
    task, add = (office.outbox().returned(office.org, paul.id, entry.id) for entry in entries(office))
    assert (task.errand, add.errand) == (rejected, wanted)
    assert task.problems[0].field == "title"
    assert {(one.field, one.problem) for one in add.problems} >= {(LAST_NAME, Problem.MISSING)}
    assert add.problems == entries(office)[1].problems
    assert office.outbox().returned(office.org, office.people[1].id, task.entry.id) is None, "not a colleague's"
    assert isinstance(office.carry_out(AddErrand(Kind.LEAD, NEW), "3", office.people[1]), Carried), "the address is free again"
    assert office.outbox().drop(office.org, paul.id, task.entry.id)
    assert not office.outbox().drop(office.org, paul.id, task.entry.id)
    assert returned(office) == add.entry


def test_the_form_of_a_returned_errand_may_be_sent_again(office: Office) -> None:
    office.weather(Condition.DOWN)
    office.carry_out(AddErrand(Kind.LEAD, {EMAIL: NEW[EMAIL]}))
    office.weather(Condition.UP)
    office.deliver()
    assert isinstance(office.carry_out(AddErrand(Kind.LEAD, NEW)), Carried)
    assert entries(office) == ()


def test_a_record_that_is_there_meanwhile_is_no_second_one(office: Office) -> None:
    office.weather(Condition.DOWN)
    office.carry_out(AddErrand(Kind.LEAD, NEW))
    office.weather(Condition.UP)
    theirs = office.crm(office.people[1]).create(Kind.LEAD, {**NEW, FIRST_NAME: "Jules"}, "by hand")
    office.deliver()
    entry = returned(office)
    assert (entry.reason, entry.ref) == (Reason.DUPLICATE, theirs.ref)
    assert office.count(Work.ADD) == 1


def test_what_the_lost_attempt_made_is_ours_and_a_strangers_record_is_not(office: Office) -> None:
    """The earlier attempt's end is unknown, and a record with the address is there: only the CRM can tell whose it is."""
    office.weather(Condition.DOWN)
    office.carry_out(AddErrand(Kind.LEAD, NEW), "ours")
    office.weather(Condition.UP)
    made = office.crm().create(Kind.LEAD, NEW, "ours")
    office.change_rows(first_tried_at=now() - timedelta(minutes=1))
    office.deliver()
    (entry,) = entries(office)
    assert (entry.state, entry.ref) == (EntryState.DELIVERED, made.ref)
    other = {**NEW, EMAIL: "other@menuiserie-petit.example"}
    office.weather(Condition.DOWN)
    office.carry_out(AddErrand(Kind.LEAD, other), "lost")
    office.weather(Condition.UP)
    for kind in (Kind.CONTACT, Kind.LEAD):
        office.crm(office.people[1]).create(kind, other, f"a stranger's {kind}")
        office.change_rows(first_tried_at=now() - timedelta(minutes=1))
        office.deliver()
        assert entries(office)[1].reason is Reason.DUPLICATE
        office.outbox().drop(office.org, office.people[0].id, entries(office)[1].id)
        office.weather(Condition.DOWN)
        office.carry_out(AddErrand(Kind.LEAD, other), f"after {kind}")
        office.weather(Condition.UP)
    with office.database.read() as connection:
        address = table(AddressRow)
        assert connection.execute(select(func.count()).where(address.c.address == other[EMAIL])).scalar_one() == 2


@pytest.mark.parametrize("direct", [True, False])
def test_a_field_somebody_else_changed_is_not_overwritten(office: Office, direct: bool) -> None:
    anna = office.known(ANNA)
    errand = UpdateErrand(anna.ref, {PHONE: NEW_PHONE, CITY: "Lyon"}, {name: fingerprint(anna.value(name)) for name in (PHONE, CITY)})
    if not direct:
        office.weather(Condition.DOWN)
        office.carry_out(errand)
        office.weather(Condition.UP)
    office.crm(office.people[1]).update(anna.ref, {CITY: "Nice"}, anna.version)
    if direct:
        changed = office.carry_out(errand)
        assert isinstance(changed, Changed) and changed.current.value(CITY) == "Nice"
        assert office.rows() == []
    else:
        office.deliver()
        assert (returned(office).reason, returned(office).ref) == (Reason.CHANGED, anna.ref)
    assert (office.crm().get(anna.ref).value(CITY), office.count(Work.UPDATE)) == ("Nice", 0)


def test_other_fields_may_have_changed_and_the_wanted_value_may_stand_there_already(office: Office) -> None:
    anna = office.known(ANNA)
    changes = {PHONE: NEW_PHONE, CITY: "Lyon"}
    office.crm(office.people[1]).update(anna.ref, {FIRST_NAME: "Ann", CITY: " Lyon "}, anna.version)
    done = office.carry_out(UpdateErrand(anna.ref, changes, {name: fingerprint(anna.value(name)) for name in changes}))
    assert isinstance(done, Carried) and {name: done.record.value(name) for name in changes} == changes
    assert done.record.value(FIRST_NAME) == "Ann"


def test_a_record_that_is_gone_and_a_right_that_was_taken(office: Office) -> None:
    office.weather(Condition.DOWN)
    office.carry_out(NoteErrand(Ref(Kind.CONTACT, "999999"), "Called back"), "1")
    office.carry_out(AddErrand(Kind.LEAD, NEW), "2")
    office.weather(Condition.UP)
    with office.database.write() as connection:
        connection.execute(update(table(ProfileRow)).values(rights={"contact": ["view"], "lead": ["view"]}))
    office.deliver()
    assert [entry.reason for entry in entries(office)] == [Reason.GONE, Reason.FORBIDDEN]


def test_a_duplicate_the_crm_itself_finds(office: Office) -> None:
    """An update to an address somebody else has: refused at once, kept for nobody."""
    anna = office.known(ANNA)
    office.crm().create(anna.ref.kind, NEW, "other")
    with pytest.raises(Duplicate):
        office.carry_out(UpdateErrand(anna.ref, {EMAIL: NEW[EMAIL]}, {EMAIL: fingerprint(anna.value(EMAIL))}))
    assert office.rows() == []


# --- now


def test_try_now_takes_what_waits_before_it_along(office: Office) -> None:
    anna, (paul, claire) = office.known(ANNA), office.people
    office.weather(Condition.DOWN)
    for number, person in enumerate((paul, paul, claire)):
        office.carry_out(NoteErrand(anna.ref, "Called back"), f"note {number}", person)
    outbox, (first, second) = office.outbox(), entries(office)
    (hers,) = entries(office, 1)
    still = outbox.try_now(office.crm(), office.org, paul.id, second.id)
    assert isinstance(still, Kept) and isinstance(still.reason, Unavailable)
    office.weather(Condition.UP)
    behind = outbox.try_now(office.crm(claire), office.org, claire.id, hers.id)
    assert isinstance(behind, Kept) and behind.reason is None, "what is not hers goes first, by his permission"
    assert outbox.try_now(office.crm(claire), office.org, claire.id, first.id) is None, "not hers"
    assert isinstance(outbox.try_now(office.crm(), office.org, paul.id, second.id), Carried)
    assert [(entry.id, entry.state) for entry in entries(office)] == [(first.id, EntryState.DELIVERED)]
    assert outbox.try_now(office.crm(), office.org, paul.id, second.id) is None
    office.deliver()
    assert office.count(Work.NOTE) == 3


def test_try_now_of_what_is_refused_says_so_and_keeps_it(office: Office) -> None:
    office.weather(Condition.DOWN)
    office.carry_out(NoteErrand(Ref(Kind.CONTACT, "999999"), "Called back"))
    office.weather(Condition.UP)
    (entry,) = entries(office)
    with pytest.raises(NotFound):
        office.outbox().try_now(office.crm(), office.org, office.people[0].id, entry.id)
    assert returned(office).reason is Reason.GONE


# --- mistakes of ours


def test_an_errand_that_breaks_the_program_waits_and_lets_the_others_pass(office: Office) -> None:
    anna = office.known(ANNA)
    other = office.crm().create(Kind.CONTACT, NEW, "other")
    office.weather(Condition.DOWN)
    office.carry_out(NoteErrand(anna.ref, "broken"), "1")
    office.carry_out(NoteErrand(other.ref, "Called back"), "2")
    office.weather(Condition.UP)
    item = table(OutboxRow)
    with office.database.write() as connection:
        connection.execute(update(item).where(item.c.key == "1").values(payload="not the vault's"))
    office.make_due()

    def open_crm(person_id: int) -> Crm | CrmError:
        return office.open_crm(person_id)

    outbox = office.outbox()
    for org, lane in outbox.due():
        if lane == str(anna.ref):
            with pytest.raises(Exception, match="cannot be opened"):
                outbox.deliver(org, lane, open_crm)
        else:
            outbox.deliver(org, lane, open_crm)
    assert (office.states(), office.count(Work.NOTE)) == (["waiting", "done"], 1)
    assert office.rows()[0].due_at > now()


# --- what is kept, and how it is found


def test_what_has_ended_is_forgotten_after_a_while(office: Office) -> None:
    anna = office.known(ANNA)
    office.carry_out(NoteErrand(anna.ref, "Called back"), "seen")
    office.weather(Condition.DOWN)
    office.carry_out(NoteErrand(anna.ref, "waits"), "waits")
    outbox, item = office.outbox(), table(OutboxRow)
    outbox.clear_old()
    assert len(office.rows()) == 2
    with office.database.write() as connection:
        connection.execute(update(item).values(ended_at=now() - timedelta(days=2)))
    outbox.clear_old()
    assert office.states() == ["waiting"]


def test_the_mails_link_and_the_entries_come_in_one_look(office: Office) -> None:
    anna, paul = office.known(ANNA), office.people[0]
    office.carry_out(LinkErrand(anna.ref, mail()), "link")
    office.weather(Condition.DOWN)
    for number in range(12):
        office.carry_out(NoteErrand(anna.ref, f"note {number}"), f"note {number}")
    standing = office.outbox().standing(office.org, paul.id, "one@mail.example")
    assert standing.link == Ledger(office.database).find(office.org, "one@mail.example")
    assert [entry.id for entry in standing.entries] == [row.id for row in office.rows()[1:11]]
    assert office.outbox().standing(office.org, paul.id).link is None


def plans(database: Database, ask: Callable[[], object]) -> list[str]:
    """What the database makes of each statement, by the planner's own words."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        asked.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    ask()
    event.remove(database.engine, "before_cursor_execute", note)
    found = []
    with database.write() as connection:
        if not database.is_sqlite:
            # Tables this small are read through whatever the indexes; the planner is asked what it would do otherwise.
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        for statement, parameters in asked:
            rows = connection.exec_driver_sql(f"EXPLAIN {'QUERY PLAN ' if database.is_sqlite else ''}{statement}", parameters)
            found.append("\n".join(str(row[-1]) for row in rows))
    return found


def test_that_look_is_one_query_by_index(office: Office) -> None:
    (plan,) = plans(office.database, lambda: office.outbox().standing(office.org, 1, "m"))
    assert "ix_outbox_item_person" in plan
    tables = [line for line in plan.splitlines() if "mail_link" in line or "outbox_item" in line]
    assert len(tables) >= 2
    assert [line for line in tables if "SCAN" in line and "INDEX" not in line] == []
    assert not re.search("Seq Scan|TEMP B-TREE|Sort", plan)


def test_the_worker_finds_what_is_due_by_index(office: Office) -> None:
    """Every two seconds, with whatever lies there done."""
    (plan,) = plans(office.database, office.outbox().due)
    assert "ix_outbox_item_due" in plan
    assert not re.search("Seq Scan|SCAN", plan)
