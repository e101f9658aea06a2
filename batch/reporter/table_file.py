"""A table as a file, in the format that its name ends with.

Owns: which writer a format has; that a file is whole or not there, and readable only by its owner.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import polars as pl

from batch.errors import SettingsError
from batch.reporter.columns import Columns
from batch.reporter.delimited import separator_for, write_delimited
from batch.text.atomic_file import atomic_file, scratch_file
from batch.text.language import tr


def write_table(
    path: Path, columns: Columns, frames: Iterable[pl.DataFrame], *, separator: str = ",", sheet_name: str = "rows"
) -> None:
    """Write `frames`, with these `columns`, to `path`. `separator`: the source's. Raises BatchError, OSError."""
    extension = format_of(path)
    with atomic_file(path) as sink, scratch_file(path.absolute().parent) as scratch:
        # The library behind a format is imported when it is written: a run that reports CSV waits for no other.
        match extension:
            case "ndjson":
                from batch.reporter.ndjson import write_ndjson

                write_ndjson(sink, columns, frames)
            case "xlsx":
                from batch.reporter.workbook import write_xlsx

                write_xlsx(sink, columns, frames, scratch, sheet_name=sheet_name)
            case "parquet" | "arrow":
                from batch.reporter.parquet import write_parquet

                write_parquet(sink, columns, frames, scratch, arrow=extension == "arrow")
            case _:
                write_delimited(sink, columns, frames, separator=separator_for(extension, separator))


def format_of(path: Path) -> str:
    """The format that the name of `path` ends with."""
    return path.suffix.removeprefix(".").lower()


def require_new_file(path: Path, formats: Sequence[str]) -> None:
    """Raise SettingsError where `--out` is no new file in a folder, or has none of the `formats`."""
    if format_of(path) not in formats:
        listed = ", ".join(f".{each}" for each in formats)
        raise SettingsError(tr("--out {path}: the name must end with one of {formats}.", path=path, formats=listed))
    if path.exists():
        raise SettingsError(
            tr("--out {path}: the file exists, and it is not replaced.", path=path), tip=tr("Give another name.")
        )
    if not path.absolute().parent.is_dir():
        folder = path.absolute().parent
        raise SettingsError(tr("--out {path}: the folder {folder} does not exist.", path=path, folder=folder))
