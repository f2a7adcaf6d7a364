"""After a click: the first card drawn anew, with a line of what was done. Nothing is asked of the CRM that is known already."""

from dataclasses import replace

from addon.cards.home import home_card
from addon.cards.message import message_card
from addon.cards.news import SavedView
from addon.cards.record import FileView, RecordView, record_card
from addon.cards.replies import Move, Reply
from addon.context import Context, NoAnswer, trouble_of
from addon.gmail import GmailError
from addon.handlers.home import home_view
from addon.handlers.mails import recent_mails
from addon.handlers.message import look_at
from crm_client.errors import AuthExpired, RateLimited, Unavailable
from crm_client.records import Record
from i18n import Language
from linking.outcomes import Kept
from reading.message import Message


def first_card(
    context: Context, notice: str, *, record: Record | None = None, saved: SavedView | None = None, files: tuple[FileView, ...] = ()
) -> Reply:
    """`record`: as it was just written, where the click wrote one."""
    language = context.language
    if record is not None:
        context.opened(record.ref)
        context.noted((record,))
    message = _open_mail(context)
    if message is not None:
        view = look_at(context, message, found=context.look_up_after(context.addresses(message), record))
        view = replace(view, saved=saved, mail=replace(view.mail, files=files))
        return Reply(message_card(view, language), Move.ROOT, notice=notice, changed=True)
    if record is not None:
        _mail, entries = context.standing()
        context.told(entries)
        return Reply(
            record_card(RecordView(record, saved=saved, entries=entries, recent=recent_mails(context, record)), language),
            Move.BACK,
            notice=notice,
            changed=True,
        )
    if context.message_id:
        return Reply(notice=notice, changed=True)
    return Reply(home_card(home_view(context), language), Move.ROOT, notice=notice, changed=True)


def kept_card(context: Context, kept: Kept) -> Reply:
    """It is accepted and will be delivered: the first card says so as well. A CRM that did not answer is not asked again."""
    notice = kept_notice(kept, context.language)
    if not isinstance(kept.reason, NoAnswer):
        return first_card(context, notice)
    message = _open_mail(context)
    if message is not None:
        view = look_at(context, message, found=context.recalled(context.addresses(message), kept.reason))
        return Reply(message_card(view, context.language), Move.ROOT, notice=notice, changed=True)
    if context.message_id:
        return Reply(notice=notice, changed=True)
    return Reply(home_card(home_view(context, trouble_of(kept.reason)), context.language), Move.ROOT, notice=notice, changed=True)


def _open_mail(context: Context) -> Message | None:
    """None where no mail is open, or none is to be had now: what was done is done, and no reason for an error."""
    try:
        return context.shown_message()
    except GmailError:
        return None


def kept_notice(kept: Kept, language: Language) -> str:
    if isinstance(kept.reason, AuthExpired):
        return language.text("Saved. It will be delivered when you have connected to the CRM again.")
    if isinstance(kept.reason, Unavailable | RateLimited):
        return language.text("Saved. It will be delivered when the CRM answers.")
    return language.text("Saved. It will be delivered after earlier changes of this record.")
