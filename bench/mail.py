"""`python -m bench mail`: a mailbox is synchronised for the first time, and again with nothing new, beside mbsync on the same server.

The runs are interleaved; the table shows the median of each. Everybody fetches over TLS from a local Dovecot, onto the same disk.
Messages per second are whole processes' for mbsync and, for ours, from connecting to the end: a worker starts once for many
mailboxes. `BENCH_MAILS` are the sizes of mailbox, `BENCH_ROUNDS` how often each is measured: the large one shows that memory does
not grow and takes minutes, mbsync's most of them.

On SQLite a commit waits for the disk only now and then (after a power failure the last ones are fetched again), on PostgreSQL every
one does.
"""

import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.mails import mails
from tests.authority import Authority
from tests.dovecot import PASSWORD, Dovecot
from tests.postgres import Cluster

SIZES = [int(size) for size in os.environ.get("BENCH_MAILS", "4000,20000").split(",")]
ROUNDS = [int(rounds) for rounds in os.environ.get("BENCH_ROUNDS", "3,1").split(",")]
"""Of each size; the last stands for all further ones."""
USER = "bench@northlight.example"
OUT = Path(__file__).parent / "out"
MOST_MEGABYTES = 150
LEAST_OF_FAST = 0.6
MBSYNC = """{fsync}
IMAPAccount bench
Host {host}
Port {port}
User {user}
Pass "{password}"
SSLType IMAPS
CertificateFile {authority}

IMAPStore server
Account bench

MaildirStore here
Path {here}/
Inbox {here}/INBOX

Channel all
Far :server:
Near :here:
Patterns INBOX
Create Near
Sync Pull
SyncState *
"""


@dataclass(frozen=True, slots=True)
class Run:
    """`again`: seconds for the second time, with nothing new. CPU in milliseconds a message; `megabytes` at most, of ours alone."""

    what: str
    messages: int
    seconds: float
    cpu: float
    megabytes: float
    again: float
    again_cpu: float

    @property
    def rate(self) -> float:
        return self.messages / self.seconds


@dataclass(frozen=True, slots=True)
class _Spent:
    seconds: float
    cpu: float
    said: str


def _spent(command: list[str], asked: str = "") -> _Spent:
    """Of this one process and its children; RuntimeError where it fails."""
    began = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=said, stderr=subprocess.STDOUT)
        if process.stdin is not None:
            process.stdin.write(asked.encode())
            process.stdin.close()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - began
        said.seek(0)
        text = said.read().decode()
    if status:
        raise RuntimeError(f"{command[0]}: {text[-2000:]}")
    return _Spent(seconds, used.ru_utime + used.ru_stime, text)


def _mbsync(server: Dovecot, folder: Path, what: str, fsync: str) -> Run:
    here = folder / "mbsync"
    here.mkdir()
    settings = here / "rc"
    settings.write_text(
        MBSYNC.format(
            fsync=fsync, host=server.host, port=server.tls_port, user=USER, password=PASSWORD, authority=server.authority.file, here=here
        )
    )
    command = ["mbsync", "-c", str(settings), "-q", "all"]
    first, again = _spent(command), _spent(command)
    count = sum(1 for part in ("cur", "new") for _ in (here / "INBOX" / part).iterdir())
    shutil.rmtree(here)
    return Run(what, count, first.seconds, first.cpu * 1000 / count, 0, again.seconds, again.cpu * 1000)


def _on_sqlite(server: Dovecot, folder: Path) -> Run:
    here = folder / "ours"
    here.mkdir()
    run = _ours("ours", server, f"sqlite:///{here}/sidecard.sqlite")
    shutil.rmtree(here)
    return run


def _on_postgresql(server: Dovecot, cluster: Cluster) -> Run:
    run = _ours("ours, PostgreSQL", server, cluster.create("bench"))
    cluster.drop("bench")
    return run


def _ours(what: str, server: Dovecot, url: str) -> Run:
    command = [sys.executable, "-m", "bench.first_sync", url, server.host, str(server.tls_port), USER, str(server.authority.file)]
    said = json.loads(_spent(command, PASSWORD).said.splitlines()[-1])
    count = said["messages"]
    return Run(what, count, said["seconds"], said["cpu"] * 1000 / count, said["megabytes"], said["again"], said["again_cpu"] * 1000)


def run(count: int, rounds: int) -> list[Run]:
    """RuntimeError: somebody has not fetched everything."""
    runs: list[Run] = []
    with tempfile.TemporaryDirectory(prefix="sidecard-bench-") as name:
        folder = Path(name)
        with Dovecot(Authority(folder)) as server, Cluster(durable=True) as cluster:
            server.add_user(USER)
            server.drop(USER, list(mails(count)))
            _warm(server)
            kinds: list[Callable[[], Run]] = [lambda: _on_sqlite(server, folder), lambda: _on_postgresql(server, cluster)]
            if shutil.which("mbsync"):
                kinds.append(lambda: _mbsync(server, folder, "mbsync, as it comes", ""))
                kinds.append(lambda: _mbsync(server, folder, "mbsync, FSync no", "FSync no\n"))
            for _ in range(rounds):
                runs.extend(one() for one in kinds)
    short = [one for one in runs if one.messages != count]
    if short:
        raise RuntimeError(f"{count} mails, and not all fetched: {short}")
    return runs


def _warm(server: Dovecot) -> None:
    """The server's own index is made once, before anybody is measured."""
    client = server.client(USER)
    client.select("INBOX")
    client.fetch("1:*", "(UID FLAGS RFC822.SIZE BODY.PEEK[HEADER])")
    client.logout()


def _median(runs: list[Run]) -> Run:
    return sorted(runs, key=lambda one: one.rate)[len(runs) // 2]


def main() -> None:
    runs: list[Run] = []
    for count, rounds in itertools.zip_longest(SIZES, ROUNDS[: len(SIZES)], fillvalue=ROUNDS[-1]):
        measured = run(count, rounds)
        _show(measured, count, rounds)
        runs += measured
    OUT.mkdir(exist_ok=True)
    (OUT / "mail.json").write_text(json.dumps([asdict(one) for one in runs], indent=1) + "\n")


def _show(runs: list[Run], count: int, rounds: int) -> None:
    medians = {what: _median([one for one in runs if one.what == what]) for what in dict.fromkeys(one.what for one in runs)}
    print(f"{count} mails, median of {rounds} runs each, interleaved")
    print(f"{'':24}{'messages/s':>11}{'CPU ms each':>12}{'MB':>6}{'again, s':>10}{'CPU ms':>8}")
    for what, one in medians.items():
        memory = f"{one.megabytes:.0f}" if one.megabytes else ""
        print(f"{what:24}{one.rate:>11.0f}{one.cpu:>12.2f}{memory:>6}{one.again:>10.2f}{one.again_cpu:>8.0f}")
    ours = medians["ours"]
    print(f"memory: {ours.megabytes:.0f} MB, target at most {MOST_MEGABYTES}")
    if not any(what.startswith("mbsync") for what in medians):
        print("mbsync is not installed (Debian: isync): no ratio")
    else:
        as_it_comes, fast = (medians[what].rate for what in medians if what.startswith("mbsync"))
        print(f"of mbsync as it comes: {ours.rate / as_it_comes:.2f}, target at least 1")
        print(f"of mbsync without fsync: {ours.rate / fast:.2f}, target at least {LEAST_OF_FAST}")
