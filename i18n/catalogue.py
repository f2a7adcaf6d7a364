"""The texts that people see, found in the source, and the catalogues under `locales/` that translate them.

A text is a literal in a call, in code or in a template: `language.text("...")`, `language.plural("one", "many", count)`, or
`later("...")` for a constant that is looked up later.
"""

from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from i18n.language import LOCALES

ROOT = Path(__file__).parent.parent
# The other rooms speak to developers and operators, in English.
ROOMS = ("addon", "console", "crm_client", "linking", "playground", "reading", "salesinbox", "tenants")
METHODS = (("**/templates/**.html", "jinja2"), ("**.py", "python"))
OPTIONS = {"**/templates/**.html": {"silent": "false"}}
KEYWORDS = {"text": (1,), "plural": (1, 2), "later": (1,)}
TEMPLATE = LOCALES / "sidecard.pot"


def extracted() -> Catalog:
    """Every text of the source, untranslated, with the files it stands in."""
    catalogue = Catalog(
        project="Sidecard",
        charset="utf-8",
        msgid_bugs_address="",
        last_translator="",
        header_comment="# The texts of Sidecard.",
        fuzzy=False,
    )
    for room in ROOMS:
        found = extract_from_dir(ROOT / room, METHODS, OPTIONS, KEYWORDS, comment_tags=("Translators:",))
        for name, _line, message, comments, _context in found:
            catalogue.add(message, locations=[(f"{room}/{name}", 0)], auto_comments=comments)
    return catalogue


def update() -> dict[str, int]:
    """Bring the template and all translations in step with the source; how many texts each language lacks."""
    template = extracted()
    if TEMPLATE.exists():
        with TEMPLATE.open("rb") as source:
            # No change where nothing changed.
            template.creation_date = read_po(source).creation_date
    _write(TEMPLATE, template)
    missing = {}
    for path in sorted(LOCALES.glob("*.po")):
        with path.open("rb") as source:
            catalogue = read_po(source, locale=path.stem)
        catalogue.update(template, update_creation_date=False)
        catalogue.obsolete.clear()
        _write(path, catalogue)
        missing[path.stem] = sum(not is_translated(message) for message in catalogue if message.id)
    return missing


def is_translated(message: Message) -> bool:
    """Whether every form has a translation that somebody has looked at."""
    forms = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
    return bool(forms) and all(forms) and not message.fuzzy


def _write(path: Path, catalogue: Catalog) -> None:
    # Whole before the file is opened: a catalogue that cannot be written must not empty it.
    written = BytesIO()
    write_po(written, catalogue, width=120, sort_by_file=True, include_lineno=False)
    path.write_bytes(written.getvalue())
