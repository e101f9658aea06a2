"""The numbers of one length that a pattern of libphonenumber matches, as intervals of integers.

Owns: pattern and length -> intervals.
Flow: pattern -> alternatives (`pattern_syntax.py`) -> a graph, from the last digit to the first -> intervals.

Why it is fast: most patterns end with any digits, which are one interval; and an end that many alternatives of a
pattern have is looked at once for each length.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain, pairwise

from batch.loader.phones.numbering import MAX_DIGITS
from batch.loader.phones.pattern_syntax import ANY, Piece, parse_pattern

#: Ascending: where an interval begins, where it ends (the first integer behind it), where the next one begins, …
Intervals = tuple[int, ...]
_CLASS_PART = re.compile(r"\d-\d|\d")


class _Place:
    """A place in a pattern: one of `digits`, and then the place `behind` it; or any of `branches`."""

    __slots__ = ("behind", "branches", "digits", "known")

    def __init__(
        self, digits: Sequence[int] = (), behind: _Place | None = None, branches: Sequence[_Place] = ()
    ) -> None:
        self.digits, self.behind, self.branches = digits, behind, branches
        self.known: dict[int, Intervals] = {}

    def intervals(self, size: int, first: str) -> Intervals:
        """What follows from here on, of numbers of `size` digits that begin with `first`."""
        if first:
            return self._intervals(size, first)
        found = self.known.get(size)
        if found is None:
            found = self.known[size] = self._intervals(size, first)
        return found

    def _intervals(self, size: int, first: str) -> Intervals:
        if self.branches:
            several = [each for branch in self.branches if (each := branch.intervals(size, first))]
            return several[0] if len(several) == 1 else _union(several)
        digits = [digit for digit in self.digits if digit == int(first[0])] if first else self.digits
        if self.behind is None or not size or not digits:
            return ()
        inner, unit = self.behind.intervals(size - 1, first[1:]), 10 ** (size - 1)
        found: list[int] = []
        for digit in digits if inner else ():
            start = digit * unit
            if found and found[-1] == start + inner[0]:
                found.pop()
                found += [start + at for at in inner[1:]]
            else:
                found += [start + at for at in inner]
        return tuple(found)


class _Rest(_Place):
    """The first of `pieces`, looked at when a number gets there: most do not."""

    __slots__ = ("_pieces", "_place")

    def __init__(self, pieces: Sequence[Piece], behind: _Place) -> None:
        super().__init__(behind=behind)
        self._pieces = pieces
        self._place: _Place | None = None

    def intervals(self, size: int, first: str) -> Intervals:
        if self._place is None:
            assert self.behind is not None
            self._place = _sequence(self._pieces, self.behind)
        return self._place.intervals(size, first)


class _End(_Place):
    """Behind the last digit of a pattern that says which: `least` to `most` digits may follow, any."""

    __slots__ = ("_least", "_most")

    def __init__(self, least: int, most: int) -> None:
        super().__init__()
        self._least, self._most = least, most

    def behind_any(self, least: int, most: int) -> _End:
        """The same with `least` to `most` digits more."""
        return _End(self._least + least, self._most + most)

    def intervals(self, size: int, first: str) -> Intervals:
        unit, start = 10 ** (size - len(first)), int(first or 0)
        return (start * unit, (start + 1) * unit) if self._least <= size <= self._most else ()


def intervals(pattern: str, size: int, first: str = "", *, is_prefix: bool = False) -> Intervals:
    """The numbers of `size` digits, zeros in front among them, that match all of `pattern`, or with `is_prefix` begin
    with it, as integers; of them those that begin with `first`. Raises ValueError where `pattern` is written as none is
    today."""
    return _graph(pattern, is_prefix).intervals(size, first)


def _union(several: Sequence[Intervals]) -> Intervals:
    ordered = sorted(several)
    if all(one[-1] < other[0] for one, other in pairwise(ordered)):  # as most alternatives are
        return tuple(chain.from_iterable(ordered))
    found: list[int] = []
    for first, end in sorted(pair for each in ordered for pair in zip(each[::2], each[1::2], strict=True)):
        if found and first <= found[-1]:
            found[-1] = max(found[-1], end)
        else:
            found += (first, end)
    return tuple(found)


@lru_cache(maxsize=4096)
def _graph(pattern: str, is_prefix: bool) -> _Place:
    return _choice(parse_pattern(pattern), _End(0, MAX_DIGITS if is_prefix else 0))


def _choice(branches: tuple[tuple[Piece, ...], ...], behind: _Place) -> _Place:
    found = [_sequence(pieces, behind) for pieces in branches]
    return found[0] if len(found) == 1 else _Place(branches=found)


def _sequence(pieces: Sequence[Piece], behind: _Place) -> _Place:
    while pieces and pieces[-1].source == ANY and isinstance(behind, _End):
        behind, pieces = behind.behind_any(pieces[-1].least, pieces[-1].most), pieces[:-1]
    if not pieces:
        return behind
    piece, last = pieces[0], _Rest(pieces[1:], behind) if len(pieces) > 1 else behind
    found = last
    for time in reversed(range(piece.most)):
        more = _Place(_digits(piece.source), found) if piece.branches is None else _choice(piece.branches, found)
        found = more if time < piece.least else _Place(branches=(more, last))
    return found


@lru_cache(maxsize=1024)
def _digits(symbol: str) -> tuple[int, ...]:
    """The digits of a class, such as [13-5], or the one that `symbol` is."""
    if not re.fullmatch(r"\d|\[(?:\d(?:-\d)?)+\]", symbol):
        raise ValueError(symbol)
    found = {digit for part in _CLASS_PART.findall(symbol) for digit in range(int(part[0]), int(part[-1]) + 1)}
    return tuple(sorted(found))
