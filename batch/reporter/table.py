"""A report as one table in memory, for programs.

Owns: nothing but the way: what `parquet.py` would write, read back.
Does not own: the columns' types and names (`parquet.py`).
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import polars as pl

from batch.facts import RunFacts, RunRecord
from batch.model import Outcome
from batch.reporter.columns import Columns
from batch.reporter.frames import frames_of
from batch.reporter.parquet import write_parquet
from batch.reporter.whole import scratch


def table(record: RunRecord, facts: RunFacts, folder: Path, outcomes: Collection[Outcome] | None) -> pl.DataFrame:
    """The rows of `outcomes` (`None`: all) and the duplicates folded into them, in input order, as Parquet has them.

    `folder` must be private; nothing is left in it. Raises BatchError, OSError.
    """
    with scratch(folder) as place:
        path = place / "table"
        with path.open("wb") as sink:
            write_parquet(sink, Columns.of(facts.source), frames_of(record, facts, outcomes), place)
        return pl.read_parquet(path, memory_map=False)
