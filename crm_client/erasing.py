"""Erasing at the CRMs whose data are in our own database: today the embedded one. What Zoho has is Zoho's."""

from collections.abc import Mapping

from sqlalchemy import Connection

from crm_client.embedded import erasing as embedded
from crm_client.open import CrmKind, Target
from crm_client.records import Ref

EMBEDDED_TABLES = embedded.TABLES


def erase_organisation(connection: Connection, target: Target) -> Mapping[str, int]:
    """Everything of an organisation that nobody is connected to any more. How many rows went, by table."""
    return embedded.erase_organisation(connection, int(target.org_id)) if target.kind is CrmKind.EMBEDDED else {}


def retire_user(connection: Connection, target: Target, email: str, pseudonym: str) -> int:
    """Somebody who was its user: without name and address from now on."""
    return embedded.retire_user(connection, int(target.org_id), email, pseudonym) if target.kind is CrmKind.EMBEDDED else 0


def erase_record(connection: Connection, target: Target, ref: Ref) -> Mapping[str, int]:
    """One record with all that hangs on it."""
    return embedded.erase_record(connection, int(target.org_id), int(ref.id)) if target.kind is CrmKind.EMBEDDED else {}
