"""The child that opens one workbook and dies with it if it must: `sheets.py` runs this module.

Owns: reading one sheet of an untrusted file under a memory limit, and saying in one JSON line how it went.
Flow: argv (kind, file, output file, sheet or "", megabytes) -> Parquet (`cell_table.py`) and one JSON line on stdout.

A small file can ask for billions of cells, and memory that is not there aborts the process: that is why this is another
one. It trusts its arguments, never the file.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from batch.loader.sources.workbooks import html_cells, ods_cells, spreadsheetml_cells, xls_cells, xlsb_cells, xlsx_cells
from batch.loader.sources.workbooks.cell_table import CellTable
from batch.loader.sources.workbooks.sheet_list import SheetEntry, visible
from batch.text.language import environment_language, use_language

#: Row numbers that are named of the formulas without a result, a column.
_NAMED = 10
#: Runs of hidden columns that a notice names.
_RUNS = 1_000
#: What a reader gives: the sheets, the place of the open one, and a function that reads one sheet into a table.
Opened = tuple[Sequence[SheetEntry], int, Callable[[SheetEntry, CellTable], None]]


def main(arguments: list[str]) -> int:
    """Exit code 0 and a JSON line in every case that the child lives through."""
    kind, path, cells, sheet, megabytes = arguments
    use_language(environment_language(os.environ))
    limit = int(megabytes) << 20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        return _read(kind, path, cells, sheet)
    except MemoryError:
        return _print_result(problem="memory")
    except Exception as error:
        return _print_result(problem="unreadable", detail=(str(error) or type(error).__name__)[:500])


def _read(kind: str, path: str, cells: str, sheet: str) -> int:
    sheets, active, read_sheet = _open(kind, path)
    names = [[entry.name, entry.state] for entry in sheets]
    wanted = [entry for entry in sheets if entry.name == sheet] if sheet else visible(sheets)
    chosen = wanted[0] if wanted else None
    if chosen is None:
        return _print_result(problem="sheet" if sheet else "no_sheet", sheets=names)
    table = CellTable()
    read_sheet(chosen, table)
    rows = table.write(Path(cells))
    return _print_result(
        sheets=names,
        sheet=chosen.name,
        active=sheets[active].name if active < len(sheets) else "",
        rows=rows,
        filtered=table.filtered,
        dates={str(column): code for column, code in table.date_formats().items()},
        hidden_columns=table.hidden_columns[:_RUNS],
        unresolved={str(column): [len(rows), *rows[:_NAMED]] for column, rows in table.unresolved.items()},
    )


def _open(kind: str, path: str) -> Opened:
    match kind:
        case "xlsx":
            book = xlsx_cells.open_workbook(path)
            return book.sheets, book.active, lambda sheet, table: xlsx_cells.read_sheet(book, sheet, table)
        case "xls":
            return xls_cells.open_workbook(path)
        case "xlsb":
            return xlsb_cells.open_workbook(path)
        case "ods" | "fods":
            return ods_cells.open_document(path, flat=kind == "fods")
        case "spreadsheetml":
            return spreadsheetml_cells.open_workbook(path)
        case _:
            return html_cells.open_page(path)


def _print_result(**found: object) -> int:
    sys.stdout.write(json.dumps(found) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
