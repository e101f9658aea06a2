"""The files of a plan: every row, what is done with it and why, in the format that a name ends with.

Owns: the frames of a plan, and which formats one is written in. The last row describes the plan: without it no file is
applied.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import Final

import polars as pl

from batch.errors import BatchError
from batch.loader.plans.columns import NUMBERS, Cell, facts_cells, plan_columns, row_cells
from batch.loader.plans.sealed import PlanFacts, PlanRow
from batch.reporter.columns import Columns
from batch.reporter.table_file import format_of, require_new_file, write_table
from batch.text.atomic_file import atomic_file
from batch.text.language import tr

#: The formats that a plan can be written in; `html` is only to look at.
PLAN_FORMATS: Final = ("csv", "tsv", "xlsx", "parquet", "arrow", "ndjson", "html")
_ROWS_PER_FRAME: Final = 4096
#: UTF-16 units that an XLSX cell holds; a sealed text is ASCII.
_LONGEST_CELL: Final = 32_767

#: A row and its sealed text.
SealedRows = Iterable[tuple[PlanRow, str]]


def require_plan_file(path: Path) -> None:
    """Raise SettingsError where no plan can be written to `path`."""
    require_new_file(path, PLAN_FORMATS)


def write_plan(path: Path, facts: PlanFacts, facts_text: str, rows: SealedRows) -> None:
    """Write the plan of `facts`, whose sealed text is `facts_text`, to `path`; whole or not at all, 0600.

    Raises BatchError for a row that no XLSX cell can hold, OSError.
    """
    extension, columns = format_of(path), _columns(facts)
    if extension == "html":
        from batch.reporter.plan_page import write_plan_page

        with atomic_file(path) as sink:
            write_plan_page(sink, facts, (row for row, _ in rows))
        return
    if extension in ("parquet", "arrow"):  # the text of each cell, as it is sealed
        columns = replace(columns, dtypes=("String",) * len(columns.own))
    frames = plan_frames(facts, facts_text, _that_fit(rows) if extension == "xlsx" else rows)
    write_table(path, columns, frames, separator=facts.source.separator, sheet_name="plan")


def plan_table(facts: PlanFacts, facts_text: str, rows: SealedRows) -> pl.DataFrame:
    """The plan as one frame: each of the user's columns as text, then those of the plan; the last row describes it."""
    table = pl.concat(plan_frames(facts, facts_text, rows))
    table.columns = list(_columns(facts).unique_header)
    return table


def plan_frames(facts: PlanFacts, facts_text: str, rows: SealedRows) -> Iterator[pl.DataFrame]:
    """Yield the rows as frames: the user's columns by their places (`"0"`, `"1"`, …), then those of the plan."""
    columns = _columns(facts)
    schema = {name: pl.Int64 if name in NUMBERS else pl.String for name in (*columns.places, *columns.ours)}
    lines = ((*row.cells, *_line(columns, row_cells(row, facts), text)) for row, text in rows)
    last = (*(None,) * len(columns.own), *_line(columns, facts_cells(facts), facts_text))
    every = chain(lines, [last])
    while part := list(islice(every, _ROWS_PER_FRAME)):
        yield pl.DataFrame(part, schema=schema, orient="row")


def _columns(facts: PlanFacts) -> Columns:
    columns = Columns.of(facts.source)
    return Columns(columns.own, columns.dtypes, plan_columns(facts.operation))


def _line(columns: Columns, cells: dict[str, Cell], text: str) -> Iterator[Cell]:
    return (text if name == "_seal" else cells.get(name) for name in columns.ours)


def _that_fit(rows: SealedRows) -> SealedRows:
    for row, text in rows:
        if len(text) > _LONGEST_CELL:
            raise BatchError(
                tr(
                    "Row {row} is too long for an XLSX file: Excel holds {characters:,} characters in a cell.",
                    row=row.number,
                    characters=_LONGEST_CELL,
                ),
                tip=tr("Write the plan as .csv, .parquet or .ndjson."),
            )
        yield row, text
