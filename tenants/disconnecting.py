"""Taking a whole company off its CRM organisation: every permission given back, then the connection forgotten."""

from sqlalchemy import delete, select, update

from crm_client.open import Access, Target
from db import Database, table
from tenants.grants import Grants
from tenants.tables import ConnectionRow, GrantRow, PersonRow, RosterRow

_connection = table(ConnectionRow)
_grant = table(GrantRow)
_person = table(PersonRow)
_roster = table(RosterRow)


def disconnect_company(database: Database, grants: Grants, workspace_id: int, target: Target) -> tuple[Access, ...]:
    """Whose permissions were ended, as they saw the CRM. Who is who there is forgotten with it: another organisation has other users.

    Unavailable: Zoho stopped answering. What was given back is, the rest stands, and nothing else has changed.
    """
    live = (_grant.c.kind == target.kind.value, _grant.c.org_id == target.org_id, _grant.c.ended_at.is_(None))
    query = select(_grant.c.id, _grant.c.person_id, _grant.c.user_id).join(_person, _person.c.id == _grant.c.person_id)
    with database.read() as connection:
        rows = connection.execute(query.where(_person.c.workspace_id == workspace_id, *live)).all()
    for row in rows:
        grants.end(row.person_id, target)
    with database.write() as connection:
        here = (_connection.c.workspace_id == workspace_id, _connection.c.kind == target.kind.value, _connection.c.org_id == target.org_id)
        connection.execute(delete(_connection).where(*here))
        connection.execute(update(_person).where(_person.c.workspace_id == workspace_id).values(crm_user_id=None))
        unmatched = {"crm_user_id": None, "crm_user_name": "", "by_hand": False}
        connection.execute(update(_roster).where(_roster.c.workspace_id == workspace_id).values(**unmatched))
    return tuple(Access(target, row.user_id, row.id) for row in rows)
