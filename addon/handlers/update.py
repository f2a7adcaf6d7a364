"""Changing a record's fields: the form, and a save that never overwrites what somebody else wrote meanwhile."""

import uuid
from dataclasses import replace

from addon.cards.actions import SaveUpdate, ShowUpdate, ref_of
from addon.cards.form import FormView
from addon.cards.news import NEWS_PREFIX
from addon.cards.replies import Answer, Move, Reply
from addon.cards.update import Change, UpdateView, drawn, update_card, update_prefix
from addon.context import Context
from addon.event import ButtonPressed
from addon.handlers.done import first_card, kept_card
from addon.handlers.form import typed_values
from addon.handlers.news import saved_card
from addon.handlers.said import as_view, differences, offered_again, writer_of
from crm_client.errors import Duplicate, Forbidden, RateLimited, Rejected, Unavailable
from crm_client.records import Layout, Record, Ref, Values
from linking.errands import UpdateErrand, fingerprint
from linking.outcomes import Carried, Changed, Kept


def show_update(context: Context, press: ShowUpdate) -> Answer:
    """While the CRM does not answer: on top of what the person last saw. What he saves is checked when it is delivered."""
    context.demand_user()
    record = record_or_last_seen(context, ref_of(press))
    if not record.may_edit:
        raise Forbidden(str(record.ref))
    form = FormView(context.layout(record.ref.kind), record.values, prefix=update_prefix(record.version))
    address = writer_of(context, record)
    news = tuple(as_view(one) for one in differences(context, context.message(), address, record)) if address else ()
    view = UpdateView(record.ref, record.name, form, uuid.uuid4().hex, drawn(form, record.values), address=address, news=news)
    return Reply(update_card(view, context.language), Move.REPLACE if press.again else Move.PUSH)


def record_or_last_seen(context: Context, ref: Ref) -> Record:
    """CrmError, if the person has not seen it in the open mail's card before."""
    try:
        record = context.crm.get(ref)
    except (Unavailable, RateLimited):
        seen = context.last_seen(ref)
        if seen is None:
            raise
        return seen
    context.follow(ref, record)
    return record


def save_update(context: Context, press: SaveUpdate, event: ButtonPressed) -> Answer:
    """Save what the person changed, and nothing else.

    What he changed is told by the fingerprints of what the form was drawn with. Where a field holds something else by
    now, nothing is saved: the form comes again with his changes against what stands there now, for a second look.
    """
    layout = context.layout(press.kind)
    typed = typed_values(event, layout, press.prefix)
    shown = dict(press.drawn)
    changed = {name: text for name, text in typed.items() if name in shown and fingerprint(text) != shown[name]}
    news = tuple(
        replace(one, ticked=event.form.ticked(NEWS_PREFIX + one.field))
        for one in offered_again(context, press.address, dict(press.news))
        if one.field in shown
    )
    # What was typed into a field wins over what the mail says of it.
    changes = {**{one.field: one.value for one in news if one.ticked}, **changed}
    form = FormView(layout, typed, prefix=press.prefix)
    view = UpdateView(ref_of(press), press.name, form, press.key, press.drawn, address=press.address, news=news, entry=press.entry)
    if not changes:
        return Reply(update_card(replace(view, nothing_changed=True), context.language), Move.REPLACE)
    emptied = tuple(_label(layout, name) for name, text in changes.items() if not text)
    if emptied and not press.clear:
        # Google leaves empty fields out of the form: absent and emptied look alike, so a second press confirms it.
        return Reply(update_card(replace(view, emptied=emptied), context.language), Move.REPLACE)
    answer = _save(context, view, changes, shown)
    if isinstance(answer, UpdateView):
        return Reply(update_card(answer, context.language), Move.REPLACE)
    if press.entry:
        context.forget(press.entry)
    return answer


def _save(context: Context, view: UpdateView, changes: Values, shown: Values) -> UpdateView | Reply:
    """The first card, or the form with what stands against saving it."""
    errand = UpdateErrand(view.ref, changes, {name: shown[name] for name in changes})
    try:
        outcome = context.carry_out(errand, view.key, view.name)
    except Rejected as rejected:
        return replace(view, form=replace(view.form, problems=rejected.fields))
    except Duplicate as taken:
        return replace(view, taken=True, taken_by=taken.name)
    match outcome:
        case Kept():
            return kept_card(context, outcome)
        case Changed(current):
            return stale_view(current, view.form.layout, changes, view.entry)
        case Carried(record) if record is not None:
            context.follow(view.ref, record)
            return saved_card(context, record, outcome.before, changes)
        case _:
            return first_card(context, context.language.text("This was saved already."))


def stale_view(record: Record, layout: Layout, changes: Values, entry: int = 0) -> UpdateView:
    """The form once more, on top of what stands in the CRM now: only this person's own changes are laid over it."""
    own = {name: text for name, text in changes.items() if text != record.value(name)}
    now = {name: record.value(name) for name in own}
    form = FormView(layout, {**record.values, **own}, now=now, prefix=update_prefix(record.version))
    against = tuple(Change(_label(layout, name), record.value(name), text) for name, text in own.items())
    base = drawn(form, record.values)
    return UpdateView(record.ref, record.name, form, uuid.uuid4().hex, base, changed_by=record.modified_by, changes=against, entry=entry)


def _label(layout: Layout, name: str) -> str:
    one = layout.field(name)
    return one.label if one else name
