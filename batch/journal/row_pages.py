"""The rows of a run a page at a time, and its progress, for a program that watches it.

Owns: this SQL. The journal is only read, also while a process works on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from batch.journal.journal import Journal
from batch.journal.read import OUTCOME, JournalReader
from batch.model import RERUN, Outcome


class RunRow(NamedTuple):
    """A row of a run as it stands now. `cells` are the user's own; `finished_at` is in epoch seconds."""

    number: int
    cells: tuple[str | None, ...]
    phone: str | None
    outcome: Outcome
    code: str
    message: str
    repair: str
    finished_at: float | None


def rerun_codes(journal: Journal) -> dict[str, int]:
    """The rows that a rerun takes by code, duplicates of such rows left out; most first."""
    code = JournalReader(journal)._code()
    wanted = ",".join(f"'{outcome.value}'" for outcome in RERUN)
    return dict(
        journal._select(
            f"SELECT {code} AS c, count(*) AS n FROM rows r WHERE {OUTCOME} IN ({wanted}) GROUP BY c ORDER BY n DESC, c"
        )
    )


def page_of_code(journal: Journal, code: str, offset: int, count: int) -> list[RunRow]:
    """Up to `count` rows with this code that a rerun takes, behind the first `offset` of them, in input order."""
    wanted = ",".join(f"'{outcome.value}'" for outcome in RERUN)
    where = f"{JournalReader(journal)._code()} = ? AND {OUTCOME} IN ({wanted}) ORDER BY ordinal LIMIT ? OFFSET ?"
    return list(_rows(journal, where, code, count, offset))


def read_last_finished(journal: Journal, count: int) -> list[RunRow]:
    """The `count` rows that got their outcome last by a call, the last one first."""
    found = journal._select(
        "SELECT ordinal FROM attempts WHERE seen_at IS NOT NULL ORDER BY id DESC LIMIT ?", (4 * count,)
    )
    ordinals = list(dict.fromkeys(ordinal for (ordinal,) in found))
    names = msgspec.json.encode(ordinals).decode()
    rows = _rows(journal, "r.outcome IS NOT NULL AND ordinal IN (SELECT value FROM json_each(?))", names)
    return sorted(rows, key=lambda row: -(row.finished_at or 0.0))[:count]


def cells_equal(journal: Journal, code: str, place: int) -> dict[str, int]:
    """How many rows with this code that a rerun takes hold each cell in the column at `place`."""
    wanted = ",".join(f"'{outcome.value}'" for outcome in RERUN)
    cell = f"json_extract(CAST(cells AS TEXT), '$[{place:d}]')"
    return dict(
        journal._select(
            f"SELECT coalesce({cell}, ''), count(*) FROM rows r"
            f" WHERE {JournalReader(journal)._code()} = ? AND {OUTCOME} IN ({wanted}) GROUP BY 1",
            (code,),
        )
    )


def writes_since(journal: Journal, since: float) -> int:
    """How many writes were sent after `since` (epoch seconds)."""
    ((writes,),) = journal._select("SELECT count(*) FROM attempts WHERE sent_at > ?", (since,))
    return int(writes)


def _rows(journal: Journal, where: str, *values: object) -> Iterator[RunRow]:
    code = JournalReader(journal)._code()
    found = journal._select(
        f"SELECT number, cells, phone, {OUTCOME}, {code}, message, repair, finished_at FROM rows r WHERE {where}",
        values,
    )
    for number, cells, phone, outcome, its_code, message, repair, finished_at in found:
        own = msgspec.json.decode(cells, type=tuple[str | None, ...])
        yield RunRow(number, own, phone, Outcome(outcome), its_code, message, repair, finished_at)
