"""What the web service and the worker are both made of: built once by each, from the settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from crm_client.open import Crms
from crm_client.zoho.data_centres import DataCentres
from crm_client.zoho.oauth import ClientSecrets, ZohoOAuth
from crm_client.zoho.service import Zoho
from db import Database
from outbound import Http
from salesinbox.compose import SalesInbox, build_salesinbox
from salesinbox.mailboxes import SignIn
from salesinbox.oauth import CALLBACK, MICROSOFT, Consent, google_service
from settings import Settings
from tenants.consents import Consents
from tenants.directory import Directory
from tenants.google.apis import GoogleApis
from tenants.google.delegation import Delegation
from tenants.google.licences import Licences
from tenants.google.service_account import ServiceAccount
from tenants.grants import Grants
from tenants.installs import Installs
from tenants.tombstones import Tombstones
from tenants.vault import Vault


@dataclass(frozen=True, slots=True)
class ZohoParts:
    """Permissions at Zoho, and working there by them."""

    oauth: ZohoOAuth
    grants: Grants
    consents: Consents
    crms: Zoho


@dataclass(frozen=True, slots=True)
class Parts:
    """`zoho` is None where no Zoho client is in the settings, `account` where no service account is."""

    http: Http
    vault: Vault
    zoho: ZohoParts | None
    crms: Crms
    account: ServiceAccount | None
    installs: Installs
    directory: Directory
    salesinbox: SalesInbox


def build_parts(
    settings: Settings, database: Database, sealing_keys: Sequence[str], data_centres: DataCentres, google: GoogleApis, callback: str = ""
) -> Parts:
    """`callback` is where Zoho sends people back to; "" where nobody is sent there. ValueError: a setting is not what it should be."""
    http, vault = Http(), Vault(sealing_keys)
    zoho = _zoho(settings, database, http, vault, data_centres, callback)
    crms = Crms(database, settings.base_url, zoho.crms if zoho else None)
    key = settings.google_key.get_secret_value()
    account = ServiceAccount.parse(key) if key else None
    licences = Licences(http, google, account, settings.marketplace_app) if account and settings.marketplace_app else None
    installs = Installs(
        database, licences, settings.domains, timedelta(days=settings.retention_days), tombstones=Tombstones(database, vault)
    )
    salesinbox = build_salesinbox(
        database,
        vault,
        settings.mailbox_networks,
        settings.mailbox_authority,
        settings.mail_server.get_secret_value(),
        settings.mail_from,
        _consents(settings, http, google),
        Delegation(account, google, http) if account else None,
    )
    return Parts(http, vault, zoho, crms, account, installs, Directory(database, crms, installs=installs), salesinbox)


def _zoho(settings: Settings, database: Database, http: Http, vault: Vault, data_centres: DataCentres, callback: str) -> ZohoParts | None:
    if not settings.zoho_client_id:
        return None
    client_secrets = ClientSecrets.parse(settings.zoho_client_secret.get_secret_value())
    oauth = ZohoOAuth(http, settings.zoho_client_id, client_secrets, callback, data_centres)
    grants = Grants(database, vault, oauth, data_centres)
    return ZohoParts(oauth, grants, Consents(database, vault, oauth), Zoho(http, grants, settings.processes))


def _consents(settings: Settings, http: Http, google: GoogleApis) -> Mapping[SignIn, Consent]:
    """To people's mail, at those services whose client is in the settings."""
    clients = (
        (google_service(google), settings.google_sign_in_id, settings.google_sign_in_secret),
        (MICROSOFT, settings.microsoft_id, settings.microsoft_secret),
    )
    return {
        service.sign_in: Consent(
            http, service, client_id, secret.get_secret_value(), settings.base_url + CALLBACK.format(service=service.sign_in)
        )
        for service, client_id, secret in clients
        if client_id
    }
