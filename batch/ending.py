"""A stretch of work on a run, to its end: the rows sent, the files written, the run closed, everybody told.

Owns: the order "work, report, close, tell", and what happens where one of these fails.
Does not own: the work (`dispatch.py`), the files (`reporter/`), the notices and metrics themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from batch import reporter, runs
from batch.access import Access
from batch.dispatch import Hooks, work
from batch.errors import JournalBroken
from batch.facts import RunPlan
from batch.journal.record import Record
from batch.metrics import Metrics
from batch.notices import Notices
from batch.outlet import outlet
from batch.runs import OpenRun
from batch.settings import Settings
from batch.summary import Summary


async def ended(
    opened: OpenRun, plan: RunPlan, settings: Settings, hooks: Hooks, ways: Mapping[str, Access]
) -> Summary:
    """How a stretch of work on the run ended; without `ways`, of a closed run whose files are written again.

    Raises JournalBroken where the disk fails, and what the outlet or the workers raise: the run stays open then.
    """
    with outlet(hooks.rows, opened.journal.path, plan, settings.format) as flow:
        if not ways:
            result = published(opened, plan.formats)
        else:
            notices = Notices(settings, plan, opened.journal.path)
            metrics = Metrics(settings.metrics_file, Record(opened.journal).facts())
            try:
                await work(opened, plan, settings, ways, metrics.joined(notices.joined(hooks)))
                result = _concluded(opened, plan)
            except Exception as fault:
                metrics.broke(fault)
                await notices.broke(fault)
                raise
            metrics.ended(result.facts)
            await notices.ended(result.facts)
            result = replace(result, notes=(*result.notes, *notices.remarks, *metrics.remarks))
        await flow.drained()
        return result


def published(opened: OpenRun, formats: Sequence[str]) -> Summary:
    """The run as its journal has it now, its report files written; those that somebody edited are set aside first."""
    record = Record(opened.journal)
    kept = runs.keep_edited(opened.folder, opened.journal.published())
    files = reporter.publish(opened.folder, record, formats)
    opened.journal.note_published({path.name: runs.digest_of(path) for path in files.values()})
    return Summary(record.facts(), opened.folder, files, kept)


def _concluded(opened: OpenRun, plan: RunPlan) -> Summary:
    """The run's files. It is closed once they are there: after a crash before that, the same command writes them.

    Where the disk fails at this very end, nobody can say whether the run is closed, and an error would have the same
    command given again, perhaps as a new run that sends every row anew. So it is told and stops nothing: nothing is
    left to be done.
    """
    result = published(opened, plan.formats)
    if not opened.journal.settled_all():
        return result
    try:
        opened.journal.close_run()
    except JournalBroken as fault:
        return replace(result, notes=(f"all is done and reported, but then {fault.message} Check the disk.",))
    return result
