"""The watch on a real server: what comes in makes its mailbox due, and nothing else does."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import timedelta

import pytest
from imapclient.imap_utf7 import encode

from db import Database, now
from salesinbox.faults import Cause
from salesinbox.mailboxes import State
from salesinbox.servers import Network
from salesinbox.watch import Rhythm, Watch
from salesinbox.watch_share import Share
from tests.authority import Authority
from tests.dovecot import Dovecot
from tests.forwarder import Forwarder
from tests.office import at_once, open_office
from tests.stored_mail import raw_mail
from tests.test_jobs import until
from tests.watched import Post

FOLDER = "Projekte & Ähnliches"
QUICK = Rhythm(ask=0.15, patience=10, renew=0.2, folders=0.3, apart=0.3, breath=0.02, lease=timedelta(seconds=1))
IDLING = Rhythm(ask=600, renew=0.2, folders=600, apart=0.3, breath=0.02, lease=timedelta(seconds=1))


@pytest.fixture
def post(database: Database, dovecot: Dovecot, network: Network) -> Post:
    return Post(open_office(database), dovecot, network)


@contextmanager
def watching(post: Post, rhythm: Rhythm = QUICK, worker: str = "one", workers: Callable[[], int] = lambda: 1) -> Iterator[Watch]:
    watch = Watch(post.database, post.mailboxes, post.access, worker, workers, rhythm)
    watch.start()
    try:
        yield watch
    finally:
        watch.stop()


def quiet(post: Post, mailbox_id: int) -> None:
    """One piece of news may be told in two: wait until all of it is."""
    while post.due(mailbox_id):
        post.change(mailbox_id, due_at=None)
        time.sleep(QUICK.ask)


def settled(post: Post, watch: Watch, count: int) -> None:
    """Every mailbox is connected and has been asked once; what that made due is done."""
    until(lambda: len(watch) == count and all(post.column("watch_mark").values()), "not connected")
    for mailbox_id in post.column("due_at"):
        post.change(mailbox_id, due_at=None)


def test_new_mail_is_known_at_once_where_the_server_idles(post: Post) -> None:
    mailbox, other = post.connect(), post.connect()
    with watching(post, IDLING) as watch:
        settled(post, watch, 2)
        post.server.put(mailbox.address, [raw_mail("Idling")])
        until(lambda: post.due(mailbox.id), "new mail in the INBOX was not told of")
        assert not post.due(other.id)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("capability", ["", "IMAP4rev1 IDLE CONDSTORE", "IMAP4rev1"], ids=["all it can", "one by one", "no idling"])
def test_whatever_happens_in_any_folder_is_found_by_asking(
    database: Database, authority: Authority, dovecot: Dovecot, network: Network, capability: str
) -> None:
    with Dovecot(authority, capability=capability) if capability else nullcontext(dovecot) as server:
        post = Post(open_office(database), server, network)
        mailbox = post.connect()
        post.server.put(mailbox.address, [raw_mail("One"), raw_mail("Two")])
        post.server.put(mailbox.address, [raw_mail("Elsewhere")], encode(FOLDER).decode())
        post.folders(mailbox.id, {"INBOX": False, FOLDER: False, "Junk": True})
        client = server.client(mailbox.address)
        client.select("INBOX")
        with watching(post) as watch:
            settled(post, watch, 1)
            for what, change in {
                "a flag": lambda: client.store("1", "+FLAGS", "\\Seen"),
                "a mail taken away": lambda: (client.store("2", "+FLAGS", "\\Deleted"), client.expunge()),
                "mail in another folder": lambda: server.put(mailbox.address, [raw_mail("Sorted")], encode(FOLDER).decode()),
                "mail in the INBOX": lambda: server.put(mailbox.address, [raw_mail("Three")]),
                "a new folder": lambda: client.create("Later"),
            }.items():
                change()
                until(lambda: post.due(mailbox.id), f"{what} was not noticed")
                quiet(post, mailbox.id)
            server.put(mailbox.address, [raw_mail("Cheap watches")], "Junk")
            server.put(mailbox.address, [raw_mail("Four")])
            until(lambda: post.due(mailbox.id), "mail was not noticed")
            marks = post.column("watch_mark")
            server.put(mailbox.address, [raw_mail("Cheaper watches")], "Junk")
            time.sleep(QUICK.ask * 2)
            assert post.column("watch_mark") == marks
        client.logout()


def test_what_happened_while_nobody_watched_is_found_and_nothing_is_found_twice(post: Post) -> None:
    mailboxes = [post.connect() for _ in range(3)]
    with watching(post) as watch:
        settled(post, watch, 3)
    assert set(post.column("watcher").values()) == {""}, "given back"
    post.server.put(mailboxes[1].address, [raw_mail("Meanwhile")])
    with watching(post, worker="two") as watch:
        until(lambda: post.due(mailboxes[1].id), "not found")
        until(lambda: len(watch) == 3, "not all are watched")
        time.sleep(QUICK.ask)
        assert [post.due(mailbox.id) for mailbox in mailboxes] == [False, True, False]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_server_that_comes_back_is_watched_again(database: Database, authority: Authority, network: Network) -> None:
    with Dovecot(authority) as server:
        post = Post(open_office(database), server, network)
        kept, changed = post.connect(), post.connect()
        with watching(post) as watch:
            settled(post, watch, 2)
            server.stop()
            until(lambda: all(post.column("cause").values()), "nobody noticed")
            assert set(post.column("cause").values()) == {Cause.PORT_CLOSED}
            assert set(post.column("state").values()) == {State.IN_STEP}, "no owner can help"
            assert all(at > now() for at in post.column("due_at").values()), "tried again after a pause"
            server.add_user(changed.address, "another password")
            server.start()
            # As a synchronisation does that has reached the server.
            post.mailboxes.worked(kept.id)
            post.mailboxes.worked(changed.id)
            until(lambda: post.read(changed.id).state is State.NEEDS_OWNER, "the password is wrong now")
            assert post.read(changed.id).due_at is None, "never tried again"
            until(lambda: len(watch) == 1, "not watched again")
            post.change(kept.id, due_at=None)
            server.put(kept.address, [raw_mail("Back again")])
            until(lambda: post.due(kept.id), "not found")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_connection_that_hangs_is_made_again(post: Post) -> None:
    """As behind a router that forgets: nothing ends, and nothing comes any more."""
    mailbox = post.connect()
    with Forwarder(post.server.tls_port) as between:
        post.change(mailbox.id, imap_port=between.port)
        with watching(post, replace(QUICK, patience=1)) as watch:
            settled(post, watch, 1)
            between.swallow()
            until(lambda: between.connections > 1, "the old connection is still trusted")
            post.server.put(mailbox.address, [raw_mail("After all")])
            until(lambda: post.due(mailbox.id), "not found")
            assert post.read(mailbox.id).cause is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_other_server_details_make_another_connection(post: Post) -> None:
    mailbox = post.connect()
    with watching(post) as watch, Forwarder(post.server.tls_port) as between:
        settled(post, watch, 1)
        post.change(mailbox.id, imap_port=between.port)
        until(lambda: between.connections == 1 and len(watch) == 1, "still the old server")


def test_workers_share_and_take_over(post: Post) -> None:
    mailboxes = [post.connect().id for _ in range(7)]
    paused, faulty = post.connect().id, post.connect().id
    post.change(paused, state=State.PAUSED.value)
    post.change(faulty, cause=Cause.THROTTLED.value)
    alive = 2
    one, two, three = (Share(post.database, name, lambda: alive, 100, QUICK.lease) for name in ("one", "two", "three"))

    def ids(*shares: Share) -> list[list[int]]:
        return [sorted(watched.mailbox_id for watched in found) for found in at_once([share.renew for share in shares])]

    first, second = ids(one, two)
    assert sorted(first + second) == mailboxes
    assert {len(first), len(second)} == {3, 4}
    alive = 3
    smaller, _ = ids(one), ids(two)
    (third,) = ids(three)
    assert len(third) == 7 - 3 - 3 or len(smaller[0]) == 3
    one.give_back()
    alive = 1
    time.sleep(QUICK.lease.total_seconds() + 0.1)
    assert ids(three) == [mailboxes], "of one that went and one that died"


def test_a_worker_watches_no_more_than_it_may(post: Post) -> None:
    for _ in range(3):
        post.connect()
    assert len(Share(post.database, "one", lambda: 1, 2).renew()) == 2
