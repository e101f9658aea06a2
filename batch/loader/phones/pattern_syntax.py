"""libphonenumber's patterns, read.

Owns: the small language of the metadata: digits, classes, groups, alternatives, `?` and counts. Anything else raises
ValueError, so that a pattern of a later version is never misread.
Flow: pattern -> alternatives of pieces; what stands in a group is read when it is asked for.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_TOKENS = re.compile(r"(?:\((?:\?:)?|[)|?]|\[[^\]]*\]|\\d|\d|\{\d+(?:,\d+)?\})*")
#: Groups in groups, at most.
_DEEPEST = 8
_GROUP = r"\([^()]*\)"
for _ in range(_DEEPEST - 1):
    _GROUP = rf"\((?:[^()]|{_GROUP})*\)"
#: A piece and its count, or a bar between alternatives.
_PIECE = re.compile(rf"({_GROUP}|\[[^\]]*\]|\\d|\d)(?:(\?)|\{{(\d+)(?:,(\d+))?\}})?|\|")
#: Any digit, as a symbol of a pattern.
ANY = "[0-9]"


class Piece(NamedTuple):
    """A symbol, or a group (the pattern `inner`), `least` to `most` times; `source` is its regex."""

    source: str
    inner: str | None
    least: int
    most: int

    @property
    def branches(self) -> tuple[tuple[Piece, ...], ...] | None:
        """The alternatives of a group. Raises as `parse_pattern` does."""
        return None if self.inner is None else parse_pattern(self.inner)


@lru_cache(maxsize=8192)
def parse_pattern(pattern: str) -> tuple[tuple[Piece, ...], ...]:
    """The alternatives of `pattern`. Raises ValueError where it is written as no pattern is today."""
    if not _TOKENS.fullmatch(pattern):
        raise ValueError(pattern)
    branches: list[list[Piece]] = [[]]
    end = 0
    for found in _PIECE.finditer(pattern):
        if found.start() != end:
            break
        end = found.end()
        if found[0] == "|":
            branches.append([])
        else:
            branches[-1].append(_piece(*found.groups()))
    if end != len(pattern):
        raise ValueError(pattern)
    return tuple(map(tuple, branches))


def longest(pattern: str) -> int:
    """The most digits of a text of `pattern`. Raises as `parse_pattern` does."""
    return max(
        sum(piece.most * (1 if piece.inner is None else longest(piece.inner)) for piece in pieces)
        for pieces in parse_pattern(pattern)
    )


def _piece(text: str, is_optional: str | None, least: str | None, most: str | None) -> Piece:
    inner = text[1:-1].removeprefix("?:") if text.startswith("(") else None
    source = (text if inner is None else f"(?:{inner})").replace(r"\d", ANY)
    fewest = 0 if is_optional else int(least or 1)
    return Piece(source, inner, fewest, 1 if is_optional else int(most or fewest))
