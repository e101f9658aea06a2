"""The file of `check --out`: each repaired or refused number, before and after.

Owns: its name and formats, and that it replaces no file of the user's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from batch.errors import SettingsError
from batch.reporter.columns import Columns
from batch.reporter.delimited import separator_for, write_delimited
from batch.reporter.publish import known_formats
from batch.text.atomic_file import atomic_file, scratch_file
from batch.text.language import tr


def require_new_file(path: Path) -> None:
    """Raise SettingsError where `path` is there already, has no folder, or ends with no format that can be written."""
    known_formats([path.suffix.removeprefix(".")])
    if path.exists():
        raise SettingsError(
            tr("--out {path}: the file exists, and it is not replaced.", path=path), tip=tr("Give another name.")
        )
    if not path.absolute().parent.is_dir():
        raise SettingsError(
            tr("--out {path}: the folder {parent} does not exist.", path=path, parent=path.absolute().parent)
        )


def write_repairs(path: Path, columns: Sequence[str], frames: Iterator[pl.DataFrame]) -> int:
    """Write `frames`, with these `columns`, to `path` in the format that its name ends with; how many rows they have.

    The file is complete or not there, and readable only by its owner. Raises OSError.
    """
    names = Columns((), (), tuple(columns))
    rows = 0

    def counted() -> Iterator[pl.DataFrame]:
        nonlocal rows
        for frame in frames:
            rows += frame.height
            yield frame

    extension = path.suffix.removeprefix(".").lower()
    with atomic_file(path) as sink, scratch_file(path.absolute().parent) as scratch:
        match extension:
            case "ndjson":
                from batch.reporter.ndjson import write_ndjson

                write_ndjson(sink, names, counted())
            case "xlsx":
                from batch.reporter.workbook import write_xlsx

                write_xlsx(sink, names, counted(), scratch, sheet_name="repairs")
            case "parquet":
                pl.concat(counted()).write_parquet(sink)
            case _:
                write_delimited(sink, names, counted(), separator=separator_for(extension, ","))
    return rows
