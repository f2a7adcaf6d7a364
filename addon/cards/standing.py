"""What the person asked for earlier: not delivered, waiting, or delivered since he last looked. A few lines on his first cards."""

from markupsafe import Markup

from addon.cards.actions import Connect, Discard, ShowReturned, TryNow
from addon.cards.news import field_label
from addon.cards.text import rich, warning
from addon.cards.widgets import Button, ButtonList, DecoratedText, Icon, Press, Section, Widget
from crm_client.records import NOTE_TEXT, OWNER_ID, TASK_TITLE
from i18n import Language, later
from linking.errands import Work
from linking.outcomes import Entry, EntryState, Reason

SHOWN = 3

_RETURNED = {
    Work.ADD: later("Not delivered: {name} was not added."),
    Work.UPDATE: later("Not delivered: the change of {name}."),
    Work.LINK: later("Not delivered: the mail to {name}."),
    Work.NOTE: later("Not delivered: the note on {name}."),
    Work.TASK: later("Not delivered: the task for {name}."),
}
_WHAT = {
    Work.ADD: later("{name} as a new record"),
    Work.UPDATE: later("Change of {name}"),
    Work.LINK: later("Mail to {name}"),
    Work.NOTE: later("Note on {name}"),
    Work.TASK: later("Task for {name}"),
}
_REASONS = {
    Reason.REJECTED: later("The CRM does not take it as it is."),
    Reason.DUPLICATE: later("A record with this address is in the CRM already."),
    Reason.CHANGED: later("Somebody changed the same fields meanwhile."),
    Reason.GONE: later("The record is gone from the CRM, or you may no longer see it."),
    Reason.FORBIDDEN: later("The CRM does not allow you this."),
    Reason.TOO_LATE: later("The CRM could not be reached for a week."),
}
_OTHER_LABELS = {NOTE_TEXT: later("Note"), TASK_TITLE: later("Task"), OWNER_ID: later("Owner")}


def why_returned(entry: Entry, language: Language) -> str:
    """Why it was not delivered, naming the fields the CRM does not take."""
    if entry.reason is None:
        return ""
    if entry.reason is Reason.REJECTED and entry.problems:
        fields = dict.fromkeys(_label(problem.field, entry.work, language) for problem in entry.problems)
        return language.text("The CRM does not take: {fields}.", fields=", ".join(fields))
    return language.text(_REASONS[entry.reason])


def not_delivered(entry: Entry, language: Language) -> str:
    """The sentence that names what was not delivered."""
    return language.text(_RETURNED[entry.work], name=entry.name)


def returned_sections(entries: tuple[Entry, ...], language: Language) -> list[Section]:
    """Stands above everything: what did not get through must not be overlooked. The oldest one in full, the others folded away."""
    returned = [entry for entry in entries if entry.state is EntryState.RETURNED]
    if not returned:
        return []
    rows: list[Widget] = []
    for entry in returned:
        rows.append(DecoratedText(warning(not_delivered(entry, language)), icon=Icon.DOCUMENT, below=why_returned(entry, language)))
        rows.append(
            ButtonList(
                (
                    Button(language.text("Open"), Press(ShowReturned(entry.id))),
                    Button(language.text("Discard"), Press(Discard(entry.id))),
                )
            )
        )
    header = language.plural("{count} not delivered", "{count} not delivered", len(returned)) if len(returned) > 1 else ""
    return [Section(tuple(rows), header=header, shown=2)]


def waiting_sections(entries: tuple[Entry, ...], language: Language) -> list[Section]:
    """Stands below the person: what waits, then what was delivered since he last looked; three lines, the others folded away."""
    waiting = tuple(_waiting(entry, language) for entry in entries if entry.state is EntryState.WAITING)
    delivered = tuple(
        DecoratedText(_what(entry, language), icon=Icon.CONFIRMATION) for entry in entries if entry.state is EntryState.DELIVERED
    )
    sections = [Section(waiting, header=language.text("Saved, will be delivered"), shown=SHOWN)] if waiting else []
    if delivered:
        sections.append(Section(delivered, header=language.text("Delivered"), shown=max(SHOWN - len(waiting), 1)))
    return sections


def _waiting(entry: Entry, language: Language) -> DecoratedText:
    since, button = language.text("Since {moment}", moment=language.moment(entry.made_at)), go_on_button(entry, language)
    if entry.reconnect:
        since = language.text("Waits for you to connect again")
    return DecoratedText(_what(entry, language), below=since, icon=Icon.CLOCK, button=button)


def go_on_button(entry: Entry, language: Language) -> Button:
    """What gets a waiting errand on its way."""
    if entry.reconnect:
        return Button(language.text("Connect"), Press(Connect()))
    return Button(language.text("Try now"), Press(TryNow(entry.id)))


def _what(entry: Entry, language: Language) -> Markup:
    return rich(language.text(_WHAT[entry.work], name=entry.name))


def _label(name: str, work: Work, language: Language) -> str:
    if work in (Work.NOTE, Work.TASK):
        return language.text(_OTHER_LABELS[name]) if name in _OTHER_LABELS else name
    return field_label(name, language)
