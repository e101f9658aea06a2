"""Parquet: tables that have column types of their own.

Owns: turning typed columns into text as a person would write them (an integer phone has no `.0`), row numbers of
tables that no spreadsheet shows (the header would be 1, so the first row is 2), one table out of many files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from batch.errors import InputRefused
from batch.loader.chunks import chunk_rows


def scan(paths: Sequence[str]) -> list[pl.LazyFrame]:
    """One lazy frame per file, of one and the same header.

    Raises InputRefused when one cannot be read or has other columns than the first; types may differ, since every cell
    becomes text.
    """
    frames: list[pl.LazyFrame] = []
    names: list[str] = []
    for path in paths:
        frame = pl.scan_parquet(path, glob=False)
        try:
            found = frame.collect_schema().names()
        except (pl.exceptions.PolarsError, OSError) as error:
            raise _unreadable(path, error) from error
        if frames and found != names:
            raise InputRefused(
                f"{path} has other columns than {paths[0]}.",
                problems=(f"expected: {', '.join(names[:40])}", f"found: {', '.join(found[:40])}"),
                tip="Give files of one kind, or run them one by one.",
            )
        names = found
        frames.append(frame)
    return frames


def dtypes_of(frames: Sequence[pl.LazyFrame]) -> tuple[str, ...]:
    """The polars type of each column, `String` where the files differ."""
    columns = zip(*[frame.collect_schema().dtypes() for frame in frames], strict=True)
    return tuple(str(kinds[0]) if len(set(kinds)) == 1 else "String" for kinds in columns)


def chunks_of(frames: Sequence[pl.LazyFrame]) -> Iterator[pl.DataFrame]:
    """Yield the rows of all `frames` in chunks, every cell as text.

    A row that is empty throughout is a row all the same: a table has no blank lines, and whoever gave it counts on as
    many outcomes.
    """
    number = 2
    for frame in frames:
        kinds = frame.collect_schema().items()
        cells = [_filled(as_text(name, kind)).alias(str(place)) for place, (name, kind) in enumerate(kinds)]
        rows = chunk_rows(len(cells))
        try:
            for batch in frame.select(cells).collect_batches(chunk_size=rows, maintain_order=True, engine="streaming"):
                for part in batch.iter_slices(rows):
                    yield _numbered(part, number)
                    number += part.height
        except pl.exceptions.PolarsError as error:
            raise _unreadable("The file", error) from error


def _numbered(cells: pl.DataFrame, number: int) -> pl.DataFrame:
    """The rows of `cells` as a chunk, the first of them numbered `number`."""
    return cells.select(
        pl.int_range(number, number + cells.height, dtype=pl.UInt32, eager=True).alias("number"),
        pl.lit(None, pl.String).alias("broken"),
        pl.all(),
    )


def _filled(text: pl.Expr) -> pl.Expr:
    return pl.when(text != "").then(text)


def as_text(name: str, dtype: pl.DataType) -> pl.Expr:
    """The column `name` as text: floats that are whole numbers below 2^53 as those, nested values as JSON."""
    column = pl.col(name)
    if dtype == pl.String:
        return column
    if dtype.is_float():
        whole = column.is_finite() & (column == column.round(0)) & (column.abs() < 2**53)
        return (
            pl.when(whole)
            .then(column.cast(pl.Int64, strict=False).cast(pl.String))
            .otherwise(column.cast(pl.String))
            .alias(name)
        )
    if isinstance(dtype, pl.Struct):
        return column.struct.json_encode().alias(name)
    if dtype.is_nested():
        return pl.struct(column).struct.json_encode().alias(name)
    return column.cast(pl.String, strict=False)


def _unreadable(name: str, error: Exception) -> InputRefused:
    why = str(error).splitlines()[0] if str(error) else type(error).__name__
    return InputRefused(f"{name} cannot be read as Parquet: {why}", tip="Export it again, or give it as CSV or XLSX.")
