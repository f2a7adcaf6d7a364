"""Builds what the worker works with, once, from the settings."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from crm_client.errors import AuthExpired, CrmError, Forbidden
from crm_client.open import Crms
from crm_client.port import Crm
from crm_client.zoho.data_centres import DATA_CENTRES, DataCentres
from db import Database
from db.migrate import upgrade
from i18n import ENGLISH
from linking.adding import Adding
from linking.erasing import Erasing, ZohoSide
from linking.lanes import LONGEST_DELIVERY
from linking.ledger import Ledger
from linking.outbox import Outbox, Step, go_on
from parts import build_parts
from salesinbox.barring import Barring
from salesinbox.compose import SalesInbox
from salesinbox.erasing import FULL_REGISTRY, MailBeside
from salesinbox.notices import Notices
from salesinbox.turns import Turns
from settings import Settings
from tenants.directory import Directory
from tenants.erasure import Erasures
from tenants.google.apis import GOOGLE, GoogleApis
from tenants.installs import Installs
from tenants.people import Caller, Missing, NotConnected
from tenants.receipts import Receipts
from tenants.tombstones import Tombstones


@dataclass(frozen=True, slots=True)
class Workplace:
    """The outbox, the doors to the CRMs its errands go to, what is installed, what erases, people's mailboxes."""

    database: Database
    outbox: Outbox
    directory: Directory
    crms: Crms
    installs: Installs
    erasing: Erasing
    salesinbox: SalesInbox
    turns: Turns
    notices: Notices
    barring: Barring

    def open_crm(self, org: str, person_id: int) -> Crm | CrmError:
        """The CRM as the person who asked sees it. His workspace may have gone over to another organisation since."""
        try:
            who = self.directory.by_person(person_id)
        except CrmError as error:
            return error
        if isinstance(who, Caller) and str(who.access.target) == org:
            return self.crms.open(who.access, ENGLISH)
        if isinstance(who, NotConnected) and who.missing is Missing.GRANT and str(who.target) == org:
            return AuthExpired(f"person {person_id} has to connect again")
        return Forbidden(f"person {person_id} has no access to {org}")


def build(
    settings: Settings,
    at: Callable[[Step], None] = go_on,
    longest_delivery: timedelta = LONGEST_DELIVERY,
    data_centres: DataCentres = DATA_CENTRES,
    google: GoogleApis = GOOGLE,
) -> Workplace:
    """`at` is called at every step of a delivery, for tests. ValueError, or a database error, stops the start."""
    if not settings.sealing_keys:
        raise ValueError("SIDECARD_SECRET_KEY or SIDECARD_VAULT_KEYS: the worker needs the keys the web service has")
    database = Database(settings.database_url)
    upgrade(database)
    parts = build_parts(settings, database, settings.sealing_keys, data_centres, google)
    outbox = Outbox(database, parts.vault, Ledger(database), Adding(database), at, longest_delivery)
    erasures = Erasures(database, Tombstones(database, parts.vault), parts.installs.retention)
    side = ZohoSide(parts.zoho.grants, parts.zoho.consents) if parts.zoho else None
    beside = MailBeside(database, parts.salesinbox.mailboxes, parts.salesinbox.sign_ins.give_back)
    erasing = Erasing(database, erasures, Receipts(parts.vault), side, registry=FULL_REGISTRY, beside=beside)
    inbox = parts.salesinbox
    notices = Notices(database, inbox.mailboxes, inbox.access, inbox.postman, settings.base_url)
    barring = Barring(database, inbox.mailboxes, parts.directory)
    turns = Turns(database)
    return Workplace(database, outbox, parts.directory, parts.crms, parts.installs, erasing, inbox, turns, notices, barring)
