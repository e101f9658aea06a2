"""A sheet as a source: its rows, and what the user must know before they are used.

Owns: notices of sheets that were not read, hidden rows and `--hidden-rows`, formulas without a stored result.
Flow: kind of file -> `sheets.read_sheet` -> `Source` with its checks.
"""

from __future__ import annotations

from pathlib import Path

from batch.errors import InputRefused
from batch.loader.chunks import Check, Source, Use
from batch.loader.columns.candidates import column_letter
from batch.loader.sources.workbooks import sheets
from batch.loader.sources.workbooks.sheet_list import visible
from batch.loader.sources.workbooks.workbook_check import KINDS
from batch.settings.read_options import ReadOptions
from batch.text.language import pluralize, tr, trn
from batch.text.listing import list_first

#: Row numbers that a notice names.
_NAMED = 10


def sheet_source(path: Path, kind: str, name: str, sha256: str, reading: ReadOptions, keep: object) -> Source:
    """The source of the sheet in the file at `path`. Its reports are XLSX. Raises as `sheets.read_sheet`."""
    sheet = sheets.read_sheet(path, kind, reading, name)
    hidden = sheet.hidden_rows()
    skip = reading.hidden_rows == "skip"
    return Source(
        path=name,
        format="xlsx",
        sha256=sha256,
        header=sheet.header,
        dtypes=sheet.dtypes,
        chunks=lambda: sheets.read_chunks(sheet, skip_hidden=skip),
        notices=(
            *_sheet_notices(sheet, reading),
            *sheet.choice.notices,
            *_format_notice(kind),
            *_hidden_notices(hidden, reading),
        ),
        keep=(keep, sheet),
        checks=(
            _hidden_check(sheet, hidden, name, reading),
            _formula_check(sheet, name),
            _active_check(sheet, name),
            _others_check(sheet, name),
            _column_check(sheet),
        ),
        sheets=tuple(entry.name for entry in visible(sheet.cells[0].sheets)),
        sheet=sheet.name,
    )


def _format_notice(kind: str) -> tuple[str, ...]:
    return () if kind == "xlsx" else (tr("The report of {kinds} is XLSX.", kinds=tr(KINDS[kind])),)


def _sheet_notices(sheet: sheets.Sheet, reading: ReadOptions) -> tuple[str, ...]:
    unread = sheet.unread()
    if not unread or reading.sheet is not None:
        return ()
    seen = [entry.name for entry in unread if entry.is_visible]
    unseen = [entry.name for entry in unread if not entry.is_visible]
    parts = [tr("The sheet {name!r} was read", name=sheet.name)]
    if seen:
        parts.append(tr("the others were not: {seen}", seen=", ".join(seen)))
    if unseen:
        parts.append(
            tr(
                "{sheets} that the workbook hides too: {unseen}",
                sheets=pluralize(len(unseen), "sheet"),
                unseen=", ".join(unseen),
            )
        )
    active = sheet.cells[0].active
    open_one = tr(" The workbook was saved with {active!r} open.", active=active) if active in seen else ""
    return (tr("{parts}. Choose with --sheet.{open_one}", parts="; ".join(parts), open_one=open_one),)


def _hidden_notices(hidden: list[int], reading: ReadOptions) -> tuple[str, ...]:
    if not hidden:
        return ()
    if reading.hidden_rows == "skip":
        return (
            tr(
                "{rows} hidden in the spreadsheet and left out (--hidden-rows skip): {hidden}.",
                rows=pluralize(len(hidden), "row"),
                hidden=named_rows(hidden),
            ),
        )
    return (
        tr(
            "{rows} hidden in the spreadsheet and read too: {hidden}.",
            rows=pluralize(len(hidden), "row"),
            hidden=named_rows(hidden),
        ),
    )


def named_rows(rows: list[int]) -> str:
    """The first of the row numbers in a message."""
    return trn("row {rows}", "rows {rows}", len(rows), rows=list_first(list(map(str, rows)), _NAMED))


def _hidden_check(sheet: sheets.Sheet, hidden: list[int], name: str, reading: ReadOptions) -> Check:
    def check(use: Use) -> str | None:
        if not hidden or reading.hidden_rows is not None or not use.starts_outreach:
            return None
        filtered = tr(" by a filter") if sheet.cells[0].filtered else ""
        raise InputRefused(
            tr(
                "{name} hides {rows}{filtered} that may be contacted: {hidden}.",
                name=name,
                rows=pluralize(len(hidden), "row"),
                filtered=filtered,
                hidden=named_rows(hidden),
            ),
            tip=tr(
                "Choose what to do with them: --hidden-rows skip leaves them out, and --hidden-rows read takes "
                "them too."
            ),
        )

    return check


def _column_check(sheet: sheets.Sheet) -> Check:
    def check(use: Use) -> str | None:
        hidden = [at for at in sorted(use.read) if sheet.cells[0].hides(at)]
        if not hidden:
            return None
        named = ", ".join(f'{column_letter(at)} ("{sheet.header[at]}")' for at in hidden)
        verb = tr("column that is read is") if len(hidden) == 1 else tr("columns that are read are")
        return tr("The {verb} hidden in the spreadsheet: {named}. --map names another.", verb=verb, named=named)

    return check


def _active_check(sheet: sheets.Sheet, name: str) -> Check:
    def check(use: Use) -> str | None:
        if sheet.active is not None and use.starts_outreach:
            raise InputRefused(
                tr(
                    "{name} was saved with the sheet {active!r} open, and {name_2!r} is its first: both have contacts.",
                    name=name,
                    active=sheet.active,
                    name_2=sheet.name,
                ),
                tip=tr(
                    'Choose one: --sheet "{active}" or --sheet "{name}".',
                    active=sheet.active,
                    name=sheet.name,
                ),
            )
        return None

    return check


def _others_check(sheet: sheets.Sheet, name: str) -> Check:
    def check(_use: Use) -> str | None:
        if sheet.others:
            raise InputRefused(
                tr(
                    "{name}: the sheet {name_2!r} would be read, and contacts are in {others} too. With DNC nobody "
                    "may be left out.",
                    name=name,
                    name_2=sheet.name,
                    others=", ".join(map(repr, sheet.others)),
                ),
                tip=tr('Run one sheet after the other: --sheet "{name}".', name=sheet.name),
            )
        return None

    return check


def _formula_check(sheet: sheets.Sheet, name: str) -> Check:
    def check(use: Use) -> str | None:
        found = {
            at: [row for row in rows if row > sheet.choice.row]
            for at, (_, rows) in sheet.cells[0].unresolved.items()
            if at in use.read
        }
        wrong = {at: rows for at, rows in found.items() if rows}
        if not wrong:
            return None
        titles = {at: sheet.header[at] if at < len(sheet.header) else "" for at in wrong}
        raise InputRefused(
            tr("{name} holds formulas without a stored result.", name=name),
            problems=tuple(
                tr(
                    "column {column} ({title!r}): {rows}",
                    column=column_letter(at),
                    title=titles[at],
                    rows=named_rows(list(rows)),
                )
                for at, rows in wrong.items()
            ),
            tip=tr("Open it in the spreadsheet program, let it calculate, save it and give that file."),
        )

    return check
