"""Telephone numbers: of signatures, of sentences, and what only looks like one."""

import pytest

from reading.proposal import FieldName, Sender, Source
from tests.reading_fields import ANNA, expected_of, proposals, said, values, values_of
from tests.signatures import SIGNATURES

NUMBERS = (FieldName.PHONE, FieldName.MOBILE, FieldName.FAX)
OTTO = Sender("otto@otto-werke.example", "Otto", "Baum")
PAT = Sender("pat@reilly.example", "Pat", "Reilly")


@pytest.mark.parametrize("name", SIGNATURES)
def test_numbers_of_whole_signatures(name):
    assert values_of(SIGNATURES[name], *NUMBERS) == expected_of(SIGNATURES[name], *NUMBERS)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Tél. +33 (0)4 65 71 20 31", "+33465712031"),
        ("Tel 0033 4 65 71 20 31", "+33465712031"),
        ("Tel: (33)4 65 71 20 31", "+33465712031"),
        ("Tél. 04.65.71.20.31", "+33465712031"),
        ("04 65 71 20 31", "+33465712031"),
        ("T\t\t04 65 71 20 31", "+33465712031"),
        ("Bureau Lyon : 04-65-71-20-31", "+33465712031"),
        ("Tel: 04 65 71 20 31 poste 112", "+33465712031"),
        ("Ateliers Roy, 14 rue des Tanneurs, 69003 Lyon, 04 65 71 20 31", "+33465712031"),
        ("Téléphone\n04 65 71 20 31", "+33465712031"),
    ],
)
def test_ways_of_writing_one_number(text, number):
    assert values(text)["phone"] == number


@pytest.mark.parametrize(
    "text",
    [
        "Commande n° 04 65 71 20 31",
        "SIRET 465 712 031 00012",
        "RCS Lyon 465 712 031",
        "IBAN FR76 1234 5678 9012 3456 7890 123",
        "TVA FR12465712031",
        "RPPS 10909876543",
        "N° client : 0465712031",
        "Meeting ID: 465 712 0310",
        "Conférence : 04 65 71 20 31, code 4411",
        "le 12/05/2026, 14:30",
        "2019 - 2026",
        "1 234 567,89 €",
        "Version 10.3.1199.31",
        "0A1B 2C3D 4E5F 6071 8293 A4B5 C6D7 E8F9 0A1B 2C3D",
        "3f2b7a10-4657-1203-1046-571203104657",
        "https://tickets.example/0465712031",
        "ICQ# 46571203",
        "Capital 465 712 031 EUR",
        "1,234,567,890",
        "4657120310465712031046571203",
    ],
)
def test_what_is_no_number_to_call(text):
    assert not values(text).keys() & {"phone", "mobile", "fax"}


def test_a_national_number_needs_a_country():
    anywhere = Sender("anna@roy.example", "Anna", "Roy")
    assert values("Tel 04 65 71 20 31", anywhere, "") == {}
    assert values("Tel 04 65 71 20 31", anywhere, "fr") == {"phone": "+33465712031"}
    assert values("Tel 04 65 71 20 31\n69003 Lyon, France", anywhere, "")["phone"] == "+33465712031"


def test_a_number_in_no_table_counts_in_groups_beside_an_address():
    assert values("14 rue des Tanneurs, 69003 Lyon\n06 39 98 03 10")["mobile"] == "+33639980310"
    assert "mobile" not in values("14 rue des Tanneurs, 69003 Lyon\n0639980310")


def test_the_readers_country_counts_only_with_an_english_mail():
    reader_in_britain = Sender("pat@reilly.example", "Pat", "Reilly", region="GB")
    assert values("T: 0113 496 0123", reader_in_britain, "en") == {"phone": "+441134960123"}
    assert values("T: 0113 496 0123", reader_in_britain, "de") == {}


def test_the_north_american_shape_says_enough():
    assert values("(212) 555-0142", PAT, "en") == {"phone": "+12125550142"}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Tel: +86-10-8255 5501 ext 8123", "+861082555501"),
        ("+91-80-4190-5550 / 5551", "+918041905550"),
        ("+7 (495) 555-01-23", "+74955550123"),
        ("Tel. ++49 30 23125417", "+493023125417"),
        ("Tel.: 0049-(0)30-23125-417", "+493023125417"),
        ("+49(0)30/23125-417", "+493023125417"),
        ("+46 (0)8 465 004 12", "+46846500412"),
        ("Tel. +44-(0)20-7946-0123", "+442079460123"),
        ("+39 02/5550.1234", "+390255501234"),
        ("Tel: (+351) 22 555 0123", "+351225550123"),
        ("Tel. (00 33) 1 99 00 12 34", "+33199001234"),
        ("Tel.: +34 91 555 50 12 - Ext. 4411", "+34915555012"),
        ("1-800-555-0100", "+18005550100"),
        ("Ph: 1.303.555.0143", "+13035550143"),
        ("408/555-0134", "+14085550134"),
        ("Phone No.: 212-555-0142", "+12125550142"),
        ("[p] 212.555.0142 [f] 212.555.0143", "+12125550142"),
        ("(O) 212-555-0142 (M) 212-555-0143", "+12125550142"),
    ],
)
def test_numbers_written_all_over_the_world(text, number):
    assert values(text, PAT, "en")["phone"] == number


@pytest.mark.parametrize("text", ["Pager: 212-555-0199", "DSN 312-555-0142", "Tel: 555-0123", "Please ask Joe Miller at (212) 555-0142"])
def test_numbers_that_are_no_telephone_of_the_senders(text):
    assert values(text, PAT, "en") == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("212.555.0144 mobile", {"mobile": "+12125550144"}),
        ("+1 415 555 0132 (m) | +1 415 555 0100 (o)", {"mobile": "+14155550132", "phone": "+14155550100"}),
        ("415-555-0119 (fax)\n415-555-0118", {"fax": "+14155550119", "phone": "+14155550118"}),
        ("Tel/Fax: 415-555-0119", {"phone": "+14155550119"}),
        ("Main: 415-555-0100\nDirect: 415-555-0132", {"phone": "+14155550132"}),
        (
            "Phone: (West) +1 415 555 0132\n       (East) +1 212 555 0100\nFax: +1 415 555 0119",
            {"phone": "+14155550132", "fax": "+14155550119"},
        ),
        ("Cell phone 415 555 0132", {"mobile": "+14155550132"}),
        ("WhatsApp +1 415 555 0132", {"mobile": "+14155550132"}),
        ("F +1 415 555 0119", {"fax": "+14155550119"}),
    ],
)
def test_labels_say_the_kind(text, expected):
    assert values(text, PAT, "en") == expected


def test_the_kind_of_an_unlabelled_number_is_its_numbering_plans():
    assert values("Tel. +49 171 3920012", OTTO, "de") == {"mobile": "+491713920012"}
    assert values("+49 30 23125 417 / +49 171 3920012", OTTO, "de") == {"phone": "+493023125417", "mobile": "+491713920012"}
    assert values("Büro 0171 3920012", OTTO, "de")["mobile"] == "+491713920012"


def test_a_fax_is_never_the_telephone():
    assert values("Telefax 030 23125-400", OTTO, "de") == {"fax": "+493023125400"}


def test_evidence_is_the_line_and_the_place_of_label_and_number():
    (found,) = proposals("Anna Roy\n  Tél. 04 65 71 20 31")
    assert (found.source, found.evidence, found.line) == (Source.SIGNATURE, "Tél. 04 65 71 20 31", 4)
    assert (found.start, found.end) == (111, 130)
    assert 0.85 <= found.confidence <= 1


@pytest.mark.parametrize(
    ("text", "language", "sender", "expected"),
    [
        ("Merci de me rappeler au 0600077755 svp", "fr", ANNA, {"mobile": "+33600077755"}),
        ("Je suis joignable au 04 65 71 20 31.", "fr", ANNA, {"phone": "+33465712031"}),
        ("Mon nouveau numéro de portable est le 06 00 07 77 55.", "fr", ANNA, {"mobile": "+33600077755"}),
        ("Sie erreichen mich unter 030 23125-417.", "de", OTTO, {"phone": "+493023125417"}),
        ("Ich bin ab Montag unter 0152 28817386 erreichbar.", "de", OTTO, {"mobile": "+4915228817386"}),
        ("Please call me at (212) 555-0142 or write.", "en", PAT, {"phone": "+12125550142"}),
        ("my new number\nis 212-555-0142", "en", PAT, {"phone": "+12125550142"}),
        ("Llámame al 655 55 01 23", "es", Sender("c@vega.example"), {"mobile": "+34655550123"}),
        ("Il mio numero è 347 555 0123", "it", Sender("g@moretti.example"), {"mobile": "+393475550123"}),
        ("U kunt mij bellen op 06 55501234", "nl", Sender("s@wit.example"), {"mobile": "+31655501234"}),
    ],
)
def test_numbers_given_in_a_sentence(text, language, sender, expected):
    assert said(text, sender, language) == expected


@pytest.mark.parametrize(
    ("text", "language", "sender"),
    [
        ("Vous pouvez appeler mon collègue au 04 65 71 20 31.", "fr", ANNA),
        ("Son portable est le 06 00 07 77 55.", "fr", ANNA),
        ("Merci de rappeler le client au 04 65 71 20 31.", "fr", ANNA),
        ("Je suis joignable. La commande 0465712031 est prête.", "fr", ANNA),
        ("Mon ancien numéro 04 65 71 20 31 n'existe plus.", "fr", ANNA),
        ("Meine Kollegin erreichen Sie unter 030 23125-418.", "de", OTTO),
        ("You can reach my assistant at (212) 555-0142.", "en", PAT),
        ("Please call John at (212) 555-0142.", "en", PAT),
        ("Call me about order 2125550142.", "en", PAT),
    ],
)
def test_numbers_of_others_in_a_sentence(text, language, sender):
    assert said(text, sender, language) == {}


def test_a_new_number_stands_before_that_of_the_signature():
    from_signature = proposals("Tél. 04 65 71 20 31")[0].confidence
    assert said("Mon nouveau numéro : 04 65 71 20 32") == {"phone": "+33465712032"}
    assert from_signature < 0.985
