"""The file of `check --out`: each repaired or refused number, before and after.

Owns: its formats.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from batch.reporter.columns import Columns
from batch.reporter.table_file import require_new_file, write_table
from batch.settings.values import FORMATS


def require_repairs_file(path: Path) -> None:
    """Raise SettingsError where the repairs cannot be written to `path`."""
    require_new_file(path, FORMATS)


def write_repairs(path: Path, columns: Sequence[str], frames: Iterator[pl.DataFrame]) -> int:
    """Write `frames`, with these `columns`, to `path`; how many rows they have. Raises OSError."""
    rows = 0

    def counted() -> Iterator[pl.DataFrame]:
        nonlocal rows
        for frame in frames:
            rows += frame.height
            yield frame

    write_table(path, Columns((), (), tuple(columns)), counted(), sheet_name="repairs")
    return rows
