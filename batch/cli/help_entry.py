"""One entry of a help page: a command, an argument or an option."""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """What is typed, and its text."""

    typed: str
    words: str
    is_required: bool = False
