"""The sample company: its workspace with the embedded CRM and sample records, and another company without a CRM."""

from sqlalchemy import Table, select

from crm_client.embedded.sample import load_sample
from crm_client.open import CrmKind
from db import Database, now, table
from playground.people import PAUL
from tenants.installs import InstallState, Source
from tenants.tables import ConnectionRow, DomainInstallRow, PersonRow, WorkspaceRow

CONNECTED_DOMAIN = "northlight.example"
WORKSPACES = ((CONNECTED_DOMAIN, "Northlight"), ("harbour.example", "Harbour"))
PAUL_ALIASES = ("paul@northlight.example",)

_workspace, _person, _connection = table(WorkspaceRow), table(PersonRow), table(ConnectionRow)
_install = table(DomainInstallRow)


def prepare(database: Database) -> None:
    """Makes what is missing; run again, or by several processes at once, it changes nothing. Everybody but Paul appears
    when he first opens a mail."""
    for domain, name in WORKSPACES:
        _add(database, _workspace, {"domain": domain, "name": name, "created_at": now()})
    with database.read() as connection:
        ids = {row.domain: row.id for row in connection.execute(select(_workspace.c.domain, _workspace.c.id))}
    for domain, _name in WORKSPACES:
        standing = {"source": Source.OPERATOR.value, "state": InstallState.ACTIVE.value, "installed_at": now(), "checked_at": now()}
        _add(database, _install, {"workspace_id": ids[domain], **standing})
    workspace_id = ids[CONNECTED_DOMAIN]
    org_id = str(load_sample(database))
    _add(
        database,
        _connection,
        {"workspace_id": workspace_id, "kind": CrmKind.EMBEDDED.value, "org_id": org_id, "connected_at": now()},
    )
    paul = {"google_sub": PAUL.sub, "email": PAUL.email, "name": PAUL.name, "aliases": list(PAUL_ALIASES)}
    _add(database, _person, {"workspace_id": workspace_id, **paul, "created_at": now()})


def _add(database: Database, table: Table, values: dict[str, object]) -> None:
    with database.write() as connection:
        connection.execute(database.insert_or_ignore(table, values))
