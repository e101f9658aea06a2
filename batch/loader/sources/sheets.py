"""XLSX workbooks, read at arm's length.

Owns: what is checked before a workbook is opened, the child that opens it, real spreadsheet row numbers.
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
from batch.loader.chunks import chunk_rows
from batch.loader.reports.layout import detect_report
from batch.text.temporary_folder import TemporaryFolder

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
    """The rows under one header: the header, its row number, the name of its sheet, those of sheets that were not read,
    and where the cells are: the first sheet's, then those of the sheets into which a report of ours overflowed."""

    header: tuple[str, ...]
    header_row: int
    name: str
    others: tuple[str, ...]
    cells: tuple[Path, ...]
    folder: TemporaryFolder


def read_sheet(path: Path, sheet: str | None) -> Sheet:
    """The sheet called `sheet` (`None`: the first one).

    A report of ours that needed several sheets (`rows`, `rows 2`, …) is read whole when `sheet` is `None`. Raises
    InputRefused for a workbook that is damaged, hostile, protected or empty; SettingsError for a sheet that is not
    there. The cells live in a private folder that goes when the returned value does.
    """
    _inspect(path)
    folder = TemporaryFolder()
    cells = [folder.path / "1.parquet"]
    found = _ask_child(path, cells[0], sheet)
    header, header_row = _header(cells[0])
    names = [str(name) for name in found["names"]]  # type: ignore[attr-defined]
    name = str(found["sheet"])
    read = [name]
    if sheet is None and detect_report(header) is not None:
        while (further := f"{name} {len(read) + 1}") in names:
            cells.append(folder.path / f"{len(read) + 1}.parquet")
            _ask_child(path, cells[-1], further)
            if _header(cells[-1]) != (header, header_row):
                raise _refused(path, f"the sheet {further!r} goes on with other columns than {name!r}")
            read.append(further)
    others = tuple(other for other in names if other not in read)
    return Sheet(header, header_row, name, others, tuple(cells), folder)


def chunks_of(sheet: Sheet) -> Iterator[pl.DataFrame]:
    """Yield the rows below the header in chunks, numbered as the spreadsheet shows them; blank rows are left out.

    The rows of a further sheet are numbered on from the last of the one before, as if they stood below it.
    """
    number = sheet.header_row + 1
    for cells in sheet.cells:
        table = pl.scan_parquet(cells).slice(sheet.header_row)
        names = table.collect_schema().names()
        rows = chunk_rows(len(names))
        for batch in table.collect_batches(chunk_size=rows, maintain_order=True, engine="streaming"):
            for part in batch.iter_slices(rows):
                chunk = _chunk(part, number, len(sheet.header))
                number += part.height
                if chunk.height:
                    yield chunk


def _chunk(cells: pl.DataFrame, number: int, width: int) -> pl.DataFrame:
    """The rows of `cells` that hold anything; cells beyond the header's `width` break a row."""
    filled = cells.select(pl.when(pl.all() != "").then(pl.all()))
    beyond = pl.any_horizontal(pl.lit(False), *(pl.col(name).is_not_null() for name in filled.columns[width:]))
    missing = width - filled.width
    return (
        filled.select(
            pl.int_range(number, number + filled.height, dtype=pl.UInt32, eager=True).alias("number"),
            pl.when(beyond).then(pl.lit(f"the row has cells beyond the header's {width} columns")).alias("broken"),
            *(pl.col(name).alias(str(place)) for place, name in enumerate(filled.columns[:width])),
            *(pl.lit(None, pl.String).alias(str(width - left)) for left in range(missing, 0, -1)),
            pl.any_horizontal(pl.all().is_not_null()).alias("filled"),
        )
        .filter("filled")
        .drop("filled")
    )


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


def _ask_child(path: Path, cells: Path, sheet: str | None) -> dict[str, object]:
    command = [sys.executable, "-P", str(_CHILD), str(path), str(cells), sheet or "", str(CHILD_MEGABYTES)]
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
