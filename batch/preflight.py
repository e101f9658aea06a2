"""What must hold before the first write: the same command, the team's own statuses, the right key, a preview.

Owns: the digest by which a command finds its run, judging a source by what the team has, the plan of a run, what is
refused because it does not fit a run.
Does not own: asking anybody (`cli.py` confirms), sending anything.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from time import time
from typing import Final

import msgspec

from batch import loader, runs
from batch.campaigns import Campaigns, NotOne
from batch.directory import Statuses, Team
from batch.errors import InputRefused, SettingsError
from batch.journal import Journal
from batch.loader import Loaded, Reading
from batch.model import WRITES, Ask, Operation, Rate, RunPlan
from batch.operations import starts_outreach
from batch.runs import OpenRun
from batch.settings import Settings

_DIGEST_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Preview:
    """What is about to happen, for whoever confirms it. `seconds` is the time that the quota alone takes,
    `fields` are what the file's columns change."""

    operation: Operation
    survey: loader.Survey
    base_url: str
    key_fingerprint: str
    calls: int
    rate: Rate
    seconds: float
    starts_outreach: bool
    fields: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def with_ask(reading: Reading) -> Reading:
    """A fulfilment asks for the status `fulfilled`: said once here, so that reading back can compare."""
    return replace(reading, ask=Ask(status="fulfilled")) if reading.operation is Operation.FULFILL else reading


def digest(reading: Reading, settings: Settings, loaded: Loaded) -> str:
    """What makes two commands the same: the input's bytes, what is asked, how it is read and where it goes.

    Not the team's statuses, which the API may name differently tomorrow, and no field that a later version may add.
    """
    told = [
        _DIGEST_VERSION,
        settings.address,
        loaded.facts.sha256,
        reading.operation,
        reading.ask,
        sorted(reading.mapping.items()),
        [reading.region, reading.phone_check, reading.on_conflict, reading.extensions, reading.two_numbers],
        [reading.sheet, reading.encoding, reading.rerun, sorted(reading.only or ())],
    ]
    return sha256(msgspec.json.encode(told, order="sorted")).hexdigest()


def asks_campaigns(reading: Reading, loaded: Loaded) -> bool:
    """True where a row may ask for a campaign, so that the team's campaigns must be known."""
    return reading.ask.campaign_id is not None or "campaign" in loaded.facts.roles


def judged(reading: Reading, loaded: Loaded, team: Team) -> tuple[Loaded, Reading]:
    """The source judged by what the team has, read again only where that can change anything.

    Raises SettingsError where the status or the campaign for all rows is none of the team's: nothing was sent.
    """
    reading = replace(_with_campaign(reading, team.campaigns), campaigns=team.campaigns)
    if not team.statuses.known:
        return (loaded.read_again(reading) if asks_campaigns(reading, loaded) else loaded), reading
    names = team.statuses.names
    reading = replace(reading, terminal=team.statuses.terminal_names)
    if reading.ask.status and reading.ask.status not in names:
        near = difflib.get_close_matches(reading.ask.status.casefold(), {name.casefold() for name in names}, 1)
        meant = next((f' (did you mean "{name}"?)' for name in sorted(names) if name.casefold() in near), "")
        raise SettingsError(
            f'the team has no status "{reading.ask.status}"{meant}. Nothing was sent.',
            problems=(f"its statuses are: {', '.join(sorted(names))}",),
            tip="write the status exactly as listed; capitals matter (DNC).",
        )
    as_known = frozenset(loaded.survey.statuses) <= names and reading.terminal == loaded.reading.terminal
    if as_known and not asks_campaigns(reading, loaded):
        return loaded, reading
    reading = replace(reading, statuses=names)
    return loaded.read_again(reading), reading


def _with_campaign(reading: Reading, campaigns: Campaigns) -> Reading:
    """`reading` with the id of the campaign that `--campaign` means."""
    asked = reading.ask.campaign_id
    found = campaigns.find(asked) if asked is not None else None
    if isinstance(found, NotOne):
        raise SettingsError(
            f"--campaign: {found.message}. Nothing was sent.",
            problems=found.candidates,
            tip="write the campaign's id (a UUID, 8-4-4-4-12 hexadecimal digits) or its name as in the dashboard.",
        )
    return replace(reading, ask=msgspec.structs.replace(reading.ask, campaign_id=found))


def preview(
    reading: Reading, loaded: Loaded, settings: Settings, statuses: Statuses, before: str | None = None
) -> Preview:
    calls = min(loaded.survey.sendable, settings.limit or loaded.survey.sendable)
    rate = settings.rate or WRITES
    asks = [Ask(status=status, campaign_id=reading.ask.campaign_id) for status in loaded.survey.statuses]
    held = sum(group.rows for group in loaded.survey.problems if group.code == "conflict")
    if sum(loaded.survey.statuses.values()) < loaded.survey.sendable + loaded.survey.duplicates + held:
        asks.append(reading.ask)  # of rows without a status of their own
    key = settings.key
    assert key is not None
    warnings = [] if statuses.known else ["the API did not list the team's statuses: the documented ones are assumed"]
    if before is not None:
        warnings.append(f"this very command finished before, as {before}: every row will be sent again")
    if not key.looks_usual:
        warnings.append("the API key does not begin with gua_, as keys do")
    return Preview(
        operation=reading.operation,
        survey=loaded.survey,
        base_url=settings.address,
        key_fingerprint=key.fingerprint,
        calls=calls,
        rate=rate,
        seconds=seconds_at(calls, rate),
        starts_outreach=any(starts_outreach(ask, statuses.terminal_names) for ask in asks) or _moves(reading, loaded),
        fields=tuple(role for role in loaded.facts.roles if role not in ("phone", "id", "region")),
        warnings=tuple(warnings),
    )


def _moves(reading: Reading, loaded: Loaded) -> bool:
    """True where a column moves contacts to campaigns, and no status for all rows keeps them from being called."""
    return "campaign" in loaded.facts.roles and reading.ask.status is None


def plan(
    opened: OpenRun,
    verb: str,
    command: str,
    reading: Reading,
    loaded: Loaded,
    settings: Settings,
    statuses: Statuses,
    parent: RunPlan | None,
) -> RunPlan:
    assert settings.key is not None
    return RunPlan(
        run=opened.folder.name,
        verb=verb,
        command=command,
        operation=reading.operation,
        base_url=settings.address,
        key_fingerprint=settings.key.fingerprint,
        source=loaded.facts,
        ask=reading.ask,
        terminal=tuple(sorted(statuses.terminal_names)),
        rate=settings.rate,
        formats=settings.format,
        planned_at=time(),
        reading=msgspec.to_builtins(replace(reading, statuses=None, campaigns=None)),
        parent=parent.run if parent else None,
    )


def same_key(plan: RunPlan, settings: Settings) -> None:
    key = settings.key
    if key is None or settings.accept_key or key.fingerprint == plan.key_fingerprint:
        return
    raise InputRefused(
        f"{plan.run} was made with the key {plan.key_fingerprint}, and this is the key {key.fingerprint}.",
        tip="use the key of that run; if this one belongs to the same team, say so with --accept-key.",
    )


def run_of(report: Path, settings: Settings) -> tuple[Path, RunPlan]:
    """The folder and plan of the run that wrote `report`: beside it, or below `--out` by its `_run` column."""
    if not report.is_file():
        what = "is a folder" if report.is_dir() else "does not exist"
        raise InputRefused(f"{report} {what}. Nothing was sent.", tip="give a failures or outcomes file of a run.")
    name = loader.report_run(report)
    for folder in (report.parent, settings.out / name if name else None):
        if folder is not None and (folder / runs.JOURNAL).is_file():
            journal = Journal.look(folder / runs.JOURNAL)
            try:
                plan = journal.plan()
            finally:
                journal.close()
            if plan is not None and name in (None, plan.run):
                return folder, plan
    if name is None:
        raise InputRefused(
            f"{report} is no report of this program: it has no _run column. Nothing was sent.",
            tip="give a failures or outcomes file; for any other file there are fulfill, update and update-by-id.",
        )
    raise InputRefused(
        f"the run that wrote {report} was not found: neither beside the file nor in {settings.out}. Nothing was sent.",
        tip=f"give --out the folder that holds {name or 'its run folder'}.",
    )


def seconds_at(calls: int, rate: Rate) -> float:
    """Seconds that `calls` take at `rate`, the first `rate.calls` of them at once."""
    return max(0, calls - 1) // rate.calls * rate.seconds
