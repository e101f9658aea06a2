"""A run of a few rows in memory, and the means to vary it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import pytest
from unit.reporter.report_row import ReportRow

from batch.journal.run_reader import ReportRows, RunReader
from batch.model import RERUN, AttemptRecord, ContactChange, Operation, Outcome, RunSummary, SourceMeta

STARTED = 1_769_850_000.0  # 2026-01-31T09:00:00Z


@dataclass(frozen=True)
class MemoryRecord:
    """A `RunReader` of rows held in memory, given in chunks of `chunk` rows."""

    _facts: RunSummary
    _rows: Sequence[ReportRow]
    _attempts: Sequence[AttemptRecord] = ()
    chunk: int = 3

    def facts(self) -> RunSummary:
        return self._facts

    def report_rows(self, outcomes: Iterable[Outcome] | None = None) -> Iterator[ReportRows]:
        wanted = self._rows
        if outcomes is not None:
            among = set(outcomes)
            of_number = {row.number: row.outcome for row in self._rows}
            wanted = [
                row
                for row in self._rows
                if row.outcome in among
                or (row.outcome == Outcome.DUPLICATE and of_number.get(row.same_as or 0) in among)
            ]
        for start in range(0, len(wanted), self.chunk):
            yield ReportRows(*zip(*wanted[start : start + self.chunk], strict=True))

    def attempts(self) -> Iterator[AttemptRecord]:
        yield from self._attempts


def _row(
    number: int,
    cells: Sequence[str | None],
    outcome: Outcome = Outcome.SUCCEEDED,
    code: str = "confirmed",
    message: str = "",
    *,
    phone: str | None = "+12125550123",
    repair: str = "",
    status: int | None = 200,
    attempts: int = 1,
    same_as: int | None = None,
) -> ReportRow:
    return ReportRow(
        cells=msgspec.json.encode(cells),
        number=number,
        phone=phone,
        repair=repair,
        outcome=outcome,
        code=code,
        message=message,
        status=status,
        attempts=attempts,
        same_as=same_as,
        contact_id=None,
        finished_at=STARTED + 5 if attempts else None,
    )


def _fate(row: ReportRow, rows: Mapping[int, ReportRow]) -> Outcome:
    """The outcome of `row`; for a duplicate that of the row it was folded into."""
    return Outcome(rows.get(row.same_as or 0, row).outcome)


def _record(
    rows: Sequence[ReportRow],
    header: Sequence[str] = ("Name", "Phone"),
    /,
    *,
    format: str = "csv",
    dtypes: Sequence[str] = (),
    roles: Mapping[str, str] = {"phone": "Phone", "name": "Name"},
    attempts: Sequence[AttemptRecord] = (),
    chunk: int = 3,
    **changes: object,
) -> RunReader:
    counts = Counter(Outcome(row.outcome) for row in rows)
    facts = RunSummary(
        run="r-ab12",
        operation=Operation.UPDATE,
        base_url="https://api.guayaba.ai",
        key_fingerprint="k:5f2a9c",
        source=SourceMeta(
            path="/exports/contacts.csv",
            format=format,
            sha256="ab" * 32,
            header=tuple(header),
            dtypes=tuple(dtypes) or ("String",) * len(header),
            roles=roles,
        ),
        change=ContactChange(status="fulfilled"),
        started_at=STARTED,
        ended_at=STARTED + 200,
        state="finished",
        rows=len(rows),
        counts=counts,
        codes=Counter(row.code for row in rows if row.code),
        writes=sum(row.attempts for row in rows),
        reads=1,
        limit=30,
        window_seconds=60.0,
        exit_code=3 if counts.keys() & RERUN else 0,
        commands={"rerun": "guayaba-batch rerun reports/r-ab12/failures.csv"} if counts.keys() & RERUN else {},
    )
    facts = replace(facts, **changes)  # type: ignore[arg-type]
    fates = Counter(_fate(row, {other.number: other for other in rows}) for row in rows)
    facts = replace(facts, not_done=sum(fates[outcome] for outcome in (*RERUN, Outcome.DUPLICATE)))
    if facts.change.status == "DNC" and not facts.dnc_rows:
        contacts = Counter(Outcome(row.outcome) for row in rows if row.outcome != Outcome.DUPLICATE)
        facts = replace(facts, dnc_rows=fates, dnc_contacts=contacts)
    return MemoryRecord(facts, rows, attempts, chunk)


@pytest.fixture(scope="session")
def row() -> Callable[..., ReportRow]:
    """Makes a report row: number, cells, outcome, code, message."""
    return _row


@pytest.fixture(scope="session")
def record() -> Callable[..., RunReader]:
    """Makes a record of rows; further names replace fields of its facts."""
    return _record


@pytest.fixture(scope="session")
def mixed() -> RunReader:
    """A run with most outcomes in it, of people with accents, quotes and formulas."""
    rows = [
        _row(2, ["José Ñandú", "+12125550101"], phone="+12125550101"),
        _row(3, ['O"Brien, Pat', "+12125550102"], Outcome.UNCHANGED, phone="+12125550102", attempts=0, status=None),
        _row(
            4,
            ["=1+2", "(212) 555-0103"],
            Outcome.NOT_FOUND,
            "contact_not_found",
            "Contact not found",
            phone="+12125550103",
            status=404,
        ),
        _row(
            5,
            ["Dup of four", "2125550103"],
            Outcome.DUPLICATE,
            "same_contact",
            phone="+12125550103",
            attempts=0,
            status=None,
            same_as=4,
        ),
        _row(
            6,
            ["Dup of two", "+1 212 555 0101"],
            Outcome.DUPLICATE,
            "same_contact",
            phone="+12125550101",
            attempts=0,
            status=None,
            same_as=2,
        ),
        _row(
            7,
            [None, "call me"],
            Outcome.INVALID,
            "not_a_number",
            "'call me' holds no digits",
            phone=None,
            attempts=0,
            status=None,
        ),
        _row(
            8,
            ["Line\r\nbreak", "+12125550108"],
            Outcome.FAILED,
            "server_error",
            "Internal server error",
            phone="+12125550108",
            attempts=5,
            status=503,
        ),
        _row(9, ["Late", "+12125550109"], Outcome.PENDING, "stopped", phone="+12125550109", attempts=0, status=None),
    ]
    attempts = [
        AttemptRecord(row=2, sent_at=STARTED + 1, seen_at=STARTED + 1.2, status=200, verdict="succeeded"),
        AttemptRecord(row=4, sent_at=STARTED + 3, seen_at=STARTED + 3.1, status=404, verdict="not_found"),
        *(
            AttemptRecord(row=8, sent_at=STARTED + 20 * n, seen_at=STARTED + 20 * n + n, status=503, verdict="retry")
            for n in range(1, 6)
        ),
    ]
    return _record(rows, attempts=attempts, pauses=((STARTED + 100, STARTED + 160, "429"),))


@pytest.fixture
def golden() -> Callable[[str, bytes], None]:
    """Compares bytes with a file of `golden/`. With GOLDEN=write in the environment it writes the file instead:
    look at the difference before you commit it."""

    def compare(name: str, found: bytes) -> None:
        path = Path(__file__).parent / "golden" / name
        if os.environ.get("GOLDEN") == "write":
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(found)
        assert found == path.read_bytes()

    return compare
