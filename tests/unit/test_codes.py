"""The registry of codes against the code that gives them: no code without words, no words without a code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import batch
from batch.codes import CODES, tip, title
from batch.dispatcher.actions import StopReason
from batch.guayaba.verdict import _BY_STATUS, ResponseClass
from batch.loader.passes.load import _CODES as DUPLICATES

HOUSE = Path(batch.__file__).parent
#: Where a call takes a code: the name of what is called -> the place of the argument.
_PLACES = {"CellError": 0, "_fault": 0, "Phone": 1, "Verdict": 1, "RowResult": 2, "ContactRead": 5, "check_uuid": 1}
#: A row's last word is never one of these: 429 uses up no attempt and the row is sent again.
_NEVER_LAST = {"throttled"}


@cache
def _nodes() -> list[tuple[Path, list[ast.AST]]]:
    """The files of the program but for the registry and the sandbox, each with the nodes of its syntax tree."""
    return [
        (path, [*ast.walk(ast.parse(path.read_text(encoding="utf-8")))])
        for path in sorted(HOUSE.rglob("*.py"))
        if not {"sandbox", "codes"} & {*path.relative_to(HOUSE).parts}
    ]


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _given() -> Iterator[tuple[str, str]]:
    """Every code that stands as a literal where a code is taken, with its place in the source."""
    for path, nodes in _nodes():
        for node in nodes:
            if not isinstance(node, ast.Call):
                continue
            found = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
            place = _PLACES.get(_name(node.func))
            if place is not None and len(node.args) > place:
                found.append(node.args[place])
            for value in found:
                if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value:
                    yield value.value, f"{path.name}:{node.lineno}"


def test_a_code_that_is_given_has_words() -> None:
    """Every code that a row can be given is in the registry. The search sees most of them: a change of the calls that
    it looks for would not go unnoticed."""
    given = sorted(_given())
    assert len({code for code, _ in given}) >= 20
    assert [(code, where) for code, where in given if code not in CODES] == []


@pytest.mark.parametrize("code", sorted({code for _, code in _BY_STATUS.values()} - _NEVER_LAST))
def test_a_code_of_a_status_has_words(code: str) -> None:
    """Every code that an HTTP status ends a row with is in the registry."""
    assert code in CODES


def test_a_code_without_words_ends_no_row() -> None:
    """What is not in the registry belongs only to meanings after which a row is sent again."""
    wordless = {meaning for meaning, code in _BY_STATUS.values() if code not in CODES}
    assert wordless <= {ResponseClass.THROTTLED}


@pytest.mark.parametrize("code", [*StopReason, *DUPLICATES.values()])
def test_a_code_of_a_reason_has_words_and_a_tip(code: str) -> None:
    """Every reason for stopping, and every reason for folding a row, is in the registry and says what to do."""
    assert title(code) != str(code)
    assert tip(code)


def test_no_code_is_left_over() -> None:
    """Every code of the registry is given somewhere in the house."""
    literals = {
        node.value
        for _, nodes in _nodes()
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert set(CODES) <= literals


#: The codes of rows that need nothing more; all others stay in failures.
_DONE = {"already_so", "nothing_to_undo", "confirmed", "confirmed_each_form", "read_back", "superseded"}


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_code_that_stays_in_failures_says_what_to_do(code: str) -> None:
    """A row that did not succeed has a tip; a title is one line without an end mark, a tip is whole sentences."""
    words = CODES[code]
    assert bool(words.tip) is (code not in _DONE)
    assert re.fullmatch(r"[A-Z].*[^.!?:;\s]", words.title)
    assert not words.tip or re.fullmatch(r"[A-Z].*\.", words.tip)
    assert not re.search(r"\bplease\b|\bsorry\b", words.tip, re.IGNORECASE)


@pytest.mark.parametrize("code", sorted(code for code, words in CODES.items() if "rerun" in words.tip.lower()))
def test_where_the_tip_says_rerun_rerunning_or_correcting_helps(code: str) -> None:
    """A tip that sends people to a rerun without a correction belongs to a code that a rerun can help."""
    corrects = re.search(r"correct|copy|mend|fill|write|leave|remove|shorten|keep", CODES[code].tip, re.IGNORECASE)
    assert CODES[code].retryable or corrects


def test_a_report_of_a_newer_version_keeps_its_code() -> None:
    """An unknown code is shown as it is, without a tip."""
    assert (title("from_the_future"), tip("from_the_future")) == ("from_the_future", "")
