"""Making a plan: what a run would send for each row, by the contacts as they are now. Nothing is written to the API.

Owns: the order of its steps, which command goes on with a plan that was cut short, and what a finished plan leaves in
its folder.
Flow: load -> plan folder -> check team -> rows into the journal -> read the contacts -> count -> files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from time import time
from typing import Final

import msgspec

from batch.dispatcher.api_session import ApiSession, open_sessions
from batch.model import RunPlan
from batch.reporter.plan_files import require_plan_file, write_plan
from batch.runs.effect_limits import require_preview_within
from batch.runs.file_run import LoadedFileRun, load_file
from batch.runs.folder.run_folder import OpenRun
from batch.runs.plan import Outlook, PlanPreview, build_preview, lane_paces
from batch.runs.plans.folder import begin_plan
from batch.runs.plans.read_contacts import PlanObserver, read_contacts
from batch.runs.plans.result import Plan
from batch.runs.plans.rows import SealedPlan, build_facts
from batch.runs.spec import FileRun, PlanSpec
from batch.runs.team_check import ask_teams
from batch.settings.accounts import ApiKeyLimits
from batch.text.language import tr

_FINGERPRINT_VERSION: Final = 1


async def make_plan(spec: PlanSpec, observer: PlanObserver | None = None) -> Plan:
    """The plan of `spec`. One of the same command that was cut short less than a day ago goes on.

    Raises SettingsError, InputRefused (also where the plan does more than --max-changes and --max-starts allow),
    KeyRefused, Unreachable, RunLocked, JournalBroken. Nothing is written to the API.
    """
    observer = observer or PlanObserver()
    for path in spec.out:
        require_plan_file(path)
    limits = replace(spec.settings.dispatch.limits, limit=None)
    settings = replace(spec.settings, fresh=True, dispatch=replace(spec.settings.dispatch, limits=limits))
    run = load_file(FileRun(spec.source, spec.options, settings, spec.stdin))
    lanes = settings.access.lanes(run.accounts)
    command = _command(run, lanes)
    source = run.loaded.facts.path
    with begin_plan(settings.out, command, source, time(), fresh=spec.settings.fresh) as opened:
        async with open_sessions(settings.dispatch.connection, lanes) as sessions:
            plan, preview = await _read(run, opened, command, lanes, sessions, observer)
            reads = sum(session.reader.made for session in sessions.values())
        keys = {lane.account: lane.key for lane in lanes}
        facts = build_facts(plan, preview, settings.guards, made_at=time(), valid_for=spec.valid_for)
        made = _publish(spec, opened, SealedPlan.of(facts, keys), preview, reads)
        opened.journal.close_run()
    tip = tr("look at the plan, {path}. If it is right, give larger limits.", path=made.files[1])
    require_preview_within(preview, settings.effect_limits, tip)
    return made


def _command(run: LoadedFileRun, lanes: Sequence[ApiKeyLimits]) -> str:
    """The fingerprint by which the same plan is found again: the command, its guards and its keys."""
    guards = run.settings.guards
    passes = [guards.allow_reactivation, guards.allow_lifting_dnc, guards.assume_stale]
    keys = {lane.account: lane.key.fingerprint for lane in lanes}
    parts = ["plan", _FINGERPRINT_VERSION, run.command, passes, sorted(keys.items())]
    return sha256(msgspec.json.encode(parts)).hexdigest()


async def _read(
    run: LoadedFileRun,
    opened: OpenRun,
    command: str,
    lanes: Sequence[ApiKeyLimits],
    sessions: Mapping[str, ApiSession],
    observer: PlanObserver,
) -> tuple[RunPlan, PlanPreview]:
    """What the run is, and what it would do, with every contact read."""
    journal = opened.journal
    teams = await ask_teams(sessions, run.settings.guards, campaigns_asked=run.needs_campaigns)
    plan = journal.plan()
    if plan is None:
        run = run.apply_team(teams)
        plan = msgspec.structs.replace(
            run.write_rows(opened, lanes, teams), command_fingerprint=command, planned_at=time()
        )
        journal.save_plan(plan)
    await read_contacts(journal, plan, run.settings.dispatch, sessions, observer)
    settings = run.settings
    outlook = Outlook(lane_paces(lanes, settings.dispatch.connection.window, sessions), teams)
    preview = build_preview(plan, journal, settings.guards, settings.limit, outlook)
    verb = tr("plan of {operation}", operation=plan.operation)
    return plan, replace(preview, survey=run.loaded.survey, notices=run.notices, verb=verb)


def _publish(spec: PlanSpec, opened: OpenRun, sealed: SealedPlan, preview: PlanPreview, reads: int) -> Plan:
    """The plan, its files written."""
    facts = sealed.facts
    extension = (spec.settings.output.format or (facts.source.format,))[0]
    paths = (opened.folder / f"plan.{extension}", opened.folder / "plan.html", *spec.out)
    for path in paths:
        write_plan(path, facts, sealed.facts_text, sealed.rows(opened.journal))
    return Plan(opened.folder, preview, reads, sealed, paths)
