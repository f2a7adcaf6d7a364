"""The playground's pages: a stand-in Gmail in the browser whose sidebar draws what the add-on really answers over HTTP.

For development only: whoever reaches these pages acts as any of the sample people.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NoReturn

from flask import Blueprint, Response, abort, jsonify, make_response, render_template, request
from sqlalchemy import select

from crm_client.embedded.organisation import Condition, set_condition
from crm_client.embedded.tables import OrgRow
from crm_client.open import CrmKind
from db import Database, table
from i18n import Language, Languages
from outbound import Http
from playground.calling import BadFire, Fire, Gmail, find_mail, known_actor, mapping
from playground.events import Json
from playground.keys import DevelopmentKey
from playground.letter import BODY_POLICY, body_page, open_letter
from playground.mailbox import Mailboxes, SampleMail
from playground.people import ACTORS, Actor
from playground.setup import CONNECTED_DOMAIN
from playground.words import language_names, page_words, sidebar_words
from tenants.tables import ConnectionRow, WorkspaceRow

HERE = Path(__file__).parent
ADDON_NAME = "Sidecard"
DEFAULT_ACTOR = ACTORS[0]

PAGE_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)

SampleCards = Callable[[], Iterable[tuple[str, Mapping[str, object]]]]
"""Name and card JSON of every sample card."""

_org = table(OrgRow)
_connection = table(ConnectionRow)
_workspace = table(WorkspaceRow)


def create_page(
    *,
    key: DevelopmentKey,
    mailboxes: Mailboxes,
    base_url: str,
    http: Http,
    database: Database,
    languages: Languages,
    sample_cards: SampleCards,
) -> Blueprint:
    """The blueprint of all pages under /playground.

    Its POST routes take JSON only, which no other site can send here, so the app may exempt it from form tokens.
    The add-on is called over HTTP at `base_url`: the server needs a second thread or process to answer.
    """
    page = Blueprint("playground", __name__, url_prefix="/playground", static_folder=HERE / "static", template_folder=HERE / "templates")
    _add_start(page, database, languages)
    _add_mails(page, mailboxes, languages)
    _add_calls(page, Gmail(key, mailboxes, http, base_url), database)
    _add_cards(page, sample_cards, languages)

    @page.after_request
    def secure(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", PAGE_POLICY)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        return response

    return page


def _add_start(page: Blueprint, database: Database, languages: Languages) -> None:
    @page.get("")
    def show() -> str:
        person = known_actor(request.args.get("user", DEFAULT_ACTOR.email)) or DEFAULT_ACTOR
        language = _language(languages, person)
        locale = request.args.get("lang") or person.locale
        start = {
            "user": person.email,
            "locale": locale,
            "name": ADDON_NAME,
            "condition": _condition(database),
            "words": {**page_words(language), **sidebar_words(language)},
        }
        return render_template(
            "playground.html",
            language=language,
            people=ACTORS if person in ACTORS else (*ACTORS, person),
            person=person,
            start=start,
            wanted_tag=locale.replace("_", "-").partition("-")[0],
            tongues=language_names(languages),
        )


def _add_mails(page: Blueprint, mailboxes: Mailboxes, languages: Languages) -> None:
    @page.get("/mails")
    def mails() -> Response:
        person = _person()
        language = _language(languages, person)
        return jsonify([_listed(mail, language) for mail in mailboxes.of(person.email).mails])

    @page.get("/mail/<identifier>")
    def mail(identifier: str) -> Response:
        person = _person()
        return jsonify(_opened(find_mail(mailboxes, person, identifier) or _not_found(), _language(languages, person)))

    @page.get("/mail/<identifier>/body")
    def mail_body(identifier: str) -> Response:
        found = find_mail(mailboxes, _person(), identifier) or _not_found()
        answer = make_response(body_page(found.raw, dark=request.args.get("theme") == "dark"))
        answer.headers["Content-Security-Policy"] = BODY_POLICY
        return answer


def _add_calls(page: Blueprint, gmail: Gmail, database: Database) -> None:
    @page.post("/fire")
    def fire() -> Response:
        try:
            return jsonify(gmail.send(Fire.parse(_sent_json(), gmail.base_url)))
        except BadFire as error:
            return _refused(str(error))

    @page.post("/weather")
    def weather() -> Response:
        try:
            wanted = Condition(str(mapping(_sent_json()).get("crm")))
        except BadFire as error:
            return _refused(str(error))
        except ValueError:
            return _refused("crm is up, down or limiting")
        org_id = _org_id(database)
        if org_id is None:
            return _refused("the sample company has no CRM connected")
        set_condition(database, org_id, wanted)
        return jsonify({"crm": wanted.value})


def _add_cards(page: Blueprint, sample_cards: SampleCards, languages: Languages) -> None:
    @page.get("/cards")
    def cards() -> str:
        language = languages.pick(request.args.get("lang") or request.accept_languages.best)
        samples = [{"name": name, "card": card} for name, card in sample_cards()]
        return render_template("cards.html", language=language, samples=samples, name=ADDON_NAME, words=sidebar_words(language))

    @page.get("/card/<path:name>")
    def card(name: str) -> str:
        language = languages.pick(request.args.get("lang"))
        found = next((card for other, card in sample_cards() if other == name), None) or _not_found()
        return render_template(
            "card.html",
            language=language,
            card={"name": name, "card": found},
            theme="dark" if request.args.get("theme") == "dark" else "light",
            view="phone" if request.args.get("view") == "phone" else "web",
            name=ADDON_NAME,
            words=sidebar_words(language),
        )


def _language(languages: Languages, person: Actor) -> Language:
    return languages.pick(request.args.get("lang") or person.locale, person.zone)


def _person() -> Actor:
    return known_actor(request.args.get("user", DEFAULT_ACTOR.email)) or _not_found()


def _not_found() -> NoReturn:
    abort(404)


def _sent_json() -> object:
    """The body, which must say it is JSON: a browser asks before it sends that from another site. BadFire."""
    if request.mimetype != "application/json":
        raise BadFire("application/json is wanted")
    return request.get_json(silent=True)


def _refused(reason: str) -> Response:
    return make_response(jsonify({"error": reason}), 400)


def _org_id(database: Database) -> int | None:
    """The embedded organisation the sample company is connected to, if it is."""
    query = (
        select(_connection.c.org_id)
        .join(_workspace, _workspace.c.id == _connection.c.workspace_id)
        .where(_workspace.c.domain == CONNECTED_DOMAIN, _connection.c.kind == CrmKind.EMBEDDED.value)
    )
    with database.read() as connection:
        found = connection.execute(query).scalar_one_or_none()
    return None if found is None else int(found)


def _condition(database: Database) -> str:
    org_id = _org_id(database)
    with database.read() as connection:
        found = connection.execute(select(_org.c.condition).where(_org.c.id == org_id)).scalar_one_or_none()
    return str(found or Condition.UP.value)


def _listed(mail: SampleMail, language: Language) -> Json:
    return {
        "id": mail.name,
        "person": language.text("To: {recipients}", recipients=mail.recipients) if mail.sent else mail.sender,
        "subject": mail.subject or language.text("(no subject)"),
        "snippet": mail.snippet,
        "date": language.day(mail.date),
        "unread": mail.unread,
    }


def _opened(mail: SampleMail, language: Language) -> Json:
    letter = open_letter(mail.raw)
    return {
        "id": mail.name,
        "subject": letter.subject or language.text("(no subject)"),
        "from": letter.sender,
        "to": letter.to,
        "cc": letter.cc,
        "date": language.moment(letter.date) if letter.date else "",
        "attachments": [
            {"name": one.name, "size": language.text("{size} kB", size=language.number(max(1, round(one.size / 1000))))}
            for one in letter.attachments
        ],
    }
