"""Invented people, records and forms for the sample cards."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from addon.cards.mails import RecentMail
from addon.cards.news import NewsView
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
    NOTE_TEXT,
    PHONE,
    POSTCODE,
    SECONDARY_EMAIL,
    STREET,
    TITLE,
    WEBSITE,
    Activity,
    AttachmentNote,
    Choice,
    Correspondent,
    Deal,
    EmailEntry,
    EmailPage,
    Field,
    FieldType,
    Kind,
    Layout,
    MailCopy,
    Note,
    Owner,
    Record,
    Ref,
    Task,
)
from linking.errands import Work
from linking.outcomes import Entry, EntryState, Reason
from reading.proposal import Source

DAY = datetime(2026, 5, 3, 9, 30, tzinfo=UTC)
PAUL = Owner("1", "Paul Martin")

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
    PAUL,
    DAY,
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
    DAY,
    "Claire Dubois",
)
EMILY_LEAD = replace(EMILY_CONTACT, ref=Ref(Kind.LEAD, "203"), owner=PAUL)
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
    DAY,
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

NEWS = (
    NewsView(MOBILE, "+33 6 39 98 12 34", "+33 6 39 98 41 07", Source.SIGNATURE, "Port. : 06 39 98 41 07", "m1", ticked=True),
    NewsView(WEBSITE, "", "www.ateliers-roy.example", Source.SIGNATURE, "www.ateliers-roy.example", "m2", ticked=True),
    NewsView(STREET, "", "14 quai Arloing", Source.SIGNATURE, "14 quai Arloing, 69009 Lyon", "m3", ticked=False),
    NewsView(POSTCODE, "", "69009", Source.BODY, "<b>14</b> quai Arloing, 69009 Lyon", "m4", ticked=False),
)

_WAITING = Entry(1, Work.ADD, "Julien Petit", EntryState.WAITING, DAY)
RETURNED = Entry(
    4,
    Work.UPDATE,
    "Anna Roy",
    EntryState.RETURNED,
    DAY,
    ref=ANNA.ref,
    reason=Reason.REJECTED,
    problems=(FieldProblem(PHONE, Problem.TOO_LONG, 30),),
)
RETURNED_NOTE = replace(RETURNED, id=5, work=Work.NOTE, problems=(FieldProblem(NOTE_TEXT, Problem.INVALID),))
RETURNED_LINK = Entry(6, Work.LINK, "Anna Roy", EntryState.RETURNED, DAY, "m@x", ANNA.ref, Reason.GONE)
ENTRIES = (
    _WAITING,
    Entry(2, Work.UPDATE, "Anna Roy", EntryState.WAITING, DAY, ref=ANNA.ref, reconnect=True),
    Entry(3, Work.TASK, "Anna Roy", EntryState.DELIVERED, DAY, ref=ANNA.ref),
    Entry(7, Work.NOTE, "Emily Carter", EntryState.DELIVERED, DAY),
    Entry(8, Work.LINK, "Emily Carter", EntryState.DELIVERED, DAY, "n@x"),
)

_LONG_NOTE = (
    "Wants the lamps of hall 2 before the fair in September, and asked for the price with and without mounting. "
    "Her predecessor had agreed on 4 % discount; she wants that in writing. Call before Friday, she is away after that. "
) * 3


def _mail(number: int, subject: str, *, incoming: bool) -> EmailEntry:
    anna, paul = Correspondent(ANNA.value(EMAIL), "Anna Roy"), Correspondent("paul.martin@northlight.example", "Paul Martin")
    copy = MailCopy(
        f"{number}@ateliers-roy.example",
        subject,
        anna if incoming else paul,
        (paul if incoming else anna,),
        (),
        DAY,
        incoming=incoming,
        text="",
        attachments=(AttachmentNote("plan.pdf", "application/pdf", 81_000),),
    )
    return EmailEntry(str(number), copy, "Paul Martin", DAY)


ACTIVITY = Activity(
    emails=EmailPage(
        (
            _mail(1, "Request for a quote: hall 2", incoming=True),
            _mail(2, "Re: Request for a quote: hall 2", incoming=False),
            *(_mail(number, f"Showroom {number}", incoming=True) for number in range(3, 14)),
        ),
        "2",
    ),
    notes=(Note("1", _LONG_NOTE, "Claire Dubois", DAY), Note("2", "Prefers to be called in the morning.", "Paul Martin", DAY)),
    tasks=(
        Task("1", "Send the quote for hall 2", PAUL, date(2026, 4, 28)),
        Task("2", "Call about the showroom", Owner("2", "Claire Dubois"), date(2026, 5, 3)),
        Task("3", "Invite to the fair", PAUL, date(2026, 6, 1)),
        Task("4", "Look for a partner in Lyon", PAUL),
    ),
)

RECENT = (
    RecentMail(3, "Re: Quote for the workshop lighting, second version with the longer cables", DAY - timedelta(days=1), outgoing=True),
    RecentMail(2, "Quote for the workshop lighting", DAY - timedelta(days=4), outgoing=False),
    RecentMail(1, "", DAY - timedelta(days=30), outgoing=False),
)
