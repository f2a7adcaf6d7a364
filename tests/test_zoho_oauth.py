"""Zoho's OAuth against the stand-in: what we send, what we believe, and what every refusal becomes."""

import base64
import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import urllib3

from crm_client.errors import AuthExpired, CrmError, RateLimited, Unavailable
from crm_client.zoho.data_centres import DATA_CENTRES, DataCentres
from crm_client.zoho.oauth import SCOPES, ClientRefused, ClientSecrets, Granted, NotZoho, ZohoOAuth, api_addresses
from db import now
from outbound import Http
from tests.zoho.faults import drop_before, html_page, status, truncated
from tests.zoho.organisation import User
from tests.zoho.server import Zoho, zoho

REDIRECT = "https://sidecard.example/oauth/zoho/callback"
VERIFIER = "v" * 64
EU = DATA_CENTRES.at("eu") or DATA_CENTRES.home


@pytest.fixture
def standing() -> Iterator[Zoho]:
    with zoho() as standing:
        yield standing


def client(standing: Zoho, secret: str = "", data_centres: DataCentres | None = None) -> ZohoOAuth:
    secrets = ClientSecrets.parse(secret or standing.client_secret)
    return ZohoOAuth(Http(), standing.client_id, secrets, REDIRECT, data_centres or standing.data_centres)


def anna(standing: Zoho, location: str = "eu") -> User:
    return standing.organisation("Northlight", location=location).user("Anna Roy", "anna.roy@northlight.example")


def consent(standing: Zoho, oauth: ZohoOAuth, user: User) -> dict[str, str]:
    """The person says yes: what Zoho puts into the address of the way back."""
    standing.person_signs_in(user)
    answer = urllib3.request("GET", oauth.authorize_url("the-state", VERIFIER), redirect=False)
    assert answer.status == 302, answer.data
    back = urlsplit(answer.headers["Location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == REDIRECT
    return {name: values[0] for name, values in parse_qs(back.query).items()}


def granted(standing: Zoho, oauth: ZohoOAuth, user: User) -> Granted:
    back = consent(standing, oauth, user)
    return oauth.exchange(back["code"], oauth.came_from(back["location"], back["accounts-server"]), VERIFIER)


def test_the_consent_page_is_asked_for_everything_at_once(standing: Zoho) -> None:
    asked = urlsplit(client(standing).authorize_url("the-state", VERIFIER))
    query = {name: values[0] for name, values in parse_qs(asked.query).items()}
    assert f"{asked.scheme}://{asked.netloc}" == standing.data_centres.home.accounts
    challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
    assert query == {
        "response_type": "code",
        "client_id": standing.client_id,
        "redirect_uri": REDIRECT,
        "scope": ",".join(SCOPES),
        "state": "the-state",
        "access_type": "offline",
        "prompt": "consent",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    assert VERIFIER not in asked.query


@pytest.mark.parametrize("location", ["us", "eu"])
def test_a_code_becomes_tokens_in_its_own_data_centre(standing: Zoho, location: str) -> None:
    oauth = client(standing)
    got = granted(standing, oauth, anna(standing, location))
    home = standing.data_centres.at(location)
    assert home is not None
    assert (got.data_centre, got.api) == (home, home.api)
    assert timedelta(minutes=59) < got.until - now() <= timedelta(hours=1)
    assert set(got.scopes.split(",")) == set(SCOPES)
    renewed = oauth.renew(got.data_centre, got.refresh_token)
    assert renewed.access_token not in ("", got.access_token)
    for token in (got.refresh_token, got.access_token):
        assert token not in repr(got)
        assert token not in repr(renewed)
    # The client's secret and the tokens travel in bodies only.
    sent = json.dumps([(one.path, one.query, one.headers) for one in standing.account_requests if one.method == "POST"])
    assert standing.client_secret not in sent
    assert got.refresh_token not in sent


def test_a_code_is_good_once_and_with_its_verifier(standing: Zoho) -> None:
    oauth = client(standing)
    user = anna(standing)
    back = consent(standing, oauth, user)
    eu = oauth.came_from(back["location"], back["accounts-server"])
    with pytest.raises(AuthExpired):
        oauth.exchange(back["code"], eu, "w" * 64)
    back = consent(standing, oauth, user)
    oauth.exchange(back["code"], eu, VERIFIER)
    with pytest.raises(AuthExpired):
        oauth.exchange(back["code"], eu, VERIFIER)


@pytest.mark.parametrize(
    ("location", "accounts_server"),
    [
        ("eu", "https://accounts.zoho.eu.evil.example"),
        ("eu", "http://accounts.zoho.eu"),
        ("eu", "https://accounts.zoho.eu@evil.example"),
        ("eu", "https://accounts.zoho.eu/"),
        ("eu", "https://ACCOUNTS.zoho.eu"),
        ("eu", "https://accounts.zoho.com"),
        ("eu", ""),
        ("cn", "https://accounts.zoho.com.cn"),
        ("xx", "https://accounts.zoho.eu"),
    ],
)
def test_only_servers_of_the_table_are_believed(location: str, accounts_server: str) -> None:
    oauth = ZohoOAuth(Http(), "1000.X", ClientSecrets.parse("s"), REDIRECT, DATA_CENTRES)
    with pytest.raises(NotZoho):
        oauth.came_from(location, accounts_server)


def test_the_table_is_believed() -> None:
    oauth = ZohoOAuth(Http(), "1000.X", ClientSecrets.parse("s"), REDIRECT, DATA_CENTRES)
    for one in DATA_CENTRES.all:
        assert oauth.came_from(one.location, one.accounts) == one
        assert oauth.came_from("", one.accounts) == one
    assert oauth.came_from("", "") == DATA_CENTRES.home


def test_sandboxes_belong_to_their_data_centre() -> None:
    assert api_addresses(EU) == ("https://www.zohoapis.eu", "https://sandbox.zohoapis.eu", "https://developer.zohoapis.eu")


@pytest.mark.parametrize("api", ["https://www.zohoapis.com", "https://evil.example", "http://www.zohoapis.eu", 7, ""])
def test_an_api_elsewhere_is_not_believed(standing: Zoho, api: object) -> None:
    oauth = client(standing)
    got = granted(standing, oauth, anna(standing))
    standing.faults.next("POST /oauth/v2/token$", status(200, {"access_token": "t", "expires_in": 3600, "api_domain": api}))
    with pytest.raises(NotZoho):
        oauth.renew(got.data_centre, got.refresh_token)


@pytest.mark.parametrize(
    ("code", "body", "becomes"),
    [
        (200, {"error": "invalid_code"}, AuthExpired),
        (200, {"error": "Access Denied", "error_description": "You have made too many requests continuously."}, RateLimited),
        (400, {"error": "Access Denied"}, RateLimited),
        (200, {"error": "invalid_client"}, ClientRefused),
        (200, {"error": "invalid_client_secret"}, ClientRefused),
        (200, {"error": "invalid_redirect_uri"}, ClientRefused),
        (200, {"error": "general_error"}, Unavailable),
        (200, {"error": {"nested": True}}, Unavailable),
        (200, {}, Unavailable),
        (200, [], Unavailable),
        (200, {"access_token": ""}, Unavailable),
        (200, {"access_token": None}, Unavailable),
        (500, {"error": "invalid_code"}, Unavailable),
        (503, b"<html>Service Unavailable</html>", Unavailable),
        (200, b"<html>Sign in</html>", Unavailable),
        (404, b"<html>Not Found</html>", Unavailable),
    ],
)
def test_what_the_token_service_says_becomes(standing: Zoho, code: int, body: object, becomes: type[CrmError]) -> None:
    oauth = client(standing)
    got = granted(standing, oauth, anna(standing))
    standing.faults.next("POST /oauth/v2/token$", status(code, body))
    with pytest.raises(CrmError) as caught:
        oauth.renew(got.data_centre, got.refresh_token)
    assert type(caught.value) is becomes
    assert got.refresh_token not in str(caught.value)
    if isinstance(caught.value, RateLimited):
        assert caught.value.retry_after == 600


def test_an_unreachable_token_service_is_unavailable(standing: Zoho) -> None:
    oauth = client(standing)
    got = granted(standing, oauth, anna(standing))
    for fault in (drop_before(), truncated(), html_page()):
        standing.faults.next("POST /oauth/v2/token$", fault)
        with pytest.raises(Unavailable):
            oauth.renew(got.data_centre, got.refresh_token)
    assert oauth.renew(got.data_centre, got.refresh_token).access_token


def test_a_consent_without_a_refresh_token_is_no_connection(standing: Zoho) -> None:
    oauth = client(standing)
    back = consent(standing, oauth, anna(standing))
    standing.faults.next("POST /oauth/v2/token$", status(200, {"access_token": "t", "expires_in": 3600}))
    with pytest.raises(Unavailable):
        oauth.exchange(back["code"], oauth.came_from(back["location"], back["accounts-server"]), VERIFIER)


def test_a_revoked_permission_is_dead_and_revoking_it_again_does_no_harm(standing: Zoho) -> None:
    oauth = client(standing)
    got = granted(standing, oauth, anna(standing))
    assert oauth.revoke(got.data_centre, got.refresh_token) is True
    # A token that is good is not written into an address.
    assert [one.query for one in standing.account_requests if one.path.endswith("/revoke")] == [{}]
    with pytest.raises(AuthExpired):
        oauth.renew(got.data_centre, got.refresh_token)
    assert oauth.revoke(got.data_centre, got.refresh_token) is False


def test_a_revocation_that_is_not_confirmed_is_no_revocation(standing: Zoho) -> None:
    oauth = client(standing)
    got = granted(standing, oauth, anna(standing))
    for fault in (drop_before(), html_page(502), html_page(200)):
        standing.faults.next("/revoke$", fault)
        with pytest.raises(Unavailable):
            oauth.revoke(got.data_centre, got.refresh_token)


def test_a_zoho_that_wants_the_token_in_the_address_gets_it_there(standing: Zoho) -> None:
    oauth = client(standing)
    got = granted(standing, oauth, anna(standing))
    standing.faults.next("/revoke$", html_page(400))
    assert oauth.revoke(got.data_centre, got.refresh_token) is True
    assert [one.query for one in standing.account_requests if one.path.endswith("/revoke")] == [{}, {"token": got.refresh_token}]


def test_data_centres_may_have_secrets_of_their_own(standing: Zoho) -> None:
    oauth = client(standing, f"us=other, eu={standing.client_secret}")
    got = granted(standing, oauth, anna(standing))
    assert oauth.renew(got.data_centre, got.refresh_token).access_token
    with pytest.raises(ClientRefused) as caught:
        granted(standing, oauth, anna(standing, "us"))
    assert (caught.value.location, caught.value.code) == ("us", "invalid_client_secret")
    with pytest.raises(ClientRefused, match="no secret"):
        client(standing, "us=secret").renew(got.data_centre, got.refresh_token)


@pytest.mark.parametrize("text", ["us=", "=secret", "us=secret,eu"])
def test_secrets_that_make_no_sense(text: str) -> None:
    with pytest.raises(ValueError, match="us=secret"):
        ClientSecrets.parse(text)


def test_secrets_do_not_show() -> None:
    assert "hidden" not in repr(ClientSecrets.parse("hidden")) + repr(ClientSecrets.parse("us=hidden"))
