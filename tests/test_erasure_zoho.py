"""Erasing somebody who works with Zoho: his permission is given back there first, and the receipt says how that went."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from db import now, table
from linking.erasing import Erasing, ZohoSide
from tenants.consents import Consents
from tenants.erasure import Erasure, Erasures
from tenants.people import NotConnected, NotInstalled
from tenants.receipts import Receipts, verify
from tenants.tables import ErasureRow, GrantRow
from tenants.tombstones import Tombstones
from tenants.vault import Vault
from tests.test_grants import CLAIRE, KEY, PAUL, Office, office, user
from tests.zoho.faults import html_page
from tests.zoho.organisation import User

__all__ = ["office", "user"]

REVOKE = "POST /oauth/v2/token/revoke"


class Gone:
    """Paul asked to be erased, now; Claire is connected to the same organisation."""

    def __init__(self, office: Office, user: User) -> None:
        self.office = office
        self.grant = office.connect(PAUL, user)
        office.connect(CLAIRE, user.organisation.user("Claire Dubois", CLAIRE.email))
        vault = Vault([KEY])
        self.receipts = Receipts(vault)
        self.erasures = Erasures(office.database, Tombstones(office.database, vault))
        paul, company = office.somebody(PAUL)
        self.asked = self.erasures.ask_person(paul, company.id, paul)
        self.erasures.hurry(self.asked.id)

    def run(self, *, zoho: bool = True) -> bool:
        side = ZohoSide(self.office.grants(), Consents(self.office.database, Vault([KEY]), self.office.oauth)) if zoho else None
        return Erasing(self.office.database, self.erasures, self.receipts, side, quiet=timedelta()).run(self.asked.id)

    def now(self) -> Erasure:
        found = self.erasures.find(self.asked.id)
        assert found is not None
        return found

    def revoked(self) -> dict[str, object]:
        told: Any = verify(self.now().receipt, self.receipts.keys)["revoked"]
        (one,) = told
        return dict(one)

    def change(self, **values: object) -> None:
        with self.office.database.write() as connection:
            connection.execute(update(table(ErasureRow)).values(**values))

    def grants(self) -> list[int]:
        with self.office.database.read() as connection:
            return list(connection.execute(select(table(GrantRow).c.id).order_by(table(GrantRow).c.id)).scalars())


@pytest.fixture
def gone(office: Office, user: User) -> Gone:
    return Gone(office, user)


def test_it_is_given_back_at_zoho_and_only_his(gone: Gone) -> None:
    assert gone.run() and gone.run()
    assert gone.revoked()["result"] == "ended" and str(gone.revoked()["at"]).startswith("Zoho")
    assert gone.grant not in gone.grants() and len(gone.grants()) == 1
    assert not isinstance(gone.office.directory.resolve(CLAIRE), NotConnected | NotInstalled)
    assert len(gone.office.zoho.accounts.refreshes) == 1


@pytest.mark.parametrize("zoho", [True, False])
def test_while_zoho_is_silent_nothing_is_deleted_until_patience_ends(gone: Gone, *, zoho: bool) -> None:
    gone.office.zoho.faults.always(REVOKE, html_page())
    assert not gone.run(zoho=zoho)
    assert gone.grant in gone.grants() and gone.now().due_at > now() + timedelta(minutes=14), "tried again later"
    gone.change(due_at=now(), begun_at=now() - timedelta(days=4))
    assert gone.run(zoho=zoho)
    assert "did not answer" in str(gone.revoked()["result"])
    assert gone.grant not in gone.grants()


def test_when_zoho_is_back_it_goes_on(gone: Gone) -> None:
    gone.office.zoho.faults.always(REVOKE, html_page())
    assert not gone.run()
    gone.office.zoho.faults.clear()
    gone.change(due_at=now())
    assert gone.run() and gone.grant not in gone.grants()
