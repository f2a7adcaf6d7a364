"""The signature's lines: found by what they look like, without the footers below."""

import pytest

from reading.canonical import canonical
from reading.closings import is_closing
from reading.footers import own_end
from reading.message import Message
from reading.naming import name_words
from reading.signature import signature_zone

ANNA = "Anna Roy\nDirectrice des achats\nAteliers Roy SARL\nTél. : 04 99 00 12 34\nanna.roy@ateliers-roy.example"


def zone_of(text: str, *, html: str = "", display: str = "Anna Roy", address: str = "anna.roy@ateliers-roy.example") -> str:
    lines = canonical(Message("k", text=text, html=html))
    end = own_end(lines.lines, 0, len(lines.lines) - 1)
    zone = signature_zone(lines, 0, end, name_words(display, address), address)
    return "\n".join(line.text for line in lines.lines[zone.content : zone.last + 1]) if zone else ""


BODY = "Bonjour Paul,\n\nnous avons bien reçu les lampes, elles sont très belles.\nPouvez-vous passer jeudi à 10h30 ?\n\n"


@pytest.mark.parametrize(
    "opening",
    [
        "",
        "Cordialement,\n",
        "Cordialement,\n\n",
        "-- \n",
        "--\n",
        "Merci et bonne journée\n\n-- \n",
        "____________\n",
        "Bien à vous\n----\n",
    ],
)
def test_the_signature_below_a_letter(opening: str):
    assert zone_of(BODY + opening + ANNA) == ANNA


@pytest.mark.parametrize(
    "closing",
    [
        "Best regards,",
        "Kind regards",
        "Thanks in advance",
        "Thanks & best regards,",
        "Veuillez recevoir mes plus cordiales salutations.",
        "Mit freundlichen Grüßen",
        "Vielen Dank und viele Grüße",
        "MfG",
        "Un cordial saludo,",
        "Atentamente",
        "Cordiali saluti",
        "Atenciosamente,",
        "Met vriendelijke groet,",
    ],
)
def test_closings(closing: str):
    assert is_closing(closing)


@pytest.mark.parametrize(
    "line", ["Best we meet on Thursday", "Thanks to Paul the lamps came", "Is it right? Thanks", "Danke ist ein Wort", "", "Anna Roy"]
)
def test_sentences_are_no_closings(line: str):
    assert not is_closing(line)


@pytest.mark.parametrize(
    "footer",
    [
        "\n_______________________________________________\nLamps mailing list\nlamps@lists.example\nhttps://lists.example/mailman/listinfo/lamps",
        "\n-- \nTo unsubscribe write to leave@lists.example or call +44 20 7946 0018",
        "\nThis e-mail and any attachments are confidential and intended solely for the addressee. Legal desk: +33 1 99 00 55 66.",
        "\nCe message est confidentiel. Si vous n'êtes pas le destinataire, merci de le détruire.\nService juridique 01 99 00 55 66",
        "\nDiese E-Mail ist vertraulich.\nWenn Sie nicht der Adressat sind, rufen Sie 030 23125 000 an.",
    ],
)
def test_footers_are_nobodys(footer: str):
    assert zone_of(f"{BODY}Cordialement,\n{ANNA}\n{footer}") == ANNA


def test_a_disclaimer_wrapped_with_empty_lines_between():
    legal = "Este mensaje y cualquier fichero anexo puede\n\ncontener información confidencial, para uso exclusivo del\n\ndestinatario."
    assert zone_of(f"Hola Paul,\n\nSaludos\n{ANNA}\n\n-- \n\n{legal}") == ANNA


def test_the_version_under_a_patch_is_no_signature():
    patch = "diff --git a/lamp.c b/lamp.c\n--- a/lamp.c\n+++ b/lamp.c\n@@ -1,2 +1,2 @@\n-a\n+b\n-- \n2.30.2\n"
    assert zone_of(f"Please apply.\n\n{patch}", display="Anna Roy") == ""


def test_a_signature_at_the_top():
    assert zone_of(f"{ANNA}\n\n").startswith("Anna Roy\nDirectrice")


@pytest.mark.parametrize(
    "text",
    [
        "Bonjour Paul,\n\nnous avons bien reçu les lampes.\nPouvez-vous passer jeudi ?\n",
        "Order 4500128833\nInvoice 2026-118\nTotal 1.250,00 EUR\nDue 15.06.2026\n",
        "- red lamps\n- blue lamps\n- green lamps\n",
        "\n\n\n",
        "",
        "int main(void)\n{\n    return lamp_on(0x1f);\n}\n",
    ],
)
def test_texts_without_a_signature(text: str):
    assert zone_of(text) == ""


def test_a_letterhead_over_the_greeting_is_no_signature():
    head = "Ateliers Roy SARL\n12 allée des Tilleuls\n69007 Lyon\nTél. : 04 99 00 55 66\n\n"
    assert zone_of(f"{head}{BODY}Cordialement,\n{ANNA}") == ANNA


def test_price_lists_and_tables_above_are_left_out():
    table = "Zone 1   2.2930   1.8650\nZone 2   2.3285   1.9000\nZone 3   2.3640   1.9350\n\n"
    assert zone_of(f"{table}Anna Roy\nManager\n020 7946 0018").startswith("Anna Roy")


def test_a_closing_and_the_name_on_one_line():
    assert zone_of("See you.\n\nThanks,  Anna Roy\n+44 20 7946 0018") == "Thanks,  Anna Roy\n+44 20 7946 0018"


def test_what_the_mail_program_marked_is_the_signature():
    html = '<div>Ok pour jeudi.</div><div class="gmail_signature">Atelier<br>Quai des Brumes<br>Lyon</div>'
    assert (
        zone_of("Ok pour jeudi.\nAtelier\nQuai des Brumes\nLyon", html=html, display="A", address="a@b.example")
        == "Atelier\nQuai des Brumes\nLyon"
    )


def test_names_say_nothing_where_the_address_is_an_office():
    assert not name_words("Support", "info@roy.example").words


@pytest.mark.parametrize(
    "text",
    [
        "Hi all,\n\nVenue: Grand Hotel, 12 Park Street, Bristol BS1 5NT\nJane Osborne, 0117 496 0123\njane@hotel.example\n\nSee you",
        "Please deliver to:\n\nDelta Cargo\nAttn: Hassan Ali\nPhone +44 20 7946 0018\n",
        "Lists:\n\nBob Stone   020 7946 0011\nAmy Reed    020 7946 0012\n",
    ],
)
def test_other_peoples_addresses_in_the_text_are_no_signature(text: str):
    assert zone_of(text) == ""


def test_lines_with_his_own_address_are_his_without_a_name():
    assert (
        zone_of("As agreed.\n\nhttps://www.ateliers-roy.example\nTel. +33 4 99 00 12 34")
        == "https://www.ateliers-roy.example\nTel. +33 4 99 00 12 34"
    )


def test_trailers_of_a_patch_are_no_signature():
    assert (
        zone_of("Fixes the switch.\n\nSigned-off-by: Anna Roy <anna.roy@ateliers-roy.example>\nCc: Paul Martin <paul@northlight.example>")
        == ""
    )


def test_his_first_name_alone_below_a_sentence_of_thanks():
    assert zone_of("Quelle lampe ?\n\nMerci d'avance pour votre aide.\n\nAnna") == "Anna"


def test_a_quotation_below_the_delimiter_belongs_to_it_and_a_footnote_does_not():
    assert zone_of("Yes [1].\n\n-- \nAnna Roy\n«La lumière est tout»\n\n[1] https://lamps.example") == "Anna Roy\n«La lumière est tout»"
