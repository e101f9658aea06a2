"""How libphonenumber's patterns end: most of them allow any last digits.

Owns: what stands before the last digits of a pattern.
Flow: pattern -> alternatives (`pattern_syntax.py`) -> endings.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from batch.loader.phones.pattern_syntax import ANY, Piece, parse_pattern

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


@lru_cache(maxsize=4096)
def endings(pattern: str, size: int, *, all_heads: bool = False) -> frozenset[Ending]:
    """Every way in which texts of `pattern` end, with `size` last symbols; shorter texts are left out. What stands
    before a free tail is `ANY_HEAD`, which is found faster, unless `all_heads` are wanted."""
    found = _endings(parse_pattern(pattern), size, all_heads)
    return frozenset(ending for ending in found if len(ending.tail) == size)


def _endings(branches: tuple[tuple[Piece, ...], ...], size: int, all_heads: bool) -> set[Ending]:
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


def _with_piece(piece: Piece, ending: Ending, size: int, all_heads: bool) -> set[Ending]:
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


def _with_one(piece: Piece, ending: Ending, size: int, all_heads: bool) -> set[Ending]:
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
