"""A run from its start to its end: the order of its steps, for every kind of run.

Owns: `execute`, and what each step passes to the next.
Flow: load -> open run -> check team -> (new run: plan, take snapshot, confirm) -> settle what needs no call -> dispatch
-> publish. What differs between kinds of runs is in `file_run.py`, `undo/undo.py` and `resume.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from time import time

import msgspec

from batch.dispatcher.api_session import ApiSession, open_sessions
from batch.guayaba.teams import Teams
from batch.journal.confirmations import goes_past
from batch.model import RunKind, RunPlan
from batch.reporter.row_stream import stream_format
from batch.runs.binding import require_same_keys
from batch.runs.confirm import record
from batch.runs.contested import enter, require_not_taken_back
from batch.runs.effect_limits import require_preview_within, require_rest_within
from batch.runs.events import RunObserver, RunStarted
from batch.runs.file_run import LoadedFileRun, load_file, load_report
from batch.runs.finish import close_and_publish, open_reporting, publish_again
from batch.runs.folder.catalog import RunCatalog, begin_run
from batch.runs.folder.run_folder import OpenRun
from batch.runs.plan import Outlook, build_preview, lane_paces, leave
from batch.runs.plans.apply import LoadedApply, load_apply
from batch.runs.resume import LoadedResume, load_resumed
from batch.runs.session import run_session
from batch.runs.snapshot import FRESH_S, SnapshotStats, settle_unchanged, take_snapshot
from batch.runs.spec import ApplyRun, FileRun, ReportRun, ResumedRun, RunSpec, UndoRun
from batch.runs.summary import Summary
from batch.runs.team_check import ask_teams
from batch.runs.undo.undo import LoadedUndo, load_undo
from batch.settings.accounts import ApiKeyLimits

#: What each kind of run does in its own way: `apply_team`, `write_rows`, `supersede`, `preview`, `close_replaced`. A
#: resumed run has its rows and its plan already.
LoadedRun = LoadedFileRun | LoadedApply | LoadedUndo | LoadedResume


async def execute(spec: RunSpec, observer: RunObserver | None = None) -> Summary:
    """How the run of `spec` ended. An unfinished run of the same command goes on.

    Raises SettingsError, InputRefused, KeyRefused, Unreachable: nothing was sent. Raises RunLocked where another
    process works on the run, and JournalBroken where the disk fails: what was sent is in the journal then, and the same
    call goes on.
    """
    observer = observer or RunObserver()
    with load(spec) as run:
        require_row_format(run, observer)
        with open_run(run) as opened:
            plan = opened.journal.plan()
            if plan is not None and opened.journal.is_closed:
                return await publish_again(opened, plan, run.settings.output.format, observer)
            lanes = choose_lanes(run, plan)
            async with open_sessions(run.settings.dispatch.connection, lanes, observer.on_notice) as sessions:
                campaigns = plan is None and run.needs_campaigns
                teams = await ask_teams(sessions, run.settings.guards, campaigns_asked=campaigns)
                resumed = plan is not None
                if plan is None:
                    plan = await plan_new_run(run, opened, lanes, teams, sessions, observer)
                await settle_without_calls(run, opened, plan, sessions, observer)
                if resumed:
                    require_alone(run, opened, plan)
                    confirm_continuation(run, opened, plan, lanes, teams, sessions, observer)
                announce(run, opened, plan, observer, resumed=resumed)
                async with open_reporting(opened, plan, run.settings.output, observer) as reporting:
                    await run_session(opened, plan, run.settings.dispatch, sessions, observer, reporting.reporters)
                    return await reporting.run_ended(close_and_publish(opened, plan))


@contextmanager
def load(spec: RunSpec) -> Iterator[LoadedRun]:
    """The run of `spec`, its input read. Raises InputRefused where its rows cannot be sent at all."""
    match spec:
        case FileRun():
            yield load_file(spec)
        case ApplyRun():
            yield load_apply(spec)
        case ReportRun():
            yield load_report(spec)
        case UndoRun():
            with load_undo(spec) as undo:
                yield undo
        case ResumedRun():
            with load_resumed(spec) as resumed:
                yield resumed


@contextmanager
def open_run(run: LoadedRun) -> Iterator[OpenRun]:
    """The unfinished run that this one continues, or a new one, locked. Raises RunLocked."""
    if isinstance(run, LoadedResume):
        yield run.opened
        return
    fresh = run.settings.fresh
    with begin_run(run.catalog, run.command, run.verb, run.source_path, time(), fresh=fresh) as (opened, _):
        yield opened


def require_row_format(run: LoadedRun, observer: RunObserver) -> None:
    """Raise SettingsError where the rows cannot leave one by one in the format that was asked for."""
    if observer.rows is not None:
        stream_format(run.settings.output.format, run.source_format)


def choose_lanes(run: LoadedRun, plan: RunPlan | None) -> Sequence[ApiKeyLimits]:
    """The keys of the run, one lane each. Raises InputRefused where they are not those of its `plan`."""
    if plan is None:
        return run.settings.access.lanes(run.accounts)
    require_same_keys(plan, run.settings.access)
    return run.settings.access.lanes(plan.accounts)


async def plan_new_run(
    run: LoadedRun,
    opened: OpenRun,
    lanes: Sequence[ApiKeyLimits],
    teams: Teams,
    sessions: Mapping[str, ApiSession],
    observer: RunObserver,
) -> RunPlan:
    """The plan of a new run, its rows in the journal, confirmed and saved. Raises what `observer.confirm` raises."""
    assert not isinstance(run, LoadedResume), "a resumed run has a plan"
    run, guards, limit = run.apply_team(teams), run.settings.guards, run.settings.limit
    plan = run.write_rows(opened, lanes, teams)
    plan = msgspec.structs.replace(plan, planned_at=run.catalog.time_after_all(plan.planned_at))
    run.supersede(opened, plan)  # before the snapshot: a row that needs no call needs no read
    stats: Mapping[str, SnapshotStats] = {}
    if run.kind not in (RunKind.UNDO, RunKind.APPLY):  # these read each contact right before its write
        skips = guards.skips_unchanged()
        for_dnc = guards.reads_for_dnc
        stats = await take_snapshot(
            opened.journal, sessions, skips=skips, for_dnc=for_dnc, on_progress=observer.on_list_progress
        )
    preview = run.preview(
        opened, plan, Outlook(lane_paces(lanes, run.settings.dispatch.connection.window, sessions), teams, stats)
    )
    require_preview_within(preview, run.settings.effect_limits)
    # Before the plan: without a plan the journal is made again, so that no run is left without a confirmation.
    record(opened.journal, guards, limit, preview, observer.confirm(preview) or "program")
    # An undo and a plan that was approved are done whole, or not begun.
    with enter(run.catalog, opened, plan, holds=run.kind not in (RunKind.UNDO, RunKind.APPLY)) as notices:
        plan = msgspec.structs.replace(plan, planned_at=run.catalog.time_after_all(time()))
        run.close_replaced(plan.run)
        opened.journal.save_plan(plan)
    for notice in notices:
        observer.on_notice(notice)
    return plan


def require_alone(run: LoadedRun, opened: OpenRun, plan: RunPlan) -> None:
    """Raise RunLocked where a run that is at work has still to write contacts of a run that goes on, and InputRefused
    where a later run took back what it had done, unless the user named the run."""
    catalog = RunCatalog(opened.folder.parent) if isinstance(run, LoadedResume) else run.catalog
    if isinstance(run, LoadedFileRun):
        require_not_taken_back(catalog, opened, plan)
    with enter(catalog, opened, plan):
        pass


def confirm_continuation(
    run: LoadedRun,
    opened: OpenRun,
    plan: RunPlan,
    lanes: Sequence[ApiKeyLimits],
    teams: Teams,
    sessions: Mapping[str, ApiSession],
    observer: RunObserver,
) -> None:
    """Ask again where this session would go past what was confirmed for the run. Raises what `observer.confirm` raises:
    nothing is sent then, and the run stays as it is."""
    journal, guards, limit = opened.journal, run.settings.guards, run.settings.limit
    require_rest_within(journal, run.settings.effect_limits)
    if not goes_past(journal, leave(guards), limit):
        return
    outlook = Outlook(lane_paces(lanes, run.settings.dispatch.connection.window, sessions), teams)
    preview = build_preview(plan, journal, guards, limit, outlook, continues=True)
    preview = replace(preview, notices=run.resumed_notices(plan), verb=plan.verb)
    record(journal, guards, limit, preview, observer.confirm(preview) or "program")


async def settle_without_calls(
    run: LoadedRun, opened: OpenRun, plan: RunPlan, sessions: Mapping[str, ApiSession], observer: RunObserver
) -> None:
    """Settle the rows that a later run wrote, and those that a list shows to be as asked."""
    run.supersede(opened, plan)
    if run.kind is not RunKind.UNDO and run.settings.guards.skips_unchanged(plan.skip_unchanged):
        fresh_s = 0.0 if run.kind is RunKind.APPLY else FRESH_S  # what a plan read is never fresh
        await settle_unchanged(opened.journal, sessions, observer.on_list_progress, fresh_s=fresh_s)


def announce(run: LoadedRun, opened: OpenRun, plan: RunPlan, observer: RunObserver, *, resumed: bool) -> None:
    """Tell the observer where the run is kept and how far it is."""
    journal = opened.journal
    notices = run.resumed_notices(plan) if resumed else ()  # those of a new run are in its preview
    observer.on_started(
        RunStarted(opened.folder, journal.count_rows(), journal.count_settled(), resumed, notices, plan.source.roles)
    )
