"""`report RUN --format …`: the files of a run, later, in whatever format the next reader wants."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from cli.harness import Program, Sandboxes, numbers, write_csv

from batch.cli.console import use_colour
from batch.loader import ReadOptions, load
from batch.model import Operation

FAST = ("--rate", "60000/min", "--yes")
FORMATS = ("csv", "tsv", "xlsx", "parquet", "arrow", "ndjson")
#: Cells of a user's that another format likes to make something else of.
CELLS = ["=1+1", "0012", "1E+10", "+12125550123", "'quoted", "two\nlines", 'O"Brien, Pat', "José 😀", "", "2026-01-02"]


def cells(path: Path) -> list[tuple[str | None, ...]]:
    """The user's cells as a rerun of `path` takes them."""
    loaded = load(path, ReadOptions(Operation.FULFILL, region="US", rerun=True))
    return [row.cells for batch in loaded.batches() for row in batch]


def test_a_run_is_written_in_every_format_afterwards(program: Program, sandboxes: Sandboxes) -> None:
    """Each file holds the same cells, is its owner's alone whatever the umask, and can be run again; the run's own
    files are as they were, to the byte, and so is its journal's account."""
    phones = numbers(len(CELLS) + 1)
    server = sandboxes(phones[:1])
    rows = [*zip(CELLS, phones[1:], strict=True), ("done", phones[0])]
    source = write_csv(program.folder / "in.csv", ("Notes", "Phone"), rows)
    done = program("fulfill", source, "--base-url", server.url, *FAST)
    assert done.outcomes() == {"succeeded": 1, "not_found": len(CELLS)}
    before = {path: path.read_bytes() for path in done.run.glob("*.csv")}
    mask = os.umask(0)
    try:
        told = program("report", done.run, "--format", ",".join(FORMATS))
    finally:
        os.umask(mask)
    assert told.code == 0, told.err
    assert {path: path.read_bytes() for path in before} == before
    for extension in FORMATS:
        path = done.run / f"failures.{extension}"
        assert cells(path) == [(cell or None, phone) for cell, phone in rows[:-1]], extension
        assert path.name in told.out
    assert {stat.S_IMODE(path.stat().st_mode) for path in done.run.iterdir()} == {0o600}
    assert stat.S_IMODE(done.run.stat().st_mode) == 0o700
    server.create(phones[1])
    for extension, found in (("xlsx", "succeeded"), ("ndjson", "superseded")):
        failures = done.run / f"failures.{extension}"
        again = program("rerun", failures, "--base-url", server.url, *FAST, "--out", "-", "--format", "csv")
        assert (again.code, again.out.count(f",{found},"), again.out.count(",not_found,")) == (3, 1, len(CELLS) - 1)


class Stream:
    """Something that is written to."""

    def __init__(self, terminal: bool) -> None:
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


@pytest.mark.parametrize(
    ("terminal", "env", "wanted", "why"),
    [
        (True, {"TERM": "xterm"}, True, "a terminal"),
        (False, {"TERM": "xterm"}, False, "a pipe or a file"),
        (True, {"TERM": "dumb"}, False, "a terminal without colours"),
        (True, {"TERM": "xterm", "NO_COLOR": "1"}, False, "asked for none"),
        (True, {"TERM": "xterm", "NO_COLOR": "0"}, False, "any value that is not empty asks"),
        (True, {"TERM": "xterm", "NO_COLOR": ""}, True, "an empty one does not"),
    ],
)
def test_colours_are_for_terminals_that_want_them(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, env: dict[str, str], wanted: bool, why: str
) -> None:
    """Colours by no-color.org: on a terminal, unless it has none or NO_COLOR is there and not empty."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert use_colour(Stream(terminal)) is wanted, why  # type: ignore[arg-type]
