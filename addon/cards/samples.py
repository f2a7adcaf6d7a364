"""Named example views: what the gallery draws, the tests check and the pictures show. All people are invented."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from addon.cards.actions import Action, ShowMessage
from addon.cards.add import AddView, add_card
from addon.cards.form import FormView
from addon.cards.home import HomeView, SearchView, home_card, search_card
from addon.cards.message import MessageView, PersonView, message_card
from addon.cards.news import NewsView, SavedView
from addon.cards.record import LinkView, MailView, RecordView, record_card
from addon.cards.state import (
    cannot_verify_card,
    gone_mail_card,
    no_crm_user_card,
    not_connected_card,
    not_installed_card,
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
    COUNTRY,
    EMAIL,
    FIRST_NAME,
    LAST_NAME,
    LEAD_SOURCE,
    MOBILE,
    PHONE,
    POSTCODE,
    SECONDARY_EMAIL,
    STREET,
    TITLE,
    WEBSITE,
    Choice,
    Deal,
    Field,
    FieldType,
    Hidden,
    Kind,
    Layout,
    Match,
    Owner,
    Record,
    RecordPage,
    Ref,
)
from i18n import ENGLISH, Language, Languages
from reading.message import Mailbox
from reading.people import Direction, MailKind, Person, Role
from reading.proposal import Source

_DAY = datetime(2026, 5, 3, 9, 30, tzinfo=UTC)
_PAUL = Owner("1", "Paul Martin")

ANNA = Record(
    Ref(Kind.CONTACT, "101"),
    "3",
    {
        FIRST_NAME: "Anna",
        LAST_NAME: "Roy",
        EMAIL: "anna.roy@ateliers-roy.example",
        TITLE: "Directrice des achats",
        COMPANY: "Ateliers Roy",
        PHONE: "+33 1 99 00 12 34",
        MOBILE: "+33 6 39 98 12 34",
        CITY: "Lyon",
        COUNTRY: "France",
        LEAD_SOURCE: "Referral",
    },
    _PAUL,
    _DAY,
    "Claire Dubois",
    open_deals=(
        Deal("1", "Workshop lighting, hall 2", "Proposal", Decimal(18400), "EUR", date(2026, 6, 30)),
        Deal("2", "Showroom", "Negotiation", Decimal(6250), "EUR", date(2026, 7, 15)),
    ),
)
EMILY_CONTACT = Record(
    Ref(Kind.CONTACT, "102"),
    "1",
    {
        FIRST_NAME: "Emily",
        LAST_NAME: "Carter",
        EMAIL: "emily.carter@brightworks.example",
        COMPANY: "Brightworks Ltd",
        PHONE: "+44 1632 960123",
    },
    Owner("2", "Claire Dubois"),
    _DAY,
    "Claire Dubois",
)
EMILY_LEAD = replace(EMILY_CONTACT, ref=Ref(Kind.LEAD, "203"), owner=_PAUL)
HOSTILE = Record(
    Ref(Kind.LEAD, "666"),
    "1",
    {
        LAST_NAME: '<b>Anna</b> & "Co" \u202etxt.exe <script>alert(1)</script>',
        EMAIL: "a&b<x>@evil.example",
        COMPANY: "<a href='https://evil.example'>Ateliers Roy</a>",
        TITLE: "x" * 10_000,
        PHONE: "javascript:alert(1)",
    },
    Owner("1", "<i>Paul</i>"),
    _DAY,
    "<u>Claire</u>",
)

LEAD_LAYOUT = Layout(
    Kind.LEAD,
    (
        Field(FIRST_NAME, "First name", FieldType.TEXT, max_length=40),
        Field(LAST_NAME, "Last name", FieldType.TEXT, mandatory=True, max_length=80),
        Field(EMAIL, "E-mail", FieldType.EMAIL, max_length=100),
        Field(SECONDARY_EMAIL, "Secondary e-mail", FieldType.EMAIL, max_length=100),
        Field(COMPANY, "Company", FieldType.TEXT, mandatory=True, max_length=200),
        Field(TITLE, "Title", FieldType.TEXT, max_length=100),
        Field(MOBILE, "Mobile", FieldType.PHONE, max_length=30),
        Field(PHONE, "Phone", FieldType.PHONE, max_length=30),
        Field(LEAD_SOURCE, "Lead source", FieldType.PICKLIST, choices=(Choice("Referral", "Referral"), Choice("Trade fair", "Trade fair"))),
        Field("call_back_on", "Call back on", FieldType.DATE),
        Field("newsletter", "Newsletter", FieldType.BOOLEAN),
        Field("description", "Description", FieldType.TEXTAREA, max_length=2000),
    ),
)

_JULIEN = Person("julien.petit@menuiserie-petit.example", "Julien Petit", Role.SENDER)
_NO_LINK = MailView()
_LINKED = MailView(LinkView(ANNA.ref, "Anna Roy", "Claire Dubois", mine=False, made_at=_DAY))
_KEPT = MailView(LinkView(ANNA.ref, "Anna Roy", "Paul Martin", mine=True, made_at=_DAY, waiting=True))


_NEWS = (
    NewsView(MOBILE, "+33 6 39 98 12 34", "+33 6 39 98 41 07", Source.SIGNATURE, "Port. : 06 39 98 41 07", "m1", ticked=True),
    NewsView(WEBSITE, "", "www.ateliers-roy.example", Source.SIGNATURE, "www.ateliers-roy.example", "m2", ticked=True),
    NewsView(STREET, "", "14 quai Arloing", Source.SIGNATURE, "14 quai Arloing, 69009 Lyon", "m3", ticked=False),
    NewsView(POSTCODE, "", "69009", Source.BODY, "<b>14</b> quai Arloing, 69009 Lyon", "m4", ticked=False),
)


def _known(record: Record = ANNA, role: Role = Role.SENDER, field: str = EMAIL) -> PersonView:
    address = record.value(EMAIL)
    return PersonView(Person(address, record.name, role), (Match(address, field, record),))


def _parcel() -> PersonView:
    return PersonView(Person("no-reply@parcel.example", "Parcel", Role.SENDER))


def _views(language: Language) -> Iterator[tuple[str, Card]]:
    yield from _message_views(language)
    yield from _form_views(language)
    yield from _search_views(language)
    yield from _state_views(language)


def _message_views(language: Language) -> Iterator[tuple[str, Card]]:
    received = Direction.RECEIVED
    anna = MessageView((_known(),), _NO_LINK, received)
    emily = Person(EMILY_CONTACT.value(EMAIL), "Emily Carter", Role.SENDER)
    both = PersonView(emily, (Match(emily.address, EMAIL, EMILY_CONTACT), Match(emily.address, EMAIL, EMILY_LEAD)))
    copy = PersonView(Person("hannah.schmidt@licht-und-raum.example", "Hannah Schmidt", Role.COPY))
    outage = Trouble(TroubleKind.OUTAGE, age=600)
    views = {
        "known": anna,
        "known-news": replace(anna, people=(replace(_known(), news=_NEWS),)),
        "known-saved": replace(anna, saved=SavedView("c1", ((MOBILE, "+33 6 39 98 12 34", "+33 6 39 98 41 07"), (CITY, "", "Lyon")))),
        "known-linked-by-colleague": replace(anna, mail=_LINKED),
        "known-link-kept": replace(anna, mail=_KEPT),
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
        "outage-nothing-known": replace(
            anna, people=(PersonView(_JULIEN, checked=False),), trouble=Trouble(TroubleKind.OUTAGE), may_add=()
        ),
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
    yield "add-outage", add_card(replace(add, trouble=Trouble(TroubleKind.OUTAGE)), language)
    form = FormView(LEAD_LAYOUT, ANNA.values, prefix="f1.")
    update = UpdateView(ANNA, form, drawn(form, ANNA.values))
    new = "+33 6 39 98 77 66"
    changes = (Change("Mobile", ANNA.value(MOBILE), new),)
    stale = FormView(LEAD_LAYOUT, {**ANNA.values, MOBILE: new}, now={MOBILE: ANNA.value(MOBILE)}, prefix="f2.")
    yield "update", update_card(update, language)
    yield "update-news", update_card(replace(update, news=_NEWS), language)
    yield "update-stale", update_card(replace(update, form=stale, changed_by="Claire Dubois", changes=changes), language)
    yield "update-emptied", update_card(replace(update, emptied=("Phone", "City")), language)
    yield "update-taken", update_card(replace(update, taken=True, taken_by="Henri Blanc"), language)
    yield "update-nothing", update_card(replace(update, nothing_changed=True), language)


def _search_views(language: Language) -> Iterator[tuple[str, Card]]:
    page = RecordPage((ANNA, EMILY_CONTACT, EMILY_LEAD), 2, 3, 47)
    yield "home", home_card(HomeView("Northlight", "Paul Martin", (ANNA, EMILY_LEAD)), language)
    yield "home-empty", home_card(HomeView("Northlight", "Paul Martin"), language)
    yield "home-outage", home_card(HomeView("", "Paul Martin", trouble=Trouble(TroubleKind.OUTAGE)), language)
    yield "search", search_card(SearchView("a", page), language)
    yield "search-nothing", search_card(SearchView("zzz", RecordPage((), 1, None, 0), _JULIEN.address, (Kind.LEAD,)), language)
    yield "search-too-short", search_card(SearchView("a", None), language)
    yield "record", record_card(RecordView(ANNA), language)
    yield "record-offer-address", record_card(RecordView(EMILY_CONTACT, _NO_LINK, "emily@home.example"), language)


def _state_views(language: Language) -> Iterator[tuple[str, Card]]:
    refresh: Action = ShowMessage()
    yield "state-not-connected", not_connected_card(refresh, language)
    yield "state-no-crm-user", no_crm_user_card("ines.costa@northlight.example", refresh, language)
    yield "state-not-installed", not_installed_card("elsewhere.example", refresh, language)
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
