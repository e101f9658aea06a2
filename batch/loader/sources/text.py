"""CSV and TSV as they really are: separators, row numbers, and all the speed that plain lines allow.

Owns: the dialect, the header, line ends, the numbers and widths of rows in text files.
Flow: blocks of whole lines -> the plain ones read at once by polars, every other by `record_at` -> chunks.
Source: RFC 4180; Excel's `sep=` line.

A line is plain when it can be nothing but one whole record of the header's width: no quote in it, or only cells quoted
from end to end. Nothing else is decided here, so both ways of reading give the same rows.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

import polars as pl

from batch.loader.chunks import Row, build_chunk, cell_names, chunk_rows, without_blank_rows
from batch.loader.columns import names as headers
from batch.loader.columns.candidates import candidates
from batch.loader.sources.records import LONGEST, Record, record_at, records
from batch.text.language import pluralize, tr

_SEPARATORS = (",", ";", "\t", "|")
_SAMPLE = 1 << 18
#: Characters read at a time: three such blocks are in work at once (`passes/first_pass.py`).
BLOCK = 3_000_000


class Dialect(NamedTuple):
    """How a text file is written: its encoding (a Python codec), its separator, the lines before its first row, and the
    row of its header (`None`: the first that is not blank; 0: it has none)."""

    encoding: str
    separator: str
    skip: int
    header_row: int | None = None


def detect_dialect(path: Path, encoding: str) -> Dialect:
    """How `path` is written: an Excel `sep=` line rules, else the separator under which the first rows agree best."""
    with _open(path, encoding) as file:
        sample = file.read(_SAMPLE)
    lines = sample.splitlines(keepends=True)
    if lines and (sep_line := re.fullmatch(r'"?sep=([\t -~])"?\s*', lines[0], re.IGNORECASE)) and sep_line[1] != '"':
        return Dialect(encoding, sep_line[1], 1)
    scores = {separator: _score(lines, separator) for separator in _SEPARATORS}
    best = max(_SEPARATORS, key=lambda separator: scores[separator])
    return Dialect(encoding, best, 0)


def first_rows(path: Path, dialect: Dialect, count: int) -> list[tuple[int, list[str]]]:
    """The first `count` rows that are not blank, each with its number."""
    found: list[tuple[int, list[str]]] = []
    with _open(path, dialect.encoding) as file:
        lines = _Lines(file, dialect)
        lines.split("")
        at, number = 0, 1
        while len(found) < count and lines.line(at) is not None:
            record = record_at(lines.line, at, dialect.separator)
            at += record.lines
            if record.cells is not None and any(cell.strip() for cell in record.cells):
                found.append((number, record.cells))
            number += 1
    return found


def read_chunks(path: Path, dialect: Dialect, width: int) -> Iterator[pl.DataFrame]:
    """Yield the rows below the header in chunks. Cells beyond the header are let go only when they are all empty.

    Rows that are blank throughout are left out; the row numbers go on.
    """
    with _open(path, dialect.encoding) as file:
        lines = _Lines(file, dialect)
        number = 1 if dialect.header_row == 0 else _header(lines, dialect)[1]
        while block := lines.block():
            frame, number = _parse_rows(block, lines, number, dialect.separator, width)
            frame = without_blank_rows(frame)
            yield from (part for part in frame.iter_slices(chunk_rows(width)) if part.height)


class _Lines:
    """The physical lines of an open text, in blocks, with a way to look at single lines beyond a block."""

    def __init__(self, file: IO[str], dialect: Dialect) -> None:
        self._file = file
        self._ahead: list[str] = []
        self._physical: list[str] = []
        for _ in range(dialect.skip):
            file.readline()

    def block(self) -> str:
        """The next lines, whole; empty at the end."""
        ahead, self._ahead = "".join(self._ahead), []
        read = self._file.read(BLOCK)
        return ahead + (read + self._file.readline() if read else "")

    def split(self, block: str) -> None:
        """Make `line` count from the first line of `block`."""
        self._physical = list(io.StringIO(block, newline=""))

    def line(self, at: int) -> str | None:
        """A physical line with its end; `None` after the last one of the file."""
        while at >= len(self._physical):
            if not (more := self._file.readline()):
                return None
            self._physical.append(more)
        return self._physical[at]

    def give_back(self, start: int) -> None:
        """Let the next block begin with the lines from `start` on."""
        self._ahead = self._physical[start:]
        self._physical = []


def _open(path: Path, encoding: str) -> IO[str]:
    return path.open("r", encoding=encoding, errors="replace", newline="")


def _header(lines: _Lines, dialect: Dialect) -> tuple[list[str], int]:
    """The header's cells and the row number after it; `lines` go on below it."""
    at, number = 0, 1
    lines.split("")
    while lines.line(at) is not None:
        record = record_at(lines.line, at, dialect.separator)
        at += record.lines
        number += 1
        if number - 1 == dialect.header_row if dialect.header_row else record.cells is not None:
            lines.give_back(at)
            return record.cells or [], number
    return [], number


def _score(lines: list[str], separator: str) -> tuple[float, int]:
    """How well `separator` explains `lines`: the share of rows as wide as the header, then the width.

    A first row of one cell may be a title: then the width is that of most rows, and counts less than any header's.
    """
    widths: list[int] = []
    first: list[str] = []
    for record in records(lines, separator):
        first = first or record.cells or []
        widths.append(len(record.cells or ()))
        if len(widths) == 100:
            break
    if not widths:
        return (0.0, 0)
    if widths[0] < 2:
        if candidates(first, headers.PHONE, ()) or candidates(first, headers.ID, ()):
            return (0.0, 0)  # a table of one column, whatever stands in its cells
        usual = max(widths, key=lambda width: (widths.count(width), width))
        return (-1.0 + round(widths.count(usual) / len(widths), 1) / 2, usual) if usual > 1 else (-1.0, 0)
    return (round(sum(width == widths[0] for width in widths) / len(widths), 1), widths[0])


def _parse_rows(block: str, lines: _Lines, number: int, separator: str, width: int) -> tuple[pl.DataFrame, int]:
    """The rows of `block` as a chunk, the first line numbered `number`, and the number after the last."""
    ends = block.replace("\r\n", "\n").replace("\r", "\n") if "\r" in block else block
    whole = _all_plain(ends, separator, width)
    if whole is not None:
        numbers = pl.int_range(number, number + whole.height, dtype=pl.UInt32, eager=True)
        return _chunk(whole, numbers), number + whole.height
    return _sorted_out(block, ends, lines, number, separator, width)


def _all_plain(ends: str, separator: str, width: int) -> pl.DataFrame | None:
    """The cells of a block in which every line is plain, as most are; `None` where that cannot be sep_line at once.

    With no quote, and as many separators as whole rows have, a line with too few of them means one with too many, and
    that polars refuses.
    """
    count = ends.count("\n") + (not ends.endswith("\n"))
    if width == 1 or '"' in ends or ends.startswith("\ufeff") or ends.count(separator) != count * (width - 1):
        return None
    try:
        frame = _read(ends, False, separator, width)
    except pl.exceptions.PolarsError:
        return None
    longest = frame.select(pl.all().str.len_bytes().max().fill_null(0)).sum_horizontal()[0]
    return frame if frame.height == count and longest < LONGEST // 2 else None


def _sorted_out(
    block: str, ends: str, lines: _Lines, number: int, separator: str, width: int
) -> tuple[pl.DataFrame, int]:
    """`_parse_rows` of a block with lines that are not plain: those are read by `record_at`."""
    line = pl.Series("line", [ends.removesuffix("\n")]).str.split("\n").explode(empty_as_null=False, keep_nulls=False)
    looked = line.to_frame().select(
        _plain('"' in block, separator, width).alias("plain"), pl.col("line").str.contains("^ *$").alias("blank")
    )
    plain, blank = looked["plain"] & ~looked["blank"], looked["blank"]
    odd = (~plain & ~blank).arg_true().to_list()
    if odd:
        lines.split(block)
    found: list[tuple[int, Record]] = []
    inner: list[int] = []
    end = 0
    for at in odd:
        if at < end:
            continue
        record = record_at(lines.line, at, separator)
        end = at + record.lines
        inner.extend(range(at + 1, min(end, line.len())))
        found.append((at, record))
    lines.give_back(max(end, line.len()))
    begins = pl.repeat(True, line.len(), dtype=pl.Boolean, eager=True)
    if inner:
        begins = begins.scatter(inner, False)
    numbers = begins.cast(pl.UInt32).cum_sum() + (number - 1)
    whole = plain & begins
    frame = _read("\n".join(line.filter(whole)), '"' in block, separator, width)
    numbers = numbers.cast(pl.UInt32)
    slow = [(numbers[at], *_fit_record(record, separator, width)) for at, record in found if record.cells is not None]
    after = number + int(begins.sum())
    chunk = _chunk(frame, numbers.filter(whole))
    if slow:
        one_by_one = build_chunk(
            [at for at, _, _ in slow], [why for _, why, _ in slow], [row for *_, row in slow], width
        )
        chunk = pl.concat([chunk, one_by_one]).sort("number")
    return chunk, after


def _plain(quotes: bool, separator: str, width: int) -> pl.Expr:
    """True for a line that is one record of `width` cells and can be nothing else."""
    line = pl.col("line")
    # Zero bytes mark cells below; a byte order mark would be eaten at the start of a block; spaces may be a blank line.
    odd = line.str.contains(r"^[\s\x1c-\x1f]*$|^\x{feff}|\x00") | (line.str.len_bytes() > LONGEST)
    if width == 1:
        odd |= line == '""'
    if not quotes:
        return ~odd & (line.str.count_matches(separator, literal=True) == width - 1)
    cut = re.escape(separator)
    bare = line.str.replace_all(r'"(?:[^"]|"")*"', "\0")
    torn = bare.str.contains(f'"|[^{cut}]\\x00|\\x00[^{cut}]')
    return ~odd & ~torn & (bare.str.count_matches(separator, literal=True) == width - 1)


def _read(text: str, quotes: bool, separator: str, width: int) -> pl.DataFrame:
    """The cells of plain lines."""
    names = cell_names(width)
    if not text:
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    frame = pl.read_csv(
        text.encode("utf-8", "replace"),
        has_header=False,
        schema=dict.fromkeys(names, pl.String),
        separator=separator,
        quote_char='"' if quotes else None,
    )
    return frame.with_columns(pl.when(pl.all() != "").then(pl.all())) if quotes else frame


def _chunk(cells: pl.DataFrame, numbers: pl.Series) -> pl.DataFrame:
    """`cells` as a chunk of whole rows."""
    return cells.select(
        numbers.alias("number"), pl.lit(None, pl.String).alias("broken"), *(pl.col(name) for name in cells.columns)
    ).cast({"number": pl.UInt32})


def _fit_record(record: Record, separator: str, width: int) -> tuple[str | None, Row]:
    """What is wrong with `record`, and `width` cells of it."""
    cells = record.cells or []
    broken = record.broken or _width_fault(cells, width)
    if broken:
        return broken, [separator.join(cells) or None, *[None] * (width - 1)]
    return None, [cell or None for cell in cells[:width]]


def _width_fault(cells: list[str], width: int) -> str:
    if len(cells) == width or (len(cells) > width and not any(cells[width:])):
        return ""
    return tr("the row has {cells}; the header has {width}", cells=pluralize(len(cells), "cell"), width=width)
