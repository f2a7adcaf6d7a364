"""Everything an operator can set, from environment variables prefixed SIDECARD_ (DATABASE_URL and PORT also plain).

Read by `main.py` and by the command-line entries, nowhere else.
"""

import ipaddress
from enum import StrEnum
from typing import Self
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

LOOPBACK_NAMES = ("localhost",)
SECRET_KEY_LENGTH = 32


class TrustRoot(StrEnum):
    """Whose signatures on requests are believed."""

    GOOGLE = "google"
    DEVELOPMENT = "development"


class Settings(BaseSettings):
    """Frozen; a wrong combination stops the start with a sentence that says what to change."""

    model_config = SettingsConfigDict(env_prefix="SIDECARD_", frozen=True, extra="ignore")

    base_url: str = Field(
        default="http://127.0.0.1:8080",
        description="Public address of this service, without a trailing slash. Google's tokens are checked against it.",
    )
    secret_key: SecretStr = Field(
        default=SecretStr(""),
        description="At least 32 random characters; signs buttons and sessions. Several, comma-separated, newest first, to rotate.",
    )
    database_url: str = Field(
        default="sqlite:///var/sidecard.sqlite",
        validation_alias=AliasChoices("SIDECARD_DATABASE_URL", "DATABASE_URL"),
        description="sqlite:///path or postgresql://user:password@host/name.",
    )
    trust_root: TrustRoot = Field(
        default=TrustRoot.GOOGLE,
        description="google: requests signed by Google. development: signed by the playground's key; loopback addresses only.",
    )
    google_service_account: str = Field(
        default="",
        description="serviceAccountEmail of the add-on's Authorization Resource (gcloud workspace-add-ons get-authorization).",
    )
    google_client_id: str = Field(
        default="",
        description="oauthClientId of the same Authorization Resource: the audience of user tokens.",
    )
    workspace_domains: str = Field(
        default="",
        description="Workspace domains whose people may use this service, comma-separated, e.g. example.com,example.fr.",
    )
    playground_dir: str = Field(
        default="var/playground",
        description="Where the playground keeps its signing key. Used with the development trust root only.",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        parts = urlsplit(self.base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname or self.base_url.endswith("/") or parts.query:
            raise ValueError("SIDECARD_BASE_URL must look like https://crm.example.com, without a slash at the end")
        loopback = is_loopback(parts.hostname)
        if parts.scheme == "http" and not loopback:
            raise ValueError("SIDECARD_BASE_URL must be https: Google calls no plain http address")
        if self.trust_root is TrustRoot.DEVELOPMENT:
            if not loopback:
                raise ValueError(
                    "SIDECARD_TRUST_ROOT=development believes a key that lies on this machine; "
                    "it works with a loopback SIDECARD_BASE_URL only. Remove it to trust Google."
                )
            return self
        missing = [
            name
            for name, value in (
                ("SIDECARD_GOOGLE_SERVICE_ACCOUNT", self.google_service_account),
                ("SIDECARD_GOOGLE_CLIENT_ID", self.google_client_id),
                ("SIDECARD_SECRET_KEY", self.secret_key.get_secret_value()),
            )
            if not value
        ]
        if missing:
            raise ValueError("not set: " + ", ".join(missing) + " (see docs/operating.md)")
        if any(len(key) < SECRET_KEY_LENGTH for key in self.secret_keys):
            raise ValueError("SIDECARD_SECRET_KEY: each key needs at least 32 random characters")
        return self

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """Newest first; empty only with the development trust root."""
        return tuple(key.strip() for key in self.secret_key.get_secret_value().split(",") if key.strip())

    @property
    def domains(self) -> tuple[str, ...]:
        return tuple(domain.strip().lower() for domain in self.workspace_domains.split(",") if domain.strip())


def is_loopback(host: str) -> bool:
    """Whether a host name or literal can only be this machine."""
    if host in LOOPBACK_NAMES:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
