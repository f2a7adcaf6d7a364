"""Every error a request can end in, and the card that says so. Outage, limit, permission and sign-in never look alike."""

from addon.cards.actions import Action
from addon.cards.barred import barred_card
from addon.cards.replies import Answer, AskScopes, Reply
from addon.cards.state import connection_ended_card, gone_mail_card, stale_button_card, trouble_card, unreadable_mail_card
from addon.cards.trouble import Trouble, TroubleKind
from addon.gmail import GmailError, GmailScopeMissing, MessageGone
from addon.rules import Barred
from addon.signing import StaleButton
from crm_client.errors import AuthExpired, CrmError, Duplicate, Forbidden, NotFound, RateLimited, Rejected, Stale, Unavailable
from i18n import Language

READ_SCOPE = "https://www.googleapis.com/auth/gmail.addons.current.message.readonly"
EMAIL_SCOPE = "https://www.googleapis.com/auth/userinfo.email"

_KINDS: dict[type[CrmError], TroubleKind] = {
    Unavailable: TroubleKind.OUTAGE,
    RateLimited: TroubleKind.LIMIT,
    AuthExpired: TroubleKind.RECONNECT,
    Forbidden: TroubleKind.FORBIDDEN,
    NotFound: TroubleKind.GONE,
    # These three are answered by the forms that can cause them. Anywhere else they mean the record moved on under us.
    Stale: TroubleKind.GONE,
    Rejected: TroubleKind.FORBIDDEN,
    Duplicate: TroubleKind.FORBIDDEN,
}


def answer_to(error: CrmError | GmailError | StaleButton | Barred, refresh: Action, language: Language, *, shared: bool = False) -> Answer:
    """The card for an error no handler had a better answer to. `refresh` draws the place it happened in anew. `shared`: the
    connection to the CRM is the company's."""
    if isinstance(error, Barred):
        return Reply(barred_card(error.bar, error.name, refresh, language))
    if isinstance(error, GmailScopeMissing):
        return AskScopes((READ_SCOPE,))
    if isinstance(error, MessageGone):
        return Reply(gone_mail_card(refresh, language))
    if isinstance(error, GmailError):
        return Reply(unreadable_mail_card(refresh, language))
    if isinstance(error, StaleButton):
        return Reply(stale_button_card(refresh, language))
    if isinstance(error, AuthExpired):
        return Reply(connection_ended_card(refresh, language, shared=shared))
    wait = error.retry_after if isinstance(error, RateLimited) else None
    return Reply(trouble_card(Trouble(_KINDS[type(error)], wait=wait), refresh, language))
