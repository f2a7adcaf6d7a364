"""The stand-in Zoho's accounts servers: consent, codes and tokens, asked over the wire."""

import base64
import hashlib
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from crm_client.errors import AuthExpired
from crm_client.zoho.tokens import Tokens
from tests.zoho.caller import HTTP, Caller, error, said
from tests.zoho.organisation import User
from tests.zoho.server import Zoho

pytest_plugins = ["tests.zoho.fixtures"]

HOME = "http://127.0.0.1:9/back"


def consent(zoho: Zoho, **more: str) -> dict[str, str]:
    """What comes back to the redirect address."""
    params = {"client_id": zoho.client_id, "response_type": "code", "redirect_uri": HOME, "scope": "ZohoCRM.org.READ,ZohoCRM.users.READ"}
    params |= {"access_type": "offline", "prompt": "consent", "state": "s1", **more}
    answer = HTTP.request("GET", f"{zoho.data_centres.home.accounts}/oauth/v2/auth?{urlencode(params)}")
    assert answer.status == 302
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


def token(zoho: Zoho, accounts: str, **form: str) -> dict[str, str]:
    whole = {"client_id": zoho.client_id, "client_secret": zoho.client_secret, "redirect_uri": HOME, **form}
    answer = HTTP.request(
        "POST",
        f"{accounts}/oauth/v2/token",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        body=urlencode(whole).encode(),
    )
    assert answer.status == 200
    return said(answer)


def test_consent_starts_at_home_and_ends_at_the_persons_data_centre(zoho_server: Zoho, paul: User) -> None:
    zoho_server.person_signs_in(paul)
    verifier = "v" * 50
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    back = consent(zoho_server, code_challenge=challenge, code_challenge_method="S256")
    europe = zoho_server.data_centres.at("eu")
    assert (back["location"], back["accounts-server"], back["state"]) == ("eu", europe.accounts, "s1")
    given = token(zoho_server, back["accounts-server"], grant_type="authorization_code", code=back["code"], code_verifier=verifier)
    assert given["api_domain"] == europe.api
    asked = {"Authorization": f"Zoho-oauthtoken {given['access_token']}"}
    assert said(HTTP.request("GET", f"{europe.api}/crm/v8/users?type=CurrentUser", headers=asked))["users"][0]["email"] == paul.email
    assert HTTP.request("GET", f"{zoho_server.data_centres.home.api}/crm/v8/org", headers=asked).status == 401
    bearer = {"Authorization": f"Bearer {given['access_token']}"}
    assert said(HTTP.request("GET", f"{europe.api}/crm/v8/org", headers=bearer))["code"] == "INVALID_TOKEN"
    assert error(HTTP.request("GET", f"{europe.api}/crm/v8/Leads?fields=Email", headers=asked))["code"] == "OAUTH_SCOPE_MISMATCH"
    again = token(zoho_server, europe.accounts, grant_type="authorization_code", code=back["code"], code_verifier=verifier)
    assert again == {"error": "invalid_code"}


def test_whoever_refuses_is_sent_back_without_a_code(zoho_server: Zoho, paul: User) -> None:
    zoho_server.person_signs_in(paul)
    zoho_server.person_refuses()
    assert consent(zoho_server) == {"error": "access_denied", "state": "s1"}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"client_id": "other"}, "invalid_client"),
        ({"client_secret": "other"}, "invalid_client_secret"),
        ({"redirect_uri": "http://127.0.0.1:9/elsewhere"}, "invalid_redirect_uri"),
        ({"code_verifier": "wrong"}, "invalid_code"),
        ({"code": "nonsense"}, "invalid_code"),
    ],
)
def test_token_errors_come_with_status_200(zoho_server: Zoho, paul: User, change: dict[str, str], error: str) -> None:
    zoho_server.person_signs_in(paul)
    back = consent(zoho_server, code_challenge="right", code_challenge_method="plain")
    form = {"grant_type": "authorization_code", "code": back["code"], "code_verifier": "right"}
    assert token(zoho_server, back["accounts-server"], **{**form, **change}) == {"error": error}


def test_a_code_lives_three_minutes_and_only_at_its_data_centre(zoho_server: Zoho, paul: User) -> None:
    zoho_server.person_signs_in(paul)
    elsewhere = zoho_server.data_centres.home.accounts
    code = consent(zoho_server)["code"]
    assert token(zoho_server, elsewhere, grant_type="authorization_code", code=code) == {"error": "invalid_code"}
    back = consent(zoho_server)
    zoho_server.clock.advance(181)
    late = token(zoho_server, back["accounts-server"], grant_type="authorization_code", code=back["code"])
    assert late == {"error": "invalid_code"}


def test_refreshing_is_throttled_and_revoking_ends_it(zoho_server: Zoho, paul: User) -> None:
    zoho_server.person_signs_in(paul)
    back = consent(zoho_server)
    at = back["accounts-server"]
    first = token(zoho_server, at, grant_type="authorization_code", code=back["code"])
    refresh = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    answers = [token(zoho_server, at, **refresh) for _ in range(10)]
    assert ["access_token" in one for one in answers] == [True] * 9 + [False]
    assert answers[-1]["error"] == "Access Denied"
    zoho_server.clock.advance(601)
    last = token(zoho_server, at, **refresh)
    assert "refresh_token" not in last
    api = zoho_server.data_centres.at("eu").api
    asked = {"Authorization": f"Zoho-oauthtoken {last['access_token']}"}
    assert HTTP.request("GET", f"{api}/crm/v8/org", headers=asked).status == 200
    revoked = HTTP.request("POST", f"{at}/oauth/v2/token/revoke", body=urlencode({"token": first["refresh_token"]}).encode())
    assert said(revoked) == {"status": "success"}
    assert HTTP.request("GET", f"{api}/crm/v8/org", headers=asked).status == 401
    assert token(zoho_server, at, **refresh) == {"error": "invalid_code"}
    twice = HTTP.request("POST", f"{at}/oauth/v2/token/revoke?token={first['refresh_token']}")
    assert (twice.status, twice.body[:5]) == (400, b"<!doc")


def test_the_twenty_first_permission_ends_the_first(zoho_server: Zoho, paul: User) -> None:
    tokens: Tokens = zoho_server.tokens()
    grants = [zoho_server.grant(paul) for _ in range(21)]
    assert tokens.current(grants[1]).user_id == paul.id
    with pytest.raises(AuthExpired):
        tokens.current(grants[0])


def test_an_access_token_lives_an_hour(zoho_server: Zoho, caller: Caller) -> None:
    zoho_server.clock.advance(3599)
    assert caller.get("/org").status == 200
    zoho_server.clock.advance(2)
    assert (caller.get("/org").status, error(caller.get("/org"))["code"]) == (401, "INVALID_TOKEN")
