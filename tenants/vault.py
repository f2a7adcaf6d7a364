"""The only holder of the vault keys: what lies sealed in the database is worth nothing without them.

Every purpose has keys of its own, derived from the given ones, so that a text sealed as an outbox item
cannot be put into another row and be opened there as a token.
"""

from base64 import urlsafe_b64encode
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_KEY_BYTES = 32


class VaultDamaged(Exception):
    """Not sealed for this purpose, changed since, or sealed with a key that is no longer among the given ones."""


class Vault:
    """`keys` newest first, at least one: the newest seals, every one opens. Each is any long random text.

    Safe to use from many threads.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys or not all(keys):
            raise ValueError("no key for the vault")
        self._keys = tuple(keys)
        self._fernets: dict[str, MultiFernet] = {}

    def seal(self, purpose: str, text: str) -> str:
        return self.seal_bytes(purpose, text.encode()).decode("ascii")

    def open(self, purpose: str, sealed: str) -> str:
        """VaultDamaged."""
        return self.open_bytes(purpose, sealed.encode()).decode()

    def seal_bytes(self, purpose: str, content: bytes) -> bytes:
        return self._fernet(purpose).encrypt(content)

    def open_bytes(self, purpose: str, sealed: bytes) -> bytes:
        """VaultDamaged."""
        try:
            return self._fernet(purpose).decrypt(sealed)
        except InvalidToken as error:
            raise VaultDamaged(f"cannot be opened as {purpose}: damaged, or its key is missing") from error

    def reseal(self, purpose: str, sealed: str) -> str:
        """The same under the newest key; after all rows are resealed, older keys may be thrown away. VaultDamaged."""
        try:
            return self._fernet(purpose).rotate(sealed.encode()).decode("ascii")
        except InvalidToken as error:
            raise VaultDamaged(f"cannot be opened as {purpose}: damaged, or its key is missing") from error

    def secrets(self, purpose: str) -> tuple[bytes, ...]:
        """32 bytes for this purpose from every key, newest first: for signatures and keyed hashes."""
        return tuple(_secret(key, f"sidecard secret {purpose}") for key in self._keys)

    def _fernet(self, purpose: str) -> MultiFernet:
        # Two threads may both make it: they make the same.
        if purpose not in self._fernets:
            self._fernets[purpose] = MultiFernet([Fernet(_derived(key, purpose)) for key in self._keys])
        return self._fernets[purpose]


def _derived(key: str, purpose: str) -> bytes:
    return urlsafe_b64encode(_secret(key, f"sidecard vault {purpose}"))


def _secret(key: str, info: str) -> bytes:
    return HKDF(SHA256(), length=_KEY_BYTES, salt=None, info=info.encode()).derive(key.encode())
