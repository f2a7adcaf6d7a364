"""The company's rules: one form, every rule with a sentence on what it means."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from babel import Locale
from flask import Blueprint, Response, request
from werkzeug.datastructures import MultiDict

from console.administrators import SETUP, Administrator
from console.pages import see_other
from console.setup.desk import Desk
from crm_client.errors import CrmError
from crm_client.records import LEAD_SOURCE, Kind
from i18n import Language
from tenants.people import Workspace
from tenants.policies import written
from tenants.policy import Policy, WhoMayConnect, WhoMayLink

HERE = f"{SETUP}/policy"
MOST_DOMAINS = 500
MAX_TYPED = 50_000
MAX_SOURCE = 255
MOST_DAYS = 36_500
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class PolicyView:
    """`sources` are the CRM's own; empty where they are not to be seen now: then the source is typed. `seen` names the policy
    this form was drawn from; `problems` are words by field."""

    title: str
    here: str
    workspace: Workspace
    kinds: tuple[Choice, ...]
    sources: tuple[Choice, ...]
    linkers: tuple[Choice, ...]
    connectors: tuple[Choice, ...]
    languages: tuple[Choice, ...]
    policy: Policy
    domains: str
    days: str
    seen: str
    problems: Mapping[str, str] = field(default_factory=dict)
    saved: bool = False


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form: the policy as far as it makes sense, domains and days as they were typed."""

    policy: Policy
    domains: str
    days: str
    problems: Mapping[str, str]


def add_policy_page(console: Blueprint, desk: Desk) -> None:
    @console.get(HERE, endpoint="setup_policy")
    def show() -> Response:
        administrator = desk.proof.at_the_door()
        if isinstance(administrator, Response):
            return administrator
        policy = desk.policies.of(administrator.workspace.id)
        return _show(
            desk, administrator, Typed(policy, _lines(policy), _days(policy), {}), fingerprint(policy), saved="saved" in request.args
        )

    @console.post(HERE, endpoint="setup_policy_save")
    def save() -> Response:
        administrator = desk.proof.at_the_door()
        if isinstance(administrator, Response):
            return administrator
        language, workspace = desk.pages.language(), administrator.workspace
        typed = read_policy_form(language, request.form, desk.languages.tags)
        standing = desk.policies.of(workspace.id)
        if typed.problems:
            return _show(desk, administrator, typed, request.form.get("seen", ""))
        if request.form.get("seen") != fingerprint(standing) and typed.policy != standing:
            line = language.text(
                "Somebody else has changed the rules meanwhile. What you see is yours; save again to put it in place of theirs."
            )
            return _show(desk, administrator, Typed(typed.policy, typed.domains, typed.days, {"form": line}), fingerprint(standing))
        desk.policies.save(workspace.id, typed.policy, administrator.person)
        if standing.mail_days and (typed.policy.mail_days == 0 or typed.policy.mail_days > standing.mail_days):
            desk.retention.reopen(workspace.id)
        return see_other(f"{HERE}?saved=1")


def read_policy_form(language: Language, form: MultiDict[str, str], tags: tuple[str, ...]) -> Typed:
    domains = form.get("excluded_domains", "")[:MAX_TYPED]
    named = tuple(line.strip().lower().removeprefix("@") for line in domains.splitlines() if line.strip())
    problems = {}
    wrong = [name for name in named if not _DOMAIN.fullmatch(name)]
    if wrong:
        problems["excluded_domains"] = language.text("“{value}” is not a domain.", value=wrong[0][:100])
    elif len(named) > MOST_DOMAINS:
        problems["excluded_domains"] = language.text("At most {limit} domains are possible.", limit=language.number(MOST_DOMAINS))
    days = form.get("mail_days", "").strip()[:MAX_SOURCE]
    if days and not _is_days(days):
        problems["mail_days"] = language.text("Write a number of days, at most {limit}; or nothing.", limit=language.number(MOST_DAYS))
    languages = tuple(tag for tag in tags if tag in form.getlist("languages"))
    kind, linkers, connectors = form.get("default_kind", ""), form.get("who_may_link", ""), form.get("who_may_connect", "")
    policy = Policy(
        default_kind=Kind(kind) if kind in set(Kind) else Kind.LEAD,
        default_source=" ".join(form.get("default_source", "").split())[:MAX_SOURCE],
        headers_only="headers_only" in form,
        other_organisations="other_organisations" in form,
        who_may_link=WhoMayLink(linkers) if linkers in set(WhoMayLink) else WhoMayLink.NOBODY,
        excluded_domains=frozenset(name for name in named if name not in wrong),
        # All of them is no choice: what comes later is included.
        languages=() if len(languages) == len(tags) else languages,
        delegation="delegation" in form,
        who_may_connect=WhoMayConnect(connectors) if connectors in set(WhoMayConnect) else WhoMayConnect.NOBODY,
        mail_days=int(days) if _is_days(days) else 0,
    )
    return Typed(policy, domains, days, problems)


def _is_days(typed: str) -> bool:
    return typed.isascii() and typed.isdigit() and len(typed) <= len(str(MOST_DAYS)) and int(typed) <= MOST_DAYS


def fingerprint(policy: Policy) -> str:
    return hashlib.sha256(written(policy).encode()).hexdigest()[:16]


def _show(desk: Desk, administrator: Administrator, typed: Typed, seen: str, *, saved: bool = False) -> Response:
    language, policy = desk.pages.language(), typed.policy
    kinds = {Kind.LEAD: language.text("Lead"), Kind.CONTACT: language.text("Contact")}
    linkers = {
        WhoMayLink.EVERYONE: language.text("Everybody who may see the record"),
        WhoMayLink.OWNERS: language.text("Only the owner of the record"),
        WhoMayLink.NOBODY: language.text("Nobody"),
    }
    connectors = {
        WhoMayConnect.NOBODY: language.text("Nobody: SalesInbox is off"),
        WhoMayConnect.CRM_USERS: language.text("Only who is a user of the CRM"),
        WhoMayConnect.EVERYONE: language.text("Everybody"),
    }
    view = PolicyView(
        title=language.text("Rules"),
        here=HERE,
        workspace=administrator.workspace,
        kinds=tuple(Choice(kind.value, label, kind is policy.default_kind) for kind, label in kinds.items()),
        sources=_sources(desk, administrator, language, policy.default_source),
        linkers=tuple(Choice(who.value, label, who is policy.who_may_link) for who, label in linkers.items()),
        connectors=tuple(Choice(who.value, label, who is policy.who_may_connect) for who, label in connectors.items()),
        languages=tuple(
            Choice(tag, (Locale.parse(tag).get_display_name(tag) or tag).capitalize(), not policy.languages or tag in policy.languages)
            for tag in desk.languages.tags
        ),
        policy=policy,
        domains=typed.domains,
        days=typed.days,
        seen=seen,
        problems=typed.problems,
        saved=saved,
    )
    return desk.pages.show("setup_policy.html", view, 422 if typed.problems else 200)


def _sources(desk: Desk, administrator: Administrator, language: Language, chosen: str) -> tuple[Choice, ...]:
    """The values of the CRM's own list of lead sources."""
    try:
        crm = desk.company_crm(administrator, desk.connections.of(administrator.workspace), language)
        fields = () if crm is None else crm.describe(Kind.LEAD).fields
    except CrmError:
        # The rules can be set while the CRM is down; then the source is typed.
        return ()
    choices = next((one.choices for one in fields if one.name == LEAD_SOURCE), ())
    if not choices:
        return ()
    named = {choice.value: choice.label for choice in choices}
    if chosen and chosen not in named:
        named[chosen] = chosen
    return (Choice("", language.text("None"), not chosen), *(Choice(value, label, value == chosen) for value, label in named.items()))


def _lines(policy: Policy) -> str:
    return "\n".join(sorted(policy.excluded_domains))


def _days(policy: Policy) -> str:
    return str(policy.mail_days) if policy.mail_days else ""
