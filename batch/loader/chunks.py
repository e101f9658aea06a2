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
from typing import NamedTuple

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
    file). `separator` stands between the cells of a text file. `late_notices` are those that are known once the rows
    were read. `checks` are called with how the source is used: each gives a notice or none, and raises InputRefused
    where it cannot be used so.
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
    late_notices: Callable[[], tuple[str, ...]] = tuple
    checks: tuple[Check, ...] = ()
    #: The names of the sheets in sight, of a workbook; the one that was read is `sheet`.
    sheets: tuple[str, ...] = ()
    sheet: str = ""


class Use(NamedTuple):
    """How a source is used: `read` are the columns that say something about the contact or the call, `written` those
    of them whose text is written to the contact as it is; `starts_outreach` of runs that may have a contact called."""

    read: frozenset[int]
    written: frozenset[int]
    starts_outreach: bool


#: The notice about a way of using a source, if any.
Check = Callable[[Use], str | None]


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


def without_blank_rows(chunk: pl.DataFrame) -> pl.DataFrame:
    """`chunk` without the rows in which no cell holds more than spaces, as spreadsheets leave them below a table."""
    cells = [name for name in chunk.columns if name not in {"number", "broken"}]
    if not cells:
        return chunk
    maybe = chunk.select(is_blank(pl.coalesce(cells)) & pl.col("broken").is_null()).to_series()
    if not maybe.any():
        return chunk
    blank = chunk.select(pl.all_horizontal(is_blank(pl.col(name)) for name in cells)).to_series()
    return chunk.filter(~(maybe & blank))
