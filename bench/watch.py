"""`python -m bench watch`: many mailboxes in the steady state. One worker holds them all, then two share them, then one of the two dies.

All are users of one local Dovecot, over TLS. CPU is the worker process' own; `idle` is a worker without a mailbox, and what one
mailbox costs is the difference. `BENCH_MAILBOXES` (1000) and `BENCH_SECONDS` (90) make it smaller or larger; DATABASE_URL names a
database other than SQLite, an empty one.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from ipaddress import ip_network
from pathlib import Path

import psutil

from db import Database
from db.migrate import upgrade
from salesinbox.mailboxes import Mailbox
from salesinbox.servers import Network
from tests.authority import Authority
from tests.dovecot import Dovecot
from tests.office import VAULT_KEY, open_office
from tests.stored_mail import raw_mail
from tests.watched import Post

MAILBOXES = int(os.environ.get("BENCH_MAILBOXES", "1000"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "90"))
DELIVERIES = 20
TARGET_MS = 1.0
SESSIONS_A_PROCESS = 100
MOST_SECONDS = 900
OUT = Path(__file__).parent / "out"


@dataclass(frozen=True, slots=True)
class Steady:
    """Milliseconds of CPU a minute, of the whole worker; megabytes at the end."""

    what: str
    mailboxes: int
    cpu: float
    megabytes: float


@contextmanager
def _worker(url: str, server: Dovecot) -> Iterator[psutil.Process]:
    environment = {
        "SIDECARD_TRUST_ROOT": "development",
        "SIDECARD_SECRET_KEY": VAULT_KEY,
        "SIDECARD_DATABASE_URL": url,
        "SIDECARD_MAILBOX_NETWORKS": "127.0.0.0/8,::1/128",
        "SIDECARD_MAILBOX_AUTHORITY": str(server.authority.file),
    }
    process = subprocess.Popen([sys.executable, "-m", "jobs"], env={**os.environ, **environment})
    try:
        yield psutil.Process(process.pid)
    finally:
        process.kill()
        process.wait()


def _used(process: psutil.Process) -> float:
    """Milliseconds."""
    times = process.cpu_times()
    return float(times.user + times.system) * 1000


def _until(true: Callable[[], bool], what: str, look: float = 1.0) -> float:
    """Seconds it took. TimeoutError."""
    began = time.monotonic()
    while not true():
        if time.monotonic() - began > MOST_SECONDS:
            raise TimeoutError(what)
        time.sleep(look)
    return time.monotonic() - began


def _steady(what: str, mailboxes: int, *processes: psutil.Process) -> list[Steady]:
    before = [_used(process) for process in processes]
    time.sleep(SECONDS)
    return [
        Steady(what, mailboxes, (_used(process) - began) * 60 / SECONDS, process.memory_info().rss / 2**20)
        for process, began in zip(processes, before, strict=True)
    ]


def _held(worker: psutil.Process, server: Dovecot) -> int:
    """Connections to the mail server."""
    held = [one for one in worker.net_connections("tcp") if one.status == psutil.CONN_ESTABLISHED]
    return len([one for one in held if tuple(one.raddr)[1:] == (server.tls_port,)])


def _delivered(post: Post, mailboxes: list[Mailbox], folder: str) -> list[float]:
    """Seconds from delivery until it is in the store, one mailbox after the other."""
    waited = []
    for mailbox in mailboxes:
        subject = f"New {time.time_ns()}"
        post.server.put(mailbox.address, [raw_mail(subject)], folder)
        waited.append(_until(partial(_is_in, post, mailbox, subject), "new mail did not come", 0.05))
    return waited


def _is_in(post: Post, mailbox: Mailbox, subject: str) -> bool:
    return subject in post.subjects(mailbox.id)


def _said(what: str, seconds: list[float]) -> None:
    print(f"{what}: {statistics.median(seconds):.1f} s, at most {max(seconds):.1f} s")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="sidecard-bench-") as name:
        folder = Path(name)
        url = os.environ.get("DATABASE_URL", f"sqlite:///{folder}/bench.sqlite")
        database = Database(url)
        upgrade(database)
        with Dovecot(Authority(folder), clients=SESSIONS_A_PROCESS) as server:
            network = Network((ip_network("127.0.0.0/8"), ip_network("::1/128")), server.authority.file)
            post = Post(open_office(database), server, network)
            measured = _measure(post, url)
        database.close()
    OUT.mkdir(exist_ok=True)
    (OUT / "watch.json").write_text(json.dumps([asdict(one) for one in measured], indent=1) + "\n")


def _measure(post: Post, url: str) -> list[Steady]:
    measured: list[Steady] = []
    with _worker(url, post.server) as one:
        time.sleep(20)
        (idle,) = _steady("a worker without mailboxes", 0, one)
    mailboxes = [post.connect() for _ in range(MAILBOXES)]
    with _worker(url, post.server) as one:
        began = _used(one)
        seconds = _until(lambda: _held(one, post.server) >= MAILBOXES and all(post.column("watch_mark").values()), "not all are watched")
        seconds += _until(lambda: not any(map(post.due, post.column("due_at"))), "not all are synchronised", 5)
        print(f"{MAILBOXES} mailboxes connected and synchronised once: {seconds:.0f} s, {_used(one) - began:.0f} ms of CPU")
        time.sleep(60)
        (whole,) = _steady("one worker, all mailboxes", MAILBOXES, one)
        measured += [idle, whole]
        _said("new mail in the INBOX is in the store after", _delivered(post, mailboxes[:DELIVERIES], "INBOX"))
        _said("new mail in another folder", _delivered(post, mailboxes[-DELIVERIES // 4 :], "Sent"))
        with _worker(url, post.server) as two:
            seconds = _until(lambda: _shares(post) == [MAILBOXES // 2] * 2 and _held(two, post.server) >= MAILBOXES // 2, "not shared")
            print(f"a second worker has its half after {seconds:.0f} s")
            time.sleep(60)
            measured += _steady("two workers, a half each", MAILBOXES // 2, one, two)
            one.kill()
            seconds = _until(lambda: _held(two, post.server) >= MAILBOXES, "not taken over")
            print(f"one of two was killed; the other holds all after {seconds:.0f} s")
    print(f"{'':30}{'mailboxes':>10}{'CPU ms/min':>12}{'a mailbox':>10}{'MB':>6}")
    for steady in measured:
        each = f"{(steady.cpu - idle.cpu) / steady.mailboxes:.2f}" if steady.mailboxes else ""
        print(f"{steady.what:30}{steady.mailboxes:>10}{steady.cpu:>12.0f}{each:>10}{steady.megabytes:>6.0f}")
    print(f"target: at most {TARGET_MS} ms of CPU a mailbox and minute")
    return measured


def _shares(post: Post) -> list[int]:
    return list(Counter(watcher for watcher in post.column("watcher").values() if watcher).values())
