"""Rows whose contacts another run, which is at work, has still to write as well.

Owns: which of them make a difference: of two runs that ask for one and the same stop, either may come last.
"""

from __future__ import annotations

from typing import Final

from batch.guayaba.requests import OutreachEffect
from batch.journal.journal import Journal
from batch.journal.supersede import NAMES, KeyPairs, settle_by_newer_runs

_COUNT: Final = f"""SELECT count(*) FROM rows AS r WHERE r.outcome IS NULL AND EXISTS (
    SELECT 1 FROM temp.newer_rows AS n, temp.same_key AS same_key
    WHERE n.outcome IS NULL AND n.contact IN ({NAMES.format(row="r")})
    AND r.account = same_key.here AND n.account = same_key.there
    AND (n.ask <> r.ask OR r.turn = {OutreachEffect.STARTS:d}))
"""


def count_contested(journal: Journal, others: KeyPairs) -> dict[str, int]:
    """How many pending rows of `journal` each of the `others` (by the name of its folder) has still to write; without
    those that have none. Raises JournalBroken."""
    counts: dict[str, int] = {}

    def count(folder: str, _run: str) -> int:
        ((counts[folder],),) = journal._select(_COUNT)
        return counts[folder]

    if others:
        settle_by_newer_runs(journal.db, journal.path, journal.pending_by_account(), others, {}, count)
    return {folder: rows for folder, rows in counts.items() if rows}
