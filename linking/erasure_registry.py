"""Every table, what is in it, how long that stays, and how it goes when a person or a company is erased.

A test holds this list against the database's tables, and `docs/security.md` shows it: a new table cannot be forgotten.
The order is that of the deleting: what refers to others goes before them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, false, or_, select, tuple_

from crm_client.erasing import EMBEDDED_TABLES
from crm_client.tables import KnownSetUpRow, LastKnownRow
from db import table
from linking.ledger import LinkState
from linking.tables import AddClaimRow, MailLinkRow, OutboxFileRow, OutboxRow, RecordChangeRow
from tenants.tables import (
    AdministratorRow,
    AuditRow,
    ConnectionRow,
    ConsentRow,
    DomainInstallRow,
    GrantRow,
    IndividualInstallRow,
    PersonRow,
    PolicyRow,
    RecentRecordRow,
    RosterRow,
    SignInCodeRow,
    WorkspaceRow,
)


@dataclass(frozen=True, slots=True)
class Scope:
    """What goes. `people` go wholly; of those in `left` only what they did in one organisation, because they stay on their own.

    `members` leave a company that stays: workspace, id, address. `orgs` are organisations nobody is connected to afterwards;
    `viewers` keys of what somebody saw in a CRM.
    """

    people: tuple[int, ...]
    workspaces: tuple[int, ...]
    orgs: tuple[str, ...]
    left: tuple[tuple[int, str], ...]
    members: tuple[tuple[int, int, str], ...]
    viewers: tuple[str, ...]
    addresses: tuple[str, ...]


Where = Callable[[Scope], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Rule:
    """`going`: which rows are deleted; None where none are, `goes` says what happens instead. `blank`: what is emptied in which
    rows that stay."""

    table: str
    holds: str
    stays: str
    goes: str
    going: Where | None = None
    blank: tuple[tuple[Where, Mapping[str, object]], ...] = ()


_item, _file, _link, _change, _claim = (table(row) for row in (OutboxRow, OutboxFileRow, MailLinkRow, RecordChangeRow, AddClaimRow))
_last, _setup = table(LastKnownRow), table(KnownSetUpRow)
_grant, _consent, _connection = table(GrantRow), table(ConsentRow), table(ConnectionRow)
_code, _recent = table(SignInCodeRow), table(RecentRecordRow)
_person, _workspace = table(PersonRow), table(WorkspaceRow)
_domain, _individual = table(DomainInstallRow), table(IndividualInstallRow)
_policy, _roster, _administrator, _audit = (table(row) for row in (PolicyRow, RosterRow, AdministratorRow, AuditRow))


def _among(one: ColumnElement[Any], other: ColumnElement[Any], pairs: Sequence[tuple[Any, Any]]) -> ColumnElement[bool]:
    return tuple_(one, other).in_(pairs) if pairs else false()


def _work(of: type[OutboxRow | RecordChangeRow | MailLinkRow]) -> Where:
    """What these people did, and all that was done in these organisations."""
    rows = table(of)

    def where(scope: Scope) -> ColumnElement[bool]:
        return or_(rows.c.org.in_(scope.orgs), _his(of)(scope))

    return where


def _his(of: type[OutboxRow | RecordChangeRow | MailLinkRow]) -> Where:
    rows = table(of)

    def where(scope: Scope) -> ColumnElement[bool]:
        return or_(rows.c.person_id.in_(scope.people), _among(rows.c.person_id, rows.c.org, scope.left))

    return where


def _files(scope: Scope) -> ColumnElement[bool]:
    return _file.c.item_id.in_(select(_item.c.id).where(_work(OutboxRow)(scope)))


def _claims(scope: Scope) -> ColumnElement[bool]:
    of_errands = exists().where(_item.c.org == _claim.c.org, _item.c.key == _claim.c.key, _work(OutboxRow)(scope))
    return or_(_claim.c.org.in_(scope.orgs), of_errands)


def _links(scope: Scope) -> ColumnElement[bool]:
    """A promise goes with the errand that was to keep it."""
    return or_(_link.c.org.in_(scope.orgs), _his(MailLinkRow)(scope) & (_link.c.state == LinkState.WAITING.value))


def _seen(of: type[LastKnownRow | KnownSetUpRow]) -> Where:
    rows = table(of)

    def where(scope: Scope) -> ColumnElement[bool]:
        theirs = (rows.c.viewer.startswith(f"{org}/", autoescape=True) for org in scope.orgs)
        return or_(rows.c.viewer.in_(scope.viewers), *theirs)

    return where


def going_grants(scope: Scope) -> ColumnElement[bool]:
    org = _grant.c.kind + ":" + _grant.c.org_id
    return or_(_grant.c.person_id.in_(scope.people), _among(_grant.c.person_id, org, scope.left))


def _staying(scope: Scope) -> tuple[int, ...]:
    return tuple(person_id for person_id, _org in scope.left)


REGISTRY = (
    Rule(
        "outbox_file",
        "content of attachments that wait (sealed)",
        "until delivered, a month at most",
        "with its errand",
        _files,
    ),
    Rule("add_claim", "address being added, by whom", "until delivered", "with its errand", _claims),
    Rule(
        "mail_link",
        "links: Message-ID, record, who, when",
        "for good: “link once”",
        "the person's name and id are taken out; with the last workspace of an organisation all of it",
        _links,
        ((_his(MailLinkRow), {"person_id": None, "person_name": ""}),),
    ),
    Rule(
        "outbox_item",
        "what waits for the CRM (sealed), and for a day what was done",
        "a day after it was done and seen, a month at most",
        "the person's own",
        _work(OutboxRow),
    ),
    Rule(
        "record_change",
        "old and new values of fields changed from the sidebar, for *Undo*",
        "one day",
        "the person's own",
        _work(RecordChangeRow),
    ),
    Rule("last_known", "what a CRM user last saw of an address", "seven days", "the CRM user's", _seen(LastKnownRow)),
    Rule("known_setup", "field lists and rights as a CRM user last saw them", "seven days", "the CRM user's", _seen(KnownSetUpRow)),
    Rule(
        "recent_record",
        "which records a person had open (ids only)",
        "the last twelve",
        "the person's own",
        lambda scope: _recent.c.person_id.in_((*scope.people, *_staying(scope))),
    ),
    Rule(
        "sign_in_code",
        "hashes of single-use codes",
        "a day",
        "the person's own",
        lambda scope: _code.c.person_id.in_(scope.people),
    ),
    Rule(
        "crm_consent",
        "a consent under way: hashes; verifier, then tokens (sealed)",
        "ten minutes, then given back to Zoho",
        "given back to Zoho, then deleted",
        lambda scope: _consent.c.person_id.in_(scope.people),
    ),
    Rule(
        "crm_connection",
        "a workspace's CRM organisation, by whom connected, whose permission is shared",
        "until removed",
        "with the workspace; else the person is taken out",
        lambda scope: _connection.c.workspace_id.in_(scope.workspaces),
        (
            (lambda scope: _connection.c.connected_by.in_(scope.people), {"connected_by": None}),
            (
                lambda scope: _connection.c.shared_grant_id.in_(select(_grant.c.id).where(going_grants(scope))),
                {"shared_grant_id": None},
            ),
        ),
    ),
    Rule(
        "crm_grant",
        "a person's permission at Zoho: refresh and access token (sealed), user, organisation",
        "until disconnected or refused by Zoho; then the tokens are wiped",
        "revoked at Zoho, then deleted",
        going_grants,
    ),
    Rule(
        "administrator",
        "who Google said administers the Workspace",
        "good for a day",
        "with the person or the workspace",
        lambda scope: or_(
            _administrator.c.workspace_id.in_(scope.workspaces),
            _administrator.c.person_id.in_(scope.people),
            _among(_administrator.c.workspace_id, _administrator.c.person_id, [(one[0], one[1]) for one in scope.members]),
        ),
    ),
    Rule(
        "roster",
        "people of the Workspace: address, name, unit, CRM user",
        "as the Directory lists them",
        "with the person or the workspace",
        lambda scope: or_(
            _roster.c.workspace_id.in_(scope.workspaces),
            _roster.c.email.in_(scope.addresses),
            _among(_roster.c.workspace_id, _roster.c.email, [(one[0], one[2]) for one in scope.members]),
        ),
    ),
    Rule(
        "policy",
        "a company's decisions",
        "until changed",
        "with the workspace",
        lambda scope: _policy.c.workspace_id.in_(scope.workspaces),
    ),
    Rule(
        "audit_entry",
        "the audit log",
        "until the workspace goes",
        "with the workspace; of a person a keyed hash stays in his name's place",
        lambda scope: _audit.c.workspace_id.in_(scope.workspaces),
    ),
    Rule(
        "individual_install",
        "a person's own install",
        "until its data is erased",
        "with the person or his own install",
        lambda scope: _individual.c.workspace_id.in_(scope.workspaces) | _individual.c.person_id.in_(scope.people),
    ),
    Rule(
        "domain_install",
        "a company's install",
        "until its data is erased",
        "with the workspace",
        lambda scope: _domain.c.workspace_id.in_(scope.workspaces),
    ),
    Rule(
        "person",
        "`sub`, address, name, own aliases, CRM user",
        "until removed",
        "with the person",
        lambda scope: _person.c.id.in_(scope.people),
    ),
    Rule(
        "workspace",
        "domain and name; of a person's own install, his address",
        "until removed",
        "with the workspace",
        lambda scope: _workspace.c.id.in_(scope.workspaces),
    ),
    *(
        Rule(
            name,
            "Sidecard's own CRM: the company's records" if name != "embedded_user" else "users of Sidecard's own CRM: name, address",
            "as long as the company keeps them",
            "with the company" if name != "embedded_user" else "a person's name and address are taken out; with the company all of it",
        )
        for name in EMBEDDED_TABLES
    ),
    Rule("erasure", "what was asked to be erased; its receipt", "for good: the receipt is the proof", "kept; names nobody once done"),
    Rule("tombstone", "keyed hashes of who was erased", "until he installs again", "kept: nothing of him may come back by itself"),
    Rule("worker", "which worker processes are alive", "minutes", "kept: it is about nobody"),
)
