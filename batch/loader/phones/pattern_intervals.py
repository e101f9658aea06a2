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

    def intervals(self, size: int) -> Intervals:
        """What follows from here on, of numbers of `size` digits."""
        found = self.known.get(size)
        if found is None:
            found = self.known[size] = self._intervals(size)
        return found

    def _intervals(self, size: int) -> Intervals:
        if self.branches:
            several = [each for branch in self.branches if (each := branch.intervals(size))]
            return several[0] if len(several) == 1 else _union(several)
        if self.behind is None or not size:
            return ()
        inner, unit = self.behind.intervals(size - 1), 10 ** (size - 1)
        found: list[int] = []
        for digit in self.digits if inner else ():
            first = digit * unit
            if found and found[-1] == first + inner[0]:
                found.pop()
                found += [first + at for at in inner[1:]]
            else:
                found += [first + at for at in inner]
        return tuple(found)


class _End(_Place):
    """Behind the last digit of a pattern that says which: `least` to `most` digits may follow, any."""

    __slots__ = ("_least", "_most")

    def __init__(self, least: int, most: int) -> None:
        super().__init__()
        self._least, self._most = least, most

    def behind_any(self, least: int, most: int) -> _End:
        """The same with `least` to `most` digits more."""
        return _End(self._least + least, self._most + most)

    def _intervals(self, size: int) -> Intervals:
        return (0, 10**size) if self._least <= size <= self._most else ()


def intervals(pattern: str, size: int, *, is_prefix: bool = False) -> Intervals:
    """The numbers of `size` digits, zeros in front among them, that match all of `pattern`, or with `is_prefix` begin
    with it, as integers. Raises ValueError where `pattern` is written as none is today."""
    return _graph(pattern, is_prefix).intervals(size)


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
    for piece in reversed(pieces):
        if piece.source == ANY and isinstance(behind, _End):
            behind = behind.behind_any(piece.least, piece.most)
            continue
        last = behind
        for time in reversed(range(piece.most)):
            more = _Place(_digits(piece.source), behind) if piece.branches is None else _choice(piece.branches, behind)
            behind = more if time < piece.least else _Place(branches=(more, last))
    return behind


@lru_cache(maxsize=1024)
def _digits(symbol: str) -> tuple[int, ...]:
    """The digits of a class, such as [13-5], or the one that `symbol` is."""
    if not re.fullmatch(r"\d|\[(?:\d(?:-\d)?)+\]", symbol):
        raise ValueError(symbol)
    found = {digit for part in _CLASS_PART.findall(symbol) for digit in range(int(part[0]), int(part[-1]) + 1)}
    return tuple(sorted(found))
