"""How the rows of a file differ from what they were: kept, added, edited, removed. Pure.

Owns: matching rows by their fingerprints, whatever their place in the file.

A row is kept where the other file has a row with the same cells, at any place. Rows of one contact must also keep their
order, since the order decides which of them is sent. Of the rest, a row is edited where both files have a row of the
same contact or with the same row number; else it is removed or added.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from typing import Final, NamedTuple

#: How many rows of each kind are named.
NAMED: Final = 5


class Line(NamedTuple):
    """One row: its number, its cells as one value, its contact (`None`: not known), whether it was sent already."""

    number: int
    fingerprint: Hashable
    contact: Hashable | None = None
    done: bool = False


class DriftCount(NamedTuple):
    """Rows with one kind of change: how many, how many of them were sent before, and the first as (number then, number
    now), `None` where the row was not there."""

    rows: int
    done: int
    named: tuple[tuple[int | None, int | None], ...]


class Drift(NamedTuple):
    """How rows differ. Rows then = `kept` + edited + removed; rows now = `kept` + edited + added."""

    kept: int
    added: DriftCount
    edited: DriftCount
    removed: DriftCount

    def __bool__(self) -> bool:
        """True where anything differs."""
        return any(change.rows for change in self[1:])


def compare_rows(then: Sequence[Line], now: Sequence[Line]) -> Drift:
    """How the rows `now` differ from those `then`; both in file order."""
    old, new = _without(then, now), _without(now, then)
    kept = len(then) - len(old)
    edited: list[tuple[Line, Line]] = []
    for by_contact in (True, False):
        pairs = _pair(old, new, by_contact)
        edited += pairs
        old = _rest(old, [line for line, _ in pairs])
        new = _rest(new, [line for _, line in pairs])
    edited.sort(key=lambda pair: pair[0].number)
    return Drift(kept, _count((None, line) for line in new), _count(edited), _count((line, None) for line in old))


def _without(lines: Sequence[Line], others: Sequence[Line]) -> list[Line]:
    """The rows of `lines` that `others` does not have; of rows that are alike, those that are too many."""
    there = Counter(_keys(others))
    rest = []
    for line, key in zip(lines, _keys(lines), strict=True):
        if there[key]:
            there[key] -= 1
        else:
            rest.append(line)
    return rest


def _keys(lines: Sequence[Line]) -> Iterable[tuple[int, Hashable]]:
    """What a kept row must share: its cells, and how many rows of its contact stand before it."""
    before: Counter[Hashable] = Counter()
    for line in lines:
        yield (0 if line.contact is None else before[line.contact]), line.fingerprint
        before[line.contact] += 1


def _pair(old: Sequence[Line], new: Sequence[Line], by_contact: bool) -> list[tuple[Line, Line]]:
    """The rows of both that have the same contact, or else the same number; the n-th with the n-th."""
    waiting: defaultdict[Hashable, list[Line]] = defaultdict(list)
    for line in reversed(new):
        waiting[line.contact if by_contact else line.number].append(line)
    pairs = []
    for line in old:
        key = line.contact if by_contact else line.number
        if key is not None and waiting[key]:
            pairs.append((line, waiting[key].pop()))
    return pairs


def _rest(lines: Sequence[Line], paired: Iterable[Line]) -> list[Line]:
    numbers = {line.number for line in paired}
    return [line for line in lines if line.number not in numbers]


def _count(changes: Iterable[tuple[Line | None, Line | None]]) -> DriftCount:
    changed = list(changes)
    done = sum(then is not None and then.done for then, _ in changed)
    named = tuple((then and then.number, now and now.number) for then, now in changed[:NAMED])
    return DriftCount(len(changed), done, named)
