"""The shape in which every format hands over its rows.

Owns: `Chunk`, `Source`, and how a cell's value becomes text.
Does not own: any format (`text.py`, `sheets.py`, `columnar.py`), what the cells mean (`columns.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

#: Rows in a chunk: a list that is pleasant to hold in memory and long enough to pay for a column-wise step.
CHUNK_ROWS = 20_000

#: One row of a source: its cells in column order, as text; `None` is an empty cell.
Row = tuple[str | None, ...]


class Chunk(NamedTuple):
    """Consecutive rows of a source.

    `numbers` are the rows' spreadsheet numbers. `broken` says, by position in the chunk, what is wrong with a row that
    does not have the columns of the header; such a row holds its raw line in its first cell and nothing else, so that
    no cell of it can be taken for another column's.
    """

    numbers: list[int]
    rows: list[Row]
    broken: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was opened, recognised and found whole: its header, and its rows as often as they are asked for.

    `dtypes` are polars names, one per column. `guarded` tells formats in which our reports guard formulas. `changed`
    says whether the bytes are no longer those that were hashed. `keep` holds what must outlive the source (a temporary
    file).
    """

    path: str
    format: str
    sha256: str
    header: tuple[str, ...]
    dtypes: tuple[str, ...]
    chunks: Callable[[], Iterator[Chunk]]
    guarded: bool = False
    notices: tuple[str, ...] = ()
    changed: Callable[[], bool] = lambda: False
    keep: object = field(default=None, compare=False, repr=False)
