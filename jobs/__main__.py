"""The worker: `python -m jobs` delivers what waits and keeps mailboxes in step, until it is told to stop (SIGTERM, Ctrl-C)."""

import argparse
import logging
import signal
import threading
from collections.abc import Callable
from datetime import timedelta

from jobs.compose import build
from jobs.health import answer_on
from jobs.worker import Pace, Worker, system_database_url
from linking.lanes import LONGEST_DELIVERY
from linking.outbox import Step, go_on
from settings import Settings


def main(at: Callable[[Step], None] = go_on) -> None:
    """`at` is called at every step of a delivery, for tests."""
    parser = argparse.ArgumentParser(prog="python -m jobs", description="Delivers what waits in the outbox, keeps mailboxes in step.")
    parser.add_argument("--health-port", type=int, help="answer GET requests here, for platforms that ask whether an instance is there")
    parser.add_argument("--silence", type=float, default=Pace().silence.total_seconds(), help="seconds after which a silent worker is dead")
    parser.add_argument(
        "--longest-delivery", type=float, default=LONGEST_DELIVERY.total_seconds(), help="seconds after which a delivery is taken for dead"
    )
    asked = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    settings = Settings()
    workplace = build(settings, at, timedelta(seconds=asked.longest_delivery))
    usual, often = Pace(), asked.silence / 4
    pace = Pace(look=min(usual.look, often), say=min(usual.say, often), seldom=asked.silence * 2, silence=timedelta(seconds=asked.silence))
    worker = Worker(workplace, system_database_url(settings.database_url, settings.jobs_database_url), pace)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    if asked.health_port is not None:
        answer_on(asked.health_port)
    worker.run(stop)


if __name__ == "__main__":
    main()
