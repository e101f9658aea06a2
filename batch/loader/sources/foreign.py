"""Files that are given by mistake and that no reader here reads: what each is, and the way out.

Owns: the first bytes of such formats, and their refusals.
"""

from __future__ import annotations

from batch.errors import InputRefused

TIP = "Give a CSV, TSV, XLSX, XLS, ODS, Parquet, NDJSON, JSON, Arrow, Avro or vCard file."
_EXPORT = "Export the contacts as CSV or XLSX and give that file."
#: (place, bytes, what the file is, what to do).
_MAGIC: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"%PDF", "a PDF", "Export the contacts as CSV or XLSX; a PDF keeps no table."),
    (0, b"ORC", "an ORC file", "Write it as Parquet and give that file."),
    (0, b"FEA1", "a Feather file of version 1", "Write it again as Feather 2 (Arrow IPC) or Parquet."),
    (0, b"SQLite format 3\0", "an SQLite database", "Export the table of contacts as CSV and give that file."),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "Unpack it and give the file itself."),
    (0, b"Rar!", "a RAR archive", "Unpack it and give the file itself."),
    (257, b"ustar", "a TAR archive", "Unpack it and give the file itself."),
    (0, b"{\\rtf", "a text document (RTF)", _EXPORT),
    (0, b"\x89PNG", "a picture", _EXPORT),
    (0, b"\xff\xd8\xff", "a picture", _EXPORT),
    (4, b"Standard Jet DB", "an Access database", _EXPORT),
    (4, b"Standard ACE DB", "an Access database", _EXPORT),
    (0, b"ID;P", "a SYLK file", _EXPORT),
)


def refuse_foreign(head: bytes, name: str) -> None:
    """Raise InputRefused for a file that begins with `head` and is of a format that nothing here reads."""
    for place, magic, what, tip in _MAGIC:
        if head[place : place + len(magic)] == magic:
            raise InputRefused(f"{name} is {what}.", tip=tip)


def refuse_foreign_zip(names: set[str], name: str) -> None:
    """Raise InputRefused for a ZIP archive that is the file of a program whose tables nothing here reads."""
    if any(part.startswith("word/") for part in names):
        raise InputRefused(f"{name} is a Word document.", tip=_EXPORT)
    if any(part.endswith(".iwa") or part == "Index.zip" for part in names):
        raise InputRefused(f"{name} is a document of Apple Numbers.", tip="In Numbers: File, Export To, CSV or Excel.")
