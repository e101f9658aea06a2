"""When are the errors too many, or all the same? Then it is not the rows that are wrong. Pure.

Owns: counting what did not succeed, and the reason to stop for it.
Does not own: stopping (`engine.py`), the figures (`commands.py`).
"""

from __future__ import annotations

from batch.dispatcher.commands import Policy, StopReason
from batch.model import Outcome


class ErrorWatch:
    """Counts the outcomes of one engine."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._settled = self._errors = self._in_a_row = 0
        self._same: tuple[int | None, str] | None = None  # the last refusal, while each is like the one before

    def settled(self, outcome: Outcome, status: int | None, message: str) -> StopReason | None:
        """Count a row's outcome, with the HTTP status and the words that it ended with; why to stop, if to stop."""
        self._settled += 1
        if outcome is Outcome.SUCCEEDED:
            self._same = None
            return None
        self._errors += 1
        if self._too_many():
            return StopReason.TOO_MANY_ERRORS
        refusal = (status, message) if outcome is Outcome.REJECTED else None
        self._in_a_row = self._in_a_row + 1 if refusal is not None and refusal == self._same else 1
        self._same = refusal
        same = refusal is not None and self._in_a_row >= self._policy.same_refusals
        return StopReason.SAME_REFUSAL if same else None

    def _too_many(self) -> bool:
        policy = self._policy
        if policy.max_errors is not None and self._errors > policy.max_errors:
            return True
        if policy.max_error_share is None or self._settled < policy.errors_from:
            return False
        return self._errors > policy.max_error_share * self._settled
