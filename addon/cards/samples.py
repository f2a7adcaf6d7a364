"""Named example views: what the gallery draws, the tests check and the pictures show. All people are invented."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from addon.cards.account import AccountView
from addon.cards.actions import Action, ShowMessage
from addon.cards.activity import ActivityView, Colleague, NoteView, TaskView, activity_card, note_card, task_card
from addon.cards.add import AddView, add_card
from addon.cards.barred import Bar, barred_card
from addon.cards.entrance import (
    Product,
    administrator_card,
    no_crm_user_card,
    no_grant_card,
    not_connected_card,
    not_installed_card,
    not_told_card,
)
from addon.cards.form import FormView
from addon.cards.home import HomeView, SearchView, home_card, search_card
from addon.cards.message import MessageView, PersonView, message_card
from addon.cards.news import SavedView
from addon.cards.record import FileView, Linking, LinkView, MailView, RecordView, record_card
from addon.cards.returned import ReturnedView, returned_card
from addon.cards.sample_records import (
    ACTIVITY,
    ANNA,
    DAY,
    EMILY_CONTACT,
    EMILY_LEAD,
    ENTRIES,
    HOSTILE,
    LEAD_LAYOUT,
    NEWS,
    RECENT,
    RETURNED,
    RETURNED_LINK,
    RETURNED_NOTE,
)
from addon.cards.standing import not_delivered, why_returned
from addon.cards.state import (
    cannot_verify_card,
    connection_ended_card,
    gone_mail_card,
    stale_button_card,
    trouble_card,
    unexpected_card,
    unknown_caller_card,
    unreadable_mail_card,
)
from addon.cards.trouble import Trouble, TroubleKind
from addon.cards.update import Change, UpdateView, drawn, update_card
from addon.cards.widgets import Card, Json
from crm_client.errors import FieldProblem, Problem
from crm_client.records import (
    CITY,
    COMPANY,
    EMAIL,
    FIRST_NAME,
    LAST_NAME,
    MOBILE,
    NOTE_TEXT,
    PHONE,
    SECONDARY_EMAIL,
    TASK_TITLE,
    Activity,
    EmailPage,
    FileVerdict,
    Hidden,
    Kind,
    Match,
    Record,
    RecordPage,
)
from crm_client.zoho.data_centres import SIGN_UP
from i18n import ENGLISH, Language, Languages
from linking.errands import Work
from linking.outcomes import Entry, EntryState
from reading.message import Mailbox
from reading.people import Direction, MailKind, Person, Role
from tenants.policy import WhoMayLink

_JULIEN = Person("julien.petit@menuiserie-petit.example", "Julien Petit", Role.SENDER)
_NO_LINK = MailView()
_LINKED = MailView(LinkView(ANNA.ref, "Anna Roy", "Claire Dubois", mine=False, made_at=DAY))
_HEADERS_ONLY = MailView(linking=Linking(headers_only=True))
_OTHERS_LINK = MailView(linking=Linking(WhoMayLink.OWNERS, "2"))
_KEPT_ENTRY = Entry(9, Work.LINK, "Anna Roy", EntryState.WAITING, DAY)
_KEPT = MailView(LinkView(ANNA.ref, "Anna Roy", "Paul Martin", mine=True, made_at=DAY, waiting=True, entry=_KEPT_ENTRY))
_FILES = tuple(
    FileView(name, verdict) for name, verdict in zip(("plan.pdf", "plans.dwg", "macro.exe", "photo.jpg"), FileVerdict, strict=True)
)


def _known(record: Record = ANNA, role: Role = Role.SENDER, field: str = EMAIL) -> PersonView:
    address = record.value(EMAIL)
    return PersonView(Person(address, record.name, role), (Match(address, field, record),))


def _parcel() -> PersonView:
    return PersonView(Person("no-reply@parcel.example", "Parcel", Role.SENDER))


def _looked_at() -> PersonView:
    """As somebody sees her who is nobody in the CRM."""
    shown = {name: ANNA.value(name) for name in (FIRST_NAME, LAST_NAME, EMAIL, COMPANY)}
    return _known(replace(ANNA, values=shown, may_edit=False, open_deals=()))


def _views(language: Language) -> Iterator[tuple[str, Card]]:
    yield from _message_views(language)
    yield from _form_views(language)
    yield from _outbox_views(language)
    yield from _search_views(language)
    yield from _state_views(language)


def _message_views(language: Language) -> Iterator[tuple[str, Card]]:
    received = Direction.RECEIVED
    anna = MessageView((_known(),), _NO_LINK, received)
    emily = Person(EMILY_CONTACT.value(EMAIL), "Emily Carter", Role.SENDER)
    both = PersonView(emily, (Match(emily.address, EMAIL, EMILY_CONTACT), Match(emily.address, EMAIL, EMILY_LEAD)))
    copy = PersonView(Person("hannah.schmidt@licht-und-raum.example", "Hannah Schmidt", Role.COPY))
    outage = Trouble(TroubleKind.OUTAGE, age=600)
    saved = SavedView("c1", "Anna Roy", ((MOBILE, "+33 6 39 98 12 34", "+33 6 39 98 41 07"), (CITY, "", "Lyon")))
    views = {
        "known": anna,
        "known-news": replace(anna, people=(replace(_known(), news=NEWS),)),
        "known-saved": replace(anna, saved=saved),
        "known-linked-by-colleague": replace(anna, mail=_LINKED),
        "known-link-kept": replace(anna, mail=_KEPT),
        "known-linked-files": replace(anna, mail=replace(_LINKED, files=_FILES)),
        "known-page": replace(anna, people=(_known(replace(ANNA, url="https://crm.example/tab/Contacts/101")),)),
        "known-entries": replace(anna, entries=ENTRIES),
        "known-returned": replace(anna, entries=(RETURNED,)),
        "known-returned-several": replace(anna, entries=(RETURNED, RETURNED_NOTE, RETURNED_LINK, *ENTRIES)),
        "known-read-only": replace(anna, people=(_known(replace(ANNA, may_edit=False)),)),
        "known-secondary-address": replace(anna, people=(_known(field=SECONDARY_EMAIL),)),
        "lead-and-contact": replace(anna, people=(both,)),
        "several-people": replace(anna, people=(_known(), both, copy)),
        "own-sent": replace(anna, people=(_known(role=Role.RECIPIENT), copy), direction=Direction.SENT),
        "unknown": replace(anna, people=(PersonView(_JULIEN),)),
        "unknown-without-name": replace(anna, people=(PersonView(replace(_JULIEN, name="")),)),
        "unknown-may-not-add": replace(anna, people=(PersonView(_JULIEN),), may_add=()),
        "hidden-record": replace(anna, people=(PersonView(_JULIEN, hidden=(Hidden(_JULIEN.address, Kind.LEAD),)),)),
        "forwarded": replace(
            anna,
            people=(PersonView(replace(_JULIEN, role=Role.ORIGINAL_SENDER)),),
            forwarded_by=Mailbox("claire.dubois@northlight.example", "Claire Dubois"),
        ),
        "mailing-list": replace(anna, people=(PersonView(_JULIEN),), kind=MailKind.MAILING_LIST),
        "automated": replace(
            anna, people=(PersonView(Person("no-reply@parcel.example", "Parcel", Role.SENDER)),), kind=MailKind.NOTIFICATION
        ),
        "colleagues-only": MessageView((), _NO_LINK, Direction.INTERNAL),
        "to-myself": MessageView((), _NO_LINK, Direction.SENT),
        "no-readable-sender": MessageView((), _NO_LINK, Direction.UNREADABLE),
        "nobody-from-outside": MessageView((), _LINKED, received),
        "outage-last-known": replace(anna, trouble=outage, may_add=()),
        "outage-known-unknown": replace(anna, people=(PersonView(_JULIEN),), trouble=outage, entries=ENTRIES[:1]),
        "reconnect": replace(anna, trouble=Trouble(TroubleKind.RECONNECT, age=600), entries=ENTRIES[1:2]),
        "outage-nothing-known": replace(
            anna, people=(PersonView(_JULIEN, checked=False),), trouble=Trouble(TroubleKind.OUTAGE), may_add=()
        ),
        "headers-only": replace(anna, mail=_HEADERS_ONLY),
        "headers-only-colleagues": MessageView((), _HEADERS_ONLY, Direction.INTERNAL),
        "not-the-owner": replace(anna, mail=_OTHERS_LINK),
        "look-only": replace(anna, people=(_looked_at(),), mail=_LINKED, may_add=(), look_only=True),
        "look-only-unknown": replace(anna, people=(PersonView(_JULIEN),), may_add=(), look_only=True),
        "recent-mails": replace(anna, people=(replace(_known(), recent=RECENT),), needed=True),
        "contacts-first": replace(anna, people=(PersonView(_JULIEN),), may_add=(Kind.CONTACT, Kind.LEAD)),
        "hostile-text": MessageView(
            (PersonView(Person("a@evil.example", HOSTILE.name, Role.SENDER), (Match("a@evil.example", EMAIL, HOSTILE),)), both),
            _NO_LINK,
            received,
        ),
    }
    for name, view in views.items():
        yield f"message-{name}", message_card(view, language)


def _form_views(language: Language) -> Iterator[tuple[str, Card]]:
    typed = {FIRST_NAME: "Julien", LAST_NAME: "Petit", EMAIL: _JULIEN.address}
    kinds = (Kind.LEAD, Kind.CONTACT)
    add = AddView(Kind.LEAD, kinds, FormView(LEAD_LAYOUT, typed), "k1", _JULIEN.address)
    problems = (FieldProblem(COMPANY, Problem.MISSING), FieldProblem(PHONE, Problem.TOO_LONG, 30))
    yield "add", add_card(add, language)
    yield "add-problems", add_card(replace(add, form=FormView(LEAD_LAYOUT, {**typed, PHONE: "1" * 40}, problems)), language)
    yield "add-already-there", add_card(replace(add, there=(ANNA,)), language)
    yield "add-same-name", add_card(replace(add, same_name=(EMILY_CONTACT,)), language)
    yield "add-hidden", add_card(replace(add, hidden=True), language)
    yield "add-being-added", add_card(replace(add, being_added_by="Claire Dubois"), language)
    why = " ".join((not_delivered(ENTRIES[0], language), why_returned(RETURNED, language)))
    problem = FormView(LEAD_LAYOUT, {**typed, PHONE: "1" * 40}, problems[1:])
    yield "add-returned", add_card(replace(add, form=problem, reason=why, entry=4), language)
    form = FormView(LEAD_LAYOUT, ANNA.values, prefix="f1.")
    update = UpdateView(ANNA.ref, ANNA.name, form, "k2", drawn(form, ANNA.values))
    new = "+33 6 39 98 77 66"
    changes = (Change("Mobile", ANNA.value(MOBILE), new),)
    stale = FormView(LEAD_LAYOUT, {**ANNA.values, MOBILE: new}, now={MOBILE: ANNA.value(MOBILE)}, prefix="f2.")
    yield "update", update_card(update, language)
    yield "update-news", update_card(replace(update, news=NEWS), language)
    yield "update-stale", update_card(replace(update, form=stale, changed_by="Claire Dubois", changes=changes), language)
    yield "update-emptied", update_card(replace(update, emptied=("Phone", "City")), language)
    yield "update-taken", update_card(replace(update, taken=True, taken_by="Henri Blanc"), language)
    yield "update-nothing", update_card(replace(update, nothing_changed=True), language)


def _outbox_views(language: Language) -> Iterator[tuple[str, Card]]:
    today = date(2026, 5, 3)
    activity = ActivityView(ANNA.ref, "Anna Roy", ACTIVITY, today)
    yield "activity", activity_card(activity, language)
    yield "activity-nothing", activity_card(replace(activity, activity=Activity(EmailPage(()), (), ())), language)
    yield "activity-parts", activity_card(replace(activity, activity=replace(ACTIVITY, emails=None, tasks=None)), language)
    yield "activity-shared", activity_card(replace(activity, activity=replace(ACTIVITY, emails=None), shared=True), language)
    outage = Trouble(TroubleKind.OUTAGE)
    waiting = (replace(ENTRIES[0], work=Work.NOTE, name="Anna Roy"),)
    yield "activity-outage", activity_card(replace(activity, activity=None, trouble=outage, entries=waiting), language)
    note = NoteView(ANNA.ref, "Anna Roy", "k3")
    yield "note", note_card(note, language)
    yield "note-empty", note_card(replace(note, problems=(FieldProblem(NOTE_TEXT, Problem.MISSING),)), language)
    why = " ".join((not_delivered(RETURNED_NOTE, language), why_returned(RETURNED_NOTE, language)))
    yield "note-returned", note_card(replace(note, text=ACTIVITY.notes[0].text if ACTIVITY.notes else "", reason=why, entry=5), language)
    owners = (Colleague("", "Paul Martin"), Colleague("2", "Claire Dubois"))
    task = TaskView(ANNA.ref, "Anna Roy", "k4", owners)
    yield "task", task_card(task, language)
    missing = (FieldProblem(TASK_TITLE, Problem.MISSING),)
    yield "task-problem", task_card(replace(task, due_on=today, owner="2", problems=missing), language)
    mail = ((language.text("Subject"), "Request for a quote: hall 2"), (language.text("Sender"), "Anna Roy"))
    yield "returned-link", returned_card(ReturnedView(RETURNED_LINK, mail, mail_open=True), language)
    gone = replace(RETURNED, reason=RETURNED_LINK.reason)
    yield "returned-gone", returned_card(ReturnedView(gone, (("Phone", "+33 1 99 00 55 66"), ("City", "Lyon"))), language)


def _search_views(language: Language) -> Iterator[tuple[str, Card]]:
    page = RecordPage((ANNA, EMILY_CONTACT, EMILY_LEAD), 2, 3, 47)
    account = AccountView("Northlight", "Paul Martin", "Zoho CRM")
    silent = replace(account, organisation="", user="")
    yield "home", home_card(HomeView(account, (ANNA, EMILY_LEAD)), language)
    yield "home-empty", home_card(HomeView(replace(account, may_set_up=True)), language)
    yield "home-outage", home_card(HomeView(silent, trouble=Trouble(TroubleKind.OUTAGE)), language)
    yield "home-entries", home_card(HomeView(account, (ANNA,), entries=(RETURNED, *ENTRIES)), language)
    yield "home-shared", home_card(HomeView(replace(account, shared=True), (ANNA,)), language)
    yield "home-refused", home_card(HomeView(replace(account, shared=True, refused="Paul Martin Consulting")), language)
    yield "home-mailbox", home_card(HomeView(account, (ANNA,), needed=True), language)
    yield "home-look-only", home_card(HomeView(replace(account, shared=True, look_only=True, may_set_up=True), (ANNA,)), language)
    yield "search", search_card(SearchView("a", page), language)
    yield "search-nothing", search_card(SearchView("zzz", RecordPage((), 1, None, 0), _JULIEN.address, (Kind.LEAD,)), language)
    yield "search-too-short", search_card(SearchView("a", None), language)
    yield "record", record_card(RecordView(ANNA), language)
    looked_at = _looked_at().matches[0].record
    yield "record-look-only", record_card(RecordView(looked_at, look_only=True), language)
    yield "record-entries", record_card(RecordView(ANNA, _NO_LINK, entries=(RETURNED, *ENTRIES[1:3])), language)
    yield "record-recent-mails", record_card(RecordView(ANNA, _NO_LINK, recent=RECENT), language)
    yield "record-offer-address", record_card(RecordView(EMILY_CONTACT, _NO_LINK, "emily@home.example"), language)


def _state_views(language: Language) -> Iterator[tuple[str, Card]]:
    refresh: Action = ShowMessage()
    zoho = Product("Zoho CRM", SIGN_UP)
    yield "state-not-installed", not_installed_card("elsewhere.example", refresh, language)
    yield "state-not-installed-consumer", not_installed_card("", refresh, language)
    yield "state-not-told", not_told_card(refresh, language)
    yield "state-administrator", administrator_card("", refresh, language)
    yield "state-administrator-refused", administrator_card("Paul Martin Consulting", refresh, language)
    yield "state-not-connected", not_connected_card("", refresh, language, company=True)
    yield "state-not-connected-alone", not_connected_card("", refresh, language, company=False)
    yield "state-no-grant", no_grant_card(zoho, "", refresh, language)
    yield "state-no-grant-refused", no_grant_card(zoho, "Paul Martin Consulting", refresh, language)
    yield "state-connection-ended", connection_ended_card(refresh, language)
    yield "state-connection-ended-shared", connection_ended_card(refresh, language, shared=True)
    yield "state-no-crm-user", no_crm_user_card("ines.costa@northlight.example", refresh, language)
    for bar, name in ((Bar.EXCLUDED, "bank.example"), (Bar.NO_LINKS, ""), (Bar.NOT_OWNER, "Claire Dubois"), (Bar.NO_USER, "")):
        yield f"state-{bar.replace(' ', '-')}", barred_card(bar, name, refresh, language)
    yield "state-unknown-caller", unknown_caller_card(language)
    yield "state-unreadable-mail", unreadable_mail_card(refresh, language)
    yield "state-mail-gone", gone_mail_card(refresh, language)
    yield "state-stale-button", stale_button_card(refresh, language)
    yield "state-unexpected", unexpected_card("4f1c2a9b7e30", language)
    yield "state-cannot-verify", cannot_verify_card(language)
    for kind in TroubleKind:
        yield f"state-{kind}", trouble_card(Trouble(kind, wait=30), refresh, language)


def sample_cards(base_url: str) -> Iterator[tuple[str, Json]]:
    """Every sample in English, then in French ("fr/…")."""

    def sign(action: Action) -> Json:
        return {
            "function": f"{base_url}/addon/act/{action.route}",
            "parameters": [{"key": "p", "value": "sample"}],
            "loadIndicator": "SPINNER",
        }

    for name, card in _views(ENGLISH):
        yield name, card.write(sign)
    french = Languages().pick("fr", "Europe/Paris")
    for name, card in _views(french):
        yield f"fr/{name}", card.write(sign)
