"""The worker's part of SalesInbox: mailboxes that are due are synchronised, compared, confirmed, removed; sent mail is filed.

A workflow synchronises one mailbox after the other as long as any is due, a slice at a time: a workflow for each, with its queue and
its rows, would cost several times what looking at a mailbox with little news does. Who begins with one alone has it (`Turns.begin`).
First synchronisations, which take minutes or hours, have a queue of their own and take turns: nobody's new mail waits behind
somebody's old mail.

A dead worker's workflows are not resumed, as deliveries are, but cancelled: they know nothing that the tables do not say, and DBOS
forgets the deduplication id of what it resumes, so that there would be more of them at every death. What they were at is due.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from enum import StrEnum

from dbos import DBOS, SetEnqueueOptions, WorkflowStatus

from db import now
from jobs.compose import Workplace
from salesinbox.faults import Cause, MailboxFault, origin
from salesinbox.mailboxes import State
from salesinbox.sync import Progress

QUEUE = "mail"
FIRST_QUEUE = "first mail"
AT_ONCE = 4
FIRST_AT_ONCE = 3
"""First synchronisations one worker does at the same time; each keeps half a processor busy."""
SLICE_SECONDS = 15.0
"""Less than a worker has to finish in (`jobs.worker.FINISHING_SECONDS`)."""
_SHORTEST_SLICE = 1.0
_MOST_SLICES = 40
"""Of one workflow: the next one has its history for itself."""
_BARRING = timedelta(minutes=15)
_COMPARED_AT_ONCE = 4
"""In each look, so that the day's comparisons are spread: 5,760 a day."""

_log = logging.getLogger(__name__)


class _Work(StrEnum):
    """What is one step, done whole or again."""

    COMPARE = "compare"
    REMOVE = "remove"
    FILE = "file"
    TELL = "tell"
    BAR = "bar"


class MailboxJobs:
    """Made before DBOS is launched, which has to know its workflows by then. `worker` is its executor id, `look` and `seldom` are the
    seconds between looks for what is often due and for what is not."""

    def __init__(self, workplace: Workplace, worker: str, look: float, seldom: float) -> None:
        self._inbox = workplace.salesinbox
        self._notices = workplace.notices
        self._turns = workplace.turns
        self._worker = worker
        self._pause = look
        self._seldom = timedelta(seconds=seldom)
        self._seldom_at = now() - self._seldom
        self._barred_at = now() - _BARRING
        self._stopping = threading.Event()
        self._sync = _syncing(workplace, worker, self._stopping)
        self._do = _doing(workplace)

    def begin(self) -> None:
        """When DBOS is launched."""
        DBOS.register_queue(QUEUE, worker_concurrency=AT_ONCE, polling_interval_sec=self._pause)
        DBOS.register_queue(FIRST_QUEUE, worker_concurrency=FIRST_AT_ONCE, polling_interval_sec=self._pause)

    def stop(self) -> None:
        """No further slice begins."""
        self._stopping.set()

    def look(self) -> None:
        """What is due. For mailboxes to be synchronised no more workflows than this worker can have at once: they find all of them."""
        for state, queue, at_once in ((State.IN_STEP, QUEUE, AT_ONCE), (State.FIRST_SYNC, FIRST_QUEUE, FIRST_AT_ONCE)):
            for number, _ in enumerate(self._turns.due(state, at_once)):
                with _once(f"{state} {number} {self._worker}"):
                    DBOS.enqueue_workflow(queue, self._sync, state.value)
        self._enqueue(_Work.FILE, self._inbox.outgoing.due())
        if now() - self._seldom_at >= self._seldom:
            self._seldom_at = now()
            self._enqueue(_Work.REMOVE, self._inbox.removal.pending())
            self._enqueue(_Work.COMPARE, self._turns.to_compare(_COMPARED_AT_ONCE))
            self._enqueue(_Work.TELL, (0,) if self._notices.due() else ())
        if now() - self._barred_at >= _BARRING:
            self._barred_at = now()
            self._enqueue(_Work.BAR, (0,))

    def take_over(self, worker: str, begun: Sequence[WorkflowStatus]) -> None:
        """What a dead worker was at in our queues."""
        if begun:
            DBOS.cancel_workflows([workflow.workflow_id for workflow in begun])
        self._turns.give_up(worker)
        self._seldom_at = self._barred_at = now() - _BARRING

    def _enqueue(self, work: _Work, ids: Iterable[int]) -> None:
        for one in ids:
            with _once(f"{work} {one}"):
                DBOS.enqueue_workflow(QUEUE, self._do, work.value, one)


def _once(name: str) -> SetEnqueueOptions:
    """In the queue, however many look, and however long it takes."""
    return SetEnqueueOptions(deduplication_id=name, duplication_policy="return-existing")


def _synchronise(workplace: Workplace, mailbox_id: int, worker: str, seconds: float) -> None:
    lease = workplace.turns.begin(mailbox_id, worker)
    if lease is None:
        return
    try:
        progress = workplace.salesinbox.sync.run(mailbox_id, seconds)
    except Exception as error:  # noqa: BLE001 - a mistake of ours with this mailbox must not stop the others
        _log.error("mailbox %d could not be synchronised: %s", mailbox_id, origin(error))
        workplace.salesinbox.mailboxes.failed(mailbox_id, Cause.UNEXPECTED)
    else:
        workplace.turns.end(mailbox_id, lease, more=progress is Progress.MORE)


def _syncing(workplace: Workplace, worker: str, stopping: threading.Event) -> Callable[[str], None]:
    @DBOS.step(name="sync_due")
    def sync_some(state: str) -> bool:
        """Whether there is more to do."""
        until = time.monotonic() + SLICE_SECONDS
        while (due := workplace.turns.due(State(state), 1)) and not stopping.is_set():
            left = until - time.monotonic()
            if left < _SHORTEST_SLICE:
                return True
            _synchronise(workplace, due[0], worker, left)
        return False

    @DBOS.workflow(name="sync_mailboxes")
    def sync_mailboxes(state: str) -> None:
        for _ in range(_MOST_SLICES):
            if not sync_some(state):
                return

    return sync_mailboxes


def _doing(workplace: Workplace) -> Callable[[str, int], None]:
    inbox = workplace.salesinbox
    works: dict[_Work, Callable[[int], object]] = {
        _Work.COMPARE: inbox.proof.compare,
        _Work.REMOVE: inbox.removal.finish,
        _Work.FILE: inbox.outgoing.deliver,
        _Work.TELL: lambda _: workplace.notices.run(),
        _Work.BAR: lambda _: workplace.barring.run(),
    }

    @DBOS.step(name="mail_work")
    def do(work: str, one: int) -> None:
        try:
            works[_Work(work)](one)
        except Exception as error:  # noqa: BLE001 - as above; it is found again by the next look
            cause = error.cause if isinstance(error, MailboxFault) else Cause.UNEXPECTED
            if cause is Cause.UNEXPECTED or work != _Work.COMPARE:
                _log.error("%s %d of a mailbox failed: %s", work, one, origin(error))
            if work == _Work.COMPARE:
                # It is made when the mailbox works again.
                inbox.mailboxes.failed(one, cause)

    @DBOS.workflow(name="mail_work_due")
    def mail_work_due(work: str, one: int) -> None:
        do(work, one)

    return mail_work_due
