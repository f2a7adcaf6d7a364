"""A process that dies at any step of the promise: whoever comes next finishes it, and the CRM has everything once."""

import os
from collections.abc import Callable
from functools import partial

import pytest

from crm_client.embedded.organisation import Condition
from crm_client.records import LAST_NAME, Kind
from db import Database
from linking.errands import Errand, Work
from linking.ledger import Ledger, LinkState
from linking.outbox import EntryState, Kept, Step
from tests.office import ANNA, Office, enter_office, errands, open_office

DIED = 9


def prepare(office: Office) -> dict[Work, Errand]:
    """Each on a record of its own, so that none has to wait for another."""
    prepared = {}
    for work in Work:
        mine = work in (Work.ADD, Work.UPDATE)
        record = office.known(ANNA) if mine else office.crm().create(Kind.CONTACT, {LAST_NAME: work.value}, f"record for {work}")
        prepared[work] = errands(record)[work]
    return prepared


def press(url: str, errand: Errand, key: str, step: Step) -> None:
    office = enter_office(Database(url))
    office.carry_out(errand, key, outbox=office.outbox(at=lambda reached: _die(reached, step)))


def deliver(url: str, lane: str, step: Step) -> None:
    office = enter_office(Database(url))
    office.outbox(at=lambda reached: _die(reached, step)).deliver(office.org, lane, office.open_crm)


def _die(reached: Step, step: Step) -> None:
    if reached is step:
        os._exit(DIED)


def dies(run: Callable[[], None]) -> None:
    """In a process of its own, with a database connection of its own. It never comes back to the test's code."""
    child = os.fork()
    if child == 0:
        try:
            run()
        finally:
            os._exit(0)
    _pid, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == DIED


def all_done_once(office: Office) -> None:
    office.weather(Condition.UP)
    office.deliver()
    office.deliver()
    assert {work: office.count(work) for work in Work} == dict.fromkeys(Work, 1)
    assert office.states() == ["done"] * 5
    link = Ledger(office.database).find(office.org, "one@mail.example")
    assert link is not None and link.state is LinkState.DONE


@pytest.mark.parametrize("step", [Step.COMMITTED, Step.BEGUN, Step.ANSWERED, Step.ENDED, Step.PUT_BACK])
def test_it_dies_while_the_person_waits_for_the_card(database: Database, database_url: str, step: Step) -> None:
    office = open_office(database)
    prepared = prepare(office)
    office.weather(Condition.DOWN if step is Step.PUT_BACK else Condition.UP)
    for work, errand in prepared.items():
        dies(partial(press, database_url, errand, f"click {work}", step))
    done_before = {work: office.count(work) for work in Work} if step is not Step.PUT_BACK else {}
    assert done_before in ({}, dict.fromkeys(Work, int(step in (Step.ANSWERED, Step.ENDED))))
    all_done_once(office)


@pytest.mark.parametrize("step", [Step.CLAIMED, Step.BEGUN, Step.ANSWERED, Step.ENDED, Step.PUT_BACK])
def test_the_worker_dies(database: Database, database_url: str, step: Step) -> None:
    office = open_office(database)
    prepared = prepare(office)
    office.weather(Condition.DOWN)
    assert [type(office.carry_out(errand, f"click {work}")) for work, errand in prepared.items()] == [Kept] * 5
    office.weather(Condition.DOWN if step is Step.PUT_BACK else Condition.UP)
    office.make_due()
    assert len(office.outbox().due()) == 5
    for org, lane in office.outbox().due():
        assert org == office.org
        dies(partial(deliver, database_url, lane, step))
    all_done_once(office)
    entries = office.outbox().standing(office.org, office.people[0].id).entries
    assert [entry.state for entry in entries] == [EntryState.DELIVERED] * 5, "the person has not been told yet"
