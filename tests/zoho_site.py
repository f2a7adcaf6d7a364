"""The whole service on a real port with Zoho as its CRM: reps of the playground are users of a stand-in organisation.

They connect as people do: from the card, through pages and Zoho's consent, in a browser of their own.
"""

import html
import logging
import re
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin

import pytest
from sqlalchemy import delete, func, select, update

from db import now, table
from jobs.compose import build
from linking.tables import OutboxRow
from tenants.tables import ConnectionRow
from tests.site import Rep, Site, running
from tests.zoho.faults import latency
from tests.zoho.organisation import Organisation, User
from tests.zoho.server import Logged, Zoho, zoho

PAUL = "paul.martin@northlight.example"
NADIA = "nadia.keller@northlight.example"
TOM = "tom.becker@northlight.example"
ANNA = "anna.roy@ateliers-roy.example"
VAULT_KEY = "v" * 40
PHRASE = "Her brother plays the organ."
"""What a mail or a note says, and no log."""

ON_SQLITE = pytest.mark.parametrize("sampled_url", ["sqlite"], indirect=True)
"""For what asks nothing new of the database."""

_item = table(OutboxRow)
_FORM = re.compile(r'<form method="post" action="([^"]+)">(.*?)</form>', re.DOTALL)
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_TAGS = re.compile(r"<[^>]+>")
_GIVEN_OUT = re.compile(r"1000\.[0-9a-f]{64}")
"""A token of the stand-in's, good or dead."""


class Browser:
    """Follows links and redirects, keeps cookies, submits forms by what their buttons read."""

    def __init__(self) -> None:
        self.cookies = CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        self.url = self.page = ""
        self.status = 0

    @property
    def text(self) -> str:
        return _plain(self.page)

    def open(self, url: str, form: Mapping[str, str] | Sequence[tuple[str, str]] | None = None) -> "Browser":
        request = urllib.request.Request(url, urlencode(form).encode() if form is not None else None)
        try:
            answer = self._opener.open(request, timeout=30)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            self.url, self.status, self.page = answer.url, answer.status, answer.read().decode()
        return self

    def submit(self, button: str) -> "Browser":
        for action, inside in _FORM.findall(self.page):
            token = _TOKEN.search(inside)
            if token and _plain(inside).endswith(button):
                return self.open(urljoin(self.url, action), {"csrf_token": html.unescape(token[1])})
        raise AssertionError(f"no form has a button {button!r}: {self.text}")


def _plain(page: str) -> str:
    return " ".join(html.unescape(_TAGS.sub(" ", page)).split())


@dataclass
class Wire:
    """What was asked of Zoho's API and of Gmail meanwhile."""

    zoho: list[Logged] = field(default_factory=list)
    gmail: list[str] = field(default_factory=list)

    @property
    def asked(self) -> list[str]:
        """Method and path of each request to Zoho."""
        return [f"{one.method} {one.path.removeprefix('/crm/v8')}" for one in sorted(self.zoho, key=lambda one: one.started)]

    @property
    def writes(self) -> list[str]:
        return [one for one in self.asked if not one.startswith("GET") and not one.endswith(("/coql", "/__composite_requests"))]

    @property
    def trips(self) -> int:
        """How many requests had to wait for the answer to another. True only where each takes its time."""
        ends: list[float] = []
        for one in sorted(self.zoho, key=lambda one: one.started):
            if not ends or one.started >= ends[-1]:
                ends.append(one.ended)
            else:
                ends[-1] = max(ends[-1], one.ended)
        return len(ends)


@dataclass
class ZohoSite:
    """`anna` is a contact of Northlight's, owned by Claire, with an open deal. `gmail` are the paths asked of the stand-in Gmail."""

    site: Site
    zoho: Zoho
    northlight: Organisation
    paul: User
    claire: User
    anna: str
    gmail: list[str]

    def rep(self, email: str = PAUL) -> Rep:
        return self.site.rep(email)

    def connect(self, rep: Rep, user: User) -> Browser:
        """What the rep's card offers, to its end: Zoho's consent and both accounts confirmed."""
        browser = self.set_out(rep, user).submit("Connect")
        assert browser.status == 200, browser.text
        assert "Close this window and press Refresh in Gmail." in browser.text
        return browser

    def set_out(self, rep: Rep, user: User) -> Browser:
        """As far as the page with both accounts."""
        self.zoho.person_signs_in(user)
        return Browser().open(rep.press("Connect").link).submit("Connect Zoho CRM")

    def at_work(self, user: User | None = None) -> Rep:
        """The person of the playground with this user's address (Paul, for None), connected."""
        user = user or self.paul
        rep = self.rep(user.email).open_home()
        self.connect(rep, user)
        return rep

    @property
    def anna_is(self) -> dict[str, Any]:
        """What stands in Anna's record now."""
        return self.northlight.stored[self.anna].values

    @contextmanager
    def wire(self) -> Iterator[Wire]:
        """Each request takes a while, so that it shows which of them waits for another."""
        self.zoho.faults.always("/crm/v8/", latency(0.05))
        zoho, gmail, wire = len(self.zoho.requests), len(self.gmail), Wire()
        yield wire
        wire.zoho, wire.gmail = self.zoho.requests[zoho:], self.gmail[gmail:]
        self.zoho.faults.clear()

    def deliver(self, *, make_due: bool = True) -> None:
        """What a worker does, from the same settings and with a memory of its own; with all that waits, or with what is due by now."""
        workplace = build(self.site.settings, data_centres=self.zoho.data_centres)
        try:
            with self.site.database.write() as connection:
                if make_due:
                    connection.execute(update(_item).where(_item.c.state == "waiting").values(due_at=now()))
            for org, lane in workplace.outbox.due():
                workplace.outbox.deliver(org, lane, partial(workplace.open_crm, org))
        finally:
            workplace.database.close()

    def unfinished(self) -> int:
        with self.site.database.read() as connection:
            return connection.execute(select(func.count()).where(_item.c.state != "done")).scalar_one()


@contextmanager
def working_with_zoho(
    database_url: str, directory: Path, edition: str = "enterprise", processes: int = 1, **more: str
) -> Iterator[ZohoSite]:
    """The sample company has no CRM yet. `more` are settings."""
    with zoho() as standing:
        keys = {"zoho_client_id": standing.client_id, "zoho_client_secret": standing.client_secret, "vault_keys": VAULT_KEY}
        with running(database_url, directory, standing.data_centres, processes=processes, **keys, **more) as site:
            with site.database.write() as connection:
                connection.execute(delete(table(ConnectionRow)))
            gmail: list[str] = []
            inner = site.app.wsgi_app

            def noting(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
                if "/gmail/v1/" in environ["PATH_INFO"]:
                    gmail.append(environ["PATH_INFO"])
                return inner(environ, start_response)

            site.app.wsgi_app = noting  # type: ignore[method-assign]
            northlight = standing.organisation("Northlight GmbH", edition=edition)
            paul, claire = northlight.user("Paul Martin", PAUL), northlight.user("Claire Dubois", "claire.dubois@northlight.example")
            anna = contact(northlight, claire, "Anna Roy", ANNA, "Ateliers Roy", Title="Directrice", Mobile="+33 6 39 98 00 01")
            hall = {"Deal_Name": "Hall B", "Stage": "Proposal/Price Quote", "Amount": 12500, "Currency": "EUR"}
            northlight.record("Deals", claire, Contact_Name=anna, **hall)
            yield ZohoSite(site, standing, northlight, paul, claire, anna, gmail)
        assert standing.problems == []


def contact(place: Organisation, owner: User, name: str, email: str, company: str = "", **values: Any) -> str:
    """A contact as somebody has made it in Zoho, with his company."""
    first, _, last = name.rpartition(" ")
    account = {"Account_Name": place.record("Accounts", owner, Account_Name=company)} if company else {}
    return place.record("Contacts", owner, First_Name=first, Last_Name=last, Email=email, **account, **values)


def raw_mail(sender: str, key: str, text: str = "Hello") -> bytes:
    to = f"To: {PAUL}, {NADIA}\r\nDate: Fri, 20 Nov 2026 09:00:00 +0100\r\nContent-Type: text/plain; charset=utf-8"
    return f"From: {sender}\r\n{to}\r\nSubject: Hall B\r\nMessage-ID: <{key}@mail.example>\r\n\r\n{text}\r\n".encode()


@pytest.fixture
def place(sampled_url: str, tmp_path_factory: pytest.TempPathFactory, caplog: pytest.LogCaptureFixture) -> Iterator[ZohoSite]:
    """Nothing that Zoho gave out and nothing of a mail's text gets into the log, whatever the level."""
    caplog.set_level(logging.DEBUG)
    # One key for all tests: making one takes a while.
    with working_with_zoho(sampled_url, tmp_path_factory.getbasetemp() / "playground") as place:
        yield place
        told = "\n".join(f"{record.__dict__} {caplog.handler.format(record)}" for record in caplog.get_records("call"))
        assert "werkzeug" in told and not _GIVEN_OUT.search(told)
        assert place.zoho.client_secret not in told and PHRASE not in told
