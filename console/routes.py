"""The console's door: every page people open in a browser, on one blueprint. `main.py` makes it and configures the sessions."""

from flask import Blueprint, Response

from console.administrators import ProofDoor
from console.audit import add_audit_pages
from console.connect import LinkBearers, add_connect_pages
from console.disconnect import add_disconnect_pages
from console.drafts import add_draft_pages
from console.email_list import EmailLists
from console.emails import EmailDesk, add_email_pages
from console.from_addresses import add_from_address_pages
from console.google_sign_in import add_google_pages
from console.home import add_home_page
from console.leaving import add_leaving_pages
from console.mailboxes.desk import MailboxDesk
from console.mailboxes.routes import add_mailbox_pages
from console.mails import add_mail_pages
from console.me import add_me_pages
from console.pages import SECURITY_HEADERS, STATIC, STATIC_PATH, Pages
from console.problems import add_problem_pages
from console.records import add_record_pages
from console.services import ConsoleServices
from console.session import keep_alive
from console.setup.desk import Desk
from console.setup.routes import add_setup_pages
from console.sign_in import add_sign_in_pages
from console.visitors import Visitors
from console.writing import add_writing_pages
from console.zoho import add_zoho_pages
from linking.ledger import Ledger
from tenants.administrators import Administrators
from tenants.audit import Audit
from tenants.connections import Connections
from tenants.policies import Policies
from tenants.roster import Roster
from tenants.tombstones import Tombstones


def create_console(services: ConsoleServices) -> Blueprint:
    """The blueprint. The app needs `console.session.configure_sessions` and Flask-WTF's CSRFProtect."""
    console = Blueprint("console", __name__, static_folder=STATIC, static_url_path=STATIC_PATH)
    directory, crms, links, zoho, google = services.directory, services.crms, services.connect_links, services.zoho, services.google
    pages = Pages(services.languages)
    connections, audit = Connections(services.database), Audit(services.database)
    visitors = Visitors(directory, pages, links, services.act_as, google=google is not None)
    administrators = Administrators(services.database)
    proof = ProofDoor(
        pages,
        visitors,
        crms,
        services.installs,
        administrators,
        audit,
        services.vault,
        google.directory if google else None,
    )
    bearers = LinkBearers(pages, directory, links, administrators, services.installs)
    consent_pages = zoho.consent_pages if zoho else ()

    console.before_request(keep_alive)
    add_sign_in_pages(console, visitors, services.codes, services.act_as)
    if google is not None:
        add_google_pages(console, pages, visitors, directory, google.sign_in, proof, audit)
    add_home_page(console, pages, visitors, crms, links, proof)
    mail = services.salesinbox
    lists = EmailLists(mail.emails, Ledger(services.database), mail.addresses)
    add_record_pages(console, pages, visitors, crms, lists)
    add_email_pages(console, EmailDesk(pages, visitors, crms, Policies(services.database), mail, lists))
    add_mail_pages(console, pages, visitors, crms)
    add_me_pages(console, pages, visitors, directory, crms, links)
    add_connect_pages(console, pages, bearers, connections, consent_pages)
    if zoho is not None:
        add_zoho_pages(console, pages, bearers, connections, zoho, Policies(services.database), services.connected)
        add_disconnect_pages(console, pages, visitors, zoho.grants, audit, services.forget)
    mailboxes = MailboxDesk(
        pages, visitors, Policies(services.database), audit, services.salesinbox, services.providers, services.delegation is not None
    )
    add_mailbox_pages(console, mailboxes)
    add_from_address_pages(console, mailboxes)
    add_writing_pages(console, mailboxes)
    add_draft_pages(console, mailboxes)
    desk = _desk(services, pages, proof, connections, audit)
    add_setup_pages(console, desk)
    add_audit_pages(console, desk)
    add_leaving_pages(console, desk, visitors, services.vault)
    add_problem_pages(console, pages)

    @console.after_request
    def secure(response: Response) -> Response:
        for name, value in SECURITY_HEADERS:
            response.headers.setdefault(name, value)
        return response

    return console


def _desk(services: ConsoleServices, pages: Pages, proof: ProofDoor, connections: Connections, audit: Audit) -> Desk:
    return Desk(
        database=services.database,
        pages=pages,
        proof=proof,
        crms=services.crms,
        connections=connections,
        connect_links=services.connect_links,
        installs=services.installs,
        roster=Roster(services.database),
        policies=Policies(services.database),
        audit=audit,
        languages=services.languages,
        tombstones=Tombstones(services.database, services.vault),
        retention=services.salesinbox.retention,
        grants=services.zoho.grants if services.zoho else None,
        directory_api=services.google.directory if services.google else None,
        delegation=services.delegation,
        forget=services.forget,
        calls_left=services.calls_left,
        worker_seen=services.worker_seen,
    )
