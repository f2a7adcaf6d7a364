"""Signed proof of an erasure: a JSON file that names nobody, and can be checked by anyone who has the public key.

    python -m tenants.receipts verify FILE [--key KEY]

The key is shown at /receipts/key. Without `--key` the receipt is checked with the keys of this installation's settings.
"""

import argparse
import json
import sys
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from settings import Settings
from tenants.vault import Vault

FORMAT = "sidecard-erasure-receipt/1"
_PURPOSE = "receipts"
_KEY, _SIGNATURE = "key", "signature"

Said = str | int | None | Sequence["Said"] | Mapping[str, "Said"]


class NotGenuine(Exception):
    """Changed since it was signed, signed by somebody else, or no receipt at all."""


class Receipts:
    """Signs with a key derived from the newest vault key; the public halves of older ones stay known."""

    def __init__(self, vault: Vault) -> None:
        self._signing = tuple(Ed25519PrivateKey.from_private_bytes(secret) for secret in vault.secrets(_PURPOSE))

    @property
    def keys(self) -> tuple[str, ...]:
        """The public keys in base64, newest first."""
        return tuple(b64encode(one.public_key().public_bytes_raw()).decode() for one in self._signing)

    def write(self, said: Mapping[str, Said]) -> str:
        """The receipt as the text of a file."""
        body = {"format": FORMAT, **said, _KEY: self.keys[0]}
        signature = b64encode(self._signing[0].sign(_canonical(body))).decode()
        return json.dumps({**body, _SIGNATURE: signature}, indent=2, ensure_ascii=False) + "\n"


def verify(text: str, keys: Sequence[str]) -> Mapping[str, Said]:
    """What the receipt says. NotGenuine."""
    try:
        said = json.loads(text)
        key, signature = said[_KEY], b64decode(said.pop(_SIGNATURE), validate=True)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotGenuine("not a receipt") from error
    if said.get("format") != FORMAT:
        raise NotGenuine("not a receipt of this format")
    if key not in keys:
        raise NotGenuine("signed with another key")
    try:
        Ed25519PublicKey.from_public_bytes(b64decode(key)).verify(signature, _canonical(said))
    except (InvalidSignature, ValueError) as error:
        raise NotGenuine("changed since it was signed") from error
    return dict(said)


def _canonical(body: Mapping[str, Said]) -> bytes:
    """The same for the same content, however the file was laid out."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tenants.receipts", description="Checks receipts of erasures.")
    commands = parser.add_subparsers(required=True)
    checking = commands.add_parser("verify", help="say whether a receipt is genuine")
    checking.add_argument("file", type=Path)
    checking.add_argument("--key", action="append", help="public key in base64, as /receipts/key shows it")
    asked = parser.parse_args()
    try:
        said = verify(asked.file.read_text(encoding="utf-8"), asked.key or Receipts(Vault(Settings().sealing_keys)).keys)
    except NotGenuine as error:
        sys.stderr.write(f"not genuine: {error}\n")
        return 1
    sys.stdout.write(f"genuine: {said.get('kind')} erased on {said.get('done_at')}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
