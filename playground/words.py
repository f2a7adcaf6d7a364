"""The words of the playground's pages and of Gmail's own frame around a card, in the reader's language."""

from babel import Locale

from i18n import Language, Languages


def sidebar_words(language: Language) -> dict[str, str]:
    """What the drawn sidebar says by itself, as Gmail would."""
    text = language.text
    return {
        "back": text("Back"),
        "more": text("Show more"),
        "less": text("Show less"),
        "menu": text("More actions"),
        "loading": text("Loading"),
        "failed": text("Something went wrong when executing the add-on."),
        "required": text("Please fill in this field."),
        "blocked": text("The browser blocked a window."),
        "open": text("Open it"),
        "reload": text("Load again"),
        "consent": text("{resource} wants you to sign in before this add-on can show anything."),
        "authorise": text("Sign in"),
        "scopes": text("This add-on asks for more access to your Google account:"),
        "allow": text("Allow"),
    }


def page_words(language: Language) -> dict[str, str]:
    """What the mailbox around it says."""
    text = language.text
    return {
        "from": text("From"),
        "to": text("To"),
        "cc": text("Cc"),
        "body": text("Text of the mail"),
        "attachments": text("Attachments"),
        "unread": text("Unread"),
        "choose": text("Choose a mail on the left."),
        "mailbox_failed": text("The mailbox could not be read."),
        "weather_failed": text("The CRM's state could not be changed."),
        # The page itself fills these in, for each answer.
        "answered": text("{path}: {status}, {milliseconds} ms, {bytes} bytes"),
        "show_card": text("Show the card"),
        "hide_card": text("Hide the card"),
    }


def language_names(languages: Languages) -> list[tuple[str, str]]:
    """Tag and own name of each language Gmail can be set to here; those without a catalogue show what then happens."""
    tags = sorted({*languages.tags, "en", "fr", "de"})
    return [(tag, (Locale(tag).get_display_name(tag) or tag).capitalize()) for tag in tags]
