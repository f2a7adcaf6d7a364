"""The development signing key: stands in for Google's where `SIDECARD_TRUST_ROOT=development`.

Made once in a directory of this machine; the server and the command line share it.
"""

import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import jwt
from google.auth.crypt import RSASigner

from db import now

DEVELOPMENT_SERVICE_ACCOUNT = "service-000000000000@gcp-sa-gsuiteaddons.development.example"
DEVELOPMENT_CLIENT_ID = "000000000000-sidecard.apps.development.example"

KEY_FILE = "signing-key.pem"
_KEY_BITS = 2048
_VALID_FOR = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class DevelopmentKey:
    """An RSA key with its self-signed certificate."""

    kid: str
    certificate: str
    """PEM."""
    token_secret: bytes = field(repr=False)
    """For the opaque tokens of the stand-in Gmail; made from the private key, so no other process can make them."""
    _signer: RSASigner = field(repr=False)

    @classmethod
    def open(cls, directory: Path) -> "DevelopmentKey":
        """The key of this directory, made if there is none. Processes that start together agree on one.
        OSError where the directory cannot be used; ValueError where the file holds no key."""
        path = directory / KEY_FILE
        if not path.exists():
            directory.mkdir(parents=True, exist_ok=True)
            _publish(_new_pem(), path)
        return _parse(path.read_bytes())

    @property
    def certificates(self) -> dict[str, str]:
        """kid -> PEM, the form of Google's /oauth2/v1/certs."""
        return {self.kid: self.certificate}

    def sign(self, claims: Mapping[str, object]) -> str:
        """A JWT, RS256, with the key's id in its header."""
        token: bytes = jwt.encode(self._signer, dict(claims))
        return token.decode("ascii")


def _new_pem() -> bytes:
    private = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Sidecard development key")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now() - timedelta(days=1))
        .not_valid_after(now() + _VALID_FOR)
        .sign(private, hashes.SHA256())
    )
    key_pem = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key_pem + certificate.public_bytes(serialization.Encoding.PEM)


def _publish(pem: bytes, path: Path) -> None:
    """Write whole or not at all; the first process wins."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".key-")  # made with mode 0600
    try:
        with os.fdopen(descriptor, "wb") as target:
            target.write(pem)
        os.link(temporary, path)
    except FileExistsError:
        return  # another process was faster: its key counts
    finally:
        Path(temporary).unlink()


@lru_cache(8)
def _parse(pem: bytes) -> DevelopmentKey:
    """Kept, since loading checks the numbers of the key, which takes longer than the rest of a start."""
    certificate = x509.load_pem_x509_certificate(pem)
    kid = certificate.fingerprint(hashes.SHA256()).hex()[:40]
    key_pem = pem[: pem.index(b"-----BEGIN CERTIFICATE-----")]
    return DevelopmentKey(
        kid=kid,
        certificate=certificate.public_bytes(serialization.Encoding.PEM).decode("ascii"),
        token_secret=hashlib.sha256(b"stand-in Gmail tokens:" + key_pem).digest(),
        _signer=RSASigner.from_string(key_pem, kid),
    )
