"""Counts with their nouns: `1 row`, `9,800 rows`.

Owns: the plural, for every message that counts. A "1 rows" makes a reader doubt the rest.
"""

from __future__ import annotations


def pluralize(count: int, noun: str) -> str:
    """`count`, in groups of three, with `noun`, in the plural unless it is one. The nouns here take an s."""
    return f"{count:,} {noun if count == 1 else f'{noun}s'}"
