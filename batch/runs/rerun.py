"""A report as an input: the run that wrote it, and what a rerun takes from that run.

Owns: finding the run of a report, what is refused because it does not fit that run, and when that run is closed.

A report is bound to one run: its address, its keys, its operation. Rows of another run may be another team's.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import msgspec

from batch import loader
from batch.errors import InputRefused, SettingsError
from batch.journal.read import JournalReader
from batch.journal.row_queries import cells_by_number, outcomes_by_number, pending_numbers
from batch.loader import Frame, Given, OriginalRows, ReadOptions
from batch.model import RERUN, Outcome, RunKind, RunPlan
from batch.runs.binding import require_access
from batch.runs.folder.run_folder import JOURNAL, read_journal
from batch.settings.access import Access
from batch.settings.corrections import Correction
from batch.text.language import pluralize, tr
from batch.text.listing import list_first

#: Runs and outcomes that a refusal names.
_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Rerun:
    """What a rerun takes from the run that wrote its report."""

    reading: ReadOptions
    #: The plan and the folder of that run.
    source_plan: RunPlan
    folder: Path
    #: That folder, where the rerun takes all its pending rows: nothing resumes that run then.
    closes: Path | None

    @property
    def written(self) -> OriginalRows:
        """The rows of that run."""
        return read_written_by(self.folder, self.source_plan)


def plan_rerun(
    report: Given,
    access: Access,
    out: Path,
    only: Collection[Outcome] = (),
    region: str | None = None,
    corrections: Sequence[Correction] = (),
) -> Rerun:
    """How the rows of `report` are sent again: with the operation and read options of its run, which is beside
    the report or below `out`.

    `region` replaces that run's, and `corrections` are those of the report's cells. Raises InputRefused where the run
    is not found, where the rows are of several runs, or where the address or a key is not the run's; SettingsError
    where an account has no key, and where `only` names an outcome that no rerun takes.
    """
    if done := sorted(set(only) - RERUN):
        raise SettingsError(
            tr(
                "a rerun does not take rows that are {done}: they are done, or belong to another row. Nothing was "
                "sent.",
                done=tr(" or ").join(done),
            ),
            tip=tr("--only may name {listed}.", listed=", ".join(outcome for outcome in Outcome if outcome in RERUN)),
        )
    folder, plan = source_run(report, out)
    if plan.kind is RunKind.UNDO:
        raise InputRefused(
            tr(
                "{report} is the report of an undo: a rerun would send again what {parent} sent. Nothing was sent.",
                report=_source_name(report),
                parent=plan.source_run,
            ),
            tip=tr(
                "guayaba-batch undo {parent} undoes the rows that are left.",
                parent=folder.parent / (plan.source_run or ""),
            ),
        )
    require_access(plan, access, _source_name(report))
    reading = msgspec.convert(dict(plan.read_options), type=ReadOptions)
    reading = replace(
        reading,
        # The columns that were used then: a part of the rows could make another choice among several.
        mapping={**plan.source.roles, **reading.mapping},
        rerun=True,
        only=frozenset(only) or None,
        sheet=None,
        encoding=None,
        region=region or reading.region,
        corrections=tuple(corrections),
    )
    return Rerun(reading, plan, folder, folder if _takes_all_pending(folder, only) else None)


def source_run(report: Given, out: Path) -> tuple[Path, RunPlan]:
    """The folder and plan of the run that wrote `report`: beside it, or below `out` by its `_run` column."""
    beside = None if isinstance(report, Frame) else Path(report).parent
    if not isinstance(report, Frame) and not Path(report).is_file():
        what = tr("is a folder") if Path(report).is_dir() else tr("does not exist")
        inside = next(iter(sorted(Path(report).glob("failures.*"))), None)
        raise InputRefused(
            tr("{report} {what}. Nothing was sent.", report=report, what=what),
            tip=tr("give its file: {file}.", file=inside)
            if inside
            else tr("give a failures or outcomes file of a run."),
        )
    names = loader.report_runs(report)
    if len(names) > 1:
        raise InputRefused(
            tr(
                "{report} holds rows of {count} runs, each with its own operation, address and key. Nothing was sent.",
                report=_source_name(report),
                count=len(names),
            ),
            problems=names[:_NAMED],
            tip=tr("give the failures file of one run, or remove the rows of the other runs (column _run)."),
        )
    name = names[0] if names else None
    for folder in (beside, out / name if name else None):
        if folder is not None and (folder / JOURNAL).is_file():
            with read_journal(folder) as journal:
                plan = journal.plan()
            if plan is not None and name in (None, plan.run):
                return folder, plan
    if name is None:
        raise InputRefused(
            tr(
                "{report} is not a report of this program: it has no _run column. Nothing was sent.",
                report=_source_name(report),
            ),
            tip=tr("give a failures or outcomes file; for any other file there are fulfill, update and update-by-id."),
        )
    raise InputRefused(
        tr(
            "the run that wrote {report} was not found: neither beside the file nor in {out}. Nothing was sent.",
            report=_source_name(report),
            out=out,
        ),
        tip=tr("give --out the folder that holds {value}.", value=name or tr("its run folder")),
    )


def _source_name(report: Given) -> str:
    return tr("the frame") if isinstance(report, Frame) else str(report)


def read_written_by(folder: Path, plan: RunPlan) -> OriginalRows:
    """The rows of the run in `folder`, for the reader of its report."""

    def cells(numbers: Iterable[int]) -> Iterator[tuple[int, bytes]]:
        with read_journal(folder) as journal:
            yield from cells_by_number(journal, numbers)

    def outcomes(numbers: Iterable[int]) -> Iterator[tuple[int, str]]:
        with read_journal(folder) as journal:
            yield from outcomes_by_number(journal, numbers)

    return OriginalRows(plan.run, plan.source.header, cells, outcomes)


def read_written_before(folder: Path, plan: RunPlan) -> OriginalRows | None:
    """The rows of the run whose report the rerun in `folder` was given; `None` where there is none, or it has gone."""
    before = folder.parent / plan.source_run if plan.source_run else None
    if before is None or not (before / JOURNAL).is_file():
        return None
    with read_journal(before) as journal:
        source_plan = journal.plan()
    return None if source_plan is None else read_written_by(before, source_plan)


def require_all_pending(rerun: Rerun, report: Given, numbers: Collection[int], *, verified: bool) -> Rerun:
    """`rerun`, where all pending rows of the unfinished run that it would close are among `numbers`, those of the rows
    of `report`. Raises InputRefused where some are missing: nothing would send them. A `verified` report leaves out the
    rows that are as asked, so then its run stays open."""
    if rerun.closes is None:
        return rerun
    with read_journal(rerun.closes) as journal:
        missing = set() if journal.is_closed else pending_numbers(journal) - set(numbers)
    if missing and verified:
        return replace(rerun, closes=None)
    if missing:
        raise InputRefused(
            tr(
                "{run} is not finished, and {report} lacks {pending_rows} of it. This rerun would take the place of "
                "that run, and nothing would send what is missing. Nothing was sent.",
                run=rerun.source_plan.run,
                report=_source_name(report),
                pending_rows=pluralize(len(missing), "pending row"),
            ),
            problems=(tr("missing: row {rows}", rows=list_first(list(map(str, sorted(missing))), _NAMED)),),
            tip=tr(
                "continue that run first: guayaba-batch resume {folder}. Then rerun this file. If the missing rows are "
                "not to be sent, add --fresh.",
                folder=shlex.quote(str(rerun.closes)),
            ),
        )
    return rerun


def _takes_all_pending(folder: Path, only: Collection[Outcome]) -> bool:
    """True where a rerun of `only` (none: all that a rerun takes) takes each kind of row that the run has left."""
    with read_journal(folder) as journal:
        counts = JournalReader(journal).counts()
    left = {outcome for outcome in (Outcome.PENDING, Outcome.UNKNOWN) if counts[outcome]}
    return left <= (set(only) or RERUN)
