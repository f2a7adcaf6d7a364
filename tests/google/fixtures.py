"""The stand-in Google as a fixture. A test fails at its end if the stand-in itself did."""

from collections.abc import Iterator

import pytest

from tests.google.server import Google, google


@pytest.fixture
def google_server() -> Iterator[Google]:
    with google() as standing:
        yield standing
    assert standing.problems == []
