"""Errands as text, to be sealed and kept. The content of files travels apart from it: it is not text, and it is large."""

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from pydantic import TypeAdapter

from crm_client.errors import FieldProblem
from crm_client.records import AttachedFile
from linking.errands import AddErrand, Errand, LinkErrand, NoteErrand, TaskErrand, UpdateErrand, Work

_ADAPTERS: dict[Work, TypeAdapter[Errand]] = {
    Work.ADD: TypeAdapter(AddErrand),
    Work.UPDATE: TypeAdapter(UpdateErrand),
    Work.LINK: TypeAdapter(LinkErrand),
    Work.NOTE: TypeAdapter(NoteErrand),
    Work.TASK: TypeAdapter(TaskErrand),
}
_PROBLEMS = TypeAdapter(tuple[FieldProblem, ...])


def work_of(errand: Errand) -> Work:
    match errand:
        case AddErrand():
            return Work.ADD
        case UpdateErrand():
            return Work.UPDATE
        case LinkErrand():
            return Work.LINK
        case NoteErrand():
            return Work.NOTE
        case TaskErrand():
            return Work.TASK
        case _:
            assert_never(errand)


def write_errand(errand: Errand) -> str:
    """Without its files."""
    bare = replace(errand, files=()) if isinstance(errand, LinkErrand) else errand
    return _ADAPTERS[work_of(errand)].dump_json(bare).decode()


def read_errand(work: Work, text: str, files: Sequence[AttachedFile]) -> Errand:
    errand = _ADAPTERS[work].validate_json(text)
    return replace(errand, files=tuple(files)) if isinstance(errand, LinkErrand) else errand


def write_problems(problems: tuple[FieldProblem, ...]) -> list[dict[str, str | int | None]]:
    return [{"field": one.field, "problem": one.problem.value, "limit": one.limit} for one in problems]


def read_problems(stored: list[dict[str, str | int | None]]) -> tuple[FieldProblem, ...]:
    return _PROBLEMS.validate_python(stored)
