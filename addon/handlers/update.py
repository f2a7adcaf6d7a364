"""Changing a record's fields: the form, and a save that never overwrites what somebody else wrote meanwhile."""

from dataclasses import replace

from addon.cards.actions import SaveUpdate, ShowUpdate, ref_of
from addon.cards.form import FormView
from addon.cards.news import NEWS_PREFIX, NewsView
from addon.cards.replies import Answer, Move, Reply
from addon.cards.update import Change, UpdateView, drawn, fingerprint, update_card, update_prefix
from addon.context import Context
from addon.event import ButtonPressed
from addon.handlers.form import typed_values
from addon.handlers.news import saved_card
from addon.handlers.said import as_view, said_of
from crm_client.errors import Duplicate, Forbidden, RateLimited, Rejected, Stale, Unavailable
from crm_client.records import Layout, Record


def show_update(context: Context, press: ShowUpdate) -> Answer:
    record = context.crm.get(ref_of(press))
    if not record.may_edit:
        raise Forbidden(str(record.ref))
    form = FormView(context.crm.describe(record.ref.kind), record.values, prefix=update_prefix(record.version))
    view = UpdateView(record, form, drawn(form, record.values), news=tuple(as_view(one) for one in said_of(context, record)))
    return Reply(update_card(view, context.language), Move.REPLACE if press.again else Move.PUSH)


def save_update(context: Context, press: SaveUpdate, event: ButtonPressed) -> Answer:
    """Save what the person changed, and nothing else.

    What he changed is told by the fingerprints of what the form showed. If the record moved on since, nothing is saved:
    the form comes again with his changes against what stands there now, for a second look.
    """
    try:
        record = context.crm.get(ref_of(press))
        layout = context.crm.describe(record.ref.kind)
        typed = typed_values(event, layout, update_prefix(press.version))
        shown = dict(press.drawn)
        changed = {name: text for name, text in typed.items() if name in shown and fingerprint(text) != shown[name]}
        offered = dict(press.news)
        said = tuple(one for one in said_of(context, record) if offered.get(one.field) == one.mark)
        ticked = {one.field: one.value for one in said if event.form.ticked(NEWS_PREFIX + one.field)}
        # What was typed into a field wins over what the mail says of it.
        news = tuple(as_view(one, ticked=one.field in ticked) for one in said)
        return _save(context, press, record, layout, {**ticked, **changed}, news)
    except (Unavailable, RateLimited) as error:
        return Reply(notice=_not_saved(context, error))


def _save(
    context: Context, press: SaveUpdate, record: Record, layout: Layout, changed: dict[str, str], news: tuple[NewsView, ...]
) -> Answer:
    language = context.language
    typed = {name: text for name, text in changed.items() if all(one.field != name or one.value != text for one in news)}
    values = {**record.values, **typed}
    form = FormView(layout, values, prefix=update_prefix(record.version))
    if not changed:
        view = UpdateView(record, form, drawn(form, record.values), nothing_changed=True, news=news)
        return Reply(update_card(view, language), Move.REPLACE)
    if record.version != press.version:
        return Reply(update_card(_stale(record, layout, changed), language), Move.REPLACE)
    emptied = tuple(_label(layout, name) for name, text in changed.items() if not text)
    if emptied and not press.clear:
        # Google leaves empty fields out of the form: absent and emptied look alike, so a second press confirms it.
        return Reply(update_card(UpdateView(record, form, press.drawn, emptied=emptied, news=news), language), Move.REPLACE)
    try:
        saved = context.crm.update(record.ref, changed, press.version)
    except Stale as stale:
        return Reply(update_card(_stale(stale.current, layout, changed), language), Move.REPLACE)
    except Rejected as rejected:
        refused = replace(form, problems=rejected.fields)
        return Reply(update_card(UpdateView(record, refused, press.drawn, news=news), language), Move.REPLACE)
    except Duplicate as taken:
        view = UpdateView(record, form, press.drawn, taken=True, taken_by=taken.name, news=news)
        return Reply(update_card(view, language), Move.REPLACE)
    return saved_card(context, saved, {name: record.value(name) for name in changed}, changed)


def _stale(record: Record, layout: Layout, changed: dict[str, str]) -> UpdateView:
    """The form once more, on top of what stands in the CRM now: only this person's own changes are laid over it."""
    own = {name: text for name, text in changed.items() if text != record.value(name)}
    now = {name: record.value(name) for name in own}
    form = FormView(layout, {**record.values, **own}, now=now, prefix=update_prefix(record.version))
    base = drawn(form, record.values)
    return UpdateView(record, form, base, changed_by=record.modified_by, changes=_changes(layout, record, own))


def _changes(layout: Layout, record: Record, changed: dict[str, str]) -> tuple[Change, ...]:
    return tuple(Change(_label(layout, name), record.value(name), text) for name, text in changed.items())


def _label(layout: Layout, name: str) -> str:
    one = layout.field(name)
    return one.label if one else name


def _not_saved(context: Context, error: Unavailable | RateLimited) -> str:
    if isinstance(error, RateLimited):
        return context.language.text("Not saved: the CRM is limiting calls. What you typed is still here: press “Save” again in a minute.")
    return context.language.text("The CRM did not answer. What you typed is still here: press “Save” again in a moment.")
