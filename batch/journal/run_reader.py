"""What a reporter reads of a run: its summary, its rows by column, its attempts. Values only.

Owns: these shapes. `read.py` provides them from a journal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from batch.model import AttemptRecord, Outcome, RunSummary


class ReportRows(NamedTuple):
    """Report rows by column, each column as long as the others: no object per row."""

    #: The user's own cells of a row: a JSON array of strings and nulls.
    cells: Sequence[bytes]
    number: Sequence[int]
    phone: Sequence[str | None]
    #: How the phone was read where the cell was damaged; empty where it was not.
    repair: Sequence[str]
    #: Names of `Outcome`.
    outcome: Sequence[str]
    code: Sequence[str]
    #: What the API or a check said of the row.
    message: Sequence[str]
    #: HTTP status.
    status: Sequence[int | None]
    attempts: Sequence[int]
    same_as: Sequence[int | None]
    contact_id: Sequence[str | None]
    #: Epoch seconds.
    finished_at: Sequence[float | None]


class RunReader(Protocol):
    """What the reporter reads: a run's summary, its rows in input order and its attempts. The journal provides it."""

    def facts(self) -> RunSummary: ...

    def report_rows(self, outcomes: Iterable[Outcome] | None = None) -> Iterator[ReportRows]:
        """Yield rows in input order, in bounded parts; with `outcomes`, only those and the duplicates of them."""

    def attempts(self) -> Iterator[AttemptRecord]:
        """Yield every attempt in the order of sending."""
