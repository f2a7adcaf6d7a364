"""The precedence table: every cell, by a second table that says the same in another way, and what must hold in all of them."""

from dataclasses import replace
from itertools import product

import pytest

from tenants.precedence import Card, CompanyCrm, CompanyInstall, Crm, Decision, OwnInstall, Rights, Situation, decide

CELLS = tuple(
    Situation(*cell) for cell in product(CompanyInstall, OwnInstall, CompanyCrm, (False, True), (False, True), (False, True), (False, True))
)
NOT_INSTALLED = Decision(Card.NOT_INSTALLED)
CONNECT = Decision(Card.CONNECT)
OWN = Decision(Card.WORK, Crm.OWN, Rights.OWN)
COMPANY = Decision(Card.WORK, Crm.COMPANY, Rights.OWN)
MATCHED = Decision(Card.WORK, Crm.COMPANY, Rights.MATCHED)
LOOK = Decision(Card.WORK, Crm.COMPANY, Rights.LOOK)
PERMIT = Decision(Card.PERMIT)
NO_CRM = Decision(Card.NO_CRM)

# (company's CRM, his permission for it, a CRM of his own, others allowed, matched) -> what the company's install gives.
# T yes, F no, * either.
IN_COMPANY = {
    "none      * T T *": OWN,
    "none      * T F *": replace(NO_CRM, refused=True),
    "none      * F * *": NO_CRM,
    "connected T * * *": COMPANY,
    "connected F T T *": OWN,
    "connected F T F *": replace(PERMIT, refused=True),
    "connected F F * *": PERMIT,
    "shared    T * * *": COMPANY,
    "shared    F T T *": OWN,
    "shared    F T F T": replace(MATCHED, refused=True),
    "shared    F T F F": replace(LOOK, refused=True),
    "shared    F F * T": MATCHED,
    "shared    F F * F": LOOK,
}
# (own install, a CRM of his own) -> what it gives without the company.
ALONE = {
    "none F": NOT_INSTALLED,
    "none T": NOT_INSTALLED,
    "ended F": NOT_INSTALLED,
    "ended T": NOT_INSTALLED,
    "active F": CONNECT,
    "active T": OWN,
}


def letter(yes: bool) -> str:
    return "T" if yes else "F"


def expected(cell: Situation) -> Decision:
    if cell.company is not CompanyInstall.ACTIVE:
        return ALONE[f"{cell.own} {letter(cell.own_crm)}"]
    said = [cell.crm.value, *map(letter, (cell.permitted, cell.own_crm, cell.others_allowed, cell.matched))]
    found = [
        decision for row, decision in IN_COMPANY.items() if all(want in ("*", is_) for want, is_ in zip(row.split(), said, strict=True))
    ]
    assert len(found) == 1, f"{said}: {len(found)} rows"
    return found[0]


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: "-".join(str(getattr(cell, name)) for name in Situation.__slots__))
def test_every_cell(cell: Situation) -> None:
    assert decide(cell) == expected(cell)


def test_whom_the_company_has_not_installed_for_never_gets_its_crm() -> None:
    for cell in CELLS:
        if cell.company is not CompanyInstall.ACTIVE:
            decision = decide(cell)
            assert decision.crm is not Crm.COMPANY
            # Nothing the company has or decided changes what he gets.
            for crm, others, matched in product(CompanyCrm, (False, True), (False, True)):
                assert decide(replace(cell, crm=crm, others_allowed=others, matched=matched)) == decision


def test_ending_one_install_leaves_what_the_other_gives() -> None:
    for cell in CELLS:
        without_company = [decide(replace(cell, company=company)) for company in CompanyInstall if company is not CompanyInstall.ACTIVE]
        assert len(set(without_company)) == 1
        if cell.company is CompanyInstall.ACTIVE:
            assert len({decide(replace(cell, own=own)) for own in OwnInstall}) == 1


def test_who_is_matched_to_nobody_never_gets_the_rights_of_somebody() -> None:
    for cell in CELLS:
        decision = decide(cell)
        if not cell.matched:
            assert decision.rights is not Rights.MATCHED
        if decision.crm is Crm.COMPANY and not cell.permitted:
            assert cell.crm is CompanyCrm.SHARED
        assert (decision.card is Card.WORK) == (decision.crm is not None) == (decision.rights is not None)


def test_a_refusal_is_told_only_of_a_crm_there_is() -> None:
    for cell in CELLS:
        if decide(cell).refused:
            assert cell.own_crm
            assert not cell.others_allowed
            assert cell.company is CompanyInstall.ACTIVE
