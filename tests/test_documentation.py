"""What is not documented, or not in French, fails here."""

import re
import string
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from pydantic import AliasChoices
from pydantic.fields import FieldInfo

from i18n.catalogue import extracted, is_translated
from i18n.language import LOCALES
from settings import Settings

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
TRANSLATIONS = ["fr"]


def environment_names(name: str, field: FieldInfo) -> list[str]:
    if isinstance(field.validation_alias, AliasChoices):
        return [str(choice) for choice in field.validation_alias.choices]
    return [f"SIDECARD_{name.upper()}"]


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_has_its_row(name: str) -> None:
    """The row says what the code says, so that the table never goes stale."""
    field = Settings.model_fields[name]
    names = " or ".join(f"`{each}`" for each in environment_names(name, field))
    default = field.default.get_secret_value() if hasattr(field.default, "get_secret_value") else str(field.default)
    row = f"| {names} | {f'`{default}`' if default else 'none'} | {field.description} |"
    assert row in (DOCS / "operating.md").read_text(encoding="utf-8").splitlines(), f"docs/operating.md needs the row\n{row}"


def test_no_setting_is_documented_that_is_not_there() -> None:
    known = {each for name, field in Settings.model_fields.items() for each in environment_names(name, field)}
    for page in ["operating.md", "developing.md"]:
        assert set(re.findall(r"\bSIDECARD_[A-Z_]+\b", (DOCS / page).read_text(encoding="utf-8"))) <= known
    assert set(re.findall(r"\bSIDECARD_[A-Z_]+\b", (ROOT / "app.yaml").read_text(encoding="utf-8"))) <= known


def pinned() -> list[str]:
    lines = [*(ROOT / "requirements.txt").read_text().splitlines(), *(ROOT / "requirements-dev.txt").read_text().splitlines()]
    return [line for line in lines if line and not line.startswith(("#", "-r"))]


@pytest.mark.parametrize("requirement", pinned())
def test_every_requirement_is_pinned_and_explained(requirement: str) -> None:
    name, equals, version = requirement.partition("==")
    assert equals
    assert version
    page = (DOCS / "dependencies.md").read_text(encoding="utf-8")
    assert re.search(rf"^\| {re.escape(name.split('[')[0])} \| .+ \| .+ \|$", page, re.MULTILINE), f"docs/dependencies.md lacks {name}"


def test_every_explained_dependency_is_required() -> None:
    page = (DOCS / "dependencies.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| ([a-z][a-z0-9-]*) \|", page, re.MULTILINE)) - {"package"}
    assert explained == {requirement.partition("==")[0].split("[")[0] for requirement in pinned()}


def test_every_command_is_explained() -> None:
    commands = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert len(commands) > 5
    page = (DOCS / "developing.md").read_text(encoding="utf-8")
    assert [command for command in commands if f"| `make {command}` |" not in page] == []


def test_every_package_of_code_is_in_the_layout() -> None:
    page = (DOCS / "developing.md").read_text(encoding="utf-8")
    rooms = sorted(path.parent.name for path in ROOT.glob("*/__init__.py"))
    assert "addon" in rooms
    assert [room for room in rooms if f"`{room}/`" not in page] == []


@pytest.fixture(scope="module")
def texts() -> Catalog:
    found = extracted()
    assert len(found) > 50
    return found


def translation(tag: str) -> Catalog:
    with (LOCALES / f"{tag}.po").open("rb") as source:
        return read_po(source, locale=tag)


@pytest.mark.parametrize("tag", TRANSLATIONS)
def test_every_text_is_translated(texts: Catalog, tag: str) -> None:
    """`make messages` adds what is missing to the .po file."""
    catalogue = translation(tag)
    missing = []
    for message in texts:
        if message.id:
            translated = catalogue.get(message.id)
            # `get` finds a plural by its singular; the plural must be the same too.
            if translated is None or translated.id != message.id or not is_translated(translated):
                missing.append(message.id)
    assert missing == []


@pytest.mark.parametrize("tag", TRANSLATIONS)
def test_no_translation_is_left_over(texts: Catalog, tag: str) -> None:
    assert [message.id for message in translation(tag) if message.id and texts.get(message.id) is None] == []


@pytest.mark.parametrize("tag", TRANSLATIONS)
def test_translations_fill_in_the_same_values(tag: str) -> None:
    wrong = [message.id for message in translation(tag) if message.id and not fills_the_same(message)]
    assert wrong == []


def fills_the_same(message: Message) -> bool:
    sources = (message.id,) if isinstance(message.id, str) else tuple(message.id)
    forms = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
    allowed = [placeholders(source) for source in sources]
    return all(placeholders(form) in allowed for form in forms if form)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_the_check_of_values_can_fail() -> None:
    assert fills_the_same(Message("Owner: {name}", "Responsable : {name}"))
    assert not fills_the_same(Message("Owner: {name}", "Responsable : {nom}"))
    assert not fills_the_same(Message(("{count} deal", "{count} deals"), ("{count} affaire", "affaires")))
