"""Somebody who asks the stand-in's API by hand, for the tests of the stand-in itself."""

import json
from typing import Any

from outbound import Answer, Http
from tests.zoho.organisation import User
from tests.zoho.server import Zoho
from tests.zoho.tokens import WHOLE_SCOPES

HTTP = Http()


class Caller:
    """Somebody who asks the API with a good token."""

    def __init__(self, zoho: Zoho, user: User) -> None:
        grant = zoho.tokens().current(zoho.grant(user, WHOLE_SCOPES))
        self.api, self.token = grant.api, grant.token

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        sent = {"Authorization": f"Zoho-oauthtoken {self.token}"} | {name.replace("_", "-"): value for name, value in headers.items()}
        return HTTP.request(method, f"{self.api}/crm/v8{path}", headers=sent, body=None if body is None else json.dumps(body).encode())

    def get(self, path: str) -> Answer:
        return self.ask("GET", path)

    def post(self, path: str, **values: Any) -> Answer:
        return self.ask("POST", path, {"data": [values]})

    def query(self, text: str) -> Answer:
        return self.ask("POST", "/coql", {"select_query": text})


def said(answer: Answer) -> Any:
    return json.loads(answer.body)


def error(answer: Answer) -> dict[str, Any]:
    """The error, wherever it stands."""
    body = said(answer)
    return next((body[name][0] for name in ("data", "Emails") if name in body), body)
