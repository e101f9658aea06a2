"""The names that are nearly a word: what a mistyped option, setting or command was meant to be."""

from __future__ import annotations

from collections.abc import Iterable


def near_names(word: str, names: Iterable[str], count: int = 1, cutoff: float = 0.6) -> list[str]:
    """At most `count` of `names`, the nearest first. `cutoff`: how alike they are at least, from 0 to 1."""
    import difflib  # only a mistake needs it

    return difflib.get_close_matches(word, list(names), count, cutoff)
