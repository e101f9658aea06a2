"""The shape in which every format hands over its rows.

Owns: `Source`, the frame that is a chunk, and what a blank cell is.

A chunk is a frame of consecutive rows: `number` (UInt32: the row's spreadsheet number), `broken` (String: what is wrong
with a row that does not have the columns of the header; null: nothing), then the cells as String columns `"0"`, `"1"`
and so on in column order, null where a cell is empty. A broken row holds its raw line in its first cell and nothing
else, so that no cell of it can be taken for another column's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import polars as pl

#: Rows in a chunk at most: enough of them that a pattern is compiled for many cells, few enough to hold in memory.
CHUNK_ROWS = 250_000
#: Cells in a chunk at most, for wide tables.
CHUNK_CELLS = 1 << 22
#: Characters that Python's `strip` takes away and polars' does not.
_STRIPPED = r"[\s\x1c-\x1f]*"

#: One row of cells, as formats that are read line by line have it.
Row = Sequence[str | None]


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was opened, recognised and found whole: its header, and its rows as often as they are asked for.

    `dtypes` are polars names, one per column. `guarded` tells formats in which our reports guard formulas. `changed`
    says whether the bytes are no longer those that were hashed. `keep` holds what must outlive the source (a temporary
    file). `separator` stands between the cells of a text file.
    """

    path: str
    format: str
    sha256: str
    header: tuple[str, ...]
    dtypes: tuple[str, ...]
    chunks: Callable[[], Iterator[pl.DataFrame]]
    guarded: bool = False
    notices: tuple[str, ...] = ()
    changed: Callable[[], bool] = lambda: False
    keep: object = field(default=None, compare=False, repr=False)
    separator: str = ""


def cell_names(width: int) -> list[str]:
    """The names of a chunk's cell columns."""
    return [str(place) for place in range(width)]


def chunk_rows(width: int) -> int:
    """How many rows of `width` columns make a chunk."""
    return max(1, min(CHUNK_ROWS, CHUNK_CELLS // max(width, 1)))


def schema(width: int) -> dict[str, type[pl.DataType]]:
    """The columns of a chunk."""
    return {"number": pl.UInt32, "broken": pl.String, **dict.fromkeys(cell_names(width), pl.String)}


def build_chunk(numbers: Sequence[int], broken: Sequence[str | None], rows: Sequence[Row], width: int) -> pl.DataFrame:
    """The chunk of rows that were read one by one; each has `width` cells."""
    cells = pl.DataFrame(rows, schema=dict.fromkeys(cell_names(width), pl.String), orient="row")
    return pl.DataFrame({"number": numbers, "broken": broken}, schema=schema(0)).hstack(cells)


def is_blank(cell: pl.Expr) -> pl.Expr:
    """True where a cell holds nothing but spaces."""
    return cell.is_null() | cell.str.contains(f"^{_STRIPPED}$")
