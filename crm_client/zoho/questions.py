"""What is asked of Zoho's API: questions, and text put safely into its query language."""

from dataclasses import dataclass
from urllib.parse import urlencode

ROOT = "/crm/v8"
QUERY_PATH = "/coql"


@dataclass(frozen=True, slots=True)
class Read:
    """A question that changes nothing. `path` is below /crm/v8, e.g. "/Leads/123"; `query` is COQL and wants no path."""

    path: str = ""
    params: tuple[tuple[str, str], ...] = ()
    query: str = ""

    @property
    def method(self) -> str:
        return "POST" if self.query else "GET"

    @property
    def target(self) -> str:
        """The path without parameters."""
        return QUERY_PATH if self.query else self.path

    @property
    def body(self) -> dict[str, str] | None:
        return {"select_query": self.query} if self.query else None

    @property
    def module(self) -> str:
        return module_of(self.path)

    @property
    def address(self) -> str:
        """Path and parameters."""
        return f"{self.target}?{urlencode(self.params)}" if self.params else self.target


def module_of(path: str) -> str:
    """The module a path is about: its first part."""
    return path.split("/", 2)[1] if path.startswith("/") else ""


def quotable(text: str) -> bool:
    """Whether it may stand between quotes in COQL. How Zoho wants a quote escaped is not documented: such text is not put there."""
    return "'" not in text and "\\" not in text and text.isprintable()


def quoted(text: str) -> str:
    """A literal of COQL. ValueError for what is not quotable: it must not get here."""
    if not quotable(text):
        raise ValueError("text that cannot be put into a query")
    return f"'{text}'"
