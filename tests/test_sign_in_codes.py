"""Codes that let somebody into the console once."""

import base64
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update

from crm_client.open import Crms
from db import Database, now
from tenants.directory import Directory
from tenants.people import GoogleIdentity, NotConnected
from tenants.sign_in import SignedIn, SignInCodes
from tenants.tables import SignInCodeRow

THREADS = 16


@pytest.fixture
def person_id(database: Database) -> int:
    directory = Directory(database, Crms(database, "http://127.0.0.1"), ("harbour.example",))
    who = directory.resolve(GoogleIdentity("100000000000000000006", "sam.reed@harbour.example", "harbour.example"))
    assert isinstance(who, NotConnected)
    return who.person.id


def test_a_code_works_once(database: Database, person_id: int) -> None:
    codes = SignInCodes(database)
    code = codes.issue(person_id, "/crm/contact/7?page=2")
    assert codes.redeem(code) == SignedIn(person_id, "/crm/contact/7?page=2")
    assert codes.redeem(code) is None


def test_a_code_is_32_random_bytes_and_only_its_hash_is_kept(database: Database, person_id: int) -> None:
    codes = SignInCodes(database)
    issued = {codes.issue(person_id, "/crm") for _ in range(20)}
    assert len(issued) == 20
    assert all(len(base64.urlsafe_b64decode(code + "=")) == 32 for code in issued)
    with database.read() as connection:
        stored = [str(row) for row in connection.execute(text("SELECT * FROM sign_in_code")).all()]
    assert len(stored) == 20
    assert not any(code in row for code in issued for row in stored)


def test_a_code_expires(database: Database, person_id: int) -> None:
    codes = SignInCodes(database)
    late = codes.issue(person_id, "/crm", seconds=-1)
    in_time = codes.issue(person_id, "/crm", seconds=60)
    assert codes.redeem(late) is None
    assert codes.redeem(in_time) is not None


@pytest.mark.parametrize("code", ["", "x", "é" * 40, "\ud800", "a" * 100_000])
def test_what_was_never_issued_is_no_code(database: Database, person_id: int, code: str) -> None:
    codes = SignInCodes(database)
    codes.issue(person_id, "/crm")
    assert codes.redeem(code) is None


@pytest.mark.parametrize(
    "target",
    [
        "",
        "crm",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/crm",
        "javascript:alert(1)",
        "/crm\r\nSet-Cookie: a=b",
        "/\t/evil.example",
        " /crm",
        "/crm\x00",
        "/crm é",
        "/" + "a" * 2001,
    ],
)
def test_a_target_stays_on_this_host(database: Database, person_id: int, target: str) -> None:
    with pytest.raises(ValueError, match="path of this host"):
        SignInCodes(database).issue(person_id, target)


def test_sixteen_at_once_make_one_sign_in(database: Database, person_id: int) -> None:
    codes = SignInCodes(database)
    for _ in range(5):
        code = codes.issue(person_id, "/crm")
        together = threading.Barrier(THREADS)

        def redeem(code: str = code, together: threading.Barrier = together) -> SignedIn | None:
            together.wait()
            # Each its own object, as in different processes.
            return SignInCodes(database).redeem(code)

        with ThreadPoolExecutor(THREADS) as pool:
            results = [future.result() for future in [pool.submit(redeem) for _ in range(THREADS)]]
        assert [result for result in results if result] == [SignedIn(person_id, "/crm")]


def test_long_expired_codes_are_swept_out(database: Database, person_id: int) -> None:
    codes = SignInCodes(database)
    for _ in range(3):
        codes.issue(person_id, "/crm")
    with database.write() as connection:
        connection.execute(update(SignInCodeRow).values(expires_at=now() - timedelta(days=2)))
    used = codes.issue(person_id, "/crm")
    recently_expired = codes.issue(person_id, "/crm", seconds=-60)
    assert codes.redeem(used) is not None
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(SignInCodeRow)).scalar_one() == 2
    assert codes.redeem(recently_expired) is None
