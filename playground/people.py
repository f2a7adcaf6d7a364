"""The people of the playground: who can open the sample mails, and as whom."""

import hashlib
from dataclasses import dataclass

from i18n import later

CONSUMER_DOMAINS = ("gmail.com", "googlemail.com")


@dataclass(frozen=True, slots=True)
class Actor:
    """A Google account. `sub` is Google's key of it, `label` says what he is in the playground (English source text),
    `locale` ("fr", "en-GB") and `zone` ("Europe/Paris") are what Gmail would send for him."""

    sub: str
    email: str
    name: str
    label: str
    locale: str
    zone: str

    @property
    def hosted_domain(self) -> str | None:
        """The Workspace domain of the account; None for a private one."""
        domain = self.email.rpartition("@")[2]
        return None if domain in CONSUMER_DOMAINS else domain


PARIS = "Europe/Paris"

PAUL = Actor("100000000000000000001", "paul.martin@northlight.example", "Paul Martin", later("Sales representative"), "en", PARIS)
CLAIRE = Actor("100000000000000000002", "claire.dubois@northlight.example", "Claire Dubois", later("Colleague"), "fr", PARIS)
NADIA = Actor("100000000000000000003", "nadia.keller@northlight.example", "Nadia Keller", later("Administrator"), "en-GB", PARIS)
TOM = Actor("100000000000000000004", "tom.becker@northlight.example", "Tom Becker", later("Trainee, may only read"), "en-US", PARIS)
INES = Actor("100000000000000000005", "ines.costa@northlight.example", "Ines Costa", later("Office, no CRM user"), "fr", PARIS)
MIA = Actor("100000000000000000007", "mia.brandt@northlight.example", "Mia Brandt", later("Marketing, leads only"), "en", PARIS)
SAM = Actor(
    "100000000000000000006", "sam.reed@harbour.example", "Sam Reed", later("Other company, no CRM connected"), "en-GB", "Europe/London"
)
KIM = Actor(
    "100000000000000000008", "kim@elsewhere.example", "Kim Novak", later("Stranger, nothing installed"), "en-US", "America/New_York"
)

ACTORS: tuple[Actor, ...] = (PAUL, CLAIRE, NADIA, TOM, INES, MIA, SAM, KIM)
_BY_EMAIL = {one.email: one for one in ACTORS}


def actor(email: str) -> Actor:
    """One of the cast, or, for any other address, an account invented for it that stays the same.
    ValueError where `email` is no address."""
    email = email.strip().lower()
    known = _BY_EMAIL.get(email)
    if known:
        return known
    local, at, domain = email.partition("@")
    if not local or not at or "." not in domain or not email.isprintable() or " " in email or "/" in email or "@" in domain:
        raise ValueError(f"not a mail address: {email}")
    number = int.from_bytes(hashlib.sha256(email.encode()).digest()[:8])
    return Actor(f"2{number % 10**20:020d}", email, local.replace(".", " ").title(), "Somebody else", "en", PARIS)
