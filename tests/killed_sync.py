"""`python -m tests.killed_sync DATABASE_URL AUTHORITY MAILBOX`: synchronises in a new process whenever asked to, and kills that.

It imports everything once. Each line on its input says for how many seconds a worker may be at work; then it is killed, unless it
had nothing more to do. Which of the two is written.
"""

import os
import signal
import sys
import time

from db import Database
from salesinbox.compose import build_salesinbox
from salesinbox.sync import Progress
from tenants.vault import Vault
from tests.synced_mailbox import LOCAL


def work(url: str, authority: str, mailbox_id: int, ready: int) -> None:
    sync = build_salesinbox(Database(url), Vault(("k" * 40,)), LOCAL, authority).sync
    os.write(ready, b".")
    while sync.run(mailbox_id, 0.2) is not Progress.DONE:
        pass


def main() -> None:
    url, authority, mailbox_id = sys.argv[1:]
    for line in sys.stdin:
        begun, ready = os.pipe()
        child = os.fork()
        if child == 0:
            code = 1
            try:
                work(url, authority, int(mailbox_id), ready)
                code = 0
            finally:
                os._exit(code)
        os.close(ready)
        os.read(begun, 1)
        os.close(begun)
        time.sleep(float(line))
        # Until it is waited for, nobody else can have its number.
        os.kill(child, signal.SIGKILL)
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        sys.stdout.write({0: "done", -signal.SIGKILL: "killed"}.get(ended, f"failed with {ended}") + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
