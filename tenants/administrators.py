"""Who has been proven to administer his company's Workspace, and when. The proof itself is Google's: `console.administrators`."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from db import Database, now, table
from tenants.tables import AdministratorRow

GOOD_FOR = timedelta(days=1)
"""The longest anybody counts as administrator without having been asked about again."""

_administrator = table(AdministratorRow)


class Administrators:
    """Safe to use from many threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def prove(self, workspace_id: int, person_id: int) -> bool:
        """Google has just said so. False if it had said so within the last day already."""
        key = {"workspace_id": workspace_id, "person_id": person_id}
        moment = now()
        with self._database.write() as connection:
            if connection.execute(self._database.insert_or_ignore(_administrator, {**key, "proven_at": moment})).rowcount == 1:
                return True
            standing = connection.execute(select(_administrator.c.proven_at).filter_by(**key)).scalar_one()
            connection.execute(update(_administrator).filter_by(**key).values(proven_at=moment))
            return bool(standing < moment - GOOD_FOR)

    def proven_at(self, workspace_id: int, person_id: int) -> datetime | None:
        """When it was last said; None if never, or too long ago."""
        query = select(_administrator.c.proven_at).filter_by(workspace_id=workspace_id, person_id=person_id)
        with self._database.read() as connection:
            at = connection.execute(query).scalar_one_or_none()
        return at if at is not None and at > now() - GOOD_FOR else None

    def end(self, workspace_id: int, person_id: int) -> None:
        """He is none, or none any more."""
        with self._database.write() as connection:
            connection.execute(delete(_administrator).filter_by(workspace_id=workspace_id, person_id=person_id))
