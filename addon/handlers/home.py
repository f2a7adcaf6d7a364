"""The home card and the search."""

from addon.cards.actions import SearchRecords, ShowHome
from addon.cards.home import SEARCH_FIELD, SEARCH_LENGTH, HomeView, SearchView, home_card, search_card
from addon.cards.replies import Answer, Move, Reply
from addon.context import Context, trouble_of
from addon.event import ButtonPressed
from crm_client.errors import RateLimited, Unavailable

SHORTEST_SEARCH = 2


def open_home(context: Context) -> Answer:
    return Reply(home_card(_home(context), context.language))


def show_home(context: Context, press: ShowHome) -> Answer:
    return Reply(home_card(_home(context), context.language), Move.REPLACE if press.again else Move.PUSH)


def search_records(context: Context, press: SearchRecords) -> Answer:
    """The text of the search box; a button that carries its own text (next page, search for this person) wins over it."""
    typed = context.event.form.text(SEARCH_FIELD) if isinstance(context.event, ButtonPressed) else ""
    text = (press.text or typed).strip()[:SEARCH_LENGTH]
    results = context.crm.search(text, press.page) if len(text) >= SHORTEST_SEARCH else None
    view = SearchView(text, results, press.address, may_add=context.creatable() if results is not None and not results.records else ())
    return Reply(search_card(view, context.language), Move.REPLACE if press.again else Move.PUSH)


def _home(context: Context) -> HomeView:
    try:
        identity = context.crm.whoami()
        recent = context.crm.get_many(context.services.recent.of(context.caller.person.id))
    except (Unavailable, RateLimited) as error:
        return HomeView("", context.caller.person.name, trouble=trouble_of(error))
    return HomeView(identity.organisation.name, identity.user.name, recent)
