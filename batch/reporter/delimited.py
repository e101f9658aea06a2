"""CSV and TSV reports.

Owns: the dialect, chosen for what opens these files. UTF-8 with a byte order mark, because Excel reads accents only
with one; CRLF and minimal quoting by RFC 4180; every text cell and header guarded against formula injection, which the
loader undoes exactly. An empty text and no cell at all are written alike: blank.
Does not own: the guard itself (`formula_guard.py`).
Source: RFC 4180; OWASP "CSV Injection".
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from batch.formula_guard import guard
from batch.model import ReportRow
from batch.reporter.columns import Columns

_ENCODING = "utf-8"


def write_csv(sink: BinaryIO, columns: Columns, chunks: Iterable[list[ReportRow]]) -> None:
    """Write `chunks` to `sink` as CSV. `sink` stays open; every byte has reached it. Raises OSError."""
    _write(sink, columns, chunks, delimiter=",")


def write_tsv(sink: BinaryIO, columns: Columns, chunks: Iterable[list[ReportRow]]) -> None:
    """Write `chunks` to `sink` as tab-separated text, in the same dialect but for the separator. Raises OSError."""
    _write(sink, columns, chunks, delimiter="\t")


def _write(sink: BinaryIO, columns: Columns, chunks: Iterable[list[ReportRow]], *, delimiter: str) -> None:
    sink.write(codecs.BOM_UTF8)
    # A chunk is encoded as a whole: a text layer on top of the file would do it cell by cell.
    page = io.StringIO(newline="")
    writer = csv.writer(page, delimiter=delimiter, lineterminator="\r\n", quoting=csv.QUOTE_MINIMAL)
    writer.writerow([guard(name) for name in columns.header])
    for chunk in chunks:
        writer.writerows(_guarded(columns, chunk))
        sink.write(page.getvalue().encode(_ENCODING))
        page.seek(0)
        page.truncate()
    sink.write(page.getvalue().encode(_ENCODING))


def _guarded(columns: Columns, chunk: list[ReportRow]) -> Iterator[list[str | int | None]]:
    for line in columns.lines(chunk):
        yield [guard(cell) if isinstance(cell, str) else cell for cell in line]
