"""Lines for a terminal: folded at spaces, set in, and never cut in a word."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.cli.folding import fit, fold_lines

RED, PLAIN = "\x1b[31m", "\x1b[0m"
LINES = [
    ("short", ["short"], "a line that fits"),
    ("", [""], "an empty line"),
    ("one two three four five six seven", ["one two three four five", "    six seven"], "what follows is set in"),
    ("  - one two three four five six", ["  - one two three four", "      five six"], "under the text of its point"),
    ("guayaba-batch rerun reports/a/failures.csv", ["guayaba-batch rerun reports/a/failures.csv"], "a command, whole"),
    ("    guayaba-batch rerun a/failures.csv", ["    guayaba-batch rerun a/failures.csv"], "a command, set in"),
    ("x" * 40, ["x" * 40], "one long word"),
    ("a " + "x" * 40 + " b", ["a", "    " + "x" * 40, "    b"], "a long word among short ones"),
    (f"{RED}one two three four{PLAIN}", [f"{RED}one two three four{PLAIN}"], "colours take no room"),
    (f"{RED}one{PLAIN} two three four five six", [f"{RED}one{PLAIN} two three four five", "    six"],
     "a coloured line folds where a plain one does"),
    (" " * 40, [" " * 40], "nothing but spaces"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "folded", "reason"), LINES)
def test_fold(line: str, folded: list[str], reason: str) -> None:
    """A line is folded for 24 columns."""
    assert list(fold_lines([line], 24)) == folded, reason


@given(st.lists(st.text("ab -\u00e9", max_size=120), max_size=5), st.integers(40, 100))
def test_folding_loses_nothing(lines: list[str], width: int) -> None:
    """Whatever the lines, the words are the same, in their order."""
    assert " ".join(fold_lines(lines, width)).split() == " ".join(lines).split()


def test_a_pipe_gets_the_lines_as_they_are() -> None:
    """What is no terminal has no width: a program that reads the lines finds them whole."""
    assert fit(["word " * 100], io.StringIO()) == ["word " * 100]
