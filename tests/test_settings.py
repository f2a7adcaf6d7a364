"""Wrong settings stop the start with a sentence that says what to change."""

from typing import Any

import pytest
from pydantic import ValidationError

from settings import Settings, TrustRoot, is_loopback

GOOD: dict[str, Any] = {
    "base_url": "https://crm.example.com",
    "secret_key": "k" * 32,
    "google_service_account": "service-1@gcp-sa-gsuiteaddons.iam.gserviceaccount.com",
    "google_client_id": "1-x.apps.googleusercontent.com",
}


def test_a_good_one() -> None:
    settings = Settings(**{**GOOD, "secret_key": f"{'n' * 32}, {'o' * 32}", "workspace_domains": " Example.com ,example.fr,"})
    assert settings.trust_root is TrustRoot.GOOGLE
    assert settings.secret_keys == ("n" * 32, "o" * 32)
    assert settings.domains == ("example.com", "example.fr")
    assert "nnnn" not in repr(settings)
    # Without keys of its own the vault takes the secret ones.
    assert settings.sealing_keys == settings.secret_keys


ZOHO: dict[str, Any] = {"zoho_client_id": "1000.X", "zoho_client_secret": "s" * 8, "vault_keys": "v" * 32}


def test_zoho() -> None:
    settings = Settings(**{**GOOD, **ZOHO, "vault_keys": f"{'w' * 32},{'v' * 32}"})
    assert settings.sealing_keys == ("w" * 32, "v" * 32)
    assert "wwww" not in repr(settings)
    assert "ssss" not in repr(settings)
    # In development the playground's key will do.
    assert Settings(**{**ZOHO, "vault_keys": "", "trust_root": "development"}).sealing_keys == ()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"base_url": "https://crm.example.com/"}, "without a slash"),
        ({"base_url": "crm.example.com"}, "must look like"),
        ({"base_url": "http://crm.example.com"}, "must be https"),
        ({"secret_key": ""}, "SIDECARD_SECRET_KEY"),
        ({"secret_key": "short"}, "at least 32"),
        ({"google_service_account": ""}, "SIDECARD_GOOGLE_SERVICE_ACCOUNT"),
        ({"google_client_id": ""}, "SIDECARD_GOOGLE_CLIENT_ID"),
        ({"trust_root": "development"}, "loopback"),
        ({"trust_root": "development", "base_url": "https://127.0.0.1.evil.example"}, "loopback"),
        ({"trust_root": "development", "base_url": "https://192.168.1.7"}, "loopback"),
        ({"trust_root": "everybody"}, "trust_root"),
        ({**ZOHO, "vault_keys": ""}, "SIDECARD_VAULT_KEYS"),
        ({**ZOHO, "vault_keys": "short"}, "at least 32"),
        ({**ZOHO, "zoho_client_secret": ""}, "SIDECARD_ZOHO_CLIENT_SECRET"),
        ({**ZOHO, "zoho_client_id": ""}, "SIDECARD_ZOHO_CLIENT_ID"),
        ({"processes": 0}, "processes"),
    ],
)
def test_what_stops_the_start(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Settings(**{**GOOD, **changes})


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080"])
def test_development_on_this_machine(base_url: str) -> None:
    assert Settings(base_url=base_url, trust_root="development").trust_root is TrustRoot.DEVELOPMENT


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("localhost.example", False),
        ("10.0.0.1", False),
        ("", False),
    ],
)
def test_loopback(host: str, here: bool) -> None:
    assert is_loopback(host) is here
