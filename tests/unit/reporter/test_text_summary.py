"""The summary on the terminal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.reporter.report_row import ReportRow

from batch.errors import BatchError
from batch.journal.run_reader import RunReader
from batch.model import ContactChange, Outcome
from batch.reporter import summary_lines
from batch.reporter.labels import duration
from batch.text.visible import escape_text


def test_golden_terminal(mixed: RunReader, golden: Callable[[str, bytes], None]) -> None:
    """The summary of the mixed run, as a person reads it."""
    folder = Path("reports/r-ab12")
    files = {"outcomes": folder / "outcomes.csv", "failures": folder / "failures.csv"}
    golden("terminal.txt", "\n".join(summary_lines(mixed.facts(), files, colour=False)).encode() + b"\n")


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_line_is_too_wide(width: int, row: Callable[..., ReportRow], record: Callable[..., RunReader]) -> None:
    """All lines fit the width, with every outcome and any file name, but for paths and commands, which stay whole."""
    rows = [row(2 + n, ["a", "b"], outcome, "answer_lost") for n, outcome in enumerate(Outcome)]
    run = record(rows, change=ContactChange(status="DNC"), commands={"rerun": "guayaba-batch rerun " + "x" * 150})
    facts = replace(run.facts(), source=replace(run.facts().source, path="/李小龙" * 40 + ".csv"))
    lines = summary_lines(facts, {"failures": Path("/" + "y" * 130) / "failures.csv"}, colour=False, width=width)
    wide = [line for line in lines if sum(1 + (unicodedata.east_asian_width(c) in "WF") for c in line) > width]
    assert all("x" * 150 in line or "y" * 130 in line for line in wide)


def test_colour_changes_nothing_but_colour(mixed: RunReader) -> None:
    """Without its colours the coloured summary is the plain one, and the plain one has none."""
    plain = summary_lines(mixed.facts(), {}, colour=False)
    coloured = summary_lines(mixed.facts(), {}, colour=True)
    assert "\x1b" not in "".join(plain)
    assert [re.sub(r"\x1b\[\d+m", "", line) for line in coloured] == plain != coloured


@given(st.text(alphabet=st.characters(exclude_categories=[]), max_size=30))
def test_nothing_of_a_users_acts_on_the_terminal(
    row: Callable[..., ReportRow], record: Callable[..., RunReader], text: str
) -> None:
    """Whatever a file, reason or command is called, no control or bidirectional character comes out."""
    run = record([row(2, ["a", "b"], Outcome.PENDING, text)], stopped_for=text, commands={text: text})
    facts = replace(run.facts(), source=replace(run.facts().source, path=f"/x/{text}"))
    for line in summary_lines(facts, {"failures": Path("/x") / (text.replace("/", "") + "f")}, colour=False):
        assert not [c for c in line if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") or c in "\u202e\u2066\u200f"]
        assert (
            line.isprintable()
            or "\u200c" in line
            or "\u200d" in line
            or unicodedata.category(max(line)) == "Zs"
            or (any(unicodedata.category(c) == "Zs" for c in line))
        )


def test_what_does_not_add_up_is_an_error(mixed: RunReader) -> None:
    """No table is shown whose figures do not add up."""
    with pytest.raises(BatchError, match="do not add up"):
        summary_lines(replace(mixed.facts(), rows=9), {}, colour=False)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0.0 s"),
        (-1, "0.0 s"),
        (9.96, "10.0 s"),
        (41.4, "41 s"),
        (200, "3 min 20 s"),
        (60, "1 min"),
        (19_980, "5 h 33 min"),
        (3_600, "1 h"),
        (183_600, "2 d 3 h"),
        (59.7, "1 min"),
    ],
)
def test_durations_read_well(seconds: float, said: str) -> None:
    """A duration is said in its two largest units."""
    assert duration(seconds) == said


def test_hidden_characters_are_written_out() -> None:
    """A bidirectional override, an escape and a line end can be seen; accents and emoji stay."""
    assert escape_text("a\u202eb\x1b[31m\nñ👩‍🚀") == "a\\u202eb\\x1b[31m\\x0añ👩‍🚀"
