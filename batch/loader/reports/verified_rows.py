"""The rows of a verification's report: which contacts were read back as not as asked, and when.

Owns: finding these rows. What a run wrote before such a read is no reason to leave the row unsent: the read saw it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

import polars as pl

from batch.loader.report_layout import detect_report
from batch.loader.sources.open import open_source
from batch.model import Operation
from batch.settings.read_options import ReadOptions

_CODES: Final = ("dnc_not_in_place", "not_as_asked", "not_read_back")


class VerifiedRows(NamedTuple):
    """Row numbers, as the rerun names its rows, and when the first of their contacts was read (epoch seconds)."""

    numbers: Collection[int] = ()
    read_at: float = 0.0


NONE_VERIFIED: Final = VerifiedRows()


def verified_rows(path: str | Path | pl.DataFrame) -> VerifiedRows:
    """The rows of the report at `path` that a verification found not as asked. Raises InputRefused."""
    source = open_source(path, ReadOptions(Operation.FULFILL))
    report = detect_report(source.header)
    read_at: dict[int, float] = {}
    if report is not None:
        for chunk in source.chunks():
            rows = chunk.filter(report.cells("_code").is_in(_CODES))
            for number, time in rows.select("number", report.cells("_finished_at").alias("time")).iter_rows():
                if (seconds := _seconds(time)) is not None:
                    read_at[number] = seconds
    return VerifiedRows(frozenset(read_at), min(read_at.values(), default=0.0))


def _seconds(text: str) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return None
