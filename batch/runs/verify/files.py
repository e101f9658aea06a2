"""The files of a verification, in the folder of its run: the rows that are not as asked, and the proof as JSON.

Owns: their names, what a row says in them, that they are there whole and never written over.

The rows are a report like any other: `rerun` takes them, with the guards of every run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Final

from batch import reporter
from batch.cli import verify_wording as proof_words
from batch.facts import ReportRows
from batch.journal.journal import Journal
from batch.journal.read import JournalReader
from batch.model import Outcome
from batch.reporter.publish import known_formats
from batch.runs.verify.result import VerifyResult
from batch.runs.verify.store import Mismatch, VerifyStatus, VerifyStore
from batch.text.atomic_file import atomic_file

_AT_ONCE: Final = 4096


def write_mismatches(proof: VerifyResult, journal: Journal, book: VerifyStore, formats: Sequence[str]) -> VerifyResult:
    """`proof` with its files, by name: `rows` (in the first of `formats`, none: the run's), `rows.EXTENSION` for the
    others, and `proof`. Raises SettingsError for an unknown format, OSError."""
    facts = JournalReader(journal).facts()
    chosen = known_formats(formats or proof.plan.formats or (facts.source.format,))
    stem = _free_path(proof.folder, proof.until, [*chosen, "json"])
    files: dict[str, Path] = {}
    for place, extension in enumerate(chosen):
        files[f"rows.{extension}" if place else "rows"] = path = proof.folder / f"{stem}.{extension}"
        reporter.write_rows(path, facts, _parts(book))
    files["proof"] = proof.folder / f"{stem}.json"
    proof = replace(proof, files=files)
    with atomic_file(files["proof"]) as sink:
        sink.write(proof_words.proof_json(proof).encode() + b"\n")
    return proof


def _free_path(folder: Path, at: float, extensions: Sequence[str]) -> str:
    """A name that no file in `folder` has: of this second, or of one after it."""
    while True:
        stem = f"verify-{datetime.fromtimestamp(at, UTC):%Y%m%dT%H%M%SZ}"
        if not any((folder / f"{stem}.{extension}").exists() for extension in extensions):
            return stem
        at += 1


def _parts(book: VerifyStore) -> Iterator[ReportRows]:
    rows = book.wrong()
    while part := list(islice(rows, _AT_ONCE)):
        yield ReportRows(*(list(column) for column in zip(*map(_row, part), strict=True)))


def _row(row: Mismatch) -> tuple[object, ...]:
    outcome, code, message = _message(row)
    return (
        row.cells, row.number, row.phone, row.repair, outcome, code, message, row.status, row.attempts,
        row.same_as, row.contact_id, row.at,
    )  # fmt: skip


def _message(row: Mismatch) -> tuple[str, str, str]:
    """A row's outcome, code and message: what makes a rerun do the right thing with it, and a reader, too."""
    if row.standing is VerifyStatus.NOT_SENT or row.word == Outcome.DUPLICATE:
        return row.word, row.code, row.message
    run_said = f"the run said {row.word}" + (f" ({row.code})" if row.code else "")
    match row.standing:
        case VerifyStatus.NOT_FOUND:
            return Outcome.NOT_FOUND, "contact_not_found", f"{row.told}; {run_said}"
        case VerifyStatus.NOT_READ:
            return Outcome.UNKNOWN, "not_read_back", f"{row.told or 'not read'}; {run_said}"
    return Outcome.FAILED, "dnc_not_in_place" if row.dnc else "not_as_asked", f"found: {row.told}; {run_said}"
