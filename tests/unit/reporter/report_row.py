"""One report row as a value: the columns of `batch.model.ReportRows`, for tests that write and compare rows."""

from __future__ import annotations

from typing import NamedTuple


class ReportRow(NamedTuple):
    """One row of a report; `cells` is a JSON array, `finished_at` is in epoch seconds."""

    cells: bytes
    number: int
    phone: str | None
    repair: str
    outcome: str
    code: str
    message: str
    status: int | None
    attempts: int
    same_as: int | None
    contact_id: str | None
    finished_at: float | None
