"""The console's session: a signed cookie that names a person for twelve hours, and the browser while it is away at a consent page.

What that person may do is looked up again on every request, so the cookie is no permission.
"""

import secrets
import time
from collections.abc import Sequence

from flask import Flask, session

SESSION_SECONDS = 12 * 3600
_PERSON = "person"
_UNTIL = "until"
_BROWSER = "browser"


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
    session[_PERSON] = person_id
    session[_UNTIL] = int(time.time()) + SESSION_SECONDS


def end_session() -> None:
    session.clear()


def signed_in_person() -> int | None:
    """The id of the person this browser is signed in as."""
    person_id, until = session.get(_PERSON), session.get(_UNTIL)
    if not isinstance(person_id, int) or not isinstance(until, int) or until <= time.time():
        return None
    return person_id


def browser_id() -> str:
    """What tells this browser from all others for as long as its session lasts: who set out from here comes back here."""
    known = session.get(_BROWSER)
    if not isinstance(known, str):
        known = session[_BROWSER] = secrets.token_urlsafe(24)
    return known
