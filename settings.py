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
    jobs_database_url: str = Field(
        default="",
        description="Where the worker's own tables are. Not set: the same PostgreSQL database, or a second SQLite file beside the first.",
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
        description="Workspace domains whose people may use this service without installing it, comma-separated, e.g. "
        "example.com,example.fr.",
    )
    marketplace_app: str = Field(
        default="",
        description="Application ID of the Google Workspace Marketplace SDK. With it whoever has installed Sidecard may use it.",
    )
    google_key: SecretStr = Field(
        default=SecretStr(""),
        description="Key of a service account of the same Google Cloud project: the JSON text, or the path of its file. Asks for "
        "licences, and is what administrators delegate to.",
    )
    google_sign_in_id: str = Field(
        default="",
        description="Client ID of an OAuth client (web application): people sign in to the console with Google, administrators are proven.",
    )
    google_sign_in_secret: SecretStr = Field(
        default=SecretStr(""),
        description="Its secret.",
    )
    retention_days: int = Field(
        default=30,
        ge=1,
        le=365,
        description="Days after an install has ended until its data is erased.",
    )
    zoho_client_id: str = Field(
        default="",
        description="Client ID of the server-based application at api-console.zoho.com. Without it nobody can connect Zoho CRM.",
    )
    zoho_client_secret: SecretStr = Field(
        default=SecretStr(""),
        description="Its secret; or, where the data centres have secrets of their own, us=secret,eu=secret.",
    )
    vault_keys: SecretStr = Field(
        default=SecretStr(""),
        description="At least 32 random characters; encrypts stored tokens and waiting work. Several, comma-separated, newest first, "
        "to rotate. Required with Zoho; without Zoho the secret key serves.",
    )
    mailbox_networks: str = Field(
        default="",
        description="Private networks mailboxes may be in, comma-separated, e.g. 10.2.0.0/16. Not set: servers with public addresses only.",
    )
    mailbox_authority: str = Field(
        default="",
        description="File with certificates (PEM) that mail servers' certificates may be signed by, beside the system's.",
    )
    microsoft_id: str = Field(
        default="",
        description="Application (client) ID registered in Microsoft Entra: people connect Outlook.com and Microsoft 365 mailboxes by "
        "consent.",
    )
    microsoft_secret: SecretStr = Field(
        default=SecretStr(""),
        description="Its client secret.",
    )
    mail_server: SecretStr = Field(
        default=SecretStr(""),
        description="Outgoing server for Sidecard's own mails (codes, a mailbox needs its owner): smtps://user:password@host:465, or "
        "smtp://...:587 for STARTTLS. Not set: these are shown in Gmail and on the pages only.",
    )
    mail_from: str = Field(
        default="",
        description="The address those mails come from. Required with the outgoing server.",
    )
    processes: int = Field(
        default=3,
        ge=1,
        description="How many web and worker processes share a CRM organisation's concurrent calls.",
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
        self._check_keys_and_clients()
        if self.trust_root is TrustRoot.DEVELOPMENT and not loopback:
            raise ValueError(
                "SIDECARD_TRUST_ROOT=development believes a key that lies on this machine; "
                "it works with a loopback SIDECARD_BASE_URL only. Remove it to trust Google."
            )
        return self

    def _check_keys_and_clients(self) -> None:
        microsoft = bool(self.microsoft_id or self.microsoft_secret.get_secret_value())
        mail = bool(self.mail_from or self.mail_server.get_secret_value())
        zoho = bool(self.zoho_client_id or self.zoho_client_secret.get_secret_value())
        google = self.trust_root is TrustRoot.GOOGLE
        sign_in = bool(self.google_sign_in_id or self.google_sign_in_secret.get_secret_value())
        missing = [
            name
            for name, value, needed in (
                ("SIDECARD_GOOGLE_SERVICE_ACCOUNT", self.google_service_account, google),
                ("SIDECARD_GOOGLE_CLIENT_ID", self.google_client_id, google),
                ("SIDECARD_SECRET_KEY", self.secret_keys, google),
                ("SIDECARD_GOOGLE_KEY", self.google_key.get_secret_value(), bool(self.marketplace_app)),
                ("SIDECARD_GOOGLE_SIGN_IN_ID", self.google_sign_in_id, sign_in),
                ("SIDECARD_GOOGLE_SIGN_IN_SECRET", self.google_sign_in_secret.get_secret_value(), sign_in),
                ("SIDECARD_MICROSOFT_ID", self.microsoft_id, microsoft),
                ("SIDECARD_MICROSOFT_SECRET", self.microsoft_secret.get_secret_value(), microsoft),
                ("SIDECARD_MAIL_SERVER", self.mail_server.get_secret_value(), mail),
                ("SIDECARD_MAIL_FROM", self.mail_from, mail),
                ("SIDECARD_ZOHO_CLIENT_ID", self.zoho_client_id, zoho),
                ("SIDECARD_ZOHO_CLIENT_SECRET", self.zoho_client_secret.get_secret_value(), zoho),
                ("SIDECARD_VAULT_KEYS", _several(self.vault_keys), zoho and google),
            )
            if needed and not value
        ]
        if missing:
            raise ValueError("not set: " + ", ".join(missing) + " (see docs/operating.md)")
        for name, keys in (("SIDECARD_SECRET_KEY", self.secret_keys), ("SIDECARD_VAULT_KEYS", _several(self.vault_keys))):
            if any(len(key) < SECRET_KEY_LENGTH for key in keys):
                raise ValueError(f"{name}: each key needs at least 32 random characters")

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """Newest first; empty only with the development trust root."""
        return _several(self.secret_key)

    @property
    def sealing_keys(self) -> tuple[str, ...]:
        """Newest first; the secret keys where none are set; empty only with the development trust root."""
        return _several(self.vault_keys) or self.secret_keys

    @property
    def domains(self) -> tuple[str, ...]:
        return tuple(domain.strip().lower() for domain in self.workspace_domains.split(",") if domain.strip())


def _several(secret: SecretStr) -> tuple[str, ...]:
    return tuple(part.strip() for part in secret.get_secret_value().split(",") if part.strip())


def is_loopback(host: str) -> bool:
    """Whether a host name or literal can only be this machine."""
    if host in LOOPBACK_NAMES:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
