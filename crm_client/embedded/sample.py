"""Northlight, a company of our invention, with what its CRM holds after two years: read from the tables in `sample_data/`.

Days in the tables count back from the day of loading, so that the sample never looks old.
"""

import csv
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy import Connection, select
from sqlalchemy import text as sql

from crm_client.checking import checked_new
from crm_client.embedded.defaults import ADMINISTRATOR, MANAGING_DIRECTOR, READ_ONLY, SALES_REPRESENTATIVE, STANDARD, STATUS
from crm_client.embedded.fields import load_layout
from crm_client.embedded.organisation import insert_field, insert_organisation, insert_profile, insert_role, insert_user, position_after
from crm_client.embedded.store import writing
from crm_client.embedded.tables import AccountRow, DealRow, EmailRow, NoteRow, OrgRow, TaskRow
from crm_client.embedded.writing import NewRecord, insert_record
from crm_client.records import EMAIL, Choice, Field, FieldType, Kind, Layout
from db import Database, now, table

NAME = "Northlight"
PROJECT_TYPE = "project_type"
LEADS_ONLY = "Leads only"
MARKETING = "Marketing"

_DATA = Path(__file__).parent / "sample_data"
_CLOSED_STAGES = ("Won", "Lost")
_PROJECT_TYPES = ("Workshop lighting", "Shop lighting", "Office lighting", "Outdoor lighting")

# Key in the tables -> name, address, role, profile, active
_USERS = {
    "nadia": ("Nadia Keller", "nadia.keller@northlight.example", MANAGING_DIRECTOR, ADMINISTRATOR, True),
    "paul": ("Paul Martin", "paul.martin@northlight.example", SALES_REPRESENTATIVE, STANDARD, True),
    "claire": ("Claire Dubois", "claire.dubois@northlight.example", SALES_REPRESENTATIVE, STANDARD, True),
    "tom": ("Tom Becker", "tom.becker@northlight.example", SALES_REPRESENTATIVE, READ_ONLY, True),
    "mia": ("Mia Brandt", "mia.brandt@northlight.example", MARKETING, LEADS_ONLY, True),
    "former": ("Fabien Caron", "fabien.caron@northlight.example", SALES_REPRESENTATIVE, STANDARD, False),
}

_org = table(OrgRow)
_account = table(AccountRow)
_deal = table(DealRow)
_note = table(NoteRow)
_email = table(EmailRow)
_task = table(TaskRow)

RecordIds = Mapping[tuple[Kind, str], int]


def load_sample(database: Database) -> int:
    """The id of the sample organisation, made in one transaction if it is not there. Unavailable."""
    with writing(database) as connection:
        if not database.is_sqlite:
            # SQLite needs none: `write` holds the writer's lock from its start.
            connection.execute(sql("LOCK TABLE embedded_org IN SHARE ROW EXCLUSIVE MODE"))
        standing = connection.execute(select(_org.c.id).where(_org.c.name == NAME).order_by(_org.c.id).limit(1)).scalar_one_or_none()
        return _load(database, connection) if standing is None else int(standing)


def _load(database: Database, connection: Connection) -> int:
    today = now()
    org_id = insert_organisation(connection, NAME)
    users = _insert_users(connection, org_id)
    _insert_project_type(connection, org_id)
    for row in _rows("accounts"):
        connection.execute(_account.insert().values({"org_id": org_id, **row}))
    records: dict[tuple[Kind, str], int] = {}
    for kind, sheet in ((Kind.CONTACT, "contacts"), (Kind.LEAD, "leads")):
        layout = load_layout(connection, org_id, kind)
        for row in _rows(sheet):
            new = _new_record(org_id, layout, row, users, today)
            records[kind, new.values[EMAIL]] = insert_record(database, connection, new)
    _insert_deals(connection, org_id, records, users, today)
    for row in _rows("notes"):
        connection.execute(
            _note.insert().values(
                org_id=org_id,
                record_id=records[Kind(row["kind"]), row["record"]],
                author_id=users[row["author"]],
                text=row["text"],
                written_at=_days_before(today, row["days"]),
            )
        )
    _insert_tasks(connection, org_id, records, users, today)
    _insert_emails(connection, org_id, records, users, today)
    return org_id


def _rows(sheet: str) -> Iterator[dict[str, str]]:
    with (_DATA / f"{sheet}.csv").open(encoding="utf-8", newline="") as source:
        yield from csv.DictReader(source, strict=True)


def _days_before(today: datetime, days: str) -> datetime:
    return today - timedelta(days=int(days))


def _insert_users(connection: Connection, org_id: int) -> dict[str, int]:
    insert_profile(connection, org_id, LEADS_ONLY, admin=False, rights={Kind.LEAD: ("view", "create", "edit")})
    insert_role(connection, org_id, MARKETING, reports_to=MANAGING_DIRECTOR)
    return {
        key: insert_user(connection, org_id, name=name, email=email, role=role, profile=profile, active=active)
        for key, (name, email, role, profile, active) in _USERS.items()
    }


def _insert_project_type(connection: Connection, org_id: int) -> None:
    """A field the company added itself."""
    choices = tuple(Choice(value, value) for value in _PROJECT_TYPES)
    field = Field(PROJECT_TYPE, "Project type", FieldType.PICKLIST, choices=choices)
    insert_field(connection, org_id, Kind.LEAD, field, position_after(Kind.LEAD, STATUS))


def _new_record(org_id: int, layout: Layout, row: dict[str, str], users: Mapping[str, int], today: datetime) -> NewRecord:
    owner, added, changed = (row.pop(column) for column in ("owner", "added", "changed"))
    values = checked_new(layout, row)
    return NewRecord(
        org_id=org_id,
        kind=layout.kind,
        values=values,
        owner_id=users[owner],
        create_key=f"sample {layout.kind} {values[EMAIL]}",
        created_at=_days_before(today, added),
        modified_at=_days_before(today, changed),
    )


def _insert_deals(connection: Connection, org_id: int, records: RecordIds, users: Mapping[str, int], today: datetime) -> None:
    for row in _rows("deals"):
        connection.execute(
            _deal.insert().values(
                org_id=org_id,
                contact_id=records[Kind.CONTACT, row["contact"]],
                owner_id=users[row["owner"]],
                name=row["name"],
                stage=row["stage"],
                open=row["stage"] not in _CLOSED_STAGES,
                amount=Decimal(row["amount"]) if row["amount"] else None,
                currency=row["currency"],
                closing_on=(today + timedelta(days=int(row["closes_in"]))).date() if row["closes_in"] else None,
            )
        )


def _insert_tasks(connection: Connection, org_id: int, records: RecordIds, users: Mapping[str, int], today: datetime) -> None:
    for number, row in enumerate(_rows("tasks"), 1):
        connection.execute(
            _task.insert().values(
                org_id=org_id,
                record_id=records[Kind(row["kind"]), row["record"]],
                owner_id=users[row["owner"]],
                title=row["title"],
                due_on=(today + timedelta(days=int(row["due_in"]))).date() if row["due_in"] else None,
                create_key=f"sample task {number}",
                created_at=_days_before(today, row["days"]),
            )
        )


def _insert_emails(connection: Connection, org_id: int, records: RecordIds, users: Mapping[str, int], today: datetime) -> None:
    names = {address: f"{row['first_name']} {row['last_name']}" for sheet in ("contacts", "leads") for address, row in _by_address(sheet)}
    for row in _rows("emails"):
        incoming = row["incoming"] == "yes"
        customer = {"address": row["record"], "name": names[row["record"]]}
        user_name, user_address, *_rest = _USERS[row["user"]]
        user = {"address": user_address, "name": user_name}
        sent_at = _days_before(today, row["days"])
        attachment = {"name": row["attachment"], "mime_type": row["attachment_type"], "size": int(row["attachment_size"] or 0)}
        connection.execute(
            _email.insert().values(
                org_id=org_id,
                record_id=records[Kind(row["kind"]), row["record"]],
                message_id=row["message_id"],
                subject=row["subject"],
                sender=customer if incoming else user,
                recipients=[user if incoming else customer],
                copies=[],
                sent_at=sent_at,
                sort_at=sent_at,
                incoming=incoming,
                text=row["text"],
                attachments=[attachment] if row["attachment"] else [],
                attached_by=users[row["user"]],
                attached_at=sent_at + timedelta(hours=1),
            )
        )


def _by_address(sheet: str) -> Iterator[tuple[str, dict[str, str]]]:
    return ((row[EMAIL], row) for row in _rows(sheet))
