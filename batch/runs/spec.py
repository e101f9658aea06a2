"""What a run can be asked to do, and what each kind of run does in its own way.

Owns: the specs that `run.execute` takes, and the protocol of the steps that differ between them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from batch.guayaba.teams import Teams
from batch.loader import Given, ReadOptions
from batch.model import Outcome, RunKind, RunPlan
from batch.runs.folder.run_folder import OpenRun
from batch.runs.plan import PlanPreview
from batch.runs.snapshot import SnapshotStats
from batch.settings.accounts import ApiKeyLimits
from batch.settings.settings import Settings


@dataclass(frozen=True, slots=True)
class FileRun:
    """Send the rows of `source`. An unfinished run of the same command goes on."""

    source: Given
    options: ReadOptions
    settings: Settings
    #: Read where `source` is `-`.
    stdin: BinaryIO | None = None


@dataclass(frozen=True, slots=True)
class ReportRun:
    """Send the rows of `report` that did not succeed, with their cells as they are now.

    The operation and the read options are those of the report's run. An unfinished run is closed where this one takes
    all its pending rows.
    """

    report: Given
    settings: Settings
    #: Only rows of these outcomes; none: all that a rerun takes.
    only: Sequence[Outcome] = ()
    #: Replaces the region of the report's run; `settings.region` does not, for it was not given for this report.
    region: str | None = None


@dataclass(frozen=True, slots=True)
class UndoRun:
    """Write back what the run in `folder` changed, as far as it had read each contact before. That run is closed."""

    folder: Path
    settings: Settings


@dataclass(frozen=True, slots=True)
class ResumedRun:
    """Go on with the unfinished run in `folder` (`None`: the newest below `settings.out`), without its input.

    Where the input changed since, the newest run is refused with both choices; a run that is named goes on.
    """

    folder: Path | None
    settings: Settings


RunSpec = FileRun | ReportRun | UndoRun | ResumedRun


class LoadedRun(Protocol):
    """A run whose input was read, and the steps that differ between kinds of runs."""

    @property
    def kind(self) -> RunKind: ...

    @property
    def settings(self) -> Settings:
        """The settings with the address of the run."""
        ...

    @property
    def accounts(self) -> Sequence[str]:
        """The accounts that the rows name; none where the run has one key."""
        ...

    @property
    def source_format(self) -> str:
        """The format of the run's file."""
        ...

    @property
    def notices(self) -> tuple[str, ...]:
        """What the user should know at the start."""
        ...

    def open(self) -> AbstractContextManager[OpenRun]:
        """The unfinished run of this command, or a new one without a plan, locked."""
        ...

    def supersede(self, opened: OpenRun, plan: RunPlan) -> None:
        """Settle the rows whose contacts a later run wrote."""
        ...


class LoadedNewRun(LoadedRun, Protocol):
    """A run that may be new: it can write its rows and its plan."""

    @property
    def needs_campaigns(self) -> bool:
        """True where the campaigns of the teams are needed."""
        ...

    def apply_team(self, teams: Teams) -> LoadedNewRun:
        """The same, checked against what its teams have. Raises SettingsError where a team lacks what all rows set."""
        ...

    def write_rows(self, opened: OpenRun, lanes: Sequence[ApiKeyLimits], teams: Teams) -> RunPlan:
        """Write the rows into the new journal, and return the plan, which is not saved yet."""
        ...

    def preview(
        self,
        opened: OpenRun,
        plan: RunPlan,
        lanes: Sequence[ApiKeyLimits],
        teams: Teams,
        stats: Mapping[str, SnapshotStats],
    ) -> PlanPreview:
        """What is about to be sent. Raises InputRefused where nothing can be."""
        ...

    def save_plan(self, opened: OpenRun, plan: RunPlan) -> RunPlan:
        """Save `plan`, planned now: from then on the run can be resumed. Close the runs that it replaces."""
        ...
