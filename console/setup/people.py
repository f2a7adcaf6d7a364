"""The company's people: imported from Google, matched to users of the CRM by address, corrected by hand, taken out and in as CSV."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from console.administrators import SETUP, Administrator
from console.pages import MessageView, see_other
from console.setup.desk import Desk
from console.setup.roster_files import problems_in_words, uploaded_text
from crm_client.records import User
from i18n import Language
from tenants.audit import Action
from tenants.google.apis import GoogleRefused, GoogleUnavailable
from tenants.people import Workspace
from tenants.permissions import last_seen
from tenants.roster import RosterEntry

HERE = f"{SETUP}/people"
SHOWN = 50
MAX_QUERY = 200
NOBODY = "-"
"""Of the choices: matched to nobody, by hand."""


@dataclass(frozen=True, slots=True)
class Line:
    """`url` leads to the page where his match is corrected."""

    entry: RosterEntry
    url: str
    seen: datetime | None


@dataclass(frozen=True, slots=True)
class PeopleView:
    """`next_url` is None on the last page, `first_url` on the first. `users` is how many the CRM has; None while it is not to be seen."""

    title: str
    here: str
    workspace: Workspace
    can_import: bool
    users: int | None
    query: str
    lines: tuple[Line, ...]
    listed: int
    found: int
    matched: int
    first_url: str | None
    next_url: str | None
    said: str
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MatchView:
    """`back` is the list one came from; `query` and `after` are what it showed."""

    title: str
    here: str
    entry: RosterEntry
    users: tuple[User, ...]
    back: str
    query: str
    after: str


def add_people_pages(console: Blueprint, desk: Desk) -> None:
    pages = _PeoplePages(desk)
    console.get(HERE, endpoint="setup_people")(pages.show)
    console.get(f"{HERE}/match", endpoint="setup_person")(pages.person)
    console.post(f"{HERE}/match", endpoint="setup_match")(pages.match)
    console.post(f"{HERE}/match-all", endpoint="setup_match_all")(pages.match_all)
    console.post(f"{HERE}/import", endpoint="setup_import")(pages.take_in)
    console.get(f"{HERE}.csv", endpoint="setup_download")(pages.download)
    console.post(f"{HERE}/upload", endpoint="setup_upload")(pages.upload)


class _PeoplePages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def show(self) -> Response:
        administrator = self._desk.proof.at_the_door()
        return administrator if isinstance(administrator, Response) else self._list(administrator)

    def person(self) -> Response:
        administrator = self._desk.proof.at_the_door()
        if isinstance(administrator, Response):
            return administrator
        language = self._desk.pages.language()
        entry = self._entry(administrator, request.args.get("email", ""))
        if entry is None:
            return self._nobody(language)
        title = language.text("Who is {name} in the CRM?", name=entry.name or entry.email)
        query, after = _asked()
        view = MatchView(title, HERE, entry, self._users(administrator, language) or (), _list_url(query, after), query, after)
        return self._desk.pages.show("setup_match.html", view)

    def match(self) -> Response:
        administrator = self._desk.proof.at_the_door()
        if isinstance(administrator, Response):
            return administrator
        language, email = self._desk.pages.language(), request.form.get("email", "")
        chosen = request.form.get("user", "")
        users = {user.id: user for user in self._users(administrator, language) or ()}
        if chosen != NOBODY and chosen not in users:
            line = language.text("This user is not in the CRM, or not active any more. Nothing was changed.")
            return self._desk.pages.message(MessageView(language.text("No such user"), (line,), _back(language)), 422)
        user = users.get(chosen)
        if not self._desk.roster.match(administrator.workspace.id, email, user):
            return self._nobody(language)
        self._note(administrator, Action.PERSON_MATCHED, email, user.name if user else "")
        return see_other(_list_url(*_asked(), now="matched"))

    def match_all(self) -> Response:
        administrator = self._desk.proof.at_the_door()
        if isinstance(administrator, Response):
            return administrator
        language = self._desk.pages.language()
        users = self._users(administrator, language)
        if users is None:
            return self._no_crm(language)
        count = self._desk.roster.match_all(administrator.workspace.id, users)
        self._note(administrator, Action.PERSON_MATCHED, "", f"{count} by address")
        return see_other(_list_url("", "", now="all"))

    def take_in(self) -> Response:
        """Name, address and organisational unit of everybody in the company's directory; nothing else is kept."""
        administrator = self._desk.proof.at_the_door()
        if isinstance(administrator, Response):
            return administrator
        api, token, language = self._desk.directory_api, self._desk.proof.token(), self._desk.pages.language()
        if api is None:
            return see_other(HERE)
        if token is None:
            return self._desk.proof.ask(administrator.who, again=True)
        try:
            people = tuple(api.people(token, administrator.workspace.domain))
        except GoogleUnavailable:
            return self._desk.pages.google_silent(_back(language))
        except GoogleRefused:
            return self._desk.proof.ask(administrator.who, again=True)
        listed = self._desk.tombstones.without_erased(person.email for person in people)
        count = self._desk.roster.take_in(administrator.workspace.id, [person for person in people if person.email in listed])
        users = self._users(administrator, language)
        if users is not None:
            self._desk.roster.match_all(administrator.workspace.id, users)
        self._note(administrator, Action.PERSON_MATCHED, "", f"{count} listed from Google")
        return see_other(_list_url("", "", now="imported"))

    def download(self) -> Response:
        administrator = self._desk.proof.at_the_door()
        if isinstance(administrator, Response):
            return administrator
        workspace = administrator.workspace
        self._note(administrator, Action.EXPORTED, "people", "")
        answer = Response("\ufeff" + self._desk.roster.to_csv(workspace.id), mimetype="text/csv")
        answer.headers["Content-Disposition"] = f'attachment; filename="sidecard-people-{workspace.domain}.csv"'
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def upload(self) -> Response:
        administrator = self._desk.proof.at_the_door()
        if isinstance(administrator, Response):
            return administrator
        language = self._desk.pages.language()
        users = self._users(administrator, language)
        if users is None:
            return self._no_crm(language)
        text = uploaded_text()
        if text is None:
            line = language.text("Choose a CSV file in UTF-8 of at most five megabytes, as this page gives it out.")
            return self._list(administrator, (line,))
        problems = self._desk.roster.from_csv(administrator.workspace.id, text, users)
        if problems:
            return self._list(administrator, problems_in_words(language, problems))
        self._note(administrator, Action.PERSON_MATCHED, "", "from a CSV file")
        return see_other(_list_url("", "", now="uploaded"))

    def _list(self, administrator: Administrator, problems: tuple[str, ...] = ()) -> Response:
        language, workspace = self._desk.pages.language(), administrator.workspace
        rows = self._desk.roster.rows(workspace.id)
        query, after = _asked()
        found = sorted((row for row in rows if _holds(row, query)), key=_cursor)
        page = [row for row in found if _cursor(row) > after][: SHOWN + 1]
        seen = last_seen(self._desk.database, workspace.id)
        users = self._users(administrator, language)
        view = PeopleView(
            title=language.text("People"),
            here=HERE,
            workspace=workspace,
            can_import=self._desk.directory_api is not None,
            users=None if users is None else len(users),
            query=query,
            lines=tuple(Line(row, _person_url(row, query, after), seen.get(row.email.lower())) for row in page[:SHOWN]),
            listed=len(rows),
            found=len(found),
            matched=sum(row.crm_user_id is not None for row in rows),
            first_url=_list_url(query, "") if after else None,
            next_url=_list_url(query, _cursor(page[SHOWN - 1])) if len(page) > SHOWN else None,
            said=_said(language, request.args.get("now", "")) if not problems else "",
            problems=problems,
        )
        return self._desk.pages.show("setup_people.html", view, 422 if problems else 200)

    def _users(self, administrator: Administrator, language: Language) -> tuple[User, ...] | None:
        """Of the company's CRM. None while this administrator does not see it. CrmError."""
        crm = self._desk.company_crm(administrator, self._desk.connections.of(administrator.workspace), language)
        return None if crm is None else crm.users()

    def _entry(self, administrator: Administrator, email: str) -> RosterEntry | None:
        return next((row for row in self._desk.roster.rows(administrator.workspace.id) if row.email == email.lower()), None)

    def _note(self, administrator: Administrator, action: Action, subject: str, detail: str) -> None:
        self._desk.audit.note(administrator.workspace.id, administrator.person, action, subject, detail)

    def _nobody(self, language: Language) -> Response:
        line = language.text("Nobody with this address is listed for your company.")
        return self._desk.pages.message(MessageView(language.text("Not listed"), (line,), _back(language)), 404)

    def _no_crm(self, language: Language) -> Response:
        line = language.text("Connect the company's CRM first, and your own account with it: people are matched to its users.")
        return self._desk.pages.message(MessageView(language.text("No CRM to match with"), (line,), _back(language)), 409)


def _asked() -> tuple[str, str]:
    """What is searched for, and the cursor of the page."""
    return request.values.get("q", "").strip()[:MAX_QUERY], request.values.get("after", "")[:MAX_QUERY]


def _holds(row: RosterEntry, query: str) -> bool:
    return query.casefold() in f"{row.name}\n{row.email}\n{row.org_unit}\n{row.crm_user_name}".casefold()


def _cursor(row: RosterEntry) -> str:
    """Unmatched people first, those who cannot sign in any more last; then by address."""
    group = 2 if row.suspended else int(row.crm_user_id is not None)
    return f"{group}:{row.email}"


def _list_url(query: str, after: str, now: str = "") -> str:
    asked = {name: value for name, value in (("q", query), ("after", after), ("now", now)) if value}
    return f"{HERE}?{urlencode(asked)}" if asked else HERE


def _person_url(row: RosterEntry, query: str, after: str) -> str:
    return f"{HERE}/match?" + urlencode({"email": row.email, **({"q": query} if query else {}), **({"after": after} if after else {})})


def _said(language: Language, now: str) -> str:
    said = {
        "matched": language.text("Saved."),
        "all": language.text("Everybody whose address the CRM knows is matched now."),
        "imported": language.text("The list is as Google's directory is now."),
        "uploaded": language.text("The file was taken over."),
    }
    return said.get(now, "")


def _back(language: Language) -> tuple[str, str]:
    return HERE, language.text("Back to the people")
