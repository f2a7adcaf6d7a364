"""Mails of a record: the lines of its Emails list, one mail, the files that came with it."""

from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO

from flask import Blueprint, Response, send_file

from console.crm import kind_named, mail_path, open_embedded, record_path
from console.pages import Pages, readable
from console.visitors import Visitors
from crm_client.open import Crms
from crm_client.records import AttachmentNote, EmailEntry, FileVerdict, Record, Ref
from i18n import Language

SHOWN_RECIPIENTS = 3


@dataclass(frozen=True, slots=True)
class ShownAttachment:
    """`url` is where its content is; without one, `why_not` says why it is not kept."""

    name: str
    size: str
    url: str
    why_not: str


@dataclass(frozen=True, slots=True)
class ListedMail:
    """A line of the Emails list. `recipients` are the first few, `more` counts the rest."""

    url: str
    entry: EmailEntry
    sender: str
    recipients: tuple[str, ...]
    more: int
    attachments: tuple[ShownAttachment, ...]


@dataclass(frozen=True, slots=True)
class MailView:
    """`to` and `cc` are complete here."""

    title: str
    record_url: str
    record_name: str
    entry: EmailEntry
    sender: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    attachments: tuple[ShownAttachment, ...]


def add_mail_pages(console: Blueprint, pages: Pages, visitors: Visitors, crms: Crms) -> None:
    @console.get("/crm/<kind>/<record_id>/emails/<email_id>")
    def mail(kind: str, record_id: str, email_id: str) -> Response:
        caller = visitors.caller()
        if isinstance(caller, Response):
            return caller
        language = pages.language()
        crm, ref = open_embedded(crms, caller, language), Ref(kind_named(kind), record_id)
        return pages.show("mail.html", _mail_view(language, crm.get(ref), crm.email(ref, email_id)))

    @console.get("/crm/<kind>/<record_id>/emails/<email_id>/files/<int:place>")
    def file(kind: str, record_id: str, email_id: str, place: int) -> Response:
        caller = visitors.caller()
        if isinstance(caller, Response):
            return caller
        kept = open_embedded(crms, caller, pages.language()).attachment(Ref(kind_named(kind), record_id), email_id, place)
        name = readable(kept.name) or pages.language().text("attachment")
        # Somebody else's file on our address: saved and never shown, whatever it says it is.
        answer = send_file(BytesIO(kept.content), "application/octet-stream", as_attachment=True, download_name=name, conditional=False)
        answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
        answer.headers["Cache-Control"] = "no-store"
        return answer


def listed_mail(language: Language, ref: Ref, entry: EmailEntry) -> ListedMail:
    mail = entry.mail
    recipients = tuple(person.name or person.address for person in (*mail.to, *mail.cc))
    return ListedMail(
        url=mail_path(ref, entry.id),
        entry=entry,
        sender=mail.sender.name or mail.sender.address,
        recipients=recipients[:SHOWN_RECIPIENTS],
        more=len(recipients[SHOWN_RECIPIENTS:]),
        attachments=_attachments(language, ref, entry),
    )


def _mail_view(language: Language, record: Record, entry: EmailEntry) -> MailView:
    mail = entry.mail
    return MailView(
        title=mail.subject or language.text("(no subject)"),
        record_url=record_path(record.ref),
        record_name=record.name,
        entry=entry,
        sender=_correspondent(mail.sender.name, mail.sender.address),
        to=tuple(_correspondent(person.name, person.address) for person in mail.to),
        cc=tuple(_correspondent(person.name, person.address) for person in mail.cc),
        attachments=_attachments(language, record.ref, entry),
    )


def _correspondent(name: str, address: str) -> str:
    return f"{name} <{address}>" if name and address else name or address


def _attachments(language: Language, ref: Ref, entry: EmailEntry) -> tuple[ShownAttachment, ...]:
    together = enumerate(zip(entry.mail.attachments, entry.verdicts, strict=True))
    return tuple(_attachment(language, f"{mail_path(ref, entry.id)}/files/{place}", part, verdict) for place, (part, verdict) in together)


def _attachment(language: Language, url: str, part: AttachmentNote, verdict: FileVerdict) -> ShownAttachment:
    match verdict:
        case FileVerdict.STORED:
            why_not = ""
        case FileVerdict.TOO_LARGE:
            why_not = language.text("too large to keep")
        case _:
            why_not = language.text("only the name is kept")
    return ShownAttachment(part.name or language.text("attachment"), _size(language, part.size), "" if why_not else url, why_not)


def _size(language: Language, size: int) -> str:
    if size < 1000:  # noqa: PLR2004
        return language.plural("{count} byte", "{count} bytes", size)
    if size < 1_000_000:  # noqa: PLR2004
        return language.text("{size} kB", size=language.number(round(size / 1000)))
    return language.text("{size} MB", size=language.number(round(Decimal(size) / 1_000_000, 1)))
