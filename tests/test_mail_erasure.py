"""Erasing where there is mail: what goes with whom, what a colleague keeps, whom Google is told of, what stays away."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from db import Database, table
from linking.contact_erasure import ContactErasure
from linking.erasing import Erasing
from outbound import Http
from salesinbox.erasing import FULL_REGISTRY, MailBeside, forget_contact
from salesinbox.gaps import Gaps, Reason
from salesinbox.mailboxes import Mailboxes, Secrets, SignIn, State
from salesinbox.oauth import GOOGLE_MAIL_SCOPE, Consent, google_service
from salesinbox.sign_ins import SignIns
from salesinbox.store import Fetched
from salesinbox.tables import (
    MailboxRow,
    MailCopyRow,
    MailFileRow,
    MailPersonRow,
    MailPlaceRow,
    MailRow,
    MailTextRow,
    OutgoingRow,
    RecordAddressRow,
)
from tenants.receipts import Receipts, verify
from tenants.tables import PersonRow
from tenants.vault import Vault
from tests.google.server import Google
from tests.office import ANNA, VAULT_KEY, open_office
from tests.office_mail import FRIEND
from tests.stored_mail import MORNING, StoredMailbox, raw_mail
from tests.test_erasure import Everything, fill

MAIL_TABLES = (MailRow, MailPersonRow, MailFileRow, MailTextRow, MailCopyRow, MailPlaceRow)


@pytest.fixture
def all_of_it(database: Database) -> Everything:
    return fill(open_office(database))


def subjects(database: Database) -> set[str]:
    with database.read() as connection:
        return set(connection.execute(select(table(MailRow).c.subject)).scalars())


def counted(database: Database) -> dict[str, int]:
    with database.read() as connection:
        return {row.email: row.mailboxes for row in connection.execute(select(table(PersonRow)))}


def test_with_a_person_goes_what_no_colleague_has(all_of_it: Everything) -> None:
    office, paul, claire = all_of_it.office, all_of_it.paul, all_of_it.claire
    receipt = all_of_it.erase(all_of_it.erasures.ask_person(paul, all_of_it.company.id, paul))
    assert subjects(office.database) == {"For both", "Only hers", "Private"}
    assert counted(office.database) == {claire.email: 2}
    gone = receipt["deleted"]
    assert (gone["mailbox"], gone["mail"], gone["mail_text"], gone["mail_copy"], gone["outgoing_mail"]) == (1, 2, 2, 3, 2)
    both = all_of_it.mail.claires.store.find(all_of_it.mail.claires.mailbox.id, ["for-both@mail.example"])
    kept = all_of_it.mail.claires.store.read(both["for-both@mail.example"])
    assert kept is not None and (kept.text.strip(), len(kept.attachments)) == ("To everybody", 1)


def test_who_leaves_the_company_keeps_the_mailbox_of_her_own(all_of_it: Everything) -> None:
    database, paul, claire = all_of_it.office.database, all_of_it.paul, all_of_it.claire
    all_of_it.erase(all_of_it.erasures.ask_person(claire, all_of_it.company.id, paul))
    assert subjects(database) == {"Only his", "For both", "He writes", "Private"}
    assert counted(database) == {paul.email: 1, claire.email: 1}
    all_of_it.erase(all_of_it.erasures.ask_individual(claire, all_of_it.own.id))
    all_of_it.erase(all_of_it.erasures.ask_workspace(all_of_it.company, paul))
    assert [all_of_it.count(row) for row in (MailboxRow, OutgoingRow, RecordAddressRow, *MAIL_TABLES)] == [0] * 9


def test_her_company_goes_and_the_mailbox_of_her_own_stays(all_of_it: Everything) -> None:
    all_of_it.erase(all_of_it.erasures.ask_workspace(all_of_it.company, all_of_it.paul))
    assert subjects(all_of_it.office.database) == {"Private"}
    assert counted(all_of_it.office.database) == {all_of_it.claire.email: 1}
    assert all_of_it.count(RecordAddressRow) == 0


def test_from_the_beginning_no_mail_is_fetched_any_more(all_of_it: Everything) -> None:
    mailboxes = Mailboxes(all_of_it.office.database, Vault([VAULT_KEY]))
    erasure = all_of_it.erasures.ask_person(all_of_it.paul, all_of_it.company.id, all_of_it.paul)
    all_of_it.erasures.hurry(erasure.id)
    assert not all_of_it.erasing(quiet=timedelta(minutes=1)).run(erasure.id)
    states = {one.address: one.state for row in (1, 2, 3) if (one := mailboxes.get(row)) is not None}
    assert states == {
        all_of_it.paul.email: State.PAUSED,
        all_of_it.claire.email: State.FIRST_SYNC,
        "claire@private.example": State.FIRST_SYNC,
    }


def test_consents_are_given_back_to_google_first(all_of_it: Everything, google_server: Google) -> None:
    database, paul, vault = all_of_it.office.database, all_of_it.paul, Vault([VAULT_KEY])
    mailboxes, his = Mailboxes(database, vault), all_of_it.mail.pauls.mailbox
    token = google_server.state.refresh(google_server.person(paul.email, paul.name), [GOOGLE_MAIL_SCOPE], "consent")
    mailboxes.edit(his.id, his.name, his.imap, his.smtp, SignIn.GOOGLE, Secrets(refresh_token=token))
    erasure = all_of_it.erasures.ask_person(paul, all_of_it.company.id, paul)

    def run(revoke: str) -> bool:
        all_of_it.erasures.hurry(erasure.id)
        service = google_service(replace(google_server.apis, revoke=revoke))
        consent = Consent(Http(), service, google_server.client_id, google_server.client_secret, "https://sidecard.example/back")
        beside = MailBeside(database, mailboxes, SignIns(mailboxes, {SignIn.GOOGLE: consent}).give_back)
        receipts = Receipts(vault)
        return Erasing(database, all_of_it.erasures, receipts, None, quiet=timedelta(), registry=FULL_REGISTRY, beside=beside).run(
            erasure.id
        )

    assert not run("http://127.0.0.1:9/revoke") and all_of_it.count(PersonRow) == 2, "Google does not answer: tried again later"
    assert run(google_server.apis.revoke)
    assert google_server.state.refreshes == {} and all_of_it.count(PersonRow) == 1
    done = all_of_it.erasures.find(erasure.id)
    assert done is not None
    assert verify(done.receipt, Receipts(vault).keys)["revoked"] == [{"at": "Google (mail)", "result": "ended", "when": None}]


def arrive(box: StoredMailbox, uid: int, raw: bytes) -> int:
    fetched = [Fetched(uid, MORNING, len(raw), unread=True, raw=raw)]
    return box.store.add(box.mailbox, frozenset({box.mailbox.address}), box.folder_id, fetched, headers_only=False)


def test_a_contacts_mail_goes_and_stays_away(all_of_it: Everything) -> None:
    office, vault = all_of_it.office, Vault([VAULT_KEY])
    database, boxes = office.database, all_of_it.mail
    gmail = "anna.roy@gmail.com"
    boxes.claires.put(raw_mail("To her other address", FRIEND, all_of_it.claire.email, Cc=gmail))
    contacts = ContactErasure(database, vault, all_of_it.erasures, Receipts(vault), forget_contact(database, vault))
    done = contacts.erase(all_of_it.company, office.target, ANNA, (office.known(ANNA).ref,), all_of_it.paul)
    contacts.erase(all_of_it.company, office.target, "Anna.Roy@gmail.com", (), all_of_it.paul)
    assert subjects(database) == {"For both", "He writes", "Only hers", "Private"}
    assert [Gaps(database).uids(box.folder_id, Reason.ERASED) for box in (boxes.pauls, boxes.claires, boxes.claires_own)] == [
        {1},
        {3},
        set(),
    ]
    receipt: dict[str, Any] = dict(verify(_receipt(all_of_it, done.id), Receipts(vault).keys))
    assert (receipt["deleted"]["mail"], receipt["deleted"]["outgoing_mail"], receipt["deleted"]["record_address"]) == (1, 2, 1)
    with database.read() as connection:
        drafts = connection.execute(select(table(OutgoingRow).c.key)).scalars().all()
    assert sorted(drafts) == ["1 to frie", "2 to frie", "3 to anna", "3 to frie"], "another's own is another's"
    assert arrive(boxes.pauls, 50, raw_mail("Again", f"Anna <{ANNA.upper()}>")) == 0
    assert arrive(boxes.pauls, 51, raw_mail("In copy", FRIEND, Cc="annaroy+shop@googlemail.com")) == 0
    assert arrive(boxes.pauls, 52, raw_mail("Nothing to do with her", FRIEND)) == 1
    assert arrive(boxes.claires_own, 53, raw_mail("To me", ANNA)) == 1
    assert Gaps(database).uids(boxes.pauls.folder_id, Reason.ERASED) == {1, 50, 51} and Gaps(database).due(boxes.pauls.mailbox.id) == {}
    sent = raw_mail("I write to her", all_of_it.paul.email, ANNA)
    assert boxes.pauls.store.keep_sent(boxes.pauls.mailbox, frozenset({all_of_it.paul.email}), sent) == 0
    assert "I write to her" not in subjects(database)


def _receipt(all_of_it: Everything, erasure_id: str) -> str:
    found = all_of_it.erasures.find(erasure_id)
    assert found is not None
    return found.receipt
