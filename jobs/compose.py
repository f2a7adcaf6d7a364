"""Builds what the worker works with, once, from the settings."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from crm_client.errors import AuthExpired, CrmError, Forbidden
from crm_client.open import Crms
from crm_client.port import Crm
from crm_client.zoho.data_centres import DATA_CENTRES, DataCentres
from crm_client.zoho.oauth import ClientSecrets, ZohoOAuth
from crm_client.zoho.service import Zoho
from db import Database
from db.migrate import upgrade
from i18n import ENGLISH
from linking.adding import Adding
from linking.lanes import LONGEST_DELIVERY
from linking.ledger import Ledger
from linking.outbox import Outbox, Step, go_on
from outbound import Http
from settings import Settings
from tenants.directory import Directory
from tenants.grants import Grants
from tenants.people import Caller, Missing, NotConnected
from tenants.vault import Vault


@dataclass(frozen=True, slots=True)
class Workplace:
    """The outbox, and the doors to the CRMs its errands go to."""

    database: Database
    outbox: Outbox
    directory: Directory
    crms: Crms

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
) -> Workplace:
    """`at` is called at every step of a delivery, for tests. ValueError, or a database error, stops the start."""
    if not settings.sealing_keys:
        raise ValueError("SIDECARD_SECRET_KEY or SIDECARD_VAULT_KEYS: the worker needs the keys the web service has")
    database = Database(settings.database_url)
    upgrade(database)
    vault = Vault(settings.sealing_keys)
    crms = Crms(database, settings.base_url, _zoho(settings, database, vault, data_centres))
    outbox = Outbox(database, vault, Ledger(database), Adding(database), at, longest_delivery)
    return Workplace(database, outbox, Directory(database, crms, settings.domains), crms)


def _zoho(settings: Settings, database: Database, vault: Vault, data_centres: DataCentres) -> Zoho | None:
    if not settings.zoho_client_id:
        return None
    http = Http()
    client_secrets = ClientSecrets.parse(settings.zoho_client_secret.get_secret_value())
    # Nobody is sent to the consent page from here: there is no address to come back to.
    oauth = ZohoOAuth(http, settings.zoho_client_id, client_secrets, "", data_centres)
    return Zoho(http, Grants(database, vault, oauth, data_centres), settings.processes)
