"""A stand-in for Google's signing keys: real RSA, real certificates, tokens by google-auth."""

import base64
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

SERVICE_ACCOUNT = "service-123456789012@gcp-sa-gsuiteaddons.example"
CLIENT_ID = "123456789012-sidecard.apps.example"
URL = "https://sidecard.example/addon/message"
Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class SigningKey:
    def __init__(self, kid: str, private: Private | None = None) -> None:
        self.kid = kid
        self.private = private or rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "signer.example")])
        today = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.private.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(today - timedelta(days=1))
            .not_valid_after(today + timedelta(days=10))
            .sign(self.private, hashes.SHA256())
        )
        self.pem = certificate.public_bytes(serialization.Encoding.PEM).decode()

    def sign(self, claims: object, **header: object) -> str:
        head = {"alg": "RS256", "typ": "JWT", "kid": self.kid} | header
        signed = f"{encoded(head)}.{encoded(claims)}"
        assert isinstance(self.private, rsa.RSAPrivateKey)
        signature = self.private.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def system_claims(**changes: Any) -> dict[str, Any]:
    """What Google's token for a called address says; a change to None leaves the claim out."""
    now = int(time.time())
    return _changed(
        {
            "iss": "https://accounts.google.com",
            "aud": URL,
            "azp": "100000000000000000099",
            "sub": "100000000000000000099",
            "email": SERVICE_ACCOUNT,
            "email_verified": True,
            "iat": now,
            "exp": now + 3600,
        },
        changes,
    )


def user_claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    return _changed(
        {
            "iss": "https://accounts.google.com",
            "aud": CLIENT_ID,
            "sub": "100000000000000000001",
            "hd": "northlight.example",
            "email": "Paul.Martin@northlight.example",
            "email_verified": True,
            "iat": now,
            "exp": now + 3600,
        },
        changes,
    )


def _changed(claims: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in (claims | changes).items() if value is not None}
