"""A mail as it lies in `mail_text`: the whole reading as JSON, compressed, then sealed. Blind copies are not in it: the row is the
same for all mailboxes the mail is in."""

import threading
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

import orjson
import zstandard

from reading.message import Attachment, Mailbox, Message, Original, OriginalSource
from tenants.vault import Vault

PURPOSE = "mail"
"""Of the vault."""
_LEVEL = 3
_MOST = 16_000_000
"""Bytes; more cannot have been packed here."""
_FIELDS = frozenset(one.name for one in fields(Message))

_of_thread = threading.local()


def pack(vault: Vault, message: Message) -> bytes:
    return vault.seal_bytes(PURPOSE, _compressor().compress(_written(replace(message, bcc=()) if message.bcc else message)))


def unpack(vault: Vault, content: bytes) -> Message:
    """VaultDamaged."""
    packed = vault.open_bytes(PURPOSE, content)
    return _read(orjson.loads(zstandard.ZstdDecompressor().decompress(packed, max_output_size=_MOST)))


def _compressor() -> zstandard.ZstdCompressor:
    """One for each thread: it cannot be shared."""
    found: zstandard.ZstdCompressor | None = getattr(_of_thread, "compressor", None)
    if found is None:
        found = _of_thread.compressor = zstandard.ZstdCompressor(level=_LEVEL)
    return found


def _written(message: Message) -> bytes:
    try:
        return orjson.dumps(message)
    except orjson.JSONEncodeError:  # half a character, which some charsets can say and UTF-8 cannot
        whole = {one: _whole(getattr(message, one)) for one in _FIELDS}
        return orjson.dumps(Message(**whole))


def _whole(value: Any) -> Any:
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _read(found: dict[str, Any]) -> Message:
    """Of an older version of `Message` too: what it lacked is as if the mail had it not."""
    kept = {name: value for name, value in found.items() if name in _FIELDS}
    for name in ("reply_to", "to", "cc", "bcc"):
        kept[name] = tuple(Mailbox(**one) for one in kept.get(name, ()))
    for name in ("in_reply_to", "references"):
        kept[name] = tuple(kept.get(name, ()))
    kept["sender"] = Mailbox(**kept["sender"]) if kept.get("sender") else None
    kept["sent_at"] = datetime.fromisoformat(kept["sent_at"]) if kept.get("sent_at") else None
    kept["attachments"] = tuple(Attachment(**one) for one in kept.get("attachments", ()))
    original = kept.get("original")
    kept["original"] = (
        Original(Mailbox(**original["sender"]), OriginalSource(original["source"]), original["subject"]) if original else None
    )
    return Message(**kept)
