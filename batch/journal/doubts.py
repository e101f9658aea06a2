"""Rows whose request may have arrived, from the journal of a run to that of its rerun.

Owns: this SQL. A report says only what was known when it was written: after it, a resume may have been killed with
requests under way. Such a row must be read back before it is sent, whatever its report says.
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from batch.journal.journal import Journal


def contacts_in_doubt(journal: Journal) -> set[str]:
    """The contacts to which a request of the run in `journal` may have been made, without a known result."""
    return {
        contact
        for (contact,) in journal._select(
            "SELECT contact FROM rows WHERE contact IS NOT NULL"
            " AND (outcome = 'unknown' OR (outcome IS NULL AND in_doubt))"
        )
    }


def mark_in_doubt(journal: Journal, contacts: Collection[str]) -> None:
    """Let the pending rows of `contacts` be read back before they are sent. Raises JournalBroken."""
    if not contacts:
        return
    with journal._writing():
        journal.db.execute(
            "UPDATE rows SET in_doubt = 1 WHERE outcome IS NULL AND contact IN (SELECT value FROM json_each(?))",
            (msgspec.json.encode(sorted(contacts)).decode(),),
        )
