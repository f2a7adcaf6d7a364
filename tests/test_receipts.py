"""Receipts: anyone with the public key can tell a genuine one from a changed one."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tenants.receipts import NotGenuine, Receipts, Said, verify
from tenants.vault import Vault

ROOT = Path(__file__).parent.parent
KEY = "k" * 40
SAID: dict[str, Said] = {
    "kind": "person",
    "done_at": "2026-05-03T10:00:00+00:00",
    "deleted": {"person": 1, "outbox_item": 4},
    "subject": "é" * 3,
}


def test_what_it_says_comes_back() -> None:
    receipts = Receipts(Vault([KEY]))
    said = verify(receipts.write(SAID), receipts.keys)
    assert {name: said[name] for name in SAID} == SAID


def test_another_lay_out_of_the_file_is_the_same_receipt() -> None:
    receipts = Receipts(Vault([KEY]))
    again = json.dumps(json.loads(receipts.write(SAID)), sort_keys=True)
    assert verify(again, receipts.keys)["deleted"] == SAID["deleted"]


def test_after_the_key_is_rotated_old_receipts_are_still_genuine() -> None:
    old = Receipts(Vault([KEY])).write(SAID)
    rotated = Receipts(Vault(["n" * 40, KEY]))
    assert verify(old, rotated.keys) and verify(rotated.write(SAID), rotated.keys[:1])


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"deleted": {"person": 2, "outbox_item": 4}}, "changed"),
        ({"more": 1}, "changed"),
        ({"format": "something-else/1"}, "format"),
        ({"key": Receipts(Vault(["x" * 40])).keys[0]}, "another key"),
        ({"signature": "AAAA"}, "changed"),
        ({"signature": "no base64!"}, "not a receipt"),
        ({"signature": None}, "not a receipt"),
    ],
)
def test_a_changed_one_is_not(change: dict[str, object], why: str) -> None:
    receipts = Receipts(Vault([KEY]))
    changed = json.dumps({**json.loads(receipts.write(SAID)), **change})
    with pytest.raises(NotGenuine, match=why):
        verify(changed, receipts.keys)


@pytest.mark.parametrize("text", ["", "[]", "3", "{}", "null", '"text"'])
def test_what_is_no_receipt_is_said_to_be_none(text: str) -> None:
    with pytest.raises(NotGenuine, match="not a receipt"):
        verify(text, Receipts(Vault([KEY])).keys)


def test_the_command(tmp_path: Path) -> None:
    receipts, file = Receipts(Vault([KEY])), tmp_path / "receipt.json"
    file.write_text(receipts.write(SAID), encoding="utf-8")

    def run(*arguments: str, **environment: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "tenants.receipts", "verify", str(file), *arguments]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    assert run("--key", receipts.keys[0]) == (0, "genuine: person erased on 2026-05-03T10:00:00+00:00\n")
    assert run(SIDECARD_TRUST_ROOT="development", SIDECARD_SECRET_KEY=KEY)[0] == 0
    assert run("--key", Receipts(Vault(["x" * 40])).keys[0]) == (1, "not genuine: signed with another key\n")
    file.write_text(file.read_text(encoding="utf-8").replace('"person": 1', '"person": 2'), encoding="utf-8")
    assert run("--key", receipts.keys[0])[0] == 1
