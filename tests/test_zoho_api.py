"""The way to Zoho's API: tokens renewed, hiccups survived, nothing written twice, never more calls at once than the edition takes."""

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from crm_client.errors import AuthExpired, CrmError, Forbidden, RateLimited, Rejected, Unavailable
from crm_client.zoho.api import Read, ZohoApi
from crm_client.zoho.errors import ScopeMissing
from crm_client.zoho.turns import FEWEST, CreditsGone, Turns, concurrent_calls
from outbound import Http
from tests.site import eventually
from tests.zoho import faults
from tests.zoho.organisation import Organisation, User
from tests.zoho.server import Zoho
from tests.zoho.tokens import SCOPES

pytest_plugins = ["tests.zoho.fixtures"]

QUICK = (0.0, 0.01)
LEADS = Read("/Leads", (("fields", "Last_Name"),))
QUERY = Read(query="select id, Last_Name from Leads where Last_Name = 'Roy' limit 5")
NEW = {"data": [{"Last_Name": "Roy", "Company": "Ateliers Roy"}]}


@dataclass
class Office:
    server: Zoho
    organisation: Organisation
    rep: User
    turns: Turns = field(default_factory=lambda: Turns(processes=1, pauses=QUICK))

    def api(self, budget: float = 5.0, scopes: frozenset[str] = SCOPES) -> ZohoApi:
        return ZohoApi(Http(), self.server.tokens(), self.server.grant(self.rep, scopes), self.turns, budget)

    def lead(self) -> str:
        return self.organisation.record("Leads", self.rep, Last_Name="Roy", Company="Ateliers Roy")

    @property
    def seen(self) -> list[tuple[str, str, int]]:
        return [(one.method, one.path.removeprefix("/crm/v8"), one.status) for one in self.server.requests]


def office(server: Zoho, edition: str = "enterprise") -> Office:
    organisation = server.organisation("Northlight", edition=edition)
    return Office(server, organisation, organisation.user("Paul Martin", "paul@northlight.example"))


@pytest.fixture
def northlight(zoho_server: Zoho) -> Office:
    return office(zoho_server)


# --- one question


def test_nothing_there_is_none(northlight: Office) -> None:
    assert northlight.api().ask(LEADS) is None
    assert northlight.api().ask(QUERY) is None


@pytest.mark.parametrize(
    "hiccup",
    [
        faults.status(503),
        faults.status(500),
        faults.rate_limited(),
        faults.html_page(),
        faults.truncated(),
        faults.empty(),
        faults.drop_before(),
        faults.drop_after(),
    ],
    ids=["503", "500", "429", "html", "truncated", "empty", "not answered", "answer lost"],
)
@pytest.mark.parametrize("read", [LEADS, QUERY], ids=["GET", "COQL"])
def test_a_question_is_asked_again_after_a_hiccup_and_a_write_never(northlight: Office, hiccup: faults.Fault, read: Read) -> None:
    northlight.lead()
    northlight.server.faults.next("/crm/v8/(Leads|coql)$", hiccup, times=2)
    assert northlight.api().ask(read)["data"][0]["Last_Name"] == "Roy"
    northlight.server.faults.clear()
    northlight.server.faults.next("POST /crm/v8/Leads$", hiccup)
    with pytest.raises((Unavailable, RateLimited)):
        northlight.api().tell("POST", "/Leads", NEW)
    assert northlight.seen.count(("POST", "/Leads", 201)) <= 1
    assert len(northlight.server.asked("POST", "/Leads")) == 1


def test_what_stays_down_is_told_after_three_attempts(northlight: Office) -> None:
    northlight.server.faults.down(down=True, answer=503)
    with pytest.raises(Unavailable):
        northlight.api().ask(LEADS)
    assert len(northlight.server.requests) == 3


def test_a_no_is_not_asked_again(northlight: Office) -> None:
    northlight.organisation.profile("Standard", Leads=())
    for read in (LEADS, QUERY):
        with pytest.raises(Forbidden):
            northlight.api().ask(read)
    assert len(northlight.server.requests) == 2


@pytest.mark.parametrize("read", [LEADS, QUERY], ids=["GET", "COQL"])
def test_an_answer_that_trickles_in_does_not_outlive_the_budget(northlight: Office, read: Read) -> None:
    northlight.lead()
    northlight.server.faults.always("/crm/v8/", faults.slow_loris(0.02))
    started = time.monotonic()
    with pytest.raises(Unavailable):
        northlight.api(budget=0.3).ask(read)
    assert time.monotonic() - started < 0.6


# --- tokens


def test_a_refused_token_is_renewed_once_even_for_a_write(northlight: Office) -> None:
    northlight.server.faults.next("POST /crm/v8/Leads$", faults.invalid_token())
    assert northlight.api().tell("POST", "/Leads", NEW)["data"][0]["code"] == "SUCCESS"
    assert northlight.server.tokens().renewals == 1
    assert len(northlight.organisation.records("Leads")) == 1


def test_a_token_refused_twice_wants_a_person(northlight: Office) -> None:
    northlight.server.faults.always("/crm/v8/", faults.invalid_token())
    with pytest.raises(AuthExpired):
        northlight.api().ask(LEADS)
    assert (northlight.server.tokens().renewals, len(northlight.server.requests)) == (1, 2)


def test_of_many_refused_at_once_one_renews(northlight: Office) -> None:
    northlight.lead()
    api = northlight.api()
    api.ask(LEADS)
    northlight.server.clock.advance(3601)
    together = threading.Barrier(8)

    def ask(_number: int) -> object:
        together.wait()
        return api.ask(LEADS)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(8)))
    assert northlight.server.tokens().renewals == 1


def test_a_missing_scope_is_not_healed_by_a_token(northlight: Office) -> None:
    with pytest.raises(ScopeMissing):
        northlight.api(scopes=SCOPES - {"ZohoCRM.coql.READ"}).ask(QUERY)
    assert northlight.server.tokens().renewals == 0


# --- several questions


def test_large_editions_are_asked_in_one_call_small_ones_at_the_same_time(zoho_server: Zoho) -> None:
    for edition, calls in (("enterprise", 1), ("standard", 3)):
        place = office(zoho_server, edition)
        place.lead()
        zoho_server.requests.clear()
        answers = place.api().ask_all([LEADS, QUERY, Read("/Contacts", (("fields", "Last_Name"),))])
        assert [answer and answer["data"][0]["Last_Name"] for answer in answers if not isinstance(answer, CrmError)] == ["Roy", "Roy", None]
        assert len(zoho_server.requests) == calls


@pytest.mark.parametrize("edition", ["enterprise", "standard"])
def test_no_answer_hides_another(zoho_server: Zoho, edition: str) -> None:
    place = office(zoho_server, edition)
    place.lead()
    place.organisation.profile("Standard", Contacts=())
    bad = Read(query="select id, Nonsense from Leads where Last_Name = 'Roy' limit 5")
    answers = place.api().ask_all([LEADS, Read("/Contacts", (("fields", "Last_Name"),)), bad, QUERY])
    assert isinstance(answers[0], dict)
    assert isinstance(answers[1], Forbidden)
    assert isinstance(answers[2], Rejected)
    assert isinstance(answers[3], dict)


def test_a_hiccup_inside_a_composite_call_is_asked_again(northlight: Office) -> None:
    northlight.lead()
    northlight.server.faults.next("SUB GET /crm/v8/Leads", faults.status(503))
    answers = northlight.api().ask_all([LEADS, QUERY, LEADS])
    assert all(isinstance(answer, dict) for answer in answers)


def test_a_composite_call_that_fails_as_a_whole_is_not_asked_in_pieces(northlight: Office) -> None:
    northlight.server.faults.always("/crm/v8/", faults.rate_limited())
    answers = northlight.api().ask_all([LEADS, QUERY, LEADS])
    assert all(isinstance(answer, RateLimited) for answer in answers)
    assert [path for _method, path, _status in northlight.seen] == ["/__composite_requests"] * 3


def test_what_composite_calls_do_not_take_is_asked_on_its_own(northlight: Office) -> None:
    lead = northlight.lead()
    answers = northlight.api().ask_all([LEADS, QUERY, Read(f"/Leads/{lead}/Emails")])
    assert not any(isinstance(answer, CrmError) for answer in answers)


def test_without_the_scope_for_composite_calls_there_are_none(northlight: Office) -> None:
    northlight.lead()
    api = northlight.api(scopes=SCOPES - {"ZohoCRM.composite_requests.CUSTOM"})
    for _time in range(2):
        assert all(isinstance(answer, dict) for answer in api.ask_all([LEADS, QUERY, LEADS]))
    assert [path for _method, path, _status in northlight.seen].count("/__composite_requests") == 1


def test_a_dead_connection_is_each_questions_answer(northlight: Office) -> None:
    northlight.server.faults.always("/crm/v8/", faults.invalid_token())
    answers = northlight.api().ask_all([LEADS, QUERY, LEADS])
    assert [type(answer) for answer in answers] == [AuthExpired] * 3


# --- limits


@pytest.mark.parametrize(("edition", "calls"), [("free", 5), ("standard", 10), ("Zoho One", 20), ("ultimate", 25), ("brand new", 5)])
def test_an_edition_has_so_many_calls_at_once(edition: str, calls: int) -> None:
    assert concurrent_calls(edition) == calls


@pytest.mark.parametrize(("edition", "most"), [("free", 5), ("enterprise", 20)])
def test_never_more_at_once_than_the_edition_takes(zoho_server: Zoho, edition: str, most: int) -> None:
    place = office(zoho_server, edition)
    place.lead()
    zoho_server.faults.always("/crm/v8/", faults.latency(0.01))
    api = place.api()
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda _number: api.ask_all([LEADS, QUERY, LEADS]), range(32)))
    assert all(isinstance(answer, dict) for entry in answers for answer in entry)
    assert place.organisation.limits.refusals == 0
    assert place.organisation.limits.most <= most


def test_an_edition_is_shared_by_processes(zoho_server: Zoho) -> None:
    place = office(zoho_server, "free")
    place.turns = Turns(processes=2, pauses=QUICK)
    api = place.api()
    zoho_server.faults.always("/crm/v8/", faults.latency(0.01))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _number: api.ask(LEADS), range(8)))
    assert place.organisation.limits.most == 2


def test_who_waits_too_long_for_his_turn_hears_so(zoho_server: Zoho) -> None:
    place = office(zoho_server, "free")
    place.turns = Turns(processes=5, pauses=QUICK)
    held = zoho_server.faults.hold("GET /crm/v8/Leads$")
    with ThreadPoolExecutor(FEWEST) as pool:
        under_way = [pool.submit(place.api().ask, LEADS) for _ in range(FEWEST)]
        assert eventually(lambda: len(zoho_server.requests) == FEWEST)
        with pytest.raises(RateLimited):
            place.api(budget=0.1).ask(LEADS)
        held.release()
        assert [one.result() for one in under_way] == [None] * FEWEST
    assert len(zoho_server.requests) == FEWEST


def test_credits_are_watched_and_where_none_are_left_nobody_asks(northlight: Office) -> None:
    api = northlight.api()
    assert (api.ask(LEADS), api.credits_left) == (None, None)
    northlight.organisation.limits.allow(2, day=100)
    api.ask(LEADS)
    assert api.credits_left == 1
    api.ask(LEADS)
    northlight.server.requests.clear()
    with pytest.raises(CreditsGone):
        api.ask(LEADS)
    assert northlight.server.requests == []


# --- what is kept quiet


def test_nobody_logs_or_shows_a_token_or_a_body(northlight: Office, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "s3cret-words"
    api = northlight.api()
    northlight.server.faults.next("POST /crm/v8/Leads$", faults.status(500))
    with pytest.raises(Unavailable) as raised:
        api.tell("POST", "/Leads", {"data": [{"Last_Name": secret}]})
    told = f"{caplog.text} {raised.value!r} {api!r} {api.grant!r} {LEADS!r}"
    assert api.grant.token not in told
    assert secret not in told


def test_an_upload_gives_an_id_and_a_refused_file_is_refused(northlight: Office) -> None:
    file_id = northlight.api().upload("plans.pdf", "application/pdf", b"%PDF")
    assert northlight.organisation.uploads[file_id].size == 4
    with pytest.raises(CrmError):
        northlight.api().upload("plans.exe", "application/x-msdownload", b"MZ")
