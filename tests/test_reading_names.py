"""First and last names from display names and addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reading.names import Name, split_name

ADDRESS = "x@y.example"


@pytest.mark.parametrize(
    ("display", "first", "last"),
    [
        ("Anna Roy", "Anna", "Roy"),
        ("Roy, Anna", "Anna", "Roy"),
        ('"Roy, Anna"', "Anna", "Roy"),
        ("Roy, Anna, Dr.", "Anna", "Roy"),
        ("ANNA ROY", "Anna", "Roy"),
        ("Anna ROY", "Anna", "Roy"),
        ("ROY Anna", "Anna", "Roy"),
        ("anna roy", "anna", "roy"),
        ("Anna Maria Roy", "Anna Maria", "Roy"),
        ("JP Martin", "JP", "Martin"),
        ("LI WEI", "Li", "Wei"),
        ("Anna", "", "Anna"),
        ("", "", ""),
        ("Anna Roy via Sales", "Anna", "Roy"),
        ("'Anna Roy' via Sales", "Anna", "Roy"),
        ("Anna Roy (Ateliers Roy)", "Anna", "Roy"),
        ("Anna Roy [Ateliers Roy]", "Anna", "Roy"),
        ("Anna Roy | Ateliers Roy", "Anna", "Roy"),
        ("Dr. Hannah Schmidt", "Hannah", "Schmidt"),
        ("Herr Jonas Weber", "Jonas", "Weber"),
        ("M. Petit", "", "Petit"),
        ("M Petit", "M", "Petit"),
        ("Anna Roy, PhD", "Anna", "Roy"),
        ("Robert Grant Jr.", "Robert", "Grant"),
        ("Ludwig van Beek", "Ludwig", "van Beek"),
        ("Maria de la Cruz", "Maria", "de la Cruz"),
        ("MARIA DE LA CRUZ", "Maria", "de la Cruz"),
        ("DE LA CRUZ, MARIA", "Maria", "de la Cruz"),
        ("Jean VAN BEEK", "Jean", "van Beek"),
        ("Jean-Claude Van Beek", "Jean-Claude", "Van Beek"),
        ("von Berg", "", "von Berg"),
        ("LIAM O'CONNOR", "Liam", "O'Connor"),
        ("Liam O’CONNOR", "Liam", "O’Connor"),
        ("JOHN MCDONALD", "John", "McDonald"),
        ("JEAN-LUC D'ANGELO", "Jean-Luc", "D'Angelo"),
        ("AMÉLIE LEFÈVRE", "Amélie", "Lefèvre"),
        ("Anna\u202e\x00 Roy", "Anna", "Roy"),
        ("王小明", "", "王小明"),
        ("Brightworks, Inc.", "", ""),
        ("Weber Metallbau GmbH", "", ""),
        ("Grant & Sons", "", ""),
        ("😀 !!", "", ""),
        ("someone@else.example", "", ""),
        (", Anna", "", "Anna"),
        (",,,", "", ""),
    ],
)
def test_display_names(display: str, first: str, last: str) -> None:
    assert split_name(display, ADDRESS) == Name(first, last)


@pytest.mark.parametrize(
    ("display", "address", "first", "last"),
    [
        ("", "anna.roy@y.example", "Anna", "Roy"),
        ("", "anna_roy+shop@y.example", "Anna", "Roy"),
        ("", "jean-luc.lefevre@y.example", "Jean-Luc", "Lefevre"),
        ("anna.roy@y.example", "anna.roy@y.example", "Anna", "Roy"),
        ("Weber Metallbau GmbH", "jonas.weber@y.example", "Jonas", "Weber"),
        ("Anna", "anna.roy@y.example", "Anna", "Roy"),
        ("Lucía Fernández García", "lucia.fernandez@y.example", "Lucía", "Fernández García"),
        ("Müller Jürgen", "juergen.mueller@y.example", "Jürgen", "Müller"),
        ("", "a.roy@y.example", "", ""),
        ("", "anna@y.example", "", ""),
        ("", "anna.roy2@y.example", "", ""),
        ("", "anna.b.roy@y.example", "", ""),
        ("", "contact.france@y.example", "", ""),
        ("", "service-client.lyon@y.example", "", ""),
        ("", "no.reply@y.example", "", ""),
        ("", "", "", ""),
    ],
)
def test_names_with_the_help_of_the_address(display: str, address: str, first: str, last: str) -> None:
    assert split_name(display, address) == Name(first, last)


@given(st.text(max_size=60), st.text(max_size=20))
def test_nothing_is_invented(display: str, address: str) -> None:
    name = split_name(display, address)
    letters = {character for character in (display + address).casefold() if character.isalpha()}
    assert {character for character in (name.first + name.last).casefold() if character.isalpha()} <= letters | set("ı̇i")


def test_long_names_are_cut() -> None:
    name = split_name("x" * 10_000 + " " + "y" * 10_000, ADDRESS)
    assert len(name.first + name.last) <= 200
