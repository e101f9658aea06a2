"""A run's files, written whole into its folder.

Owns: which files there are, their names and order, and the check that every row is in them.
Does not own: the formats (`delimited.py`, `workbook.py`, `parquet.py`, `ndjson.py`), the folder (it exists, private).
Flow: record -> outcomes -> failures -> page -> summary. The summary comes last: where it is, the others are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from batch.errors import BatchError, SettingsError
from batch.model import RERUN, Outcome, ReportRow, RunFacts, RunRecord
from batch.reporter.columns import Columns
from batch.reporter.page import write_page
from batch.reporter.protection import protection
from batch.reporter.summary import summary, summary_json
from batch.reporter.whole import scratch, whole

#: The formats that a report can be written in, each its own file extension.
FORMATS = ("csv", "tsv", "xlsx", "parquet", "ndjson")

#: Formats that can be written to a pipe, row by row.
STREAMED = ("csv", "tsv", "ndjson")


def publish(folder: Path, record: RunRecord, formats: Sequence[str] = ()) -> dict[str, Path]:
    """The files written into `folder`, by name and in this order: `outcomes`, `failures`, `report`, `summary`.

    `formats` are of `FORMATS`; none means the source's own. The first format has the plain names, further ones theirs
    with the extension (`outcomes.parquet`). `outcomes` holds every row, `failures` those that a rerun takes, with the
    duplicates folded into one of them; a file with no row has a header. Each file is replaced whole, 0600.

    Raises SettingsError for an unknown format, BatchError when the rows do not add up to what the run counted (the
    files of an earlier call stay as they were), OSError.
    """
    facts = record.facts()
    chosen = known_formats(formats or (facts.source.format,))
    paths: dict[str, Path] = {}
    for place, extension in enumerate(chosen):
        suffix = f".{extension}" if place else ""
        path = folder / f"outcomes.{extension}"
        _write(path, extension, facts, _checked(facts, record.report_rows()))
        paths[f"outcomes{suffix}"] = path
        path = folder / f"failures.{extension}"
        _write(path, extension, facts, record.report_rows(RERUN))
        paths[f"failures{suffix}"] = path
    paths["report"] = folder / "report.html"
    paths["summary"] = folder / "summary.json"
    names = {name: path.name for name, path in paths.items()}
    found = summary(facts, names)
    with whole(paths["report"]) as sink:
        write_page(sink, record, names, protection(facts))
    with whole(paths["summary"]) as sink:
        sink.write(summary_json(found))
    return paths


def stream(sink: BinaryIO, record: RunRecord, extension: str, outcomes: Iterable[Outcome] | None = None) -> None:
    """Write the report rows of `outcomes` (none: every row) to `sink`, for a pipe; `extension` is of `STREAMED`.

    Raises SettingsError for a format that cannot be streamed, OSError (a closed pipe is BrokenPipeError).
    """
    if extension not in STREAMED:
        raise SettingsError(
            f"The format {extension!r} cannot be written to a pipe.", tip=f"Choose of {', '.join(STREAMED)}."
        )
    columns = Columns.of(record.facts().source)
    _plain_writer(extension)(sink, columns, record.report_rows(outcomes))


def known_formats(formats: Sequence[str]) -> tuple[str, ...]:
    """`formats` in lower case, each once, in their order. Raises SettingsError naming every unknown one."""
    chosen = tuple(dict.fromkeys(name.strip().lower() for name in formats))
    unknown = tuple(name for name in chosen if name not in FORMATS)
    if unknown:
        raise SettingsError(
            f"No report can be written as {', '.join(map(repr, unknown))}.",
            tip=f"Choose of {', '.join(FORMATS)}; several at once are separated by commas.",
        )
    return chosen


def _write(path: Path, extension: str, facts: RunFacts, chunks: Iterator[list[ReportRow]]) -> None:
    columns = Columns.of(facts.source)
    with whole(path) as sink:
        if extension in STREAMED:
            _plain_writer(extension)(sink, columns, chunks)
            return
        with scratch(path.parent) as place:
            _roomy_writer(extension)(sink, columns, chunks, place)


# The libraries behind a format are imported when it is written: a run that reports CSV waits for none of them.


def _plain_writer(extension: str) -> Callable[[BinaryIO, Columns, Iterable[list[ReportRow]]], None]:
    if extension == "ndjson":
        from batch.reporter.ndjson import write_ndjson

        return write_ndjson
    from batch.reporter.delimited import write_csv, write_tsv

    return write_tsv if extension == "tsv" else write_csv


def _roomy_writer(extension: str) -> Callable[[BinaryIO, Columns, Iterable[list[ReportRow]], Path], None]:
    if extension == "xlsx":
        from batch.reporter.workbook import write_xlsx

        return write_xlsx
    from batch.reporter.parquet import write_parquet

    return write_parquet


def _checked(facts: RunFacts, chunks: Iterator[list[ReportRow]]) -> Iterator[list[ReportRow]]:
    """Yield `chunks`; raise BatchError when they are not `facts.rows` rows with the outcomes counted.

    It raises at the end of a file that is not published yet, so a report that lacks a row never takes its place.
    """
    seen: Counter[Outcome] = Counter()
    for chunk in chunks:
        seen.update(row.outcome for row in chunk)
        yield chunk
    counted = {outcome: count for outcome in Outcome if (count := facts.counts.get(outcome, 0))}
    if seen.total() != facts.rows:
        raise _broken(f"expected {facts.rows:,} rows, found {seen.total():,}")
    if dict(seen) != counted:
        raise _broken(f"expected {_told(counted)}; found {_told(seen)}")


def _told(counts: Mapping[Outcome, int]) -> str:
    return ", ".join(f"{outcome.value} {counts[outcome]:,}" for outcome in Outcome if counts.get(outcome)) or "no rows"


def _broken(what: str) -> BatchError:
    return BatchError(
        f"The report does not add up to the run: {what}.",
        tip="The journal is unharmed. Please report this; `guayaba-batch verify` says what the journal holds.",
    )
