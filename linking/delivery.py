"""How each errand is done. Every one may have been tried before, by somebody who did not live to see the CRM's answer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from crm_client.errors import Stale
from crm_client.port import Crm
from crm_client.records import Kind, Record, Ref
from linking.adding import add_once
from linking.errands import AddErrand, Errand, LinkErrand, NoteErrand, TaskErrand, UpdateErrand, fingerprint
from linking.outcomes import AlreadyThere, Carried, Changed


@dataclass(frozen=True, slots=True)
class Done:
    """`ref` is the record it was done to: a lead may have become a contact meanwhile."""

    ref: Ref
    carried: Carried


def perform(
    crm: Crm, errand: Errand, key: str, tried_at: datetime | None, begin: Callable[[], None], *, waited: bool
) -> Done | AlreadyThere | Changed:
    """CrmError. `begin` is called before the CRM is asked to change anything, `tried_at` is as in the port."""
    match errand:
        case AddErrand():
            made = add_once(crm, errand.kind, errand.values, key, tried_at, begin)
            return made if isinstance(made, AlreadyThere) else Done(made.ref, Carried(made))
        case UpdateErrand():
            return _update(crm, errand, begin)
        case _:
            return _put(crm, errand, key, tried_at, begin, waited=waited)


def _put(
    crm: Crm,
    errand: LinkErrand | NoteErrand | TaskErrand,
    key: str,
    tried_at: datetime | None,
    begin: Callable[[], None],
    *,
    waited: bool,
) -> Done:
    # A lead that was converted while the errand waited takes it and shows it to nobody.
    ref = crm.get(errand.ref).ref if waited and errand.ref.kind is Kind.LEAD else errand.ref
    begin()
    match errand:
        case LinkErrand():
            return Done(ref, Carried(verdicts=crm.attach_email(ref, errand.mail, errand.files)))
        case NoteErrand():
            crm.add_note(ref, errand.text, key, tried_at)
        case TaskErrand():
            crm.add_task(ref, errand.task, key, tried_at)
    return Done(ref, Carried())


def _update(crm: Crm, errand: UpdateErrand, begin: Callable[[], None]) -> Done | Changed:
    record = crm.get(errand.ref)
    try:
        return _change(crm, errand, record, begin)
    except Stale:
        # Somebody saved between our look and our save, perhaps other fields: once more from the start.
        record = crm.get(errand.ref)
    try:
        return _change(crm, errand, record, begin)
    except Stale as stale:
        return Changed(stale.current)


def _change(crm: Crm, errand: UpdateErrand, record: Record, begin: Callable[[], None]) -> Done | Changed:
    """What holds the wanted value already is fine: an earlier attempt may have written it, or somebody else."""
    missing = {name: text for name, text in errand.changes.items() if fingerprint(record.value(name)) != fingerprint(text)}
    if any(fingerprint(record.value(name)) != errand.seen.get(name) for name in missing):
        return Changed(record)
    changed = record
    if missing:
        begin()
        changed = crm.update(record.ref, missing, record.version)
    return Done(changed.ref, Carried(changed, before=record))
