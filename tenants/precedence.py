"""Which CRM a person works in, by whose permission, and which card he gets: one table, read from top to bottom.

    company's install   own install  company's CRM  his permission  a CRM of  policy:         ->  works in   by          card
    (for him?)                                      for it          his own   others allowed
    ------------------  -----------  -------------  --------------  --------  --------------      ---------  ----------  -----------------
    active              any          not none       yes             any       any                 company's  own         work
    active              any          any            no              yes       yes                 his own    own         work
    active              any          shared         no              yes       no                  company's  shared      work, refused
    active              any          shared         no              no        any                 company's  shared      work
    active              any          connected      no              yes       no                  -          -           permit, refused
    active              any          connected      no              no        any                 -          -           permit
    active              any          none           no              yes       no                  -          -           no CRM, refused
    active              any          none           no              no        any                 -          -           no CRM
    none, ended,        active       any            any             yes       any                 his own    own         work
      or not for him    active       any            any             no        any                 -          -           connect
                        none, ended  any            any             any       any                 -          -           not installed

*Company's install*: made by the Workspace administrator or named by the operator. *Permission*: at Zoho a live grant, in the
embedded CRM the user he is known to be. *Shared*: the administrator's permission serves, and the person may do what the CRM user
may whom he is matched to (`Rights.MATCHED`); unmatched, he may look (`Rights.LOOK`). *A CRM of his own*: of his own install; while
the company's install counts, also any other he has given permission for. *Permit*: he is to give his own permission. *No CRM*:
whoever may connect the company's is asked to. *Refused*: the card says that his own CRM is not used here, and by whose decision.

Neither install knows of the other: while the company's counts for him, his own changes nothing; when it does not, only his own counts.
The policy is the company's, and counts as long.
"""

from dataclasses import dataclass
from enum import StrEnum


class CompanyInstall(StrEnum):
    NONE = "none"
    ENDED = "ended"
    NOT_FOR_HIM = "not for him"
    """Installed for some organisational units, and he is in none of them."""
    ACTIVE = "active"


class OwnInstall(StrEnum):
    NONE = "none"
    ENDED = "ended"
    ACTIVE = "active"


class CompanyCrm(StrEnum):
    NONE = "none"
    CONNECTED = "connected"
    """Everybody needs a permission of his own."""
    SHARED = "shared"


@dataclass(frozen=True, slots=True)
class Situation:
    """The columns of the table, and `matched`: whether the company's CRM has a user he is known to be."""

    company: CompanyInstall
    own: OwnInstall
    crm: CompanyCrm
    permitted: bool
    own_crm: bool
    others_allowed: bool
    matched: bool


class Crm(StrEnum):
    """The CRM he works in."""

    COMPANY = "company"
    OWN = "own"


class Rights(StrEnum):
    """What he may do there."""

    OWN = "own"
    MATCHED = "matched"
    """By the shared permission, what the CRM user may whom he is matched to."""
    LOOK = "look"
    """By the shared permission, nothing but look: no CRM user is known to be him."""


class Card(StrEnum):
    WORK = "work"
    NOT_INSTALLED = "not installed"
    CONNECT = "connect"
    """His own install; he connects a CRM."""
    PERMIT = "permit"
    """The company's CRM wants his own permission, or knows no user with his address."""
    NO_CRM = "no crm"
    """The company has not connected a CRM yet."""


@dataclass(frozen=True, slots=True)
class Decision:
    """`crm` and `rights` are None unless he can work. `refused`: his own other CRM is not used because the company does not allow it."""

    card: Card
    crm: Crm | None = None
    rights: Rights | None = None
    refused: bool = False


def decide(situation: Situation) -> Decision:
    """The table."""
    if situation.company is CompanyInstall.ACTIVE:
        return _in_company(situation)
    if situation.own is not OwnInstall.ACTIVE:
        return Decision(Card.NOT_INSTALLED)
    return Decision(Card.WORK, Crm.OWN, Rights.OWN) if situation.own_crm else Decision(Card.CONNECT)


def _in_company(situation: Situation) -> Decision:
    if situation.permitted and situation.crm is not CompanyCrm.NONE:
        return Decision(Card.WORK, Crm.COMPANY, Rights.OWN)
    if situation.own_crm and situation.others_allowed:
        return Decision(Card.WORK, Crm.OWN, Rights.OWN)
    if situation.crm is CompanyCrm.SHARED:
        return Decision(Card.WORK, Crm.COMPANY, Rights.MATCHED if situation.matched else Rights.LOOK, refused=situation.own_crm)
    return Decision(Card.PERMIT if situation.crm is CompanyCrm.CONNECTED else Card.NO_CRM, refused=situation.own_crm)
