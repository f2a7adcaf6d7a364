"""`python -m bench opens`: CPU and time of an open, measured on the running service with its Google in another process.

CPU is the server processes' own, user and system, per request. Only ratios within one run mean anything: the machine's
noise is in the floor as well.
"""

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
import urllib3

from playground.events import EventKind, Json, event_body, sign_event
from playground.keys import DevelopmentKey
from playground.mailbox import DROPPED, SampleMail, load_mailboxes
from playground.people import PAUL

OPENS = 400
IN_PARALLEL = (1, 16)
OUT = Path(__file__).parent / "out"


@dataclass(frozen=True, slots=True)
class Measured:
    """Milliseconds."""

    what: str
    parallel: int
    cpu: float
    p50: float
    p99: float
    answer_bytes: int


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def _gunicorn(module: str, port: int, workers: int, environment: dict[str, str]) -> Iterator[psutil.Process]:
    command = [sys.executable, "-m", "gunicorn", "-b", f"127.0.0.1:{port}", "-w", str(workers), "-k", "gthread", "--threads", "16", module]
    process = subprocess.Popen(command, env={**os.environ, **environment}, stderr=subprocess.DEVNULL)
    try:
        _wait(port)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


def _wait(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port}")


def _cpu(server: psutil.Process) -> float:
    """Seconds of the whole process tree."""
    return sum(one.user + one.system for one in (process.cpu_times() for process in (server, *server.children(recursive=True))))


def _measure(server: psutil.Process, what: str, url: str, bodies: Sequence[bytes], parallel: int) -> Measured:
    pool = urllib3.PoolManager(maxsize=parallel, block=True)

    def post(body: bytes) -> tuple[float, int]:
        began = time.perf_counter()
        answer = pool.request("POST", url, body=body, headers={"Content-Type": "application/json"})
        if answer.status != 200 or b"Something went wrong" in answer.data:  # noqa: PLR2004
            raise RuntimeError(f"{what}: {answer.status} {answer.data[:300]!r}")
        return (time.perf_counter() - began) * 1000, len(answer.data)

    before = _cpu(server)
    with ThreadPoolExecutor(parallel) as threads:
        results = list(threads.map(post, bodies))
    cpu = (_cpu(server) - before) * 1000 / len(bodies)
    times = sorted(milliseconds for milliseconds, _ in results)
    return Measured(
        what, parallel, round(cpu, 2), round(statistics.median(times), 2), round(times[int(len(times) * 0.99)], 2), results[0][1]
    )


def _signed(key: DevelopmentKey, url: str, kind: EventKind, mail: SampleMail | None, number: int) -> bytes:
    """Every event with tokens of its own, as Google's are: `number` keeps them from being the same by chance."""
    body: Json = event_body(kind, PAUL, mail=mail)
    signed = sign_event(key, body, url, PAUL)
    authorization = signed["authorizationEventObject"]
    if isinstance(authorization, dict):
        authorization["number"] = number
    return json.dumps(signed).encode()


def _mails(directory: Path) -> list[SampleMail]:
    """Mails of a known sender nobody has opened yet."""
    mailboxes = load_mailboxes(directory / DROPPED)
    source = next(mail for mail in mailboxes.of(PAUL.email).mails if mail.name.startswith("01-")).raw
    return [
        mailboxes.drop(PAUL.email, source.replace(b"Subject:", b"X-Number: %d\r\nSubject:" % number, 1))
        for number in range(OPENS * len(IN_PARALLEL))
    ]


def run() -> list[Measured]:
    measured = []
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        key = DevelopmentKey.open(directory)
        mails = _mails(directory)
        google, port = _free_port(), _free_port()
        base_url = f"http://127.0.0.1:{port}"
        environment = {
            "BENCH_DIR": folder,
            "BENCH_GOOGLE": f"http://127.0.0.1:{google}",
            "SIDECARD_TRUST_ROOT": "development",
            "SIDECARD_BASE_URL": base_url,
            "SIDECARD_PLAYGROUND_DIR": folder,
            "SIDECARD_DATABASE_URL": os.environ.get("DATABASE_URL", f"sqlite:///{folder}/bench.sqlite"),
        }
        message, home = f"{base_url}/addon/message", f"{base_url}/addon/home"
        with _gunicorn("bench.standin:app", google, 1, environment), _gunicorn("bench.served:app", port, 2, environment) as server:
            fresh = [_signed(key, message, EventKind.MESSAGE, mail, number) for number, mail in enumerate(mails)]
            again = [_signed(key, message, EventKind.MESSAGE, mails[0], number) for number in range(OPENS)]
            homes = [_signed(key, home, EventKind.HOME, None, number) for number in range(OPENS)]
            _measure(server, "warming up", message, again[:64], 16)
            for place, parallel in enumerate(IN_PARALLEL):
                measured.append(_measure(server, "floor: a fixed card", f"{base_url}/floor", again, parallel))
                measured.append(
                    _measure(server, "open, mail not seen before", message, fresh[place * OPENS : (place + 1) * OPENS], parallel)
                )
                measured.append(_measure(server, "open, mail seen before", message, again, parallel))
                measured.append(_measure(server, "home", home, homes, parallel))
    return measured


def main() -> None:
    measured = run()
    floor = {one.parallel: one.cpu for one in measured if one.what.startswith("floor")}
    print(f"{'':28}{'parallel':>9}{'CPU ms':>9}{'x floor':>9}{'p50 ms':>9}{'p99 ms':>9}{'bytes':>9}")
    for one in measured:
        ratio = one.cpu / floor[one.parallel] if floor[one.parallel] else 0
        print(f"{one.what:28}{one.parallel:>9}{one.cpu:>9}{ratio:>9.1f}{one.p50:>9}{one.p99:>9}{one.answer_bytes:>9}")
    OUT.mkdir(exist_ok=True)
    (OUT / "opens.json").write_text(json.dumps([asdict(one) for one in measured], indent=1) + "\n")
