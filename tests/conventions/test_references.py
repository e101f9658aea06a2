"""What docstrings and the architecture page name exists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from unit.dispatcher.state_diagram import state_diagram

ROOT = Path(__file__).parents[2]
BATCH = ROOT / "batch"
GUIDES = ROOT / "samples" / "guides"
PAGE = (GUIDES / "architecture.md").read_text(encoding="utf-8")
#: A path below `batch/`, or a file beside the one that names it.
_PATH = re.compile(r"`((?:[\w.]+/)*[\w.]+\.(?:py|md|j2|toml)|(?:\w+/)+)`")
#: Names of files that are no part of the program.
_OTHERS = {"guayaba-batch.toml", "weekly.toml", "API.md", "DESIGN.md"}


def docstrings(path: Path) -> Iterator[str]:
    """Yield the docstrings of a module, its classes and its functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""


def exists(name: str, beside: Path) -> bool:
    """True where `name` is a path of the program, of the tests, or beside a file."""
    places = (beside, BATCH, ROOT, ROOT / "tests")
    return name in _OTHERS or any((place / name).exists() for place in places)


@pytest.mark.parametrize("path", sorted(BATCH.rglob("*.py")), ids=lambda path: str(path.relative_to(BATCH)))
def test_every_file_that_a_docstring_names_exists(path: Path) -> None:
    """A docstring names no file or room that was moved or removed."""
    named = {name for text in docstrings(path) for name in _PATH.findall(text)}
    assert {name for name in named if not exists(name, path.parent)} == set()


def test_every_file_that_the_architecture_page_names_exists() -> None:
    """The page leads to files that are there."""
    assert {name for name in _PATH.findall(PAGE) if not exists(name, BATCH)} == set()


def test_the_guide_shows_the_states_of_today() -> None:
    """The diagram of the guide is the one that the table of row states draws."""
    assert state_diagram() in (GUIDES / "row-states.md").read_text(encoding="utf-8")
