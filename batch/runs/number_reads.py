"""Reads of the contacts that hold a number, one form of it a call.

Owns: which form is read next, what was read so far, and when that is too old to be used.
Source: `guayaba/number_forms.py`. One read has one token of the quota, so two forms are two reads of the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from batch.guayaba.contact import Contact
from batch.guayaba.reads import SearchResult
from batch.guayaba.search import ContactSearch

#: What was read of the first form is used for so long, until the last one is read.
_FRESH_S: Final = 15.0


class NumberRead(NamedTuple):
    """What was read: `result` holds the contacts of all forms that were read so far. `complete`: these are all forms,
    or the last read could not be used."""

    result: SearchResult
    complete: bool


class _Partial(NamedTuple):
    began: float
    contacts: tuple[Contact, ...]
    forms: int


class NumberReads:
    """The reads of one lane over `searches`. `wall`: epoch seconds."""

    def __init__(self, searches: ContactSearch, wall: Callable[[], float]) -> None:
        self._searches = searches
        self._wall = wall
        self._partial: dict[int, _Partial] = {}  # by ordinal

    async def read_next(self, ordinal: int, forms: Sequence[str]) -> NumberRead:
        """Read the next of `forms` (E.164, at least one) for the row `ordinal`. Of each form, no contact is proved as
        `ContactSearch.find` does. A read that cannot be used is made again by the next call."""
        now = self._wall()
        known = self._partial.get(ordinal)
        if known is None or not 0 <= now - known.began <= _FRESH_S:
            known = _Partial(now, (), 0)
        result = await self._searches.find(forms[known.forms])
        if result.contacts is None or (not result.contacts and not result.whole):
            self._partial[ordinal] = known
            return NumberRead(result, True)
        contacts = (*known.contacts, *result.contacts)
        whole = result._replace(contacts=list(contacts), whole=True)
        if known.forms + 1 < len(forms):
            self._partial[ordinal] = _Partial(known.began, contacts, known.forms + 1)
            return NumberRead(whole, False)
        self.forget(ordinal)
        return NumberRead(whole, True)

    def forget(self, ordinal: int) -> None:
        """Drop what was read for the row so far."""
        self._partial.pop(ordinal, None)
