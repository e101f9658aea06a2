"""What all runs did with one contact, oldest first.

Owns: finding a contact's rows in every journal below a folder: by its number, and by the ids that the API gave it.

Journals are opened for reading only, whatever their version. Other numbers are not looked up: a row that was sent when
the contact had another number is found only where the API named the contact's id then.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from batch.journal.row_queries import RowHistory, contact_ids, contact_rows
from batch.model import RunPlan
from batch.runs.folder.catalog import RunCatalog
from batch.runs.folder.run_folder import read_journal


class HistoryEntry(NamedTuple):
    """One row about the contact, and its run."""

    folder: Path
    plan: RunPlan
    row: RowHistory


def contact_history(out: Path, phone: str) -> list[HistoryEntry]:
    """Every row about `phone` (E.164) in the runs below `out`, the runs oldest first, the rows in file order."""
    runs = RunCatalog(out).runs()
    ids: set[str] = set()
    for run in runs:
        with read_journal(run.folder) as journal:
            ids |= contact_ids(journal, phone)
    entries = []
    for run in runs:
        with read_journal(run.folder) as journal:
            entries += [HistoryEntry(run.folder, run.plan, row) for row in contact_rows(journal, phone, ids)]
    return entries
