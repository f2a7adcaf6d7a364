"""The cards for when there is nothing to show: no answer, not allowed, gone. Each says what happened, that nothing was lost,
and what to do next. Who cannot come in at all gets one of `cards.entrance`."""

from addon.cards.actions import Action, Connect, ShowHome
from addon.cards.record import sentence
from addon.cards.text import rich, warning
from addon.cards.trouble import Trouble, TroubleKind
from addon.cards.widgets import (
    Button,
    ButtonList,
    Card,
    DecoratedText,
    Footer,
    Icon,
    MenuEntry,
    Press,
    Section,
    TextParagraph,
    Widget,
)
from i18n import Language


def outage_section(trouble: Trouble, language: Language) -> Section:
    """Stands above what was last known."""
    title, _ = _words(trouble, language)
    connect = Button(language.text("Connect"), Press(Connect())) if trouble.kind is TroubleKind.RECONNECT else None
    rows: list[Widget] = [DecoratedText(warning(title), icon=Icon.CLOCK, below=_age(trouble, language), button=connect)]
    return Section(tuple(rows))


def trouble_card(trouble: Trouble, refresh: Action, language: Language) -> Card:
    title, text = _words(trouble, language)
    return _card(title, (text,), refresh, language, button=again_button(refresh, language))


def connection_ended_card(refresh: Action, language: Language, *, shared: bool = False) -> Card:
    """The CRM no longer takes this person's permission, or with `shared` the company's. What he asked for meanwhile waits."""
    if shared:
        title = language.text("Your company's connection to the CRM has ended")
        what = language.text("Your administrator has to connect again. You need not wait: connect your own account.")
        connect = language.text("Connect your own account")
    else:
        title = language.text("Your connection to the CRM has ended")
        what = language.text("The CRM wants you to connect again.")
        connect = language.text("Connect")
    return Card(
        title=title,
        sections=(
            Section(
                (
                    sentence(what),
                    sentence(language.text("Nothing was lost: what you saved meanwhile is delivered once you are connected.")),
                    ButtonList((again_button(refresh, language),)),
                )
            ),
        ),
        footer=Footer(Button(connect, Press(Connect()))),
        menu=_menu(refresh, language),
    )


def unknown_caller_card(language: Language) -> Card:
    """Google did not say who the person is; with granular consent he is asked for it, here he is told."""
    return Card(
        title=language.text("Who are you?"),
        sections=(
            Section(
                (
                    sentence(language.text("Google did not tell Sidecard your address, so your CRM cannot be opened.")),
                    sentence(language.text("Close and open this mail again, and allow Sidecard to see your address.")),
                )
            ),
        ),
    )


def unreadable_mail_card(refresh: Action, language: Language) -> Card:
    return _card(
        language.text("The mail could not be read"),
        (
            language.text("Gmail did not hand over this mail just now. Nothing was changed."),
            language.text("Try again, or search the CRM by hand."),
        ),
        refresh,
        language,
        button=again_button(refresh, language),
        extra=Button(language.text("Search the CRM"), Press(ShowHome())),
    )


def gone_mail_card(refresh: Action, language: Language) -> Card:
    return _card(
        language.text("This mail is gone"),
        (language.text("Gmail no longer has this mail. It may have been deleted or moved while the card was open."),),
        refresh,
        language,
        extra=Button(language.text("Search the CRM"), Press(ShowHome())),
    )


def stale_button_card(refresh: Action, language: Language) -> Card:
    return _card(
        language.text("This card is out of date"),
        (language.text("It was drawn for another mail, or was open for too long. Nothing was changed. Refresh and press again."),),
        refresh,
        language,
        button=again_button(refresh, language),
    )


def unexpected_card(reference: str, language: Language) -> Card:
    """A fault of ours. The reference finds the log line."""
    return Card(
        title=language.text("Something went wrong"),
        sections=(
            Section(
                (
                    sentence(
                        language.text("This is a fault in Sidecard, not in your mail or your CRM. Close and open the mail to try again.")
                    ),
                    DecoratedText(
                        rich(reference), label=language.text("If it stays, tell your administrator this reference"), icon=Icon.DOCUMENT
                    ),
                )
            ),
        ),
    )


def cannot_verify_card(language: Language) -> Card:
    """Google's certificates cannot be had: nothing may be shown, since nobody knows who asks."""
    return Card(
        title=language.text("Please try again in a minute"),
        sections=(Section((sentence(language.text("Sidecard cannot check requests from Gmail at the moment. Nothing was changed.")),)),),
    )


def _words(trouble: Trouble, language: Language) -> tuple[str, str]:
    if trouble.kind is TroubleKind.LIMIT:
        wait = trouble.wait or 60
        return language.text("The CRM is limiting calls"), language.plural(
            "Your company has asked the CRM too often. Nothing was lost. Try again in {count} second.",
            "Your company has asked the CRM too often. Nothing was lost. Try again in {count} seconds.",
            wait,
        )
    if trouble.kind is TroubleKind.RECONNECT:
        return (
            language.text("Your connection to the CRM has ended"),
            language.text("Nothing was lost: what you saved meanwhile is delivered once you are connected."),
        )
    if trouble.kind is TroubleKind.FORBIDDEN:
        return (
            language.text("The CRM does not allow this"),
            language.text("Your CRM user may not see or do this. Nothing was changed. Ask your CRM administrator for the right."),
        )
    if trouble.kind is TroubleKind.GONE:
        return (
            language.text("This record is gone"),
            language.text("It was deleted or moved in the CRM, or you may no longer see it. Nothing was changed."),
        )
    return (
        language.text("The CRM does not answer"),
        language.text("This says nothing about who is in the CRM. Nothing was lost. Try again in a moment."),
    )


def _age(trouble: Trouble, language: Language) -> str:
    if trouble.kind is TroubleKind.RECONNECT:
        return language.text("Nothing was lost.")
    if trouble.age is None:
        return language.text("Nothing was lost. Try again in a moment.")
    return language.text("You see what was known {ago}. What you save now is kept and delivered later.", ago=language.ago(trouble.age))


def again_button(refresh: Action, language: Language) -> Button:
    return Button(language.text("Try again"), Press(refresh))


def _menu(refresh: Action, language: Language) -> tuple[MenuEntry, ...]:
    return (MenuEntry(language.text("Refresh"), Press(refresh)),)


def _card(
    title: str,
    texts: tuple[str, ...],
    refresh: Action,
    language: Language,
    *,
    button: Button | None = None,
    extra: Button | None = None,
) -> Card:
    buttons = tuple(one for one in (button, extra) if one is not None)
    widgets: tuple[Widget, ...] = tuple(sentence(text) for text in texts)
    if buttons:
        widgets = (*widgets, ButtonList(buttons))
    return Card(title=title, sections=(Section(widgets),), menu=_menu(refresh, language))


def problem_section(title: str, text: str) -> Section:
    """A refusal above a form: what is wrong, and that everything typed is still there."""
    return Section((TextParagraph(warning(title)), sentence(text)))
