"""One mailbox synchronised by the engine, in a process of its own: python -m bench.first_sync DATABASE HOST PORT USER AUTHORITY

The password comes on standard input. Says as JSON how many messages the store then holds, and what it took.
"""

import json
import sys
import time
from pathlib import Path

from sqlalchemy import insert

from db import Database, now, table
from db.migrate import upgrade
from salesinbox.compose import build_salesinbox
from salesinbox.mailboxes import NewMailbox, Secrets, SignIn
from salesinbox.servers import Security, Server
from salesinbox.sync import Progress
from tenants.tables import PersonRow, WorkspaceRow
from tenants.vault import Vault

SLICE_SECONDS = 60.0


def main(url: str, host: str, port: int, user: str, authority: str, password: str) -> None:
    database = Database(url)
    upgrade(database)
    salesinbox = build_salesinbox(database, Vault(("benchmark" * 5,)), "127.0.0.0/8,::1/128", authority)
    workspaces, people = table(WorkspaceRow), table(PersonRow)
    with database.write() as connection:
        workspace = {"domain": "northlight.example", "name": "Northlight", "created_at": now()}
        workspace_id = connection.execute(insert(workspaces).values(workspace).returning(workspaces.c.id)).scalar_one()
        person = {"workspace_id": workspace_id, "google_sub": user, "email": user, "name": "Anna Berg", "aliases": [], "covered": True}
        person |= {"mailboxes": 0, "created_at": now()}
        person_id = connection.execute(insert(people).values(person).returning(people.c.id)).scalar_one()
    server = Server(host, port, Security.TLS, user)
    secrets = Secrets(password=password)
    new = NewMailbox(person_id, workspace_id, user, "Anna Berg", "custom", SignIn.PASSWORD, server, server, secrets, "en")
    mailbox = salesinbox.mailboxes.connect(new)

    spent = []
    for _ in range(2):
        began, cpu = time.perf_counter(), time.process_time()
        while (progress := salesinbox.sync.run(mailbox.id, SLICE_SECONDS)) is Progress.MORE:
            pass
        if progress is not Progress.DONE:
            raise RuntimeError(f"{progress}: {salesinbox.mailboxes.get(mailbox.id)}")
        spent.append((time.perf_counter() - began, time.process_time() - cpu))
    (seconds, first_cpu), (again, again_cpu) = spent
    stored = salesinbox.proof.standing(mailbox.id).stored
    took = {"seconds": seconds, "cpu": first_cpu, "again": again, "again_cpu": again_cpu}
    print(json.dumps({"messages": stored, "megabytes": _most_megabytes(), **took}))


def _most_megabytes() -> float:
    """Ever in memory, of this program alone: what wait4 says begins with whoever started it."""
    said = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return int(said.split()[1]) / 1024


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4], sys.argv[5], sys.stdin.read())
