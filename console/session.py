"""The console's session: a signed cookie that names a person, and what a browser carries while it is away at a consent page.

It ends after twelve hours, and after two without a page. What that person may do is looked up again on every request, so
the cookie is no permission.
"""

import hmac
import secrets
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from flask import Flask, session

SESSION_SECONDS = 12 * 3600
IDLE_SECONDS = 2 * 3600
WALK_SECONDS = 600
TOKEN_SECONDS = 50 * 60
"""Google's access tokens last an hour."""
_SEEN_EVERY = 60
_MOST_SEALED = 2500
"""A cookie holds four kilobytes."""
_PERSON = "person"
_UNTIL = "until"
_SEEN = "seen"
_BROWSER = "browser"
_WALK = "google"
_MAILBOX_WALK = "mailbox"
_TOKEN = "directory"  # noqa: S105  # where it lies, not what it is


@dataclass(frozen=True, slots=True)
class GoogleWalk:
    """A way to Google's sign-in and back. `prove_as` is the person whose office is to be proven; None: somebody signs in."""

    target: str
    prove_as: int | None
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class MailboxWalk:
    """A way to a mail provider's consent and back. `mailbox_id`: the one that is signed in to anew; None: a new one."""

    service: str
    provider: str
    person_id: int
    mailbox_id: int | None
    state: str = field(repr=False)
    verifier: str = field(repr=False)


def configure_sessions(app: Flask, secret_keys: Sequence[str], base_url: str) -> None:
    """Set up the cookie. `secret_keys` newest first, at least one."""
    secure = base_url.startswith("https://")
    app.config.update(
        SECRET_KEY=secret_keys[0],
        SECRET_KEY_FALLBACKS=list(secret_keys[1:]),
        SESSION_COOKIE_NAME="__Host-sidecard" if secure else "sidecard",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        # A form stays good as long as the session it was made in.
        WTF_CSRF_TIME_LIMIT=None,
    )


def start_session(person_id: int) -> None:
    """Begin anew: nothing of the session the browser had before is kept."""
    session.clear()
    moment = int(time.time())
    session[_PERSON], session[_UNTIL], session[_SEEN] = person_id, moment + SESSION_SECONDS, moment


def end_session() -> None:
    session.clear()


def signed_in_person() -> int | None:
    """The id of the person this browser is signed in as."""
    person_id, until, seen = session.get(_PERSON), session.get(_UNTIL), session.get(_SEEN)
    if not isinstance(person_id, int) or not isinstance(until, int) or not isinstance(seen, int):
        return None
    return person_id if time.time() < min(until, seen + IDLE_SECONDS) else None


def keep_alive() -> None:
    """A page was asked for: whoever is signed in stays so."""
    moment = int(time.time())
    if signed_in_person() is not None and moment - session[_SEEN] > _SEEN_EVERY:
        session[_SEEN] = moment


def browser_id() -> str:
    """What tells this browser from all others for as long as its session lasts: who set out from here comes back here."""
    known = session.get(_BROWSER)
    if not isinstance(known, str):
        known = session[_BROWSER] = secrets.token_urlsafe(24)
    return known


def set_out(target: str, prove_as: int | None = None) -> GoogleWalk:
    """To Google. Whatever this browser had begun there before is over."""
    walk = GoogleWalk(target, prove_as, secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48))
    _keep_walk(_WALK, asdict(walk))
    return walk


def come_back(state: str) -> GoogleWalk | None:
    """None: not this state, not this browser, too late, or not the first time."""
    kept = _kept_walk(_WALK, state)
    return None if kept is None else GoogleWalk(**kept)


def set_out_for_mailbox(service: str, provider: str, person_id: int, mailbox_id: int | None) -> MailboxWalk:
    walk = MailboxWalk(service, provider, person_id, mailbox_id, secrets.token_urlsafe(32), secrets.token_urlsafe(48))
    _keep_walk(_MAILBOX_WALK, asdict(walk))
    return walk


def come_back_for_mailbox(service: str, state: str) -> MailboxWalk | None:
    """As `come_back`; None also where it was another service's consent."""
    kept = _kept_walk(_MAILBOX_WALK, state)
    return None if kept is None or kept["service"] != service else MailboxWalk(**kept)


def _keep_walk(name: str, walk: dict[str, Any]) -> None:
    session[name] = {**walk, "until": int(time.time()) + WALK_SECONDS}


def _kept_walk(name: str, state: str) -> dict[str, Any] | None:
    kept = session.get(name)
    if not isinstance(kept, dict) or not hmac.compare_digest(kept["state"].encode(), state.encode("utf-8", "surrogatepass")):
        return None
    del session[name]
    until = kept.pop("until")
    return kept if time.time() < until else None


def keep_token(sealed: str) -> None:
    """What reads the company's directory, sealed; only as long as the session and for this browser. Too long a one is not kept."""
    session.pop(_TOKEN, None)
    if len(sealed) <= _MOST_SEALED:
        session[_TOKEN] = [sealed, int(time.time()) + TOKEN_SECONDS]


def kept_token() -> str | None:
    sealed, until = session.get(_TOKEN, (None, 0))
    return sealed if sealed and time.time() < until else None
