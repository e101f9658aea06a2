"""The composition root and the Python API: wires the stages, in the order in which a run happens.

Owns: check, run, rerun, resume, report; the order "read, ask the API what it knows, confirm, plan, dispatch, report".
Does not own: what any stage does, how a stretch of work ends (`ending.py`). Prints nothing, sets no signal, exits
nothing: that is for the caller.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from time import time
from typing import BinaryIO

import anyio

from batch import changed_input, loader, preflight, reporter, runs, stocktaking
from batch.access import Access, access
from batch.bound import bound
from batch.dispatch import Began, Hooks
from batch.ending import ended, published
from batch.facts import RunPlan
from batch.journal.record import Record
from batch.lane import skips
from batch.loader import Given, Loaded, Reading
from batch.model import Outcome
from batch.outlet import piped_format
from batch.reporter import Columns
from batch.rerunning import Rerun, rerun_of
from batch.reversal import undoing
from batch.runs import OpenRun, RunProgress
from batch.runs.history import Past
from batch.runs.history import history as past_of
from batch.settings import Settings
from batch.summary import Summary
from batch.teams import Teams, teams_of


def check(source: Given, reading: Reading, *, stdin: BinaryIO | None = None) -> Loaded:
    """The source as a run would read it, without any call. Raises InputRefused where a run would be refused."""
    return loader.load(source, preflight.with_ask(reading), stdin=stdin)


def check_online(
    source: Given, reading: Reading, settings: Settings, *, stdin: BinaryIO | None = None
) -> tuple[Loaded, Teams]:
    """The source judged by what its teams have, and what that is: reads, and no write.

    Raises as `check`, and KeyRefused, Unreachable, and SettingsError where a team lacks what all rows ask for.
    """

    async def ask() -> tuple[Loaded, Teams]:
        loaded = check(source, reading, stdin=stdin)
        async with access(settings, settings.lanes(preflight.accounts_named(loaded))) as ways:
            teams = await _asked(ways, campaigns=preflight.asks_campaigns(reading, loaded))
        return preflight.judged(loaded.reading, loaded, teams)[0], teams

    return anyio.run(ask)


def run(
    source: Given,
    reading: Reading,
    settings: Settings,
    hooks: Hooks | None = None,
    *,
    stdin: BinaryIO | None = None,
) -> Summary:
    """How the run of `reading.operation` over `source` ended; an unfinished run of the same command goes on.

    Raises SettingsError, InputRefused, KeyRefused, Unreachable: nothing was sent. Raises RunLocked where another
    process works on it, JournalBroken where the disk fails: what was sent is in the journal, and the same call goes on.
    """
    return anyio.run(run_async, source, reading, settings, hooks or Hooks(), stdin)


async def run_async(
    source: Given,
    reading: Reading,
    settings: Settings,
    hooks: Hooks,
    stdin: BinaryIO | None = None,
    *,
    again: Rerun | None = None,
) -> Summary:
    """`run`, for callers with an event loop of their own. With `again` the source is a report, whose rows are run again
    as that says."""
    parent = again.parent if again else None
    reading = preflight.in_accounts(preflight.with_ask(reading), settings)
    loaded = loader.load(source, reading, stdin=stdin, written=again.written if again else None)
    lanes = settings.lanes(preflight.accounts_named(loaded))
    name = parent.source.path if parent else loaded.facts.path
    verb = "rerun" if parent else reading.operation.value
    command = preflight.digest(reading, settings, loaded)
    runs.need_local_disk(settings.out)
    if hooks.rows is not None:
        piped_format(settings.format, loaded.facts.format)  # refused before anything is sent
    file = changed_input.file_of(source)
    wish = preflight.wish(reading, settings, file)
    if not settings.fresh:
        command = changed_input.command_of(settings.out, command, wish, loaded)
    with runs.begin(settings.out, command, verb, name, time(), fresh=settings.fresh) as (opened, resumed):
        plan = opened.journal.plan() if resumed else None
        if plan is not None:
            preflight.same_key(plan, settings)
            lanes = settings.lanes(plan.accounts)
        async with access(settings, lanes) as ways:
            campaigns = plan is None and preflight.asks_campaigns(reading, loaded)
            teams = await _asked(ways, campaigns=campaigns) if settings.preflight else Teams()
            if plan is None:
                loaded, reading = preflight.judged(reading, loaded, teams)
                before = None if again else runs.finished_before(settings.out, command)
                several = any(lane.account for lane in lanes)
                opened.journal.write_rows(loaded.batches(), teams.statuses.terminal_names, accounts=several)
                plan = preflight.plan(opened, verb, command, reading, loaded, settings, lanes, teams, parent)
                _supersede(opened, plan, settings, again)  # what needs no call is not asked about
                stock = await stocktaking.take_stock(opened.journal, ways, skips=skips(settings), told=hooks.listed)
                hooks.confirm(preflight.preview(reading, loaded, settings, lanes, teams, opened.journal, stock, before))
                plan = replace(plan, wish=wish, file=file, planned_at=time())
                over = changed_input.replaced(settings.out, command, wish) if settings.fresh else []
                for folder in {*over, *([again.closes] if again and again.closes else [])}:
                    runs.close(folder)
                opened.journal.keep_plan(plan)
            _supersede(opened, plan, settings, again)
            if skips(settings, plan):
                await stocktaking.settle(opened.journal, ways, hooks.listed)
            _tell(opened, hooks, resumed, loaded.survey.notices)
            return await ended(opened, plan, settings, hooks, ways)


def _supersede(opened: OpenRun, plan: RunPlan, settings: Settings, again: Rerun | None) -> None:
    """Settle the rows whose contacts a later run wrote: later than this one or than the report of a rerun, among the
    runs beside this one and beside the report."""
    since = again.parent.planned_at if again else plan.planned_at
    known = {again.folder / runs.JOURNAL: runs.same_keys(plan, again.parent)} if again else {}
    for out in {settings.out.absolute(), *({again.folder.absolute().parent} if again else ())}:
        opened.journal.supersede(runs.later(out, plan, since), time(), known)


async def _asked(ways: Mapping[str, Access], *, campaigns: bool) -> Teams:
    """What the teams have, asked of the API."""
    return await teams_of({account: way.reader for account, way in ways.items()}, campaigns_asked=campaigns)


def rerun(
    report: Given,
    settings: Settings,
    hooks: Hooks | None = None,
    *,
    only: Sequence[Outcome] = (),
    region: str | None = None,
) -> Summary:
    """How the run over the rows of `report` that did not succeed ended. Operation and reading are its run's own.

    `region` overrules that run's; `settings.region` does not, for it was not given for this report. An unfinished run
    is closed where all that it has left is taken: the rerun has that now. Raises InputRefused where the report's run
    cannot be found, or was made with another base URL or key.
    """
    return anyio.run(rerun_async, report, settings, hooks or Hooks(), only, region)


async def rerun_async(
    report: Given, settings: Settings, hooks: Hooks, only: Sequence[Outcome] = (), region: str | None = None
) -> Summary:
    """`rerun`, for callers with an event loop of their own."""
    again = rerun_of(report, settings, only, region)
    return await run_async(report, again.reading, again.settings, hooks, again=again)


def undo(folder: Path, settings: Settings, hooks: Hooks | None = None) -> Summary:
    """How the run ended that puts back what the run in `folder` did, as far as that one had read what was before.

    An undo of the same run that was cut short goes on. A contact that somebody changed after the run is left alone, and
    so is one that would be called again, without `settings.allow_reactivation`. Where the run could have gone on, it is
    closed. Raises as `run`, and InputRefused where address or key are not that run's, or where it had read nothing
    before it wrote: then it is left as it is.
    """
    return anyio.run(undo_async, folder, settings, hooks or Hooks())


async def undo_async(folder: Path, settings: Settings, hooks: Hooks) -> Summary:
    """`undo`, for callers with an event loop of their own."""
    with runs.reopen(runs.folder_of(folder, settings.out)) as done:
        of, settings = bound(done, settings)
        settings = replace(settings, out=done.folder.parent)
        if hooks.rows is not None:
            piped_format(settings.format, of.source.format)
        command, source = undoing.command_of(of), of.source.path
        with runs.begin(settings.out, command, undoing.VERB, source, time(), fresh=settings.fresh) as (opened, resumed):
            plan = opened.journal.plan() if resumed else None
            lanes = settings.lanes(of.accounts)
            async with access(settings, lanes) as ways:
                teams = await _asked(ways, campaigns=plan is None) if settings.preflight else Teams()
                since = undoing.written_since(settings.out, of)
                known = {done.journal.path: runs.same_keys(of, of)}
                if plan is None:
                    undoing.write_rows(opened.journal, done.journal, of, teams.statuses.terminal_names)
                    opened.journal.supersede(since, time(), known)
                    undoing.need_something(of, opened.journal)
                    open_ = not done.journal.closed
                    hooks.confirm(undoing.preview(of, opened.journal, settings, lanes, teams, open_=open_))
                    plan = undoing.plan(of, opened, settings, lanes, teams)
                    opened.journal.keep_plan(plan)
                    done.journal.close_run()
                else:
                    opened.journal.supersede(since, time(), known)
                _tell(opened, hooks, resumed)
                return await ended(opened, plan, settings, hooks, ways)


def resume(folder: Path | None, settings: Settings, hooks: Hooks | None = None) -> Summary:
    """How the unfinished run in `folder` (`None`: the newest below `settings.out`) ended. Its input is not needed.

    Where its input is there again and is not as it was, a run that is named goes on with its rows as they were, and for
    the newest one that is to be chosen first: InputRefused says how they differ.
    """
    return anyio.run(resume_async, folder, settings, hooks or Hooks())


async def resume_async(folder: Path | None, settings: Settings, hooks: Hooks) -> Summary:
    """`resume`, for callers with an event loop of their own."""
    with runs.reopen(
        runs.folder_of(folder, settings.out) if folder else runs.latest_unfinished(settings.out)
    ) as opened:
        plan, settings = bound(opened, settings)
        settings = replace(settings, rate=settings.rate or plan.rate)
        if opened.journal.closed:
            return await ended(opened, plan, settings, hooks, {})
        if folder is None:
            changed_input.need_choice(opened, plan)
        drifted = changed_input.notice(opened, plan)
        async with access(settings, settings.lanes(plan.accounts)) as ways:
            if settings.preflight:
                await _asked(ways, campaigns=False)
            opened.journal.supersede(runs.later(opened.folder.parent, plan, plan.planned_at), time())
            if skips(settings, plan):
                await stocktaking.settle(opened.journal, ways, hooks.listed)
            _tell(opened, hooks, True, (f"{drifted} The rows are sent as they were.",) if drifted else ())
            return await ended(opened, plan, settings, hooks, ways)


def report(folder: Path, settings: Settings, rows: BinaryIO | None = None) -> Summary:
    """The report files of the run in `folder`, written anew from its journal; with `settings.format`, in those.

    With `rows` its rows are written there instead, and no file; a reader that has gone is no error.
    """
    with runs.reopen(runs.folder_of(folder, settings.out)) as opened:
        if rows is None:
            return published(opened, settings.format)
        record = Record(opened.journal)
        facts = record.facts()
        extension = piped_format(settings.format, facts.source.format)
        frames = reporter.every_row(record, facts)
        with suppress(BrokenPipeError):
            reporter.write_piped(rows, Columns.of(facts.source), frames, extension, facts.source.separator)
        return Summary(facts, opened.folder, {})


def _tell(opened: OpenRun, hooks: Hooks, resumed: bool, notices: tuple[str, ...] = ()) -> None:
    hooks.began(Began(opened.folder, opened.journal.total(), opened.journal.settled(), resumed, notices))


def listed(out: Path) -> list[tuple[Path, RunPlan, RunProgress]]:
    """Every run below `out`, oldest first: its folder, its plan, and how far it is."""
    return runs.listed(out)


def history(out: Path, phone: str, region: str | None = None) -> tuple[str, list[Past]]:
    """`phone` in E.164, whatever its spelling, and every row about it in the runs below `out`, oldest first.

    Raises SettingsError where it is no number that can be looked up; `region` is for one without a country code.
    """
    number = loader.phone_option(phone, region)
    return number, past_of(out, number)
