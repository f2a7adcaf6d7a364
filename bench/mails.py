"""Mails by the thousand, made of blocks: of every size, some with HTML, some with an attachment, as a mailbox has them."""

import base64
import datetime as dt
import random
from collections.abc import Iterator, Sequence
from email.utils import format_datetime

BEGAN = dt.datetime(2023, 1, 2, 8, tzinfo=dt.UTC)
APART = dt.timedelta(minutes=37)
CORRESPONDENTS = 2500
WITH_HTML = 0.6
WITH_FILE = 0.12
WORDS = (
    "anchor cable delivery drawing estimate flange harbour invoice keel launch mast offer order paint pump quay repair rigging sail "
    "schedule shipment steel survey thank timber valve please regards tomorrow meeting crane dépôt échéance réunion für Größe"
)
SUBJECTS = (
    "Delivery of the pumps",
    "Offer",
    "Devis pour la réfection du quai",
    "Re: Survey",
    "Invoice",
    "Réunion de chantier",
    "Größe der Masten",
)


def mails(count: int, seed: int = 7) -> Iterator[bytes]:
    """Always the same ones."""
    chance = random.Random(seed)  # noqa: S311  # no secret
    words = WORDS.split()
    paragraphs = [" ".join(chance.choices(words, k=60)) for _ in range(300)]
    lines = [_wrapped(one) for one in paragraphs]
    files = [base64.encodebytes(chance.randbytes(chance.randint(6_000, 30_000))).replace(b"\n", b"\r\n") for _ in range(40)]
    seals = [base64.b64encode(chance.randbytes(256)) for _ in range(100)]
    for number in range(count):
        chosen = chance.choices(range(len(lines)), k=min(30, 1 + int(chance.lognormvariate(1.5, 0.9))))
        body = _part("text/plain", b"\r\n\r\n".join(lines[one] for one in chosen))
        if chance.random() < WITH_HTML:
            html = "".join(f'<p style="font-family:Verdana,sans-serif;font-size:11pt">{paragraphs[one]}</p>\r\n' for one in chosen)
            body = _multipart("alternative", number, [body, _part("text/html", b"<html><body>" + html.encode() + b"</body></html>")])
        if chance.random() < WITH_FILE:
            name = f"offer-{number}.pdf".encode()
            head = b'Content-Type: application/pdf; name="%b"\r\nContent-Transfer-Encoding: base64\r\n' % name
            file = head + b'Content-Disposition: attachment; filename="%b"\r\n\r\n' % name + chance.choice(files)
            body = _multipart("mixed", number, [body, file])
        yield _head(number, chance, chance.choice(seals)) + body


def _head(number: int, chance: random.Random, seal: bytes) -> bytes:
    who = number * 7919 % CORRESPONDENTS
    sender = f"person{who}@yard{who % 300}.example"
    at = BEGAN + APART * number
    received = "".join(
        f"Received: from relay{hop}.yard{who % 300}.example (relay{hop} [203.0.113.{chance.randint(1, 250)}])\r\n"
        f"\tby mx{hop}.northlight.example with ESMTPS id {number:x}.{hop}; {format_datetime(at)}\r\n"
        for hop in range(chance.randint(2, 4))
    )
    answers = f"In-Reply-To: <{number - 1}@northlight.example>\r\nReferences: <{number - 2}@northlight.example>\r\n" if number % 3 else ""
    copies = f"Cc: Fleet <fleet{number % 40}@northlight.example>\r\n" if number % 5 == 0 else ""
    return (
        f"Return-Path: <{sender}>\r\n{received}"
        f"DKIM-Signature: v=1; a=rsa-sha256; d=yard{who % 300}.example; s=k1; h=from:to:subject:date;\r\n\tbh=x; b={seal.decode()}\r\n"
        f"Date: {format_datetime(at)}\r\nFrom: Person {who} <{sender}>\r\n"
        f"To: Anna Berg <bench@northlight.example>\r\n{copies}"
        f"Subject: =?utf-8?b?{base64.b64encode(f'{SUBJECTS[number % len(SUBJECTS)]} {number}'.encode()).decode()}?=\r\n"
        f"Message-ID: <{number}.{who}@yard{who % 300}.example>\r\n{answers}MIME-Version: 1.0\r\n"
    ).encode()


def _part(kind: str, content: bytes) -> bytes:
    return f"Content-Type: {kind}; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n".encode() + content + b"\r\n"


def _multipart(kind: str, number: int, parts: Sequence[bytes]) -> bytes:
    boundary = f"=_{kind}_{number}".encode()
    head = b'Content-Type: multipart/%b; boundary="%b"\r\n\r\n' % (kind.encode(), boundary)
    return head + b"".join(b"--%b\r\n%b\r\n" % (boundary, part) for part in parts) + b"--%b--\r\n" % boundary


def _wrapped(text: str) -> bytes:
    """As people's programs wrap it."""
    words, lines = text.split(), [""]
    for word in words:
        if len(lines[-1]) + len(word) > 72:  # noqa: PLR2004  # a line
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".lstrip()
    return "\r\n".join(lines).encode()
