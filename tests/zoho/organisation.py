"""One organisation of Zoho CRM, in memory: its people, profiles, roles, fields and records, as a test sets them up."""

import itertools
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from tests.zoho.fields import Field
from tests.zoho.limits import Limits
from tests.zoho.modules import Module, standard_modules
from tests.zoho.wire import Clock, Json, Refused

Right = Literal["view", "create", "edit"]
ALL_RIGHTS: tuple[Right, ...] = ("view", "create", "edit")


@dataclass
class Profile:
    """What its users may do. Modules it does not name: `others`."""

    id: str
    name: str
    custom: bool
    rights: dict[str, tuple[str, ...]] = field(default_factory=dict)
    others: tuple[str, ...] = ALL_RIGHTS
    api: bool = True
    """Without it every call is refused."""
    emails: bool = True
    setup: bool = True
    """May read profiles and roles."""

    def may(self, right: str, module: str) -> bool:
        return right in self.rights.get(module, self.others)


@dataclass
class Role:
    id: str
    name: str
    reports_to: str | None = None
    peers: bool = False
    """Its users see each other's records."""


@dataclass(eq=False)
class User:
    """Somebody of one organisation; `zuid` is he at Zoho, over all organisations."""

    id: str
    zuid: str
    name: str
    email: str
    profile: Profile
    role: Role
    organisation: "Organisation" = field(repr=False)
    admin: bool = False
    status: str = "active"
    locale: str = "en_US"

    @property
    def first_name(self) -> str:
        return self.name.rpartition(" ")[0]

    @property
    def last_name(self) -> str:
        return self.name.rpartition(" ")[2]

    def brief(self) -> Json:
        return {"name": self.name, "id": self.id}

    def demand(self, right: Right, module: str) -> None:
        """Refused without this right."""
        if not self.profile.may(right, module):
            raise no_permission(f"Crm_Implied_{right.title()}_{module}")


def no_permission(permission: str) -> Refused:
    return Refused(403, "NO_PERMISSION", {"permissions": [permission]}, "permission denied")


@dataclass
class Stored:
    """A record. `converted` is what a lead has become, as Zoho's `$converted_detail` says it."""

    id: str
    module: str
    values: dict[str, Any]
    owner: User
    created_by: User
    modified_by: User
    created: datetime
    modified: datetime
    """To the second, as Zoho keeps it."""
    touched: datetime
    """To the microsecond, for the delay of the index."""
    converted: Json | None = None
    deleted: bool = False
    locked: bool = False

    @property
    def name(self) -> str:
        said = self.values
        full = f"{said.get('First_Name') or ''} {said.get('Last_Name') or ''}".strip()
        return full or said.get("Deal_Name") or said.get("Account_Name") or said.get("Subject") or said.get("Note_Title") or ""


@dataclass
class Mail:
    """A mail on a record, as associate_email left it."""

    message_id: str
    original_message_id: str
    said: Json
    """As it was sent to us."""
    by: User
    added: datetime


@dataclass
class Upload:
    id: str
    name: str
    size: int
    by: User


class Organisation:
    def __init__(self, number: int, name: str, location: str, edition: str, clock: Clock, *, time_zone: str = "") -> None:
        self.name = name
        self.location = location
        self.edition = edition
        self.time_zone = time_zone or ("America/New_York" if location == "us" else "Europe/Berlin")
        self.id = f"{20080000000 + number}"
        self.domain_name = f"org{self.id}"
        self._ids = itertools.count(101)
        self._prefix = f"{554000 + number}"
        self.row_id = self.next_id()
        """Zoho's other id of the organisation, which is not its zgid."""
        self.clock = clock
        self.lock = threading.RLock()
        self.limits = Limits(edition)
        self.modules: dict[str, Module] = standard_modules(self.next_id)
        self.stored: dict[str, Stored] = {}
        self.mails: dict[str, list[Mail]] = {}
        self.uploads: dict[str, Upload] = {}
        self.refused_files: tuple[str, ...] = (".exe", ".bat")
        self.search_delay = 2.0
        """Seconds until a new or changed record is found by search."""
        self.private: set[str] = set()
        """Modules whose records only their owners and administrators see."""
        self.coql_returns_converted = True
        """Unverified whether it does."""
        self.converted_lead_reads: Literal["record", "nothing"] = "record"
        """What GET of a converted lead answers. Unverified."""
        self.users: list[User] = []
        self.roles = [Role(self.next_id(), "CEO")]
        self.roles.append(Role(self.next_id(), "Sales manager", self.roles[0].id))
        self.profiles = [
            Profile(self.next_id(), "Administrator", custom=False),
            Profile(self.next_id(), "Standard", custom=False),
            Profile(self.next_id(), "Read only", custom=True, others=("view",)),
        ]

    def next_id(self) -> str:
        return f"{self._prefix}0{next(self._ids):09d}"

    # -- people

    def user(
        self,
        name: str,
        email: str,
        *,
        profile: str = "Standard",
        role: str = "Sales representative",
        admin: bool = False,
        status: str = "active",
    ) -> User:
        with self.lock:
            wanted = next(one for one in self.profiles if one.name == ("Administrator" if admin else profile))
            place = next((one for one in self.roles if one.name == role), None)
            if place is None:
                place = Role(self.next_id(), role, self.roles[1].id)
                self.roles.append(place)
            number = self.next_id()
            user = User(number, f"7{number[-9:]}", name, email, wanted, place, self, admin or wanted.name == "Administrator", status)
            self.users.append(user)
            return user

    def profile(self, name: str, *, api: bool = True, emails: bool = True, setup: bool = True, **rights: tuple[str, ...]) -> Profile:
        """A profile of the organisation's own (or a standing one, changed); modules not named keep all rights."""
        with self.lock:
            one = next((one for one in self.profiles if one.name == name), None)
            if one is None:
                one = Profile(self.next_id(), name, custom=True)
                self.profiles.append(one)
            one.rights |= rights
            one.api, one.emails, one.setup = api, emails, setup
            return one

    def find_user(self, user_id: str) -> User | None:
        return next((one for one in self.users if one.id == user_id), None)

    # -- fields

    def field(self, module: str, api_name: str, **changes: Any) -> Field:
        """Change a field or add one of the organisation's own; `changes` are attributes of `Field`."""
        with self.lock:
            fields = self.modules[module].fields
            standing = fields.get(api_name) or Field(self.next_id(), api_name, api_name.replace("_", " "), custom=True)
            fields[api_name] = replace(standing, **changes)
            return fields[api_name]

    # -- records

    def record(self, module: str, owner: User, **values: Any) -> str:
        """Put a record there, past every check; search finds it at once. Lookups by id."""
        with self.lock:
            stored = self.add(module, owner, owner, values)
            stored.touched = stored.created.replace(year=2020)
            return stored.id

    def change(self, record_id: str, by: User, **values: Any) -> None:
        """Somebody changes a record in Zoho's own pages."""
        with self.lock:
            self.store(self.stored[record_id], by, values)

    def convert(self, lead_id: str, *, deal: bool = False) -> str:
        """The lead becomes a contact, whose id this returns."""
        with self.lock:
            lead = self.stored[lead_id]
            mapped = {"Designation": "Title", "Street": "Mailing_Street", "City": "Mailing_City", "State": "Mailing_State"}
            mapped |= {"Zip_Code": "Mailing_Zip", "Country": "Mailing_Country"}
            known = self.modules["Contacts"].fields
            values = {mapped.get(name, name): value for name, value in lead.values.items() if mapped.get(name, name) in known}
            account = self.record("Accounts", lead.owner, Account_Name=lead.values["Company"]) if lead.values.get("Company") else None
            contact = self.record("Contacts", lead.owner, **values, **({"Account_Name": account} if account else {}))
            named = self.record("Deals", lead.owner, Deal_Name=lead.name, Stage="Qualification", Contact_Name=contact) if deal else None
            # Unverified: plain ids, or objects with a name and an id.
            lead.converted = {"contact": contact, "account": account, "deal": named, "convert_date": self.said(self.clock.now())}
            self.store(lead, lead.owner, {"Converted__s": True})
            self.mails[contact] = self.mails.pop(lead_id, [])
            return contact

    def delete(self, record_id: str) -> None:
        self.stored[record_id].deleted = True

    def records(self, module: str) -> list[Json]:
        """What stands there, for a test to assert on: values, "id", and "Owner" as the owner's id. Converted leads too."""
        return [{**one.values, "id": one.id, "Owner": one.owner.id} for one in self.of(module)]

    def emails(self, record_id: str) -> list[Json]:
        """The mails on a record as they were sent, newest first."""
        return [{**one.said, "message_id": one.message_id} for one in reversed(self.mails.get(record_id, []))]

    def notes(self, record_id: str) -> list[Json]:
        return [one for one in self.records("Notes") if one.get("Parent_Id") == record_id]

    def tasks(self, record_id: str) -> list[Json]:
        return [one for one in self.records("Tasks") if record_id in (one.get("Who_Id"), one.get("What_Id"))]

    # -- what the API's side of the stand-in works with

    def of(self, module: str) -> Iterator[Stored]:
        return (one for one in tuple(self.stored.values()) if one.module == module and not one.deleted)

    def visible(self, module: str, user: User) -> Iterator[Stored]:
        return (one for one in self.of(module) if self.sees(user, one))

    def sees(self, user: User, one: Stored) -> bool:
        return not one.deleted and (one.module not in self.private or one.owner is user or user.admin)

    def add(self, module: str, owner: User, by: User, values: Mapping[str, Any]) -> Stored:
        now = self.clock.now()
        second = now.replace(microsecond=0)
        stored = Stored(self.next_id(), module, {}, owner, by, by, second, second, now)
        if module == "Leads":
            stored.values["Converted__s"] = False
        self.store(stored, by, values)
        self.stored[stored.id] = stored
        return stored

    def store(self, stored: Stored, by: User, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            if name == "Owner":
                stored.owner = self.find_user(value) or stored.owner
            elif value is None:
                stored.values.pop(name, None)
            else:
                stored.values[name] = value
        stored.touched = self.clock.now()
        stored.modified = stored.touched.replace(microsecond=0)
        stored.modified_by = by

    def exists(self, module: str, record_id: str) -> bool:
        if module == "Users":
            user = self.find_user(record_id)
            return user is not None and user.status == "active"
        stored = self.stored.get(record_id)
        return stored is not None and not stored.deleted and module in ("*", stored.module)

    def said(self, moment: datetime) -> str:
        """A moment as Zoho writes it: to the second, in the organisation's zone."""
        return moment.astimezone(ZoneInfo(self.time_zone)).replace(microsecond=0).isoformat()
