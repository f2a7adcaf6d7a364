"""What must hold of a real Zoho organisation: run on the stand-in, and with `--live` on a real one; docs/developing.md tells how.

It touches nothing but the records it makes, whose last names say what they are, and deletes nothing: the application has
no permission to delete.
"""

import os
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from crm_client.errors import Stale
from crm_client.port import Crm
from crm_client.records import (
    CITY,
    COMPANY,
    EMAIL,
    FIRST_NAME,
    LAST_NAME,
    SECONDARY_EMAIL,
    AttachedFile,
    AttachmentNote,
    Correspondent,
    FileVerdict,
    Kind,
    MailCopy,
    NewTask,
    Record,
)
from crm_client.zoho.data_centres import DATA_CENTRES, DataCentre
from crm_client.zoho.introduction import introduce
from crm_client.zoho.oauth import ClientSecrets, ZohoOAuth
from crm_client.zoho.service import Zoho
from crm_client.zoho.tokens import Grant
from i18n import ENGLISH
from outbound import Http
from tests.zoho.server import zoho

NAMES = tuple(f"LIVE_ZOHO_{name}" for name in ("CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN", "LOCATION"))


@dataclass
class Tokens:
    """One permission, kept nowhere."""

    http: Http
    oauth: ZohoOAuth
    data_centre: DataCentre
    refresh_token: str
    grant: Grant | None = None

    def current(self, grant_id: int) -> Grant:
        return self.grant or self.renewed(grant_id, "")

    def renewed(self, grant_id: int, refused: str) -> Grant:
        new = self.oauth.renew(self.data_centre, self.refresh_token)
        api = new.api or self.data_centre.api
        who = introduce(self.http, api, new.access_token)
        self.grant = Grant(
            id=grant_id,
            token=new.access_token,
            api=api,
            data_centre=self.data_centre,
            org_id=who.org_id,
            org_domain=who.org_domain,
            org_name=who.org_name,
            edition=who.edition,
            user_id=who.user_id,
        )
        return self.grant


def real() -> Crm:
    missing = [name for name in NAMES if not os.environ.get(name)]
    if missing:
        pytest.skip(f"no real Zoho organisation: {', '.join(missing)} not set; see docs/developing.md")
    client_id, secret, refresh_token, location = (os.environ[name] for name in NAMES)
    data_centre = DATA_CENTRES.at(location)
    assert data_centre is not None, f"{location} is none of {[one.location for one in DATA_CENTRES.all]}"
    http = Http()
    oauth = ZohoOAuth(http, client_id, ClientSecrets({}, secret), "https://unused.example", DATA_CENTRES)
    return Zoho(http, Tokens(http, oauth, data_centre, refresh_token)).open(1, ENGLISH)


@dataclass(frozen=True)
class Place:
    """`later`: two seconds go by at Zoho, which tells times to the second: two changes within one are one to it."""

    crm: Crm
    later: Callable[[], None]


@pytest.fixture(scope="module", params=["stand-in", pytest.param("real", marks=pytest.mark.live)])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    if request.param == "real":
        yield Place(real(), lambda: time.sleep(2))
        return
    with zoho() as standing:
        rep = standing.organisation("Northlight").user("Paul Martin", "paul.martin@northlight.example")
        opened = Zoho(Http(), standing.tokens()).open(standing.grant(rep), ENGLISH)
        yield Place(opened, lambda: standing.clock.advance(2))
    assert standing.problems == []


@pytest.fixture(scope="module")
def crm(place: Place) -> Crm:
    return place.crm


@dataclass(frozen=True)
class Sample:
    """This run's own person."""

    address: str
    contact: Record
    lead: Record


@pytest.fixture(scope="module")
def sample(crm: Crm) -> Sample:
    run = uuid.uuid4().hex[:10]
    address = f"sidecard-live-{run}@northlight.example"
    person = {FIRST_NAME: "Delete me", LAST_NAME: f"Sidecard live test {run}", EMAIL: address}
    contact = crm.create(Kind.CONTACT, person, f"{run} contact")
    lead = crm.create(Kind.LEAD, {**person, EMAIL: f"lead-{address}", COMPANY: "Sidecard live test"}, f"{run} lead")
    return Sample(address, contact, lead)


def test_who_we_are_and_what_there_is(crm: Crm) -> None:
    me = crm.whoami()
    assert me.user.may(Kind.CONTACT).create
    assert me.user.may(Kind.LEAD).create
    assert me.user.id in {user.id for user in crm.users()}
    assert crm.describe(Kind.LEAD).field(LAST_NAME)


def test_a_record_made_this_moment_is_found(crm: Crm, sample: Sample) -> None:
    found = crm.lookup([sample.address, f"lead-{sample.address}"])
    assert {(match.address, match.record.ref) for match in found.matches} == {
        (sample.address, sample.contact.ref),
        (f"lead-{sample.address}", sample.lead.ref),
    }
    assert crm.lookup([sample.address.replace("live-", "live_")]).matches == ()


def test_a_change_by_whoever_saw_an_old_record_is_refused(place: Place, crm: Crm, sample: Sample) -> None:
    place.later()
    changed = crm.update(sample.lead.ref, {CITY: "Lyon", SECONDARY_EMAIL: f"second-{sample.address}"}, sample.lead.version)
    assert crm.get(sample.lead.ref).value(CITY) == "Lyon"
    assert [match.field for match in crm.lookup([f"second-{sample.address}"]).matches] == [SECONDARY_EMAIL]
    with pytest.raises(Stale):
        crm.update(sample.lead.ref, {CITY: "Paris"}, sample.lead.version)
    assert crm.update(sample.lead.ref, {CITY: ""}, changed.version).value(CITY) == ""


def test_a_mail_is_put_there_once_with_its_file(crm: Crm, sample: Sample) -> None:
    copy = MailCopy(
        message_id=f"{uuid.uuid4().hex}@northlight.example",
        subject="Sidecard live test",
        sender=Correspondent(sample.address, "Sidecard"),
        to=(Correspondent("recipient@northlight.example"),),
        cc=(),
        sent_at=datetime.now(UTC) - timedelta(hours=1),
        incoming=True,
        text="One line.\n\nAnother, with <brackets> & more: é 🙂",
        attachments=(AttachmentNote("plan.txt", "text/plain", 4),),
    )
    files = (AttachedFile(0, "plan.txt", "text/plain", b"plan"),)
    assert crm.attach_email(sample.contact.ref, copy, files) == (FileVerdict.STORED,)
    assert crm.attach_email(sample.contact.ref, copy, files) == (FileVerdict.STORED,)
    (entry,) = crm.emails(sample.contact.ref).entries
    assert (entry.mail.subject, entry.mail.incoming, entry.has_attachments) == (copy.subject, True, True)


def test_notes_and_tasks_are_made_once(crm: Crm, sample: Sample) -> None:
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    for ref in (sample.contact.ref, sample.lead.ref):
        tried_at = datetime.now(UTC)
        note = crm.add_note(ref, "Sidecard live test:\n<b>two lines</b>", "note")
        task = crm.add_task(ref, NewTask("Sidecard live test", tomorrow), "task")
        assert crm.add_note(ref, "Sidecard live test:\n<b>two lines</b>", "note", tried_at).id == note.id
        assert crm.add_task(ref, NewTask("Sidecard live test", tomorrow), "task", tried_at).id == task.id
        seen = crm.activity(ref)
        assert [one.text for one in seen.notes] == [note.text]
        assert [(one.id, one.due_on) for one in seen.tasks] == [(task.id, tomorrow)]
