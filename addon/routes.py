"""Gmail's door. The steps of every request, in this order:

    size and content type → parse the event → is it Google? → who is calling → the handler → a card

    POST /addon/home           the sidebar without a mail
    POST /addon/message        a mail was opened
    POST /addon/act/<route>    a button was pressed, a field changed, a menu entry chosen (cards/actions.py lists them)

Answers are a valid card with status 200, whatever goes wrong behind us. Only what is not Google's gets 401, and what is
no event at all gets 400, 405, 413 or 415.
"""

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import cast

import orjson
from flask import Blueprint, Response, request

from addon.cards.actions import (
    Action,
    AddAddress,
    ApplyNews,
    ChangeKind,
    Connect,
    Discard,
    LinkMail,
    OpenConsole,
    OpenInCrm,
    OpenMail,
    OpenMails,
    SaveAdd,
    SaveNote,
    SaveTask,
    SaveUpdate,
    SearchRecords,
    ShowActivity,
    ShowAdd,
    ShowHome,
    ShowMessage,
    ShowNote,
    ShowPerson,
    ShowRecord,
    ShowReturned,
    ShowTask,
    ShowUpdate,
    TryNow,
    Undo,
)
from addon.cards.replies import Answer, AskScopes, Reply
from addon.cards.state import cannot_verify_card, unexpected_card, unknown_caller_card
from addon.cards.widgets import Json, Sign
from addon.context import Context, Services, raw_message_id
from addon.errors import EMAIL_SCOPE, READ_SCOPE, answer_to
from addon.event import BadEvent, ButtonPressed, EntryPoint, Event, MessageOpened, canonical_message_id, parse
from addon.gmail import GmailError
from addon.handlers.activity import save_note, save_task, show_activity, show_note, show_task
from addon.handlers.add import change_kind, save_add, show_add
from addon.handlers.entrance import not_connected, open_page, turned_away
from addon.handlers.home import open_home, search_records, show_home
from addon.handlers.mails import open_mail, open_mails
from addon.handlers.message import open_message, show_message, show_person
from addon.handlers.news import apply_news, undo
from addon.handlers.record import add_address, connect, link_mail, open_in_crm, show_record
from addon.handlers.returned import discard, show_returned, try_now
from addon.handlers.update import save_update, show_update
from addon.rules import Barred
from addon.signing import PARAMETER, Buttons, Pressed, StaleButton
from addon.verify import NotGoogle, Verifier
from crm_client.errors import CrmError
from i18n import Language
from tenants.google.certificates import CertificatesUnavailable
from tenants.people import Caller, GoogleIdentity, NotConnected, NotInstalled, NotTold

MAX_BODY_BYTES = 1024 * 1024

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Door:
    """What the three routes need: who may come in, how buttons are written, and the services behind."""

    verifier: Verifier
    buttons: Buttons
    services: Services


class Refused(Exception):
    """Not a request an add-on answers with a card."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def create_addon(door: Door) -> Blueprint:
    addon = Blueprint("addon", __name__, url_prefix="/addon")

    @addon.post("/home")
    def home() -> Response:
        return _serve(door, EntryPoint.HOME, "home")

    @addon.post("/message")
    def message() -> Response:
        return _serve(door, EntryPoint.MESSAGE, "message")

    @addon.post("/act/<route>")
    def act(route: str) -> Response:
        return _serve(door, EntryPoint.BUTTON, route)

    return addon


def _serve(door: Door, entry: EntryPoint, route: str) -> Response:
    """One request. See the module's head for the steps."""
    language = door.services.languages.pick(None)
    afterwards: list[Callable[[], None]] = []
    sign = door.buttons.sign_for("", "")
    try:
        event = parse(_body(), entry)
        language = door.services.languages.pick(event.common.locale, event.common.zone)
        identity = _verified(door, event, route, entry)
        sign = door.buttons.sign_for(identity.sub if identity else "", canonical_message_id(raw_message_id(event)))
        answer = _answer(door, event, route, identity, language, afterwards)
    except BadEvent as error:
        return _refusal(HTTPStatus.BAD_REQUEST, error.reason)
    except Refused as error:
        return _refusal(error.status, error.reason)
    except NotGoogle as error:
        _log.warning("refused: %s", error.reason)
        return _refusal(HTTPStatus.UNAUTHORIZED, "not a request of Google's")
    except CertificatesUnavailable:
        _log.warning("Google's certificates cannot be had")
        answer = Reply(cannot_verify_card(language))
    except Exception:  # noqa: BLE001 - the last door: whatever it is, the person gets a card with a reference
        reference = uuid.uuid4().hex[:12]
        _log.exception("unexpected fault %s", reference)
        answer = Reply(unexpected_card(reference, language))
    response = Response(orjson.dumps(_written(answer, entry, sign)), mimetype="application/json")
    for job in afterwards:
        response.call_on_close(_quietly(job))
    return response


def _body() -> bytes:
    if request.mimetype != "application/json":
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "the body has to be application/json")
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is larger than 1 MB")
    body = request.stream.read(MAX_BODY_BYTES + 1)
    if len(body) > MAX_BODY_BYTES:
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is larger than 1 MB")
    return body


def _verified(door: Door, event: Event, route: str, entry: EntryPoint) -> GoogleIdentity | None:
    """The address Google was told to call, from the configuration: never from the request."""
    path = f"/addon/act/{route}" if entry is EntryPoint.BUTTON else f"/addon/{route}"
    common = event.common
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    return door.verifier.verify(common.system_token or bearer or None, common.user_token, door.services.base_url + path).identity


def _answer(
    door: Door, event: Event, route: str, identity: GoogleIdentity | None, language: Language, afterwards: list[Callable[[], None]]
) -> Answer:
    scopes = event.common.scopes
    if identity is None:
        asked = scopes is not None and EMAIL_SCOPE not in scopes
        return AskScopes((EMAIL_SCOPE,)) if asked else Reply(unknown_caller_card(language))
    if isinstance(event, MessageOpened) and scopes is not None and READ_SCOPE not in scopes:
        return AskScopes((READ_SCOPE,))
    refresh: Action = ShowMessage() if raw_message_id(event) else ShowHome(again=True)
    shared = False
    try:
        # At first sight this asks Google what is installed and the CRM for the person's name, so it can fail as any call can.
        who = door.services.directory.resolve(identity)
        if isinstance(who, NotInstalled | NotTold):
            return turned_away(who, refresh, language)
        pressed = _pressed(door, event, route, identity) if isinstance(event, ButtonPressed) else None
        if isinstance(who, NotConnected):
            return not_connected(door.services, who, pressed.action if pressed else None, refresh, language)
        shared = who.access.shared
        region = language.locale.territory or ""
        language = _allowed(door, who, event, language)
        crm = door.services.crms.open(who.access, language)
        return _handled(Context(door.services, who, crm, language, region, event, afterwards), pressed)
    except (CrmError, GmailError, StaleButton, Barred) as error:
        _log.info("answered with an error card: %s", type(error).__name__)
        return answer_to(error, refresh, language, shared=shared)


def _allowed(door: Door, who: Caller, event: Event, language: Language) -> Language:
    """The person's language, or the first of those his company has its cards in."""
    tags = who.policy.languages
    return language if not tags or language.tag in tags else door.services.languages.pick(tags[0], event.common.zone)


def _pressed(door: Door, event: ButtonPressed, route: str, identity: GoogleIdentity) -> Pressed:
    pressed = door.buttons.read(event.parameters.get(PARAMETER, ""), route, identity.sub)
    here = canonical_message_id(raw_message_id(event))
    if here and pressed.message_id and here != pressed.message_id:
        raise StaleButton("the card was drawn for another mail")
    return pressed


def _handled(context: Context, pressed: Pressed | None) -> Answer:  # noqa: C901, PLR0912 - one line a button
    """Which function answers what: the whole table."""
    event = context.event
    if pressed is None:
        return open_message(context) if isinstance(event, MessageOpened) and context.message_id else open_home(context)
    form = cast(ButtonPressed, event)
    match pressed.action:
        case ShowHome() as press:
            return show_home(context, press)
        case ShowMessage() as press:
            return show_message(context, press) if context.message_id else open_home(context)
        case ShowPerson() as press:
            return show_person(context, press)
        case ShowRecord() as press:
            return show_record(context, press)
        case SearchRecords() as press:
            return search_records(context, press)
        case ShowAdd() as press:
            return show_add(context, press)
        case ChangeKind() as press:
            return change_kind(context, press, form)
        case SaveAdd() as press:
            return save_add(context, press, form)
        case AddAddress() as press:
            return add_address(context, press)
        case ShowUpdate() as press:
            return show_update(context, press)
        case SaveUpdate() as press:
            return save_update(context, press, form)
        case ApplyNews() as press:
            return apply_news(context, press)
        case Undo() as press:
            return undo(context, press)
        case LinkMail() as press:
            return link_mail(context, press)
        case ShowActivity() as press:
            return show_activity(context, press)
        case ShowNote() as press:
            return show_note(context, press)
        case SaveNote() as press:
            return save_note(context, press, form)
        case ShowTask() as press:
            return show_task(context, press)
        case SaveTask() as press:
            return save_task(context, press, form)
        case ShowReturned() as press:
            return show_returned(context, press)
        case Discard() as press:
            return discard(context, press)
        case TryNow() as press:
            return try_now(context, press)
        case OpenInCrm() as press:
            return open_in_crm(context, press)
        case OpenMails() as press:
            return open_mails(context, press)
        case OpenMail() as press:
            return open_mail(context, press)
        case Connect() as press:
            return connect(context, press)
        case OpenConsole() as press:
            return open_page(context.services, context.caller.person, press.page)
        case _:
            raise StaleButton("no handler for this button")


def _written(answer: Answer, entry: EntryPoint, sign: Sign) -> Json:
    if isinstance(answer, AskScopes):
        return answer.write()
    return answer.for_click(sign) if entry is EntryPoint.BUTTON else answer.for_trigger(sign)


def _refusal(status: HTTPStatus, reason: str) -> Response:
    return Response(orjson.dumps({"error": reason}), status=status, mimetype="application/json")


def _quietly(job: Callable[[], None]) -> Callable[[], None]:
    """The answer is out; what fails now is for the log alone."""

    def run() -> None:
        try:
            job()
        except Exception:  # noqa: BLE001 - nobody is left to tell
            _log.exception("after the answer")

    return run
