"""The rows of one sheet as text, collected cell by cell and written as Parquet.

Owns: the table that every sheet reader fills: `number` (the row as the spreadsheet shows it), `hidden`, then the cells
as String columns `"0"`, `"1"` and so on from column A; empty cells are null, and rows without cells are left out.
Flow: a reader's rows -> frames of at most `BLOCK_ROWS` rows -> one Parquet file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from batch.text.language import tr

#: Rows held as Python objects at a time.
BLOCK_ROWS = 65_536
#: Columns of the widest sheet that any spreadsheet program has: XFD in Excel and LibreOffice.
MAX_COLUMNS = 16_384
#: Rows of the longest sheet, likewise.
MAX_ROWS = 1_048_576
#: Cells that a row may repeat and rows that a sheet may repeat in all: a small file can ask for billions.
MAX_CELLS = 200_000_000


class TooLarge(ValueError):
    """The sheet has more rows, columns or cells than any spreadsheet program shows."""


@dataclass
class CellTable:
    """The rows read so far. `unresolved` counts, by column, the formulas that the file has no result for;
    `hidden_columns` are the (first, last) of each run of columns that the sheet hides; `dates` are the formats of the
    date cells by column, with an empty one for a cell whose text does not give its value back."""

    unresolved: dict[int, list[int]] = field(default_factory=dict)
    dates: dict[int, set[str]] = field(default_factory=dict)
    filtered: bool = False
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    width: int = 0
    _numbers: list[int] = field(default_factory=list)
    _hidden: list[bool] = field(default_factory=list)
    _places: dict[int, list[int]] = field(default_factory=dict)
    _texts: dict[int, list[str]] = field(default_factory=dict)
    _frames: list[pl.DataFrame] = field(default_factory=list)
    _cells: int = 0

    def add_row(self, number: int, cells: Mapping[int, str], *, hidden: bool = False) -> None:  # noqa: C901 - one branch for each bound
        """Add the row `number` (from 1, rising) with the text of its cells by column (from 0)."""
        if not cells:
            return
        if number > MAX_ROWS:
            raise TooLarge(tr("it has more than {max_rows:,} rows", max_rows=MAX_ROWS))
        at = len(self._numbers)
        self._numbers.append(number)
        self._hidden.append(hidden)
        self._cells += len(cells)
        if self._cells > MAX_CELLS:
            raise TooLarge(tr("it has more than {max_cells:,} cells", max_cells=MAX_CELLS))
        for column, text in cells.items():
            if column not in self._places:
                if column >= MAX_COLUMNS:
                    raise TooLarge(tr("it has more than {max_columns:,} columns", max_columns=MAX_COLUMNS))
                self._places[column], self._texts[column] = [], []
            self._places[column].append(at)
            self._texts[column].append(text)
        if at + 1 >= BLOCK_ROWS:
            self._flush()

    def note_unresolved(self, column: int, number: int) -> None:
        """Note that the cell of `column` in row `number` holds a formula without a stored result."""
        self.unresolved.setdefault(column, []).append(number)

    def note_date(self, column: int, code: str, *, is_kept: bool) -> None:
        """Note that `column` has a date in the format `code`, and whether its text gives its value back."""
        self.dates.setdefault(column, set()).add(code if is_kept else "")

    def date_formats(self) -> dict[int, str]:
        """The format of each column whose dates all have that format and can be read back from their texts."""
        return {column: "".join(codes) for column, codes in self.dates.items() if len(codes) == 1 and codes != {""}}

    def write(self, path: Path) -> int:
        """The number of rows, after they were written to `path`."""
        self._flush()
        names = [str(place) for place in range(self.width)]
        schema = {"number": pl.UInt32, "hidden": pl.Boolean, **dict.fromkeys(names, pl.String)}
        table = pl.concat([pl.DataFrame(schema=schema), *self._frames], how="diagonal")
        table.select(list(schema)).write_parquet(path, compression="lz4")
        return table.height

    def _flush(self) -> None:
        if not self._numbers:
            return
        height = len(self._numbers)
        columns = [
            pl.Series("number", self._numbers, pl.UInt32),
            pl.Series("hidden", self._hidden, pl.Boolean),
        ]
        for column in sorted(self._places):
            texts: list[str | None] = [None] * height
            for at, text in zip(self._places[column], self._texts[column], strict=True):
                texts[at] = text or None
            columns.append(pl.Series(str(column), texts, pl.String))
            self.width = max(self.width, column + 1)
        self._frames.append(pl.DataFrame(columns))
        self._numbers, self._hidden, self._places, self._texts = [], [], {}, {}
