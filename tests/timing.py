"""CPU of a piece of work, as little as it takes: the other processor's neighbours must not fail a test."""

import time
from collections.abc import Callable

RUNS = 3


def least_cpu(work: Callable[[], object]) -> float:
    """Seconds of this thread's own CPU; the least of three runs."""
    times = []
    for _ in range(RUNS):
        started = time.thread_time()
        work()
        times.append(time.thread_time() - started)
    return min(times)
