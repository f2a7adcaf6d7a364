"""Adding a person: the form, its switch between lead and contact, and saving it exactly once."""

import uuid
from dataclasses import replace

from addon.cards.actions import ChangeKind, SaveAdd, ShowAdd
from addon.cards.add import KIND_FIELD, AddView, add_card
from addon.cards.form import FormView
from addon.cards.message import message_card
from addon.cards.record import RecordView, record_card
from addon.cards.replies import Answer, Move, Reply
from addon.context import Context, trouble_of
from addon.event import ButtonPressed
from addon.handlers.filling import fill_in
from addon.handlers.form import kept_values, typed_values
from addon.handlers.message import look_at
from addon.news import unaccented
from crm_client.errors import Duplicate, Forbidden, RateLimited, Rejected, Unavailable
from crm_client.records import EMAIL, FIRST_NAME, LAST_NAME, Kind, Layout, Record, Values
from linking.adding import Added, AlreadyThere, BeingAdded

KINDS = (Kind.LEAD, Kind.CONTACT)


def show_add(context: Context, press: ShowAdd) -> Answer:
    """The form, filled in from the mail. Somebody of the same name may be the same person: he is shown before anything is typed."""
    kinds = _creatable(context)
    kind = press.kind if press.kind in kinds else kinds[0]
    layout = context.crm.describe(kind)
    filled = fill_in(context, layout, press.address)
    form = FormView(layout, filled.values, evidence=filled.evidence)
    same = _same_name(context, filled.values) if press.address else ()
    view = AddView(kind, kinds, form, uuid.uuid4().hex, press.address, same_name=same)
    return Reply(add_card(view, context.language), Move.REPLACE if press.again else Move.PUSH)


def change_kind(context: Context, press: ChangeKind, event: ButtonPressed) -> Answer:
    """Draw the form of the other kind; everything typed stays, also what only the first kind has a field for."""
    kinds = _creatable(context)
    kind = _kind_typed(event, kinds)
    layouts = {one: context.crm.describe(one) for one in KINDS}
    other = Kind.CONTACT if kind is Kind.LEAD else Kind.LEAD
    kept = kept_values(event, layouts[other], layouts[kind], press.kept)
    values = {**dict(kept), **{name: text for name, text in typed_values(event, layouts[other]).items() if text}}
    here = {one.name for one in layouts[kind].fields}
    view = AddView(
        kind,
        kinds,
        FormView(layouts[kind], {name: text for name, text in values.items() if name in here}),
        press.key,
        press.address,
        kept=tuple((name, text) for name, text in kept if name not in here),
    )
    return Reply(add_card(view, context.language), Move.REPLACE)


def save_add(context: Context, press: SaveAdd, event: ButtonPressed) -> Answer:
    """The record, or the form again with the reason and everything typed."""
    kinds = _creatable(context)
    kind = _kind_typed(event, kinds)
    layout = context.crm.describe(kind)
    typed = typed_values(event, layout)
    view = AddView(kind, kinds, FormView(layout, typed), press.key, press.address, kept=press.kept)
    try:
        refused = _refused(context, view, layout, sure=press.sure)
    except (Unavailable, RateLimited) as error:
        refused = replace(view, trouble=trouble_of(error))
    if isinstance(refused, AddView):
        return Reply(add_card(refused, context.language), Move.REPLACE)
    return _done(context, refused)


def _refused(context: Context, view: AddView, layout: Layout, *, sure: bool) -> AddView | Record:
    """The saved record, or the form with what stands against saving it."""
    values = {name: text for name, text in view.form.values.items() if text}
    if not sure:
        same = _same_name(context, values)
        if same:
            return replace(view, same_name=same)
    try:
        outcome = context.services.adding.add_once(context.crm, context.org, view.kind, values, view.key, context.caller.person)
    except Rejected as rejected:
        return replace(view, form=FormView(layout, view.form.values, problems=rejected.fields))
    except Duplicate as taken:
        return replace(view, there=(context.crm.get(taken.ref),)) if taken.ref else replace(view, hidden=True)
    match outcome:
        case Added(record):
            return record
        case AlreadyThere(matches, _hidden) if matches:
            return replace(view, there=tuple({match.record.ref: match.record for match in matches}.values()))
        case AlreadyThere():
            return replace(view, hidden=True)
        case BeingAdded(name):
            return replace(view, being_added_by=name)


def _done(context: Context, record: Record) -> Reply:
    context.opened(record.ref)
    name = record.name
    if record.ref.kind is Kind.LEAD:
        notice = context.language.text("{name} is now a lead in the CRM.", name=name)
    else:
        notice = context.language.text("{name} is now a contact in the CRM.", name=name)
    if context.message_id:
        view = look_at(context, context.message())
        return Reply(message_card(view, context.language), Move.ROOT, notice=notice, changed=True)
    return Reply(record_card(RecordView(record), context.language), Move.BACK, notice=notice, changed=True)


def _same_name(context: Context, values: Values) -> tuple[Record, ...]:
    """Records that carry the same first and last name, and another address: perhaps the same person."""
    first, last = values.get(FIRST_NAME, ""), values.get(LAST_NAME, "")
    if not (first and last):
        return ()
    wanted = _folded(f"{first} {last}")
    hits = context.crm.search(f"{first} {last}").records
    address = values.get(EMAIL, "").lower()
    return tuple(record for record in hits if _folded(record.name) == wanted and record.value(EMAIL).lower() != address)[:3]


def _folded(name: str) -> str:
    """Without accents, case and doubled spaces: "Lefèvre" and "LEFEVRE" are one name."""
    return " ".join(unaccented(name).split())


def _creatable(context: Context) -> tuple[Kind, ...]:
    """The kinds this caller may make. Forbidden if none."""
    kinds = context.creatable()
    if not kinds:
        raise Forbidden("may create neither leads nor contacts")
    return kinds


def _kind_typed(event: ButtonPressed, kinds: tuple[Kind, ...]) -> Kind:
    typed = event.form.text(KIND_FIELD)
    return next((kind for kind in kinds if kind.value == typed), kinds[0])
