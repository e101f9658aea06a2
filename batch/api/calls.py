"""The Python API: what the commands do, for programs. `import batch` offers all of it.

It prints nothing, sets no signal, asks no question and never exits: it returns, or raises a `BatchError` with the
message of the command. A call is the confirmation of a new run; `confirm` receives its plan first and can refuse it.
The journal holds what was sent at every moment: after an error, a cancellation or a kill, the same call continues the
run, and so does `resume`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Unpack

from batch import loader
from batch.api.control import RunControl
from batch.api.event_loop import without_event_loop
from batch.errors import SettingsError
from batch.journal.entries import RowResult
from batch.loader import Given, InputSummary, TableSource
from batch.model import Operation, Outcome
from batch.runs import finish
from batch.runs.check import check as check_source
from batch.runs.confirm import ConfirmedBy, confirm_by_call
from batch.runs.events import RunObserver, RunStarted
from batch.runs.plan import PlanPreview
from batch.runs.plans.make import make_plan
from batch.runs.plans.read_contacts import PlanObserver
from batch.runs.plans.result import Plan
from batch.runs.run import execute
from batch.runs.spec import DAY_S, ApplyRun, FileRun, PlanSpec, ReportRun, ResumedRun, UndoRun
from batch.runs.summary import Summary
from batch.runs.team_check import initial_rules
from batch.runs.verify import verify as verification
from batch.runs.verify.result import VerifyResult
from batch.runs.verify.verify import VerifyObserver
from batch.settings.corrections import Correction
from batch.settings.gather import gather_settings
from batch.settings.read_options import Options, ReadOptions, build_read_options
from batch.settings.settings import Settings
from batch.text.language import in_language, tr

OperationName = Literal["fulfill", "update", "update-by-id"]
#: A path, a list of paths (one table), a polars DataFrame or LazyFrame, a pandas DataFrame, a dict of columns, or a
#: list of dicts.
Source = Given | os.PathLike[str] | TableSource
Folder = str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a run: `settled` of its `rows` have an outcome, the last of them this `outcome` and `code`.

    The first value of a run, and of a continued run, has no `outcome`.
    """

    folder: Path
    rows: int
    settled: int
    outcome: Outcome | None = None
    code: str = ""


OnProgress = Callable[[Progress], object]
#: Receives how many rows of a plan were read, and of how many.
OnPlanProgress = Callable[[int, int], object]
#: Receives the plan of a run before its first write; the run is refused unless it returns true.
Confirm = Callable[[PlanPreview], bool]


def check(
    source: Source,
    operation: Operation | OperationName | ReadOptions,
    settings: Settings | None = None,
    **options: Unpack[Options],
) -> InputSummary:
    """What a run would find in `source`. No call is made.

    Raises SettingsError, and InputRefused where no row could be sent at all.
    """
    settings = settings or _local_settings(need_key=False)
    with in_language(settings.language):
        reading = _read_options(operation, options, settings)
        rules = initial_rules(settings.access, settings.guards)
        return check_source(loader.as_source(source), reading, rules).survey


async def run_async(
    source: Source,
    operation: Operation | OperationName | ReadOptions,
    settings: Settings | None = None,
    *,
    progress: OnProgress | None = None,
    confirm: Confirm | None = None,
    control: RunControl | None = None,
    **options: Unpack[Options],
) -> Summary:
    """Run `operation` over `source` and return the summary. An unfinished run of the same call is continued.

    `settings` `None`: those of the environment, of `guayaba-batch.toml` and of the user's file.
    `progress` is called for every row once its outcome is on the disk; an exception from it stops the run, and is
    raised here. Rows that did not succeed are no error: see `Summary.counts`.

    `confirm` receives the plan of a new run, and of one that goes on past what was confirmed for it; it returns true to
    confirm. Without it, the call confirms a new run. A run that goes on past what was confirmed, and would start
    outreach or take DNC from contacts, needs `confirm` or `settings.yes`. The journal keeps what was confirmed.

    `control` stops the run from another thread, and shows how each API key stands.

    `run_async` is for a program with an event loop, asyncio or trio. The loop waits while the source is read and while
    the reports are written. A cancellation leaves open requests in doubt, and the same call reads them back first.

    Raises SettingsError, InputRefused, KeyRefused, Unreachable: nothing was sent. Raises RunLocked where another
    process works on the same run, JournalBroken where the disk fails.
    """
    settings = settings or _local_settings()
    with in_language(settings.language):
        spec = FileRun(loader.as_source(source), _read_options(operation, options, settings), settings.run)
        return await execute(spec, _observer(progress, confirm, settings, control))


async def plan_async(
    source: Source,
    operation: Operation | OperationName | ReadOptions,
    settings: Settings | None = None,
    *,
    out: Sequence[Folder] = (),
    valid_for: float = DAY_S,
    progress: OnPlanProgress | None = None,
    **options: Unpack[Options],
) -> Plan:
    """What `operation` would send for each row of `source`, with every contact read. Nothing is written to the API.

    The plan is kept in a private folder below `settings.out`, and written to the files `out` too. `Plan.frame()` has
    its rows; `apply` takes the plan, its frame or one of its files within `valid_for` seconds. `progress` is called
    with the rows whose contacts were read, and with all. The same call goes on with a plan that was cut short.

    Raises as `run`; InputRefused also where the plan does more than `settings.max_changes` and `max_starts` allow.
    """
    settings = settings or _local_settings()
    with in_language(settings.language):
        reading = _read_options(operation, options, settings)
        spec = PlanSpec(loader.as_source(source), reading, settings.run, tuple(map(Path, out)), valid_for)
        return await make_plan(spec, PlanObserver(on_progress=progress) if progress else None)


async def apply_async(
    plan: Plan | Source,
    settings: Settings | None = None,
    *,
    replan: bool = False,
    require_approval: Sequence[str] = (),
    progress: OnProgress | None = None,
    confirm: Confirm | None = None,
    control: RunControl | None = None,
) -> Summary:
    """Make the calls of `plan` (from `plan`, a frame of it, or a file), and no others; return the summary.

    Rows that are not in it any more, or have `skip` in `_action`, are left out. A contact that changed since the plan
    is `held` (`changed_since_plan`); with `replan` it is checked again. `require_approval`: accounts of the settings,
    or users of this machine, whose approvals must be beside the file. An unfinished run of the same plan goes on.

    Raises as `run`; InputRefused also where the plan was edited, has expired, is of another key, address or input, or
    is not approved.
    """
    settings = settings or _local_settings()
    with in_language(settings.language):
        given = plan.frame() if isinstance(plan, Plan) else loader.as_given(plan)
        spec = ApplyRun(given, settings.run, replan, tuple(require_approval))
        return await execute(spec, _observer(progress, confirm, settings, control))


async def rerun_async(
    report: Source,
    settings: Settings | None = None,
    *,
    only: Sequence[Outcome] = (),
    region: str | None = None,
    corrections: Path | str | Sequence[Correction] = (),
    progress: OnProgress | None = None,
    confirm: Confirm | None = None,
    control: RunControl | None = None,
) -> Summary:
    """Run the rows of `report` that did not succeed, with their cells as they are now, and return the summary.

    `report` is a file, or a frame such as `Summary.failures` returns. `only`: rows of these outcomes.
    `corrections`: cells that are read as others: a corrections file, or what `Review.corrections` makes.

    Raises as `run`.
    """
    settings = settings or _local_settings()
    with in_language(settings.language):
        corrected = build_read_options(Operation.FULFILL, {"corrections": corrections}).corrections
        spec = ReportRun(loader.as_given(report), settings.run, only, region, corrected)
        return await execute(spec, _observer(progress, confirm, settings, control))


async def resume_async(
    folder: Folder | None = None,
    settings: Settings | None = None,
    *,
    progress: OnProgress | None = None,
    confirm: Confirm | None = None,
    control: RunControl | None = None,
) -> Summary:
    """Continue the unfinished run in `folder` (`None`: the newest one), without its source. Raises as `run`."""
    path, settings = None if folder is None else Path(folder), settings or _local_settings()
    with in_language(settings.language):
        return await execute(ResumedRun(path, settings.run), _observer(progress, confirm, settings, control))


async def undo_async(
    folder: Folder,
    settings: Settings | None = None,
    *,
    progress: OnProgress | None = None,
    confirm: Confirm | None = None,
    control: RunControl | None = None,
) -> Summary:
    """Reverse the changes of the run in `folder`, where it read a contact before it wrote it. Raises as `run`."""
    settings = settings or _local_settings()
    with in_language(settings.language):
        return await execute(UndoRun(Path(folder), settings.run), _observer(progress, confirm, settings, control))


async def verify_async(folder: Folder, settings: Settings | None = None) -> VerifyResult:
    """Read back every contact of the run in `folder`, and return which ones are not as asked. Raises as `run`."""
    settings = settings or _local_settings()
    with in_language(settings.language):
        return await verification.verify_async(Path(folder), settings.verification, VerifyObserver())


run = without_event_loop(run_async)
plan = without_event_loop(plan_async)
apply = without_event_loop(apply_async)
rerun = without_event_loop(rerun_async)
resume = without_event_loop(resume_async)
undo = without_event_loop(undo_async)
verify = without_event_loop(verify_async)


def report(folder: Folder, settings: Settings | None = None) -> Summary:
    """Write the report files of the run in `folder` again, in `settings.format` if given, and return its summary."""
    settings = settings or _local_settings(need_key=False)
    with in_language(settings.language):
        return finish.report(Path(folder), settings.report_files)


def _local_settings(*, need_key: bool = True) -> Settings:
    return gather_settings({}, os.environ, here=Path.cwd(), home=Path.home(), need_key=need_key)


def _read_options(
    operation: Operation | OperationName | ReadOptions, options: Options, settings: Settings
) -> ReadOptions:
    """How the source is read. Raises SettingsError where the options do not fit together."""
    if not isinstance(operation, ReadOptions):
        if operation == Operation.FULFILL and (options.get("status") or options.get("campaign")):
            raise SettingsError(tr("fulfill sets no status and no campaign: use update."))
        return build_read_options(operation, {"region": settings.region, **options})
    if options:
        raise SettingsError(
            tr("{options}: give either an operation with options, or only a ReadOptions.", options=", ".join(options))
        )
    return operation


def _observer(  # noqa: C901 - one closure for each callback of the caller
    progress: OnProgress | None, confirm: Confirm | None, settings: Settings, control: RunControl | None = None
) -> RunObserver:
    """An observer that calls `progress` for the start of the run and for each outcome, asks `confirm`, and lets
    `control` watch and stop the run."""
    watch = (control or RunControl()).watch

    def ask(preview: PlanPreview) -> ConfirmedBy:
        if confirm is None:
            return confirm_by_call(preview, yes=settings.yes)
        if not confirm(preview):
            raise SettingsError(tr("the program did not confirm the run. Nothing was sent."))
        return "program"

    if progress is None:
        return RunObserver(confirm=ask, watch=watch)
    last: list[Progress] = []

    def on_started(started: RunStarted) -> None:
        last[:] = [Progress(started.folder, started.rows, started.settled)]
        progress(last[0])

    def on_result(result: RowResult) -> None:
        if result.outcome is not None:
            before = last[0]
            last[0] = Progress(before.folder, before.rows, before.settled + 1, result.outcome, result.code)
            progress(last[0])

    return RunObserver(confirm=ask, on_started=on_started, on_result=on_result, watch=watch)
