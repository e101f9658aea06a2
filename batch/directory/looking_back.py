"""How a row that puts a contact back is sent: each contact is read first, whatever is asked of it.

Owns: what the workers of an undo do otherwise than those of other runs.
Does not own: what the look means (`dispatcher/hindsight.py`).
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from batch.directory.searching import Searches
from batch.dispatcher.commands import Need
from batch.dispatcher.exchange import Exchange, Failure, Look, Sight
from batch.dispatcher.foresight import Caution
from batch.dispatcher.hindsight import hindsight
from batch.dispatcher.workers import Ports
from batch.journal import Journal
from batch.journal.entries import Todo


def looking_back(ports: Ports, journal: Journal, searches: Searches, caution: Caution) -> Ports:
    """`ports` for a run that undoes another, whose `journal` holds what that one left."""

    async def look_first(row: Todo) -> Look:
        left = await ports.scribe.exclusively(partial(journal.expected, row.ordinal))
        number = row.phone or row.contact
        if left is None:
            return Look(Sight.UNREADABLE, Exchange(failure=Failure.NO_ANSWER, detail="what the run left is not known"))
        exchange, found, whole = await searches.search(number, None if row.contact.startswith("+") else row.contact)
        if found == [] and whole:
            # Known by its id, a contact may have another number by now: not to be found by this one proves nothing.
            whole = row.contact.startswith("+") and await searches.finds_people()
        return hindsight(exchange, found, whole, row.ask, left, caution)

    async def look(row: Todo) -> Look:
        # Whoever the run stopped is stopped still where the lost request did nothing: whether somebody else has asked
        # for it since is what the first look says before the next attempt.
        seen = await ports.look(row)
        return seen._replace(sight=Sight.OTHERWISE) if seen.sight is Sight.STOPPED else seen

    return replace(ports, look=look, look_first=look_first, need=lambda _: Need.MUST_LOOK)
