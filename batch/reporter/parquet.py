"""Parquet and Arrow reports, in bounded memory.

Owns: the types of the columns. The user's own are what they were in the source where every cell of the report reads
back as exactly the same text, else `String`; so a cell that was corrected to `abc` costs no cell its text.
Flow: frames -> parts of text in a scratch folder, while noting which types are exact -> one lazy scan, cast and sink.
Two steps, because a type is known to be exact only after the last row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import polars as pl

from batch.reporter.columns import Columns
from batch.reporter.row_frames import OURS

#: Rows of a part and of a row group: with 40 columns of text some 50 MB.
ROWS_PER_GROUP = 65_536

_NUMBERS: dict[str, type[pl.DataType]] = {
    dtype.__name__: dtype
    for dtype in (
        *(pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64),
        *(pl.Float32, pl.Float64),
    )
}
#: As polars names it; a time zone is not restored, since the text of one does not name it exactly.
_DATETIME = re.compile(r"Datetime\(time_unit='(?P<unit>ms|us|ns)', time_zone=None\)")


def write_parquet(
    sink: BinaryIO,
    columns: Columns,
    frames: Iterable[pl.DataFrame],
    scratch: Path,
    *,
    rows_per_group: int = ROWS_PER_GROUP,
    arrow: bool = False,
) -> None:
    """Write `frames` to `sink` as Parquet with zstd, `rows_per_group` rows a group, or as Arrow IPC with zstd.

    Memory holds about two groups. The parts take up to the size of the text, compressed, in `scratch`, which must be
    private; they are left for its owner to remove. Raises OSError.
    """
    typed = {
        place: typed_as
        for place, dtype in zip(columns.places, columns.dtypes, strict=True)
        if (typed_as := _cast(place, dtype)) is not None
    }
    exact = dict.fromkeys(typed, True)

    parts = []
    for number, part in enumerate(_parts(frames, rows_per_group)):
        doubtful = {name: typed[name] for name, holds in exact.items() if holds}
        if doubtful:
            exact |= _is_exact(part, doubtful)
        parts.append(scratch / f"{number:06}.parquet")
        part.write_parquet(parts[-1], compression="lz4")

    ours: dict[str, type[pl.DataType]] = {name: OURS.get(name, pl.String) for name in columns.ours}
    schema: dict[str, type[pl.DataType]] = {**dict.fromkeys(columns.places, pl.String), **ours}
    table = pl.scan_parquet(parts) if parts else pl.DataFrame(schema=schema).lazy()
    restored = table.with_columns(typed[name].alias(name) for name, holds in exact.items() if holds)
    named = restored.select(pl.col(old).alias(new) for old, new in zip(schema, columns.unique_header, strict=True))
    if arrow:
        named.sink_ipc(sink, compression="zstd", maintain_order=True)
        return
    named.sink_parquet(sink, compression="zstd", row_group_size=rows_per_group, maintain_order=True)


def _parts(frames: Iterable[pl.DataFrame], height: int) -> Iterator[pl.DataFrame]:
    """Yield the rows as frames of at least `height` rows, but for the last."""
    waiting: list[pl.DataFrame] = []
    for frame in frames:
        waiting.append(frame)
        if sum(each.height for each in waiting) >= height:
            yield pl.concat(waiting)
            waiting = []
    if waiting:
        yield pl.concat(waiting)


def _cast(name: str, dtype: str) -> pl.Expr | None:
    """The text column `name` as `dtype`, null where it cannot be; `None` for text and for types not restored."""
    text = pl.col(name)
    if dtype in _NUMBERS:
        return text.cast(_NUMBERS[dtype], strict=False)
    if dtype == "Boolean":
        return pl.when(text == "true").then(True).when(text == "false").then(False)
    if dtype == "Date":
        return text.str.to_date("%Y-%m-%d", strict=False)
    if found := _DATETIME.fullmatch(dtype):
        unit = found["unit"]
        return text.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit=unit, strict=False)  # type: ignore[arg-type]
    return None


def _is_exact(part: pl.DataFrame, typed: dict[str, pl.Expr]) -> dict[str, bool]:
    """For each of `typed`, True when all of its cells in `part` read back as the text they were."""
    return part.select(
        _reads_back(typed_as.cast(pl.String), pl.col(name)).all().alias(name) for name, typed_as in typed.items()
    ).row(0, named=True)


def _reads_back(text: pl.Expr, cell: pl.Expr) -> pl.Expr:
    """True where the typed cell, as `text`, is read as `cell`: of a whole float the loader keeps no `.0`."""
    return text.eq_missing(cell) | text.str.strip_suffix(".0").eq_missing(cell)
