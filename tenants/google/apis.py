"""Where Google's services are, and the two ways in which they fail.

GoogleError
├── GoogleUnavailable   no usable answer: down, slow, too many requests, not JSON. Trying again later helps
└── GoogleRefused       refused for good, with Google's own word for it. Only a person or an operator can help
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GoogleApis:
    """Addresses without a slash at their end. Tests and the playground give those of their stand-in."""

    accounts: str = "https://accounts.google.com"
    token: str = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
    revoke: str = "https://oauth2.googleapis.com/revoke"
    certificates: str = "https://www.googleapis.com/oauth2/v1/certs"
    appsmarket: str = "https://appsmarket.googleapis.com"
    directory: str = "https://admin.googleapis.com"


GOOGLE = GoogleApis()

_CODE = re.compile(r"[A-Za-z][A-Za-z_.]{1,63}")
_PASSING_CODES = frozenset({"internal_failure", "server_error", "temporarily_unavailable", "rate_limit_exceeded", "slow_down"})


class GoogleError(Exception):
    """Google did not do what was asked. The text is for the log and holds no token."""


class GoogleUnavailable(GoogleError):
    """No usable answer: down, slow, too many requests, not what was agreed. Trying again later helps."""


class GoogleRefused(GoogleError):
    """Refused for good. `reason` is Google's error code (invalid_grant, insufficientPermissions, notFound ...), or our own short
    word where an answer of Google's was not to be believed."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Google refuses: {reason}")
        self.reason = reason


def oauth_error(code: object) -> GoogleError:
    """What an `error` of Google's token service means. What does not look like a code is not passed on."""
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        return GoogleUnavailable("the token service refuses without a code")
    return GoogleUnavailable(code) if code in _PASSING_CODES else GoogleRefused(code)


def api_error(reason: str, otherwise: str) -> GoogleRefused:
    """A refusal of an API, by its first reason where that is a code."""
    return GoogleRefused(reason if _CODE.fullmatch(reason) else otherwise)
