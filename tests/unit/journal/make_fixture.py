"""Make the journal of today's version that later versions are tested with: `python tests/unit/journal/make_fixture.py`.

Run it in the change that adds a step to `batch/journal/schema.py`, once, and commit what it writes. It refuses to write
over a fixture: what shipped is what older programs wrote.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import msgspec
from unit.harness import DNC, duplicate, found, plan, sendable, write_plan
from unit.reporter.report_row import ReportRow

from batch.journal.entries import AttemptStarted, LimitObserved, PauseRecorded
from batch.journal.journal import Journal
from batch.journal.read import JournalReader
from batch.journal.schema import VERSION
from batch.model import ContactChange, Outcome, PlannedRow
from batch.text.utc import iso_utc

FIXTURES = Path(__file__).parent / "fixtures"


def rows() -> list[PlannedRow]:
    """Rows of every kind: some that end, one in doubt, some still to be sent."""
    return [
        *sendable(9, first=100),
        duplicate(120, 100),
        PlannedRow(121, ("98",), None, None, None, Outcome.INVALID, "too_short", "2 digits", repair=""),
        PlannedRow(
            122, ("Ñandú",), "+12125550122", "+12125550122", ContactChange("DNC"), in_doubt=True, repair="read as US"
        ),
        *sendable(4, first=130),
    ]


def left_to_do(journal: Journal) -> list[dict[str, Any]]:
    return [{"ordinal": row.ordinal, "ask": row.change, "in_doubt": row.in_doubt} for row in journal.todo(0, 1000)]


def contents(journal: Journal, *, todo: bool = True) -> dict[str, Any]:
    """All that a reader can learn from a journal, as JSON.

    Without `todo`, only what a reader of an older journal may ask of it.
    """
    record = JournalReader(journal)
    facts = msgspec.to_builtins(record.facts())
    names = {"sessions": "stretches", "change": "ask", "source_run": "parent", "dnc_rows": "asked_dnc"}
    for name, then in names.items():
        facts[then] = facts.pop(name)  # as the fixtures call them
    run, rows = facts["run"], []
    for part in record.report_rows():
        for each in zip(*part, strict=True):
            row = ReportRow(*each)
            finished = None if row.finished_at is None else iso_utc(row.finished_at)
            rows.append({**row._asdict(), "cells": msgspec.json.decode(row.cells), "finished_at": finished, "run": run})
    seen = {
        "plan": journal.plan(),
        "facts": facts,
        "rows": rows,
        "attempts": [attempt._asdict() for attempt in record.attempts()],
        **({"todo": left_to_do(journal)} if todo else {}),
        "published": journal.published_files(),
        "limit": journal.limit,
        "closed": journal.is_closed,
    }
    return json.loads(msgspec.json.encode(seen))  # type: ignore[no-any-return]


def make(path: Path) -> None:
    """Write a journal in which something of everything has happened."""
    journal = Journal.create(path)
    write_plan(journal, plan(change=DNC), [rows()])
    journal.begin(1_769_850_001.0)
    words = (Outcome.SUCCEEDED, Outcome.NOT_FOUND, Outcome.REJECTED, Outcome.FAILED, Outcome.UNCHANGED,
             Outcome.SUPERSEDED)  # fmt: skip
    codes = ("confirmed", "contact_not_found", "bad_request", "server_error", "read_back", "superseded")
    for ordinal, (word, code) in enumerate(zip(words, codes, strict=True), start=1):
        at = 1_769_850_002.0 + ordinal
        journal.append([AttemptStarted(ordinal, 1, at), LimitObserved(30)])
        journal.append([found(ordinal, word, code=code, at=at + 0.5, left_at=at + 0.1, contact_id="id-1")])
    journal.append([PauseRecorded(1_769_850_010.0, 1_769_850_020.0, "throttled")])
    journal.append([AttemptStarted(7, 1, 1_769_850_021.0)])  # its answer was never seen
    journal.append(
        [AttemptStarted(8, 1, 1_769_850_022.0), found(8, None, status=None, verdict="in-doubt", in_doubt=True)]
    )
    journal.append([found(8, None, attempt=None, at=1_769_850_023.0, verdict="succeeded")])
    journal.record_published({"outcomes.csv": "ab" * 32})
    journal.end(
        1_769_850_030.0, stopped_for={"": "outage"}, exit_code=75, commands={"resume": "guayaba-batch resume x"}
    )
    journal.close()


def main() -> None:
    FIXTURES.mkdir(exist_ok=True)
    path = FIXTURES / f"version-{VERSION}.sqlite"
    if path.exists():
        raise SystemExit(f"{path} exists: a version that shipped is never made again.")
    make(path)
    with sqlite3.connect(path) as connection:
        connection.execute("VACUUM")
    connection.close()
    journal = Journal.open_readonly(path)
    text = json.dumps(contents(journal), indent=1, ensure_ascii=False, sort_keys=True)
    journal.close()
    path.with_suffix(".json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
