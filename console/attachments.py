"""The files that came with a mail: named in lists, saved from pages."""

from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO

from flask import Response, send_file

from console.crm import mail_path
from console.pages import readable
from crm_client.records import AttachmentNote, EmailEntry, FileVerdict, Ref
from i18n import Language


@dataclass(frozen=True, slots=True)
class ShownAttachment:
    """`url` is where its content is; without one, `why_not` says why it is not kept."""

    name: str
    size: str
    url: str
    why_not: str


def saved(language: Language, name: str, content: bytes) -> Response:
    """Somebody else's file on our address: saved and never shown, whatever it says it is."""
    told = readable(name) or language.text("attachment")
    answer = send_file(BytesIO(content), "application/octet-stream", as_attachment=True, download_name=told, conditional=False)
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def shown_attachments(language: Language, ref: Ref, entry: EmailEntry) -> tuple[ShownAttachment, ...]:
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
    return ShownAttachment(part.name or language.text("attachment"), size_of(language, part.size), "" if why_not else url, why_not)


def size_of(language: Language, size: int) -> str:
    if size < 1000:  # noqa: PLR2004
        return language.plural("{count} byte", "{count} bytes", size)
    if size < 1_000_000:  # noqa: PLR2004
        return language.text("{size} kB", size=language.number(round(size / 1000)))
    return language.text("{size} MB", size=language.number(round(Decimal(size) / 1_000_000, 1)))
