"""The result of a verification, as a value and as JSON.

Owns: its exit code, and the commands that the user may type next.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from batch.errors import Exit
from batch.journal.verified_rows import VerifyStatus
from batch.model import RunKind, RunPlan
from batch.text.language import tr, tr_noop
from batch.text.listing import pretty_json
from batch.text.masking import mask_within
from batch.text.utc import iso_utc

#: What each status says of a contact.
MEANING: Final[Mapping[VerifyStatus, str]] = MappingProxyType(
    {
        VerifyStatus.AS_ASKED: tr_noop("the contact was read and matches"),
        VerifyStatus.SUPERSEDED: tr_noop("a later run changed it"),
        VerifyStatus.NOT_AS_ASKED: tr_noop("the contact was read and differs"),
        VerifyStatus.NOT_FOUND: tr_noop("not a contact of this team"),
        VerifyStatus.NOT_READ: tr_noop("was not read, or could not be read"),
        VerifyStatus.NOT_SENT: tr_noop("not sent: a cell is wrong, or a guard stopped it"),
    }
)


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
        """0 where every row is as asked; 3 where one is not, also if a later run changed it."""
        if self.stopped_for is not None:
            return Exit.STOPPED
        return Exit.OK if self.counts[VerifyStatus.AS_ASKED] == self.rows else Exit.SOME_ROWS

    @property
    def wrong(self) -> int:
        """The rows that are neither as asked nor changed by a later run: those of the file."""
        return self.rows - self.counts[VerifyStatus.AS_ASKED] - self.counts[VerifyStatus.SUPERSEDED]


def next_commands(result: VerifyResult) -> dict[str, str]:
    """What the user may type next, by name."""
    options = [] if str(result.out) == "reports" else ["--out", str(result.out)]
    if result.stopped_for is not None:
        return {"verify": shlex.join(["guayaba-batch", "verify", str(result.folder), *options])}
    if "rows" in result.files and result.wrong and result.plan.kind is not RunKind.UNDO:
        return {"rerun": shlex.join(["guayaba-batch", "rerun", str(result.files["rows"]), *options])}
    return {}


def result_json(result: VerifyResult) -> str:
    """The result as JSON, version 1; phone numbers are masked."""
    content = {
        "version": 1,
        "run": result.plan.run,
        "operation": result.plan.operation,
        "base_url": result.plan.base_url,
        "key_fingerprint": result.plan.key_fingerprint,
        "accounts": dict(result.plan.accounts),
        "sha256": result.plan.source.sha256,
        "rows": result.rows,
        "counts": {status.value: count for status, count in result.counts.items()},
        "differences": dict(result.kinds),
        "dnc_not_in_place": result.dnc_missing,
        "dnc_not_in_place_rows": [
            {"row": number, "contact": mask_within(contact), "standing": status.value}
            for number, contact, status in result.dnc
        ],
        "all_as_asked": result.exit_code == 0,
        "stopped_for": result.stopped_for,
        "reads": result.reads,
        "read_from": iso_utc(result.since),
        "read_until": iso_utc(result.until),
        "files": {name: path.name for name, path in result.files.items()},
        "commands": next_commands(result),
        "exit_code": int(result.exit_code),
    }
    return pretty_json(content)


def status_text(status: VerifyStatus) -> str:
    """The meaning of `status` in a few words."""
    return tr(MEANING[status])
