"""Zoho's OAuth: to the consent page and back, tokens renewed and given back. Knows no database.

Zoho answers mistakes with status 200 and an error in the body, so only "access_token" in the body is a success.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, NoReturn
from urllib.parse import urlencode

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.client import OAuth2Client

from crm_client.errors import AuthExpired, RateLimited, Unavailable
from crm_client.zoho.data_centres import DataCentre, DataCentres
from db import now
from oauth_session import OAuthAnswer, OAuthSession
from outbound import Http

SCOPES = (
    # To put a mail on a record Zoho's documentation wants ALL of emails and of the record's module; its specification only
    # emails.CREATE. Too little would mean that everybody has to consent once more. Nothing is ever deleted.
    "ZohoCRM.modules.leads.ALL",
    "ZohoCRM.modules.contacts.ALL",
    "ZohoCRM.modules.emails.ALL",
    "ZohoCRM.modules.accounts.READ",
    "ZohoCRM.modules.accounts.CREATE",
    "ZohoCRM.modules.deals.READ",
    "ZohoCRM.modules.notes.READ",
    "ZohoCRM.modules.notes.CREATE",
    "ZohoCRM.modules.tasks.READ",
    "ZohoCRM.modules.tasks.CREATE",
    "ZohoCRM.files.CREATE",
    "ZohoCRM.coql.READ",
    "ZohoCRM.composite_requests.CUSTOM",
    "ZohoCRM.users.READ",
    "ZohoCRM.org.READ",
    "ZohoCRM.settings.fields.READ",
    "ZohoCRM.settings.layouts.READ",
    "ZohoCRM.settings.modules.READ",
    "ZohoCRM.settings.roles.READ",
    "ZohoCRM.settings.profiles.READ",
    "ZohoSearch.securesearch.READ",
)

THROTTLED_SECONDS = 600
"""Zoho gives out ten tokens in ten minutes and says "Access Denied" to whoever asks for more."""
TOKEN_SECONDS = 3600

_DEAD = ("invalid_code", "invalid_grant")
_MISCONFIGURED = ("invalid_client", "invalid_client_secret", "invalid_redirect_uri", "unauthorized_client")


class ClientRefused(Unavailable):
    """Zoho does not take our client id, secret or redirect address in this data centre: only an operator can help."""

    def __init__(self, data_centre: DataCentre, code: str) -> None:
        super().__init__(f"Zoho {data_centre.location} refuses this client: {code}")
        self.location = data_centre.location
        self.code = code


class NotZoho(Unavailable):
    """An address was named as Zoho's that is not in the table. Nothing was sent there."""


@dataclass(frozen=True, slots=True)
class Granted:
    """What consent brought. `api` is where this token's API is, `scopes` what it may be used for."""

    refresh_token: str = field(repr=False)
    access_token: str = field(repr=False)
    until: datetime
    api: str
    data_centre: DataCentre
    scopes: str


@dataclass(frozen=True, slots=True)
class Renewed:
    """A new access token. `api` is None where Zoho did not say it again."""

    access_token: str = field(repr=False)
    until: datetime
    api: str | None


@dataclass(frozen=True, slots=True)
class ClientSecrets:
    """One secret for all data centres, or one for each, as the client was registered."""

    by_location: Mapping[str, str] = field(repr=False)
    otherwise: str = field(default="", repr=False)

    @classmethod
    def parse(cls, text: str) -> "ClientSecrets":
        """`secret`, or `us=secret,eu=secret`. ValueError."""
        if "=" not in text:
            return cls({}, text.strip())
        pairs = [pair.strip().partition("=") for pair in text.split(",") if pair.strip()]
        if not all(location and equals and secret for location, equals, secret in pairs):
            raise ValueError("a client secret for each data centre looks like us=secret,eu=secret")
        return cls({location.strip(): secret.strip() for location, _, secret in pairs})

    def of(self, data_centre: DataCentre) -> str | None:
        return self.by_location.get(data_centre.location) or self.otherwise or None


class ZohoOAuth:
    """Safe to use from many threads. Every method but `authorize_url` goes to the network."""

    def __init__(self, http: Http, client_id: str, client_secrets: ClientSecrets, redirect_uri: str, data_centres: DataCentres) -> None:
        self._http = http
        self._client_id = client_id
        self._secrets = client_secrets
        self._redirect_uri = redirect_uri
        self._data_centres = data_centres

    def authorize_url(self, state: str, verifier: str) -> str:
        """Zoho's consent page. Zoho itself sends the person on to his own data centre."""
        client = OAuth2Client(None, self._client_id, redirect_uri=self._redirect_uri, scope=",".join(SCOPES), code_challenge_method="S256")
        # prompt=consent: without it a second consent brings no refresh token.
        url, _ = client.create_authorization_url(
            f"{self._data_centres.home.accounts}/oauth/v2/auth",
            state=state,
            code_verifier=verifier,
            access_type="offline",
            prompt="consent",
        )
        return str(url)

    def came_from(self, location: str, accounts_server: str) -> DataCentre:
        """The data centre a browser says it comes from, both as Zoho put them into the address; both empty means home. NotZoho."""
        if not location and not accounts_server:
            return self._data_centres.home
        data_centre = self._data_centres.of_accounts(accounts_server)
        if data_centre is None or location not in ("", data_centre.location):
            raise NotZoho("the address that came with the code is no accounts server of Zoho's")
        return data_centre

    def exchange(self, code: str, data_centre: DataCentre, verifier: str) -> Granted:
        """The code of a redirect becomes tokens.

        AuthExpired: the code is used, too old or forged. NotZoho, ClientRefused, RateLimited, Unavailable.
        """
        asked_at = now()
        body = self._tokens(
            data_centre, lambda client, url: client.fetch_token(url, grant_type="authorization_code", code=code, code_verifier=verifier)
        )
        refresh_token = body.get("refresh_token")
        if not isinstance(refresh_token, str) or not refresh_token:
            raise Unavailable("Zoho gave no refresh token")
        return Granted(
            refresh_token=refresh_token,
            access_token=body["access_token"],
            until=_until(asked_at, body),
            api=self._api(data_centre, body) or data_centre.api,
            data_centre=data_centre,
            scopes=_scopes(body),
        )

    def renew(self, data_centre: DataCentre, refresh_token: str) -> Renewed:
        """AuthExpired: the permission is gone for good. ClientRefused, RateLimited, Unavailable."""
        asked_at = now()
        body = self._tokens(data_centre, lambda client, url: client.refresh_token(url, refresh_token=refresh_token))
        return Renewed(access_token=body["access_token"], until=_until(asked_at, body), api=self._api(data_centre, body))

    def revoke(self, data_centre: DataCentre, token: str) -> bool:
        """Give a permission back. Of a refresh token all access tokens end with it. False: it was not valid any more. Unavailable.

        Zoho documents the token as part of the address, where proxies may log it; RFC 7009 wants it in the body. So the
        body is tried first, and the address only with what Zoho did not find there.
        """
        url = f"{data_centre.accounts}/oauth/v2/token/revoke"
        client = OAuth2Client(_session(self._http), self._client_id, revocation_endpoint_auth_method="none")
        if _revoked(client.revoke_token(url, token=token)):
            return True
        return _revoked(_session(self._http).post(f"{url}?{urlencode({'token': token})}", {}, {}))

    def _api(self, data_centre: DataCentre, body: Mapping[str, Any]) -> str | None:
        """Zoho's word on where the API is, believed only within the data centre."""
        named = body.get("api_domain")
        if named is None:
            return None
        if not isinstance(named, str) or named.rstrip("/") not in api_addresses(data_centre):
            raise NotZoho(f"the API address given with a token does not belong to {data_centre.location}")
        return named.rstrip("/")

    def _tokens(self, data_centre: DataCentre, ask: Callable[[OAuth2Client, str], Mapping[str, Any]]) -> Mapping[str, Any]:
        secret = self._secrets.of(data_centre)
        if secret is None:
            raise ClientRefused(data_centre, "no secret is set for this data centre")
        client = OAuth2Client(
            _session(self._http),
            self._client_id,
            secret,
            token_endpoint_auth_method="client_secret_post",  # noqa: S106 - a method's name
            redirect_uri=self._redirect_uri,
        )
        try:
            body = ask(client, f"{data_centre.accounts}/oauth/v2/token")
        except OAuth2Error as error:
            _refused(data_centre, str(error.error))
        except ValueError as error:
            raise Unavailable("Zoho's token service did not answer with JSON") from error
        token = body.get("access_token")
        if not isinstance(token, str) or not token:
            raise Unavailable("Zoho's token service gave neither a token nor an error")
        return body


def api_addresses(data_centre: DataCentre) -> Sequence[str]:
    """Where a data centre's organisations are: the real ones, sandboxes, and those for developers."""
    if not data_centre.api.startswith("https://www."):
        return (data_centre.api,)
    return tuple(data_centre.api.replace("https://www.", f"https://{name}.", 1) for name in ("www", "sandbox", "developer"))


def _until(asked_at: datetime, body: Mapping[str, Any]) -> datetime:
    seconds = body.get("expires_in")
    usable = isinstance(seconds, int) and 0 < seconds <= TOKEN_SECONDS
    return asked_at + timedelta(seconds=seconds if usable and isinstance(seconds, int) else TOKEN_SECONDS)


def _scopes(body: Mapping[str, Any]) -> str:
    """Zoho names them on some answers only; elsewhere they are what was asked for: its consent page has no boxes to untick."""
    named = body.get("scope")
    return ",".join(named.replace(",", " ").split()) if isinstance(named, str) and named.strip() else ",".join(SCOPES)


def _refused(data_centre: DataCentre, code: str) -> NoReturn:
    if code in _DEAD:
        raise AuthExpired(f"Zoho {data_centre.location}: {code}")
    if code.casefold() == "access denied":
        raise RateLimited(THROTTLED_SECONDS)
    if code in _MISCONFIGURED:
        raise ClientRefused(data_centre, code)
    raise Unavailable(f"Zoho's token service refuses with an error we do not know: {code[:40]!r}")


def _revoked(answer: OAuthAnswer) -> bool:
    """A token that was dead gets a 400, not always with JSON."""
    if answer.status_code == HTTPStatus.BAD_REQUEST:
        return False
    answer.raise_for_status()
    try:
        body = answer.json()
    except ValueError as error:
        raise Unavailable("Zoho's revocation did not answer with JSON") from error
    return isinstance(body, dict) and body.get("status") == "success"


def _session(http: Http) -> OAuthSession:
    return OAuthSession(http, lambda why: Unavailable(f"Zoho's token service {why}"))
