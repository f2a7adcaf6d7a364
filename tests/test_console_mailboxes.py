"""Connecting a mailbox and looking after it, over HTTP, with a real IMAP server and a real outgoing one behind the pages."""

import html
import re
import socket

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, select, update
from werkzeug.test import TestResponse

from console.mailboxes.words import Service, Side, trouble
from db import Database, now, table
from i18n import ENGLISH, Languages
from salesinbox.compose import SalesInbox, build_salesinbox
from salesinbox.faults import Cause
from salesinbox.mailboxes import Mailbox, Secrets, SignIn, State
from salesinbox.permission import Refusal, may_connect, may_keep
from salesinbox.providers import Place, Provider
from salesinbox.servers import Security, Server
from salesinbox.tables import FolderRow, MailboxRow, MailGapRow
from tenants.audit import Action, Audit
from tenants.people import Caller, GoogleIdentity, NotConnected, NotInstalled
from tenants.policies import Policies
from tenants.policy import Policy, WhoMayConnect
from tenants.vault import Vault
from tests.authority import Authority
from tests.console_site import CLAIRE, KEY, PAUL, SAM, ConsoleSite, csrf_token
from tests.dovecot import PASSWORD, Dovecot
from tests.smtp_sink import Sink

THIS_MACHINE = "127.0.0.0/8,::1/128"
_mailbox = table(MailboxRow)


@pytest.fixture
def salesinbox(database: Database, authority: Authority) -> SalesInbox:
    return build_salesinbox(database, Vault((KEY,)), THIS_MACHINE, str(authority.file))


@pytest.fixture
def site(database: Database, salesinbox: SalesInbox, dovecot: Dovecot, smtp_sink: Sink) -> ConsoleSite:
    """Northlight has switched SalesInbox on for everybody. "Post" is a mail service with app passwords."""
    imap = Server(dovecot.host, dovecot.tls_port, Security.TLS, "")
    smtp = Server(smtp_sink.host, smtp_sink.tls_port, Security.TLS, "")
    post = Provider(
        key="gmail",
        name="Post",
        sign_ins=(SignIn.PASSWORD,),
        files_sent=False,
        places=(Place("post", frozenset({"post.example"}), imap, smtp, None),),
        app_passwords="https://post.example/",
    )
    site = ConsoleSite(database, salesinbox=salesinbox, providers=(post,))
    switch(site, WhoMayConnect.EVERYONE)
    return site


@pytest.fixture
def browser(site: ConsoleSite) -> FlaskClient:
    return site.signed_in(PAUL)


def switch(site: ConsoleSite, who: WhoMayConnect) -> None:
    Policies(site.database).save(known(site, PAUL).workspace.id, Policy(who_may_connect=who), site.person(PAUL))


def known(site: ConsoleSite, identity: GoogleIdentity) -> Caller | NotConnected:
    who = site.directory.resolve(identity)
    assert isinstance(who, Caller | NotConnected)
    return who


def entered(dovecot: Dovecot, sink: Sink, user: str, **typed: str) -> dict[str, str]:
    """The form for servers of one's own, filled in right."""
    return {
        "address": user,
        "name": "Paul Martin",
        "imap_host": dovecot.host,
        "imap_port": str(dovecot.tls_port),
        "imap_security": "tls",
        "imap_user": user,
        "password": PASSWORD,
        "smtp_host": sink.host,
        "smtp_port": str(sink.port),
        "smtp_security": "starttls",
        "same": "1",
        **typed,
    }


def send(browser: FlaskClient, page: str, action: str = "", **form: str) -> TestResponse:
    return browser.post(action or page, data={"csrf_token": csrf_token(browser.get(page).text), **form})


def connected(site: ConsoleSite, browser: FlaskClient, dovecot: Dovecot, sink: Sink, user: str) -> Mailbox:
    answer = send(browser, "/mailboxes/new/custom", **entered(dovecot, sink, user))
    assert answer.status_code == 303, problems(answer)
    mailbox = site.salesinbox.mailboxes.get(int(re.search(r"/mailboxes/(\d+)", answer.headers["Location"])[1]))
    assert mailbox is not None
    return mailbox


def problems(answer: TestResponse) -> dict[str, str]:
    """What stands at which field."""
    found = re.findall(r'<div class="problems" id="(\w+)-problem">(.*?)</div>', answer.text, re.DOTALL)
    return {name: texts(inside) for name, inside in found}


def texts(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


def change(site: ConsoleSite, mailbox: Mailbox, **values: object) -> None:
    with site.database.write() as connection:
        connection.execute(update(_mailbox).where(_mailbox.c.id == mailbox.id).values(**values))


def folder(site: ConsoleSite, mailbox: Mailbox, name: str, **values: object) -> int:
    row = {"mailbox_id": mailbox.id, "name": name, "use": "", "excluded": False, "chosen": False, "state": "in step", "on_server": 0}
    row |= {"cause": "", "failures": 0, "next_uid": 1, "low_uid": 1, "modseq": 0, "unseen": 0}
    with site.database.write() as connection:
        return int(connection.execute(insert(table(FolderRow)).values(row | values)).inserted_primary_key[0])


# -- who may


def test_it_is_off_until_an_administrator_switches_it_on(database: Database) -> None:
    site = ConsoleSite(database)
    browser = site.signed_in(PAUL)
    page = browser.get("/mailboxes").text
    assert "has not switched SalesInbox on" in page
    assert 'href="/setup/policy"' in page
    assert "/mailboxes/new" not in page
    for path in ("/mailboxes/new", "/mailboxes/new/custom"):
        assert browser.get(path).status_code == 403, path
    assert send(browser, "/me", "/mailboxes/new/custom", address="p@x.example").status_code == 403
    switch(site, WhoMayConnect.CRM_USERS)
    assert "you are none at present" in browser.get("/mailboxes/new").text
    site.connect(PAUL, "Northlight")
    assert browser.get("/mailboxes/new").status_code == 200
    assert "Your mail, where your customers are" in browser.get("/mailboxes").text


def test_who_may_keep_a_mailbox(site: ConsoleSite, browser: FlaskClient, dovecot: Dovecot, smtp_sink: Sink, mail_user: str) -> None:
    mailbox, who = connected(site, browser, dovecot, smtp_sink, mail_user), known(site, PAUL)
    everyone = Policy(who_may_connect=WhoMayConnect.EVERYONE)
    assert may_keep(mailbox, who, everyone) is None
    assert may_keep(mailbox, who, Policy()) is Refusal.SWITCHED_OFF
    assert may_keep(mailbox, known(site, SAM), everyone) is Refusal.NOT_HERE
    assert may_connect(NotInstalled(PAUL), everyone) is Refusal.NOT_HERE
    assert may_connect(None, everyone) is Refusal.NOT_HERE


def test_a_mailbox_of_somebody_who_may_not_any_more_can_only_be_looked_at_and_removed(
    site: ConsoleSite, browser: FlaskClient, dovecot: Dovecot, smtp_sink: Sink, mail_user: str
) -> None:
    mailbox = connected(site, browser, dovecot, smtp_sink, mail_user)
    here = f"/mailboxes/{mailbox.id}"
    tokens = csrf_token(browser.get(f"{here}/servers").text)
    switch(site, WhoMayConnect.NOBODY)
    assert mail_user in browser.get("/mailboxes").text
    page = browser.get(here).text
    assert "has not switched SalesInbox on" in page
    assert f'action="{here}/sync"' not in page
    for action in ("sync", "pause", "servers", "folders"):
        assert browser.post(f"{here}/{action}", data={"csrf_token": tokens}).status_code == 403, action
    assert browser.get(f"{here}/remove").status_code == 200


def test_a_mailbox_is_its_owners_alone(site: ConsoleSite, browser: FlaskClient, dovecot: Dovecot, smtp_sink: Sink, mail_user: str) -> None:
    mailbox = connected(site, browser, dovecot, smtp_sink, mail_user)
    claire = site.signed_in(CLAIRE)
    here = f"/mailboxes/{mailbox.id}"
    token = csrf_token(claire.get("/me").text)
    for path in ("", "/servers", "/folders", "/remove"):
        assert claire.get(here + path).status_code == 404, path
    for path in ("/sync", "/pause", "/servers", "/folders", "/remove"):
        assert claire.post(here + path, data={"csrf_token": token, "paused": "1"}).status_code == 404, path
    assert mail_user not in claire.get("/mailboxes").text
    assert browser.get("/mailboxes/99999999999999").status_code == 404
    assert site.browser().get(here).status_code == 401
    assert site.salesinbox.mailboxes.get(mailbox.id) == mailbox


# -- connecting


def test_a_mailbox_is_connected_by_its_servers(
    site: ConsoleSite, browser: FlaskClient, dovecot: Dovecot, smtp_sink: Sink, mail_user: str
) -> None:
    page = browser.get("/mailboxes/new/custom").text
    assert 'value="imap.northlight.example"' in page
    mailbox = connected(site, browser, dovecot, smtp_sink, mail_user)
    assert (mailbox.address, mailbox.provider, mailbox.sign_in, mailbox.state) == (mail_user, "custom", SignIn.PASSWORD, State.FIRST_SYNC)
    assert mailbox.smtp == Server(smtp_sink.host, smtp_sink.port, Security.STARTTLS, mail_user)
    assert site.salesinbox.mailboxes.secrets(mailbox.id) == Secrets(password=PASSWORD)
    assert site.person(PAUL).mailboxes == 1
    noted = Audit(site.database).search(mailbox.workspace_id, action=Action.MAILBOX_CONNECTED).lines
    assert [(line.subject, line.actor.rpartition("<")[2]) for line in noted] == [(mail_user, f"{PAUL.email}>")]
    shown = browser.get(f"/mailboxes/{mailbox.id}?now=connected").text
    assert "Connected. Your mail is being fetched now." in texts(shown)
    assert f'http-equiv="refresh" content="10; url=/mailboxes/{mailbox.id}"' in shown
    assert 'http-equiv="refresh"' not in browser.get(f"/mailboxes/{mailbox.id}?still=1").text
    again = send(browser, "/mailboxes/new/custom", **entered(dovecot, smtp_sink, mail_user))
    assert again.status_code == 409
    assert f'href="/mailboxes/{mailbox.id}"' in again.text


def closed_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"password": "wrong"}, "password", "does not accept this user name with this password"),
        ({"same": None, "smtp_user": "x", "smtp_password": "wrong"}, "smtp_password", "for sending"),
        ({"imap_port": "closed"}, "imap_port", "takes no connections on port"),
        ({"imap_port": "smtp"}, "imap_port", "no server for incoming mail"),
        ({"smtp_port": "imap"}, "smtp_port", "no server for outgoing mail"),
        ({"imap_host": "10.9.8.7"}, "imap_host", "inside a private network"),
        ({"imap_host": "http://mail"}, "imap_host", "the name of the server alone"),
        ({"smtp_port": "0"}, "smtp_port", "The port is a number"),
        ({"address": "paul"}, "address", "whole mail address"),
        ({"password": ""}, "password", "The password is missing"),
        ({"imap_user": "a\nb"}, "imap_user", "user name is missing"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(
    site: ConsoleSite,
    browser: FlaskClient,
    dovecot: Dovecot,
    smtp_sink: Sink,
    mail_user: str,
    typed: dict[str, str | None],
    field: str,
    said: str,
) -> None:
    ports = {"closed": closed_port(), "smtp": str(smtp_sink.tls_port), "imap": str(dovecot.port)}
    form = entered(
        dovecot,
        smtp_sink,
        mail_user,
        name="Paul of Sales",
        **{name: ports.get(value, value) for name, value in typed.items() if value is not None},
    )
    for name in [name for name, value in typed.items() if value is None]:
        del form[name]
    answer = send(browser, "/mailboxes/new/custom", **form)
    assert answer.status_code == 422
    told = problems(answer)
    assert field in told, told
    assert said in told[field]
    assert "autofocus" in answer.text
    assert 'value="Paul of Sales"' in answer.text
    assert PASSWORD not in answer.text
    assert "wrong" not in re.sub(r"What is wrong", "", answer.text)
    assert site.salesinbox.mailboxes.of_person(site.person(PAUL).id) == ()


def test_a_server_that_cannot_prove_itself_gets_no_password(database: Database, dovecot: Dovecot, smtp_sink: Sink, mail_user: str) -> None:
    site = ConsoleSite(database, salesinbox=build_salesinbox(database, Vault((KEY,)), THIS_MACHINE, ""))
    switch(site, WhoMayConnect.EVERYONE)
    told = problems(send(site.signed_in(PAUL), "/mailboxes/new/custom", **entered(dovecot, smtp_sink, mail_user)))
    assert "cannot prove that it is localhost" in told["imap_host"]
    assert "Your password was not sent." in told["smtp_host"]


def test_every_fault_of_both_servers_has_words_in_every_language() -> None:
    server = Server("mail.example.com", 993, Security.TLS, "anna")
    for language in (ENGLISH, Languages().pick("fr")):
        for cause in Cause:
            for side in Side:
                for service in (Service(), Service("Post", app_passwords=True)):
                    told = trouble(language, cause, side, server, service)
                    assert told.line
                    assert told.advice
                    assert not re.search(r"[{}]", told.line + told.advice)
                    assert told.field in ("", "host", "port", "password")
    assert "steps" in trouble(ENGLISH, Cause.SIGN_IN, Side.IMAP, server, Service("Post", app_passwords=True)).advice


def test_a_known_service_asks_for_address_and_app_password_alone(
    site: ConsoleSite, browser: FlaskClient, dovecot: Dovecot, smtp_sink: Sink, mail_user: str
) -> None:
    dovecot.add_user(mail_user, "abcdefghijklmnop")
    smtp_sink.users[mail_user] = "abcdefghijklmnop"
    recognised = send(browser, "/mailboxes/new", address="Anna@Post.example").text
    assert "Connect Post" in recognised
    assert 'href="https://post.example/" target="_blank" rel="noopener noreferrer"' in recognised
    assert 'value="anna@post.example"' in recognised
    assert "imap_host" not in recognised
    assert "Connect another service" in send(browser, "/mailboxes/new", address="anna@elsewhere.example").text
    wrong = send(browser, "/mailboxes/new/gmail", address=mail_user, password="her usual one")
    assert "Most often the app password is missing or incomplete." in problems(wrong)["password"]
    answer = send(browser, "/mailboxes/new/gmail", address=mail_user, password=" abcd efgh ijkl\u00a0mnop ")
    mailbox = site.salesinbox.mailboxes.get(int(re.search(r"/mailboxes/(\d+)", answer.headers["Location"])[1]))
    assert (mailbox.provider, mailbox.imap.user) == ("gmail", mail_user)
    assert site.salesinbox.mailboxes.secrets(mailbox.id).password == "abcdefghijklmnop"


def test_somebody_without_a_crm_may_connect_where_everybody_may(site: ConsoleSite, browser: FlaskClient) -> None:
    assert "No CRM connected" in browser.get("/crm").text
    assert browser.get("/mailboxes/new").status_code == 200


# -- looking after it


def test_another_server_needs_the_password_again(
    site: ConsoleSite, browser: FlaskClient, dovecot: Dovecot, smtp_sink: Sink, mail_user: str
) -> None:
    mailbox = connected(site, browser, dovecot, smtp_sink, mail_user)
    here = f"/mailboxes/{mailbox.id}/servers"
    right = entered(dovecot, smtp_sink, mail_user, password="")
    del right["address"]
    other = send(browser, here, **{**right, "imap_host": "127.0.0.1"})
    assert problems(other) == {"password": "The password is missing."}
    # The password the outgoing server has of it goes nowhere else either.
    assert "password" in problems(send(browser, here, **{**right, "smtp_host": "127.0.0.1"}))
    change(site, mailbox, state=State.NEEDS_OWNER.value, cause=Cause.SIGN_IN.value, cause_at=now(), due_at=None)
    page = browser.get(f"/mailboxes/{mailbox.id}").text
    assert "does not accept this user name with this password" in page
    assert f'href="{here}#password"' in page
    saved = send(browser, here, **{**right, "name": "Paul M.", "smtp_port": str(smtp_sink.tls_port), "smtp_security": "tls"})
    assert saved.headers["Location"] == f"{here}?saved=1"
    after = site.salesinbox.mailboxes.get(mailbox.id)
    assert (after.name, after.state, after.cause, after.smtp.port) == ("Paul M.", State.FIRST_SYNC, None, smtp_sink.tls_port)
    assert site.salesinbox.mailboxes.secrets(mailbox.id).password == PASSWORD
    assert "password" in problems(send(browser, here, **{**right, "password": "wrong"}))
    assert site.salesinbox.mailboxes.secrets(mailbox.id).password == PASSWORD


def test_how_much_is_here_and_what_is_not_and_why(
    site: ConsoleSite, browser: FlaskClient, dovecot: Dovecot, smtp_sink: Sink, mail_user: str
) -> None:
    mailbox = connected(site, browser, dovecot, smtp_sink, mail_user)
    here = f"/mailboxes/{mailbox.id}"
    inbox = folder(site, mailbox, "INBOX", use="inbox", on_server=3)
    folder(site, mailbox, "Junk", use="junk", excluded=True)
    gap = table(MailGapRow)
    with site.database.write() as connection:
        for uid, reason in ((1, "refused"), (2, "unreadable"), (3, "unreadable")):
            row = {"folder_id": inbox, "mailbox_id": mailbox.id, "tries": 3, "since": now(), "retry_at": None}
            connection.execute(insert(gap).values(uid=uid, reason=reason, **row))
    change(site, mailbox, state=State.IN_STEP.value, first_done_at=now(), synced_at=now(), due_at=None)
    page = texts(browser.get(here).text)
    assert "0 of 3 mails are here, 3 are left out" in page
    assert "The mail server refuses to hand these out. INBOX 1 mail" in page
    assert "These came, and could not be read. INBOX 2 mails" in page
    assert "Folders that are left out: Junk" in page
    assert 'http-equiv="refresh"' not in browser.get(here).text
    assert send(browser, here, f"{here}/sync", gaps="1").status_code == 303
    with site.database.read() as connection:
        assert {row.retry_at is None for row in connection.execute(select(gap))} == {False}
    assert site.salesinbox.mailboxes.get(mailbox.id).due_at is not None


def test_paused_and_on_again(site: ConsoleSite, browser: FlaskClient, dovecot: Dovecot, smtp_sink: Sink, mail_user: str) -> None:
    mailbox = connected(site, browser, dovecot, smtp_sink, mail_user)
    here = f"/mailboxes/{mailbox.id}"
    send(browser, here, f"{here}/pause", paused="1")
    assert site.salesinbox.mailboxes.get(mailbox.id).state is State.PAUSED
    page = browser.get(here).text
    assert "Paused" in page
    assert 'http-equiv="refresh"' not in page
    send(browser, here, f"{here}/pause", paused="")
    assert site.salesinbox.mailboxes.get(mailbox.id).state is State.FIRST_SYNC


def test_folders_are_chosen_and_what_came_meanwhile_is_left_alone(
    site: ConsoleSite, browser: FlaskClient, dovecot: Dovecot, smtp_sink: Sink, mail_user: str
) -> None:
    mailbox = connected(site, browser, dovecot, smtp_sink, mail_user)
    here = f"/mailboxes/{mailbox.id}/folders"
    assert "The folders are not known yet." in browser.get(here).text
    inbox = folder(site, mailbox, "INBOX", use="inbox")
    clients, junk = folder(site, mailbox, "Kunden/Größe & Co"), folder(site, mailbox, "Junk", use="junk", excluded=True)
    page = browser.get(here).text
    assert "Kunden/Größe &amp; Co" in page
    late = folder(site, mailbox, "Came later")
    send(browser, here, listed=[str(inbox), str(clients), str(junk)], folder=[str(inbox), str(junk)])  # type: ignore[arg-type]
    found = {one.id: (one.excluded, one.chosen) for one in site.salesinbox.folders.of(mailbox.id)}
    assert found == {inbox: (False, False), clients: (True, True), junk: (False, True), late: (False, False)}


def test_a_removed_mailbox_leaves_nothing_here(
    site: ConsoleSite, browser: FlaskClient, dovecot: Dovecot, smtp_sink: Sink, mail_user: str
) -> None:
    mailbox = connected(site, browser, dovecot, smtp_sink, mail_user)
    here = f"/mailboxes/{mailbox.id}"
    page = texts(browser.get(f"{here}/remove").text)
    assert "Everything in the mailbox itself" in page
    with send(browser, f"{here}/remove") as answer:
        assert answer.headers["Location"] == "/mailboxes?now=removed"
    assert browser.get(here).status_code == 404
    assert "is gone from here" in browser.get("/mailboxes?now=removed").text
    with site.database.read() as connection:
        assert connection.execute(select(_mailbox)).all() == []
    assert site.person(PAUL).mailboxes == 0
    noted = Audit(site.database).search(mailbox.workspace_id, action=Action.MAILBOX_REMOVED).lines
    assert [line.subject for line in noted] == [mail_user]
