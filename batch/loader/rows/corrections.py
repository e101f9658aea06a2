"""The cells of a source as its corrections have them.

Owns: applying `settings.corrections` to a chunk. A correction of one row goes before one of all rows. A correction of
a column that the source does not have, or of a cell that it does not hold, changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import polars as pl

from batch.settings.corrections import Correction, row_digest


def correct(
    chunk: pl.DataFrame, header: Sequence[str], own: Sequence[int], corrections: Sequence[Correction]
) -> pl.DataFrame:
    """`chunk` with the corrected cells; `own` are the positions of the columns by whose cells a row is named."""
    places = {header[at]: at for at in reversed(own)}
    everywhere: dict[int, dict[str, str | None]] = defaultdict(dict)
    rows: dict[int, dict[tuple[str, str], str | None]] = defaultdict(dict)
    for each in corrections:
        if (at := places.get(each.column)) is None:
            continue
        if each.row:
            rows[at][(each.cell, each.row)] = each.corrected or None
        else:
            everywhere[at][each.cell] = each.corrected or None
    by_row = _by_row(chunk, own, rows)
    for at, cells in everywhere.items():
        column = pl.col(str(at))
        chunk = chunk.with_columns(column.replace(list(cells), list(cells.values())))
    return _set_cells(chunk, by_row)


def _by_row(
    chunk: pl.DataFrame, own: Sequence[int], rows: dict[int, dict[tuple[str, str], str | None]]
) -> dict[int, dict[int, str | None]]:
    """Column -> place in `chunk` -> cell, of the corrections of single rows."""
    found: dict[int, dict[int, str | None]] = {}
    digests: dict[int, str] = {}
    names = [str(at) for at in own]
    for at, cells in rows.items():
        wanted = {cell for cell, _ in cells}
        maybe = chunk[str(at)].fill_null("").is_in(list(wanted)).arg_true()
        for place in maybe:
            if place not in digests:
                digests[place] = row_digest(chunk.select(names).row(place))
            key = (chunk[str(at)][place] or "", digests[place])
            if key in cells:
                found.setdefault(at, {})[place] = cells[key]
    return found


def _set_cells(chunk: pl.DataFrame, cells: dict[int, dict[int, str | None]]) -> pl.DataFrame:
    for at, column in cells.items():
        places, values = list(column), pl.Series(list(column.values()), dtype=pl.String)
        chunk = chunk.with_columns(chunk[str(at)].scatter(places, values))
    return chunk
