"""What a handler answers, and the two envelopes Google wants it in: RenderActions for triggers, SubmitFormResponse for clicks."""

from dataclasses import dataclass
from enum import StrEnum

from addon.cards.text import plain
from addon.cards.widgets import Card, Json, Sign


class Move(StrEnum):
    """How a card takes its place in the sidebar."""

    PUSH = "push"
    REPLACE = "replace"
    """Instead of the card on top; what was typed into equally named fields stays."""
    BACK = "back"
    """Close the card on top and draw the one below it anew."""
    ROOT = "root"
    """Close all cards and draw the first one anew."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A card, a notice, a page to open: any of them. `changed`: the CRM is not what the other open cards show."""

    card: Card | None = None
    move: Move = Move.PUSH
    notice: str = ""
    url: str = ""
    overlay: bool = False
    changed: bool = False

    def for_trigger(self, sign: Sign) -> Json:
        if self.card is None:
            raise ValueError("a trigger wants a card")
        return {"action": {"navigations": [{"pushCard": self.card.write(sign)}]}}

    def for_click(self, sign: Sign) -> Json:
        action: Json = {}
        if self.card is not None:
            action["navigations"] = _navigations(self.card.write(sign), self.move)
        if self.notice:
            action["notification"] = {"text": plain(self.notice, 200)}
        if self.url:
            action["link"] = {
                "url": self.url,
                "openAs": "OVERLAY" if self.overlay else "FULL_SIZE",
                "onClose": "RELOAD" if self.overlay else "NOTHING",
            }
        answer: Json = {"renderActions": {"action": action}}
        if self.changed:
            answer["stateChanged"] = True
        return answer


@dataclass(frozen=True, slots=True)
class AskScopes:
    """Google asks the person for these scopes, then sends the same request again."""

    scopes: tuple[str, ...]

    def write(self) -> Json:
        return {"requesting_google_scopes": {"scopes": list(self.scopes)}}


Answer = Reply | AskScopes


def _navigations(card: Json, move: Move) -> list[Json]:
    if move is Move.REPLACE:
        return [{"updateCard": card}]
    if move is Move.BACK:
        return [{"pop": True}, {"updateCard": card}]
    if move is Move.ROOT:
        return [{"popToRoot": True}, {"updateCard": card}]
    return [{"pushCard": card}]
