"""When are the errors too many, or all the same? Then it is not the rows that are wrong. Pure.

Owns: counting what did not succeed, and the reason to stop for it.
"""

from __future__ import annotations

from dataclasses import dataclass

from batch.dispatcher.actions import Policy, StopReason
from batch.model import DONE, Outcome


@dataclass(slots=True)
class ErrorCounter:
    """How many rows of a run have their outcome, and how many of them did not succeed: all its lanes together."""

    settled: int = 0
    errors: int = 0

    def too_many(self, policy: Policy) -> bool:
        """True where there are more errors than `policy` allows."""
        if policy.max_errors is not None and self.errors > policy.max_errors:
            return True
        if policy.max_error_share is None or self.settled < policy.errors_from:
            return False
        return self.errors > policy.max_error_share * self.settled


class ErrorLimit:
    """Watches the outcomes of one engine. `count` may be shared with the other engines of a run."""

    def __init__(self, policy: Policy, count: ErrorCounter | None = None) -> None:
        self._policy = policy
        self._count = count or ErrorCounter()
        self._in_a_row = 0
        self._same: tuple[int | None, str] | None = None  # the last refusal, while each is like the one before

    def settled(self, outcome: Outcome, status: int | None, message: str) -> StopReason | None:
        """Count a row's outcome, with the HTTP status and the words that it ended with; why to stop, if to stop."""
        self._count.settled += 1
        if outcome in DONE:
            self._same = None
            return None
        self._count.errors += 1
        if self._count.too_many(self._policy):
            return StopReason.TOO_MANY_ERRORS
        refusal = (status, message) if outcome is Outcome.REJECTED else None
        self._in_a_row = self._in_a_row + 1 if refusal is not None and refusal == self._same else 1
        self._same = refusal
        same = refusal is not None and self._in_a_row >= self._policy.same_refusals
        return StopReason.SAME_REFUSAL if same else None
