"""Columns that say of each person whether to leave them alone, and what their cells say. Pure.

Owns: which columns these are, by their headers; whether a cell says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from batch.loader.cells.regions import fold
from batch.loader.columns import names as headers
from batch.text.opt_out_words import asks_to_be_left_alone, is_opt_out_header, says_yes


class OptOutColumn(NamedTuple):
    """A column at `place`. `takes_yes`: a yes below it is a wish to be left alone; else only a wish in words is."""

    place: int
    title: str
    takes_yes: bool

    def says_so(self, cell: str) -> bool:
        """True where a cell of the column asks to leave the person alone."""
        return says_yes(cell) if self.takes_yes else asks_to_be_left_alone(cell)


def opt_out_columns(header: Sequence[str], status: int | None) -> tuple[OptOutColumn, ...]:
    """The columns "Do Not Call", "No llamar" and the like, and those of a CRM's own statuses; not that of the status
    that is sent, at `status`."""
    found = []
    for place, title in enumerate(header):
        if place == status or not title.strip():
            continue
        if is_opt_out_header(title):
            found.append(OptOutColumn(place, title, True))
        elif headers.STATUS_FOREIGN.fullmatch(fold(title)):
            found.append(OptOutColumn(place, title, False))
    return tuple(found)
