"""What imaplib hands over, response by response and field by field.

IMAPClient's parser looks at every byte in Python, which is a fifth of a first synchronisation's work. Answers to FETCH of the form
nearly all servers give them are taken apart by a regular expression; any other is the parser's.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from imapclient.response_parser import parse_response

_FIELD = rb'(UID|RFC822\.SIZE|FLAGS|INTERNALDATE|MODSEQ) (\d+|\([^()"{]*\)|"[^"\\]*")'
_FIELDS = re.compile(_FIELD)
_PLAIN = re.compile(rb"\d+ \((?:" + _FIELD + rb" ?)+(?:\)|(BODY\[[^\]]*\](?:<0>)?) \{(\d+)\})")


def responses(answer: Iterable[Any]) -> Iterator[list[Any]]:
    """imaplib gives a response as (text, literal) for each literal in it and the text after the last."""
    response: list[Any] = []
    for item in answer:
        if item is None:
            continue
        response.append(item)
        if not isinstance(item, tuple):
            yield response
            response = []


def fields_of(response: Sequence[Any]) -> dict[bytes, Any]:
    """Of a response to FETCH, by name. What is no IMAP raises what it may."""
    text, literal = response[0] if isinstance(response[0], tuple) else (response[0], None)
    whole = len(response) == 1 if literal is None else response[1:] == [b")"]
    plain = _PLAIN.fullmatch(text) if whole else None
    if plain is None or (plain[3] is None) != (literal is None):
        return pairs(parse_response(list(response))[1])
    fields: dict[bytes, Any] = {name: _value(value) for name, value in _FIELDS.findall(text)}
    if literal is not None:
        fields[plain[3]] = literal
    return fields


def _value(written: bytes) -> Any:
    match written[:1]:
        case b"(":
            return tuple(written[1:-1].split())
        case b'"':
            return written[1:-1]
        case _:
            return int(written)


def pairs(items: Sequence[Any]) -> dict[bytes, Any]:
    """By name, in capitals."""
    return {bytes(key).upper(): value for key, value in zip(items[::2], items[1::2], strict=True)}
