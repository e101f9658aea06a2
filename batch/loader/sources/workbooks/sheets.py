"""Workbooks and other files of sheets, read at arm's length.

Owns: what is checked before a workbook is opened, which sheet is read, real row numbers.
Flow: kind of file -> zip directory (sizes, ratios) -> child process with memory and time limits -> a private Parquet
file -> header -> chunks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from batch.errors import InputRefused
from batch.loader.chunks import chunk_rows, without_blank_rows
from batch.loader.columns import names as headers
from batch.loader.columns.candidates import candidates
from batch.loader.columns.several_phones import is_all_dnc
from batch.loader.report_layout import detect_report
from batch.loader.sources.header_row import SEARCHED_ROWS, HeaderChoice, NumberedRow, choose_header, is_recognised
from batch.loader.sources.workbooks.child_call import Cells, call_child
from batch.loader.sources.workbooks.date_text import date_cells
from batch.loader.sources.workbooks.sheet_list import SheetEntry, visible
from batch.loader.sources.workbooks.workbook_check import require_bearable, unreadable_sheet, zip_parts
from batch.model import Operation
from batch.settings.read_options import ReadOptions
from batch.text.language import tr
from batch.text.opt_out_words import asks_to_be_left_alone
from batch.text.temporary_folder import TemporaryFolder

#: Sheets that are looked into for the one with contacts, where the first has none.
SEARCHED_SHEETS = 20
#: A column of statuses has no more of them than these.
_FEW_WORDS = 200


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows under one header: of `cells[0]`, then of the sheets into which a report of ours overflowed.

    `active` is the sheet that the workbook was saved with open, where that is another one in sight with contacts;
    `others` are those whose people may be left out of a list of DNC.
    """

    choice: HeaderChoice
    cells: tuple[Cells, ...]
    folder: TemporaryFolder
    active: str | None = None
    others: tuple[str, ...] = ()

    @property
    def header(self) -> tuple[str, ...]:
        """The titles of the columns."""
        return self.choice.header

    @property
    def dtypes(self) -> tuple[str, ...]:
        """The type of each column: text, or dates in a format."""
        dates = self.cells[0].dates
        return tuple(date_cells(dates[at]) if at in dates else "String" for at in range(len(self.header)))

    @property
    def name(self) -> str:
        """The name of the sheet."""
        return self.cells[0].name

    def unread(self) -> list[SheetEntry]:
        """The sheets that were not read."""
        read = {each.name for each in self.cells}
        return [sheet for sheet in self.cells[0].sheets if sheet.name not in read]

    def hidden_rows(self) -> list[int]:
        """The numbers of the rows below the header that the spreadsheet hides, blank ones left out."""
        table = pl.scan_parquet(self.cells[0].path).filter("hidden", pl.col("number") > self.choice.row)
        return table.select("number").collect()["number"].to_list()


def detect_zip_kind(path: Path, name: str) -> tuple[str | None, set[str]]:
    """The kind of workbook that a zip archive is by its parts, or `None`, and the names of these.

    Raises InputRefused for a damaged one.
    """
    names = {part.filename for part in zip_parts(path, name, tr("a zip archive"))}
    if any(part.endswith("workbook.bin") for part in names):
        return "xlsb", names
    if any(part.startswith("xl/") for part in names):
        return "xlsx", names
    return ("ods" if "content.xml" in names else None), names


def read_sheet(path: Path, kind: str, reading: ReadOptions, name: str) -> Sheet:
    """The sheet that `reading` names, else the first that a person sees, of the workbook at `path` called `name`.

    Where that one names no phone or id, and just one other sheet in sight does, that one is read. A report of ours
    that needed several sheets (`rows`, `rows 2`, …) is read whole when no sheet is named. Raises InputRefused for a
    workbook that is damaged, hostile, protected or empty; SettingsError for a sheet that is not there. The cells live
    in a private folder that goes when the returned value does.
    """
    if kind in {"xlsx", "xlsb", "ods"}:
        require_bearable(path, kind, name)
    folder = TemporaryFolder()
    first = call_child(path, kind, folder.path / "1.parquet", reading.sheet, name)
    rows = _first_rows(first.path)
    chosen = first
    if reading.sheet is None and not (reading.no_header or reading.header_row):
        chosen = _sheet_with_contacts(path, kind, first, rows, folder, reading, name)
    choice = choose_header(_first_rows(chosen.path), reading, name)
    if chosen is not first:
        notice = tr(
            "The sheet {name!r} is read: it is the only visible one whose header names a phone or an id.",
            name=chosen.name,
        )
        choice = choice._replace(notices=(notice, *choice.notices))
    sheet = Sheet(choice, (chosen,), folder)
    if reading.sheet is None and detect_report(choice.header) is not None:
        return _with_overflow(path, kind, sheet, folder, name)
    all_dnc = is_all_dnc(reading)
    if reading.sheet is None and chosen is first and (all_dnc or _has_statuses(choice.header, reading)):
        others = _with_contacts(path, kind, first, folder, reading, name)
        sheet = replace(sheet, others=tuple(cells.name for cells in others if all_dnc or _holds_dnc(cells)))
    if reading.sheet is None and chosen.active != chosen.name and chosen is first:
        return replace(sheet, active=_active_with_contacts(path, kind, first, folder, reading, name))
    return sheet


def _active_with_contacts(
    path: Path, kind: str, first: Cells, folder: TemporaryFolder, reading: ReadOptions, name: str
) -> str | None:
    """The sheet in sight that the workbook was saved with open, if its header is recognised."""
    if not any(sheet.name == first.active for sheet in visible(first.sheets)):
        return None
    cells = call_child(path, kind, folder.path / "active.parquet", first.active, name)
    return first.active if any(is_recognised(row, reading) for _, row in _first_rows(cells.path)) else None


def _sheet_with_contacts(
    path: Path,
    kind: str,
    first: Cells,
    rows: Sequence[NumberedRow],
    folder: TemporaryFolder,
    reading: ReadOptions,
    name: str,
) -> Cells:
    """The only sheet in sight with a recognised header, where `first` has none; else `first`."""
    if any(is_recognised(cells, reading) for _, cells in rows):
        return first
    found = _with_contacts(path, kind, first, folder, reading, name)
    if len(found) > 1:
        named = ", ".join(repr(cells.name) for cells in found)
        raise InputRefused(
            tr(
                "{name}: the first sheet, {name_2!r}, names no phone or id; {count} other sheets do: {named}.",
                name=name,
                name_2=first.name,
                count=len(found),
                named=named,
            ),
            tip=tr('Choose one: --sheet "{name}".', name=found[0].name),
        )
    return found[0] if found else first


def _with_contacts(
    path: Path, kind: str, first: Cells, folder: TemporaryFolder, reading: ReadOptions, name: str
) -> list[Cells]:
    """The sheets in sight beside `first` whose header is recognised."""
    others = [sheet for sheet in visible(first.sheets) if sheet.name != first.name]
    found: list[Cells] = []
    for at, sheet in enumerate(others[:SEARCHED_SHEETS]):
        cells = call_child(path, kind, folder.path / f"other{at}.parquet", sheet.name, name)
        if any(is_recognised(row, reading) for _, row in _first_rows(cells.path)):
            found.append(cells)
    return found


def _has_statuses(header: Sequence[str], reading: ReadOptions) -> bool:
    """True where each row of an update says its own status."""
    if reading.operation is not Operation.UPDATE or reading.ask.status is not None:
        return False
    return "status" in reading.mapping or any(
        candidates(header, ranks, ()) for ranks in (headers.STATUS_OURS, headers.STATUS_PERHAPS)
    )


def _holds_dnc(cells: Cells) -> bool:
    """True where a cell of a column of few words says that the person wants to be left alone."""
    words = (column.unique().drop_nulls() for column in pl.read_parquet(cells.path).drop("number", "hidden"))
    return any(asks_to_be_left_alone(word) for found in words if len(found) <= _FEW_WORDS for word in found)


def _with_overflow(path: Path, kind: str, sheet: Sheet, folder: TemporaryFolder, name: str) -> Sheet:
    """`sheet` with the sheets on which a report of ours goes on."""
    cells = list(sheet.cells)
    names = {each.name for each in sheet.cells[0].sheets}
    while (further := f"{sheet.name} {len(cells) + 1}") in names:
        part = call_child(path, kind, folder.path / f"{len(cells) + 1}.parquet", further, name)
        rows = _first_rows(part.path)
        if not rows or (tuple(cell or "" for cell in rows[0][1]), rows[0][0]) != (sheet.header, sheet.choice.row):
            raise unreadable_sheet(
                name,
                kind,
                tr("the sheet {further!r} goes on with other columns than {name!r}", further=further, name=sheet.name),
            )
        cells.append(part)
    return replace(sheet, cells=tuple(cells))


def read_chunks(sheet: Sheet, *, skip_hidden: bool = False) -> Iterator[pl.DataFrame]:
    """Yield the rows below the header in chunks, numbered as the spreadsheet shows them; blank rows are left out.

    The rows of a further sheet are numbered on from the last of the one before, as if they stood below it.
    """
    last = 0
    for cells in sheet.cells:
        table = pl.scan_parquet(cells.path).filter(pl.col("number") > sheet.choice.row)
        if skip_hidden:
            table = table.filter(~pl.col("hidden"))
        shift = max(0, last - sheet.choice.row) if last else 0
        table = table.with_columns((pl.col("number") + shift).cast(pl.UInt32)).drop("hidden")
        rows = chunk_rows(len(table.collect_schema()))
        for batch_ in table.collect_batches(chunk_size=rows, maintain_order=True, engine="streaming"):
            for part in batch_.iter_slices(rows):
                chunk = without_blank_rows(_chunk(part, len(sheet.header)))
                last = max([last, *part["number"].tail(1)])
                if chunk.height:
                    yield chunk


def _chunk(cells: pl.DataFrame, width: int) -> pl.DataFrame:
    """The rows of `cells` with `width` columns; cells beyond them break a row."""
    names = [name for name in cells.columns if name != "number"]
    beyond = pl.any_horizontal(pl.lit(False), *(pl.col(name).is_not_null() for name in names[width:]))
    return cells.select(
        "number",
        pl.when(beyond)
        .then(pl.lit(tr("the row has cells beyond the header's {width} columns", width=width)))
        .alias("broken"),
        *(pl.col(name) if name in names else pl.lit(None, pl.String).alias(name) for name in map(str, range(width))),
    )


def _first_rows(path: Path) -> list[NumberedRow]:
    """The first rows that hold more than spaces."""
    table = pl.scan_parquet(path).drop("hidden").head(4 * SEARCHED_ROWS).collect()
    rows: list[NumberedRow] = []
    for number, *cells in table.iter_rows():
        if any(cell and cell.strip() for cell in cells):
            filled = [at for at, cell in enumerate(cells) if cell]
            rows.append((number, cells[: filled[-1] + 1]))
    return rows[:SEARCHED_ROWS]
