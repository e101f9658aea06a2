"""What each stage of a run needs of the settings, and no more. Durations are seconds.

Owns: these values. `Settings` has each as a property of its name; the fields are those of the table, where they differ
in nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time as clock_time
from pathlib import Path

from batch.settings.quota_store import StoreAddress


@dataclass(frozen=True, slots=True)
class Connection:
    """What the dispatcher needs to reach the API."""

    address: str
    timeout: float
    window: float
    workers: int
    #: The folders in which processes share the quota of a key: the first that is usable.
    quota_folders: tuple[Path, ...]
    #: The store in which several machines share it; None: the folders.
    quota_store: StoreAddress | None = None
    #: `stop` or `local`: what to do where the store does not answer at the start.
    quota_store_down: str = "stop"


@dataclass(frozen=True, slots=True)
class Guards:
    """What is read of a contact before its write, and which contacts are left alone."""

    allow_reactivation: bool
    allow_lifting_dnc: bool
    skip_unchanged: bool
    keep_before: bool
    assume_stale: bool
    preflight: bool

    @property
    def reads_for_dnc(self) -> bool:
        """True where a contact is read before it gets another status than DNC, so that one that is DNC stays so."""
        return self.preflight and not self.allow_lifting_dnc

    def skips_unchanged(self, run_skips: bool = False) -> bool:
        """True where a contact that is as asked already is not written: by the settings now, or by those of the run."""
        return (self.skip_unchanged or run_skips) and not self.assume_stale


@dataclass(frozen=True, slots=True)
class Limits:
    """When an attempt, a row and a session end."""

    timeout: float
    attempts: int
    give_up_after: float
    window: float
    limit: int | None
    max_errors: int | float | None
    max_runtime: float | None
    until: clock_time | None


@dataclass(frozen=True, slots=True)
class EffectLimits:
    """How much a run may do in all: a number of contacts or, as a float, a share of the rows."""

    max_changes: int | float | None
    max_starts: int | None


@dataclass(frozen=True, slots=True)
class Dispatch:
    """What a session, a verification and the reads of a plan need."""

    connection: Connection
    guards: Guards
    limits: Limits
    #: Options that the next commands of the user repeat: the folder of the runs and the key.
    repeated: tuple[str, ...]
    #: The user is not asked.
    yes: bool


@dataclass(frozen=True, slots=True)
class Output:
    """What reports on a run, and in which formats."""

    format: tuple[str, ...]
    metrics_file: Path | None
    notify: str | None
    notify_errors: float
