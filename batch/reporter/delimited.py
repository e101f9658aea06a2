"""CSV and TSV reports.

Owns: the dialect, chosen for what opens these files. The separator is the source's own: where Excel writes a semicolon
it also expects one. UTF-8 with a byte order mark, whatever the source was in, because Excel reads accents only with one
and our own words fit no code page; CRLF and minimal quoting by RFC 4180; every text cell and header guarded against
formula injection, which the loader undoes exactly. An empty text and no cell at all are written alike: blank. What goes
into a pipe is not opened by Excel: no mark, and lines that end as they do there.
Source: RFC 4180; OWASP "CSV Injection". A `sep=` line is not written: Excel then reads no byte order mark.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterable
from typing import BinaryIO

import polars as pl

from batch.reporter.columns import Columns
from batch.text.formula_guard import NUMBER, TRIGGER

#: Separators of a source that a report keeps: those that the loader detects without an option.
_KEPT = frozenset(",;|")

#: Columns that hold words of our own only: they begin no formula, are never blank but null, and need no look.
_OUR_WORDS = frozenset({"_outcome", "_tip", "_finished_at", "_run"})


def write_delimited(
    sink: BinaryIO,
    columns: Columns,
    frames: Iterable[pl.DataFrame],
    *,
    separator: str,
    piped: bool = False,
) -> None:
    """Write `frames` to `sink`. `sink` stays open; every byte has reached it. Raises OSError."""
    end = "\n" if piped else "\r\n"
    header = pl.DataFrame({f"{at}": [name] for at, name in enumerate(columns.header)})
    sink.write(b"" if piped else codecs.BOM_UTF8)
    sink.write(_lines(header, separator, end))
    for frame in frames:
        sink.write(_lines(frame, separator, end))


def separator_for(extension: str, source: str) -> str:
    """What separates the cells of a report with this extension on a source whose separator is `source`."""
    if extension == "tsv":
        return "\t"
    return source if source in _KEPT and source else ","


def _lines(frame: pl.DataFrame, separator: str, end: str) -> memoryview:
    page = io.BytesIO()
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String and name not in _OUR_WORDS]
    frame.with_columns(_escape(frame[name]) for name in texts).write_csv(
        page, include_header=False, separator=separator, line_terminator=end, quote_style="necessary"
    )
    return page.getbuffer()


def _escape(cells: pl.Series) -> pl.Expr:
    """`formula_guard.guard` of a column; a blank cell is null."""
    cell, guarded = pl.col(cells.name), pl.col(cells.name)
    if (begins := cells.str.contains(f"^(?:{TRIGGER.pattern})")).any():  # few columns have one: the rest is quick
        runs = begins & ~cells.str.contains(f"^(?:{NUMBER.pattern})$")
        guarded = pl.when(runs).then(pl.concat_str(pl.lit("'"), cell)).otherwise(cell)
    return pl.when(cell != "").then(guarded).alias(cells.name)
