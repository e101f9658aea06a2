"""NDJSON reports: one JSON object a line, for pipelines.

Owns: which JSON a cell becomes. A column that was of numbers or booleans in the source is so again, cell by cell, where
the text and the value are exactly each other; everything else is text, and an empty cell is `null`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import BinaryIO

import msgspec
import polars as pl

from batch.reporter.columns import Columns

Json = str | int | float | bool | None

#: The integers that every JSON reader keeps (RFC 7493, I-JSON); a longer one stays text.
_SAFE_INTEGER = 2**53 - 1
#: Rows that are objects at one time.
_AT_ONCE = 4096


def write_ndjson(sink: BinaryIO, columns: Columns, frames: Iterable[pl.DataFrame]) -> None:
    """Write `frames` to `sink` as NDJSON in UTF-8 without a byte order mark. Raises OSError."""
    encoder = msgspec.json.Encoder()
    names = columns.unique_header
    readers = [
        (name, read) for name, dtype in zip(names, columns.dtypes, strict=False) if (read := _reader(dtype)) is not None
    ]
    for frame in frames:
        frame.columns = list(names)
        for part in frame.iter_slices(_AT_ONCE):
            objects = part.rows(named=True)
            for name, read in readers:
                for cells in objects:
                    if cells[name] is not None:
                        cells[name] = read(cells[name])
            sink.write(encoder.encode_lines(objects))


def _reader(dtype: str) -> Callable[[str], Json] | None:
    """What makes JSON of a cell's text; `None` where text stays text."""
    if dtype.startswith(("Int", "UInt")):
        return _integer
    if dtype.startswith("Float"):
        return _real
    return _truth if dtype == "Boolean" else None


def _integer(cell: str) -> Json:
    try:
        value = int(cell)
    except ValueError:
        return cell
    return value if str(value) == cell and abs(value) <= _SAFE_INTEGER else cell


def _real(cell: str) -> Json:
    try:
        value = float(cell)
    except ValueError:
        return cell
    return value if math.isfinite(value) and repr(value) == cell else cell


def _truth(cell: str) -> Json:
    if cell == "true":
        return True
    return False if cell == "false" else cell
