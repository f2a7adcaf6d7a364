"""Reads mails from files and prints what they say of their authors.

    python -m reading FILE.eml…
    python -m reading --jsonl IN OUT

IN has one mail a line: {"id", "headers": {"from", "reply_to", "to", "subject", …}, "text", "html"}. OUT gets one line for each:
{"id", "fields": {field: {"value", "confidence"}, …, "social": […]}, "sender_kind", "signature_lines": [first, last] | null, "ms"},
lines counted from 1."""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import orjson

from reading.build import message_from
from reading.headers import content_of, from_pairs
from reading.parts import Part
from reading.proposal import FieldName
from reading.raw import read_raw
from reading.reading import Reading, read_fields
from reading.warm import warm_up

_NAMES = {FieldName.POSTCODE: "zip"}
_NOT_WRITTEN = frozenset({FieldName.PROFILE})


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m reading", description="What mails say of the people they are from.")
    parser.add_argument("files", nargs="*", metavar="FILE.eml", type=Path)
    parser.add_argument("--jsonl", nargs=2, metavar=("IN", "OUT"), type=Path)
    given = parser.parse_args(arguments)
    warm_up()
    if given.jsonl:
        _read_lines(*given.jsonl)
    elif not given.files:
        parser.print_usage()
        return 2
    for file in given.files:
        started = time.perf_counter()
        reading = read_fields(read_raw(file.read_bytes()))
        _print({"id": file.name, **_answer(reading, 0), "ms": _milliseconds(started)})
    return 0


def _read_lines(source: Path, target: Path) -> None:
    with source.open("rb") as mails, target.open("wb") as answers:
        for line in filter(bytes.strip, mails):
            record = orjson.loads(line)
            root = _part_of(record)
            started = time.perf_counter()
            reading = read_fields(message_from(root))
            milliseconds = _milliseconds(started)
            answers.write(orjson.dumps({"id": record["id"], **_answer(reading, _lines_cut(record)), "ms": milliseconds}) + b"\n")


def _part_of(record: dict[str, Any]) -> Part:
    """The mail as its parts, so that it goes the way every mail goes."""
    given = record.get("headers") or {}
    headers = from_pairs((str(name).replace("_", "-"), str(value)) for name, value in given.items() if value)
    kinds = {"text/plain": record.get("text") or "", "text/html": record.get("html") or ""}
    children = []
    for kind, text in kinds.items():
        if text:
            own = {"content-type": f"{kind}; charset=utf-8"}
            children.append(Part(own, content_of(own), body=text.encode("utf-8", "replace")))
    headers["content-type"] = "multipart/alternative; boundary=x"
    return Part(headers, content_of(headers), parts=children)


def _lines_cut(record: dict[str, Any]) -> int:
    """Empty lines at the start of the text, which reading leaves out."""
    text = (record.get("text") or "").replace("\r\n", "\n")
    return len(text) - len(text.lstrip("\n\ufeff")) - text[: len(text) - len(text.lstrip("\n\ufeff"))].count("\ufeff")


def _answer(reading: Reading, lines_cut: int) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for proposal in reading.proposals:
        if proposal.field not in _NOT_WRITTEN:
            name = _NAMES.get(proposal.field, proposal.field.value)
            fields[name] = {"value": proposal.value, "confidence": round(proposal.confidence, 2)}
    social = [proposal.value for proposal in reading.proposals if proposal.field is FieldName.PROFILE]
    if social:
        fields["social"] = social
    signature = [number + lines_cut + 1 for number in reading.signature] if reading.signature else None
    return {"fields": fields, "sender_kind": reading.kind.value, "signature_lines": signature}


def _milliseconds(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 3)


def _print(answer: dict[str, Any]) -> None:
    print(orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
