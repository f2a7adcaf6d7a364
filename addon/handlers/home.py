"""The home card and the search."""

from dataclasses import replace

from addon.cards.account import AccountView
from addon.cards.actions import SearchRecords, ShowHome
from addon.cards.home import SEARCH_FIELD, SEARCH_LENGTH, HomeView, SearchView, home_card, search_card
from addon.cards.replies import Answer, Move, Reply
from addon.cards.trouble import Trouble
from addon.context import Context, trouble_of
from addon.event import ButtonPressed
from addon.handlers.entrance import PRODUCTS
from addon.handlers.mails import mailbox_needs_him
from crm_client.errors import RateLimited, Unavailable
from crm_client.records import Identity
from tenants.people import Via

SHORTEST_SEARCH = 2


def open_home(context: Context) -> Answer:
    return Reply(home_card(home_view(context), context.language))


def show_home(context: Context, press: ShowHome) -> Answer:
    return Reply(home_card(home_view(context), context.language), Move.REPLACE if press.again else Move.PUSH)


def search_records(context: Context, press: SearchRecords) -> Answer:
    """The text of the search box; a button that carries its own text (next page, search for this person) wins over it."""
    context.demand_user()
    typed = context.event.form.text(SEARCH_FIELD) if isinstance(context.event, ButtonPressed) else ""
    text = (press.text or typed).strip()[:SEARCH_LENGTH]
    results = context.crm.search(text, press.page) if len(text) >= SHORTEST_SEARCH else None
    view = SearchView(text, results, press.address, may_add=context.creatable() if results is not None and not results.records else ())
    return Reply(search_card(view, context.language), Move.REPLACE if press.again else Move.PUSH)


def home_view(context: Context, trouble: Trouble | None = None) -> HomeView:
    """`trouble`: the CRM did not answer this very moment, so it is not asked."""
    _mail, entries = context.standing()
    context.told(entries)
    account, needed = _account(context), mailbox_needs_him(context)
    if trouble is not None:
        return HomeView(account, trouble=trouble, entries=entries, needed=needed)
    try:
        recent = context.crm.get_many(context.services.recent.of(context.caller.person.id))
        identity = context.identity()
    except (Unavailable, RateLimited) as error:
        return HomeView(account, trouble=trouble_of(error), entries=entries, needed=needed)
    return HomeView(_known(account, identity, context), recent, entries=entries, needed=needed)


def _account(context: Context) -> AccountView:
    caller = context.caller
    crm = PRODUCTS[caller.access.target.kind].name
    return AccountView(crm=crm, shared=caller.via is Via.SHARED, look_only=not context.may_write, refused=caller.refused)


def _known(account: AccountView, identity: Identity, context: Context) -> AccountView:
    """Whoever administers the CRM, or is nobody there, may be the one to set Sidecard up; a person by himself has nothing to."""
    may_set_up = (identity.user.admin or account.look_only) and "@" not in context.caller.workspace.domain
    return replace(account, organisation=identity.organisation.name, user=identity.user.name, may_set_up=may_set_up)
