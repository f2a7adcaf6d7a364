"""What was read from a mail, kept for the clicks that follow its opening."""

import threading

from cachetools import TTLCache

from reading.message import Message
from reading.reading import Reading, read_fields

KEPT = 1024
KEPT_SECONDS = 600


class Readings:
    """One per process. Thread-safe. A reading depends on nothing but the mail and on who reads it, and is kept for that person alone."""

    def __init__(self) -> None:
        self._kept: TTLCache[tuple[str, str, str, frozenset[str], str, bool], Reading] = TTLCache(KEPT, KEPT_SECONDS)
        self._lock = threading.Lock()

    def read(self, reader: str, message_id: str, message: Message, about: str, own_domains: frozenset[str], region: str) -> Reading:
        """`reader`: the `sub` of the verified user. `message_id`: Gmail's, since a Message-ID can be copied by any sender.
        For the rest see `read_fields`."""
        # A company may have its mails' text left alone from one click to the next.
        key = (reader, message_id, about, own_domains, region, bool(message.text))
        with self._lock:
            kept = self._kept.get(key)
        if kept is None:
            kept = read_fields(message, about=about, own_domains=own_domains, region=region)
            with self._lock:
                self._kept[key] = kept
        return kept
