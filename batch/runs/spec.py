"""What a run can be asked to do.

Owns: the specs that `run.execute` takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from batch.loader import Given, ReadOptions
from batch.model import Outcome
from batch.settings.corrections import Correction
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
    #: Cells of the report that are read as others.
    corrections: Sequence[Correction] = ()


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
