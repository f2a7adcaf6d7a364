"""Google's REST APIs through Google's client, with our pool and our errors."""

import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from googleapiclient.discovery import build
from googleapiclient.model import RawModel

from outbound import Answer, Http
from tenants.google.apis import GoogleError, GoogleRefused, GoogleUnavailable, api_error
from tenants.google.transport import ApiTransport, explained

TOTAL_SECONDS = 10.0


class RestApi:
    """One API. `service` builds requests, `ask` sends one. Thread-safe."""

    def __init__(self, http: Http, name: str, version: str, address: str) -> None:
        self._http = http
        self.service: Any = build(
            name, version, http=self._transport(0.0), model=RawModel(), cache_discovery=False, client_options={"api_endpoint": address}
        )

    def ask(self, request: Any, access_token: str) -> Mapping[str, Any]:
        """GoogleRefused, GoogleUnavailable."""
        request.headers["Authorization"] = f"Bearer {access_token}"
        body: bytes = request.execute(http=self._transport(time.monotonic() + TOTAL_SECONDS))
        try:
            parsed = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise GoogleUnavailable("not JSON") from error
        if not isinstance(parsed, dict):
            raise GoogleUnavailable("JSON, but no object")
        return parsed

    def _transport(self, until: float) -> ApiTransport:
        return ApiTransport(self._http, GoogleUnavailable, _error, until)


def _error(answer: Answer) -> GoogleError:
    """Only an error of Google's own form says no: a page of some gateway with the same status says nothing about anybody."""
    told = explained(answer.body)
    if not told.googles or told.too_many:
        return GoogleUnavailable(f"status {answer.status}")
    first = told.reasons[0] if told.reasons else ""
    match answer.status:
        case HTTPStatus.BAD_REQUEST:
            return api_error(first, "badRequest")
        case HTTPStatus.UNAUTHORIZED:
            return GoogleRefused("authError")
        case HTTPStatus.FORBIDDEN:
            return GoogleRefused("insufficientPermissions") if told.scope_missing else api_error(first, "forbidden")
        case HTTPStatus.NOT_FOUND:
            return GoogleRefused("notFound")
        case status:
            return GoogleUnavailable(f"status {status}")
