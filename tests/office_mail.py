"""Mailboxes of the office's people, with something in every table of SalesInbox."""

from dataclasses import dataclass

from sqlalchemy import insert

from db import now, table
from salesinbox.gaps import Gaps, Reason
from salesinbox.outgoing import PURPOSE
from salesinbox.tables import FromAddressRow, OutgoingRow, RecordAddressRow
from tenants.people import Person
from tenants.vault import Vault
from tests.office import ANNA, VAULT_KEY, Office
from tests.stored_mail import StoredMailbox, raw_mail, stored_mailbox

JONAS = "jonas.weber@weber-metallbau.example"
FRIEND = "friend@mail.example"


@dataclass(frozen=True)
class OfficeMail:
    """Paul's and Claire's in their company, and Claire's own. Each of the company's has a mail of its own and one in common."""

    pauls: StoredMailbox
    claires: StoredMailbox
    claires_own: StoredMailbox


def connect_mailboxes(office: Office, company_id: int, own_id: int) -> OfficeMail:
    paul, claire = office.people
    pauls, claires = (_mailbox(office, person, company_id, person.email) for person in (paul, claire))
    own = _mailbox(office, claire, own_id, "claire@private.example")
    both = raw_mail("For both", JONAS, "team@northlight.example", text="To everybody", files=(("plan.pdf", b"1"),))
    pauls.put(raw_mail("Only his", f"Anna Roy <{ANNA}>", f"Paul Martin <{paul.email}>", text=f"Dear Paul Martin, {ANNA}"), both)
    pauls.put(raw_mail("He writes", f"Paul Martin <{paul.email}>", FRIEND, minutes=5, Bcc=JONAS))
    claires.put(both, raw_mail("Only hers", FRIEND, claire.email, minutes=7))
    own.put(raw_mail("Private", FRIEND, "claire@private.example"))
    for box, person in ((pauls, paul), (claires, claire), (own, claire)):
        _surroundings(office, box, person)
    with office.database.write() as connection:
        seen = {"org": office.org, "kind": "contact", "record_id": office.known(ANNA).ref.id, "address_key": ANNA, "seen_at": now()}
        connection.execute(insert(table(RecordAddressRow)).values(**seen))
    return OfficeMail(pauls, claires, own)


def _mailbox(office: Office, person: Person, workspace_id: int, address: str) -> StoredMailbox:
    return stored_mailbox(office.database, Vault([VAULT_KEY]), person.id, workspace_id, address, name=person.name)


def _surroundings(office: Office, box: StoredMailbox, person: Person) -> None:
    """What one types and waits for: a gap, a further address, a draft to Anna and one to a friend."""
    moment, vault = now(), Vault([VAULT_KEY])
    Gaps(office.database).note(box.mailbox.id, box.folder_id, [1_000], Reason.NOT_SENT)
    with office.database.write() as connection:
        further = {"mailbox_id": box.mailbox.id, "address": f"sales@{person.id}.example", "name": person.name, "code_hash": "", "wrong": 0}
        connection.execute(insert(table(FromAddressRow)).values(**further))
        for to in (ANNA, FRIEND):
            connection.execute(
                insert(table(OutgoingRow)).values(
                    person_id=person.id,
                    mailbox_id=box.mailbox.id,
                    key=f"{box.mailbox.id} to {to[:4]}",
                    message_id="1@northlight.example",
                    draft=vault.seal(PURPOSE, f'{{"draft": {{"to": "{to.title()}"}}}}'),
                    state="draft",
                    cause="",
                    tries=0,
                    made_at=moment,
                    changed_at=moment,
                )
            )
