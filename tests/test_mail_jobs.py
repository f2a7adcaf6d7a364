"""Real workers and a real server: mail comes in by itself, whatever is killed, stopped or changed meanwhile."""

import signal

import pytest

from db import Database
from salesinbox.barring import Barring
from salesinbox.faults import Cause
from salesinbox.mailboxes import State
from salesinbox.servers import Network
from salesinbox.turns import UNWATCHED, Turns
from tenants.directory import Directory
from tenants.installs import Installs
from tenants.policies import Policies
from tenants.policy import DEFAULT
from tests.dovecot import Dovecot
from tests.office import open_office
from tests.stored_mail import raw_mail
from tests.test_jobs import until, worker
from tests.watched import Post

HASTE = ("--silence", "2")
MANY = 1500


@pytest.fixture
def post(database: Database, dovecot: Dovecot, network: Network) -> Post:
    return Post(open_office(database), dovecot, network)


@pytest.fixture
def settings(dovecot: Dovecot) -> dict[str, str]:
    return {"SIDECARD_MAILBOX_NETWORKS": "127.0.0.0/8,::1/128", "SIDECARD_MAILBOX_AUTHORITY": str(dovecot.authority.file)}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_mail_comes_in_by_itself_though_a_worker_is_killed_over_it(post: Post, database_url: str, settings: dict[str, str]) -> None:
    user = post.new_user()
    post.server.drop(user, [raw_mail(f"Mail {number}") for number in range(MANY)])
    broken = post.connect(state=State.FIRST_SYNC)
    post.folders(broken.id, {"INBOX": False}, use="no use we know")
    with worker(database_url, "jobs", *HASTE, **settings) as first:
        until(lambda: post.read(broken.id).cause is Cause.UNEXPECTED, "nobody would ever know")
        mailbox = post.connect(user, State.FIRST_SYNC)
        until(lambda: len(post.subjects(mailbox.id)) > 0, "the first worker has not begun")
        first.kill()
        first.wait()
    assert post.read(mailbox.id).first_done_at is None, "too fast to be killed"
    with worker(database_url, "jobs", *HASTE, **settings) as second:
        until(lambda: post.read(mailbox.id).first_done_at is not None, "not taken over")
        expected = sorted(f"Mail {number}" for number in range(MANY))
        assert [subject for subject in post.subjects(mailbox.id) if subject.startswith("Mail")] == expected, "lost or doubled"
        until(lambda: post.column("watch_mark")[mailbox.id] != "" and not post.due(mailbox.id), "not watched")
        post.server.put(user, [raw_mail("New")])
        until(lambda: "New" in post.subjects(mailbox.id), "new mail did not come")
        # Without an outgoing server the notice lies in its owner's INBOX, where it is a mail like any other.
        until(lambda: f"{user} is synchronised" in post.subjects(mailbox.id), "its owner was not told")
        second.send_signal(signal.SIGTERM)
        assert second.wait(20) == 0
    assert post.column("watcher")[mailbox.id] == "", "not given back"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_two_workers_share_the_watch_and_one_alone_watches_all(post: Post, database_url: str, settings: dict[str, str]) -> None:
    mailboxes = [post.connect(state=State.FIRST_SYNC) for _ in range(4)]
    with worker(database_url, "jobs", *HASTE, **settings) as one, worker(database_url, "jobs", *HASTE, **settings):
        until(lambda: sorted(shares(post)) == [2, 2], "not shared")
        one.kill()
        until(lambda: shares(post) == [4], "not taken over")
        for mailbox in mailboxes:
            post.server.put(mailbox.address, [raw_mail("After")])
        until(lambda: all("After" in post.subjects(mailbox.id) for mailbox in mailboxes), "new mail did not come")


def shares(post: Post) -> list[int]:
    """How many mailboxes each worker watches."""
    watchers = [watcher for watcher in post.column("watcher").values() if watcher]
    return [watchers.count(watcher) for watcher in set(watchers)]


def test_one_alone_begins_and_what_becomes_due_meanwhile_stays_due(post: Post) -> None:
    turns, mailbox, waiting = Turns(post.database), post.connect(), post.connect()
    assert turns.due(State.IN_STEP, 9) == ()
    post.mailboxes.ask_for_sync(mailbox.id)
    post.mailboxes.ask_for_sync(waiting.id)
    lease = turns.begin(mailbox.id, "one")
    assert lease is not None
    assert turns.begin(mailbox.id, "two") is None
    assert turns.due(State.IN_STEP, 9) == (waiting.id,)
    turns.end(mailbox.id, lease, more=True)
    assert mailbox.id in turns.due(State.IN_STEP, 9)
    lease = turns.begin(mailbox.id, "one")
    assert lease is not None
    post.mailboxes.ask_for_sync(mailbox.id)
    turns.end(mailbox.id, lease, more=False)
    assert post.due(mailbox.id), "what came in while it was synchronised was forgotten"
    assert turns.begin(mailbox.id, "one") is not None
    turns.give_up("two")
    assert not post.due(mailbox.id)
    turns.give_up("one")
    assert post.due(mailbox.id), "it died over it"
    lease = turns.begin(mailbox.id, "two")
    assert lease is not None
    turns.end(mailbox.id, lease, more=False)
    again = post.read(mailbox.id).due_at
    assert again is not None
    assert again < lease + UNWATCHED, "nobody watches it"


def test_a_company_switches_it_off_and_on_again(post: Post) -> None:
    mailbox, turns = post.connect(state=State.FIRST_SYNC), Turns(post.database)
    policies, person = Policies(post.database), post.office.people[0]
    allowed = policies.of(post.workspace_id)
    directory = Directory(post.database, post.office.crms, installs=Installs(post.database, None, ("northlight.example",)))
    barring = Barring(post.database, post.mailboxes, directory)
    barring.run()
    assert turns.due(State.FIRST_SYNC, 1) == (mailbox.id,)
    policies.save(post.workspace_id, DEFAULT, person)
    barring.run()
    assert turns.due(State.FIRST_SYNC, 1) == ()
    assert turns.begin(mailbox.id, "one") is None
    policies.save(post.workspace_id, allowed, person)
    barring.run()
    assert turns.due(State.FIRST_SYNC, 1) == (mailbox.id,)
