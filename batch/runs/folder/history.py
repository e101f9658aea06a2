"""What all runs said of one contact, oldest first.

Owns: finding a contact's rows in every journal below a folder: by its number, and by the ids that the API gave it.

Journals are looked into and stay as they are, whatever their version. Other numbers are not looked up, so nothing is
said of a contact that had another number when its row was sent, unless the API named its id then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import msgspec

from batch.journal.journal import Journal
from batch.journal.read import OUTCOME
from batch.model import AttemptRecord, ContactChange, Outcome, RunPlan
from batch.runs.folder.catalog import RunCatalog
from batch.runs.folder.run_folder import JOURNAL


class HistoryEntry(NamedTuple):
    """One row about the contact: its run, its number in that run's file, what it asked, what became of it.

    `outcome` is as it would stand if the run ended now. `finished_at` is epoch seconds. `account` names the key that
    the row needed, empty for the run's own.
    """

    folder: Path
    plan: RunPlan
    number: int
    ask: ContactChange | None
    outcome: Outcome
    code: str
    message: str
    same_as: int | None
    finished_at: float | None
    attempts: tuple[AttemptRecord, ...]
    account: str = ""


def contact_history(out: Path, phone: str) -> list[HistoryEntry]:
    """Every row about `phone` (E.164) in the runs below `out`, the runs oldest first, the rows in file order."""
    found = [(each.folder, each.plan) for each in RunCatalog(out).runs()]
    ids: set[str] = set()
    for folder, _ in found:
        with closing(Journal.look(folder / JOURNAL)) as journal:
            ids |= {known for (known,) in journal.ask(_IDS, (phone, phone)) if known}
    past = []
    for folder, plan in found:
        with closing(Journal.look(folder / JOURNAL)) as journal:
            past += list(_history_entries(folder, plan, journal, phone, ids))
    return past


#: The ids that a run learned of the contact. In a run by id they are the contacts themselves.
_IDS = (
    "SELECT coalesce(contact_id, iif(contact LIKE '+%', NULL, contact)) FROM rows WHERE contact = ?"
    " UNION SELECT coalesce(contact_id, iif(contact LIKE '+%', NULL, contact)) FROM rows WHERE phone = ?"
)
_ROWS = f"""
SELECT r.ordinal, r.number, r.ask, {OUTCOME}, r.code, r.message, r.same_as, r.finished_at, {{account}}
FROM rows r WHERE r.ordinal IN (
    SELECT ordinal FROM rows WHERE contact IN (SELECT value FROM json_each(?))
    UNION SELECT ordinal FROM rows WHERE phone = ?)
ORDER BY r.ordinal
"""


def _history_entries(
    folder: Path, plan: RunPlan, journal: Journal, phone: str, ids: Iterable[str]
) -> Iterator[HistoryEntry]:
    names = msgspec.json.encode(sorted({phone, *ids})).decode()
    rows = _ROWS.format(account="r.account" if plan.accounts else "''")  # version 1 had no accounts
    for ordinal, number, ask, outcome, code, message, same_as, finished_at, account in list(
        journal.ask(rows, (names, phone))
    ):
        attempts = journal.ask(
            "SELECT sent_at, seen_at, status, verdict FROM attempts WHERE ordinal = ? ORDER BY id", (ordinal,)
        )
        yield HistoryEntry(
            folder=folder,
            plan=plan,
            number=number,
            ask=None if ask is None else msgspec.json.decode(ask, type=ContactChange),
            outcome=Outcome(outcome),
            code=code,
            message=message,
            same_as=same_as,
            finished_at=finished_at,
            attempts=tuple(AttemptRecord(number, *seen) for seen in attempts),
            account=account,
        )
