"""A mail's parts to a Message: the one place where headers become values, whatever the mail was read from."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from reading.addresses import mailbox, mailboxes
from reading.forwarded import quoted_original
from reading.headers import Headers, decode_words, one_line
from reading.message import MAX_HTML, MAX_IDS, Attachment, Mailbox, Message, Original, OriginalSource
from reading.parts import MAX_DEPTH, Part
from reading.text import is_attachment, text_of

MAX_SUBJECT = 1_000
_MAX_KEY = 250
_MAX_DATE = 200
_ANGLE = re.compile(r"<([^<>]*)>")
_ID = re.compile(r"<[^<>\s]{1,250}>")
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"
# As nearly all programs write it; anything else the standard library makes out.
_DATE = re.compile(
    r"(?:[A-Z][a-z]{2}, )?(\d{1,2}) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) ([1-9]\d{3}) "
    r"(\d\d):(\d\d):(\d\d) ([+-])([01]\d|2[0-3])([0-5]\d)(?: \([A-Z]+\))?$",
    re.ASCII,
)
_BULK = frozenset({"bulk", "list", "junk"})


def message_from(root: Part, *, with_contents: bool = False) -> Message:
    """`with_contents`: attachments that came along whole keep what is in them."""
    headers = root.headers
    subject = subject_of(headers)
    text = text_of(root)
    leaves = tuple(_below(root, 0))
    attached = [part for part in leaves if is_attachment(part)]
    sender = next(iter(mailboxes(headers.get("from", ""))), None)
    to = mailboxes(headers.get("to", ""))
    html, text_is_html = _html(leaves)
    sent_at = _sent_at(headers.get("date", ""))
    return Message(
        key=_key(headers, sender, to, sent_at),
        subject=subject,
        sent_at=sent_at,
        sender=sender,
        reply_to=mailboxes(headers.get("reply-to", "")),
        to=to,
        cc=mailboxes(headers.get("cc", "")),
        bcc=mailboxes(headers.get("bcc", "")),
        list_id=_list_id(headers.get("list-id", "")),
        list_post=_list_post(headers.get("list-post", "")),
        bulk=headers.get("precedence", "").lower() in _BULK or "list-unsubscribe" in headers or "list-id" in headers,
        automatic=_is_automatic(headers),
        text=text,
        html=html,
        text_is_html=text_is_html,
        organisation=one_line(decode_words(headers.get("organization", "") or headers.get("organisation", "")), _MAX_KEY),
        author="" if sender else one_line(decode_words(headers.get("from", "")), _MAX_KEY),
        answers="in-reply-to" in headers or "references" in headers,
        in_reply_to=_ids(headers.get("in-reply-to", "")),
        references=_ids(headers.get("references", "")),
        attachments=tuple(_attachment(part, with_contents) for part in attached),
        original=quoted_original(text, subject) or _attached_original(root, leaves),
    )


def _html(leaves: Sequence[Part]) -> tuple[str, bool]:
    """The first HTML part that is no file, and whether there is no plain text beside it."""
    shown = [part for part in leaves if not is_attachment(part)]
    html = next((part for part in shown if part.content.mime_type == "text/html"), None)
    if html is None:
        return "", False
    return html.text()[:MAX_HTML], not any(part.content.mime_type == "text/plain" and part.body.strip() for part in shown)


def subject_of(headers: Headers) -> str:
    return one_line(decode_words(headers.get("subject", "")[: MAX_SUBJECT * 10]), MAX_SUBJECT)


def _key(headers: Headers, sender: Mailbox | None, to: tuple[Mailbox, ...], sent_at: datetime | None) -> str:
    given = headers.get("message-id", "")
    angle = _ANGLE.search(given)
    key = "".join((angle[1] if angle else given.partition(" ")[0]).split())
    if 0 < len(key) <= _MAX_KEY and key.isprintable():
        return key
    # of values and not of header text, which differs between the ways a mail may be read
    written = (
        sender.address if sender else "",
        ",".join(box.address for box in to),
        sent_at.isoformat() if sent_at else " ".join(headers.get("date", "").split()),
        subject_of(headers),
    )
    return "sha256:" + hashlib.sha256("\n".join(written).encode("utf-8", "replace")).hexdigest()


def _ids(value: str) -> tuple[str, ...]:
    if "<" not in value:
        return ()
    found = tuple(dict.fromkeys(one for one in _ID.findall(value) if one.isprintable()))
    return found if len(found) <= MAX_IDS else (found[0], *found[1 - MAX_IDS :])


def _sent_at(value: str) -> datetime | None:
    usual = _DATE.match(value)
    try:
        if usual:
            day, month, year, hour, minute, second, sign, hours, minutes = usual.groups()
            offset = timedelta(hours=int(hours), minutes=int(minutes))
            said = datetime(int(year), _MONTHS.index(month) // 3 + 1, int(day), int(hour), int(minute), int(second), tzinfo=UTC)
            return said + offset if sign == "-" else said - offset
        parsed = parsedate_to_datetime(value[:_MAX_DATE])
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):  # what the standard library raises for dates that are none
        return None


def _list_id(value: str) -> str:
    angle = _ANGLE.search(value)
    return one_line(angle[1] if angle else value, _MAX_KEY).lower()


def _list_post(value: str) -> str:
    """The list's address; where it takes posts in another way, that; "" where nobody may post."""
    for angle in _ANGLE.findall(value):
        target = angle.strip()
        if target.lower().startswith("mailto:"):
            box = mailbox(target[len("mailto:") :].partition("?")[0])
            if box:
                return box.address
    shown = one_line(value, _MAX_KEY)
    return "" if shown.partition(" ")[0].lower() == "no" else shown


def _is_automatic(headers: Headers) -> bool:
    submitted = headers.get("auto-submitted", "no").partition(";")[0].partition("(")[0].strip().lower()
    return submitted != "no" or headers.get("return-path", "").replace(" ", "") == "<>"


def _below(part: Part, depth: int) -> Iterator[Part]:
    """The leaves of this mail in order; an attached mail is one leaf, and the images an HTML part holds together with are none."""
    if part.is_message or not part.parts:
        yield part
    elif depth < MAX_DEPTH:
        held_together = part.content.mime_type == "multipart/related"
        for child in part.parts:
            if held_together and child.content.mime_type.startswith("image/") and "content-id" in child.headers:
                continue
            yield from _below(child, depth + 1)


def _attachment(part: Part, with_contents: bool) -> Attachment:
    inner = next(iter(part.parts), None) if part.is_message else None
    name = part.content.name or (subject_of(inner.headers) if inner else "")
    content = part.content_bytes() if with_contents and part.body else None
    return Attachment(name, part.content.mime_type, part.length(), part.attachment_id, content)


def _attached_original(root: Part, leaves: Sequence[Part]) -> Original | None:
    """Who wrote the first attached mail. What a bounce or a digest carries was not forwarded by anybody."""
    if root.content.mime_type in {"multipart/report", "multipart/digest"}:
        return None
    for part in leaves:
        if part.is_message:
            inner = next(iter(part.parts), None)
            sender = next(iter(mailboxes(inner.headers.get("from", ""))), None) if inner else None
            return Original(sender, OriginalSource.ATTACHED_MESSAGE, subject_of(inner.headers)) if inner and sender else None
    return None
