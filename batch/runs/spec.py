"""What a run can be asked to do.

Owns: the specs that `run.execute` takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from batch.loader import Given, GivenSource, ReadOptions
from batch.model import Outcome
from batch.settings.corrections import Correction
from batch.settings.slices import RunSettings

#: How long a plan is valid, unless a user says otherwise: seconds of a day.
DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class FileRun:
    """Send the rows of `source`. An unfinished run of the same command goes on."""

    source: GivenSource
    options: ReadOptions
    settings: RunSettings
    #: Read where `source` is `-`.
    stdin: BinaryIO | None = None


@dataclass(frozen=True, slots=True)
class PlanSpec:
    """Plan the rows of `source`, with every contact read, and write the plan also to the files `out`."""

    source: GivenSource
    options: ReadOptions
    settings: RunSettings
    out: Sequence[Path] = ()
    #: Seconds after which the plan is not applied any more.
    valid_for: float = DAY_S
    stdin: BinaryIO | None = None


@dataclass(frozen=True, slots=True)
class ApplyRun:
    """Make the calls of `plan` (a file or a frame), and no others. An unfinished run of the same plan goes on."""

    plan: Given
    settings: RunSettings
    #: Check contacts that changed since the plan again, instead of leaving them alone.
    replan: bool = False
    #: Who must have approved the plan: accounts of the settings, or users of this machine.
    approvers: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ReportRun:
    """Send the rows of `report` that did not succeed, with their cells as they are now.

    The operation and the read options are those of the report's run. An unfinished run is closed where this one takes
    all its pending rows.
    """

    report: Given
    settings: RunSettings
    #: Only rows of these outcomes; none: all that a rerun takes.
    only: Sequence[Outcome] = ()
    #: Replaces the region of the report's run. That of the settings does not: it was not given for this report.
    region: str | None = None
    #: Cells of the report that are read as others.
    corrections: Sequence[Correction] = ()


@dataclass(frozen=True, slots=True)
class UndoRun:
    """Write back what the run in `folder` changed, as far as it had read each contact before. That run is closed."""

    folder: Path
    settings: RunSettings


@dataclass(frozen=True, slots=True)
class ResumedRun:
    """Go on with the unfinished run in `folder` (`None`: the newest below `settings.out`), without its input.

    Where the input changed since, the newest run is refused with both choices; a run that is named goes on.
    """

    folder: Path | None
    settings: RunSettings


RunSpec = FileRun | ApplyRun | ReportRun | UndoRun | ResumedRun
