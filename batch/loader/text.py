"""CSV and TSV as they really are, line by line: a broken line spoils its own row and never the file.

Owns: encodings, separators, quoting, line ends, row numbers of text files.
Does not own: where the bytes come from (`sources.py`), what a column means (`columns.py`).
Flow: bytes -> `Dialect` (encoding, separator, found in one pass that also hashes) -> physical lines -> records ->
chunks.
Source: RFC 4180; Excel's `sep=` line; the quoting rules are those of Python's `csv`, which splits the records.

A record is split off by hand, because a parser that meets an open quote reads on to the end of the file and takes every
row with it. Here an open quote that does not close within `OPEN_LINES` lines spoils its first line only.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

from batch.errors import InputRefused, SettingsError
from batch.loader.chunks import CHUNK_ROWS, Chunk, Row

#: A quoted cell may span this many lines; after that its quote counts as never closed.
OPEN_LINES = 200
#: No cell, and no line, is longer than this many characters: what is, is no contact export.
LONGEST = 1 << 20
_SEPARATORS = (",", ";", "\t", "|")
_SAMPLE = 1 << 18
_BLOCK = 1 << 20


class Dialect(NamedTuple):
    """How a text file is written: its encoding (a Python codec), its separator, and the lines before its header."""

    encoding: str
    separator: str
    skip: int


class Record(NamedTuple):
    """One record: its spreadsheet row number, its cells, and what is wrong with it (empty: nothing)."""

    number: int
    cells: list[str]
    broken: str


# ---------------------------------------------------------------------------------------------------- encodings


def encoding_of(path: Path, asked: str | None) -> str:
    """The Python codec that reads `path`: `asked` if given, else the byte order mark's, UTF-8, or Windows-1252.

    UTF-8 with a few broken bytes stays UTF-8: reading all of it as Windows-1252 would spoil every name in it. Raises
    SettingsError for an unknown `asked`.
    """
    if asked is not None:
        return _known(asked)
    with path.open("rb") as file:
        head = file.read(4096)
        file.seek(0)
        if marked := _marked(head):
            return marked
        return _utf8_or_1252(file)


def _known(asked: str) -> str:
    try:
        name = codecs.lookup(asked).name
    except LookupError:
        raise SettingsError(
            f"No encoding is called {asked!r}.", tip="Name one such as utf-8, cp1252, latin-1, utf-16 or shift_jis."
        ) from None
    return "utf-8-sig" if name == "utf-8" else name


def _marked(head: bytes) -> str:
    """The codec that a byte order mark names, or that zero bytes betray (UTF-16 of mostly Latin text); else empty."""
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > len(head) // 4 and even < odd // 8:
        return "utf-16-le"
    if even > len(head) // 4 and odd < even // 8:
        return "utf-16-be"
    return ""


def _utf8_or_1252(file: IO[bytes]) -> str:
    """UTF-8 unless more characters are broken than whole in it."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    whole, broken = 0, 0
    while block := file.read(_BLOCK):
        if block.isascii() and not decoder.getstate()[0]:
            continue
        text = decoder.decode(block)
        if not text.isascii():
            escaped = sum("\udc80" <= mark <= "\udcff" for mark in text)
            broken += escaped
            whole += sum(mark > "\x7f" for mark in text) - escaped
    return "utf-8" if whole >= broken else "cp1252"


def refuse_endless_line(path: Path, name: str) -> None:
    """Raise InputRefused for a file with a line that no memory should have to hold."""
    since_line_end = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            since_line_end = 0 if b"\n" in block or b"\r" in block else since_line_end + len(block)
            if since_line_end > 16 * LONGEST:
                raise InputRefused(
                    f"{name} has a line of more than {since_line_end:,} bytes; an export has one row per line.",
                    tip="Export the contacts as CSV, XLSX or Parquet and give that file.",
                )


# ---------------------------------------------------------------------------------------------------- separators


def dialect_of(path: Path, encoding: str) -> Dialect:
    """How `path` is written: an Excel `sep=` line rules, else the separator under which the first rows agree best."""
    with path.open("r", encoding=encoding, errors="replace", newline="") as file:
        sample = file.read(_SAMPLE)
    lines = sample.splitlines(keepends=True)
    if lines and (told := re.fullmatch(r'"?sep=(.)"?\s*', lines[0], re.IGNORECASE)):
        return Dialect(encoding, told[1], 1)
    scores = {separator: _score(lines, separator) for separator in _SEPARATORS}
    best = max(_SEPARATORS, key=lambda separator: scores[separator])
    return Dialect(encoding, best, 0)


def _score(lines: list[str], separator: str) -> tuple[float, int]:
    """How well `separator` explains `lines`: the share of rows as wide as the header, then the width."""
    widths: list[int] = []
    for record in records(iter(lines), separator):
        widths.append(len(record.cells))
        if len(widths) == 100:
            break
    if not widths or widths[0] < 2:
        return (0.0, 0)
    return (round(sum(width == widths[0] for width in widths) / len(widths), 1), widths[0])


# ------------------------------------------------------------------------------------------------------- records


def records(lines: Iterator[str], separator: str) -> Iterator[Record]:
    """Yield the records of `lines` (physical lines with their ends), blank ones left out but counted.

    A record with a quoted line break is one spreadsheet row. A quote that never closes makes its first line a broken
    record; reading goes on with the line after it.
    """
    is_open = _open_quote(separator)
    waiting: list[str] = []
    number = 0
    while True:
        line = waiting.pop() if waiting else next(lines, None)
        if line is None:
            return
        number += 1
        if '"' in line and is_open(line):
            taken = [line]
            text = line
            while len(taken) < OPEN_LINES and len(text) < LONGEST:
                more = waiting.pop() if waiting else next(lines, None)
                if more is None:
                    break
                taken.append(more)
                text += more
                if '"' in more and not is_open(text):
                    break
            if is_open(text):
                waiting.extend(reversed(taken[1:]))
                yield Record(number, [line.rstrip("\r\n")], "a quote is opened and never closed")
                continue
            line = text
        if line.isspace() and separator not in line.strip("\r\n "):
            continue
        if len(line) > LONGEST:
            yield Record(number, [line[:200]], f"the line has {len(line):,} characters")
            continue
        yield Record(number, _split(line, separator), "")


def _split(line: str, separator: str) -> list[str]:
    if '"' not in line:
        return line.rstrip("\r\n").split(separator)
    return next(csv.reader([line], delimiter=separator))


def _open_quote(separator: str) -> Callable[[str], re.Match[str] | None]:
    """A test: does this text end inside a quoted cell? Possessive throughout, so it reads each character once."""
    cut = re.escape(separator)
    quoted = r'"(?:[^"]|"")*+"'
    pattern = re.compile(rf'(?:(?:{quoted}[^{cut}\r\n]*+|[^"{cut}\r\n][^{cut}\r\n]*+|){cut})*+"(?:[^"]|"")*+\Z')
    return pattern.match


# -------------------------------------------------------------------------------------------------------- chunks


def header_of(path: Path, dialect: Dialect) -> tuple[str, ...]:
    """The header's cells; none when the file has no line that is not blank."""
    with path.open("r", encoding=dialect.encoding, errors="replace", newline="") as file:
        for record in _records_of(file, dialect):
            return tuple(record.cells)
    return ()


def chunks_of(path: Path, dialect: Dialect, width: int) -> Iterator[Chunk]:
    """Yield the rows below the header in chunks. Cells beyond the header are let go only when they are all empty."""
    with path.open("r", encoding=dialect.encoding, errors="replace", newline="") as file:
        found = _records_of(file, dialect)
        next(found, None)
        numbers: list[int] = []
        rows: list[Row] = []
        broken: dict[int, str] = {}
        for number, cells, fault in found:
            if fault or len(cells) != width:
                wrong = fault or _width_fault(cells, width)
                if wrong:
                    broken[len(rows)] = wrong
                    cells = [dialect.separator.join(cells)] + [""] * (width - 1)  # noqa: PLW2901
                else:
                    del cells[width:]
            numbers.append(number)
            rows.append(tuple([cell or None for cell in cells]))
            if len(rows) == CHUNK_ROWS:
                yield Chunk(numbers, rows, broken)
                numbers, rows, broken = [], [], {}
        if rows:
            yield Chunk(numbers, rows, broken)


def _width_fault(cells: list[str], width: int) -> str:
    if len(cells) > width and not any(cells[width:]):
        return ""
    return f"the row has {len(cells)} cells; the header has {width}"


def _records_of(file: IO[str], dialect: Dialect) -> Iterator[Record]:
    lines = iter(file)
    for _ in range(dialect.skip):
        next(lines, None)
    return records(lines, dialect.separator)
