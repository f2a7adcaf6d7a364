"""One person's way to Zoho's API: sends, waits its turn, renews the token, turns every refusal into one of our errors.

What reads is tried again after a hiccup (429, 5xx, a broken or senseless answer), within `BUDGET_SECONDS` in all and
with a random pause; what writes is sent once, except after a 401, where Zoho has done nothing.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import orjson
from urllib3.filepost import encode_multipart_formdata

from crm_client.errors import AuthExpired, CrmError, RateLimited, Unavailable
from crm_client.zoho.composite import MOST, PATH, composed, taken_apart
from crm_client.zoho.errors import NotSupported, ScopeMissing, TokenRefused
from crm_client.zoho.questions import ROOT, Read, module_of
from crm_client.zoho.tokens import Grant, Tokens
from crm_client.zoho.turns import COMPOSITE_COST, Turns
from crm_client.zoho.wire import read_answer
from outbound import READ_SECONDS, Http, OutboundError

__all__ = ["BUDGET_SECONDS", "Read", "ZohoApi"]

BUDGET_SECONDS = 12.0
"""All attempts of one call together; Google gives up after 30 seconds, and a click may need two calls."""
ATTEMPTS = 3
FEWEST_TOGETHER = 3
"""A composite call costs one credit and five of the concurrent calls: for two questions that is no bargain."""
_GRANT_SECONDS = 60.0
"""A grant is good for five minutes when we get it."""
_JSON = "application/json"


class ZohoApi:
    """Safe to use from many threads. `ask` answers None where Zoho says 204: nothing there.

    `turns` is shared by all who call in this process.
    """

    def __init__(
        self, http: Http, tokens: Tokens, grant_id: int, turns: Turns | None = None, budget_seconds: float = BUDGET_SECONDS
    ) -> None:
        self._http = http
        self._tokens = tokens
        self._grant_id = grant_id
        self._turns = turns or Turns()
        self._budget = budget_seconds
        self._grant: Grant | None = None
        self._grant_until = 0.0
        self._lock = threading.Lock()

    @property
    def grant(self) -> Grant:
        """Whose permission this is; renews the token if it must. AuthExpired, RateLimited, Unavailable."""
        with self._lock:
            if self._grant is None or time.monotonic() > self._grant_until:
                self._keep(self._tokens.current(self._grant_id))
            return self._kept

    @property
    def credits_left(self) -> int | None:
        """Calls the organisation has left today, as last heard; None while more than half are."""
        return self._turns.credits_left(self.grant)

    def ask(self, read: Read) -> Any | None:
        """The JSON of a 2xx answer; None for 204. CrmError."""
        return self._asked(read, self._deadline())

    def ask_all(self, reads: Sequence[Read]) -> tuple[Any | CrmError | None, ...]:
        """All at the same time, answers in order: one composite call, or parallel calls, by the edition's concurrency.

        A dead connection, too, is an answer (to each of them): nothing is raised that would hide another's answer.
        """
        deadline = self._deadline()
        try:
            composite = len(reads) >= FEWEST_TOGETHER and self._turns.composite(self.grant)
        except CrmError as error:
            return (error,) * len(reads)
        if not composite:
            return self._in_parallel(reads, deadline)
        groups = [reads[start : start + MOST] for start in range(0, len(reads), MOST)]
        # A last one that would be alone in its composite call goes as a call of its own.
        answers = self._turns.together([partial(self._in_one if len(group) > 1 else self._alone, group, deadline) for group in groups])
        together: list[Any | CrmError | None] = []
        again: list[int] = []
        for group in answers:
            # What composite calls do not take, or what had a hiccup in there, is asked on its own. One error for all of them is
            # the call's own, and that has had its attempts.
            apart = any(answer is not group[0] for answer in group)
            again += [
                place
                for place, answer in enumerate(group, len(together))
                if isinstance(answer, NotSupported) or (apart and _passes(answer))
            ]
            together += group
        if again and time.monotonic() < deadline:
            for place, answer in zip(again, self._in_parallel([reads[place] for place in again], deadline), strict=True):
                together[place] = answer
        return tuple(together)

    def tell(self, method: str, path: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Any:
        """Write something. The JSON of a 2xx answer; of a 207 or a 200 whose single item failed, that item's error. CrmError."""
        sent = {"content-type": _JSON, **(headers or {})}
        return self._sent(method, path, orjson.dumps(body), sent, self._deadline())

    def upload(self, name: str, mime_type: str, content: bytes) -> str:
        """Put a file where associate_email can find it: its id. CrmError."""
        data, content_type = encode_multipart_formdata({"file": (name, content, mime_type)})
        answer: Any = self._sent("POST", "/files", data, {"content-type": content_type}, self._deadline())
        try:
            return str(answer["data"][0]["details"]["id"])
        except (KeyError, IndexError, TypeError) as error:
            raise Unavailable("an upload without a file id") from error

    def _deadline(self) -> float:
        return time.monotonic() + self._budget

    def _alone(self, reads: Sequence[Read], deadline: float) -> tuple[Any | CrmError | None, ...]:
        return tuple(self._captured(read, deadline) for read in reads)

    def _in_one(self, reads: Sequence[Read], deadline: float) -> tuple[Any | CrmError | None, ...]:
        """By a composite call; by calls of their own where this organisation or permission has none."""
        try:
            body = self._patiently(lambda: self._composed(reads, deadline), deadline)
            return taken_apart(body, reads)
        except (NotSupported, ScopeMissing):
            self._turns.no_composite(self.grant)
            return self._alone(reads, deadline)
        except CrmError as error:
            return (error,) * len(reads)

    def _composed(self, reads: Sequence[Read], deadline: float) -> Any:
        return self._sent("POST", PATH, orjson.dumps(composed(reads)), {"content-type": _JSON}, deadline, COMPOSITE_COST)

    def _in_parallel(self, reads: Sequence[Read], deadline: float) -> tuple[Any | CrmError | None, ...]:
        return tuple(self._turns.together([partial(self._captured, read, deadline) for read in reads]))

    def _captured(self, read: Read, deadline: float) -> Any | CrmError | None:
        try:
            return self._asked(read, deadline)
        except CrmError as error:
            return error

    def _asked(self, read: Read, deadline: float) -> Any | None:
        body, headers = (orjson.dumps(read.body), {"content-type": _JSON}) if read.query else (None, {})
        return self._patiently(lambda: self._sent(read.method, read.address, body, headers, deadline), deadline)

    def _patiently(self, call: Callable[[], Any], deadline: float) -> Any:
        """Only for what changes nothing."""
        attempt = 1
        while True:
            try:
                return call()
            except (RateLimited, Unavailable) as error:
                pause = self._turns.pause(attempt)
                if not _passes(error) or attempt == ATTEMPTS or time.monotonic() + pause >= deadline:
                    raise
            time.sleep(pause)
            attempt += 1

    def _sent(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], deadline: float, cost: int = 1) -> Any | None:
        """Once; after a 401 once more with another token."""
        grant = self.grant
        try:
            return self._exchanged(grant, method, path, body, headers, deadline, cost)
        except TokenRefused:
            grant = self._renewed(grant)
        try:
            return self._exchanged(grant, method, path, body, headers, deadline, cost)
        except TokenRefused as error:
            raise AuthExpired("Zoho takes no token of this permission") from error

    def _exchanged(
        self, grant: Grant, method: str, path: str, body: bytes | None, headers: Mapping[str, str], deadline: float, cost: int
    ) -> Any | None:
        with self._turns.turn(grant, deadline, cost):
            left = deadline - time.monotonic()
            if left <= 0:
                raise Unavailable("no time left")
            try:
                answer = self._http.request(
                    method,
                    f"{grant.api}{ROOT}{path}",
                    headers={**headers, "authorization": f"Zoho-oauthtoken {grant.token}"},
                    body=body,
                    read_seconds=min(READ_SECONDS, left),
                    total_seconds=left,
                )
            except OutboundError as error:
                raise Unavailable(str(error)) from error
        self._turns.heard(grant, answer.headers)
        return read_answer(answer, module_of(path.partition("?")[0]))

    def _renewed(self, refused: Grant) -> Grant:
        """Another token than this one; another thread may have it already."""
        with self._lock:
            if self._grant is None or self._grant.token == refused.token:
                self._keep(self._tokens.renewed(self._grant_id, refused.token))
            return self._kept

    @property
    def _kept(self) -> Grant:
        if self._grant is None:
            raise AuthExpired("no grant")
        return self._grant

    def _keep(self, grant: Grant) -> None:
        self._grant = grant
        self._grant_until = time.monotonic() + _GRANT_SECONDS


def _passes(error: object) -> bool:
    """Whether asking again in a second may help. The subclasses know that it does not."""
    return type(error) in (RateLimited, Unavailable)
