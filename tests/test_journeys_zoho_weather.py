"""Zoho down, slow, limiting, or done with a person's permission, as the card shows it; and what an open and a click cost on the wire."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.site import Rep, eventually, remembered
from tests.zoho import faults
from tests.zoho_site import ANNA, ON_SQLITE, PHRASE, ZohoSite, working_with_zoho

KEPT = "Saved. It will be delivered when the CRM answers."
AFTER_OTHERS = "Saved. It will be delivered after earlier changes of this record."
RECONNECT = "Saved. It will be delivered when you have connected to the CRM again."
ENDED = "Your connection to the CRM has ended"


def opened(place: ZohoSite) -> Rep:
    """Anna's mail; the card will remember her when Zoho goes down."""
    rep = place.at_work().open_mail("01-anna")
    assert rep.title == "Anna Roy" and eventually(lambda: remembered(place.site, ANNA))
    return rep


# --- down at the click ------------------------------------------------------------------------------------------------


def test_what_is_asked_for_while_zoho_is_down_is_delivered_in_order_and_told_once(place: ZohoSite) -> None:
    rep = opened(place)
    note = place.rep().open_mail("01-anna").press("Activity").press("Add note")
    place.zoho.faults.down()
    note.press("Save", Note=PHRASE)
    assert note.notice == KEPT and "The CRM does not answer" in note.text and "Note on Anna Roy" in note.text
    rep.press("Link mail")
    assert rep.notice == AFTER_OTHERS and "Kept for Anna Roy, not yet in the CRM" in rep.text
    assert place.unfinished() == 2
    place.zoho.faults.down(down=False)
    place.deliver()
    assert len(place.northlight.notes(place.anna)) == len(place.northlight.emails(place.anna)) == 1 and place.unfinished() == 0
    done = [one.path.rpartition("/")[2] for one in place.zoho.requests if place.anna in one.path and one.status in (200, 201)]
    assert done[-2:] == ["Notes", "associate_email"]
    text = rep.open_mail("01-anna").text
    assert "Delivered" in text and "Note on Anna Roy" in text and "Linked to Anna Roy" in text and "By you" in text
    assert eventually(lambda: "Delivered" not in rep.open_mail("01-anna").text)


@ON_SQLITE
@pytest.mark.parametrize("fault", [faults.drop_before(), faults.drop_after()], ids=["nothing done", "answer lost"])
def test_an_add_without_an_answer_ends_in_one_record(place: ZohoSite, fault: faults.Fault) -> None:
    rep = place.at_work().open_mail("04-julien").press("Add as contact")
    place.zoho.faults.next("POST /crm/v8/Contacts$", fault)
    rep.press("Add to the CRM")
    assert rep.notice == KEPT and "Julien Petit as a new record" in rep.text
    assert len(place.northlight.records("Contacts")) == 1 + fault.handled
    place.deliver()
    assert [one["Last_Name"] for one in place.northlight.records("Contacts")] == ["Roy", "Petit"]
    assert len(place.northlight.records("Accounts")) == 2
    rep.open_mail("04-julien")
    assert rep.title == "Julien Petit" and "Delivered" in rep.text and "Contact · Menuiserie Petit SARL" in rep.text


@ON_SQLITE
def test_a_task_and_a_change_whose_answers_were_lost(place: ZohoSite) -> None:
    rep = opened(place)
    task = place.rep().open_mail("01-anna").press("Activity").press("Add task")
    place.zoho.faults.next("POST /crm/v8/Tasks$", faults.drop_after())
    task.press("Save", What_is_to_be_done="Send the quote")
    assert task.notice == KEPT
    rep.press("Replace")
    assert rep.notice == AFTER_OTHERS
    place.zoho.faults.next("PUT /crm/v8/Contacts/", faults.truncated())
    place.deliver()
    place.deliver()
    assert [one["Subject"] for one in place.northlight.tasks(place.anna)] == ["Send the quote"]
    assert place.anna_is["Mobile"] == "+33 6 39 98 41 07" and place.unfinished() == 0


# --- tokens -----------------------------------------------------------------------------------------------------------


def test_a_dead_token_is_renewed_once_for_all_who_look(place: ZohoSite) -> None:
    opened(place)
    reps = [place.rep() for _ in range(6)]
    asked = len(place.zoho.account_requests)
    place.zoho.accounts.expire_all(place.paul)
    with ThreadPoolExecutor(len(reps)) as pool:
        list(pool.map(lambda rep: rep.open_mail("01-anna"), reps))
    assert [rep.title for rep in reps] == ["Anna Roy"] * 6
    assert [one.path for one in place.zoho.account_requests[asked:]] == ["/oauth/v2/token"]


@ON_SQLITE
def test_a_permission_taken_back_is_said_and_given_again(place: ZohoSite) -> None:
    rep = opened(place)
    place.zoho.accounts.revoke_all(place.paul)
    rep.open_mail("01-anna")
    assert rep.title == ENDED and rep.footer == ["Connect"] and "Not in the CRM" not in rep.text
    assert place.rep().open_home().title == "Connect to Zoho CRM"
    place.connect(rep, place.paul)
    assert rep.press("Refresh").title == "Anna Roy"


def test_what_waits_for_the_permission_goes_when_it_is_given_again(place: ZohoSite) -> None:
    rep = opened(place)
    note = place.rep().open_mail("01-anna").press("Activity").press("Add note")
    place.zoho.accounts.revoke_all(place.paul)
    note.press("Save", Note=PHRASE)
    assert note.notice == RECONNECT and ENDED in note.text and "Waits for you to connect again" in note.text
    place.deliver()
    assert place.unfinished() == 1
    place.connect(note, place.paul)
    assert "Waits for you" not in rep.open_mail("01-anna").text and "Note on Anna Roy" in rep.text
    place.deliver(make_due=False)
    assert len(place.northlight.notes(place.anna)) == 1 and place.unfinished() == 0
    assert "Delivered" in rep.open_mail("01-anna").text and "Note on Anna Roy" in rep.text


# --- the wire ---------------------------------------------------------------------------------------------------------


@ON_SQLITE
@pytest.mark.parametrize(("edition", "calls"), [("enterprise", 1), ("standard", 4)])
def test_an_open_is_one_trip_to_zoho_and_one_to_gmail(sampled_url: str, tmp_path: Path, edition: str, calls: int) -> None:
    with working_with_zoho(sampled_url, tmp_path / "playground", edition) as place:
        rep = place.at_work()
        with place.wire() as first:
            rep.open_mail("03-henri")
        assert (first.trips, len(first.gmail)) == (2, 1), "field lists first, once in ten minutes"
        with place.wire() as wire:
            rep.open_mail("01-anna")
        assert rep.title == "Anna Roy" and "1 open deal" in rep.text and "New in this mail" in rep.text
        assert (wire.trips, len(wire.zoho), len(wire.gmail), wire.writes) == (1, calls, 1, [])


@ON_SQLITE
def test_what_clicks_cost(place: ZohoSite) -> None:
    rep = opened(place)
    lead = place.rep().open_mail("04-julien").press("Add as lead")
    with place.wire() as wire:
        rep.press("Link mail")
    assert rep.notice == "Linked to Anna Roy" and wire.asked == [f"POST /Contacts/{place.anna}/actions/associate_email"]
    assert wire.gmail == []
    with place.wire() as wire:
        lead.press("Add to the CRM")
    assert lead.notice == "Julien Petit is now a lead in the CRM." and wire.asked == ["POST /__composite_requests", "POST /Leads"]
    rep.press("Change fields")
    rep.unticked = set(rep.ticks())
    with place.wire() as wire:
        rep.press("Save", Department="Achats")
    assert rep.notice == "Saved: Department" and wire.trips == 2 and wire.writes == [f"PUT /Contacts/{place.anna}"]
    with place.wire() as wire:
        rep.press("Replace")
    assert rep.notice.startswith("Saved: ") and wire.trips == 2 and len(wire.writes) == 1
    number = place.northlight.records("Leads")[0]["id"]
    lead.press("Change fields")
    with place.wire() as wire:
        lead.press("Save", City="Lyon")
    assert wire.asked == [f"GET /Leads/{number}", f"PUT /Leads/{number}"]


@ON_SQLITE
def test_a_field_that_goes_out_of_sight_breaks_nothing(place: ZohoSite) -> None:
    rep = opened(place)
    form = place.rep().open_mail("01-anna").press("Change fields")
    place.northlight.field("Contacts", "Mobile", hidden=True)
    rep.open_mail("01-anna")
    assert rep.title == "Anna Roy" and "Directrice" in rep.text and "+33 6 39 98 00 01" not in rep.text
    form.unticked = set(form.ticks())
    form.press("Save", Department="Achats")
    assert form.notice == "Saved: Department" and place.anna_is["Mobile"] == "+33 6 39 98 00 01"
    assert "Mobile" not in [one["label"] for one in rep.press("Change fields").inputs().values()]


# --- bad weather ------------------------------------------------------------------------------------------------------


def test_a_limit_an_outage_and_a_slow_zoho_are_told_apart_and_nobody_is_unknown(sqlite_template: Path, tmp_path: Path) -> None:
    """At the same time, since each takes as long as a person is let wait."""

    def seen(weather: str, fault: faults.Fault) -> tuple[str, str]:
        directory = tmp_path / weather
        directory.mkdir()
        shutil.copy(sqlite_template, directory / "test.sqlite")
        with working_with_zoho(f"sqlite:///{directory}/test.sqlite", directory) as place:
            rep = opened(place)
            place.zoho.faults.always("/crm/v8/__composite_requests$", fault)
            reps = [rep.open_mail, place.rep().open_mail]
            with ThreadPoolExecutor(2) as pool:
                known, stranger = pool.map(lambda open_mail, name: open_mail(name), reps, ["01-anna", "04-julien"])
            assert known.title == "Anna Roy" and "Directrice" in known.text and "You see what was known" in known.text
            assert stranger.title == "Julien Petit" and "cannot be told now" in stranger.text and stranger.footer == []
            for one in (known, stranger):
                assert "Not in the CRM" not in one.text
            return known.text, stranger.text

    weathers = {"limit": faults.rate_limited(), "page": faults.html_page(), "slow": faults.latency(30)}
    with ThreadPoolExecutor(len(weathers)) as pool:
        texts = dict(zip(weathers, pool.map(seen, weathers, weathers.values()), strict=True))
    for weather, shown in texts.items():
        for text in shown:
            assert ("The CRM is limiting calls" in text) == (weather == "limit")
            assert ("The CRM does not answer" in text) == (weather != "limit")
