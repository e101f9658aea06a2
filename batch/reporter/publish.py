"""A run's files, written whole into its folder.

Owns: which files there are, their names and order, and the check that every row is in them.
Flow: record -> outcomes -> failures -> page -> summary. The summary comes last: where it is, the others are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import polars as pl

from batch.errors import BatchError, SettingsError
from batch.journal.run_reader import ReportRows, RunReader
from batch.model import Outcome, RunSummary
from batch.reporter.columns import Columns
from batch.reporter.delimited import separator_for, write_delimited
from batch.reporter.dnc_coverage import dnc_coverage
from batch.reporter.page import write_page
from batch.reporter.row_frames import build_frame, every_row, failed_rows
from batch.reporter.summary import summarise, summary_json
from batch.reporter.table_file import write_table
from batch.settings.values import FORMATS
from batch.text.atomic_file import atomic_file
from batch.text.language import tr


def publish(
    folder: Path, record: RunReader, formats: Sequence[str] = (), facts: RunSummary | None = None
) -> dict[str, Path]:
    """The files written into `folder`, by name and in this order: `outcomes`, `failures`, `report`, `summary`.

    `formats` are of `FORMATS`; none means the source's own. The first format has the plain names, further ones theirs
    with the extension (`outcomes.parquet`). `outcomes` holds every row, `failures` those that a rerun takes, with the
    duplicates folded into one of them; a file with no row has a header. Each file is replaced whole, 0600. `facts` are
    those of `record`, where the caller has them.

    Raises SettingsError for an unknown format, BatchError when the rows do not add up to what the run counted (the
    files of an earlier call stay as they were), OSError.
    """
    facts = facts or record.facts()
    chosen = known_formats(formats or (facts.source.format,))
    paths: dict[str, Path] = {}
    for place, extension in enumerate(chosen):
        suffix = f".{extension}" if place else ""
        paths[f"outcomes{suffix}"] = folder / f"outcomes.{extension}"
        _write(folder / f"outcomes.{extension}", facts, _check_formats(facts, every_row(record, facts)))
        paths[f"failures{suffix}"] = folder / f"failures.{extension}"
        _write(folder / f"failures.{extension}", facts, failed_rows(record, facts))
    paths["report"] = folder / "report.html"
    paths["summary"] = folder / "summary.json"
    names = {name: path.name for name, path in paths.items()}
    found = summarise(facts, names)
    with atomic_file(paths["report"]) as sink:
        write_page(sink, record, names, dnc_coverage(facts), facts=facts)
    with atomic_file(paths["summary"]) as sink:
        sink.write(summary_json(found))
    return paths


def write_piped(
    sink: BinaryIO, columns: Columns, frames: Iterator[pl.DataFrame], extension: str, separator: str
) -> None:
    """Write `frames` to `sink`, a pipe, as `extension` (csv, tsv or ndjson), each as it comes.

    `separator` is the source's. Raises OSError (a reader that has gone is BrokenPipeError).
    """
    if extension == "ndjson":
        from batch.reporter.ndjson import write_ndjson

        write_ndjson(sink, columns, frames)
    else:
        separator = separator_for(extension, separator)
        write_delimited(sink, columns, frames, separator=separator, piped=True)


def known_formats(formats: Sequence[str]) -> tuple[str, ...]:
    """`formats` in lower case, each once, in their order. Raises SettingsError naming every unknown one."""
    chosen = tuple(dict.fromkeys(name.strip().lower() for name in formats))
    unknown = tuple(name for name in chosen if name not in FORMATS)
    if unknown:
        raise SettingsError(
            tr("No report can be written as {unknown}.", unknown=", ".join(map(repr, unknown))),
            tip=tr("Choose of {formats}; several at once are separated by commas.", formats=", ".join(FORMATS)),
        )
    return chosen


def write_rows(path: Path, facts: RunSummary, parts: Iterable[ReportRows]) -> None:
    """Write `parts`, rows of the run of `facts`, to `path`, whole, in the format that its name ends with. Raises
    OSError."""
    columns = Columns.of(facts.source)
    _write(path, facts, (build_frame(part, columns, facts.run, facts.kind) for part in parts))


def _write(path: Path, facts: RunSummary, frames: Iterator[pl.DataFrame]) -> None:
    write_table(path, Columns.of(facts.source), frames, separator=facts.source.separator)


def _check_formats(facts: RunSummary, frames: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield `frames`; raise BatchError when they are not `facts.rows` rows with the outcomes counted.

    It raises at the end of a file that is not published yet, so a report that lacks a row never takes its place.
    """
    seen: Counter[Outcome] = Counter()
    for frame in frames:
        seen.update({Outcome(outcome): count for outcome, count in frame["_outcome"].value_counts().iter_rows()})
        yield frame
    counted = {outcome: count for outcome in Outcome if (count := facts.counts.get(outcome, 0))}
    if seen.total() != facts.rows:
        raise _journal_broken(tr("expected {rows:,} rows, found {total:,}", rows=facts.rows, total=seen.total()))
    if dict(seen) != counted:
        raise _journal_broken(
            tr("expected {counted}; found {seen}", counted=_error_message(counted), seen=_error_message(seen))
        )


def _error_message(counts: Mapping[Outcome, int]) -> str:
    return ", ".join(f"{outcome.value} {counts[outcome]:,}" for outcome in Outcome if counts.get(outcome)) or tr(
        "no rows"
    )


def _journal_broken(what: str) -> BatchError:
    return BatchError(
        tr("The report does not add up to the run: {what}.", what=what),
        tip=tr("The journal is unharmed. Please report this; `guayaba-batch verify` says what the journal holds."),
    )
