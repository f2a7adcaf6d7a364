"""`python -m tests.hanging_worker FILE ...`: a worker that hangs when the CRM has answered, and says so by making the file."""

import sys
import time
from pathlib import Path

from jobs.__main__ import main
from linking.outbox import Step


def hang(step: Step) -> None:
    if step is Step.ANSWERED:
        MARK.touch()
        time.sleep(600)


if __name__ == "__main__":
    MARK = Path(sys.argv.pop(1))
    main(hang)
