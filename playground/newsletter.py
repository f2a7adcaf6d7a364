"""A newsletter of 200 kB, as such mails are: tables in tables and styles on every cell. Made here to keep the tree light."""

import base64

NEWSLETTER_NAME = "11-newsletter-expo-lumiere.eml"
_ARTICLES = 118

_HEAD = """\
Delivered-To: paul.martin@northlight.example
Return-Path: <retour-4417@infolettre.expo-lumiere.example>
Received: from infolettre.expo-lumiere.example (infolettre.expo-lumiere.example [192.0.2.99])
        by mx.playground.example with ESMTPS id 8e02d1c5577a410bb2
        for <paul.martin@northlight.example>; Thu, 19 Nov 2026 06:00:05 +0100
From: =?utf-8?q?Expo_Lumi=C3=A8re?= <actualites@infolettre.expo-lumiere.example>
To: paul.martin@northlight.example
Subject: =?utf-8?q?Le_programme_2027_est_en_ligne_=E2=80=93_118_exposants_=C3=A0_?=
 =?utf-8?q?d=C3=A9couvrir?=
Date: Thu, 19 Nov 2026 06:00:00 +0100
Message-ID: <20261119.4417@infolettre.expo-lumiere.example>
List-Id: <actualites.infolettre.expo-lumiere.example>
List-Unsubscribe: <https://infolettre.expo-lumiere.example/stop/4417>
List-Unsubscribe-Post: List-Unsubscribe=One-Click
Precedence: bulk
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="=_expo_4417"

--=_expo_4417
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Expo Lumière, Lyon, 9-11 mars 2027. Le programme est en ligne :
https://expo-lumiere.example/programme

Se désabonner : https://infolettre.expo-lumiere.example/stop/4417

--=_expo_4417
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: base64

"""

_CELL = (
    "font-family:Helvetica,Arial,sans-serif;font-size:15px;line-height:22px;color:#33373d;"
    "padding:0 24px 16px 24px;mso-line-height-rule:exactly"
)
_TABLE = '<table class="c" width="600" cellpadding="0" cellspacing="0" role="presentation" style="background:#ffffff">'
_BUTTON = "display:inline-block;padding:10px 18px;color:#ffffff"


def newsletter() -> bytes:
    """The whole mail."""
    articles = "\n".join(_article(number) for number in range(1, _ARTICLES + 1))
    html = (
        "<!DOCTYPE html><html><head><style>a{color:#b25b00}@media(max-width:600px){.c{width:100%!important}}</style></head>"
        f'<body style="margin:0;background:#f2f0ec"><table width="100%" role="presentation">{articles}</table>'
        '<p><a href="https://infolettre.expo-lumiere.example/stop/4417">Se désabonner</a></p></body></html>\n'
    )
    return _HEAD.encode() + base64.encodebytes(html.encode()) + b"--=_expo_4417--\n"


def _article(number: int) -> str:
    link = f"https://infolettre.expo-lumiere.example/lien/{number:03d}?campagne=4417&amp;origine=infolettre&amp;position={number}"
    image = f"https://infolettre.expo-lumiere.example/images/2027/exposant-{number:03d}.jpg"
    return f"""
<tr><td align="center" style="padding:0;margin:0">{_TABLE}
  <tr><td style="padding:24px 24px 8px 24px"><a href="{link}">
    <img src="{image}" width="552" height="220" alt="Exposant {number}" style="display:block"></a></td></tr>
  <tr><td style="{_CELL};font-size:20px;font-weight:bold">Stand {number} : l'éclairage d'atelier repensé</td></tr>
  <tr><td style="{_CELL}">Démonstrations toutes les heures sur le stand {number}, allée {number % 9 + 1}.
    Les nouvelles suspensions consomment un tiers de moins et se posent sans outil. Venez comparer les températures de
    couleur, mesurer l'éblouissement et repartir avec une étude gratuite pour votre magasin ou votre atelier.
    Un café est offert aux cent premiers visiteurs.</td></tr>
  <tr><td style="{_CELL}"><table cellpadding="0" cellspacing="0" role="presentation"><tr>
    <td style="background:#b25b00;border-radius:4px"><a href="{link}&amp;bouton=1" style="{_BUTTON}">Réserver un créneau</a></td>
    <td style="{_CELL}"><a href="{link}&amp;bouton=2">Voir la fiche de l'exposant {number}</a></td></tr></table></td></tr>
</table></td></tr>"""
