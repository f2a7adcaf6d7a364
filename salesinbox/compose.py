"""What SalesInbox is made of: built once by the web service and once by the worker, and handed to their doors."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

from db import Database
from salesinbox.access import MailAccess
from salesinbox.brake import Tries
from salesinbox.emails import Emails
from salesinbox.fetching import Originals
from salesinbox.filing import Filing
from salesinbox.folders import Folders
from salesinbox.from_addresses import FromAddresses
from salesinbox.gaps import Gaps
from salesinbox.mailboxes import Mailboxes, SignIn
from salesinbox.oauth import Consent
from salesinbox.outgoing import Outgoing
from salesinbox.postman import OutgoingServer, Postman
from salesinbox.proof import Proof
from salesinbox.record_addresses import RecordAddresses
from salesinbox.removing import MailboxRemoval
from salesinbox.retention import Retention
from salesinbox.servers import Network
from salesinbox.sign_ins import SignIns
from salesinbox.store import MailStore
from salesinbox.sync import Sync
from tenants.google.delegation import Delegation
from tenants.policies import Policies
from tenants.vault import Vault


@dataclass(frozen=True, slots=True)
class SalesInbox:
    """Everything long-lived of this room. `postman` is None where the operator has set no outgoing server."""

    network: Network
    mailboxes: Mailboxes
    sign_ins: SignIns
    access: MailAccess
    store: MailStore
    folders: Folders
    gaps: Gaps
    sync: Sync
    proof: Proof
    postman: Postman | None
    emails: Emails
    addresses: RecordAddresses
    originals: Originals
    from_addresses: FromAddresses
    outgoing: Outgoing
    removal: MailboxRemoval
    retention: Retention
    tries: Tries


def build_salesinbox(
    database: Database,
    vault: Vault,
    networks: str,
    authority: str,
    mail_server: str = "",
    mail_from: str = "",
    consents: Mapping[SignIn, Consent] | None = None,
    delegation: Delegation | None = None,
) -> SalesInbox:
    """As in the settings: `mailbox_networks`, `mailbox_authority`, `mail_server`, `mail_from`. ValueError."""
    allowed = tuple(ip_network(one.strip()) for one in networks.split(",") if one.strip())
    trusted = Path(authority) if authority else None
    network = Network(allowed, trusted)
    mailboxes = Mailboxes(database, vault)
    sign_ins = SignIns(mailboxes, consents or {}, delegation)
    access = MailAccess(network, sign_ins)
    postman = Postman(OutgoingServer.parse(mail_server), mail_from, trusted) if mail_server else None
    addresses = RecordAddresses(database)
    emails = Emails(database, vault, addresses)
    originals = Originals(database, mailboxes, access)
    store = MailStore(database, vault)
    folders, gaps = Folders(database, store, mailboxes), Gaps(database)
    sync = Sync(mailboxes, access, store, database, Policies(database))
    proof = Proof(database, mailboxes, access, store, folders)
    from_addresses = FromAddresses(database, vault, mailboxes, postman)
    filing = Filing(database, access, store)
    outgoing = Outgoing(database, vault, mailboxes, access, emails, from_addresses, filing)
    return SalesInbox(
        network,
        mailboxes,
        sign_ins,
        access,
        store,
        folders,
        gaps,
        sync,
        proof,
        postman,
        emails,
        addresses,
        originals,
        from_addresses,
        outgoing,
        MailboxRemoval(database),
        Retention(database),
        Tries(database),
    )
