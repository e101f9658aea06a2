"""The lanes of a run side by side: each key has workers, a bucket and an engine of its own, and none waits for another.

Owns: running them together, stopping them together, and what the whole run looks like while it goes.

A lane whose key is refused, or whose server is gone, ends alone: the others' rows are not at fault. Errors are counted
over all lanes (`ErrorCounter`), so too many of them end the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import anyio

from batch.dispatcher.actions import StopReason
from batch.dispatcher.pacing.learned_limit import LearnedLimit
from batch.dispatcher.workers import Workers
from batch.errors import Exit
from batch.journal.entries import RowResult


class LaneState(NamedTuple):
    """How one lane stands: rows without an outcome, the server's limit and how much of it is used, in `window`
    seconds, whether nothing is answered just now, and what was learned of the limit (`learned_at`: epoch seconds)."""

    account: str
    left: int
    limit: int
    tokens: int
    window: float
    outage: bool
    learned: LearnedLimit | None = None


class Lanes:
    """All lanes of a run at work. `run` once; `drain` and `abandon` from the same event loop.

    `lanes` are the workers by account, `left` the rows of each that have no outcome.
    """

    def __init__(self, lanes: Mapping[str, Workers], left: Mapping[str, int]) -> None:
        self._lanes = lanes
        self._left = dict(left)
        self._draining = False
        self.exit_code = Exit.STOPPED

    async def run(self) -> None:
        """Return when every lane has ended. What one raises (a broken journal) ends all at once and is raised."""
        async with anyio.create_task_group() as tasks:
            for workers in self._lanes.values():
                tasks.start_soon(self._one, workers)

    async def _one(self, workers: Workers) -> None:
        await workers.run()
        if workers.engine.stopped is StopReason.TOO_MANY_ERRORS:
            self.drain(StopReason.TOO_MANY_ERRORS)

    def drain(self, reason: StopReason, exit_code: Exit = Exit.STOPPED) -> None:
        """Send nothing more in any lane and let what is in flight end; the run ends with the first `exit_code`."""
        if not self._draining:
            self._draining, self.exit_code = True, exit_code
        for workers in self._lanes.values():
            workers.drain(reason)

    def abandon(self) -> None:
        """Leave at once. Requests in flight stay in doubt; a resume reads them back."""
        for workers in self._lanes.values():
            workers.abandon()

    def settled(self, account: str, finding: RowResult) -> None:
        """Count a finding of the lane of `account`."""
        self._left[account] -= finding.outcome is not None

    @property
    def stopped(self) -> Mapping[str, StopReason]:
        """Why each lane that was stopped before its end was."""
        return {
            account: workers.engine.stopped
            for account, workers in self._lanes.items()
            if workers.engine.stopped is not None
        }

    @property
    def states(self) -> list[LaneState]:
        """How each lane stands now."""
        return [
            LaneState(
                account,
                self._left[account],
                workers.engine.writes.limit,
                workers.engine.writes.tokens,
                workers.engine.writes.window,
                workers.engine.outage.since is not None,
                workers.learned,
            )
            for account, workers in self._lanes.items()
        ]

    def pause(self) -> float:
        """The seconds until the limit lets the next write of any lane leave; 0: now, or when an answer has come. To be
        called from the event loop."""
        now = anyio.current_time()
        waits = [
            (workers.engine.writes.ready_at(now) or now) - now
            for account, workers in self._lanes.items()
            if self._left[account]
        ]
        return max(0.0, min(waits, default=0.0))
