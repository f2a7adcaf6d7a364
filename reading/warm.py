"""What a process does once before its first mail: tables are loaded and the reader has run, so that no rep waits for it."""

from functools import cache

from reading.fields.plans import load_plans
from reading.raw import read_raw
from reading.reading import read_fields

_TIMES = 12

_TEXT = """From: Nora Feld <nora.feld@feld-werkzeuge.example>
To: someone@reader.example
Subject: Re: Angebot
Date: Mon, 02 Nov 2026 09:00:00 +0100
Content-Type: text/plain; charset=utf-8

Guten Tag,

anbei die Liste. Sie erreichen mich bis 17 Uhr.

Mit freundlichen Grüßen
Nora Feld
Leiterin Einkauf
Feld Werkzeuge GmbH
Musterweg 12
10115 Berlin
Tel. +49 30 23125 017 | Fax +49 30 23125 018
Mobil: +49 171 3920001
www.feld-werkzeuge.example

Le 1 novembre 2026 à 10:00, Someone <someone@reader.example> a écrit :
> Bonjour,
> merci de votre message.
""".encode()

_HTML = b"""From: "Feld, Nora" <nora.feld@feld-werkzeuge.example>
To: someone@reader.example
Subject: Offer
Content-Type: text/html; charset=utf-8

<p>Hello,</p><p>the list is attached.</p><div class="gmail_signature"><b>Nora Feld</b><br>Head of Purchasing<table><tr>
<td>T +44 20 7946 0017</td><td>M +44 7700 900017</td></tr></table>1 Sample Street, London EC1A 1AA<br>
<a href="https://www.feld-werkzeuge.example">feld-werkzeuge.example</a></div>
<div class="gmail_quote">On Mon, 2 Nov 2026, Someone wrote:<blockquote>Hi</blockquote></div>
"""


@cache
def warm_up() -> None:
    """Once a process, when it starts; about 150 ms."""
    load_plans()
    for _ in range(_TIMES):
        for mail in (_TEXT, _HTML):
            read_fields(read_raw(mail), own_domains=frozenset({"reader.example"}))
