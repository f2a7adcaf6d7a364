"""What was asked for and could not be done at once: shown as the form it came from, tried again, or dropped."""

import uuid
from dataclasses import replace

from addon.cards.actions import Discard, ShowReturned, TryNow
from addon.cards.activity import NoteView, TaskView, note_card, task_card
from addon.cards.add import AddView, add_card
from addon.cards.form import FormView
from addon.cards.replies import Answer, Move, Reply
from addon.cards.returned import ReturnedView, returned_card
from addon.cards.standing import not_delivered, why_returned
from addon.cards.update import update_card
from addon.cards.widgets import Card
from addon.context import Context
from addon.handlers.activity import owners
from addon.handlers.add import creatable, holder
from addon.handlers.done import first_card, kept_card
from addon.handlers.update import record_or_last_seen, stale_view
from crm_client.errors import AuthExpired, Duplicate, Forbidden, NotFound, Rejected
from crm_client.records import EMAIL
from linking.errands import AddErrand, LinkErrand, NoteErrand, TaskErrand, UpdateErrand
from linking.outcomes import Kept, Reason, Returned


def show_returned(context: Context, press: ShowReturned) -> Answer:
    """With everything the person typed, and what the CRM does not take at its field."""
    returned = context.services.outbox.returned(context.org, context.caller.person.id, press.entry)
    if returned is None:
        return first_card(context, context.language.text("This was done or dropped meanwhile."))
    return Reply(_card(context, returned), Move.REPLACE if press.again else Move.PUSH)


def discard(context: Context, press: Discard) -> Answer:
    context.forget(press.entry)
    return first_card(context, context.language.text("Discarded"))


def try_now(context: Context, press: TryNow) -> Answer:
    """Deliver what waits. What the CRM refuses for good has come back: the first card says so."""
    context.demand_user()
    language = context.language
    try:
        outcome = context.services.outbox.try_now(context.crm, context.org, context.caller.person.id, press.entry)
    except (Rejected, Duplicate, Forbidden, NotFound):
        return first_card(context, language.text("The CRM does not take it."))
    if isinstance(outcome, Kept):
        if outcome.reason is None:
            return first_card(context, language.text("Something else has to be delivered first. It goes on by itself."))
        card = kept_card(context, outcome)
        return (
            card
            if isinstance(outcome.reason, AuthExpired)
            else replace(card, notice=language.text("The CRM still does not answer. Nothing is lost."))
        )
    return first_card(context, language.text("Delivered"))


def _card(context: Context, returned: Returned) -> Card:
    entry, language = returned.entry, context.language
    reason = " ".join(part for part in (not_delivered(entry, language), why_returned(entry, language)) if part)
    match returned.errand:
        case AddErrand() as errand:
            return _add(context, returned, errand, reason)
        case UpdateErrand() as errand:
            return _update(context, returned, errand, reason)
        case NoteErrand(ref, text):
            key = uuid.uuid4().hex
            return note_card(NoteView(ref, entry.name, key, text, returned.problems, reason, entry.id), language)
        case TaskErrand(ref, task):
            view = TaskView(ref, entry.name, uuid.uuid4().hex, owners(context), task.title, task.due_on, task.owner_id)
            return task_card(replace(view, problems=returned.problems, reason=reason, entry=entry.id), language)
        case LinkErrand(mail=mail):
            message = context.shown_message()
            mail_open = message is not None and message.key == mail.message_id
            typed = ((language.text("Subject"), mail.subject), (language.text("Sender"), mail.sender.name or mail.sender.address))
            return returned_card(ReturnedView(entry, typed, mail_open=mail_open), language)


def _add(context: Context, returned: Returned, errand: AddErrand, reason: str) -> Card:
    kinds = creatable(context)
    kind = errand.kind if errand.kind in kinds else kinds[0]
    form = FormView(context.layout(kind), errand.values, returned.problems)
    view = AddView(kind, kinds, form, uuid.uuid4().hex, errand.values.get(EMAIL, "").lower(), reason=reason, entry=returned.entry.id)
    if returned.entry.reason is Reason.DUPLICATE:
        there = holder(context, returned.entry.ref)
        view = replace(view, reason="" if there else reason, there=there)
    return add_card(view, context.language)


def _update(context: Context, returned: Returned, errand: UpdateErrand, reason: str) -> Card:
    """On top of what stands in the CRM now. Where the record cannot be had any more, what was typed is listed."""
    try:
        record = record_or_last_seen(context, errand.ref)
    except (NotFound, Forbidden):
        return returned_card(ReturnedView(returned.entry, _changes(context, errand)), context.language)
    view = stale_view(record, context.layout(record.ref.kind), errand.changes, returned.entry.id)
    form = replace(view.form, problems=returned.problems)
    if returned.entry.reason is Reason.CHANGED:
        return update_card(replace(view, form=form), context.language)
    return update_card(replace(view, form=form, reason=reason, changed_by=""), context.language)


def _changes(context: Context, errand: UpdateErrand) -> tuple[tuple[str, str], ...]:
    """Label and text of every change."""
    layout, empty = context.layout(errand.ref.kind), context.language.text("empty")
    labels = {one.name: one.label for one in layout.fields}
    return tuple((labels.get(name, name), text or empty) for name, text in errand.changes.items())
