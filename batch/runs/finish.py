"""The end of a session: the report files, the closed run, and those who report on it.

Owns: the order "publish, close, report the end", and what happens where one of these fails.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from batch import reporter
from batch.errors import JournalBroken
from batch.journal.read import JournalReader
from batch.loader.sources.local_file import file_sha256
from batch.model import RunPlan
from batch.reporter import Columns
from batch.reporter.metrics import Metrics
from batch.reporter.row_stream import open_row_stream, stream_format
from batch.reporter.webhook import Webhook
from batch.runs.events import RunObserver
from batch.runs.folder import run_folder
from batch.runs.folder.run_folder import OpenRun
from batch.runs.folder.run_name import files_folder, require_new, resolve_folder
from batch.runs.summary import Summary
from batch.settings.slices import Output, ReportFiles
from batch.text.language import tr


@dataclass(frozen=True, slots=True)
class Reporting:
    """Those who report on one session, as the user asked for them."""

    reporters: tuple[Metrics | Webhook, ...]

    async def run_ended(self, result: Summary) -> Summary:
        """`result`, reported, with the notices of what could not be reported."""
        for each in self.reporters:
            await each.run_ended(result.facts)
        notices = (notice for each in self.reporters for notice in each.notices)
        return replace(result, notes=(*result.notes, *notices))

    async def run_failed(self, error: Exception) -> None:
        """Report that the run itself failed."""
        for each in self.reporters:
            await each.run_failed(error)


@asynccontextmanager
async def open_reporting(
    opened: OpenRun, plan: RunPlan, output: Output, observer: RunObserver
) -> AsyncIterator[Reporting]:
    """The row stream, the metrics file and the webhook of a session. An error inside is reported and raised."""
    with open_row_stream(observer.rows, opened.journal.path, plan, output.format) as stream:
        reporters: list[Metrics | Webhook] = []
        if output.metrics_file:
            reporters.append(Metrics(output.metrics_file, JournalReader(opened.journal).facts()))
        if output.notify:
            reporters.append(Webhook(output, plan, opened.journal.path))
        reporting = Reporting(tuple(reporters))
        try:
            yield reporting
        except Exception as error:
            await reporting.run_failed(error)
            raise
        await stream.drain()


def publish(opened: OpenRun, formats: Sequence[str]) -> Summary:
    """The run as its journal has it, its report files written. Files that were edited are set aside first."""
    record = JournalReader(opened.journal)
    kept = run_folder.preserve_edited_files(opened.folder, opened.journal.published_files())
    facts = record.facts()
    files = reporter.publish(opened.folder, record, formats, facts)
    opened.journal.record_published({path.name: file_sha256(path) for path in files.values()})
    return Summary(facts, opened.folder, files, kept)


def close_and_publish(opened: OpenRun, plan: RunPlan) -> Summary:
    """The report files of a session. A run without pending rows is closed after that: after a crash before it, the same
    command writes the files.

    Where the disk fails at the very end, it is not known whether the run is closed. An error would make the user give
    the same command again, perhaps as a new run that sends every row again. So it is a note: nothing is left to do.
    """
    result = publish(opened, plan.formats)
    if not opened.journal.is_settled():
        return result
    try:
        opened.journal.close_run()
    except JournalBroken as fault:
        return replace(
            result, notes=(tr("all is done and reported, but then {value} Check the disk.", value=fault.message),)
        )
    return result


async def publish_again(opened: OpenRun, plan: RunPlan, formats: Sequence[str], observer: RunObserver) -> Summary:
    """The files of a run that is closed, written again."""
    with open_row_stream(observer.rows, opened.journal.path, plan, formats) as stream:
        result = publish(opened, plan.formats)
        await stream.drain()
        return result


def _publish_elsewhere(opened: OpenRun, formats: Sequence[str], target: Path) -> Summary:
    """The report files, written to `target`. Those in the run's own folder stay as they are."""
    record = JournalReader(opened.journal)
    require_new([path for name in ("outcomes", "failures", "summary", "report") for path in target.glob(f"{name}.*")])
    facts = record.facts()
    return Summary(facts, target, reporter.publish(target, record, formats, facts))


def report(folder: Path, files: ReportFiles, rows: BinaryIO | None = None) -> Summary:
    """The report files of the run in `folder`, written again from its journal; with formats in `files`, in those; where
    `--out` was given, in that folder.

    With `rows` the rows are written there instead, and no file; a reader that closes the pipe is no error.
    """
    with run_folder.reopen_run(resolve_folder(folder, files.out)) as opened:
        target = files_folder(opened.folder, files.named_out)
        if rows is None and target != opened.folder:
            return _publish_elsewhere(opened, files.format, target)
        if rows is None:
            return publish(opened, files.format)
        record = JournalReader(opened.journal)
        facts = record.facts()
        extension = stream_format(files.format, facts.source.format)
        frames = reporter.every_row(record, facts)
        with suppress(BrokenPipeError):
            reporter.write_piped(rows, Columns.of(facts.source), frames, extension, facts.source.separator)
        return Summary(facts, opened.folder, {})
