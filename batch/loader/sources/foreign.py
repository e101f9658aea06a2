"""Files that are given by mistake and that no reader here reads: what each is, and the way out.

Owns: the first bytes of such formats, and their refusals.
"""

from __future__ import annotations

from batch.errors import InputRefused
from batch.text.language import tr, tr_noop

TIP = tr_noop("Give a CSV, TSV, XLSX, XLS, ODS, Parquet, NDJSON, JSON, Arrow, Avro or vCard file.")
_EXPORT = tr_noop("Export the contacts as CSV or XLSX and give that file.")
#: (place, bytes, what the file is, what to do).
_MAGIC: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"%PDF", tr_noop("a PDF"), tr_noop("Export the contacts as CSV or XLSX; a PDF keeps no table.")),
    (0, b"ORC", tr_noop("an ORC file"), tr_noop("Write it as Parquet and give that file.")),
    (
        0,
        b"FEA1",
        tr_noop("a Feather file of version 1"),
        tr_noop("Write it again as Feather 2 (Arrow IPC) or Parquet."),
    ),
    (
        0,
        b"SQLite format 3\0",
        tr_noop("an SQLite database"),
        tr_noop("Export the table of contacts as CSV and give that file."),
    ),
    (0, b"7z\xbc\xaf\x27\x1c", tr_noop("a 7-Zip archive"), tr_noop("Unpack it and give the file itself.")),
    (0, b"Rar!", tr_noop("a RAR archive"), tr_noop("Unpack it and give the file itself.")),
    (257, b"ustar", tr_noop("a TAR archive"), tr_noop("Unpack it and give the file itself.")),
    (0, b"{\\rtf", tr_noop("a text document (RTF)"), _EXPORT),
    (0, b"\x89PNG", tr_noop("a picture"), _EXPORT),
    (0, b"\xff\xd8\xff", tr_noop("a picture"), _EXPORT),
    (4, b"Standard Jet DB", tr_noop("an Access database"), _EXPORT),
    (4, b"Standard ACE DB", tr_noop("an Access database"), _EXPORT),
    (0, b"ID;P", tr_noop("a SYLK file"), _EXPORT),
)


def refuse_foreign(head: bytes, name: str) -> None:
    """Raise InputRefused for a file that begins with `head` and is of a format that nothing here reads."""
    for place, magic, what, tip in _MAGIC:
        if head[place : place + len(magic)] == magic:
            raise InputRefused(tr("{name} is {what}.", name=name, what=tr(what)), tip=tr(tip))


def refuse_foreign_zip(names: set[str], name: str) -> None:
    """Raise InputRefused for a ZIP archive that is the file of a program whose tables nothing here reads."""
    if any(part.startswith("word/") for part in names):
        raise InputRefused(tr("{name} is a Word document.", name=name), tip=tr(_EXPORT))
    if any(part.endswith(".iwa") or part == "Index.zip" for part in names):
        raise InputRefused(
            tr("{name} is a document of Apple Numbers.", name=name),
            tip=tr("In Numbers: File, Export To, CSV or Excel."),
        )
