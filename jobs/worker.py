"""One worker process: DBOS with its queue, and a main thread that looks every two seconds for what is due.

The looking is no DBOS schedule: that writes a workflow's life into the database at every look, and costs an idle worker
twice the processor. What is found becomes a workflow, one a lane: two workers that find the same enqueue it once.
"""

import logging
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from dbos import DBOS, DBOSConfig, SetEnqueueOptions
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from db import now
from db.engine import normalised
from jobs.compose import Workplace
from jobs.mailboxes import FIRST_QUEUE as FIRST_MAIL_QUEUE
from jobs.mailboxes import QUEUE as MAIL_QUEUE
from jobs.mailboxes import MailboxJobs
from jobs.workers import SILENCE, Workers
from salesinbox.watch import Rhythm, Watch
from tenants.installs import CannotTell

APPLICATION = "sidecard"
APPLICATION_VERSION = "1"
"""Raised only when waiting workflows could not run on the new code: a worker takes none of another version."""
QUEUE = "delivery"
AT_ONCE = 8
"""Lanes one worker delivers at the same time."""
FINISHING_SECONDS = 25
FINISHED_KEPT = timedelta(days=1)
_HOURLY = "17 * * * *"
_EVERY_QUARTER = "4-59/15 * * * *"
"""Each install is asked about once a day; so the asking is spread over the day."""
_CLEARED_AT_ONCE = 500
_CONNECTIONS = 4

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between looks for due errands and mailboxes, between signs of life, between looks for what is to be erased, and for
    what happens to a mailbox seldom; `silence` is how long a dead worker says nothing."""

    look: float = 2.0
    say: float = 5.0
    erase: float = 10.0
    seldom: float = 60.0
    silence: timedelta = SILENCE


class Worker:
    """One per process: DBOS knows only one."""

    def __init__(self, workplace: Workplace, system_database_url: str, pace: Pace) -> None:
        self._workplace = workplace
        self._pace = pace
        self._executor_id = uuid.uuid4().hex
        self._workers = Workers(workplace.database, self._executor_id, pace.silence)
        DBOS(config=_config(system_database_url, self._executor_id))
        self._mail = MailboxJobs(workplace, self._executor_id, pace.look, pace.seldom)
        inbox = workplace.salesinbox
        self._watch = Watch(
            workplace.database, inbox.mailboxes, inbox.access, self._executor_id, self._workers.alive, Rhythm.after(pace.silence)
        )
        self._deliver_lane = _delivering(workplace)
        self._clear = _clearing(workplace)
        self._erase = _erasing(workplace)
        self._check_installs = _checking(workplace)

    def run(self, stop: threading.Event) -> None:
        """Until told to stop; what is under way may finish."""
        # Before anything can be begun in its name.
        self._workers.say()
        DBOS.launch()
        DBOS.register_queue(QUEUE, worker_concurrency=AT_ONCE, polling_interval_sec=self._pace.look)
        self._mail.begin()
        DBOS.apply_schedules(
            [
                {"schedule_name": "clear_old", "workflow_fn": self._clear, "schedule": _HOURLY},
                {"schedule_name": "check_installs", "workflow_fn": self._check_installs, "schedule": _EVERY_QUARTER},
            ]
        )
        self._watch.start()
        said_at = now()
        erased_at = said_at - timedelta(seconds=self._pace.erase)
        while not stop.is_set():
            try:
                if now() - said_at >= timedelta(seconds=self._pace.say):
                    self._workers.say()
                    said_at = now()
                    self._take_over()
                self._look()
                self._mail.look()
                if now() - erased_at >= timedelta(seconds=self._pace.erase):
                    erased_at = now()
                    self._look_for_erasures()
            except SQLAlchemyError as error:
                _log.warning("the database does not answer: %s", type(error).__name__)
            stop.wait(self._pace.look)
        self._mail.stop()
        self._watch.stop()
        DBOS.destroy(workflow_completion_timeout_sec=FINISHING_SECONDS)
        # What could not finish is found by others when they miss our signs of life, or by the errand's own time.
        self._workplace.database.close()

    def _look(self) -> None:
        for org, lane in self._workplace.outbox.due():
            # Once in the queue, however many look, and however long it takes.
            with SetEnqueueOptions(deduplication_id=f"{org} {lane}", duplication_policy="return-existing"):
                DBOS.enqueue_workflow(QUEUE, self._deliver_lane, org, lane)

    def _look_for_erasures(self) -> None:
        for erasure_id in self._workplace.erasing.due():
            with SetEnqueueOptions(deduplication_id=f"erase {erasure_id}", duplication_policy="return-existing"):
                DBOS.enqueue_workflow(QUEUE, self._erase, erasure_id)

    def _take_over(self) -> None:
        for executor_id in self._workers.take_dead():
            begun = DBOS.list_workflows(status="PENDING", executor_id=executor_id, load_input=False, load_output=False)
            if begun:
                _log.warning("worker %s is dead; %d of its workflows are taken over", executor_id, len(begun))
            mail = [workflow for workflow in begun if workflow.queue_name in (MAIL_QUEUE, FIRST_MAIL_QUEUE)]
            self._mail.take_over(executor_id, mail)
            if others := [workflow.workflow_id for workflow in begun if workflow not in mail]:
                DBOS.resume_workflows(others, queue_name=QUEUE)
            self._workers.bury(executor_id)


def system_database_url(database_url: str, own: str) -> str:
    """Where DBOS keeps its tables: as set, else in the same PostgreSQL database, or in a SQLite file beside ours."""
    if own:
        return own
    url = normalised(database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        stem, dot, suffix = url.database.rpartition(".")
        url = url.set(database=f"{stem}-jobs{dot}{suffix}" if dot else f"{url.database}-jobs")
    return url.render_as_string(hide_password=False)


def _config(url: str, executor_id: str) -> DBOSConfig:
    config = DBOSConfig(
        name=APPLICATION,
        system_database_url=url,
        application_version=APPLICATION_VERSION,
        executor_id=executor_id,
        log_level="WARNING",
        enable_otlp=False,
        sys_db_pool_size=_CONNECTIONS,
        # Nobody waits for notifications here; looking after them a hundred times a second is what an idle worker would do most.
        notification_listener_polling_interval_sec=2.0,
        notification_coalesce_sec=2.0,
    )
    if make_url(url).get_backend_name() == "sqlite":
        config["db_engine_kwargs"] = {"connect_args": {"timeout": 20}}
    return config


def _delivering(workplace: Workplace) -> Callable[[str, str], None]:
    @DBOS.step(name="deliver")
    def deliver(org: str, lane: str) -> None:
        workplace.outbox.deliver(org, lane, partial(workplace.open_crm, org))

    @DBOS.workflow(name="deliver_lane")
    def deliver_lane(org: str, lane: str) -> None:
        deliver(org, lane)

    return deliver_lane


def _erasing(workplace: Workplace) -> Callable[[str], None]:
    @DBOS.step(name="erase")
    def erase(erasure_id: str) -> None:
        workplace.erasing.run(erasure_id)

    @DBOS.workflow(name="erase_due")
    def erase_due(erasure_id: str) -> None:
        erase(erasure_id)

    return erase_due


def _checking(workplace: Workplace) -> Callable[[datetime, object], None]:
    @DBOS.step(name="check_installs")
    def check() -> None:
        try:
            while workplace.installs.check():
                pass
        except CannotTell:
            # Who was asked about keeps his answer; the others are due again in a quarter of an hour.
            _log.warning("installs were not checked to their end")

    @DBOS.workflow(name="check_installs_due")
    def check_installs_due(_scheduled_at: datetime, _context: object) -> None:
        check()

    return check_installs_due


def _clearing(workplace: Workplace) -> Callable[[datetime, object], None]:
    @DBOS.step(name="clear")
    def clear() -> None:
        workplace.outbox.clear_old()
        workplace.salesinbox.outgoing.clear_old()
        workplace.salesinbox.retention.sweep()
        before = (datetime.now(UTC) - FINISHED_KEPT).isoformat()
        while True:
            old = DBOS.list_workflows(
                status=["SUCCESS", "ERROR", "CANCELLED"],
                completed_before=before,
                limit=_CLEARED_AT_ONCE,
                load_input=False,
                load_output=False,
            )
            if not old:
                return
            DBOS.delete_workflows([workflow.workflow_id for workflow in old])

    @DBOS.workflow(name="clear_old")
    def clear_old(_scheduled_at: datetime, _context: object) -> None:
        clear()

    return clear_old
