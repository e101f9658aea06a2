"""The child that opens one XLSX and dies with it if it must: `sheets.py` runs this file.

Owns: reading one sheet of an untrusted workbook under a memory limit, and saying in one JSON line how it went.
Flow: argv (workbook, output file, sheet or "", megabytes) -> Parquet (every cell as text, one row per spreadsheet row
from row 1) and one JSON line on stdout.

A 5 kB workbook can name a cell in the last row and column; the reader then asks for 17 billion cells and the allocator
aborts. That abort is why this is another process.
"""

from __future__ import annotations

import json
import resource
import sys


def main(arguments: list[str]) -> int:
    """Exit code 0 and a JSON line in every case that the child lives through."""
    workbook, cells, sheet, megabytes = arguments
    limit = int(megabytes) << 20
    import fastexcel
    import polars as pl

    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        reader = fastexcel.read_excel(workbook)
        names = list(reader.sheet_names)
        chosen = sheet or (names[0] if names else "")
        if chosen not in names:
            return _say(problem="sheet", names=names)
        loaded = reader.load_sheet(chosen, header_row=None, skip_rows=0, dtypes="string")
        frame = loaded.to_polars()
        frame.select(pl.all().cast(pl.String)).write_parquet(cells, compression="lz4")
    except MemoryError:
        return _say(problem="memory")
    except Exception as error:
        return _say(problem="unreadable", detail=str(error)[:500])
    return _say(names=names, sheet=chosen, rows=frame.height)


def _say(**found: object) -> int:
    sys.stdout.write(json.dumps(found) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
