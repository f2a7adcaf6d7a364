"""What Zoho's refusals mean to us: the table, and reading answers that are none."""

import re
from pathlib import Path

import pytest

from crm_client.errors import (
    AuthExpired,
    CrmError,
    Duplicate,
    FieldProblem,
    Forbidden,
    NotFound,
    Problem,
    RateLimited,
    Rejected,
    Unavailable,
)
from crm_client.records import EMAIL, LAST_NAME, POSTCODE, TITLE, Kind, Ref
from crm_client.zoho.errors import TABLE, AlreadyModified, Misasked, NotNow, Refusal, ScopeMissing, TokenRefused, meaning
from crm_client.zoho.wire import read_answer
from outbound import Answer

FACTS = Path(__file__).parents[1].parent / "shared" / "reference" / "zoho-crm.md"
_CODE = re.compile(r"\b(?:[A-Z]+(?:_[A-Z]+)+|FORBIDDEN)\b")


def refused(code: str, status: int = 400, module: str = "Leads", **details: object) -> CrmError:
    return meaning(Refusal(status, code, details, module))


def test_every_code_of_the_facts_page_has_a_meaning() -> None:
    if not FACTS.exists():
        pytest.skip("the page of facts about Zoho is not beside this project")
    section = FACTS.read_text(encoding="utf-8").split("\n## 8.")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in section.splitlines() if line.startswith("| ")]
    told = {code for status, codes, *_ in rows if status[:1] in "45" for code in _CODE.findall(codes)}
    assert len(told) > 40
    assert told - TABLE.keys() == set()


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("INVALID_TOKEN", 401, TokenRefused),
        ("AUTHENTICATION_FAILURE", 401, TokenRefused),
        ("OAUTH_SCOPE_MISMATCH", 401, ScopeMissing),
        ("NO_PERMISSION", 403, Forbidden),
        ("AUTHORIZATION_FAILED", 400, Forbidden),
        ("INVALID_MODULE", 400, Forbidden),
        ("LICENSE_LIMIT_EXCEEDED", 400, Forbidden),
        ("RECORD_LOCKED", 400, Forbidden),
        ("ID_ALREADY_CONVERTED", 400, NotFound),
        ("INVALID_QUERY", 400, Misasked),
        ("CANNOT_PROCESS", 400, NotNow),
        ("ALREADY_MODIFIED", 412, AlreadyModified),
        ("RATE_LIMIT_EXCEEDED", 429, RateLimited),
        ("INTERNAL_ERROR", 500, Unavailable),
        # nobody told us of these
        ("NEW_TROUBLE", 400, Rejected),
        ("NEW_TROUBLE", 404, Rejected),
        ("NEW_TROUBLE", 403, Forbidden),
        ("NEW_TROUBLE", 429, RateLimited),
        ("NEW_TROUBLE", 401, Unavailable),
        ("NEW_TROUBLE", 500, Unavailable),
        ("NEW_TROUBLE", 200, Unavailable),
    ],
)
def test_a_code_has_its_meaning(code: str, status: int, error: type[CrmError]) -> None:
    assert type(refused(code, status)) is error


def test_a_scope_that_is_missing_is_not_healed_by_a_new_token() -> None:
    assert issubclass(ScopeMissing, AuthExpired)
    assert not issubclass(ScopeMissing, TokenRefused)


@pytest.mark.parametrize(
    ("code", "details", "problem"),
    [
        ("MANDATORY_NOT_FOUND", {"api_name": "Last_Name", "json_path": "$.data[0].Last_Name"}, FieldProblem(LAST_NAME, Problem.MISSING)),
        ("INVALID_DATA", {"api_name": "Last_Name", "maximum_length": 80}, FieldProblem(LAST_NAME, Problem.TOO_LONG, 80)),
        ("INVALID_DATA", {"api_name": "Email", "expected_data_type": "email"}, FieldProblem(EMAIL, Problem.NOT_AN_ADDRESS)),
        ("INVALID_DATA", {"api_name": "Employees", "expected_data_type": "integer"}, FieldProblem("Employees", Problem.NOT_A_NUMBER)),
        ("INVALID_DATA", {"api_name": "Met_On", "expected_data_type": "date"}, FieldProblem("Met_On", Problem.NOT_A_DATE)),
        ("INVALID_DATA", {"api_name": "Rating", "supported_values": ["A"]}, FieldProblem("Rating", Problem.NOT_A_CHOICE)),
        ("INVALID_DATA", {"json_path": "$.data[0].Zip_Code"}, FieldProblem(POSTCODE, Problem.INVALID)),
        ("DEPENDENT_FIELD_MISSING", {"api_name": "Designation"}, FieldProblem(TITLE, Problem.MISSING)),
        ("PATTERN_NOT_MATCHED", {"api_name": "Email"}, FieldProblem(EMAIL, Problem.INVALID)),
    ],
)
def test_a_field_is_named_as_we_name_it(code: str, details: dict[str, object], problem: FieldProblem) -> None:
    error = meaning(Refusal(400, code, details, "Leads"))
    assert isinstance(error, Rejected)
    assert error.fields == (problem,)


def test_a_record_that_is_not_there_is_no_wrong_value() -> None:
    assert isinstance(refused("INVALID_DATA", resource_path_index=1), NotFound)
    assert isinstance(refused("INVALID_DATA", api_name="id", json_path="$.data[0].id"), NotFound)


def test_a_duplicate_names_the_other_record_even_in_the_other_module() -> None:
    other = {"id": "77", "Owner": {"name": "X", "id": "1", "zuid": "2"}, "module": {"api_name": "Contacts", "id": "9"}}
    error = refused("DUPLICATE_DATA", api_name="Email", id="77", duplicate_record=other)
    assert isinstance(error, Duplicate)
    assert (error.field, error.ref) == (EMAIL, Ref(Kind.CONTACT, "77"))
    bare = refused("DUPLICATE_DATA", module="Accounts", api_name="Account_Name", id="5")
    assert isinstance(bare, Duplicate)
    assert bare.ref is None


def test_of_several_errors_a_duplicate_counts_first_else_all_fields() -> None:
    missing = {"code": "MANDATORY_NOT_FOUND", "details": {"api_name": "Last_Name"}}
    long = {"code": "INVALID_DATA", "details": {"api_name": "City", "maximum_length": 100}}
    duplicate = {"code": "DUPLICATE_DATA", "details": {"api_name": "Email", "id": "77"}}
    assert isinstance(refused("MULTIPLE_OR_MULTI_ERRORS", errors=[missing, duplicate]), Duplicate)
    both = refused("MULTIPLE_OR_MULTI_ERRORS", errors=[missing, long])
    assert isinstance(both, Rejected)
    assert [entry.problem for entry in both.fields] == [Problem.MISSING, Problem.TOO_LONG]


ITEM = b'{"code":"NO_PERMISSION","details":{},"message":"permission denied","status":"error"}'


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (403, ITEM, Forbidden),
        (403, b'{"data":[' + ITEM + b"]}", Forbidden),
        (400, b'{"Emails":[' + ITEM + b"]}", Forbidden),
        (200, b'{"data":[' + ITEM + b"]}", Forbidden),
        (207, b'{"data":[{"code":"SUCCESS","status":"success","details":{}},' + ITEM + b"]}", Forbidden),
        (200, b"", Unavailable),
        (200, b'{"data":[{"id":"1"', Unavailable),
        (200, b"<html>Sign in</html>", Unavailable),
        (200, b"[]", Unavailable),
        (401, b"<html>Sign in</html>", Unavailable),
        (429, b"<html>Slow down</html>", RateLimited),
        (404, b"<html>Not found</html>", Unavailable),
        (502, b"<html>Bad gateway</html>", Unavailable),
        (304, b"{}", Unavailable),
        (400, b"{}", Rejected),
    ],
)
def test_what_is_no_good_answer_is_an_error_wherever_it_says_so(status: int, body: bytes, error: type[CrmError]) -> None:
    with pytest.raises(error) as raised:
        read_answer(Answer(status, {}, body), "Leads")
    assert type(raised.value) is error


def test_nothing_there_is_none_and_a_record_may_have_a_status_of_its_own() -> None:
    assert read_answer(Answer(204, {}, b""), "Leads") is None
    body = b'{"data":[{"id":"1","status":"lost","code":"A1"}]}'
    assert read_answer(Answer(200, {}, body), "Leads") == {"data": [{"id": "1", "status": "lost", "code": "A1"}]}


def test_retry_after_is_read_where_a_gateway_says_it() -> None:
    with pytest.raises(RateLimited) as limited:
        read_answer(Answer(429, {"retry-after": "7"}, b""), "Leads")
    assert limited.value.retry_after == 7
