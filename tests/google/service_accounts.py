"""oauth2.googleapis.com for service accounts: signed assertions become tokens, with delegation those of a person."""

from google.auth import jwt

from tests.google.answers import Request, oauth_refusal
from tests.google.state import CONSUMER, GooglePerson, State
from tests.zoho.wire import Answer

AUDIENCE = "https://oauth2.googleapis.com/token"
UNAUTHORISED = "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes."


def account_token(state: State, request: Request) -> Answer:
    assertion = request.form.get("assertion", "")
    try:
        issuer = jwt.decode(assertion, verify=False).get("iss")
    except ValueError:
        raise oauth_refusal(400, "invalid_grant", "Invalid JWT: Failed to parse.") from None
    if issuer != state.account_email:
        raise oauth_refusal(400, "invalid_grant", "Invalid grant: account not found")
    try:
        claims = jwt.decode(assertion, certs={state.account_key.kid: state.account_key.pem}, audience=AUDIENCE, clock_skew_in_seconds=10)
    except ValueError:
        raise oauth_refusal(400, "invalid_grant", "Invalid JWT Signature.") from None
    if claims["exp"] - claims["iat"] > 3600:
        raise oauth_refusal(400, "invalid_grant", "Invalid JWT: Token must be a short-lived token (60 minutes).")
    scopes = frozenset(claims.get("scope", "").split())
    if not scopes:
        raise oauth_refusal(400, "invalid_scope", "Invalid OAuth scope or ID token audience provided.")
    person = _subject(state, claims["sub"], scopes) if "sub" in claims else None
    access = state.access(person, scopes, consent=f"account {claims.get('sub', '')}")
    return Answer(200, {"access_token": access.token, "expires_in": state.token_seconds, "token_type": "Bearer"})


def _subject(state: State, email: str, scopes: frozenset[str]) -> GooglePerson:
    domain = email.rpartition("@")[2]
    entered = state.delegated.get(domain, state.delegated.get("*", frozenset()))
    if domain in CONSUMER or not scopes <= entered:
        raise oauth_refusal(401, "unauthorized_client", UNAUTHORISED)
    person = state.people.get(email)
    if person is None or person.suspended:
        raise oauth_refusal(400, "invalid_grant", "Invalid email or User ID")
    if email in state.delegation_denied:
        raise oauth_refusal(403, "access_denied", "Requested client not authorized.")
    return person
