"""Giving a token back to Google."""

from http import HTTPStatus
from urllib.parse import urlencode

import orjson

from outbound import Http, OutboundError
from tenants.google.apis import GoogleApis, GoogleUnavailable, oauth_error

TOTAL_SECONDS = 8.0


def revoke(http: Http, apis: GoogleApis, token: str) -> bool:
    """Access or refresh token; all of the same consent end with it. False: it was not valid any more. GoogleUnavailable,
    GoogleRefused."""
    try:
        answer = http.request(
            "POST",
            apis.revoke,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            body=urlencode({"token": token}).encode(),
            read_seconds=TOTAL_SECONDS,
            total_seconds=TOTAL_SECONDS,
        )
    except OutboundError as error:
        raise GoogleUnavailable(f"revocation: {error}") from error
    if answer.status == HTTPStatus.OK:
        return True
    if answer.status != HTTPStatus.BAD_REQUEST:
        raise GoogleUnavailable(f"revocation: status {answer.status}")
    try:
        told = orjson.loads(answer.body)
    except orjson.JSONDecodeError as error:
        raise GoogleUnavailable("revocation: not JSON") from error
    code = told.get("error") if isinstance(told, dict) else None
    if code == "invalid_token":
        return False
    raise oauth_error(code)
