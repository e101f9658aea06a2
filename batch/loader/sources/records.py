"""Lines of a text -> records, one by one: a broken line spoils its own row and never the file.

Owns: what a record is: quoting, quoted line breaks, quotes that never close. This is the rule; `text.py` only finds
the lines that need no rule.
Source: RFC 4180; the quoting rules are those of Python's `csv`, which splits the records.

A record is split off by hand, because a parser that meets an open quote reads on to the end of the file and takes every
row with it. Here an open quote that does not close within `OPEN_LINES` lines spoils its first line only.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from batch.text.language import tr

#: A quoted cell may span this many lines; after that its quote counts as never closed.
OPEN_LINES = 200
#: No cell, and no line, is longer than this many characters: what is, is no contact export.
LONGEST = 1 << 20


class Record(NamedTuple):
    """One record: its cells, what is wrong with it (empty: nothing), how many lines it takes.

    `cells` is `None` for a blank line, which is a row of the spreadsheet and none of the table.
    """

    cells: list[str] | None
    broken: str
    lines: int


def record_at(line: Callable[[int], str | None], at: int, separator: str) -> Record:  # noqa: C901 - one branch for each way in which a line can be broken
    """The record that begins in the line `at`; `line` gives each physical line with its end, `None` after the last.

    A record with a quoted line break is one spreadsheet row. A quote that never closes makes its first line a broken
    record; the line after it begins another.
    """
    text = line(at) or ""
    taken = 1
    is_open = _open_quote(separator)
    if '"' in text and is_open(text):
        first = text
        while taken < OPEN_LINES and len(text) < LONGEST:
            more = line(at + taken)
            if more is None:
                break
            taken += 1
            text += more
            if '"' in more and not is_open(text):
                break
        if is_open(text):
            return Record([first.rstrip("\r\n")], tr("a quote is opened and never closed"), 1)
    if text.isspace() and separator not in text.strip("\r\n "):
        return Record(None, "", taken)
    if len(text) > LONGEST:
        return Record([text[:200]], tr("the line has {count:,} characters", count=len(text)), taken)
    if '"' not in text:
        return Record(text.rstrip("\r\n").split(separator), "", taken)
    try:
        return Record(next(csv.reader([text], delimiter=separator)), "", taken)
    except csv.Error as error:  # a quoted cell of more than 131,072 characters
        return Record([text[:200]], str(error), taken)


def records(lines: list[str], separator: str) -> Iterator[Record]:
    """Yield the records of `lines`, blank ones left out."""
    at = 0
    while at < len(lines):
        record = record_at(lambda place: lines[place] if place < len(lines) else None, at, separator)
        at += record.lines
        if record.cells is not None:
            yield record


@lru_cache(maxsize=8)
def _open_quote(separator: str) -> Callable[[str], re.Match[str] | None]:
    """A test: does this text end inside a quoted cell? Possessive throughout, so it reads each character once."""
    cut = re.escape(separator)
    quoted = r'"(?:[^"]|"")*+"'
    pattern = re.compile(rf'(?:(?:{quoted}[^{cut}\r\n]*+|[^"{cut}\r\n][^{cut}\r\n]*+|){cut})*+"(?:[^"]|"")*+\Z')
    return pattern.match
