"""Companies' policies as the database keeps them: one JSON text each."""

from dataclasses import fields
from functools import lru_cache

from pydantic import TypeAdapter
from sqlalchemy import select, update

from db import Database, now, table
from tenants.audit import Action, Audit
from tenants.people import Person
from tenants.policy import DEFAULT, Policy
from tenants.tables import PolicyRow

_policy = table(PolicyRow)
_json = TypeAdapter(Policy)

_MOST_READ = 1024


class Policies:
    """Safe to use from many threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._audit = Audit(database)

    def of(self, workspace_id: int) -> Policy:
        """DEFAULT where nothing was decided."""
        with self._database.read() as connection:
            text = connection.execute(select(_policy.c.settings).where(_policy.c.workspace_id == workspace_id)).scalar_one_or_none()
        return read_policy(text)

    def looked_at(self, workspace_id: int) -> bool:
        """Whether an administrator has saved one, be it the defaults."""
        with self._database.read() as connection:
            row = connection.execute(select(_policy.c.workspace_id).where(_policy.c.workspace_id == workspace_id)).one_or_none()
        return row is not None

    def save(self, workspace_id: int, policy: Policy, by: Person) -> tuple[str, ...]:
        """The names of the settings that changed; they stand in the audit log."""
        text = written(policy)
        with self._database.write() as connection:
            standing = select(_policy.c.settings).where(_policy.c.workspace_id == workspace_id).with_for_update()
            found = connection.execute(standing).scalar_one_or_none()
            before = read_policy(found)
            changed = tuple(field.name for field in fields(Policy) if getattr(before, field.name) != getattr(policy, field.name))
            if not changed and found is not None:
                return ()
            row = {"settings": text, "changed_at": now()}
            if connection.execute(self._database.insert_or_ignore(_policy, {"workspace_id": workspace_id, **row})).rowcount == 0:
                connection.execute(update(_policy).where(_policy.c.workspace_id == workspace_id).values(**row))
        self._audit.note(workspace_id, by, Action.POLICY_CHANGED, detail=", ".join(changed))
        return changed


def written(policy: Policy) -> str:
    return _json.dump_json(policy).decode()


@lru_cache(_MOST_READ)
def read_policy(text: str | None) -> Policy:
    """ValueError: a policy that cannot be read is not taken for the defaults, which may allow more."""
    return DEFAULT if text is None else _json.validate_json(text, strict=True)
