"""One stretch of a run: its lanes on the rows without a final word, until none is left or something stops it.

Owns: which lanes there are; how a stretch ended and its exit code; the commands that go on.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from datetime import time as Clock
from pathlib import Path
from time import time
from typing import BinaryIO, Final

import anyio

from batch.dispatcher.actions import RowResult, StopReason
from batch.dispatcher.api_session import ApiSession, max_in_flight
from batch.dispatcher.lanes import Lanes
from batch.errors import Exit
from batch.guayaba.contact_list import ListProgress
from batch.journal.group_commit import GroupCommit
from batch.journal.read import JournalReader
from batch.model import RunPlan
from batch.runs.folder.run_folder import OpenRun
from batch.runs.plan import PlanPreview
from batch.runs.row_io import Session, build_workers
from batch.settings.settings import Settings

#: How long after its end a run may notice that the machine had slept over it.
_LOOK_S: Final = 10.0


def _ignore(_: object) -> None:
    return None


async def _no_watch(_: Lanes) -> None:
    return None


@dataclass(frozen=True, slots=True)
class RunObserver:
    """How a caller takes part. All optional.

    `listed` hears how far the walk over a team's list is, page by page. `confirm` sees the preview and raises to
    refuse. `began` hears where the run is kept and how far it is already. `told` hears every finding once it is on the
    disk. `watch` runs beside the lanes and may call their `drain` and `abandon`; it is cancelled at the end. `rows`
    takes every row in the end, each as soon as it and those before it are final (`reporter/row_stream.py`).
    """

    listed: Callable[[ListProgress], None] = _ignore
    confirm: Callable[[PlanPreview], None] = _ignore
    began: Callable[[RunStarted], None] = _ignore
    told: Callable[[RowResult], None] = _ignore
    watch: Callable[[Lanes], Coroutine[object, object, None]] = _no_watch
    rows: BinaryIO | None = None


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run at its beginning: where it is kept, how many rows it has, how many have their final word already."""

    folder: Path
    rows: int
    settled: int
    resumed: bool
    notices: tuple[str, ...] = ()


async def run_session(
    opened: OpenRun, plan: RunPlan, settings: Settings, ways: Mapping[str, ApiSession], hooks: RunObserver
) -> None:
    """Work on the rows of `opened` that have no final word, and note in its journal how the stretch ended.

    `ways` are the keys of all its accounts, by name. Raises JournalBroken where the disk fails: requests that had left
    are in the journal, in doubt.
    """
    journal = opened.journal
    left = journal.left()
    lanes = {account: ways[account] for account in sorted(left)}
    journal.begin(time())
    scribe = GroupCommit(journal)

    def told(account: str, finding: RowResult) -> None:
        running.settled(account, finding)
        hooks.told(finding)

    stretch = Session(
        plan=plan,
        settings=settings,
        journal=journal,
        scribe=scribe,
        told=told,
        lanes=max(1, len(lanes)),
        places=max_in_flight(settings, max(1, len(lanes))),
        allowance=settings.limit,
    )
    running = Lanes({account: build_workers(stretch, way) for account, way in lanes.items()}, left)
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(hooks.watch, running)
            tasks.start_soon(_end_in_time, running, settings)
            await running.run()
            tasks.cancel_scope.cancel()
    except BaseExceptionGroup as group:
        raise _first_error(group) from None
    with anyio.CancelScope(shield=True):
        await scribe.flush()
    _record_end(opened, plan, settings, running)


async def _end_in_time(lanes: Lanes, settings: Settings) -> None:
    """Stop the lanes when the time that the user gave is over."""
    if settings.max_runtime is None and settings.until is None:
        return
    with anyio.move_on_after(settings.max_runtime):
        await _sleep_until(settings.until)
    lanes.drain(StopReason.TIME_UP)


async def _sleep_until(end: Clock | None) -> None:
    """Sleep until it is `end` by the clock on the wall, for ever where that is `None`.

    It is looked at again and again: a machine that sleeps, or is set to another time, does not wake a sleeper.
    """
    now = datetime.now()
    at = None if end is None else datetime.combine(now.date() + timedelta(days=end <= now.time()), end).astimezone()
    while at is None or (left := at.timestamp() - time()) > 0:
        await anyio.sleep(_LOOK_S if at is None else min(left, _LOOK_S))


def _record_end(opened: OpenRun, plan: RunPlan, settings: Settings, lanes: Lanes) -> None:
    journal = opened.journal
    stopped = {account: lanes.stopped.get(account, StopReason.LIMIT_REACHED) for account in journal.left()}
    if StopReason.KEY_REFUSED in stopped.values():
        exit_code = Exit.KEY
    elif stopped:
        exit_code = lanes.exit_code
    else:
        exit_code = Exit.OK if JournalReader(journal).all_done() else Exit.SOME_ROWS
    journal.end(
        time(),
        stopped_for=stopped,
        exit_code=exit_code,
        commands=_next_commands(opened, plan, settings, unfinished=bool(stopped), again=exit_code is Exit.SOME_ROWS),
    )


def _first_error(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error itself, out of the groups that task groups wrap around it."""
    fault: BaseException = group
    while isinstance(fault, BaseExceptionGroup):
        fault = fault.exceptions[0]
    return fault


def _next_commands(
    opened: OpenRun, plan: RunPlan, settings: Settings, *, unfinished: bool, again: bool
) -> dict[str, str]:
    """What the user may type next, exactly: to go on with an unfinished run, or to rerun what did not succeed."""
    program = ["guayaba-batch"]
    options = [] if settings.out == Path("reports") else ["--out", str(settings.out)]
    if settings.account:
        options += ["--account", settings.account]
    elif settings.key_source is not None and settings.key_source.path:
        options += ["--api-key-file", settings.key_source.path]
    if unfinished:
        return {"resume": shlex.join([*program, "resume", str(opened.folder), *options])}
    if again and plan.verb == "undo":
        again_of = opened.folder.parent / (plan.parent or "")
        return {"undo": shlex.join([*program, "undo", str(again_of), *options])}
    if again:
        extension = (plan.formats or (plan.source.format,))[0]
        options += ["--yes"] if settings.yes else []
        return {"rerun": shlex.join([*program, "rerun", str(opened.folder / f"failures.{extension}"), *options])}
    return {}
