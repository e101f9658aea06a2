"""How many of the times in a heap have come. Pure."""

from __future__ import annotations

from collections.abc import Sequence


def count_due(heap: Sequence[float], at: float, most: int) -> int:
    """How many times of `heap` are not after `at`, up to `most`. It goes down the heap as far as that is so: what comes
    later is not looked at."""
    if not heap or heap[0] > at:
        return 0
    found, places = 0, [0]
    while places and found < most:
        place = places.pop()
        if place < len(heap) and heap[place] <= at:
            found += 1
            places += [2 * place + 1, 2 * place + 2]
    return found
