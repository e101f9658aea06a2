"""A report as one table in memory, for programs.

Owns: nothing but the way: what `parquet.py` would write, read back.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import polars as pl

from batch.journal.run_reader import RunReader
from batch.model import Outcome, RunSummary
from batch.reporter.columns import Columns
from batch.reporter.parquet import write_parquet
from batch.reporter.row_frames import iter_frames
from batch.text.atomic_file import scratch_file


def table(record: RunReader, facts: RunSummary, folder: Path, outcomes: Collection[Outcome] | None) -> pl.DataFrame:
    """The rows of `outcomes` (`None`: all) and the duplicates folded into them, in input order, as Parquet has them.

    `folder` must be private; nothing is left in it. Raises BatchError, OSError.
    """
    with scratch_file(folder) as place:
        path = place / "table"
        with path.open("wb") as sink:
            write_parquet(sink, Columns.of(facts.source), iter_frames(record, facts, outcomes), place)
        return pl.read_parquet(path, memory_map=False)
