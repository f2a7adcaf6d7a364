"""Real workers: they deliver within seconds, one broken errand stops nobody, and a killed one's work is finished by another."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select, text, update

from crm_client.embedded.organisation import Condition
from crm_client.records import EMAIL, LAST_NAME, Kind
from db import Database, now, table
from jobs.tables import WorkerRow
from jobs.worker import system_database_url
from jobs.workers import SILENCE, Workers
from linking.errands import NoteErrand, Work
from linking.outbox import Kept
from linking.tables import OutboxRow
from tests.office import ANNA, VAULT_KEY, Office, at_once, errands, open_office
from tests.test_start import free_port

ROOT = Path(__file__).parent.parent
SECONDS = 30


@pytest.fixture
def office(database: Database) -> Office:
    return open_office(database)


@contextmanager
def worker(url: str, *arguments: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    environment = {
        "PATH": os.environ["PATH"],
        "SIDECARD_TRUST_ROOT": "development",
        "SIDECARD_SECRET_KEY": VAULT_KEY,
        "SIDECARD_DATABASE_URL": url,
        **settings,
    }
    process = subprocess.Popen([sys.executable, "-m", *arguments], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stderr:
            process.stderr.close()


def until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def workflows(url: str) -> list[str]:
    """How DBOS says its deliveries went."""
    sqlite = url.startswith("sqlite")
    engine = create_engine(system_database_url(url, "").replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        states = connection.execute(text(f"SELECT status FROM {'' if sqlite else 'dbos.'}workflow_status WHERE name = 'deliver_lane'"))
        found = [row[0] for row in states]
    engine.dispose()
    return found


def test_it_delivers_within_seconds_and_one_broken_errand_stops_nobody(office: Office, database_url: str) -> None:
    anna = office.known(ANNA)
    other = office.crm().create(Kind.CONTACT, {LAST_NAME: "Other", EMAIL: "other@mail.example"}, "other")
    office.weather(Condition.DOWN)
    assert isinstance(office.carry_out(NoteErrand(other.ref, "unreadable"), "broken"), Kept)
    for work, errand in errands(anna).items():
        assert isinstance(office.carry_out(errand, f"click {work}"), Kept)
    office.weather(Condition.UP)
    item, port = table(OutboxRow), free_port()
    with office.database.write() as connection:
        connection.execute(update(item).where(item.c.key == "broken").values(payload="not the vault's"))
    with worker(database_url, "jobs", "--health-port", str(port)) as process:
        until(lambda: office.states()[1:] == ["done"] * 5, "not delivered")
        assert {work: office.count(work) for work in Work} == dict.fromkeys(Work, 1)
        until(lambda: office.rows()[0].attempts > 1 and office.states()[0] == "waiting", "the broken one waits for better code")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_ah/start", timeout=5) as answer:
            assert answer.read() == b"ok"
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0


def test_what_a_killed_worker_had_begun_is_finished_by_another(office: Office, database_url: str, tmp_path: Path) -> None:
    anna, mark = office.known(ANNA), tmp_path / "hangs"
    office.weather(Condition.DOWN)
    for number in range(3):
        office.carry_out(NoteErrand(anna.ref, "Called back"), f"note {number}")
    office.weather(Condition.UP)
    office.make_due()
    shortened = ("--silence", "2", "--longest-delivery", "2")
    with worker(database_url, "tests.hanging_worker", str(mark), *shortened) as hangs:
        until(mark.exists, "the first worker has not begun")
        assert (office.count(Work.NOTE), office.states()) == (1, ["delivering", "waiting", "waiting"])
        with worker(database_url, "jobs", *shortened) as second:
            until(lambda: len(living(office)) == 2, "the second worker has not come")
            hangs.send_signal(signal.SIGKILL)
            until(lambda: office.states() == ["done"] * 3, "not taken over")
            assert office.count(Work.NOTE) == 3
            until(lambda: len(living(office)) == 1, "the dead one is still thought to live")
            until(lambda: set(workflows(database_url)) == {"SUCCESS"}, "a workflow is still the dead one's")
            assert second.poll() is None


def living(office: Office) -> list[str]:
    with office.database.read() as connection:
        return list(connection.execute(select(table(WorkerRow).c.executor_id)).scalars())


def test_one_alone_takes_a_dead_worker_over(office: Office) -> None:
    def fell_silent(executor_id: str) -> None:
        with office.database.write() as connection:
            row = table(WorkerRow)
            connection.execute(update(row).where(row.c.executor_id == executor_id).values(seen_at=now() - SILENCE - timedelta(seconds=1)))

    workers = [Workers(office.database, f"w{number}") for number in range(8)]
    for one in (*workers, Workers(office.database, "dead")):
        one.say()
    assert workers[0].take_dead() == ()
    fell_silent("dead")
    assert sorted(at_once([one.take_dead for one in workers]), reverse=True) == [("dead",)] + [()] * 7
    fell_silent("dead")
    assert workers[0].take_dead() == ("dead",), "whoever took it died over it"
    workers[0].bury("dead")
    fell_silent("w1")
    workers[1].say()
    assert workers[0].take_dead() == ()
    assert len(living(office)) == 8


@pytest.mark.parametrize(
    ("database_url", "own", "expected"),
    [
        ("sqlite:///var/sidecard.sqlite", "", "sqlite:///var/sidecard-jobs.sqlite"),
        ("sqlite:////data/sidecard", "", "sqlite:////data/sidecard-jobs"),
        ("postgres://u:p@host/name", "", "postgresql+psycopg://u:p@host/name"),
        ("postgres://u:p@host/name", "sqlite:///elsewhere.sqlite", "sqlite:///elsewhere.sqlite"),
    ],
)
def test_where_the_workers_own_tables_are(database_url: str, own: str, expected: str) -> None:
    assert system_database_url(database_url, own) == expected
