"""What Authlib sends with: our own pool instead of its HTTP client. Shared by all who talk OAuth."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import orjson
from authlib.oauth2 import ClientAuth

from outbound import Answer, Http, OutboundError

TOTAL_SECONDS = 8.0
"""Less than the lease of whoever renews for all (tenants.grants)."""

Unavailable = Callable[[str], Exception]
"""Makes the error to raise where no usable answer came, of what went wrong."""


class OAuthAnswer:
    """An answer as Authlib reads it."""

    def __init__(self, answer: Answer, unavailable: Unavailable) -> None:
        self.status_code = answer.status
        self._body = answer.body
        self._unavailable = unavailable

    def json(self) -> Any:
        """ValueError."""
        return orjson.loads(self._body)

    def raise_for_status(self) -> None:
        if self.status_code >= HTTPStatus.BAD_REQUEST:
            raise self._unavailable(f"answered with status {self.status_code}")


class OAuthSession:
    """Posts forms. What goes wrong on the way becomes the caller's own error."""

    def __init__(self, http: Http, unavailable: Unavailable) -> None:
        self._http = http
        self._unavailable = unavailable

    def post(self, url: str, data: Mapping[str, str], headers: Mapping[str, str], auth: ClientAuth | None = None) -> OAuthAnswer:
        headers, body = {**headers}, urlencode(data)
        if auth is not None:
            url, headers, body = auth.prepare("POST", url, headers, body)
        try:
            answer = self._http.request(
                "POST", url, headers=headers, body=body.encode(), read_seconds=TOTAL_SECONDS, total_seconds=TOTAL_SECONDS
            )
        except OutboundError as error:
            raise self._unavailable(f"gave no answer: {error}") from error
        return OAuthAnswer(answer, self._unavailable)
