"""The stand-in Zoho as a fixture. A test fails at its end if anything it sent, or was answered, breaks Zoho's specification."""

from collections.abc import Iterator

import pytest

from tests.zoho.caller import Caller
from tests.zoho.organisation import Organisation, User
from tests.zoho.server import Zoho, zoho


@pytest.fixture
def zoho_server() -> Iterator[Zoho]:
    with zoho() as standing:
        yield standing
    assert standing.problems == []


@pytest.fixture
def northlight(zoho_server: Zoho) -> Organisation:
    return zoho_server.organisation("Northlight")


@pytest.fixture
def paul(northlight: Organisation) -> User:
    return northlight.user("Paul Martin", "paul@northlight.example")


@pytest.fixture
def caller(zoho_server: Zoho, paul: User) -> Caller:
    return Caller(zoho_server, paul)
