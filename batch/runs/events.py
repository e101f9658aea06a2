"""What a caller of a run observes: the values and the observer.

Owns: `RunObserver`, the one value through which a caller takes part in a run, and `RunStarted`.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from batch.dispatcher.lanes import Lanes
from batch.guayaba.contact_list import ListProgress
from batch.journal.entries import RowResult
from batch.runs.confirm import ConfirmedBy, confirm_by_call
from batch.runs.plan import PlanPreview


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run at its start: its folder, its rows, and how many of them have an outcome already."""

    folder: Path
    rows: int
    settled: int
    resumed: bool
    notices: tuple[str, ...] = ()
    #: Role -> header of the columns that the run reads.
    columns: Mapping[str, str] = field(default_factory=dict)


def _ignore(_: object) -> None:
    return None


def _confirm(preview: PlanPreview) -> ConfirmedBy:
    return confirm_by_call(preview)


async def _watch_nothing(_: Lanes) -> None:
    return None


@dataclass(frozen=True, slots=True)
class RunObserver:
    """How a caller takes part in a run. Every field is optional."""

    #: Receives how far the read of a team's list is, page by page.
    on_list_progress: Callable[[ListProgress], object] = _ignore
    #: Receives what the user should know while the run goes: the text of a note.
    on_notice: Callable[[str], object] = _ignore
    #: Receives the preview of a new run, and of a run that goes on past what was confirmed; returns who confirmed it
    #: (`None`: the program). An exception refuses it: nothing is sent.
    confirm: Callable[[PlanPreview], ConfirmedBy | None] = _confirm
    #: Receives where the run is kept and how far it is, before its first request.
    on_started: Callable[[RunStarted], None] = _ignore
    #: Receives each row's result once it is on the disk.
    on_result: Callable[[RowResult], None] = _ignore
    #: Runs beside the lanes, may call their `drain` and `abandon`, and is cancelled at the end.
    watch: Callable[[Lanes], Coroutine[object, object, None]] = _watch_nothing
    #: Takes every row of the report, each as soon as it and all rows before it are final (`reporter/row_stream.py`).
    rows: BinaryIO | None = None
