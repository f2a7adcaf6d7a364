"""Google sign-in for the console (OpenID Connect, authorisation code with PKCE)."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.client import OAuth2Client

from oauth_session import OAuthSession
from outbound import Http
from tenants.google.apis import GoogleApis, GoogleRefused, GoogleUnavailable, oauth_error
from tenants.google.certificates import Certificates, CertificatesUnavailable
from tenants.google.id_tokens import BadToken, claims_of
from tenants.people import GoogleIdentity

SIGN_IN_SCOPES = ("openid", "email", "profile")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who signed in, proven. `scopes` are those he granted: Google lets people untick single ones."""

    identity: GoogleIdentity
    name: str
    access_token: str = field(repr=False)
    scopes: frozenset[str]


class GoogleSignIn:
    """One per process. Thread-safe. Only `exchange` goes to the network.

    `state`, `nonce` and `verifier` (43 to 128 characters, e.g. secrets.token_urlsafe(48)) are random, made anew for each sign-in and
    bound to the browser by the caller, who also compares the `state` that comes back.
    """

    def __init__(
        self,
        http: Http,
        apis: GoogleApis,
        client_id: str,
        client_secret: str,
        redirect_uri: str,
        certificates: Certificates | None = None,
    ) -> None:
        """`certificates`: the process's own, where it has them already."""
        if not client_id or not client_secret:
            raise ValueError("client id and secret must be set: without them anybody's token would do")
        self._http = http
        self._apis = apis
        self._client_id = client_id
        self._client_secret = client_secret
        self._redirect_uri = redirect_uri
        self._certificates = certificates or Certificates(http, apis.certificates)

    def authorize_url(
        self,
        state: str,
        nonce: str,
        verifier: str,
        scopes: Sequence[str] = SIGN_IN_SCOPES,
        login_hint: str = "",
        prompt: str = "select_account",
    ) -> str:
        """Google's page; with an empty `prompt` it asks only what it has to. It comes back to the redirect address with `state` and
        `code`, or `error` (access_denied: pressed "Cancel")."""
        if not state or not nonce or not verifier:
            raise ValueError("a sign-in needs state, nonce and verifier")
        optional = {name: value for name, value in (("login_hint", login_hint), ("prompt", prompt)) if value}
        url, _ = self._client(scope=" ".join(scopes)).create_authorization_url(
            f"{self._apis.accounts}/o/oauth2/v2/auth", state=state, code_verifier=verifier, nonce=nonce, **optional
        )
        return str(url)

    def exchange(self, code: str, nonce: str, verifier: str) -> SignedIn:
        """The code of a redirect becomes a person.

        GoogleRefused: the code is used, too old or another browser's (`invalid_grant`), our client is not accepted
        (`invalid_client`, `redirect_uri_mismatch`), or the ID token is not good (`id token: ...`). GoogleUnavailable.
        """
        body = self._tokens(code, verifier)
        id_token, access_token, scope = body.get("id_token"), body.get("access_token"), body.get("scope", "")
        if not isinstance(id_token, str) or not isinstance(access_token, str) or not access_token or not isinstance(scope, str):
            raise GoogleUnavailable("the token service gave no tokens")
        try:
            claims = claims_of(id_token, self._client_id, self._certificates)
            identity = claims.identity()
        except BadToken as bad:
            raise GoogleRefused(f"id token: {bad.reason}") from None
        except CertificatesUnavailable as error:
            raise GoogleUnavailable(f"certificates: {error}") from error
        # Another sign-in's token, put into this one: PKCE keeps codes apart, the nonce the tokens themselves.
        if not nonce or not hmac.compare_digest(claims.nonce.encode(), nonce.encode()):
            raise GoogleRefused("id token: another nonce")
        return SignedIn(identity, claims.name, access_token, frozenset(scope.split()))

    def _tokens(self, code: str, verifier: str) -> Mapping[str, Any]:
        try:
            body: Mapping[str, Any] = self._client(self._client_secret).fetch_token(
                self._apis.token, grant_type="authorization_code", code=code, code_verifier=verifier
            )
        except OAuth2Error as error:
            raise oauth_error(error.error) from None
        except (ValueError, TypeError, OverflowError) as error:
            raise GoogleUnavailable("the token service did not answer as agreed") from error
        return body

    def _client(self, secret: str | None = None, scope: str | None = None) -> OAuth2Client:
        return OAuth2Client(
            OAuthSession(self._http, lambda why: GoogleUnavailable(f"the token service {why}")),
            self._client_id,
            secret,
            token_endpoint_auth_method="client_secret_post",  # noqa: S106 - a method's name
            redirect_uri=self._redirect_uri,
            scope=scope,
            code_challenge_method="S256",
        )
