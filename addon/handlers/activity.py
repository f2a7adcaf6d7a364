"""What happened with a record and what is to be done: shown, and added to with a note or a task."""

import uuid
from dataclasses import replace
from datetime import datetime

from addon.cards.actions import SaveNote, SaveTask, ShowActivity, ShowNote, ShowTask, ref_of
from addon.cards.activity import (
    DUE_FIELD,
    NOTE_FIELD,
    OWNER_FIELD,
    TITLE_FIELD,
    ActivityView,
    Colleague,
    NoteView,
    TaskView,
    activity_card,
    note_card,
    task_card,
)
from addon.cards.replies import Answer, Move, Reply
from addon.cards.trouble import Trouble
from addon.cards.widgets import MAX_CHOICES
from addon.context import Context, NoAnswer, trouble_of
from addon.event import ButtonPressed
from addon.handlers.done import kept_notice
from crm_client.errors import AuthExpired, CrmError, FieldProblem, Problem, RateLimited, Rejected, Unavailable
from crm_client.records import NOTE_TEXT, TASK_TITLE, NewTask, Ref
from linking.errands import NoteErrand, TaskErrand
from linking.outcomes import EntryState, Kept, Outcome


def show_activity(context: Context, press: ShowActivity) -> Answer:
    context.demand_user()
    card = activity_card(_view(context, ref_of(press), press.name), context.language)
    return Reply(card, Move.REPLACE if press.again else Move.PUSH)


def show_note(context: Context, press: ShowNote) -> Answer:
    context.demand_user()
    view = NoteView(ref_of(press), press.name, uuid.uuid4().hex)
    return Reply(note_card(view, context.language), Move.REPLACE if press.again else Move.PUSH)


def save_note(context: Context, press: SaveNote, event: ButtonPressed) -> Answer:
    text = event.form.text(NOTE_FIELD).strip()
    view = NoteView(ref_of(press), press.name, press.key, text, entry=press.entry)
    if not text:
        return Reply(note_card(replace(view, problems=(FieldProblem(NOTE_TEXT, Problem.MISSING),)), context.language), Move.REPLACE)
    try:
        outcome = context.carry_out(NoteErrand(view.ref, text), press.key, press.name)
    except Rejected as rejected:
        return Reply(note_card(replace(view, problems=rejected.fields), context.language), Move.REPLACE)
    return _saved(context, press, outcome, context.language.text("Note added"))


def show_task(context: Context, press: ShowTask) -> Answer:
    context.demand_user()
    view = TaskView(ref_of(press), press.name, uuid.uuid4().hex, owners(context))
    return Reply(task_card(view, context.language), Move.REPLACE if press.again else Move.PUSH)


def save_task(context: Context, press: SaveTask, event: ButtonPressed) -> Answer:
    form = event.form
    task = NewTask(form.text(TITLE_FIELD).strip(), form.date(DUE_FIELD), form.text(OWNER_FIELD))
    problems: tuple[FieldProblem, ...] = ()
    try:
        if task.title:
            outcome = context.carry_out(TaskErrand(ref_of(press), task), press.key, press.name)
            return _saved(context, press, outcome, context.language.text("Task added"))
        problems = (FieldProblem(TASK_TITLE, Problem.MISSING),)
    except Rejected as rejected:
        problems = rejected.fields
    view = TaskView(
        ref_of(press), press.name, press.key, owners(context), task.title, task.due_on, task.owner_id, problems, entry=press.entry
    )
    return Reply(task_card(view, context.language), Move.REPLACE)


def owners(context: Context) -> tuple[Colleague, ...]:
    """Who may own a task, the caller first; he alone where the CRM does not tell of others now, or not to him."""
    me = Colleague("", context.caller.person.name)
    try:
        users = context.crm.users()
    except CrmError:
        return (me,)
    others = tuple(Colleague(user.id, user.name) for user in users if user.id != context.caller.access.user_id)
    return (me, *others)[:MAX_CHOICES]


def _saved(context: Context, press: SaveNote | SaveTask, outcome: Outcome, done: str) -> Reply:
    """Back to the activity, drawn anew, or with what is known where the CRM did not answer this very moment."""
    if press.entry:
        context.forget(press.entry)
    ref = ref_of(press)
    if not isinstance(outcome, Kept):
        view, notice = _view_or_trouble(context, ref, press.name), done
    elif isinstance(outcome.reason, NoAnswer):
        view, notice = _view(context, ref, press.name, trouble_of(outcome.reason)), kept_notice(outcome, context.language)
    else:
        view, notice = _view_or_trouble(context, ref, press.name), kept_notice(outcome, context.language)
    return Reply(activity_card(view, context.language), Move.REPLACE if press.entry else Move.BACK, notice=notice, changed=True)


def _view_or_trouble(context: Context, ref: Ref, name: str) -> ActivityView:
    """What was saved stays saved: a CRM that does not answer now is told on the card."""
    try:
        return _view(context, ref, name)
    except (Unavailable, RateLimited, AuthExpired) as error:
        return _view(context, ref, name, trouble_of(error))


def _view(context: Context, ref: Ref, name: str, trouble: Trouble | None = None) -> ActivityView:
    """`trouble`: the CRM did not answer this very moment, so it is not asked."""
    activity = context.crm.activity(ref) if trouble is None else None
    _mail, entries = context.standing()
    waiting = tuple(entry for entry in entries if entry.ref == ref and entry.state is EntryState.WAITING)
    today = datetime.now(context.language.zone).date()
    return ActivityView(ref, name, activity, today, waiting, trouble, shared=context.caller.access.shared and trouble is None)
