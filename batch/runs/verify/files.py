"""The files of a verification, in the folder of its run: the rows that are not as asked, and the result as JSON.

Owns: their names, the outcome and message of a row in them, that they are complete and never overwritten.

The rows are a report: `rerun` takes them, with the guards of every run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Final

from batch import reporter
from batch.journal.journal import Journal
from batch.journal.read import JournalReader
from batch.journal.run_reader import ReportRows
from batch.journal.verified_rows import Mismatch, VerifyStatus, VerifyStore
from batch.model import Outcome
from batch.reporter.publish import known_formats
from batch.runs.folder.run_folder import utc_stamp
from batch.runs.verify.result import VerifyResult, result_json
from batch.text.atomic_file import atomic_file
from batch.text.language import tr

_AT_ONCE: Final = 4096


def write_files(
    result: VerifyResult, journal: Journal, store: VerifyStore, formats: Sequence[str], folder: Path
) -> VerifyResult:
    """`result` with its files by name: `rows` (in the first of `formats`; none: that of the run), `rows.EXTENSION` for
    the others, and `proof`, in `folder`. Raises SettingsError for an unknown format, OSError."""
    facts = JournalReader(journal).facts()
    chosen = known_formats(formats or result.plan.formats or (facts.source.format,))
    stem = _free_path(folder, result.until, [*chosen, "json"])
    files: dict[str, Path] = {}
    for place, extension in enumerate(chosen):
        files[f"rows.{extension}" if place else "rows"] = path = folder / f"{stem}.{extension}"
        reporter.write_rows(path, facts, _parts(store))
    files["proof"] = folder / f"{stem}.json"
    result = replace(result, files=files)
    with atomic_file(files["proof"]) as sink:
        sink.write(result_json(result).encode() + b"\n")
    return result


def _free_path(folder: Path, time_s: float, extensions: Sequence[str]) -> str:
    """A name that no file in `folder` has: of this second, or of one after it."""
    while True:
        stem = f"verify-{utc_stamp(time_s)}"
        if not any((folder / f"{stem}.{extension}").exists() for extension in extensions):
            return stem
        time_s += 1


def _parts(store: VerifyStore) -> Iterator[ReportRows]:
    rows = store.mismatches()
    while part := list(islice(rows, _AT_ONCE)):
        yield ReportRows(*(list(column) for column in zip(*map(_row, part), strict=True)))


def _row(row: Mismatch) -> tuple[object, ...]:
    outcome, code, message = _message(row)
    return (
        row.cells, row.number, row.phone, row.repair, outcome, code, message, row.http_status, row.attempts,
        row.same_as, row.contact_id, row.read_at,
    )  # fmt: skip


def _message(row: Mismatch) -> tuple[str, str, str]:
    """A row's outcome, code and message: what makes a rerun do the right thing with it, and a reader, too."""
    if row.status is VerifyStatus.NOT_SENT or row.outcome == Outcome.DUPLICATE:
        return row.outcome, row.code, row.message
    run_said = tr("the run said {outcome}", outcome=row.outcome) + (f" ({row.code})" if row.code else "")
    match row.status:
        case VerifyStatus.NOT_FOUND:
            return Outcome.NOT_FOUND, "contact_not_found", f"{row.reason}; {run_said}"
        case VerifyStatus.NOT_READ:
            return Outcome.UNKNOWN, "not_read_back", f"{row.reason or tr('not read')}; {run_said}"
    return (
        Outcome.FAILED,
        "dnc_not_in_place" if row.is_dnc else "not_as_asked",
        tr("found: {found}", found=f"{row.reason}; {run_said}"),
    )
