"""What a new run is about to do: its preview, its plan, and how long it takes.

Owns: the figures that a person confirms before the first write, and what a plan takes from keys and teams.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import time

from batch.guayaba.requests import OutreachEffect
from batch.guayaba.statuses import is_dnc
from batch.guayaba.teams import Teams
from batch.journal.entries import ChangeCount
from batch.journal.journal import Journal
from batch.loader import InputSummary
from batch.model import READS, WRITES, Operation, Rate, RunKind, RunPlan
from batch.runs.row_io import reads_for_dnc
from batch.runs.snapshot import SnapshotStats
from batch.settings.accounts import ApiKeyLimits
from batch.settings.settings import Settings


@dataclass(frozen=True, slots=True)
class PlanPreview:
    """What a run is about to do, for the person who confirms it."""

    operation: Operation
    survey: InputSummary
    base_url: str
    #: Empty where the rows name accounts.
    key_fingerprint: str
    #: Writes that are to be made.
    calls: int
    #: The rate of the lane that takes longest.
    rate: Rate
    #: Seconds that the quota alone takes.
    seconds: float
    #: Epoch seconds.
    ends_at: float
    #: What is sent, in the order of sending.
    changes: tuple[ChangeCount, ...] = ()
    #: Campaign id -> name.
    names: Mapping[str, str] = field(default_factory=dict)
    #: What the lists of the teams showed, over all rows, where they were read; those rows are not among the calls.
    stock: SnapshotStats | None = None
    #: Seconds that the run would take without the lists.
    seconds_unread: float = 0.0
    #: True where contacts that are stopped now are not called again.
    guarded: bool = True
    #: The fields that the columns of the file change.
    fields: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    #: Account -> key fingerprint, where the rows name accounts.
    accounts: Mapping[str, str] = field(default_factory=dict)
    #: What the user typed, where that is not the operation.
    verb: str = ""
    #: Contacts that are read before their write, because they may be DNC and would get another status; the seconds that
    #: these reads add.
    dnc_reads: int = 0
    dnc_read_seconds: float = 0.0
    #: Contacts that get another status although they may be DNC: they are not read, or `lifts_dnc` allows it.
    dnc_unread: int = 0
    lifts_dnc: bool = False

    @property
    def starts_outreach(self) -> bool:
        """True where any row makes the API call or message a person."""
        return any(change.turn is OutreachEffect.STARTS for change in self.changes)


def build_preview(
    plan: RunPlan,
    journal: Journal,
    settings: Settings,
    lanes: Sequence[ApiKeyLimits],
    teams: Teams,
    survey: InputSummary,
    *,
    stats: Mapping[str, SnapshotStats],
    fields: tuple[str, ...] = (),
    warnings: tuple[str, ...] = (),
    verb: str = "",
) -> PlanPreview:
    """The preview of the rows of `journal`; `stats` say by account what the teams' lists showed of them."""
    changes, pending = journal.changes(), journal.pending_by_account()
    for account, listed in stats.items():
        pending[account] -= listed.same + listed.unlisted
    to_send = sum(pending.values())
    calls = min(to_send, settings.limit or to_send)
    rate, seconds = slowest_lane(lanes, pending, calls)
    other_status = sum(each.rows for each in changes if each.status is not None and not is_dnc(each.status))
    reads = min(calls, other_status) if plan.kind is RunKind.UNDO or reads_for_dnc(settings) else 0
    lane_share = max(pending.values(), default=0) / to_send if to_send else 1.0
    added = max(0.0, seconds_at(round(reads * lane_share), READS) - seconds)
    seconds += added
    return PlanPreview(
        operation=plan.operation,
        survey=survey,
        base_url=plan.base_url,
        key_fingerprint=plan.key_fingerprint,
        calls=calls,
        rate=rate,
        seconds=seconds,
        ends_at=time() + seconds,
        changes=tuple(changes),
        names={change.campaign: teams.campaign_name(change.campaign) for change in changes if change.campaign},
        stock=SnapshotStats(*map(sum, zip(*stats.values(), strict=True))) if stats else None,
        seconds_unread=seconds_at(sum(change.rows for change in changes), rate),
        guarded=not settings.allow_reactivation,
        fields=fields,
        warnings=warnings,
        accounts=plan.accounts,
        verb=verb,
        dnc_reads=reads,
        dnc_read_seconds=added,
        dnc_unread=min(calls, other_status) - reads,
        lifts_dnc=settings.allow_lifting_dnc,
    )


def with_keys(plan: RunPlan, settings: Settings, lanes: Sequence[ApiKeyLimits], teams: Teams) -> RunPlan:
    """`plan` with the keys of `lanes`, the statuses of `teams` and the user's rate, planned now."""
    accounts = {lane.account: lane.key.fingerprint for lane in lanes if lane.account}
    return replace(
        plan,
        key_fingerprint="" if accounts else lanes[0].key.fingerprint,
        accounts=accounts,
        seals={lane.account: lane.key.seal(plan.base_url) for lane in lanes},
        terminal=tuple(sorted(teams.statuses.terminal_names)),
        stopped=tuple(sorted(teams.stopped)),
        rate=settings.rate,
        planned_at=time(),
    )


def slowest_lane(lanes: Sequence[ApiKeyLimits], pending: Mapping[str, int], calls: int) -> tuple[Rate, float]:
    """The rate of the lane that takes longest for the `pending` rows by account, of which `calls` at most are sent, and
    its seconds. The lanes work side by side, so the slowest decides how long the run takes."""
    paces = [(lane.rate or WRITES, min(calls, pending.get(lane.account, 0))) for lane in lanes]
    rate, rows = max(paces, key=lambda pace: seconds_at(pace[1], pace[0]))
    return rate, seconds_at(rows, rate)


def seconds_at(calls: int, rate: Rate) -> float:
    """Seconds that `calls` take at `rate`, the first `rate.calls` of them at once."""
    return max(0, calls - 1) // rate.calls * rate.seconds
