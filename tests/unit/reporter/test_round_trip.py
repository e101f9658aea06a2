"""Out through the reporter, in through the loader: the user's cells are what they were."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from harness.examples import examples
from hypothesis import example, given, settings
from hypothesis import strategies as st
from unit.reporter.report_row import ReportRow

from batch.journal.run_reader import RunReader
from batch.loader import ReadOptions, load
from batch.model import Operation, Outcome
from batch.reporter import publish

#: Everything that a text file can hold: a lone surrogate it cannot, and a file of control characters is none.
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\t\r\n"), max_size=12)
#: What guards and dialects are about.
TRICKY = st.text(alphabet="'=+-@\t\r\n\",;| ＝＋1e.0", max_size=6)
CELLS = st.none() | TEXTS | TRICKY
HEADER = ("Name", "Notes", "Phone")


def returned(record: RunReader, extension: str) -> list[tuple[str | None, ...]]:
    """The user's own cells of a report, verified at a rerun."""
    with tempfile.TemporaryDirectory() as folder:
        path = publish(Path(folder), record, [extension])["failures"]
        loaded = load(path, ReadOptions(Operation.FULFILL, region="US", rerun=True))
        assert loaded.facts.header == HEADER
        return [row.cells for batch in loaded.batches() for row in batch]


@pytest.mark.parametrize(
    ("extension", "separator"),
    [
        ("csv", ","),
        ("csv", ";"),
        ("csv", "|"),
        ("tsv", "\t"),
        ("ndjson", ""),
        ("parquet", ""),
        ("arrow", ""),
        ("xlsx", ""),
    ],
)
def test_the_loader_undoes_what_the_reporter_does(
    extension: str, separator: str, row: Callable[..., ReportRow], record: Callable[..., RunReader]
) -> None:
    """Any cells, formulas and apostrophes of the user's own among them, come back to the character; blank is blank."""

    @settings(max_examples=examples(10))
    @given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=60))
    @example([("=1+1", "'=1+1"), ("''@x", "+1 (212) 555-0100"), ("+12125550100", "-1.5"), ("'", "'-")])
    @example([('a"b', "c\r\nd"), ("e\rf", "g\nh"), (" i ", "j;k,l|m\tn")])
    def holds(pairs: list[tuple[str | None, str | None]]) -> None:
        rows = [
            row(2 + at, (*pair, "+12125550100"), Outcome.FAILED, "server_error", status=500)
            for at, pair in enumerate(pairs)
        ]
        run = record(rows, HEADER, format=extension)
        source = replace(run.facts().source, separator=separator)
        found = returned(record(rows, HEADER, source=source), extension)
        assert found == [(first or None, second or None, "+12125550100") for first, second in pairs]

    holds()
