"""A browser without scripts for pages with forms: it sends what a form holds, with what somebody types over it."""

import html
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

from tests.zoho_site import Browser

MOST_PAGES = 100


@dataclass
class Form:
    """`fields` are what a browser would send. `buttons`: what they read, and what they add."""

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def choose(self, name: str, value: str) -> None:
        self.fields = [one for one in self.fields if one[0] != name] + [(name, value)]


class _Forms(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._form: Form | None = None
        self._name = self._value = self._text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "form":
            self._form = Form(given.get("action", ""))
            self.found.append(self._form)
        if self._form is None:
            return
        match tag:
            case "input" if given.get("type") not in ("checkbox", "radio") or "checked" in given:
                self._form.fields.append((name, value))
            case "textarea" | "button":
                self._name, self._value, self._text = name, value, ""
            case "select":
                self._name = name
            case "option" if "selected" in given or self._name not in dict(self._form.fields):
                self._form.choose(self._name, value)

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if self._form is None:
            return
        match tag:
            case "form":
                self._form = None
            case "textarea":
                self._form.fields.append((self._name, self._text.removeprefix("\n")))
            case "button":
                self._form.buttons[" ".join(self._text.split())] = [(self._name, self._value)] if self._name else []


class Visitor(Browser):
    """Opens the pages of one site."""

    def __init__(self, base_url: str) -> None:
        super().__init__()
        self.base_url = base_url

    @property
    def path(self) -> str:
        return self.url.removeprefix(self.base_url)

    def visit(self, path: str) -> "Visitor":
        self.open(urljoin(self.base_url, path))
        return self

    def press(self, reads: str, **typed: str) -> "Visitor":
        """The first button with these words; `typed` over what stands in its form."""
        for form in _Forms(self.page).found:
            for label, sent in form.buttons.items():
                if label == reads or label.endswith(f" {reads}"):
                    assert typed.keys() <= dict(form.fields).keys(), dict(form.fields)
                    self.open(urljoin(self.url, form.action), [(name, typed.get(name, value)) for name, value in form.fields] + sent)
                    return self
        raise AssertionError(f"no button reads {reads!r}: {self.text}")

    def link(self, reads: str) -> str | None:
        """Where the first link with these words leads."""
        for address, inside in re.findall(r'<a\b[^>]*href="([^"]+)"[^>]*>(.*?)</a>', self.page, re.DOTALL):
            if " ".join(html.unescape(re.sub(r"<[^>]+>", "", inside)).split()) == reads:
                return urljoin(self.url, html.unescape(address)).removeprefix(self.base_url)
        return None

    def follow(self, reads: str) -> "Visitor":
        address = self.link(reads)
        assert address, f"no link reads {reads!r}: {self.text}"
        return self.visit(address)

    def listed(self, path: str) -> list[str]:
        """The subjects of the Emails list at `path`, over all its pages, in order."""
        found: list[str] = []
        self.visit(path)
        for _ in range(MOST_PAGES):
            assert self.status == 200, (path, self.text)
            found += [html.unescape(one) for one in re.findall(r'<a class="subject" href="[^"]*"><bdi>(.*?)</bdi>', self.page)]
            if self.link("Older mails") is None:
                return found
            self.follow("Older mails")
        raise AssertionError(f"{path} has no end")

    def mail(self, path: str, subject: str) -> str:
        """The path of a mail in the list at `path`."""
        self.visit(path)
        while (address := self.link(subject)) is None:
            self.follow("Older mails")
        return address
