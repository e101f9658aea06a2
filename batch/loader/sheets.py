"""XLSX workbooks, read at arm's length.

Owns: what is checked before a workbook is opened, the child that opens it, real spreadsheet row numbers.
Does not own: the child's inside (`sheet_child.py`), what a column means (`columns.py`).
Flow: zip directory (sizes, ratios) -> child process with memory and time limits -> a private Parquet file -> chunks.
"""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import polars as pl

from batch.errors import InputRefused, SettingsError
from batch.loader.chunks import CHUNK_ROWS, Chunk
from batch.loader.private import PrivateFolder

#: Address space of the child: Excel's own largest sheet of short cells fits, a bomb does not.
CHILD_MEGABYTES = 4096
#: Seconds for one workbook. A million rows take about ten.
CHILD_SECONDS = 300
#: All parts of a workbook unpacked. Excel's largest sheets stay below it.
UNPACKED_LIMIT = 4 << 30
#: How much smaller than its content a part may be. Deflate ends at 1032; XML of real exports reaches about 40.
RATIO_LIMIT = 300
#: The child is run as a file: it needs nothing of ours, and works from any folder.
_CHILD = Path(__file__).with_name("sheet_child.py")


class Sheet(NamedTuple):
    """One sheet as it was read: header, the header's row number, the other sheets' names, and where the cells are."""

    header: tuple[str, ...]
    header_row: int
    name: str
    others: tuple[str, ...]
    cells: Path
    folder: PrivateFolder


def read_sheet(path: Path, sheet: str | None) -> Sheet:
    """The sheet called `sheet` (`None`: the first one).

    Raises InputRefused for a workbook that is damaged, hostile, protected or empty; SettingsError for a sheet that is
    not there. The cells live in a private folder that goes when the returned value does.
    """
    _inspect(path)
    folder = PrivateFolder()
    found = _ask_child(path, folder.path, sheet)
    cells = folder.path / "cells.parquet"
    header, header_row = _header(cells)
    names = [str(name) for name in found["names"]]  # type: ignore[attr-defined]
    name = str(found["sheet"])
    return Sheet(header, header_row, name, tuple(other for other in names if other != name), cells, folder)


def chunks_of(sheet: Sheet) -> Iterator[Chunk]:
    """Yield the rows below the header in chunks, numbered as the spreadsheet shows them; blank rows are left out."""
    width = len(sheet.header)
    number = sheet.header_row + 1
    frame = pl.scan_parquet(sheet.cells).slice(sheet.header_row)
    for batch in frame.collect_batches(chunk_size=CHUNK_ROWS, maintain_order=True, engine="streaming"):
        for start in range(0, batch.height, CHUNK_ROWS):
            part = batch.slice(start, CHUNK_ROWS)
            numbers: list[int] = []
            rows: list[tuple[str | None, ...]] = []
            broken: dict[int, str] = {}
            for at, cells in enumerate(part.rows(), number):
                row = tuple([cell or None for cell in cells])
                if not any(row):
                    continue
                if any(row[width:]):
                    broken[len(rows)] = f"the row has cells beyond the header's {width} columns"
                numbers.append(at)
                rows.append(row[:width])
            number += part.height
            if rows:
                yield Chunk(numbers, rows, broken)


def _header(cells: Path) -> tuple[tuple[str, ...], int]:
    """The first row that is not empty, cut after its last cell, and its number."""
    number = 1
    for batch in pl.scan_parquet(cells).collect_batches(chunk_size=1000, maintain_order=True, engine="streaming"):
        for row in batch.iter_rows():
            if any(row):
                filled = [at for at, cell in enumerate(row) if cell]
                return tuple(cell or "" for cell in row[: filled[-1] + 1]), number
            number += 1
    return (), 1


def _inspect(path: Path) -> None:
    """Raise InputRefused unless the zip directory is that of a workbook of bearable size."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise _refused(path, f"it is no whole zip archive ({error})") from error
    if not any(part.filename.startswith("xl/") for part in parts):
        raise _refused(path, "it is a zip archive but not a workbook")
    if any(part.flag_bits & 1 for part in parts):
        raise _refused(path, "it is protected with a password", "Save it without a password and give that file.")
    unpacked = sum(part.file_size for part in parts)
    if unpacked > UNPACKED_LIMIT:
        raise _refused(path, f"it unpacks to {unpacked >> 20:,} MB; the limit is {UNPACKED_LIMIT >> 20:,} MB")
    for part in parts:
        if part.file_size > (1 << 20) and part.file_size > RATIO_LIMIT * max(part.compress_size, 1):
            raise _refused(path, f"its part {part.filename!r} unpacks to more than {RATIO_LIMIT} times its size")


def _ask_child(path: Path, folder: Path, sheet: str | None) -> dict[str, object]:
    command = [sys.executable, "-P", str(_CHILD), str(path), str(folder), sheet or "", str(CHILD_MEGABYTES)]
    try:
        child = subprocess.run(command, capture_output=True, timeout=CHILD_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise _refused(path, f"reading it takes more than {CHILD_SECONDS} seconds") from None
    try:
        found: dict[str, object] = json.loads(child.stdout)
    except ValueError:
        found = {"problem": "memory"}
    match found.get("problem"):
        case None:
            return found
        case "sheet":
            raise SettingsError(
                f"{path} has no sheet called {sheet!r}.",
                problems=tuple(f"found: {name}" for name in found["names"]),  # type: ignore[attr-defined]
                tip="Give --sheet one of these names.",
            )
        case "memory":
            raise _refused(path, f"reading it needs more than {CHILD_MEGABYTES:,} MB of memory")
        case _:
            raise _refused(path, str(found.get("detail", "it is damaged")))


def _refused(path: Path, why: str, tip: str = "Open it in the spreadsheet program and save it as CSV.") -> InputRefused:
    return InputRefused(f"{path} cannot be read as XLSX: {why}.", tip=tip)
