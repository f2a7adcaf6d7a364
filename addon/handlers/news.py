"""Saving what the mail says with one tap, and taking it back."""

from dataclasses import replace

from addon.cards.actions import ApplyNews, Undo, ref_of
from addon.cards.message import message_card
from addon.cards.news import SavedView, field_label
from addon.cards.record import RecordView, record_card
from addon.cards.replies import Answer, Move, Reply
from addon.context import Context
from addon.handlers.message import look_at
from addon.handlers.said import said_of
from addon.signing import StaleButton
from crm_client.errors import Duplicate, Forbidden, Rejected, Stale
from crm_client.records import Record, Values
from linking.undo import take_back


def apply_news(context: Context, press: ApplyNews) -> Answer:
    """Save one value, if it is still the difference that was shown."""
    language = context.language
    if not context.message_id:
        raise StaleButton("no mail is open")
    record = context.crm.get(ref_of(press))
    if not record.may_edit:
        raise Forbidden(str(record.ref))
    wanted = next((one for one in said_of(context, record) if (one.field, one.mark) == (press.field, press.mark)), None)
    if wanted is None:
        return saved_card(context, record, {}, {}, language.text("{name} was changed meanwhile. Nothing was saved.", name=record.name))
    try:
        saved = context.crm.update(record.ref, {wanted.field: wanted.value}, record.version)
    except Stale as stale:
        return saved_card(
            context, stale.current, {}, {}, language.text("{name} was changed meanwhile. Nothing was saved.", name=record.name)
        )
    except Duplicate:
        return Reply(notice=language.text("Not saved: another record has this address."))
    except Rejected:
        return Reply(notice=language.text("Not saved: the CRM does not take this value. Use “Change fields”."))
    return saved_card(context, saved, {wanted.field: wanted.old}, {wanted.field: wanted.value})


def undo(context: Context, press: Undo) -> Answer:
    """Restore the old values where nobody has changed them since."""
    language = context.language
    change = context.services.changes.find(context.org, context.caller.person.id, press.change)
    if change is None:
        return Reply(notice=language.text("This can no longer be undone. Use “Change fields”."))
    try:
        undone = take_back(context.crm, change)
    except Stale:
        return Reply(notice=language.text("The record was changed at this moment. Press again."))
    if undone.restored:
        names = ", ".join(field_label(name, language) for name in undone.restored)
        return saved_card(context, undone.record, {}, {}, language.text("Undone: {fields}", fields=names))
    notice = language.text("Nothing was undone: the fields were changed again since.")
    return saved_card(context, undone.record, {}, {}, notice)


def saved_card(context: Context, record: Record, old: Values, new: Values, notice: str = "") -> Reply:
    """The first card drawn anew, with what was saved and the way back."""
    language = context.language
    context.opened(record.ref)
    saved = None
    if new:
        change = context.services.changes.note(context.org, context.caller.person.id, record.ref, old, new)
        saved = SavedView(change.id, tuple((name, old.get(name, ""), new[name]) for name in new))
        notice = language.text("Saved: {fields}", fields=", ".join(field_label(name, language) for name in new))
    if context.message_id:
        view = replace(look_at(context, context.message()), saved=saved)
        return Reply(message_card(view, language), Move.ROOT, notice=notice, changed=True)
    return Reply(record_card(RecordView(record, saved=saved), language), Move.BACK, notice=notice, changed=True)
