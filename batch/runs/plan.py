"""What must hold before the first write: the same command, the team's own statuses, the right key, a preview.

Owns: the digest by which a command finds its run, judging a source by what the team has, the plan of a run, what is
refused because it does not fit a run.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from time import time
from typing import Final

import msgspec

from batch import loader
from batch.errors import InputRefused, SettingsError
from batch.facts import RunPlan
from batch.guayaba.campaigns import Campaigns, NoMatch
from batch.guayaba.contact import OutreachEffect
from batch.guayaba.reads import Statuses, Team
from batch.guayaba.teams import Teams
from batch.journal.entries import ChangeCount
from batch.journal.journal import Journal
from batch.loader import LoadedSource, ReadOptions
from batch.loader.options import TeamNames
from batch.model import WRITES, ContactChange, Operation, Rate
from batch.runs.folder.run_folder import OpenRun
from batch.runs.snapshot import SnapshotStats
from batch.settings.accounts import ApiKeyLimits
from batch.settings.settings import Settings

_DIGEST_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class PlanPreview:
    """What is about to happen, for whoever confirms it.

    `seconds` is the time that the quota alone takes, `ends_at` (epoch seconds) when that is over. `changes` are what
    is to be sent, in the order of sending, with `names` for the ids of campaigns; `fields` are what the file's
    columns change. `stock` is what the teams' lists said of all rows together, where they were read: its rows are not
    among the `calls`, and without them it would take `seconds_unread`. `guarded`: contacts that are stopped now are
    not called again. `accounts` are name -> key fingerprint, where rows name them. `verb` is what the user typed,
    where that is not the operation.
    """

    operation: Operation
    survey: loader.InputSummary
    base_url: str
    key_fingerprint: str
    calls: int
    rate: Rate
    seconds: float
    ends_at: float
    changes: tuple[ChangeCount, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    stock: SnapshotStats | None = None
    seconds_unread: float = 0.0
    guarded: bool = True
    fields: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    accounts: Mapping[str, str] = field(default_factory=dict)
    verb: str = ""

    @property
    def starts_outreach(self) -> bool:
        """True where any row makes the API call or message somebody."""
        return any(change.turn is OutreachEffect.STARTS for change in self.changes)


def with_fulfil_change(reading: ReadOptions) -> ReadOptions:
    """A fulfilment asks for the status `fulfilled`: said once here, so that reading back can compare."""
    return (
        replace(reading, ask=ContactChange(status="fulfilled")) if reading.operation is Operation.FULFILL else reading
    )


def with_accounts(reading: ReadOptions, settings: Settings) -> ReadOptions:
    """`reading`, whose rows may name the accounts of `settings`, unless all of them are for one."""
    return replace(reading, accounts=frozenset() if settings.account else frozenset(settings.accounts))


def named_accounts(loaded: LoadedSource) -> tuple[str, ...]:
    """The accounts that the rows of `loaded` name, in order; none where it has no column of accounts."""
    if "account" not in loaded.facts.roles:
        return ()
    return tuple(sorted(loaded.survey.accounts or loaded.reading.accounts))


def command_fingerprint(reading: ReadOptions, settings: Settings, loaded: LoadedSource) -> str:
    """What makes two commands the same: the input's bytes, what is asked, how it is read and where it goes.

    Not the team's statuses, which the API may name differently tomorrow, and no field that a later version may add.
    """
    return _fingerprint(reading, settings, loaded.facts.sha256)


def input_independent_fingerprint(reading: ReadOptions, settings: Settings, file: str) -> str:
    """What makes two commands the same whatever is in `file` (an absolute path); empty where there is none."""
    return _fingerprint(reading, settings, f"file {file}") if file else ""


def _fingerprint(reading: ReadOptions, settings: Settings, source: str) -> str:
    told = [
        _DIGEST_VERSION,
        settings.address,
        source,
        reading.operation,
        reading.ask,
        sorted(reading.mapping.items()),
        [reading.region, reading.phone_check, reading.on_conflict, reading.extensions, reading.two_numbers],
        [reading.sheet, reading.encoding, reading.rerun, sorted(reading.only or ())],
    ]
    if settings.account is not None:
        told.append(settings.account)
    since = [reading.header_row, reading.no_header, reading.hidden_rows, reading.keep_literal, reading.phones]
    if since != [None, False, None, False, "first"]:  # a command without them keeps the fingerprint it had
        told.append(since)
    return sha256(msgspec.json.encode(told, order="sorted")).hexdigest()


def needs_campaigns(reading: ReadOptions, loaded: LoadedSource) -> bool:
    """True where a row may ask for a campaign, so that the team's campaigns must be known."""
    return reading.ask.campaign_id is not None or "campaign" in loaded.facts.roles


def apply_team(reading: ReadOptions, loaded: LoadedSource, teams: Teams) -> tuple[LoadedSource, ReadOptions]:
    """The source judged by what its teams have, read again only where that can change anything.

    Raises SettingsError where the status or the campaign for all rows is none of a team's: nothing was sent.
    """
    campaigns = teams.only.campaigns if teams.only else Campaigns()
    reading = replace(
        _with_campaign(reading, teams),
        campaigns=campaigns,
        teams={} if teams.only else {account: _team_names(team) for account, team in teams.by_account.items()},
    )
    if not any(team.statuses.known for team in teams.by_account.values()):
        return (loaded.read_again(reading) if needs_campaigns(reading, loaded) else loaded), reading
    statuses = teams.statuses
    reading = replace(reading, terminal=statuses.terminal_names)
    if reading.ask.status and (lacking := teams.lacking(reading.ask.status)):
        raise _no_status(reading.ask.status, lacking, statuses)
    as_known = not any(map(teams.lacking, loaded.survey.statuses)) and reading.terminal == loaded.reading.terminal
    if as_known and not needs_campaigns(reading, loaded):
        return loaded, reading
    reading = replace(reading, statuses=statuses.names)
    return loaded.read_again(reading), reading


def _team_names(team: Team) -> TeamNames:
    return TeamNames(team.statuses.names if team.statuses.known else None, team.campaigns)


def _no_status(status: str, lacking: list[str], statuses: Statuses) -> SettingsError:
    """The refusal of a status for all rows, which the teams of the accounts `lacking` have not."""
    near = difflib.get_close_matches(status.casefold(), {name.casefold() for name in statuses.names}, 1)
    meant = next((f' (did you mean "{name}"?)' for name in sorted(statuses.names) if name.casefold() in near), "")
    who = "the team has" if lacking == [""] else f"the team of {', '.join(lacking)} has"
    return SettingsError(
        f'{who} no status "{status}"{meant}. Nothing was sent.',
        problems=(f"its statuses are: {', '.join(sorted(statuses.names))}",) if lacking == [""] else (),
        tip="write the status exactly as listed; capitals matter (DNC).",
    )


def _with_campaign(reading: ReadOptions, teams: Teams) -> ReadOptions:
    """`reading` with the id of the campaign that `--campaign` means."""
    asked = reading.ask.campaign_id
    if asked is None:
        return reading
    if teams.only is None:
        raise SettingsError(
            "--campaign is for one team, and the rows of this file belong to several accounts. Nothing was sent.",
            tip='name each row\'s campaign in a column: --map campaign="THE HEADER".',
        )
    found = teams.only.campaigns.find(asked)
    if isinstance(found, NoMatch):
        raise SettingsError(
            f"--campaign: {found.message}. Nothing was sent.",
            problems=found.candidates,
            tip="write the campaign's id (a UUID, 8-4-4-4-12 hexadecimal digits) or its name as in the dashboard.",
        )
    return replace(reading, ask=msgspec.structs.replace(reading.ask, campaign_id=found))


def build_preview(
    reading: ReadOptions,
    loaded: LoadedSource,
    settings: Settings,
    lanes: Sequence[ApiKeyLimits],
    teams: Teams,
    journal: Journal,
    stock: Mapping[str, SnapshotStats],
    before: str | None = None,
) -> PlanPreview:
    """What is about to happen to the rows of `journal`, of whom the lists say `stock`; `before` is the run in which
    this very command finished."""
    changes, left = journal.changes(), journal.left()
    for account, found in stock.items():
        left[account] -= found.same + found.unlisted
    to_send = sum(left.values())
    calls = min(to_send, settings.limit or to_send)
    warnings = []
    if settings.preflight and not teams.statuses.known:
        warnings.append("the API did not list the team's statuses: the documented ones are assumed")
    if before is not None:
        warnings.append(f"this very command finished before, as {before}: every row will be sent again")
    warnings.extend(
        "the API key does not begin with gua_, as keys do" + (f": account {lane.account}" if lane.account else "")
        for lane in lanes
        if not lane.key.looks_usual
    )
    rate, seconds = slowest_lane(lanes, left, calls)
    return PlanPreview(
        operation=reading.operation,
        survey=loaded.survey,
        base_url=settings.address,
        key_fingerprint=lanes[0].key.fingerprint if len(lanes) == 1 else "",
        calls=calls,
        rate=rate,
        seconds=seconds,
        ends_at=time() + seconds,
        changes=tuple(changes),
        names={change.campaign: teams.campaign_name(change.campaign) for change in changes if change.campaign},
        stock=SnapshotStats(*map(sum, zip(*stock.values(), strict=True))) if stock else None,
        seconds_unread=seconds_at(sum(change.rows for change in changes), rate),
        guarded=not settings.allow_reactivation,
        fields=tuple(role for role in loaded.facts.roles if role not in ("phone", "id", "region", "account")),
        warnings=tuple(warnings),
        accounts={lane.account: lane.key.fingerprint for lane in lanes if lane.account},
    )


def slowest_lane(lanes: Sequence[ApiKeyLimits], left: Mapping[str, int], calls: int) -> tuple[Rate, float]:
    """The rate of the lane that takes longest, and its seconds, where `left` rows of each account are to be sent, in
    `calls` at most: lanes work side by side, so the slowest says how long it takes."""
    paces = [(lane.rate or WRITES, min(calls, left.get(lane.account, 0))) for lane in lanes]
    rate, rows = max(paces, key=lambda pace: seconds_at(pace[1], pace[0]))
    return rate, seconds_at(rows, rate)


def build_plan(
    opened: OpenRun,
    verb: str,
    command: str,
    reading: ReadOptions,
    loaded: LoadedSource,
    settings: Settings,
    lanes: Sequence[ApiKeyLimits],
    teams: Teams,
    parent: RunPlan | None,
) -> RunPlan:
    accounts = {lane.account: lane.key.fingerprint for lane in lanes if lane.account}
    return RunPlan(
        run=opened.folder.name,
        verb=verb,
        command=command,
        operation=reading.operation,
        base_url=settings.address,
        key_fingerprint="" if accounts else lanes[0].key.fingerprint,
        accounts=accounts,
        source=loaded.facts,
        ask=reading.ask,
        terminal=tuple(sorted(teams.statuses.terminal_names)),
        rate=settings.rate,
        formats=settings.format,
        planned_at=time(),
        reading=msgspec.to_builtins(replace(reading, statuses=None, campaigns=None, teams={})),
        parent=parent.run if parent else None,
        skip_unchanged=settings.skip_unchanged,
        seals={lane.account: lane.key.seal(settings.address) for lane in lanes},
        stopped=tuple(sorted(teams.stopped)),
    )


def require_same_keys(plan: RunPlan, settings: Settings) -> None:
    """Raise InputRefused where the keys are not those of `plan`, SettingsError where one of its accounts has none."""
    if settings.accept_key:
        return
    wrong = {
        lane.account: (plan.keys[lane.account], lane.key.fingerprint)
        for lane in settings.lanes(plan.accounts)
        if lane.key.fingerprint != plan.keys[lane.account]
    }
    if wrong:
        told = [
            f"{'the key' if not account else f'the key of {account}'} {then}, and this is the key {now}"
            for account, (then, now) in sorted(wrong.items())
        ]
        raise InputRefused(
            f"{plan.run} was made with {'; '.join(told)}. Nothing was sent.",
            tip="use the key of that run; if this one belongs to the same team, say so with --accept-key.",
        )


def seconds_at(calls: int, rate: Rate) -> float:
    """Seconds that `calls` take at `rate`, the first `rate.calls` of them at once."""
    return max(0, calls - 1) // rate.calls * rate.seconds
