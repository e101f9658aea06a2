"""One session: one process's work on the pending rows of a run, until none is left or something stops it.

Owns: the lanes of a session and the figures of their engines; how a session ends, its exit code, and the commands that
the user may type next.
"""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from datetime import time as Clock
from functools import partial
from time import time
from typing import Final, Protocol

import anyio

from batch.dispatcher.actions import Policy, StopReason
from batch.dispatcher.api_session import ApiSession, max_in_flight
from batch.dispatcher.clock import seconds_asleep
from batch.dispatcher.engine import Engine
from batch.dispatcher.lanes import Lanes
from batch.dispatcher.pacing.bucket import Bucket
from batch.dispatcher.pacing.rate_cap import RateCap
from batch.dispatcher.workers import INTENT_S, LaneContext, Workers
from batch.errors import Exit, single_error
from batch.guayaba.search import ContactSearch
from batch.journal.entries import RowResult
from batch.journal.group_commit import GroupCommit
from batch.journal.read import JournalReader
from batch.model import WRITES, Operation, Outcome, RunKind, RunPlan
from batch.runs.confirm import session_bounds
from batch.runs.contact_ref import ContactRef
from batch.runs.events import RunObserver
from batch.runs.folder.run_folder import OpenRun
from batch.runs.number_reads import NumberReads
from batch.runs.plans.guard import PlanGuard
from batch.runs.row_io import ApiRowIO, RowGuard, Session
from batch.runs.undo.guard import UndoGuard
from batch.runs.write_guard import WriteGuard
from batch.settings.slices import Dispatch, Limits

#: Seconds between two looks at the clock: how late a session may notice that its machine slept past the end.
_CLOCK_INTERVAL_S: Final = 10.0
#: Rows that all lanes together hold in memory, and the least and most that one lane holds.
_BUFFERED_ROWS: Final = 4096
_MIN_BUFFERED_ROWS: Final = 32
_MAX_BUFFERED_ROWS: Final = 256

#: Whether the API answers nothing now, and how many writes it allows in a window, over all lanes.
ApiState = Callable[[], tuple[bool, int]]


class SessionReporter(Protocol):
    """What reports on a session while it goes (`reporter/webhook.py`, `reporter/metrics.py`)."""

    def row_settled(self, outcome: Outcome) -> None:
        """A row got its outcome, and it is on the disk."""
        ...

    async def watch(self, api_state: ApiState) -> None:
        """Runs beside the lanes, and is cancelled at the end."""
        ...


async def run_session(
    opened: OpenRun,
    plan: RunPlan,
    settings: Dispatch,
    sessions: Mapping[str, ApiSession],
    observer: RunObserver,
    reporters: Sequence[SessionReporter] = (),
) -> None:
    """Work on the pending rows of `opened`, and write into its journal how the session ended.

    `sessions` are the API sessions of the run's accounts, by name. Raises JournalBroken where the disk fails: requests
    that had left are in the journal, in doubt.
    """
    journal = opened.journal
    pending = journal.pending_by_account()
    bounds = session_bounds(journal, settings.guards, settings.limits.limit)
    journal.begin(time())

    def on_result(account: str, result: RowResult) -> None:
        lanes.settled(account, result)
        if result.outcome is not None:
            for reporter in reporters:
                reporter.row_settled(result.outcome)
        observer.on_result(result)

    session = Session(
        plan=plan,
        guards=settings.guards,
        limits=settings.limits,
        journal=journal,
        writer=GroupCommit(journal),
        on_result=on_result,
        lanes=max(1, len(pending)),
        max_in_flight=max_in_flight(settings.connection, max(1, len(pending))),
        remaining_limit=settings.limits.limit,
        allowed=bounds.rows,
        starts_left=bounds.starts,
    )
    lanes = Lanes({account: build_workers(session, sessions[account]) for account in sorted(pending)}, pending)

    def api_state() -> tuple[bool, int]:
        return any(lane.outage for lane in lanes.states), sum(lane.limit for lane in lanes.states)

    with single_error():
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(observer.watch, lanes)
            for reporter in reporters:
                tasks.start_soon(reporter.watch, api_state)
            tasks.start_soon(_stop_in_time, lanes, settings.limits)
            await lanes.run()
            tasks.cancel_scope.cancel()
    with anyio.CancelScope(shield=True):
        await session.writer.flush()
    _record_end(opened, plan, settings, lanes)


def build_workers(session: Session, api: ApiSession) -> Workers:
    """The workers of the lane of one API key."""
    account = api.lane.account
    searches = ContactSearch(api.client, api.reader, answered=api.reader.answered)
    ref = ContactRef(by_id=session.plan.operation is Operation.UPDATE_BY_ID)
    numbers = NumberReads(searches, session.wall)
    write_guard = WriteGuard(session, account, ref, searches, numbers)
    guard: RowGuard = write_guard
    if session.plan.kind is RunKind.UNDO:
        guard = UndoGuard(session, searches)
    elif session.plan.applied is not None and not session.plan.applied.replan:
        guard = PlanGuard(session, ref, write_guard)
    context = LaneContext(
        writer=session.writer,
        writes=api.writes,
        reads=api.reads,
        on_result=partial(session.on_result, account),
        wall=session.wall,
        draw=session.draw,
        slept=seconds_asleep,
        account=account,
    )
    row_io = ApiRowIO(session, account, api.client, searches, ref, guard, numbers)
    return Workers(_build_engine(session, api), row_io, context)


def _build_engine(session: Session, api: ApiSession) -> Engine:
    """The engine of one lane.

    Until the server states its limit, the limit is what any process on this machine received last; before that, the
    documented one, or the user's rate if that is more, because some servers never state a limit.
    """
    limits, lane = session.limits, api.lane
    rate = lane.rate or session.plan.rate
    asked = math.ceil(rate.calls * limits.window / rate.seconds) if rate else 0
    limit = api.writes.limit or max(WRITES.calls, asked)
    cap = RateCap(rate.calls, rate.seconds) if rate else None
    writes = Bucket(limit, limits.window, lane.share, cap, lead=INTENT_S)
    policy = Policy(
        attempts=limits.attempts,
        in_flight=session.max_in_flight,
        buffer_size=max(_MIN_BUFFERED_ROWS, min(_MAX_BUFFERED_ROWS, _BUFFERED_ROWS // session.lanes)),
        give_up_after=limits.give_up_after,
        patience=limits.timeout,
        max_errors=limits.max_errors if isinstance(limits.max_errors, int) else None,
        max_error_share=limits.max_errors if isinstance(limits.max_errors, float) else None,
    )
    return Engine(writes, api.reader.bucket, policy, session.errors)


async def _stop_in_time(lanes: Lanes, limits: Limits) -> None:
    """Stop the lanes when the time that the user allowed is over (`--max-runtime`, `--until`)."""
    if limits.max_runtime is None and limits.until is None:
        return
    with anyio.move_on_after(limits.max_runtime):
        await _sleep_until(limits.until)
    lanes.drain(StopReason.TIME_UP)


async def _sleep_until(end: Clock | None) -> None:
    """Sleep until the local clock shows `end`; for ever where that is `None`.

    The clock is read every few seconds: a machine that sleeps, or gets another time, does not end one long sleep.
    """
    if end is None:
        await anyio.sleep_forever()
        return
    now = datetime.now()
    until = datetime.combine(now.date() + timedelta(days=end <= now.time()), end).astimezone()
    while (left := until.timestamp() - time()) > 0:
        await anyio.sleep(min(left, _CLOCK_INTERVAL_S))


def _record_end(opened: OpenRun, plan: RunPlan, settings: Dispatch, lanes: Lanes) -> None:
    journal = opened.journal
    stopped = {
        account: lanes.stopped.get(account, StopReason.LIMIT_REACHED) for account in journal.pending_by_account()
    }
    if StopReason.KEY_REFUSED in stopped.values():
        exit_code = Exit.KEY
    elif stopped:
        exit_code = lanes.exit_code
    else:
        exit_code = Exit.OK if JournalReader(journal).all_done() else Exit.SOME_ROWS
    journal.end(
        time(),
        stopped_for=stopped,
        exit_code=exit_code,
        commands=_next_commands(opened, plan, settings, unfinished=bool(stopped), again=exit_code is Exit.SOME_ROWS),
    )


def _next_commands(
    opened: OpenRun, plan: RunPlan, settings: Dispatch, *, unfinished: bool, again: bool
) -> dict[str, str]:
    """The commands that the user may type next: to resume an unfinished run, or to rerun what did not succeed."""
    verb, path, options = "resume", opened.folder, settings.repeated
    if again and plan.kind is RunKind.UNDO:
        verb, path = "undo", opened.folder.parent / (plan.source_run or "")
    elif again:
        extension = (plan.formats or (plan.source.format,))[0]
        verb, path = "rerun", opened.folder / f"failures.{extension}"
    elif not unfinished:
        return {}
    # A pipeline has no terminal to confirm on: its commands work as they are printed.
    confirmed = ("--yes",) if settings.yes else ()
    return {verb: shlex.join(["guayaba-batch", verb, str(path), *options, *confirmed])}
