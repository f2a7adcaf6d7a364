"""Mails linked to a record of the embedded CRM: one mail, the files that came with it."""

from dataclasses import dataclass

from flask import Blueprint, Response

from console.attachments import ShownAttachment, saved, shown_attachments
from console.crm import kind_named, open_embedded, record_path
from console.pages import Pages
from console.visitors import Visitors
from crm_client.open import Crms
from crm_client.records import EmailEntry, Record, Ref
from i18n import Language


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
        return saved(pages.language(), kept.name, kept.content)


def _mail_view(language: Language, record: Record, entry: EmailEntry) -> MailView:
    mail = entry.mail
    return MailView(
        title=mail.subject or language.text("(no subject)"),
        record_url=record_path(record.ref),
        record_name=record.name,
        entry=entry,
        sender=correspondent(mail.sender.name, mail.sender.address),
        to=tuple(correspondent(person.name, person.address) for person in mail.to),
        cc=tuple(correspondent(person.name, person.address) for person in mail.cc),
        attachments=shown_attachments(language, record.ref, entry),
    )


def correspondent(name: str, address: str) -> str:
    return f"{name} <{address}>" if name and address else name or address
