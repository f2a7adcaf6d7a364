"""What is sealed opens again for its purpose and with its key, and no other way."""

import pytest

from tenants.vault import Vault, VaultDamaged

OLD, NEW = "old" * 12, "new" * 12


def test_what_is_sealed_opens_again_and_does_not_show() -> None:
    vault = Vault((NEW,))
    sealed = vault.seal("grant", "1000.préfixe")
    assert "1000" not in sealed
    assert vault.open("grant", sealed) == "1000.préfixe"
    assert vault.open_bytes("outbox-file", vault.seal_bytes("outbox-file", b"\x00\xff%PDF")) == b"\x00\xff%PDF"


def test_one_purpose_does_not_open_what_was_sealed_for_another() -> None:
    vault = Vault((NEW,))
    with pytest.raises(VaultDamaged):
        vault.open("grant", vault.seal("outbox", "text"))


def test_a_changed_text_does_not_open() -> None:
    vault = Vault((NEW,))
    sealed = vault.seal("grant", "text")
    middle = len(sealed) // 2
    forged = sealed[:middle] + ("A" if sealed[middle] != "A" else "B") + sealed[middle + 1 :]
    for damaged in (forged, "", "not sealed at all", "é"):
        with pytest.raises(VaultDamaged):
            vault.open("grant", damaged)


def test_keys_are_rotated_without_losing_anything() -> None:
    sealed_before = Vault((OLD,)).seal("grant", "text")
    both = Vault((NEW, OLD))
    assert both.open("grant", sealed_before) == "text"
    with pytest.raises(VaultDamaged):
        Vault((NEW,)).open("grant", sealed_before)
    resealed = both.reseal("grant", sealed_before)
    assert Vault((NEW,)).open("grant", resealed) == "text"
    with pytest.raises(VaultDamaged):
        Vault((NEW,)).reseal("grant", sealed_before)


@pytest.mark.parametrize("keys", [(), ("",)])
def test_a_vault_without_a_key_is_not_made(keys: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="no key"):
        Vault(keys)
