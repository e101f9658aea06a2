"""What is checked before a workbook is opened, and how a file of sheets is refused.

Owns: the directory of a zip archive (sizes, ratios, passwords), what each kind of file is called, the refusal.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

from batch.errors import InputRefused
from batch.loader.sources.archives import ZIP_FAULTS
from batch.text.language import tr, tr_noop

#: All parts of a workbook unpacked. Excel's largest sheets stay below it.
UNPACKED_LIMIT = 4 << 30
#: How much smaller than its content a part may be. Deflate ends at 1032; XML of real exports reaches about 40.
RATIO_LIMIT = 300
#: Kind of file -> what it is called in messages.
KINDS: Mapping[str, str] = {
    "xlsx": "XLSX", "xlsb": "XLSB", "xls": "XLS", "ods": "ODS", "fods": tr_noop("flat ODS"),
    "spreadsheetml": "SpreadsheetML 2003", "html": tr_noop("an HTML table"),
}  # fmt: skip


def zip_parts(path: Path, name: str, what: str) -> list[zipfile.ZipInfo]:
    """The directory of the zip archive at `path`. Raises InputRefused where it is none; `what` it should be."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.infolist()
    except ZIP_FAULTS as error:
        raise InputRefused(
            tr(
                "{name} cannot be read as {what}: the zip archive is not complete ({error}).",
                name=name,
                what=what,
                error=error,
            ),
            tip=tr("Copy or export it again, or open it in the spreadsheet program and save it as CSV."),
        ) from error


def require_bearable(path: Path, kind: str, name: str) -> None:
    """Raise InputRefused unless the zip directory is that of a workbook of bearable size."""
    parts = zip_parts(path, name, tr(KINDS[kind]))
    if any(part.flag_bits & 1 for part in parts):
        raise unreadable_sheet(
            name, kind, tr("it is protected with a password"), tr("Save it without a password and give that file.")
        )
    unpacked = sum(part.file_size for part in parts)
    if unpacked > UNPACKED_LIMIT:
        raise unreadable_sheet(
            name,
            kind,
            tr(
                "it unpacks to {unpacked:,} MB; the limit is {unpacked_limit:,} MB",
                unpacked=unpacked >> 20,
                unpacked_limit=UNPACKED_LIMIT >> 20,
            ),
        )
    for part in parts:
        if part.file_size > (1 << 20) and part.file_size > RATIO_LIMIT * max(part.compress_size, 1):
            raise unreadable_sheet(
                name,
                kind,
                tr(
                    "its part {filename!r} unpacks to more than {ratio_limit} times its size",
                    filename=part.filename,
                    ratio_limit=RATIO_LIMIT,
                ),
            )


def unreadable_sheet(name: str, kind: str, why: str, tip: str = "") -> InputRefused:
    """The refusal of a file of sheets: why it cannot be read; `tip`: what else to do than to save it as CSV."""
    tip = tip or tr("Open it in the spreadsheet program and save it as CSV.")
    return InputRefused(
        tr("{name} cannot be read as {kinds}: {why}.", name=name, kinds=tr(KINDS[kind]), why=why), tip=tip
    )
