"""Consent to read and send somebody's mail, at Google and at Microsoft: to their page and back, renewed, given back.

developers.google.com/gmail/imap/xoauth2-protocol, developers.google.com/identity/protocols/oauth2/web-server,
learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.client import OAuth2Client
from google.auth import jwt
from google.auth.exceptions import GoogleAuthError

from oauth_session import OAuthSession
from outbound import Http
from salesinbox.faults import Cause, MailboxFault
from salesinbox.mailboxes import SignIn
from tenants.google.apis import GoogleApis, GoogleError, GoogleUnavailable
from tenants.google.revoking import revoke

GOOGLE_MAIL_SCOPE = "https://mail.google.com/"
"""The only scope with which Google takes XOAUTH2."""
MICROSOFT_MAIL_SCOPES = ("https://outlook.office.com/IMAP.AccessAsUser.All", "https://outlook.office.com/SMTP.Send")

CALLBACK = "/mailboxes/consent/{service}/back"
"""Of our own pages: where people come back to."""

TOKEN_SECONDS = 3600
MAX_SECONDS = 86_400

_PASSING = frozenset({"temporarily_unavailable", "server_error", "internal_failure", "rate_limit_exceeded", "slow_down"})
_OPERATORS = frozenset(
    {"invalid_client", "unauthorized_client", "redirect_uri_mismatch", "invalid_request", "invalid_scope", "unsupported_grant_type"}
)


@dataclass(frozen=True, slots=True)
class ConsentService:
    """Whose page it is. `asked`: what else is in the question. `google`: where consent can be given back."""

    sign_in: SignIn
    authorise: str
    token: str
    scopes: tuple[str, ...]
    needed: str = ""
    """The scope people could have unticked, without which there is no mail."""
    asked: tuple[tuple[str, str], ...] = ()
    google: GoogleApis | None = None


MICROSOFT = ConsentService(
    SignIn.MICROSOFT,
    "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
    "https://login.microsoftonline.com/common/oauth2/v2.0/token",
    ("offline_access", "openid", "email", "profile", *MICROSOFT_MAIL_SCOPES),
)


def google_service(apis: GoogleApis) -> ConsentService:
    return ConsentService(
        SignIn.GOOGLE,
        f"{apis.accounts}/o/oauth2/v2/auth",
        apis.token,
        (GOOGLE_MAIL_SCOPE, "openid", "email"),
        needed=GOOGLE_MAIL_SCOPE,
        # Without these Google gives a refresh token at the first consent only.
        asked=(("access_type", "offline"), ("prompt", "consent")),
        google=apis,
    )


@dataclass(frozen=True, slots=True)
class Permitted:
    """`address` is the account's, `user` what one signs in as at its mail servers."""

    address: str
    user: str
    refresh_token: str = field(repr=False)
    access_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Renewed:
    """`until` in seconds since 1970. `refresh_token` is the old one where none came."""

    access_token: str = field(repr=False)
    until: float
    refresh_token: str = field(repr=False)


class Consent:
    """One per service and process. Thread-safe. MailboxFault everywhere: SILENT where no usable answer came, PERMISSION_ENDED where
    the person has to consent (again), REFUSED where only an operator can help."""

    def __init__(self, http: Http, service: ConsentService, client_id: str, client_secret: str, redirect_uri: str) -> None:
        self._http = http
        self._service = service
        self._client_id = client_id
        self._client_secret = client_secret
        self._redirect_uri = redirect_uri

    def authorisation_url(self, state: str, verifier: str, hint: str = "") -> str:
        """`state` and `verifier` (secrets.token_urlsafe(48)) are random, made anew each time and bound to the browser by the caller,
        who also compares the `state` that comes back. `hint`: the address somebody typed."""
        if not state or not verifier:
            raise ValueError("a consent needs state and verifier")
        asked = dict(self._service.asked) | ({"login_hint": hint} if hint else {})
        client = self._client(scope=" ".join(self._service.scopes))
        url, _ = client.create_authorization_url(self._service.authorise, state=state, code_verifier=verifier, **asked)
        return str(url)

    def exchange(self, code: str, verifier: str) -> Permitted:
        """The code of a redirect becomes a permission."""
        body = self._tokens(
            lambda client: client.fetch_token(self._service.token, grant_type="authorization_code", code=code, code_verifier=verifier)
        )
        if self._service.needed not in f"{body.get('scope', '')}":
            raise MailboxFault(Cause.PERMISSION_ENDED, "access to mail was not ticked")
        refresh_token = body.get("refresh_token")
        if not isinstance(refresh_token, str) or not refresh_token:
            raise MailboxFault(Cause.PERMISSION_ENDED, "no lasting permission was given")
        address, user = self._who(body.get("id_token"))
        return Permitted(address, user, refresh_token, body["access_token"])

    def renew(self, refresh_token: str) -> Renewed:
        asked_at = time.time()
        body = self._tokens(lambda client: client.refresh_token(self._service.token, refresh_token=refresh_token))
        seconds, given = body.get("expires_in"), body.get("refresh_token")
        lasts = seconds if isinstance(seconds, int | float) and 0 < seconds <= MAX_SECONDS else TOKEN_SECONDS
        return Renewed(body["access_token"], asked_at + lasts, given if isinstance(given, str) and given else refresh_token)

    def give_back(self, refresh_token: str) -> None:
        """At Google. Microsoft has no way for it but its own account pages. MailboxFault: it was not taken."""
        if self._service.google is None:
            return
        try:
            revoke(self._http, self._service.google, refresh_token)
        except GoogleError as error:
            cause = Cause.SILENT if isinstance(error, GoogleUnavailable) else Cause.REFUSED
            raise MailboxFault(cause, str(error)) from None

    def _who(self, id_token: object) -> tuple[str, str]:
        """Straight from the token service over TLS, which stands for the signature (OpenID Connect Core 3.1.3.7). What decides in the
        end is the mail server, which takes the token for its own account only."""
        try:
            claims = jwt.decode(id_token if isinstance(id_token, str) else "", verify=False)
        except (ValueError, GoogleAuthError, RecursionError):
            raise MailboxFault(Cause.SILENT, "the token service did not say whose account it is") from None
        name, mail = (_address(claims.get(claim)) for claim in ("preferred_username", "email"))
        if claims.get("aud") != self._client_id or not (mail or name):
            raise MailboxFault(Cause.SILENT, "the token service did not say whose account it is")
        return mail or name, name or mail

    def _tokens(self, ask: Callable[[OAuth2Client], Mapping[str, Any]]) -> Mapping[str, Any]:
        try:
            body = ask(self._client(secret=self._client_secret))
        except OAuth2Error as error:
            raise _refused(error.error) from None
        except (ValueError, TypeError, OverflowError):
            raise MailboxFault(Cause.SILENT, "the token service did not answer as agreed") from None
        if not isinstance(body.get("access_token"), str) or not body["access_token"]:
            raise MailboxFault(Cause.SILENT, "the token service gave no token")
        return body

    def _client(self, secret: str | None = None, scope: str | None = None) -> OAuth2Client:
        return OAuth2Client(
            OAuthSession(self._http, lambda why: MailboxFault(Cause.SILENT, f"the token service {why}")),
            self._client_id,
            secret,
            token_endpoint_auth_method="client_secret_post",  # noqa: S106 - a method's name
            redirect_uri=self._redirect_uri,
            scope=scope,
            code_challenge_method="S256",
        )


def _refused(code: object) -> MailboxFault:
    """invalid_grant, and with it all that Microsoft has for "ask the person": interaction_required, consent_required, ..."""
    if code in _PASSING or not isinstance(code, str):
        return MailboxFault(Cause.SILENT, "the token service is busy")
    said = code if code.replace("_", "").isalnum() else ""
    return MailboxFault(Cause.REFUSED if code in _OPERATORS else Cause.PERMISSION_ENDED, said)


def _address(claim: object) -> str:
    return claim.lower() if isinstance(claim, str) and "@" in claim else ""
