"""How the rows of a file differ from what they were: inserted, moved, edited, removed.

Owns: matching rows by their fingerprints, so that one inserted row does not make all rows below it others.

Rows with one fingerprint are the same row; where several have it, they are matched in their order. Of the matched rows
those that kept their order are as they were, as many as possible, and the others moved. What is left on both sides is
an edited row where it is the same contact or stands at the same place, else a removed and an inserted one.
Source: M. L. Fredman, "On computing the length of longest increasing subsequences" (1975), for the rows that kept
their order.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Hashable, Iterable, Sequence
from typing import Final, NamedTuple

#: So many rows of a kind are named.
NAMED: Final = 5


class Line(NamedTuple):
    """One row: its number, what tells it from others, who it is about (`None`: nobody known), whether it is done."""

    number: int
    fingerprint: Hashable
    contact: Hashable | None = None
    done: bool = False


class DriftCount(NamedTuple):
    """Rows with one kind of change: how many, how many of them were done before, and the first of them.

    `named` are (number then, number now), `None` where the row was not there.
    """

    rows: int
    done: int
    named: tuple[tuple[int | None, int | None], ...]


class Drift(NamedTuple):
    """How rows differ. Rows then = `kept` + moved + edited + removed; rows now = `kept` + moved + edited + inserted."""

    kept: int
    inserted: DriftCount
    moved: DriftCount
    edited: DriftCount
    removed: DriftCount

    def __bool__(self) -> bool:
        """True where anything differs."""
        return any(change.rows for change in self[1:])


def drift(then: Sequence[Line], now: Sequence[Line]) -> Drift:
    """How the rows `now` differ from those `then`; both in file order."""
    first = _common_prefix(zip(then, now, strict=False))
    last = _common_prefix(zip(reversed(then[first:]), reversed(now[first:]), strict=False))
    old, new = then[first : len(then) - last], now[first : len(now) - last]
    pairs = _match([line.fingerprint for line in old], [line.fingerprint for line in new])
    stayed = [pairs[at] for at in _longest_increasing([place for _, place in pairs])]
    moved = sorted({*pairs} - {*stayed})
    edited, gone, come = _find_edited(old, new, pairs, stayed)
    return Drift(
        kept=first + last + len(stayed),
        inserted=_change((None, new[at]) for at in come),
        moved=_change((old[at], new[to]) for at, to in moved),
        edited=_change((old[at], new[to]) for at, to in edited),
        removed=_change((old[at], None) for at in gone),
    )


def _common_prefix(pairs: Iterable[tuple[Line, Line]]) -> int:
    """How many pairs have one fingerprint before the first that has not."""
    count = 0
    for a, b in pairs:
        if a.fingerprint != b.fingerprint:
            break
        count += 1
    return count


def _match(then: Sequence[Hashable], now: Sequence[Hashable]) -> list[tuple[int, int]]:
    """The places (then, now) of what is in both, in the order of `then`: the n-th of its kind with the n-th."""
    places: defaultdict[Hashable, deque[int]] = defaultdict(deque)
    for at, key in enumerate(now):
        places[key].append(at)
    return [(at, places[key].popleft()) for at, key in enumerate(then) if places.get(key)]


def _longest_increasing(numbers: Sequence[int]) -> list[int]:
    """The places in `numbers` of a longest run of growing numbers; all are different."""
    ends: list[int] = []  # the smallest number that ends a growing run of each length
    places: list[int] = []
    before: list[int] = []
    for at, number in enumerate(numbers):
        length = bisect_left(ends, number)
        before.append(places[length - 1] if length else -1)
        ends[length : length + 1] = [number]
        places[length : length + 1] = [at]
    found = []
    at = places[-1] if places else -1
    while at >= 0:
        found.append(at)
        at = before[at]
    return found[::-1]


def _find_edited(
    old: Sequence[Line], new: Sequence[Line], pairs: Sequence[tuple[int, int]], stayed: Sequence[tuple[int, int]]
) -> tuple[list[tuple[int, int]], list[int], list[int]]:
    """Of the rows that were not matched: those edited (then, now), those gone, those come."""
    gone = sorted({*range(len(old))} - {at for at, _ in pairs})
    come = sorted({*range(len(new))} - {to for _, to in pairs})
    edited = [
        (gone[at], come[to])
        for at, to in _match([_who(old[at], at) for at in gone], [_who(new[to], -1 - to) for to in come])
    ]
    gone, come = _without(gone, {at for at, _ in edited}), _without(come, {to for _, to in edited})
    # The rows that stayed part both files into the same gaps.
    befores, afters = [at for at, _ in stayed], [to for _, to in stayed]
    placed = [
        (gone[at], come[to])
        for at, to in _match([bisect_left(befores, at) for at in gone], [bisect_left(afters, to) for to in come])
    ]
    edited = sorted(edited + placed)
    return edited, _without(gone, {at for at, _ in placed}), _without(come, {to for _, to in placed})


def _who(line: Line, unlike: int) -> Hashable:
    """Who `line` is about; a row that is about nobody is like no other."""
    return ("nobody", unlike) if line.contact is None else line.contact


def _without(places: Sequence[int], taken: set[int]) -> list[int]:
    return [place for place in places if place not in taken]


def _change(rows: Iterable[tuple[Line | None, Line | None]]) -> DriftCount:
    named: list[tuple[int | None, int | None]] = []
    count = done = 0
    for then, now in rows:
        count += 1
        done += then is not None and then.done
        if len(named) < NAMED:
            named.append((then.number if then else None, now.number if now else None))
    return DriftCount(count, done, tuple(named))
