"""One reader's language and time zone, and the catalogues behind them.

Catalogues are plain .po files under `locales/`, compiled in memory at start: there is no build step to forget.
Sources are extracted with `make messages`; a test fails when a text has no French.
"""

import io
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, format_timedelta
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal

SOURCE_LANGUAGE = "en"
LOCALES = Path(__file__).parent / "locales"
_UTC = ZoneInfo("UTC")


def later(message: str) -> str:
    """Marks a text for the catalogues where it stands in a table and is translated when it is shown."""
    return message


@dataclass(frozen=True, slots=True)
class Language:
    """What `handlers` and templates use to speak to one reader.

    `tag` picks the catalogue ("fr"), `locale` the formats ("fr_CA"), `zone` the time zone.
    """

    tag: str
    locale: Locale
    zone: ZoneInfo
    _catalogue: NullTranslations = field(repr=False)

    def text(self, message: str, **values: object) -> str:
        """The message in the reader's language, with {name} placeholders filled."""
        translated = self._catalogue.gettext(message)
        return translated.format(**values) if values else translated

    def plural(self, one: str, many: str, count: int, **values: object) -> str:
        """The form that fits `count`; {count} is filled with the number in the reader's format."""
        return self._catalogue.ngettext(one, many, count).format(count=self.number(count), **values)

    def number(self, value: int | Decimal) -> str:
        return format_decimal(value, locale=self.locale)

    def money(self, amount: Decimal, currency: str) -> str:
        """An amount with its currency; cents only where there are some."""
        digits = 0 if amount == amount.to_integral_value() else 2
        pattern = self.locale.currency_formats["standard"].pattern.replace(".00", "." + "0" * digits if digits else "")
        return format_currency(amount, currency, format=pattern, currency_digits=False, locale=self.locale)

    def day(self, value: date | datetime) -> str:
        """A day: "3 May 2026"."""
        local = value.astimezone(self.zone).date() if isinstance(value, datetime) else value
        return format_date(local, format="medium", locale=self.locale)

    def moment(self, value: datetime) -> str:
        """A day and a time of day in the reader's zone, to the minute."""
        day = format_date(value.astimezone(self.zone).date(), format="medium", locale=self.locale)
        clock = format_time(value, format="short", tzinfo=self.zone, locale=self.locale)
        return f"{day}, {clock}"

    def ago(self, seconds: float) -> str:
        """How long ago: "3 minutes ago"."""
        return format_timedelta(-timedelta(seconds=max(seconds, 0)), add_direction=True, locale=self.locale)


class Languages:
    """All catalogues, read once at start."""

    def __init__(self) -> None:
        self._catalogues: dict[str, NullTranslations] = {SOURCE_LANGUAGE: NullTranslations()}
        for path in sorted(LOCALES.glob("*.po")):
            self._catalogues[path.stem] = _compiled(path)

    @property
    def tags(self) -> tuple[str, ...]:
        return tuple(sorted(self._catalogues))

    def pick(self, locale: str | None, zone: str | None = None) -> Language:
        """The nearest language to what Gmail or a browser asks for; English and UTC where nothing fits."""
        parsed = _locale(locale)
        tag = parsed.language if parsed.language in self._catalogues else SOURCE_LANGUAGE
        if tag != parsed.language:
            parsed = Locale(SOURCE_LANGUAGE)
        return Language(tag=tag, locale=parsed, zone=_zone(zone), _catalogue=self._catalogues[tag])


@cache
def _compiled(path: Path) -> GNUTranslations:
    """Once a process: it takes longer than all else of a start."""
    with path.open("rb") as source:
        catalogue = read_po(source, locale=path.stem)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def _locale(name: str | None) -> Locale:
    try:
        return Locale.parse((name or SOURCE_LANGUAGE).replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return Locale(SOURCE_LANGUAGE)


def _zone(name: str | None) -> ZoneInfo:
    try:
        return ZoneInfo(name) if name else _UTC
    except (ValueError, ZoneInfoNotFoundError, OSError):
        return _UTC


ENGLISH = Language(tag=SOURCE_LANGUAGE, locale=Locale(SOURCE_LANGUAGE), zone=_UTC, _catalogue=NullTranslations())
