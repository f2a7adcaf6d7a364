"""The stand-in Zoho's mails, composites, limits and faults, asked over the wire."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from outbound import Answer, OutboundError
from tests.zoho import faults
from tests.zoho.caller import HTTP, Caller, error, said
from tests.zoho.contract_check import SPECIFICATION
from tests.zoho.organisation import Organisation, User
from tests.zoho.server import Zoho

pytest_plugins = ["tests.zoho.fixtures"]


# -- mails


def mail(message_id: str = "<1@daly.example>", **changes: Any) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "from": {"user_name": "Jo", "email": "jo@daly.example"},
        "to": [{"email": "paul@northlight.example"}],
        "subject": "Offer",
    }
    whole |= {"content": "<p>Hello</p>", "date_time": "2026-03-01T10:00:00+01:00", "sent": False, "original_message_id": message_id}
    return {"Emails": [whole | changes]}


def uploaded(caller: Caller, name: str, content: bytes) -> Answer:
    head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: application/pdf\r\n\r\n'
    return HTTP.request(
        "POST",
        f"{caller.api}/crm/v8/files",
        headers={"Authorization": f"Zoho-oauthtoken {caller.token}", "Content-Type": "multipart/form-data; boundary=b"},
        body=head.encode() + content + b"\r\n--b--\r\n",
    )


def test_a_mail_goes_on_a_record_once(northlight: Organisation, caller: Caller, paul: User) -> None:
    lead = northlight.record("Leads", paul, Last_Name="Daly")
    place = f"/Leads/{lead}/actions/associate_email"
    file_id = said(uploaded(caller, "offer.pdf", b"\0\r\n%PDF"))["data"][0]["details"]["id"]
    assert caller.ask("POST", place, mail(attachments=[{"id": file_id}])).status == 200
    twice = caller.ask("POST", place, mail())
    assert (twice.status, error(twice)["code"], len(northlight.emails(lead))) == (400, "DUPLICATE_DATA", 1)
    entry = said(caller.get(f"/Leads/{lead}/Emails"))["Emails"][0]
    assert (entry["subject"], entry["has_attachment"], "content" in entry) == ("Offer", True, False)
    whole = said(caller.get(f"/Leads/{lead}/Emails/{entry['message_id']}"))["Emails"][0]
    assert (whole["content"], whole["attachments"][0]["size"]) == ("<p>Hello</p>", "7")
    known = said(caller.get("/actions/email_available?orginal_message_id=%3C1@daly.example%3E"))
    assert (known["available"], known["record"]["id"]) == (True, lead)


def test_mails_are_listed_ten_by_ten_newest_first(northlight: Organisation, caller: Caller, paul: User) -> None:
    lead = northlight.record("Leads", paul, Last_Name="Daly")
    for day in range(1, 13):
        answer = mail(f"<{day}@daly.example>", subject=str(day), date_time=f"2026-03-{day:02d}T10:00:00+01:00")
        assert caller.ask("POST", f"/Leads/{lead}/actions/associate_email", answer).status == 200
    first = said(caller.get(f"/Leads/{lead}/Emails"))
    assert [one["subject"] for one in first["Emails"]] == [str(day) for day in range(12, 2, -1)]
    rest = said(caller.get(f"/Leads/{lead}/Emails?index={first['info']['next_index']}"))
    assert ([one["subject"] for one in rest["Emails"]], rest["info"]["more_records"]) == (["2", "1"], False)


def test_mails_have_limits(zoho_server: Zoho, northlight: Organisation, caller: Caller, paul: User) -> None:
    lead = northlight.record("Leads", paul, Last_Name="Daly")
    place = f"/Leads/{lead}/actions/associate_email"
    for changes, code in (
        ({"subject": "x" * 251}, "INVALID_DATA"),
        ({"attachments": [{"id": "unknown"}]}, "INVALID_DATA"),
        ({"date_time": "2026-03-01T10:00:00"}, "INVALID_DATA"),
        ({"to": []}, "MANDATORY_NOT_FOUND"),
        ({"owner": {"id": "1"}}, "NO_PERMISSION"),
    ):
        assert error(caller.ask("POST", place, mail(**changes)))["code"] == code
    files = [said(uploaded(caller, "large.pdf", b"x" * 6_000_000))["data"][0]["details"]["id"] for _ in range(2)]
    both = caller.ask("POST", place, mail(attachments=[{"id": one} for one in files]))
    assert (both.status, error(both)["code"]) == (400, "FILE_SIZE_EXCEEDS")
    assert error(uploaded(caller, "virus.exe", b"MZ"))["code"] == "INVALID_DATA"
    assert northlight.emails(lead) == []
    zoho_server.problems.clear()  # a time without a zone is our own doing here


# -- composite and limits


def composite(caller: Caller, *parts: Mapping[str, Any], **how: bool) -> Answer:
    return caller.ask("POST", "/__composite_requests", {"__composite_requests": list(parts), **how})


def test_a_composite_answers_in_order(northlight: Organisation, caller: Caller, paul: User) -> None:
    lead = northlight.record("Leads", paul, Last_Name="Daly", Email="jo@daly.example")
    query = {"select_query": "select Email from Leads where Email = 'nobody@daly.example'"}
    answer = composite(
        caller,
        {"method": "POST", "uri": "/crm/v8/coql", "body": query},
        {"method": "GET", "uri": f"/crm/v8/Leads/{lead}", "params": {"fields": "Email"}},
        {"method": "GET", "uri": "/crm/v8/Contacts"},
    )
    parts = [one["details"]["response"] for one in said(answer)["__composite_requests"]]
    assert (answer.status, [one["status_code"] for one in parts]) == (200, [204, 200, 400])
    assert (parts[0]["body"], parts[1]["body"]["data"][0]["Email"]) == ({}, "jo@daly.example")


def test_a_composite_takes_five_parts_of_the_kinds_listed(zoho_server: Zoho, northlight: Organisation, caller: Caller, paul: User) -> None:
    lead = northlight.record("Leads", paul, Last_Name="Daly")
    org = {"method": "GET", "uri": "/crm/v8/org"}
    mails = {"method": "GET", "uri": f"/crm/v8/Leads/{lead}/Emails"}
    mixed = composite(caller, org, mails)
    assert (mixed.status, [one["code"] for one in said(mixed)["__composite_requests"]]) == (207, ["SUCCESS", "NOT_SUPPORTED"])
    assert composite(caller, mails).status == 400
    assert said(composite(caller, org, parallel_execution=True, rollback_on_fail=True))["code"] == "AMBIGUITY_DURING_PROCESSING"
    assert error(composite(caller, *[org] * 6))["details"]["maximum_length"] == 5
    zoho_server.switches.composite_emails = True
    assert composite(caller, mails).status == 200
    zoho_server.problems.clear()  # six parts are our own doing here


def test_an_edition_allows_so_many_calls_at_the_same_time(zoho_server: Zoho) -> None:
    free = zoho_server.organisation("Small", edition="free")
    caller = Caller(zoho_server, free.user("Jo Small", "jo@small.example"))
    hold = zoho_server.faults.hold("GET /crm/v8/org")
    with ThreadPoolExecutor(5) as pool:
        first = pool.submit(caller.get, "/org")
        assert hold.reached.wait(5)
        assert composite(caller, {"method": "GET", "uri": "/crm/v8/users"}).status == 429
        assert caller.get("/users").status == 200
        more = [pool.submit(caller.get, "/org") for _ in range(4)]
        while sum(one.path.endswith("/org") for one in zoho_server.requests) < 5 or free.limits.most < 5:
            time.sleep(0.005)
        assert caller.get("/users").status == 429
        hold.release()
        assert [one.result().status for one in (first, *more)] == [200] * 5
    assert (free.limits.most, free.limits.refusals) == (5, 2)


def test_credits_run_out(northlight: Organisation, caller: Caller) -> None:
    northlight.limits.allow(3, day=4)
    assert [caller.get("/org").headers.get("x-api-credits-remaining") for _ in range(3)] == ["2", "1", "0"]
    assert (caller.get("/org").status, "retry-after" in caller.get("/org").headers) == (429, False)


# -- faults


def lost(work: Callable[[], Answer]) -> bool:
    try:
        work()
    except OutboundError:
        return True
    return False


def test_a_call_is_lost_before_or_after_it_takes_effect(zoho_server: Zoho, northlight: Organisation, caller: Caller) -> None:
    zoho_server.faults.next("POST .*/Leads$", faults.drop_before())
    assert lost(lambda: caller.post("/Leads", Last_Name="Daly"))
    assert northlight.records("Leads") == []
    zoho_server.faults.next("POST .*/Leads$", faults.drop_after())
    assert lost(lambda: caller.post("/Leads", Last_Name="Daly"))
    assert [one["Last_Name"] for one in northlight.records("Leads")] == ["Daly"]
    assert [one.status for one in zoho_server.asked("POST", "/Leads")] == [0, 0]


@pytest.mark.parametrize(
    ("fault", "status", "body"),
    [
        (faults.status(503), 503, b"SERVICE_UNAVAILABLE"),
        (faults.rate_limited(), 429, b"TOO_MANY_REQUESTS"),
        (faults.invalid_token(), 401, b"INVALID_TOKEN"),
        (faults.html_page(), 502, b"<html>"),
        (faults.no_content(), 204, b""),
        (faults.empty(), 200, b""),
    ],
)
def test_bad_weather_passes(zoho_server: Zoho, caller: Caller, fault: faults.Fault, status: int, body: bytes) -> None:
    zoho_server.faults.next("/org", fault)
    answer = caller.get("/org")
    assert (answer.status, body in answer.body, bool(body) == bool(answer.body)) == (status, True, True)
    assert caller.get("/org").status == 200


def test_an_answer_is_cut_off_late_or_slow(zoho_server: Zoho, caller: Caller) -> None:
    zoho_server.faults.next("/org", faults.truncated())
    with pytest.raises(json.JSONDecodeError):
        said(caller.get("/org"))
    zoho_server.faults.next("/org", faults.latency(0.1))
    before = time.monotonic()
    assert caller.get("/org").status == 200
    assert time.monotonic() - before >= 0.1
    zoho_server.faults.next("/org", faults.slow_loris(0.05))
    arrived = threading.Event()

    def read() -> None:
        if not lost(lambda: caller.get("/org")):  # it is, when the server ends
            arrived.set()

    threading.Thread(target=read, daemon=True).start()
    assert not arrived.wait(0.2)


def test_a_part_of_a_composite_can_fail_alone(zoho_server: Zoho, caller: Caller) -> None:
    zoho_server.faults.next("SUB GET .*/org", faults.status(500))
    parts = said(composite(caller, {"method": "GET", "uri": "/crm/v8/org"}, {"method": "GET", "uri": "/crm/v8/users"}))
    assert [one["details"]["response"]["status_code"] for one in parts["__composite_requests"]] == [500, 200]


def test_zoho_goes_down_and_comes_back(zoho_server: Zoho, caller: Caller) -> None:
    zoho_server.faults.down()
    assert lost(lambda: caller.get("/org"))
    zoho_server.faults.down(answer=503)
    assert caller.get("/org").status == 503
    zoho_server.faults.down(down=False)
    assert caller.get("/org").status == 200


# -- the contract


@pytest.mark.skipif(not SPECIFICATION.is_file(), reason="Zoho's specification is not beside this repository")
def test_what_breaks_the_specification_is_told(zoho_server: Zoho, northlight: Organisation, caller: Caller, paul: User) -> None:
    lead = northlight.record("Leads", paul, Last_Name="Daly")
    caller.ask("POST", "/Leads", {"data": [{"Last_Name": "Byrne"}], "triggers": []})
    caller.ask("POST", f"/Leads/{lead}/actions/associate_email", mail(mime="html"))
    composite(caller, {"method": "POST", "uri": "/crm/v8/coql", "body": {"query": "select"}})
    where = [one.split(" request: ")[0] for one in zoho_server.problems]
    assert where == ["POST /crm/v8/Leads", f"POST /crm/v8/Leads/{lead}/actions/associate_email", *["POST /crm/v8/coql"] * 2]
    zoho_server.problems.clear()
