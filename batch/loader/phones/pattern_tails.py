"""How libphonenumber's patterns end: most of them allow any last digits.

Owns: reading a pattern of the metadata, and what stands before its last digits.
Flow: pattern -> tokens -> alternatives -> endings.

The patterns are a small language: digits, classes, groups, alternatives, `?` and counts. Anything else raises
ValueError, so that a pattern of a later version is never misread.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_TOKEN = re.compile(r"\(\?:|[()|?]|\[[^\]]*\]|\\d|\d|\{\d+(?:,\d+)?\}")
#: Any digit, as a symbol of a pattern.
ANY = "[0-9]"
#: Any digits.
ANY_HEAD = "[0-9]*"


class Ending(NamedTuple):
    """One way in which a pattern ends: `tail`, its last symbols (a regex of one digit each), and `head`, a regex of the
    digits before them."""

    head: str
    tail: tuple[str, ...]

    @property
    def is_free(self) -> bool:
        """True where the tail is any digits."""
        return self.tail.count(ANY) == len(self.tail)


class _Piece(NamedTuple):
    """A symbol, or a group of `branches`, `least` to `most` times; `source` is its regex."""

    source: str
    branches: tuple[tuple[_Piece, ...], ...] | None
    least: int
    most: int


@lru_cache(maxsize=4096)
def endings(pattern: str, size: int, *, all_heads: bool = False) -> frozenset[Ending]:
    """Every way in which texts of `pattern` end, with `size` last symbols; shorter texts are left out. What stands
    before a free tail is `ANY_HEAD`, which is found faster, unless `all_heads` are wanted."""
    found = _endings(_parse(pattern), size, all_heads)
    return frozenset(ending for ending in found if len(ending.tail) == size)


def longest(pattern: str) -> int:
    """The most digits of a text of `pattern`."""
    return _longest(_parse(pattern))


def _longest(branches: tuple[tuple[_Piece, ...], ...]) -> int:
    return max(
        sum(piece.most * (1 if piece.branches is None else _longest(piece.branches)) for piece in pieces)
        for pieces in branches
    )


def _endings(branches: tuple[tuple[_Piece, ...], ...], size: int, all_heads: bool) -> set[Ending]:
    found: set[Ending] = set()
    for pieces in branches:
        last = pieces[-1] if pieces else None
        if last is not None and last.source == ANY and last.least >= size and not all_heads:
            found.add(Ending(ANY_HEAD, (ANY,) * size))  # as most patterns end
            continue
        current = {Ending("", ())}
        for piece in reversed(pieces):
            current = {longer for ending in current for longer in _with_piece(piece, ending, size, all_heads)}
        found |= current
    return found


def _with_piece(piece: _Piece, ending: Ending, size: int, all_heads: bool) -> set[Ending]:
    """`ending` with `piece`, as often as it may stand, before it."""
    if len(ending.tail) == size:
        if ending.is_free and not all_heads:
            return {Ending(ANY_HEAD, ending.tail)}
        count = "" if (piece.least, piece.most) == (1, 1) else f"{{{piece.least},{piece.most}}}"
        return {Ending(f"{piece.source}{count}{ending.head}", ending.tail)}
    found: set[Ending] = set()
    current = {ending}
    for times in range(piece.most + 1):
        if times >= piece.least:
            found |= current
        current = {longer for one in current for longer in _with_one(piece, one, size, all_heads)}
    return found


def _with_one(piece: _Piece, ending: Ending, size: int, all_heads: bool) -> set[Ending]:
    room = size - len(ending.tail)
    if not room:
        if ending.is_free and not all_heads:
            return {Ending(ANY_HEAD, ending.tail)}
        return {Ending(piece.source + ending.head, ending.tail)}
    if piece.branches is None:
        return {Ending(ending.head, (piece.source, *ending.tail))}
    return {
        Ending(one.head + ending.head, (*one.tail, *ending.tail)) for one in _endings(piece.branches, room, all_heads)
    }


@lru_cache(maxsize=4096)
def _parse(pattern: str) -> tuple[tuple[_Piece, ...], ...]:
    tokens = _TOKEN.findall(pattern)
    if "".join(tokens) != pattern:
        raise ValueError(pattern)
    branches, end = _read_branches(tokens, 0)
    if end != len(tokens):
        raise ValueError(pattern)
    return branches


def _read_branches(tokens: list[str], at: int) -> tuple[tuple[tuple[_Piece, ...], ...], int]:
    """The alternatives from the token `at` on, and where they end: at a bracket, or behind the last token."""
    branches: list[tuple[_Piece, ...]] = []
    pieces: list[_Piece] = []
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
        pieces.append(_Piece(source, group, least, most))
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
