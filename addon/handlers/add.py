"""Adding a person: the form, its switch between lead and contact, and saving it exactly once."""

import uuid
from dataclasses import replace

from addon.cards.actions import ChangeKind, SaveAdd, ShowAdd
from addon.cards.add import KIND_FIELD, AddView, add_card
from addon.cards.form import FormView
from addon.cards.replies import Answer, Move, Reply
from addon.context import Context
from addon.event import ButtonPressed
from addon.handlers.done import first_card, kept_card
from addon.handlers.filling import fill_in
from addon.handlers.form import kept_values, typed_values
from addon.news import unaccented
from crm_client.errors import Duplicate, Forbidden, NotFound, RateLimited, Rejected, Unavailable
from crm_client.records import EMAIL, FIRST_NAME, LAST_NAME, Kind, Record, Ref
from linking.errands import AddErrand, fingerprint
from linking.outcomes import AlreadyThere, BeingAdded, Carried, Kept

KINDS = (Kind.LEAD, Kind.CONTACT)


def show_add(context: Context, press: ShowAdd) -> Answer:
    """The form, filled in from the mail. Somebody of the same name may be the same person: he is shown before anything is typed."""
    kinds = creatable(context)
    kind = press.kind if press.kind in kinds else kinds[0]
    layout = context.layout(kind)
    filled = fill_in(context, layout, press.address)
    form = FormView(layout, filled.values, evidence=filled.evidence)
    view = AddView(kind, kinds, form, uuid.uuid4().hex, press.address)
    return Reply(add_card(_with_namesakes(context, view), context.language), Move.REPLACE if press.again else Move.PUSH)


def change_kind(context: Context, press: ChangeKind, event: ButtonPressed) -> Answer:
    """Draw the form of the other kind; everything typed stays, also what only the first kind has a field for."""
    kinds = creatable(context)
    kind = _kind_typed(event, kinds)
    layouts = {one: context.layout(one) for one in KINDS}
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
        checked=press.checked,
        entry=press.entry,
    )
    return Reply(add_card(view, context.language), Move.REPLACE)


def save_add(context: Context, press: SaveAdd, event: ButtonPressed) -> Answer:
    """The record, or the form again with the reason and everything typed."""
    kinds = creatable(context)
    kind = _kind_typed(event, kinds)
    layout = context.layout(kind)
    form = FormView(layout, typed_values(event, layout))
    view = AddView(kind, kinds, form, press.key, press.address, kept=press.kept, checked=press.checked, entry=press.entry)
    view = _with_namesakes(context, view)
    answer = view if view.same_name else _save(context, view)
    if isinstance(answer, AddView):
        return Reply(add_card(answer, context.language), Move.REPLACE)
    if press.entry:
        context.forget(press.entry)
    return answer


def holder(context: Context, ref: Ref | None) -> tuple[Record, ...]:
    """The record that has the address already, where the person may see it."""
    if ref is None:
        return ()
    try:
        return (context.crm.get(ref),)
    except (NotFound, Forbidden):
        return ()


def creatable(context: Context) -> tuple[Kind, ...]:
    """The kinds this caller may make, the company's usual one first. Forbidden if none; Barred."""
    context.demand_user()
    kinds = context.creatable()
    if not kinds:
        raise Forbidden("may create neither leads nor contacts")
    return kinds


def _save(context: Context, view: AddView) -> AddView | Reply:
    """The card with the saved record, or the form with what stands against saving it."""
    values = {name: text for name, text in view.form.values.items() if text}
    name = f"{values.get(FIRST_NAME, '')} {values.get(LAST_NAME, '')}".strip() or values.get(EMAIL, "")
    try:
        outcome = context.carry_out(AddErrand(view.kind, values), view.key, name)
    except Rejected as rejected:
        return replace(view, form=replace(view.form, problems=rejected.fields))
    except Duplicate as taken:
        there = holder(context, taken.ref)
        return replace(view, there=there, hidden=not there)
    match outcome:
        case Kept():
            return kept_card(context, outcome)
        case AlreadyThere(matches) if matches:
            return replace(view, there=tuple({match.record.ref: match.record for match in matches}.values()))
        case AlreadyThere():
            return replace(view, hidden=True)
        case BeingAdded(by):
            return replace(view, being_added_by=by)
        case Carried(record) if record is not None:
            return _added(context, record)
        case _:
            return first_card(context, context.language.text("This was saved already."))


def _added(context: Context, record: Record) -> Reply:
    if record.ref.kind is Kind.LEAD:
        notice = context.language.text("{name} is now a lead in the CRM.", name=record.name)
    else:
        notice = context.language.text("{name} is now a contact in the CRM.", name=record.name)
    return first_card(context, notice, record=record)


def _with_namesakes(context: Context, view: AddView) -> AddView:
    """Records that carry the same first and last name and another address are perhaps the same person: they are shown, once for
    each name. While the CRM does not answer nobody is kept from saving by them."""
    values = view.form.values
    first, last = values.get(FIRST_NAME, ""), values.get(LAST_NAME, "")
    wanted = _folded(f"{first} {last}")
    checked = fingerprint(wanted)
    if not (first and last) or checked == view.checked:
        return view
    try:
        hits = context.crm.search(f"{first} {last}").records
    except (Unavailable, RateLimited):
        return view
    address = values.get(EMAIL, "").lower()
    same = tuple(record for record in hits if _folded(record.name) == wanted and record.value(EMAIL).lower() != address)[:3]
    return replace(view, same_name=same, checked=checked)


def _folded(name: str) -> str:
    """Without accents, case and doubled spaces: "Lefèvre" and "LEFEVRE" are one name."""
    return " ".join(unaccented(name).split())


def _kind_typed(event: ButtonPressed, kinds: tuple[Kind, ...]) -> Kind:
    typed = event.form.text(KIND_FIELD)
    return next((kind for kind in kinds if kind.value == typed), kinds[0])
