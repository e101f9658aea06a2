"""Rows whose contacts another run writes as well.

Owns: which of them a run that is at work has still to write in a way that makes a difference (of two runs that ask for
one and the same stop, either may come last), and holding them back; which of them a later run has taken back after they
were done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from batch.guayaba.requests import OutreachEffect
from batch.journal.journal import Journal
from batch.journal.supersede import NAMES, KeyPairs, newer_write_condition, settle_by_newer_runs
from batch.model import Outcome
from batch.text.language import tr

_CONTESTED: Final = f"""r.outcome IS NULL AND EXISTS (
    SELECT 1 FROM temp.newer_rows AS n, temp.same_key AS same_key
    WHERE n.outcome IS NULL AND n.contact IN ({NAMES.format(row="r")})
    AND r.account = same_key.here AND n.account = same_key.there
    AND (n.ask <> r.ask OR r.turn = {OutreachEffect.STARTS:d}))
"""
_COUNT_TAKEN_BACK: Final = f"""SELECT count(*) FROM rows WHERE outcome IN ('succeeded', 'unchanged')
AND {newer_write_condition("rows", replaces=False)} AND NOT {newer_write_condition("rows")}
"""


def count_contested(journal: Journal, others: KeyPairs) -> dict[str, int]:
    """How many pending rows of `journal` each of the `others` (by the name of its folder) has still to write; without
    those that have none. Raises JournalBroken."""
    return _count(journal, others, lambda _: journal._select(f"SELECT count(*) FROM rows AS r WHERE {_CONTESTED}"))


def hold_contested(journal: Journal, others: KeyPairs, time_s: float) -> dict[str, int]:
    """How many pending rows of `journal` were settled as `held`, because one of the `others` (by the name of its
    folder) has still to write their contacts; without those that hold none. For a run that has sent nothing yet.

    Raises JournalBroken.
    """
    sql = f"UPDATE rows AS r SET outcome = ?, code = ?, message = ?, finished_at = ? WHERE {_CONTESTED}"

    def hold(folder: str, _: str) -> int:
        message = tr("{run} had still to write this contact", run=folder)
        with journal._writing():
            return journal.db.execute(sql, (Outcome.HELD, "contested", message, time_s)).rowcount

    return _by_folder(journal, others, hold)


def count_taken_back(journal: Journal, newer: KeyPairs) -> dict[str, int]:
    """How many rows of `journal` that are done each of the `newer` runs has written since with a status that takes the
    place of none of theirs: it starts outreach that they stopped, or ends DNC. Raises JournalBroken."""
    return _count(journal, newer, lambda run: journal._select(_COUNT_TAKEN_BACK, (run,)))


def _count(journal: Journal, others: KeyPairs, select: Callable[[str], Iterable[tuple[Any, ...]]]) -> dict[str, int]:
    def count(_: str, run: str) -> int:
        ((rows,),) = select(run)
        return int(rows)

    return _by_folder(journal, others, count)


def _by_folder(journal: Journal, others: KeyPairs, settle: Callable[[str, str], int]) -> dict[str, int]:
    """What `settle` returns for each of the `others`, by folder, where it is not 0."""
    counts: dict[str, int] = {}

    def settle_one(folder: str, run: str) -> int:
        counts[folder] = settle(folder, run)
        return counts[folder]

    if others:
        accounts = [account for (account,) in journal._select("SELECT DISTINCT account FROM rows")]
        settle_by_newer_runs(journal.db, journal.path, accounts, others, {}, settle_one)
    return {folder: rows for folder, rows in counts.items() if rows}
