"""Two reps of one organisation of the embedded CRM, and everything they can ask of the outbox."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import func, select, update

from crm_client.embedded.organisation import Condition, set_condition
from crm_client.embedded.sample import load_sample
from crm_client.embedded.tables import AddressRow, EmailRow, FileRow, NoteRow, TaskRow
from crm_client.errors import CrmError
from crm_client.open import Access, CrmKind, Crms, Target
from crm_client.port import Crm
from crm_client.records import (
    COMPANY,
    EMAIL,
    FIRST_NAME,
    LAST_NAME,
    PHONE,
    AttachedFile,
    AttachmentNote,
    Correspondent,
    Kind,
    MailCopy,
    NewTask,
    Record,
)
from db import Database, now, table
from i18n import ENGLISH
from linking.adding import Adding
from linking.errands import AddErrand, Errand, LinkErrand, NoteErrand, TaskErrand, UpdateErrand, Work, fingerprint
from linking.lanes import LONGEST_DELIVERY
from linking.ledger import Ledger
from linking.outbox import Outbox, Outcome, Step
from linking.tables import OutboxRow
from tenants.people import Person
from tenants.tables import ConnectionRow, DomainInstallRow, PersonRow, WorkspaceRow
from tenants.vault import Vault

T = TypeVar("T")

VAULT_KEY = "k" * 32
BASE_URL = "https://sidecard.example"
ANNA = "anna.roy@ateliers-roy.example"
JONAS = "jonas.weber@weber-metallbau.example"
NEW = {FIRST_NAME: "Julien", LAST_NAME: "Petit", EMAIL: "julien.petit@menuiserie-petit.example", COMPANY: "Menuiserie Petit"}
NEW_PHONE = "+33 1 23 45 67 89"


@dataclass(frozen=True)
class Office:
    database: Database
    org_id: int
    crms: Crms
    people: tuple[Person, ...]

    @property
    def org(self) -> str:
        return f"embedded:{self.org_id}"

    @property
    def target(self) -> Target:
        return Target(CrmKind.EMBEDDED, str(self.org_id))

    def crm(self, person: Person | None = None) -> Crm:
        user = self.crms.find_user(self.target, (person or self.people[0]).email)
        assert user is not None
        return self.crms.open(Access(self.target, user), ENGLISH)

    def open_crm(self, person_id: int) -> Crm | CrmError:
        """As the worker opens it; also while the CRM does not answer."""
        return self.crm(next(person for person in self.people if person.id == person_id))

    def outbox(self, at: Callable[[Step], None] = lambda step: None, longest: timedelta = LONGEST_DELIVERY) -> Outbox:
        return Outbox(self.database, Vault([VAULT_KEY]), Ledger(self.database), Adding(self.database), at, longest)

    def weather(self, condition: Condition) -> None:
        set_condition(self.database, self.org_id, condition)

    def known(self, address: str) -> Record:
        return self.crm().lookup([address]).matches[0].record

    def carry_out(self, errand: Errand, key: str = "click", person: Person | None = None, outbox: Outbox | None = None) -> Outcome:
        by = person or self.people[0]
        return (outbox or self.outbox()).carry_out(self.crm(by), self.org, errand, key, by, name="Somebody")

    def deliver(self, outbox: Outbox | None = None) -> None:
        """What a worker does when the waiting is over."""
        outbox = outbox or self.outbox()
        self.make_due()
        for org, lane in outbox.due():
            outbox.deliver(org, lane, self.open_crm)

    def make_due(self) -> None:
        self.change_rows(due_at=now() - timedelta(seconds=1))

    def change_rows(self, **values: object) -> None:
        with self.database.write() as connection:
            connection.execute(update(table(OutboxRow)).where(table(OutboxRow).c.state.in_(("waiting", "delivering"))).values(**values))

    def rows(self) -> list[Any]:
        with self.database.read() as connection:
            return list(connection.execute(select(table(OutboxRow)).order_by(table(OutboxRow).c.id)))

    def states(self) -> list[str]:
        return [row.state for row in self.rows()]

    def count(self, work: Work) -> int:
        """How often the CRM has what `errands` asks for."""
        address, note, task, mail, file = (table(row) for row in (AddressRow, NoteRow, TaskRow, EmailRow, FileRow))
        queries: Mapping[Work, Any] = {
            Work.ADD: select(func.count()).where(address.c.address == NEW[EMAIL]),
            Work.NOTE: select(func.count()).where(note.c.text == "Called back"),
            Work.TASK: select(func.count()).where(task.c.title == "Send the quote"),
            Work.LINK: select(func.count())
            .select_from(file.join(mail, mail.c.id == file.c.email_id))
            .where(mail.c.message_id == "one@mail.example"),
        }
        if work is Work.UPDATE:
            return int(self.known(ANNA).value(PHONE) == NEW_PHONE)
        with self.database.read() as connection:
            return int(connection.execute(queries[work]).scalar_one())


def open_office(database: Database) -> Office:
    org_id = load_sample(database)
    people = []
    with database.write() as connection:
        workspace = connection.execute(
            table(WorkspaceRow).insert().values(domain="northlight.example", name="Northlight", created_at=now())
        ).inserted_primary_key[0]
        standing = {"source": "operator", "state": "active", "installed_at": now(), "checked_at": now()}
        connection.execute(table(DomainInstallRow).insert().values(workspace_id=workspace, **standing))
        connection.execute(
            table(ConnectionRow).insert().values(workspace_id=workspace, kind="embedded", org_id=str(org_id), connected_at=now())
        )
        for number, name in enumerate(("Paul Martin", "Claire Dubois"), start=1):
            email = name.lower().replace(" ", ".") + "@northlight.example"
            row = connection.execute(
                table(PersonRow)
                .insert()
                .values(workspace_id=workspace, google_sub=str(number), email=email, name=name, aliases=[], created_at=now())
            )
            people.append(Person(row.inserted_primary_key[0], str(number), email, name))
    return Office(database, org_id, Crms(database, BASE_URL), tuple(people))


def enter_office(database: Database) -> Office:
    """The same one, from another process."""
    person = table(PersonRow)
    with database.read() as connection:
        rows = connection.execute(select(person).order_by(person.c.id)).all()
        org_id = int(connection.execute(select(table(ConnectionRow).c.org_id)).scalar_one())
    return Office(database, org_id, Crms(database, BASE_URL), tuple(Person(row.id, row.google_sub, row.email, row.name) for row in rows))


def mail(key: str = "one@mail.example") -> MailCopy:
    return MailCopy(
        message_id=key,
        subject="Quote",
        sender=Correspondent(ANNA, "Anna Roy"),
        to=(Correspondent("paul.martin@northlight.example"),),
        cc=(),
        sent_at=datetime(2026, 5, 3, tzinfo=UTC),
        incoming=True,
        text="Hello",
        attachments=(AttachmentNote("plan.txt", "text/plain", 4),),
    )


FILES = (AttachedFile(0, "plan.txt", "text/plain", b"plan"),)


def errands(anna: Record) -> dict[Work, Errand]:
    """One of every kind."""
    return {
        Work.ADD: AddErrand(Kind.CONTACT, NEW),
        Work.UPDATE: UpdateErrand(anna.ref, {PHONE: NEW_PHONE}, {PHONE: fingerprint(anna.value(PHONE))}),
        Work.LINK: LinkErrand(anna.ref, mail(), FILES),
        Work.NOTE: NoteErrand(anna.ref, "Called back"),
        Work.TASK: TaskErrand(anna.ref, NewTask("Send the quote", date(2026, 6, 1))),
    }


def at_once(jobs: list[Callable[[], T]]) -> list[T]:
    """All jobs start together."""
    barrier = threading.Barrier(len(jobs))

    def run(job: Callable[[], T]) -> T:
        barrier.wait()
        return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))
