"""Rules of the house that no linter knows. Who may import whom: pyproject.toml, import-linter."""

import ast
import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
NOT_OURS = {"var", "out", "node_modules", "__pycache__"}
SOURCES = {".py", ".js", ".css", ".html"}
LONGEST = 500
SAYS_NOTHING = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "shared", "base"}


def sources(suffixes: set[str]) -> Iterator[Path]:
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in NOT_OURS and not name.startswith(".")]
        for name in names:
            if Path(name).suffix in suffixes:
                yield Path(folder, name)


def test_no_file_is_too_long() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in sources(SOURCES)}
    assert len(lengths) > 50
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_every_name_says_what_is_inside() -> None:
    modules = [path for path in sources({".py"}) if {path.stem, path.parent.name} & SAYS_NOTHING]
    managers = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in sources({".py"})
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and node.name.endswith("Manager")
    ]
    assert modules == []
    assert managers == []


def test_no_test_patches_our_own_code() -> None:
    """`patch("addon...")` and its kin: a second implementation or a real server does it instead."""
    forbidden = ("unittest.mock", "mock.patch", "pytest_mock")
    this = Path(__file__)
    assert [
        path.name for path in sources({".py"}) if path != this and any(word in path.read_text(encoding="utf-8") for word in forbidden)
    ] == []
