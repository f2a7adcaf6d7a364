"""SalesInbox from its first page to its last: everything real, and nobody presses anything a person would not."""

import json
import logging
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from urllib.parse import quote

import pytest

from jobs.compose import build
from salesinbox.mailboxes import State
from salesinbox.sync import Progress
from tenants.policy import WhoMayConnect
from tests.authority import Authority
from tests.browser import NewPage
from tests.dovecot import PASSWORD, Dovecot
from tests.form_browser import Visitor
from tests.mailbox_journey import (
    CLAIRE,
    LEFT_OUT,
    MARK,
    OPERATOR,
    PAUL,
    TOPIC,
    VAULT_KEY,
    Correspondence,
    Journey,
    journey,
    mail_settings,
    ours,
    uids,
)
from tests.smtp_sink import Sink
from tests.test_console_setup_browser import fits
from tests.test_erasure import found
from tests.test_jobs import until
from tests.test_journeys_policy import decide
from tests.zoho_site import working_with_zoho

pytestmark = pytest.mark.browser

ANNA = "anna.roy@ateliers-roy.example"
JULIEN = "julien.petit@menuiserie-petit.example"
LUCIA = "lucia.fernandez@talleres-fernandez.example"
NEW_PASSWORD = "another horse"
ME = f"Paul Martin <{PAUL}>"
FROM_ANNA = f"Anna Roy <{ANNA}>"
PAGE = f'<p>The <b>{MARK}</b> is ready.</p><img src="https://track.example/1.gif" alt=""><script>alert(1)</script>'
MANY = 600

on_sqlite = pytest.mark.parametrize("sampled_url", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("sampled_url", ["postgresql"], indirect=True)


@pytest.fixture
def server(authority: Authority) -> Iterator[Dovecot]:
    """Its own: it is stopped, and its users have their addresses."""
    with Dovecot(authority) as server:
        server.add_user(PAUL)
        server.add_user(CLAIRE)
        yield server


@pytest.fixture
def place(
    sampled_url: str, tmp_path: Path, server: Dovecot, smtp_sink: Sink, authority: Authority, caplog: pytest.LogCaptureFixture
) -> Iterator[Journey]:
    """Whatever happens in it, no password and nothing of a mail gets into a log."""
    caplog.set_level(logging.INFO)
    with journey(sampled_url, tmp_path, server, smtp_sink, authority) as place:
        yield place
        said = place.log.read_text() + "\n".join(
            f"{one.__dict__} {caplog.handler.format(one)}" for one in caplog.get_records("call") if one.name != "mail.log"
        )
        assert "werkzeug" in said
        # What the workers keep for themselves is a log, too.
        said += "".join(path.read_bytes().decode("latin-1") for path in tmp_path.glob("*-jobs.sqlite*"))
        secrets = (PASSWORD, NEW_PASSWORD, quote(PASSWORD), VAULT_KEY, MARK, TOPIC)
        assert [secret for secret in secrets if secret in said] == []
        assert "Traceback" not in said and " ERROR " not in said


@pytest.fixture
def paul(place: Journey) -> Visitor:
    return place.visitor(PAUL)


def up_to_date(visitor: Visitor, box: str) -> None:
    until(lambda: "Up to date" in visitor.visit(box).text, "its first synchronisation does not end")


def emails_of(record: str) -> str:
    """The list alone, of a record's page."""
    return record.replace("/crm/", "/mail/of/")


def pauls_mail(place: Journey) -> Correspondence:
    """Some 300: with every address of the company's records, with strangers, in every folder."""
    mail = Correspondence(PAUL, "Paul")
    addresses = sorted(set().union(*place.records().values()))
    for number, address in enumerate(addresses):
        first = mail.write(f"Somebody <{address.upper() if number % 7 == 0 else address}>", ME, html=PAGE if number % 3 == 0 else "")
        mail.write(ME, address, folder="Sent", In_Reply_To=first.message_id, References=first.message_id)
        mail.write(address, ME, folder="INBOX" if number % 5 else "Archive", Cc=addresses[number - 1])
    for number in range(50):
        mail.write(f"Stranger <stranger{number % 10}@elsewhere.example>", ME)
    for _ in range(3):
        mail.write(f"Julien Petit <{JULIEN}>", ME)
    mail.write("News <news@letters.example>", ME, List_Unsubscribe="<https://letters.example/off>", List_Id="<news.letters.example>")
    for _ in range(40):
        mail.write(FROM_ANNA, ME)
    mail.write(FROM_ANNA, ME, topic="with a plan", files=[("plan.pdf", b"%PDF-1.7 plan")])
    mail.write(FROM_ANNA, ME, topic="as a page", html=PAGE, Cc="Henri Blanc <henri.blanc@ateliers-roy.example>")
    for folder in LEFT_OUT:
        mail.write(FROM_ANNA, ME, folder=folder)
    for _ in range(2):
        mail.write(FROM_ANNA, ME, old=True)
    return mail


# --- one rep


@on_sqlite
def test_a_rep_and_his_mail(place: Journey, paul: Visitor, new_page: NewPage, pictures: Path) -> None:
    assert "has not switched SalesInbox on" in paul.visit("/mailboxes").text
    place.switch_on(mail_days="600")
    mail = pauls_mail(place)
    mail.deliver(place.server)
    with place.worker():
        box = place.connect(paul, PAUL)
        up_to_date(paul, box)
        every = len(mail.posted) - len(LEFT_OUT)
        assert f"{every - 2} of {every} mails are here, 2 are left out" in paul.text
        assert "These are older than your company keeps mail. INBOX 2 mails" in paul.text
        assert "Folders that are left out: Drafts , Junk , Trash ." in paul.text
        everything_is_where_it_belongs(place, paul, mail)
        records_change(place, paul, mail)
        until(lambda: place.notices(f"{PAUL} is synchronised") == 1, "nobody has told him")
        it_follows_the_server(place, paul)
        his_password_changes(place, paul, box)
        he_answers(place, paul, new_page, pictures)
    assert place.notices(f"{PAUL} is synchronised") == place.notices(f"{PAUL} needs you") == 1


def everything_is_where_it_belongs(place: Journey, paul: Visitor, mail: Correspondence) -> None:
    """No mail is missing, none is under a wrong record."""
    records = place.records()
    assert {record: ours(paul.listed(record)) for record in records} == {record: mail.of(its) for record, its in records.items()}
    anna = place.record(ANNA)
    whole = paul.visit(anna).link("My mailboxes")
    assert whole is not None and whole.startswith(emails_of(anna))
    assert ours(paul.listed(whole)) == paul.listed(whole)[::-1] == mail.of(records[anna]), "his own alone, newest first"
    paul.visit(paul.mail(anna, next(one.subject for one in mail.posted if one.subject.endswith("with a plan"))))
    assert MARK in paul.text
    assert paul.follow("plan.pdf").page == "%PDF-1.7 plan"
    page = paul.mail(anna, next(one.subject for one in mail.posted if one.subject.endswith("as a page")))
    assert MARK in paul.visit(f"{page}/body").text and "track.example" not in paul.page and "alert" not in paul.page


def records_change(place: Journey, paul: Visitor, mail: Correspondence) -> None:
    place.site.rep().open_mail("04-julien").press("Add as lead").press("Add to the CRM", Company="Menuiserie Petit")
    assert ours(paul.listed(place.record(JULIEN))) == mail.of([JULIEN]), "a record made later has its old mail at once"
    lucia, stranger = place.record(LUCIA), "stranger3@elsewhere.example"
    rep = place.site.rep().open_mail("39-sent-to-lucia").press("Change fields").press("Save", **{"Secondary e-mail": stranger})
    assert ours(paul.listed(lucia)) == mail.of([LUCIA, stranger]), "so has an address added later"
    rep.press("Change fields").press("Save", **{"E-mail": "lucia@nueva.example", "Secondary e-mail": ""}).press("Save and empty them")
    assert place.records()[lucia] == {"lucia@nueva.example"}
    assert ours(paul.listed(lucia)) == mail.of([LUCIA, stranger]), "and what goes leaves its history"


def it_follows_the_server(place: Journey, paul: Visitor) -> None:
    """Another program delivers, deletes, moves and sends; here nobody presses anything."""
    anna, elsewhere = place.record(ANNA), Correspondence(PAUL, "elsewhere", first=380)
    sent, came = elsewhere.write(ME, ANNA, topic="from a phone", folder="Sent"), elsewhere.write(FROM_ANNA, ME, topic="just now")
    before = ours(paul.listed(anna))
    with place.client() as client:
        gone, moved = [one for one in reversed(before) if uids(client, "INBOX", "SUBJECT", f'"{one}"')][3:5]
        (gone_uid,), (moved_uid,) = (uids(client, "INBOX", "SUBJECT", f'"{one}"') for one in (gone, moved))
        client.append("Sent", "", "", sent.raw)
        client.uid("MOVE", str(moved_uid), "Archive")
        client.uid("STORE", str(gone_uid), "+FLAGS", r"(\Deleted)")
        client.expunge()
    place.server.drop(PAUL, [came.raw])
    after = sorted({*before, sent.subject, came.subject} - {gone})
    until(lambda: ours(paul.listed(anna)) == after, "the list does not follow")
    assert f"{sent.subject} " in paul.visit(anna).text
    assert "Sent" in paul.visit(paul.mail(anna, sent.subject)).text.partition("Mailbox")[0]


def his_password_changes(place: Journey, paul: Visitor, box: str) -> None:
    anna = place.record(ANNA)
    place.new_password(NEW_PASSWORD)
    came = Correspondence(PAUL, "meanwhile", first=390).write(FROM_ANNA, ME)
    place.server.drop(PAUL, [came.raw])
    until(lambda: "Needs you" in paul.visit(box).text, "nobody notices")
    until(lambda: place.notices(f"{PAUL} needs you") == 1, "nobody tells him")
    rep = place.site.rep().open_mail("01-anna")
    assert "One of your mailboxes needs you" in rep.text
    assert "Type the new password" in Visitor(place.site.base_url).visit(rep.press("See why").link).text
    assert ours(paul.listed(anna))[-1] < came.subject, "what was here stays"
    paul.visit(box).follow("Type the new password").press("Try and save")
    assert "Nothing was changed." in paul.text
    paul.press("Try and save", password=NEW_PASSWORD)
    assert "Saved. Both servers work." in paul.text, paul.text
    until(lambda: came.subject in paul.visit(anna).text, "it does not go on")
    until(lambda: "Up to date" in paul.visit(box).text, "it does not go on")
    assert "needs you" not in place.site.rep().open_mail("01-anna").text


def he_answers(place: Journey, paul: Visitor, new_page: NewPage, pictures: Path) -> None:
    anna = place.record(ANNA)
    asked = paul.mail(anna, f"{TOPIC} 0381 just now")
    first = answered(place, paul, asked)
    assert first["In-Reply-To"] == first["References"] == "<381.elsewhere@mail.example>"
    assert "The mail is sent" in paul.text and "not in the Sent folder" not in paul.text
    assert paul.listed(anna)[0] == first["Subject"] == f"Re: {TOPIC} 0381 just now"
    assert place.in_sent(first["Message-ID"]) == 1
    place.server.stop()
    second = answered(place, paul, asked)
    assert "It is not in the Sent folder of your mailbox yet." in paul.text and "goes on by itself" in paul.text
    assert paul.listed(anna)[:2] == [first["Subject"]] * 2, "in the list all the same"
    page = paul.mail(anna, next(one for one in paul.listed(anna) if one.endswith("as a page")))
    unfiled = f"/mail/drafts/{place.outgoing('key')[-1]}"
    assert "Not in Sent yet" in paul.visit("/mail/drafts").text
    photograph(place, paul, new_page, pictures, record=anna, mail=page, reply=f"{page}/reply?all=1", unfiled=unfiled)
    place.server.start()
    place.put_off_is_due()
    until(lambda: set(place.outgoing("state")) == {"filed"}, "it is not filed")
    paul.visit("/mailboxes").follow(PAUL).press("Synchronise now")
    until(lambda: place.stored()["Sent"] == place.on_server("Sent")["Sent"], "not in step")
    assert [place.in_sent(one["Message-ID"]) for one in (first, second)] == [1, 1]
    assert paul.listed(anna).count(first["Subject"]) == 2
    assert len([one for one in place.sink.delivered if one.recipients == (ANNA,)]) == 2


def answered(place: Journey, paul: Visitor, mail: str) -> Message:
    """As the outgoing server got it."""
    paul.visit(mail).follow("Reply").press("Send", text=f"Dear Anna,\n{MARK}\n")
    assert place.sink.delivered[-1].recipients == (ANNA,), paul.text
    return message_from_bytes(place.sink.delivered[-1].content)


def photograph(place: Journey, visitor: Visitor, new_page: NewPage, folder: Path, **paths: str) -> None:
    """Nothing is cut off, on a desk and on a phone."""
    for width, locale in ((1200, "en-GB"), (360, "fr-FR")):
        page = new_page(width=width, locale=locale)
        for one in visitor.cookies:
            page.context.add_cookies([{"name": one.name, "value": one.value or "", "url": place.site.base_url}])
        for name, path in paths.items():
            page.goto(place.site.base_url + path)
            page.screenshot(path=folder / f"journey-{name}-{width}-{locale[:2]}.png", full_page=True)
            assert fits(page), (name, width)
        page.context.close()


# --- two reps


@on_postgresql
def test_a_colleague_sees_his_own_and_all_of_it_goes_again(place: Journey, paul: Visitor) -> None:
    place.switch_on()
    his, hers = Correspondence(PAUL, "Paul alone"), Correspondence(CLAIRE, "Claire alone", first=100)
    both = Correspondence("team@northlight.example", "Both", first=200)
    for _ in range(6):
        his.write(FROM_ANNA, ME, files=[("plan.pdf", b"%PDF-1.7 plan")])
        hers.write(FROM_ANNA, f"Claire Dubois <{CLAIRE}>")
        both.write(FROM_ANNA, "team@northlight.example")
    his.write(ME, ANNA, topic="Paul alone to two", folder="Sent", Bcc="jonas.weber@weber-metallbau.example")
    for one in (his, hers):
        one.posted += both.posted
        one.deliver(place.server)
    claire, anna, jonas = place.visitor(CLAIRE), place.record(ANNA), place.record("jonas.weber@weber-metallbau.example")
    with place.worker():
        box = place.connect(paul, PAUL)
        up_to_date(paul, box)
        assert ours(claire.listed(anna)) == []
        up_to_date(claire, place.connect(claire, CLAIRE))
        lists = {who: (ours(who.listed(anna)), ours(who.listed(jonas))) for who in (paul, claire)}
        assert lists == {paul: (his.of([ANNA]), his.of([ANNA])[6:7]), claire: (hers.of([ANNA]), [])}
        she_sees_nothing_of_his(place, paul, claire, box, {one.subject for one in hers.posted})
        paul.visit(f"{box}/remove").press("Remove this mailbox")
        assert "is gone from here" in paul.text
        until(lambda: place.mailboxes() == [CLAIRE], "not removed")
        assert found(place.site.database, "Paul alone", "An offer", "plan.pdf") == []
        assert (ours(paul.listed(anna)), ours(claire.listed(anna))) == ([], hers.of([ANNA]))
    claire.visit("/me/remove").press("Remove Sidecard for me").press("Erase now")
    place.quiet_is_over()
    with place.worker():
        until(lambda: "Download the receipt" in claire.visit(claire.path).text, "not erased")
    assert json.loads(claire.follow("Download the receipt").page)
    assert found(place.site.database, TOPIC, "alone") == [] == place.mailboxes()
    kept = {line.partition(":")[0] for line in found(place.site.database, CLAIRE, "Claire Dubois")}
    assert {one for one in kept if not one.startswith("embedded_")} == set()


def she_sees_nothing_of_his(place: Journey, paul: Visitor, claire: Visitor, box: str, hers: set[str]) -> None:
    """Whatever address she types."""
    paul.visit(f"/mail/new?to={ANNA}").press("Save as a draft", subject="An offer", text=MARK)
    (key,) = place.outgoing("key")
    may = {place.mails(subject)[0] for subject in hers}
    assert all(len(place.mails(subject)) == 1 for subject in hers), "one mail, whoever has it"
    places = ("", "/body", "/files/0", "/reply")
    foreign = [one for one in place.mails() if one not in may]
    assert len(foreign) >= 7
    assert [(one, at) for one in foreign for at in places if claire.visit(f"/mail/{one}{at}").status != 404] == []
    assert [one for one in may if claire.visit(f"/mail/{one}").status != 200] == []
    shared = next(subject for subject in hers if subject.endswith("Both"))
    assert CLAIRE in claire.visit(f"/mail/{place.mails(shared)[0]}").text and PAUL not in claire.text
    mine = ("", "/folders", "/servers", "/addresses", "/remove")
    assert [at for at in mine if claire.visit(f"{box}{at}").status != 404] == []
    assert claire.visit(f"/mail/drafts/{key}").status == 404
    owner = paul.visit(place.record(ANNA)).link("My mailboxes")
    assert owner and ours(claire.listed(owner)) == [], "filtered by him she sees none"
    # A form of hers, sent where his is.
    own = min(may)
    for path in (f"/mail/{foreign[0]}/reply", f"/mail/drafts/{key}", f"{box}/remove", f"{box}/sync"):
        page = claire.visit(f"/mail/{own}/reply").page
        token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
        claire.open(place.site.base_url + path, {"csrf_token": token, "do": "send", "to": ANNA, "text": "x", "sender": CLAIRE})
        assert claire.status == 404, path
    assert [one for one in place.sink.delivered if one.sender != OPERATOR] == []


# --- killed


@on_sqlite
def test_workers_are_killed_and_others_finish(place: Journey, paul: Visitor) -> None:
    place.switch_on()
    folders = ("INBOX", "Archive", "Sent")
    mail = Correspondence(PAUL, "Paul")
    for number in range(MANY):
        mail.write(FROM_ANNA, ME, folder=folders[number % 3])
    mail.deliver(place.server)
    with place.worker() as first:
        box = place.connect(paul, PAUL)
        until(lambda: len(place.mails()) > 0, "it has not begun")
        first.kill()
        first.wait()
    assert len(place.mails()) < MANY, "too fast to be killed"
    with place.worker() as second:
        up_to_date(paul, box)
        assert place.stored() == place.on_server(*folders)
        place.server.stop()
        for _ in range(3):
            paul.visit(f"/mail/new?to={ANNA}").press("Send", subject="An offer", text=MARK)
            assert "It is not in the Sent folder of your mailbox yet." in paul.text, paul.text
        place.server.start()
        place.put_off_is_due()
        until(place.being_filed, "it has not begun")
        second.kill()
        second.wait()
    place.put_off_is_due()
    with place.worker():
        until(lambda: place.outgoing("state") == ["filed"] * 3, "not filed")
        paul.visit(box).press("Synchronise now")
        until(lambda: place.stored() == place.on_server(*folders), "not in step")
    with place.client() as client:
        assert len(uids(client, "Sent", "SUBJECT", '"An offer"')) == 3
    assert paul.listed(emails_of(place.record(ANNA))).count("An offer") == 3
    assert len([one for one in place.sink.delivered if one.recipients == (ANNA,)]) == 3


# --- another CRM


def test_with_zoho(sqlite_template: Path, tmp_path: Path, server: Dovecot, smtp_sink: Sink, authority: Authority) -> None:
    database = tmp_path / "zoho.sqlite"
    database.write_bytes(sqlite_template.read_bytes())
    with working_with_zoho(f"sqlite:///{database}", tmp_path / "playground", **mail_settings(smtp_sink, authority)) as zoho:
        place = Journey(zoho.site, server, smtp_sink, authority, tmp_path / "log")
        zoho.at_work()
        decide(zoho.site, who_may_connect=WhoMayConnect.CRM_USERS)
        mail = Correspondence(PAUL, "Paul")
        for _ in range(25):
            mail.write(FROM_ANNA, ME)
        mail.deliver(server)
        paul = place.visitor(PAUL)
        place.connect(paul, PAUL)
        workplace = build(zoho.site.settings, data_centres=zoho.zoho.data_centres)
        (mailbox_id,) = workplace.turns.due(State.FIRST_SYNC, 9)
        assert workplace.salesinbox.sync.run(mailbox_id, 20) is Progress.DONE
        workplace.database.close()
        anna = f"/mail/of/contact/{zoho.anna}"
        assert ours(paul.listed(anna)) == mail.of([ANNA])
        paul.visit(paul.mail(anna, mail.posted[0].subject)).follow("Reply").press("Send", text=MARK)
        assert smtp_sink.delivered[-1].recipients == (ANNA,) and paul.listed(anna)[0].startswith("Re: ")
