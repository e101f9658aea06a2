"""A stretch of work on a run, to its end: the rows sent, the files written, the run closed, everybody told.

Owns: the order "work, report, close, tell", and what happens where one of these fails.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from batch import reporter
from batch.dispatcher.api_session import ApiSession
from batch.errors import JournalBroken
from batch.journal.read import JournalReader
from batch.model import RunPlan
from batch.reporter.metrics import Metrics
from batch.reporter.row_stream import open_row_stream
from batch.reporter.webhook import Webhook
from batch.runs.folder import run_folder
from batch.runs.folder.run_folder import OpenRun
from batch.runs.session import RunObserver, run_session
from batch.runs.summary import Summary
from batch.settings.settings import Settings


async def finish_session(
    opened: OpenRun, plan: RunPlan, settings: Settings, hooks: RunObserver, ways: Mapping[str, ApiSession]
) -> Summary:
    """How a stretch of work on the run ended; without `ways`, of a closed run whose files are written again.

    Raises JournalBroken where the disk fails, and what the outlet or the workers raise: the run stays open then.
    """
    with open_row_stream(hooks.rows, opened.journal.path, plan, settings.format) as flow:
        if not ways:
            result = publish_report(opened, plan.formats)
        else:
            notices = Webhook(settings, plan, opened.journal.path)
            metrics = Metrics(settings.metrics_file, JournalReader(opened.journal).facts())
            try:
                await run_session(opened, plan, settings, ways, metrics.joined(notices.joined(hooks)))
                result = _close_when_done(opened, plan)
            except Exception as fault:
                metrics.broke(fault)
                await notices.broke(fault)
                raise
            metrics.ended(result.facts)
            await notices.ended(result.facts)
            result = replace(result, notes=(*result.notes, *notices.remarks, *metrics.remarks))
        await flow.drained()
        return result


def publish_report(opened: OpenRun, formats: Sequence[str]) -> Summary:
    """The run as its journal has it now, its report files written; those that somebody edited are set aside first."""
    record = JournalReader(opened.journal)
    kept = run_folder.preserve_edited_files(opened.folder, opened.journal.published())
    files = reporter.publish(opened.folder, record, formats)
    opened.journal.note_published({path.name: run_folder.file_sha256(path) for path in files.values()})
    return Summary(record.facts(), opened.folder, files, kept)


def _close_when_done(opened: OpenRun, plan: RunPlan) -> Summary:
    """The run's files. It is closed once they are there: after a crash before that, the same command writes them.

    Where the disk fails at this very end, nobody can say whether the run is closed, and an error would have the same
    command given again, perhaps as a new run that sends every row anew. So it is told and stops nothing: nothing is
    left to be done.
    """
    result = publish_report(opened, plan.formats)
    if not opened.journal.settled_all():
        return result
    try:
        opened.journal.close_run()
    except JournalBroken as fault:
        return replace(result, notes=(f"all is done and reported, but then {fault.message} Check the disk.",))
    return result
