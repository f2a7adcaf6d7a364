"""The console's door: every page people open in a browser, on one blueprint. `main.py` makes it and configures the sessions."""

from collections.abc import Callable

from flask import Blueprint, Response

from console.connect import LinkBearers, add_connect_pages
from console.disconnect import add_disconnect_pages
from console.mails import add_mail_pages
from console.me import add_me_pages
from console.pages import SECURITY_HEADERS, STATIC, STATIC_PATH, Pages
from console.problems import add_problem_pages
from console.records import add_record_pages
from console.sign_in import add_sign_in_pages
from console.visitors import ActAs, Visitors
from console.zoho import ZohoDoor, add_zoho_pages
from crm_client.open import Access, Crms
from db import Database
from i18n import Languages
from tenants.connect_links import ConnectLinks
from tenants.connections import Connections
from tenants.directory import Directory
from tenants.sign_in import SignInCodes


def create_console(
    directory: Directory,
    codes: SignInCodes,
    connect_links: ConnectLinks,
    crms: Crms,
    database: Database,
    languages: Languages,
    act_as: ActAs | None = None,
    zoho: ZohoDoor | None = None,
    forget: Callable[[Access], None] = lambda _access: None,
) -> Blueprint:
    """The blueprint. The app needs `console.session.configure_sessions` and Flask-WTF's CSRFProtect.

    `act_as` is for the development trust root: the sample people its entrance offers. `zoho` is None where no Zoho client is
    set up. `forget` drops what was kept of what somebody saw in his CRM.
    """
    console = Blueprint("console", __name__, static_folder=STATIC, static_url_path=STATIC_PATH)
    pages = Pages(languages)
    visitors = Visitors(directory, pages, connect_links, act_as)

    add_sign_in_pages(console, visitors, codes, act_as)
    add_record_pages(console, pages, visitors, crms)
    add_mail_pages(console, pages, visitors, crms)
    connections = Connections(database)
    bearers = LinkBearers(pages, directory, connect_links)
    add_me_pages(console, pages, visitors, directory, crms, connect_links)
    add_connect_pages(console, pages, bearers, connections, zoho.consent_pages if zoho else ())
    if zoho is not None:
        add_zoho_pages(console, pages, bearers, connections, zoho)
        add_disconnect_pages(console, pages, visitors, zoho.grants, forget)
    add_problem_pages(console, pages)

    @console.after_request
    def secure(response: Response) -> Response:
        for name, value in SECURITY_HEADERS:
            response.headers.setdefault(name, value)
        return response

    return console
