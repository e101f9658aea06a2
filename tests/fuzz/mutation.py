"""Bytes that are nearly right: a seed with parts of it changed, doubled, dropped or put together with another's."""

from __future__ import annotations

import random
from collections.abc import Sequence

#: What makes parsers stumble: ends, quotes, separators, marks, digits, signs.
_TROUBLE = (
    b'"',
    b"\r",
    b"\n",
    b",",
    b";",
    b"\0",
    b"\xff",
    b"+",
    b"0",
    b"9" * 20,
    b"\xef\xbb\xbf",
    b"'",
    b"{",
    b"\x1b[",
)


def mutated(seeds: Sequence[bytes], draws: random.Random) -> bytes:
    """One of `seeds` after one to eleven changes."""
    raw = bytearray(draws.choice(seeds))
    for _ in range(draws.randrange(1, 12)):
        at, to = sorted(draws.randrange(len(raw) + 1) for _ in range(2))
        match draws.randrange(4):
            case 0:
                raw[at:to] = draws.randbytes(draws.randrange(4))
            case 1:
                raw[at:at] = raw[at:to]
            case 2:
                raw[at:at] = draws.choice(_TROUBLE)
            case _:
                other = draws.choice(seeds)
                raw[at:at] = other[draws.randrange(len(other)) :][:40]
    return bytes(raw)
