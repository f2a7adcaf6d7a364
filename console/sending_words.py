"""Why a mail did not go out, or is not in Sent, in the words of whoever wrote it: what happened and what to do."""

from console.mailboxes.boxes import service_of, told_of
from console.mailboxes.words import Side, Trouble, trouble
from i18n import Language
from salesinbox.composing import Field, Flaw, Problem
from salesinbox.handing_over import Refusal
from salesinbox.mailboxes import Mailbox
from salesinbox.outgoing import Outgo


def problem_words(language: Language, problem: Problem) -> Trouble:
    """At the field it belongs to."""
    return Trouble(_line(language, problem), "", problem.field.value)


def _line(language: Language, problem: Problem) -> str:
    match problem.flaw:
        case Flaw.MISSING:
            return language.text("Write to whom it goes.") if problem.field is Field.TO else language.text("Write something first.")
        case Flaw.NOT_YOURS:
            return language.text("You may not send from this address. Choose one from the list.")
        case Flaw.NO_ADDRESS:
            return language.text("“{value}” is not a mail address.", value=problem.value)
        case Flaw.NOT_ASCII:
            return language.text("“{value}” has letters that mail servers do not take in an address.", value=problem.value)
        case Flaw.TOO_MANY:
            return language.text("At most {limit} recipients are possible, copies included.", limit=language.number(problem.limit))
        case Flaw.TOO_LONG:
            return language.text("At most {limit} characters are possible.", limit=language.number(problem.limit))
        case Flaw.LINE_BREAK:
            return language.text("This has to stand on one line.")


def failure(language: Language, item: Outgo, mailbox: Mailbox) -> Trouble | None:
    """Why it was not sent."""
    match item.obstacle:
        case None:
            return None
        case Refusal.SENDER:
            line = language.text("{host} sends nothing from {address}.", host=mailbox.smtp.host, address=item.draft.sender)
            advice = language.text("Choose another address to send from, or have your mail service allow this one.")
        case Refusal.RECIPIENTS:
            line = language.text("Not all recipients were accepted, so nobody was sent anything.")
            advice = language.text("Correct these addresses or take them out, then send again.")
        case Refusal.MAIL:
            line = language.text("{host} does not take this mail.", host=mailbox.smtp.host)
            advice = language.text("It may look like spam to it, or be too large. Change it, then send again.")
        case cause:
            return trouble(language, cause, Side.SMTP, mailbox.smtp, service_of(mailbox, steps=False), item.said)
    return Trouble(line, advice, "", item.said)


def filing_failure(language: Language, item: Outgo, mailbox: Mailbox) -> Trouble | None:
    """Why what was sent is not in the Sent folder."""
    if item.obstacle is None or isinstance(item.obstacle, Refusal):
        return None
    return told_of(language, mailbox, item.obstacle, item.said)
