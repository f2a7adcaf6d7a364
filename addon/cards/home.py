"""The home card and the search results: finding a record without a mail."""

from dataclasses import dataclass

from addon.cards.account import AccountView, account_entries, account_sections
from addon.cards.actions import OpenConsole, Page, SearchRecords, ShowAdd, ShowHome
from addon.cards.mails import mailbox_sections
from addon.cards.record import record_row, sentence
from addon.cards.standing import returned_sections, waiting_sections
from addon.cards.state import outage_section
from addon.cards.trouble import Trouble
from addon.cards.widgets import Button, ButtonList, Card, MenuEntry, Press, Section, TextInput, Widget
from crm_client.records import Kind, Record, RecordPage
from i18n import Language
from linking.outcomes import Entry

SEARCH_FIELD = "q"
SEARCH_LENGTH = 100
RECENT_SHOWN = 6


@dataclass(frozen=True, slots=True)
class HomeView:
    """`trouble`: why the CRM did not answer, where it was asked. `entries`: what the reader asked for and was not done at once.
    `needed`: as in `mailbox_sections`."""

    account: AccountView
    recent: tuple[Record, ...] = ()
    trouble: Trouble | None = None
    entries: tuple[Entry, ...] = ()
    needed: bool = False


@dataclass(frozen=True, slots=True)
class SearchView:
    """One page of hits. `too_short`: there was nothing to search for. `address`: see ShowRecord."""

    text: str
    results: RecordPage | None
    address: str = ""
    may_add: tuple[Kind, ...] = ()


def home_card(view: HomeView, language: Language) -> Card:
    sections: list[Section] = []
    if view.trouble is not None:
        sections.append(outage_section(view.trouble, language))
    sections += returned_sections(view.entries, language)
    if not view.account.look_only:
        sections.append(_search_section("", "", language))
    if view.recent:
        rows = tuple(record_row(record, language) for record in view.recent[:RECENT_SHOWN])
        sections.append(Section(rows, header=language.text("Recently opened"), shown=4))
    elif view.trouble is None:
        sections.append(Section((sentence(language.text("Records you open are listed here.")),), header=language.text("Recently opened")))
    sections += waiting_sections(view.entries, language)
    sections += mailbox_sections(language, needed=view.needed)
    sections += account_sections(view.account, language)
    menu = (
        MenuEntry(language.text("Refresh"), Press(ShowHome(again=True))),
        *account_entries(language, may_set_up=view.account.may_set_up),
        MenuEntry(language.text("Remove Sidecard for me"), Press(OpenConsole(Page.ME))),
    )
    return Card(title="Sidecard", sections=tuple(sections), menu=menu)


def search_card(view: SearchView, language: Language) -> Card:
    sections = [_search_section(view.text, view.address, language)]
    results = view.results
    if results is None:
        sections.append(Section((sentence(language.text("Type at least two characters of a name, a company or an address.")),)))
    elif not results.records:
        sections.append(_nothing(view, language))
    else:
        sections.append(_hits(view, results, language))
    refresh = SearchRecords(view.text, results.page if results else 1, view.address, again=True)
    return Card(
        title=language.text("Search"),
        subtitle=view.text,
        sections=tuple(sections),
        menu=(MenuEntry(language.text("Refresh"), Press(refresh)),),
    )


def _search_section(text: str, address: str, language: Language) -> Section:
    return Section(
        (
            TextInput(
                SEARCH_FIELD,
                language.text("Search leads and contacts"),
                value=text,
                hint=language.text("Name, company or address"),
                max_length=SEARCH_LENGTH,
            ),
            ButtonList((Button(language.text("Search"), Press(SearchRecords(address=address, again=bool(text)))),)),
        )
    )


def _hits(view: SearchView, results: RecordPage, language: Language) -> Section:
    rows: list[Widget] = [record_row(record, language, address=view.address) for record in results.records]
    turns = []
    if results.page > 1:
        turns.append(Button(language.text("Previous"), Press(SearchRecords(view.text, results.page - 1, view.address, again=True))))
    if results.next_page is not None:
        turns.append(Button(language.text("Next"), Press(SearchRecords(view.text, results.next_page, view.address, again=True))))
    if turns:
        rows.append(ButtonList(tuple(turns)))
    header = language.text("Page {page}", page=language.number(results.page))
    if results.total is not None:
        header = language.plural("{count} record found", "{count} records found", results.total)
    return Section(tuple(rows), header=header)


def _nothing(view: SearchView, language: Language) -> Section:
    rows: list[Widget] = [
        sentence(language.text("Nothing found for “{text}”.", text=view.text)),
        sentence(language.text("Try part of the name, the company, or the address.")),
    ]
    if view.address and view.may_add:
        rows.append(
            ButtonList((Button(language.text("Add {address}", address=view.address), Press(ShowAdd(view.may_add[0], view.address))),))
        )
    return Section(tuple(rows))
