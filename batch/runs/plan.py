"""What a run is about to do: its preview, its plan, and how long it takes.

Owns: the figures that a person confirms before the first write, and what a plan takes from keys and teams.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from time import time
from types import MappingProxyType
from typing import Final, NamedTuple

import msgspec

from batch.dispatcher.actions import ReadRequirement
from batch.dispatcher.api_session import ApiSession
from batch.dispatcher.guards import required_read
from batch.guayaba.requests import OutreachEffect
from batch.guayaba.statuses import is_dnc
from batch.guayaba.teams import Teams
from batch.journal.confirmations import Confirmation, Leave, read_confirmations
from batch.journal.entries import ChangeCount
from batch.journal.journal import Journal
from batch.journal.plan_counts import PlannedRows, count_by_account, count_by_read, count_changes, select_planned
from batch.journal.row_queries import count_by_code
from batch.loader import InputSummary
from batch.model import READS, WRITES, Operation, Outcome, Rate, RunKind, RunPlan
from batch.runs.guard_policy import guard_policy
from batch.runs.snapshot import SnapshotStats, rows_without_call
from batch.settings.accounts import ApiKeyLimits
from batch.settings.slices import Guards
from batch.text.language import tr_noop

#: Outcomes that a row has before its run begins, where it is not sent and its contact is not as asked. Only a plan,
#: which reads each contact, has the last two.
_NOT_SENT: Final = (Outcome.INVALID, Outcome.HELD, Outcome.NOT_FOUND, Outcome.FAILED)


class RateSource(StrEnum):
    """Where the rate of a preview comes from."""

    DOCUMENTED = tr_noop("the documented rate")
    SERVER = tr_noop("the rate that the API states")
    USER = tr_noop("your rate")


class LanePace(NamedTuple):
    """How fast one API key can be used."""

    account: str
    rate: Rate = WRITES
    source: RateSource = RateSource.DOCUMENTED


class Outlook(NamedTuple):
    """What a preview is made of beside the rows: how fast each key can be used, what the teams have, and by account
    what their lists showed of the rows."""

    paces: Sequence[LanePace]
    teams: Teams
    stats: Mapping[str, SnapshotStats] = MappingProxyType({})


class UndoOutlook(NamedTuple):
    """Whether an undo can reverse a run: it needs each contact as it was before the write."""

    #: Calls whose contacts are read before them, or were read already.
    readable: int
    #: Calls whose contacts are not read.
    unread: int
    #: True where `--keep-before` would read those.
    can_read: bool
    #: Reads that `--keep-before` costs: those that it will make, where it was given.
    reads: int
    #: Seconds that the quota of reads takes for them. They are made beside the writes.
    seconds: float


@dataclass(frozen=True, slots=True)
class PlanPreview:
    """What a run is about to do, for the person who confirms it."""

    operation: Operation
    base_url: str
    #: Empty where the rows name accounts.
    key_fingerprint: str
    #: Writes that are to be made now.
    calls: int
    #: The rate of the lane that takes longest.
    rate: Rate
    rate_source: RateSource
    #: Seconds that the quota alone takes.
    seconds: float
    #: Epoch seconds.
    ends_at: float
    #: The rows of the run.
    rows: int
    #: Rows that are sent only by a later session, because of `--limit`.
    later: int = 0
    #: Rows that have an outcome from an earlier session of this run.
    done: int = 0
    duplicates: int = 0
    #: Rows that a later run has written.
    superseded: int = 0
    #: Rows that cannot be sent, by code.
    skipped: Mapping[str, int] = field(default_factory=dict)
    #: What is sent now, in the order of sending.
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
    #: What was found in the input of a new run.
    survey: InputSummary | None = None
    #: What was noticed in the input.
    notices: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    #: Account -> key fingerprint, where the rows name accounts.
    accounts: Mapping[str, str] = field(default_factory=dict)
    #: Account -> calls.
    account_calls: Mapping[str, int] = field(default_factory=dict)
    #: What the user typed, where that is not the operation.
    verb: str = ""
    #: `None` for an undo.
    undo: UndoOutlook | None = None
    #: True where the run goes on, past what was confirmed for it.
    continues: bool = False
    #: The newest confirmation of the run; `None` where there is none on record.
    confirmed: Confirmation | None = None
    #: Contacts that are read before their write, because they may be DNC and would get another status; the seconds that
    #: these reads add.
    dnc_reads: int = 0
    dnc_read_seconds: float = 0.0
    #: Contacts that get another status although they may be DNC: they are not read, or `lifts_dnc` allows it.
    dnc_unread: int = 0
    lifts_dnc: bool = False
    #: Rows of contacts that were read and are as asked.
    unchanged: int = 0

    @property
    def starts_outreach(self) -> bool:
        """True where any row makes the API call or message a person."""
        return any(change.effect is OutreachEffect.STARTS for change in self.changes)

    @property
    def needs_count(self) -> bool:
        """True where the number of calls is typed to confirm: more than 1,000 calls, or a start of outreach."""
        return self.calls > 1000 or self.starts_outreach

    @property
    def is_risky(self) -> bool:
        """True where people can be called, or lose their DNC, because of this run."""
        return self.starts_outreach or self.dnc_unread > 0


def build_preview(
    plan: RunPlan,
    journal: Journal,
    guards: Guards,
    limit: int | None,
    outlook: Outlook,
    *,
    continues: bool = False,
    needless: Collection[int] = (),
) -> PlanPreview:
    """The preview of the pending rows of `journal`, of which a session sends at most `limit`. What is known of the
    command and its input is added by the caller.

    `needless` are the ordinals of pending rows that need no call, beside those that the lists showed.
    """
    pending, stats = sum(journal.pending_by_account().values()), outlook.stats
    without = {*needless, *_rows_without_call(journal, stats)}
    planned = select_planned(journal, limit, without)
    changes, calls = count_changes(journal, planned), sum(planned.by_effect)
    account_calls = count_by_account(journal, planned)
    pace, seconds = slowest_lane(outlook.paces, account_calls)
    other_status = sum(each.rows for each in changes if each.status is not None and not is_dnc(each.status))
    reads = other_status if plan.kind is RunKind.UNDO or guards.reads_for_dnc else 0
    added = _seconds_of_reads(reads, account_calls, seconds)
    seconds += added
    return PlanPreview(
        operation=plan.operation,
        base_url=plan.base_url,
        key_fingerprint=plan.key_fingerprint,
        calls=calls,
        rate=pace.rate,
        rate_source=pace.source,
        seconds=seconds,
        ends_at=time() + seconds,
        rows=journal.count_rows(),
        later=pending - len(without) - calls,
        done=journal.count_settled() if continues else 0,
        duplicates=_count(journal, Outcome.DUPLICATE),
        superseded=_count(journal, Outcome.SUPERSEDED),
        skipped=count_by_code(journal, _NOT_SENT[:2] if continues else _NOT_SENT),
        changes=tuple(changes),
        names={change.campaign: outlook.teams.campaign_name(change.campaign) for change in changes if change.campaign},
        stock=SnapshotStats(*map(sum, zip(*stats.values(), strict=True))) if stats else None,
        seconds_unread=seconds_at(min(pending, limit or pending), pace.rate),
        guarded=not guards.allow_reactivation,
        accounts=plan.accounts,
        account_calls=account_calls,
        undo=None if plan.kind is RunKind.UNDO else _undo_outlook(plan, journal, guards, planned),
        continues=continues,
        confirmed=next(iter(read_confirmations(journal)[-1:]), None),
        dnc_reads=reads,
        dnc_read_seconds=added,
        dnc_unread=other_status - reads,
        lifts_dnc=guards.allow_lifting_dnc,
        unchanged=0 if continues else _count(journal, Outcome.UNCHANGED) + len(needless),
    )


def _rows_without_call(journal: Journal, stats: Mapping[str, SnapshotStats]) -> set[int]:
    """The ordinals of the rows that need no call by what the lists showed."""
    needless = [rows_without_call(journal, account) for account, listed in stats.items() if not listed.looked_up]
    return {ordinal for same, unlisted in needless for ordinal in (*same, *unlisted)}


def _seconds_of_reads(reads: int, account_calls: Mapping[str, int], seconds: float) -> float:
    """How much longer than the `seconds` of its writes a run takes because of its `reads`: those of the lane with the
    most calls count."""
    calls = sum(account_calls.values())
    lane_share = max(account_calls.values()) / calls if calls else 1.0
    return max(0.0, seconds_at(round(reads * lane_share), READS) - seconds)


def leave(guards: Guards) -> Leave:
    """The guards that a session may pass."""
    return Leave(guards.allow_reactivation, not guards.reads_for_dnc)


def _count(journal: Journal, outcome: Outcome) -> int:
    return sum(count_by_code(journal, [outcome]).values())


def _undo_outlook(plan: RunPlan, journal: Journal, guards: Guards, planned: PlannedRows) -> UndoOutlook:
    by_id = plan.operation is Operation.UPDATE_BY_ID
    policy = guard_policy(plan, guards)
    keeps, policy = policy.keep_before, replace(policy, keep_before=False)
    readable = unread = reads = unreadable = 0
    for group in count_by_read(journal, planned):
        looked_up = by_id and group.by_number
        if group.was_read or looked_up or required_read(group.change, policy) is not ReadRequirement.NONE:
            readable += group.rows
        elif by_id and not group.has_phone:
            unreadable += group.rows
        else:
            reads += group.rows
            readable, unread = (readable + group.rows, unread) if keeps else (readable, unread + group.rows)
    return UndoOutlook(readable, unread + unreadable, bool(unread), reads, seconds_at(reads, READS))


def with_keys(plan: RunPlan, rate: Rate | None, lanes: Sequence[ApiKeyLimits], teams: Teams) -> RunPlan:
    """`plan` with the keys of `lanes`, the statuses of `teams` and the user's `rate`, planned now."""
    accounts = {lane.account: lane.key.fingerprint for lane in lanes if lane.account}
    return msgspec.structs.replace(
        plan,
        key_fingerprint="" if accounts else lanes[0].key.fingerprint,
        accounts=accounts,
        seals={lane.account: lane.key.seal(plan.base_url) for lane in lanes},
        stopping_statuses=tuple(sorted(teams.statuses.stopping_names)),
        stopping_in_any_team=tuple(sorted(teams.stopping_in_any_team)),
        rate=rate,
        planned_at=time(),
    )


def lane_paces(
    lanes: Sequence[ApiKeyLimits], window: float, sessions: Mapping[str, ApiSession]
) -> tuple[LanePace, ...]:
    """How fast each key can be used: by the limit that the API stated last on this machine, else the documented one;
    by the user's rate where that is less; and by the share of it that may be used."""
    return tuple(_pace(lane, window, sessions.get(lane.account)) for lane in lanes)


def _pace(lane: ApiKeyLimits, window: float, session: ApiSession | None) -> LanePace:
    stated = session.writes.limit if session else None
    limit, source = (stated, RateSource.SERVER) if stated else (WRITES.calls, RateSource.DOCUMENTED)
    # A user's rate above the documented limit counts until the API states its own (see `session._build_engine`).
    if lane.rate and (not stated or lane.rate.calls / lane.rate.seconds < limit / window):
        return LanePace(lane.account, lane.rate, RateSource.USER)
    return LanePace(lane.account, Rate(max(1, int(limit * lane.share)), window), source)


def slowest_lane(paces: Sequence[LanePace], calls: Mapping[str, int]) -> tuple[LanePace, float]:
    """The lane that takes longest for its `calls` (by account), and its seconds. The lanes work side by side, so the
    slowest decides how long the run takes."""
    pace = max(paces, key=lambda pace: seconds_at(calls.get(pace.account, 0), pace.rate))
    return pace, seconds_at(calls.get(pace.account, 0), pace.rate)


def seconds_at(calls: int, rate: Rate) -> float:
    """Seconds that `calls` take at `rate`, the first `rate.calls` of them at once."""
    return max(0, calls - 1) // rate.calls * rate.seconds
