"""libphonenumber's patterns, read.

Owns: the small language of the metadata: digits, classes, groups, alternatives, `?` and counts. Anything else raises
ValueError, so that a pattern of a later version is never misread.
Flow: pattern -> tokens -> alternatives of pieces.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_TOKEN = re.compile(r"\(\?:|[()|?]|\[[^\]]*\]|\\d|\d|\{\d+(?:,\d+)?\}")
#: Any digit, as a symbol of a pattern.
ANY = "[0-9]"


class Piece(NamedTuple):
    """A symbol, or a group of `branches`, `least` to `most` times; `source` is its regex."""

    source: str
    branches: tuple[tuple[Piece, ...], ...] | None
    least: int
    most: int


@lru_cache(maxsize=4096)
def parse_pattern(pattern: str) -> tuple[tuple[Piece, ...], ...]:
    """The alternatives of `pattern`. Raises ValueError where it is written as no pattern is today."""
    tokens = _TOKEN.findall(pattern)
    if "".join(tokens) != pattern:
        raise ValueError(pattern)
    branches, end = _read_branches(tokens, 0)
    if end != len(tokens):
        raise ValueError(pattern)
    return branches


def longest(pattern: str) -> int:
    """The most digits of a text of `pattern`. Raises as `parse_pattern` does."""
    return _longest(parse_pattern(pattern))


def _longest(branches: tuple[tuple[Piece, ...], ...]) -> int:
    return max(
        sum(piece.most * (1 if piece.branches is None else _longest(piece.branches)) for piece in pieces)
        for pieces in branches
    )


def _read_branches(tokens: list[str], at: int) -> tuple[tuple[tuple[Piece, ...], ...], int]:
    """The alternatives from the token `at` on, and where they end: at a bracket, or behind the last token."""
    branches: list[tuple[Piece, ...]] = []
    pieces: list[Piece] = []
    while at < len(tokens) and tokens[at] != ")":
        if tokens[at] == "|":
            branches.append(tuple(pieces))
            pieces = []
            at += 1
            continue
        group, source = None, tokens[at].replace(r"\d", ANY)
        if source in ("(", "(?:"):
            begin = at + 1
            group, at = _read_branches(tokens, begin)
            source = f"(?:{''.join(tokens[begin:at])})".replace(r"\d", ANY)
        least, most, at = _read_count(tokens, at + 1)
        pieces.append(Piece(source, group, least, most))
    return (*branches, tuple(pieces)), at


def _read_count(tokens: list[str], at: int) -> tuple[int, int, int]:
    """How often the piece before the token `at` stands, at least and at most, and where the next one begins."""
    count = tokens[at] if at < len(tokens) else ""
    if count == "?":
        return 0, 1, at + 1
    if not count.startswith("{"):
        return 1, 1, at
    least, _, most = count[1:-1].partition(",")
    return int(least), int(most or least), at + 1
