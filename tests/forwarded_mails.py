"""Forwarded mails as each mail program writes them, in seven languages."""

from reading.message import Mailbox

HANNAH = Mailbox("hannah.schmidt@licht-und-raum.example", "Hannah Schmidt")
JULIEN = Mailbox("julien.petit@menuiserie-petit.example", "Julien Petit")
CARLOS = Mailbox("carlos.vega@vega-iluminacion.example", "Carlos Vega")

# program and language, subject of the mail, its text, who wrote the original, the original's subject
FORWARDS = {
    "Gmail, English": (
        "Fwd: Lamps for the shop",
        """\
Can you take this one?

---------- Forwarded message ---------
From: Hannah Schmidt <hannah.schmidt@licht-und-raum.example>
Date: Mon, 4 May 2026 at 10:15
Subject: Lamps for the shop
To: Claire <claire.dubois@northlight.example>


Hello,
From: x@y.example
""",
        HANNAH,
        "Lamps for the shop",
    ),
    "Gmail, French, bold": (
        "Fwd: Devis",
        """\
---------- Message transféré ---------
De : *Julien Petit* <julien.petit@menuiserie-petit.example>
Date: lun. 4 mai 2026 à 10:15
Subject: Devis
To: <claire.dubois@northlight.example>


Bonjour""",
        JULIEN,
        "Devis",
    ),
    "Gmail, German": (
        "Fwd: Anfrage",
        """\
---------- Weitergeleitete Nachricht ---------
Von: Hannah Schmidt <hannah.schmidt@licht-und-raum.example>
Datum: Mo., 4. Mai 2026 um 10:15 Uhr
Betreff: Anfrage
An: <claire.dubois@northlight.example>

Hallo""",
        HANNAH,
        "Anfrage",
    ),
    "Outlook, English": (
        "FW: Lamps",
        """\
Paul, for you.

Claire Dubois
Northlight

________________________________
From: Hannah Schmidt <hannah.schmidt@licht-und-raum.example>
Sent: Monday, May 4, 2026 10:15 AM
To: Claire Dubois <claire.dubois@northlight.example>
Subject: Lamps

Hello""",
        HANNAH,
        "Lamps",
    ),
    "Outlook, old, with mailto": (
        "FW: Lamps",
        """\
-----Original Message-----
From: Hannah Schmidt [mailto:hannah.schmidt@licht-und-raum.example]
Sent: Monday, May 4, 2026 10:15 AM
To: Claire Dubois
Subject: Lamps

Hello""",
        HANNAH,
        "Lamps",
    ),
    "Outlook, plain text of a link": (
        "FW: Lamps",
        """\
From: Hannah Schmidt <hannah.schmidt@licht-und-raum.example<mailto:hannah.schmidt@licht-und-raum.example>>
Sent: 4 May 2026
To: x
Subject: Lamps

Hello""",
        HANNAH,
        "Lamps",
    ),
    "Outlook, French": (
        "TR : Devis",
        """\
À traiter

De\u00a0: Julien Petit <julien.petit@menuiserie-petit.example>
Envoyé\u00a0: lundi 4 mai 2026 10:15
À\u00a0: Claire Dubois <claire.dubois@northlight.example>
Cc\u00a0: x@y.example
Objet\u00a0: Devis

Bonjour""",
        JULIEN,
        "Devis",
    ),
    "Outlook, German": (
        "WG: Anfrage",
        """\
Von: Hannah Schmidt <hannah.schmidt@licht-und-raum.example>
Gesendet: Montag, 4. Mai 2026 10:15
An: Claire Dubois
Betreff: Anfrage

Hallo""",
        HANNAH,
        "Anfrage",
    ),
    "Outlook, Spanish": (
        "RV: Pedido",
        """\
De: Carlos Vega <carlos.vega@vega-iluminacion.example>
Enviado el: lunes, 4 de mayo de 2026 10:15
Para: Claire Dubois
Asunto: Pedido

Hola""",
        CARLOS,
        "Pedido",
    ),
    "Outlook, Italian": (
        "I: Ordine",
        """\
Da: Carlos Vega <carlos.vega@vega-iluminacion.example>
Inviato: lunedì 4 maggio 2026 10:15
A: Claire Dubois
Oggetto: Ordine

Buongiorno""",
        CARLOS,
        "Ordine",
    ),
    "Outlook, Portuguese": (
        "ENC: Pedido",
        """\
De: Carlos Vega <carlos.vega@vega-iluminacion.example>
Enviada em: segunda-feira, 4 de maio de 2026 10:15
Para: Claire
Assunto: Pedido

Olá""",
        CARLOS,
        "Pedido",
    ),
    "Outlook, Dutch": (
        "Doorst: Bestelling",
        """\
Van: Hannah Schmidt <hannah.schmidt@licht-und-raum.example>
Verzonden: maandag 4 mei 2026 10:15
Aan: Claire Dubois
Onderwerp: Bestelling

Hallo""",
        HANNAH,
        "Bestelling",
    ),
    "Apple Mail, English, quoted": (
        "Fwd: Lamps",
        """\
See below

> Begin forwarded message:

Begin forwarded message:

> From: Hannah Schmidt <hannah.schmidt@licht-und-raum.example>
> Subject: Lamps
> Date: 4 May 2026 at 10:15:00 CEST
> To: claire.dubois@northlight.example
> \n\
> Hello""",
        HANNAH,
        "Lamps",
    ),
    "Apple Mail, French": (
        "Fwd: Devis",
        """\
Début du message réexpédié\u202f:

De: Julien Petit <julien.petit@menuiserie-petit.example>
Objet: Devis
Date: 4 mai 2026 à 10:15:00 UTC+2
À: claire.dubois@northlight.example

Bonjour""",
        JULIEN,
        "Devis",
    ),
    "Apple Mail, German, decomposed letters": (
        "Fwd: Anfrage",
        """\
Anfang der weitergeleiteten Nachricht:

Von: Hannah Schmidt <hannah.schmidt@licht-und-raum.example>

Betreff: Aw: Anfrage fu\u0308r

Datum: 4. Mai 2026

An: x

Hallo""",
        HANNAH,
        "Aw: Anfrage fu\u0308r",
    ),
    "Apple Mail, Spanish": (
        "Fwd: Pedido",
        """\
Inicio del mensaje reenviado:

De: Carlos Vega <carlos.vega@vega-iluminacion.example>
Asunto: Pedido
Fecha: 4 de mayo
Para: x

Hola""",
        CARLOS,
        "Pedido",
    ),
    "Apple Mail, Italian": (
        "Fwd: Ordine",
        """\
Inizio messaggio inoltrato:

Da: Carlos Vega <carlos.vega@vega-iluminacion.example>
Oggetto: Ordine
Data: 4 maggio
A: x

Ciao""",
        CARLOS,
        "Ordine",
    ),
    "Apple Mail, Dutch": (
        "Fwd: Bestelling",
        """\
Begin doorgestuurd bericht:

Van: Hannah Schmidt <hannah.schmidt@licht-und-raum.example>
Onderwerp: Bestelling
Datum: 4 mei
Aan: x

Hallo""",
        HANNAH,
        "Bestelling",
    ),
    "Apple Mail, Portuguese": (
        "Fwd: Pedido",
        """\
Início da mensagem reencaminhada:

De: Carlos Vega <carlos.vega@vega-iluminacion.example>
Assunto: Pedido
Data: 4 de maio
Para: x

Olá""",
        CARLOS,
        "Pedido",
    ),
    "Thunderbird, English": (
        "Fwd: Lamps",
        """\
-------- Forwarded Message --------
Subject: \tLamps
Date: \tMon, 4 May 2026 10:15:00 +0200
From: \tHannah Schmidt <hannah.schmidt@licht-und-raum.example>
To: \tclaire.dubois@northlight.example


Hello""",
        HANNAH,
        "Lamps",
    ),
    "Thunderbird, French": (
        "Fwd: Devis",
        """\
-------- Message transféré --------
Sujet : \tDevis
Date : \tlun. 4 mai 2026
De : \tJulien Petit <julien.petit@menuiserie-petit.example>
Pour : \tx

Bonjour""",
        JULIEN,
        "Devis",
    ),
    "Thunderbird, Spanish": (
        "Fwd: Pedido",
        """\
-------- Mensaje reenviado --------
Asunto: \tPedido
Fecha: \tMon
De: \tCarlos Vega <carlos.vega@vega-iluminacion.example>
Para: \tx

Hola""",
        CARLOS,
        "Pedido",
    ),
    "Thunderbird, Italian": (
        "Fwd: Ordine",
        """\
-------- Messaggio Inoltrato --------
Oggetto: \tOrdine
Data: \tMon
Mittente: \tCarlos Vega <carlos.vega@vega-iluminacion.example>
A: \tx

Ciao""",
        CARLOS,
        "Ordine",
    ),
    "Thunderbird, Portuguese": (
        "Fwd: Pedido",
        """\
-------- Mensagem encaminhada --------
Assunto: \tPedido
Data: \tMon
De: \tCarlos Vega <carlos.vega@vega-iluminacion.example>
Para: \tx

Olá""",
        CARLOS,
        "Pedido",
    ),
    "Thunderbird, Dutch": (
        "Fwd: Bestelling",
        """\
-------- Doorgestuurd bericht --------
Onderwerp: \tBestelling
Datum: \tMon
Van: \tHannah Schmidt <hannah.schmidt@licht-und-raum.example>
Aan: \tx

Hallo""",
        HANNAH,
        "Bestelling",
    ),
    "Yahoo, subject rewritten": (
        "A request",
        """\
----- Forwarded Message -----
From: Hannah Schmidt <hannah.schmidt@licht-und-raum.example>
To: x
Sent: Monday
Subject: Lamps

Hello""",
        HANNAH,
        "Lamps",
    ),
    "web mail that puts the date first": (
        "Fw: Anfrage",
        """\
Gesendet: Montag, 04. Mai 2026 um 10:15 Uhr
Von: "Hannah Schmidt" <hannah.schmidt@licht-und-raum.example>
An: x
Betreff: Anfrage

Hallo""",
        HANNAH,
        "Anfrage",
    ),
    "address alone, folded": (
        "[External] Fwd: Lamps",
        """\
From:
 hannah.schmidt@licht-und-raum.example
Sent: Monday
To: a@b.example,
 c@d.example,
 e@f.example
Subject: Lamps
 for the shop

Hello""",
        Mailbox("hannah.schmidt@licht-und-raum.example"),
        "Lamps for the shop",
    ),
    "the outer of two": (
        "Fwd: Fwd: Lamps",
        """\
---------- Forwarded message ---------
From: Hannah Schmidt <hannah.schmidt@licht-und-raum.example>
Subject: Fwd: Lamps
To: x

---------- Forwarded message ---------
From: Carlos Vega <carlos.vega@vega-iluminacion.example>
Subject: Lamps
To: y

Hello""",
        HANNAH,
        "Fwd: Lamps",
    ),
    "a forwarded reply": (
        "Fwd: Re: Lamps",
        """\
---------- Forwarded message ---------
From: Hannah Schmidt <hannah.schmidt@licht-und-raum.example>
Subject: Re: Lamps
To: x

Yes.

On Sun, 3 May 2026 at 09:00, Claire Dubois <claire.dubois@northlight.example> wrote:
> Shall we?""",
        HANNAH,
        "Re: Lamps",
    ),
}
