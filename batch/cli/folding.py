"""Lines for a terminal of some width: nothing is cut in the middle of a word.

Owns: folding at spaces, with what follows set in under its line. Commands stay whole, so that they can be copied.
"""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Iterable, Iterator
from typing import Final, TextIO

_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")


def columns_of(stream: TextIO) -> int:
    """The width for text on `stream`: that of COLUMNS, else of the terminal, else 80."""
    try:
        columns = int(os.environ.get("COLUMNS", ""))
    except ValueError:
        columns = os.get_terminal_size(stream.fileno()).columns if stream.isatty() else 0
    return columns if columns > 0 else 80


def fit(lines: Iterable[str], stream: TextIO) -> list[str]:
    """`lines` for `stream`: folded on a terminal, as they are in a pipe or file."""
    if not stream.isatty():
        return list(lines)
    columns = os.get_terminal_size(stream.fileno()).columns
    return list(fold_lines(lines, max(40, columns or 80)))


def fold_lines(lines: Iterable[str], width: int) -> Iterator[str]:
    """Yield `lines`, none of them wider than `width` columns but for single words and commands."""
    for line in lines:
        plain = _COLOURS.sub("", line)
        if len(plain) <= width or not plain.strip() or plain.lstrip().startswith("guayaba-batch "):
            yield line
            continue
        indent = len(plain) - len(plain.lstrip())
        hidden = len(line) - len(plain)  # colours take no room; a line has them at its beginning
        first, *rest = textwrap.wrap(
            line.strip(), max(20, width + hidden - indent), break_long_words=False, break_on_hyphens=False
        )
        yield " " * indent + first
        for part in textwrap.wrap(
            " ".join(rest), max(20, width - indent - 4), break_long_words=False, break_on_hyphens=False
        ):
            yield " " * (indent + 4) + part
