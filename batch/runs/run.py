"""The composition root and the Python API: wires the stages, in the order in which a run happens.

Owns: check, run, rerun, resume, report; the order "read, ask the API what it knows, confirm, plan, dispatch, report".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from time import time
from typing import BinaryIO

import anyio

from batch import loader, reporter
from batch.dispatcher.api_session import ApiSession, open_sessions
from batch.guayaba.teams import Teams, read_teams
from batch.journal.read import JournalReader
from batch.loader import Given, LoadedSource, ReadOptions
from batch.model import Outcome, RunPlan
from batch.reporter import Columns
from batch.reporter.row_stream import stream_format
from batch.runs import input_drift, snapshot
from batch.runs import plan as preflight
from batch.runs.binding import bind
from batch.runs.finish import finish_session, publish_report
from batch.runs.folder import catalog as run_catalog
from batch.runs.folder import run_folder
from batch.runs.folder.catalog import RunCatalog, begin_run, same_keys
from batch.runs.folder.history import HistoryEntry
from batch.runs.folder.history import contact_history as past_of
from batch.runs.folder.run_folder import OpenRun, RunProgress
from batch.runs.rerun import Rerun, plan_rerun
from batch.runs.row_io import skips_unchanged
from batch.runs.session import RunObserver, RunStarted
from batch.runs.summary import Summary
from batch.runs.undo import undo as undoing
from batch.settings.settings import Settings


def check(source: Given, reading: ReadOptions, settings: Settings, *, stdin: BinaryIO | None = None) -> LoadedSource:
    """The source as a run would read it, without any call. Raises InputRefused where a run would be refused."""
    return loader.load(source, preflight.with_fulfil_change(reading), preflight.initial_rules(settings), stdin=stdin)


def check_online(
    source: Given, reading: ReadOptions, settings: Settings, *, stdin: BinaryIO | None = None
) -> tuple[LoadedSource, Teams]:
    """The source judged by what its teams have, and what that is: reads, and no write.

    Raises as `check`, and KeyRefused, Unreachable, and SettingsError where a team lacks what all rows ask for.
    """

    async def ask() -> tuple[LoadedSource, Teams]:
        loaded = check(source, reading, settings, stdin=stdin)
        async with open_sessions(settings, settings.lanes(preflight.named_accounts(loaded))) as ways:
            teams = await _read_teams(ways, campaigns=preflight.needs_campaigns(reading, loaded))
        return preflight.apply_team(loaded.reading, loaded, teams)[0], teams

    return anyio.run(ask)


def run(
    source: Given,
    reading: ReadOptions,
    settings: Settings,
    hooks: RunObserver | None = None,
    *,
    stdin: BinaryIO | None = None,
) -> Summary:
    """How the run of `reading.operation` over `source` ended; an unfinished run of the same command goes on.

    Raises SettingsError, InputRefused, KeyRefused, Unreachable: nothing was sent. Raises RunLocked where another
    process works on it, JournalBroken where the disk fails: what was sent is in the journal, and the same call goes on.
    """
    return anyio.run(run_async, source, reading, settings, hooks or RunObserver(), stdin)


async def run_async(
    source: Given,
    reading: ReadOptions,
    settings: Settings,
    hooks: RunObserver,
    stdin: BinaryIO | None = None,
    *,
    again: Rerun | None = None,
) -> Summary:
    """`run`, for callers with an event loop of their own. With `again` the source is a report, whose rows are run again
    as that says."""
    parent = again.parent if again else None
    reading = preflight.with_fulfil_change(reading)
    team = preflight.initial_rules(settings, parent)
    loaded = loader.load(source, reading, team, stdin=stdin, written=again.written if again else None)
    lanes = settings.lanes(preflight.named_accounts(loaded))
    name = parent.source.path if parent else loaded.facts.path
    verb = "rerun" if parent else reading.operation.value
    command = preflight.command_fingerprint(reading, settings, loaded)
    run_folder.require_local_disk(settings.out)
    if hooks.rows is not None:
        stream_format(settings.format, loaded.facts.format)  # refused before anything is sent
    file = input_drift.file_of(source)
    wish = preflight.input_independent_fingerprint(reading, settings, file)
    catalog = RunCatalog(settings.out)
    if not settings.fresh:
        command = input_drift.find_command(catalog, command, wish, loaded)
    with begin_run(catalog, command, verb, name, time(), fresh=settings.fresh) as (opened, resumed):
        plan = opened.journal.plan() if resumed else None
        if plan is not None:
            preflight.require_same_keys(plan, settings)
            lanes = settings.lanes(plan.accounts)
        async with open_sessions(settings, lanes) as ways:
            campaigns = plan is None and preflight.needs_campaigns(reading, loaded)
            teams = await _read_teams(ways, campaigns=campaigns) if settings.preflight else Teams()
            if plan is None:
                loaded, reading = preflight.apply_team(reading, loaded, teams)
                before = None if again else catalog.find_finished(command)
                several = any(lane.account for lane in lanes)
                opened.journal.write_rows(loaded.batches(), teams.statuses.terminal_names, accounts=several)
                plan = preflight.build_plan(opened, verb, command, reading, loaded, settings, lanes, teams, parent)
                _supersede(opened, plan, catalog, again)  # what needs no call is not asked about
                stock = await snapshot.take_snapshot(
                    opened.journal, ways, skips=skips_unchanged(settings), told=hooks.listed
                )
                hooks.confirm(
                    preflight.build_preview(reading, loaded, settings, lanes, teams, opened.journal, stock, before)
                )
                plan = replace(plan, wish=wish, file=file, planned_at=time())
                over = input_drift.replaced_runs(catalog, command, wish) if settings.fresh else []
                for folder in {*over, *([again.closes] if again and again.closes else [])}:
                    run_folder.close_run(folder)
                opened.journal.keep_plan(plan)
            _supersede(opened, plan, catalog, again)
            if skips_unchanged(settings, plan):
                await snapshot.settle_unchanged(opened.journal, ways, hooks.listed)
            _announce(opened, hooks, resumed, loaded.survey.notices)
            return await finish_session(opened, plan, settings, hooks, ways)


def _supersede(opened: OpenRun, plan: RunPlan, catalog: RunCatalog, again: Rerun | None) -> None:
    """Settle the rows whose contacts a later run wrote: later than this one or than the report of a rerun, among the
    runs beside this one and beside the report."""
    since = again.parent.planned_at if again else plan.planned_at
    known = {again.folder / run_folder.JOURNAL: same_keys(plan, again.parent)} if again else {}
    catalog.refresh()
    catalogs = [catalog]
    if again and again.folder.absolute().parent != catalog.out.absolute():
        catalogs.append(RunCatalog(again.folder.parent))
    for each in catalogs:
        opened.journal.supersede(each.newer_runs(plan, since), time(), known)


async def _read_teams(ways: Mapping[str, ApiSession], *, campaigns: bool) -> Teams:
    """What the teams have, asked of the API."""
    return await read_teams({account: way.reader for account, way in ways.items()}, campaigns_asked=campaigns)


def rerun(
    report: Given,
    settings: Settings,
    hooks: RunObserver | None = None,
    *,
    only: Sequence[Outcome] = (),
    region: str | None = None,
) -> Summary:
    """How the run over the rows of `report` that did not succeed ended. Operation and reading are its run's own.

    `region` overrules that run's; `settings.region` does not, for it was not given for this report. An unfinished run
    is closed where all that it has left is taken: the rerun has that now. Raises InputRefused where the report's run
    cannot be found, or was made with another base URL or key.
    """
    return anyio.run(rerun_async, report, settings, hooks or RunObserver(), only, region)


async def rerun_async(
    report: Given, settings: Settings, hooks: RunObserver, only: Sequence[Outcome] = (), region: str | None = None
) -> Summary:
    """`rerun`, for callers with an event loop of their own."""
    again = plan_rerun(report, settings, only, region)
    return await run_async(report, again.reading, again.settings, hooks, again=again)


def undo(folder: Path, settings: Settings, hooks: RunObserver | None = None) -> Summary:
    """How the run ended that puts back what the run in `folder` did, as far as that one had read what was before.

    An undo of the same run that was cut short goes on. A contact that somebody changed after the run is left alone, and
    so is one that would be called again, without `settings.allow_reactivation`. Where the run could have gone on, it is
    closed. Raises as `run`, and InputRefused where address or key are not that run's, or where it had read nothing
    before it wrote: then it is left as it is.
    """
    return anyio.run(undo_async, folder, settings, hooks or RunObserver())


async def undo_async(folder: Path, settings: Settings, hooks: RunObserver) -> Summary:
    """`undo`, for callers with an event loop of their own."""
    with run_folder.reopen_run(run_folder.resolve_folder(folder, settings.out)) as done:
        of, settings = bind(done, settings)
        settings = replace(settings, out=done.folder.parent)
        if hooks.rows is not None:
            stream_format(settings.format, of.source.format)
        command, source = undoing.undo_fingerprint(of), of.source.path
        catalog = RunCatalog(settings.out)
        with begin_run(catalog, command, undoing.VERB, source, time(), fresh=settings.fresh) as (
            opened,
            resumed,
        ):
            plan = opened.journal.plan() if resumed else None
            lanes = settings.lanes(of.accounts)
            async with open_sessions(settings, lanes) as ways:
                teams = await _read_teams(ways, campaigns=plan is None) if settings.preflight else Teams()
                since = undoing.newer_runs_of(catalog, of)
                known = {done.journal.path: same_keys(of, of)}
                if plan is None:
                    undoing.write_undo_rows(opened.journal, done.journal, of, teams.statuses.terminal_names)
                    opened.journal.supersede(since, time(), known)
                    undoing.require_something(of, opened.journal)
                    open_ = not done.journal.closed
                    hooks.confirm(undoing.build_undo_preview(of, opened.journal, settings, lanes, teams, open_=open_))
                    plan = undoing.build_undo_plan(of, opened, settings, lanes, teams)
                    opened.journal.keep_plan(plan)
                    done.journal.close_run()
                else:
                    opened.journal.supersede(since, time(), known)
                _announce(opened, hooks, resumed)
                return await finish_session(opened, plan, settings, hooks, ways)


def resume(folder: Path | None, settings: Settings, hooks: RunObserver | None = None) -> Summary:
    """How the unfinished run in `folder` (`None`: the newest below `settings.out`) ended. Its input is not needed.

    Where its input is there again and is not as it was, a run that is named goes on with its rows as they were, and for
    the newest one that is to be chosen first: InputRefused says how they differ.
    """
    return anyio.run(resume_async, folder, settings, hooks or RunObserver())


async def resume_async(folder: Path | None, settings: Settings, hooks: RunObserver) -> Summary:
    """`resume`, for callers with an event loop of their own."""
    named = folder and run_folder.resolve_folder(folder, settings.out)
    with run_folder.reopen_run(named or RunCatalog(settings.out).find_latest_unfinished()) as opened:
        plan, settings = bind(opened, settings)
        settings = replace(settings, rate=settings.rate or plan.rate)
        if opened.journal.closed:
            return await finish_session(opened, plan, settings, hooks, {})
        if folder is None:
            input_drift.require_choice(opened, plan)
        drifted = input_drift.drift_notice(opened, plan)
        async with open_sessions(settings, settings.lanes(plan.accounts)) as ways:
            if settings.preflight:
                await _read_teams(ways, campaigns=False)
            opened.journal.supersede(RunCatalog(opened.folder.parent).newer_runs(plan, plan.planned_at), time())
            if skips_unchanged(settings, plan):
                await snapshot.settle_unchanged(opened.journal, ways, hooks.listed)
            _announce(opened, hooks, True, (f"{drifted} The rows are sent as they were.",) if drifted else ())
            return await finish_session(opened, plan, settings, hooks, ways)


def report(folder: Path, settings: Settings, rows: BinaryIO | None = None) -> Summary:
    """The report files of the run in `folder`, written anew from its journal; with `settings.format`, in those.

    With `rows` its rows are written there instead, and no file; a reader that has gone is no error.
    """
    with run_folder.reopen_run(run_folder.resolve_folder(folder, settings.out)) as opened:
        if rows is None:
            return publish_report(opened, settings.format)
        record = JournalReader(opened.journal)
        facts = record.facts()
        extension = stream_format(settings.format, facts.source.format)
        frames = reporter.every_row(record, facts)
        with suppress(BrokenPipeError):
            reporter.write_piped(rows, Columns.of(facts.source), frames, extension, facts.source.separator)
        return Summary(facts, opened.folder, {})


def _announce(opened: OpenRun, hooks: RunObserver, resumed: bool, notices: tuple[str, ...] = ()) -> None:
    hooks.began(RunStarted(opened.folder, opened.journal.total(), opened.journal.settled(), resumed, notices))


def list_runs(out: Path) -> list[tuple[Path, RunPlan, RunProgress]]:
    """Every run below `out`, oldest first: its folder, its plan, and how far it is."""
    return run_catalog.list_runs(out)


def history(out: Path, phone: str, region: str | None = None) -> tuple[str, list[HistoryEntry]]:
    """`phone` in E.164, whatever its spelling, and every row about it in the runs below `out`, oldest first.

    Raises SettingsError where it is no number that can be looked up; `region` is for one without a country code.
    """
    number = loader.phone_option(phone, region)
    return number, past_of(out, number)
