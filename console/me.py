"""Who I am here, and my further addresses."""

import re
from dataclasses import dataclass

from flask import Blueprint, Response, request

from console.home import NOTHING_TO_CONNECT, by_whose_permission, my_crm
from console.pages import Pages, see_other
from console.visitors import Visitors
from crm_client.open import CrmKind, Crms
from crm_client.records import Identity
from i18n import Language
from tenants.connect_links import ConnectLinks
from tenants.directory import Directory
from tenants.people import Caller, NotConnected, Person, Via, Workspace

MAX_ALIASES = 20
MAX_TYPED = 20_000
MAX_ADDRESS = 254
_ADDRESS = re.compile(r"[^\s@<>()\[\]\\,;:\"\x00-\x20\x7f]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")


@dataclass(frozen=True, slots=True)
class MeView:
    """`crm` is None where there is none to tell of; `crm_line` then says why. `typed` is what stands in the text area.

    `connect` is where the person can connect; empty where he is connected. `zoho`: he can disconnect from Zoho CRM.
    """

    title: str
    person: Person
    workspace: Workspace
    crm: Identity | None
    crm_line: str
    connect: str
    zoho: bool
    typed: str
    problems: tuple[str, ...]
    saved: bool


def add_me_pages(
    console: Blueprint, pages: Pages, visitors: Visitors, directory: Directory, crms: Crms, connect_links: ConnectLinks
) -> None:
    def show(who: Caller | NotConnected, typed: str, problems: tuple[str, ...] = ()) -> Response:
        language = pages.language()
        crm, crm_line = my_crm(crms, language, who)
        can_connect = isinstance(who, NotConnected) and who.missing not in NOTHING_TO_CONNECT
        view = MeView(
            title=language.text("My account"),
            person=who.person,
            workspace=who.workspace,
            crm=crm,
            crm_line=crm_line or by_whose_permission(language, who),
            connect=connect_links.make(who.person.id) if can_connect or _shared(who) else "",
            zoho=_zoho(who) and not _shared(who),
            typed=typed,
            problems=problems,
            saved="saved" in request.args and not problems,
        )
        return pages.show("me.html", view, 422 if problems else 200)

    @console.get("/me")
    def me() -> Response:
        who = visitors.person()
        return who if isinstance(who, Response) else show(who, "\n".join(who.person.aliases))

    @console.post("/me")
    def save_aliases() -> Response:
        who = visitors.person()
        if isinstance(who, Response):
            return who
        typed = request.form.get("aliases", "")[:MAX_TYPED]
        aliases, problems = read_aliases(pages.language(), who.person.email, typed)
        if problems:
            return show(who, typed, problems)
        directory.set_aliases(who.person.id, aliases)
        return see_other("/me?saved=1")


def _zoho(who: Caller | NotConnected) -> bool:
    return isinstance(who, Caller) and who.access.target.kind is CrmKind.ZOHO


def _shared(who: Caller | NotConnected) -> bool:
    return isinstance(who, Caller) and who.via is Via.SHARED


def read_aliases(language: Language, own: str, typed: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The addresses of a text area, one a line, lower case; and what is wrong with them, a sentence each."""
    aliases: list[str] = []
    problems: list[str] = []
    for number, line in enumerate(typed.splitlines(), start=1):
        alias = line.strip().lower()
        if not alias:
            continue
        if len(alias) > MAX_ADDRESS or not _ADDRESS.fullmatch(alias):
            problems.append(language.text("Line {number} is not a mail address.", number=language.number(number)))
        elif alias == own.lower():
            problems.append(language.text("Line {number} is your main address; it counts anyway.", number=language.number(number)))
        elif alias in aliases:
            problems.append(language.text("Line {number} repeats an address from above.", number=language.number(number)))
        aliases.append(alias)
    if len(aliases) > MAX_ALIASES:
        problems = [language.text("At most {limit} addresses are possible.", limit=language.number(MAX_ALIASES)), *problems]
    return tuple(aliases), tuple(problems[: MAX_ALIASES + 1])
