"""A proof: how the contacts of a run stand, as a value.

Owns: what is known at the end of a verification, and its exit code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from batch.errors import Exit
from batch.model import RunPlan
from batch.runs.verify.store import VerifyStatus


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """How the contacts of a run stand. `folder` is the run's, `out` that of all runs.

    `counts` are its rows, each once. `kinds` say how those that are not as asked differ. `dnc` are the rows that asked
    for DNC and are not: how many, and the first as (row number, contact, standing). `since` and `until` (epoch seconds)
    are when the first and the last contact was read. `reads` were made now. `files` are there once every row was read;
    until then `stopped_for` says why not (`outage` or `time_up`).
    """

    folder: Path
    out: Path
    plan: RunPlan
    rows: int
    counts: Mapping[VerifyStatus, int]
    kinds: Mapping[str, int]
    dnc_missing: int
    dnc: Sequence[tuple[int, str, VerifyStatus]]
    since: float
    until: float
    reads: int
    files: Mapping[str, Path] = field(default_factory=dict)
    stopped_for: str | None = None
    why: str = ""

    @property
    def exit_code(self) -> Exit:
        """0 where every row is as asked, or a later run was right to write over it."""
        if self.stopped_for is not None:
            return Exit.STOPPED
        fine = self.counts[VerifyStatus.AS_ASKED] + self.counts[VerifyStatus.SUPERSEDED]
        return Exit.OK if fine == self.rows else Exit.SOME_ROWS
