"""What each stage of a run needs of the settings, and no more. Durations are seconds.

Owns: these values. `Settings` has each as a property of its name; the fields are those of the table, where they differ
in nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import time as clock_time
from pathlib import Path

from batch.model import Rate
from batch.settings.access import Access
from batch.settings.defaults import OUT
from batch.settings.quota_store import StoreAddress


@dataclass(frozen=True, slots=True)
class Connection:
    """What the dispatcher needs to reach the API."""

    address: str
    timeout: float
    window: float
    workers: int
    #: The folders in which processes share the quota of a key: the first that is usable. The last is that of the runs.
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
    #: The folder of the runs.
    out: Path
    #: The option that names the key; empty where none does.
    key_option: tuple[str, ...]
    #: The user is not asked.
    yes: bool

    @property
    def repeated(self) -> tuple[str, ...]:
        """Options that the next commands of the user repeat."""
        return (() if self.out == OUT else ("--out", str(self.out))) + self.key_option

    def at(self, address: str) -> Dispatch:
        """The same for a run at `address`."""
        return replace(self, connection=replace(self.connection, address=address))


@dataclass(frozen=True, slots=True)
class Output:
    """What reports on a run, and in which formats."""

    format: tuple[str, ...]
    metrics_file: Path | None
    notify: str | None
    notify_errors: float


@dataclass(frozen=True, slots=True)
class ReportFiles:
    """Where the runs are, and where and in which formats the files about one are written again."""

    out: Path
    #: The folder that `--out` names; None where that option was not given.
    named_out: Path | None
    format: tuple[str, ...]
    stream: bool


@dataclass(frozen=True, slots=True)
class Verification:
    """What a verification needs."""

    files: ReportFiles
    access: Access
    dispatch: Dispatch
    fresh: bool


@dataclass(frozen=True, slots=True)
class RunSettings:
    """What a run needs, from its rows to its report."""

    access: Access
    dispatch: Dispatch
    effect_limits: EffectLimits
    output: Output
    fresh: bool

    @property
    def out(self) -> Path:
        return self.dispatch.out

    @property
    def guards(self) -> Guards:
        return self.dispatch.guards

    @property
    def limit(self) -> int | None:
        return self.dispatch.limits.limit

    def at(self, address: str, rate: Rate | None = None) -> RunSettings:
        """These settings for a run at `address`, and with its `rate` where none is set. Raises SettingsError."""
        access = self.access.at(address, rate)
        return replace(self, access=access, dispatch=self.dispatch.at(access.address))

    def below(self, out: Path) -> RunSettings:
        """These settings for a run in the folder `out`."""
        connection = self.dispatch.connection
        connection = replace(connection, quota_folders=(*connection.quota_folders[:-1], out))
        return replace(self, dispatch=replace(self.dispatch, out=out, connection=connection))
