"""Turns a view into an HTML answer: one template environment, one set of headers, one cleaning of every text shown.

A view is a frozen dataclass; its template reads it as `view`. Text goes through `text(...)` and `plural(...)`.
Everything printed is stripped of control and bidi characters and escaped: what a mail or the CRM says stays inside its place.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flask import Response, request
from flask_wtf.csrf import generate_csrf
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from console.session import signed_in_person
from i18n import Language, Languages

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
STATIC_PATH = "/console-static"
MAX_PAGE = 10_000

POLICY = "Content-Security-Policy"
FORMS_STAY = "form-action 'self'"
SECURITY_HEADERS = (
    (POLICY, f"default-src 'none'; style-src 'self'; img-src 'self' data:; {FORMS_STAY}; frame-ancestors 'none'; base-uri 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
)

_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


_BDI = Markup("<bdi>{}</bdi>")


def readable(text: str) -> str:
    """The text without control and bidi characters; tabs and line ends stay."""
    return _INVISIBLE.sub("", text)


@dataclass(frozen=True, slots=True)
class MessageView:
    """A page that says one thing. `back` is an address and the words of its link."""

    title: str
    lines: tuple[str, ...]
    back: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class OnwardView:
    title: str
    address: str


@dataclass(frozen=True, slots=True)
class Paging:
    """Where one is in a list; addresses are None where there is no such page."""

    page: int
    previous_url: str | None
    next_url: str | None


class Pages:
    """Made once by `create_console`."""

    def __init__(self, languages: Languages) -> None:
        self._languages = languages
        style = (STATIC / "console.css").read_bytes()
        self._templates = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=select_autoescape(),
            undefined=StrictUndefined,
            finalize=_finalize,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals.update(
            csrf_token=generate_csrf,
            named=_named,
            style_url=f"{STATIC_PATH}/console.css?v={hashlib.sha256(style).hexdigest()[:12]}",
        )

    def language(self) -> Language:
        """What this request's browser prefers; the time zone is not known to a server, so UTC."""
        for tag in request.accept_languages.values():
            if tag.replace("_", "-").partition("-")[0].lower() in self._languages.tags:
                return self._languages.pick(tag)
        return self._languages.pick(None)

    def show(self, template: str, view: object, status: int = 200, forms_lead_to: tuple[str, ...] = ()) -> Response:
        """The page as an answer. `forms_lead_to`: other places the answer to a form of this page may redirect to."""
        language = self.language()

        def moment(value: datetime) -> Markup:
            return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), f"{language.moment(value)} {language.zone.key}")

        body = self._templates.get_template(template).render(
            view=view,
            language=language,
            text=language.text,
            plural=language.plural,
            moment=moment,
            signed_in=signed_in_person() is not None,
        )
        response = Response(body, status, mimetype="text/html", headers=[("Cache-Control", "no-store"), *SECURITY_HEADERS])
        if forms_lead_to:
            response.headers[POLICY] = response.headers[POLICY].replace(FORMS_STAY, " ".join((FORMS_STAY, *forms_lead_to)))
        return response

    def message(self, view: MessageView, status: int) -> Response:
        return self.show("message.html", view, status)

    def onward(self, address: str, title: str) -> Response:
        """Go on to another site from a form. No redirect: the rule on where our forms may lead counts for all redirects that
        follow, and a company's own sign-in behind Google's is anywhere."""
        return self.show("onward.html", OnwardView(title, address))

    def google_silent(self, again: tuple[str, str]) -> Response:
        """The page where Google gave no usable answer. `again`: where one can try again, and the words of its link."""
        language = self.language()
        lines = (language.text("Nothing was changed."), language.text("Wait a moment, then try again."))
        return self.message(MessageView(language.text("Google does not answer"), lines, again), 503)


def page_number() -> int:
    """The page asked for in the address; 1 where it makes no sense."""
    asked = request.args.get("page", "")
    return min(max(int(asked), 1), MAX_PAGE) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 1  # noqa: PLR2004


def see_other(address: str) -> Response:
    """Go on to another page with a GET: a path of ours, or Zoho's consent page."""
    response = Response(status=303, headers=[("Location", address), ("Cache-Control", "no-store"), ("Referrer-Policy", "no-referrer")])
    response.autocorrect_location_header = False
    return response


def _finalize(value: object) -> object:
    return readable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _named(sentence: str, **values: str) -> Markup:
    """A translated sentence whose {placeholders} become names of others, each in its own direction of writing.

    What is markup already, a moment say, stays as it is.
    """
    isolated = {name: value if isinstance(value, Markup) else _BDI.format(readable(value)) for name, value in values.items()}
    return escape(sentence).format(**isolated)
