"""How a row that puts a contact back is sent: each contact is read first, whatever is asked of it.

Owns: what the workers of an undo do otherwise than those of other runs.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from batch.dispatcher.actions import ReadRequirement
from batch.dispatcher.guards import GuardPolicy
from batch.dispatcher.workers import RowIO
from batch.guayaba.exchange import ContactRead, Exchange, Failure, ReadResult
from batch.guayaba.search import ContactSearch
from batch.journal.entries import PendingRow
from batch.journal.journal import Journal
from batch.runs.undo.guard import check_before_undo


def undo_row_io(ports: RowIO, journal: Journal, searches: ContactSearch, caution: GuardPolicy) -> RowIO:
    """`ports` for a run that undoes another, whose `journal` holds what that one left."""

    async def look_first(row: PendingRow) -> ContactRead:
        left = await ports.scribe.exclusively(partial(journal.expected, row.ordinal))
        number = row.phone or row.contact
        if left is None:
            return ContactRead(
                ReadResult.UNREADABLE, Exchange(failure=Failure.NO_ANSWER, detail="what the run left is not known")
            )
        found = await searches.find(number, None if row.contact.startswith("+") else row.contact)
        return check_before_undo(*found, row.ask, left, caution)

    async def look(row: PendingRow) -> ContactRead:
        # Whoever the run stopped is stopped still where the lost request did nothing: whether somebody else has asked
        # for it since is what the first look says before the next attempt.
        seen = await ports.look(row)
        return seen._replace(sight=ReadResult.OTHERWISE) if seen.sight is ReadResult.STOPPED else seen

    return replace(ports, look=look, look_first=look_first, need=lambda _: ReadRequirement.MUST_LOOK)
