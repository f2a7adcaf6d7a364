"""Saving what the mail says with one tap, and taking it back."""

from addon.cards.actions import ApplyNews, Undo, ref_of
from addon.cards.news import SavedView, field_label
from addon.cards.replies import Answer, Reply
from addon.context import Context
from addon.handlers.done import first_card, kept_card
from addon.handlers.said import offered_again
from addon.signing import StaleButton
from crm_client.errors import Duplicate, Rejected
from crm_client.records import Record, Values
from linking.errands import UpdateErrand
from linking.outcomes import Carried, Changed, Kept
from linking.undo import taking_back


def apply_news(context: Context, press: ApplyNews) -> Answer:
    """Save one value, if the field still holds what the card showed."""
    language = context.language
    changes = {one.field: one.value for one in offered_again(context, press.address, {press.field: press.mark})}
    if not changes:
        raise StaleButton("the mail does not say this, or none is open")
    try:
        outcome = context.carry_out(UpdateErrand(ref_of(press), changes, {press.field: press.seen}), press.key, press.name)
    except Duplicate:
        return Reply(notice=language.text("Not saved: another record has this address."))
    except Rejected:
        return Reply(notice=language.text("Not saved: the CRM does not take this value. Use “Change fields”."))
    match outcome:
        case Kept():
            return kept_card(context, outcome)
        case Changed(current):
            return first_card(context, language.text("{name} was changed meanwhile. Nothing was saved.", name=current.name), record=current)
        case Carried(record) if record is not None:
            return saved_card(context, record, outcome.before, changes)
        case _:
            return first_card(context, language.text("Saved: {fields}", fields=field_label(press.field, language)))


def undo(context: Context, press: Undo) -> Answer:
    """Restore the old values where nobody has changed them since."""
    language = context.language
    change = context.services.changes.find(context.org, context.caller.person.id, press.change)
    if change is None:
        return Reply(notice=language.text("This can no longer be undone. Use “Change fields”."))
    errand = taking_back(change)
    outcome = context.carry_out(errand, f"undo {change.id}", press.name)
    if isinstance(outcome, Changed):
        # Some of the fields were changed by somebody since: those stay.
        current = outcome.current
        errand = taking_back(change, current)
        if not errand.changes:
            return first_card(context, language.text("Nothing was undone: the fields were changed again since."), record=current)
        outcome = context.carry_out(errand, f"undo rest of {change.id}", press.name)
    match outcome:
        case Kept():
            return kept_card(context, outcome)
        case Carried(record):
            names = ", ".join(field_label(name, language) for name in errand.changes)
            return first_card(context, language.text("Undone: {fields}", fields=names), record=record)
        case _:
            return Reply(notice=language.text("The record was changed at this moment. Press again."))


def saved_card(context: Context, record: Record, before: Record | None, new: Values) -> Reply:
    """The first card with what was saved and the way back. `before`: the record as the save found it."""
    language = context.language
    notice = language.text("Saved: {fields}", fields=", ".join(field_label(name, language) for name in new))
    if before is None:
        return first_card(context, notice, record=record)
    old = {name: before.value(name) for name in new}
    change = context.services.changes.note(context.org, context.caller.person.id, record.ref, old, new)
    saved = SavedView(change.id, record.name, tuple((name, old[name], new[name]) for name in new))
    return first_card(context, notice, record=record, saved=saved)
