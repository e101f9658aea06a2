"""One stretch of a run: its lanes on the rows without a final word, until none is left or something stops it.

Owns: which lanes there are; how a stretch ended and its exit code; the commands that go on.
Does not own: what comes before the first write (`preflight.py`, `stages.py`), one lane (`lane.py`), any decision about
a row (`dispatcher/`).
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

from batch.access import Access, places
from batch.directory.listing import Far
from batch.dispatcher.commands import Finding, StopReason
from batch.dispatcher.lanes import Lanes
from batch.dispatcher.scribe import Scribe
from batch.errors import Exit
from batch.facts import RunPlan
from batch.journal.record import Record
from batch.lane import Stretch, workers_of
from batch.preflight import Preview
from batch.runs import OpenRun
from batch.settings import Settings

#: How long after its end a run may notice that the machine had slept over it.
_LOOK_S: Final = 10.0


def _silent(_: object) -> None:
    return None


async def _unwatched(_: Lanes) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Hooks:
    """How a caller takes part. All optional.

    `listed` hears how far the walk over a team's list is, page by page. `confirm` sees the preview and raises to
    refuse. `began` hears where the run is kept and how far it is already. `told` hears every finding once it is on the
    disk. `watch` runs beside the lanes and may call their `drain` and `abandon`; it is cancelled at the end. `rows`
    takes every row in the end, each as soon as it and those before it are final (`outlet.py`).
    """

    listed: Callable[[Far], None] = _silent
    confirm: Callable[[Preview], None] = _silent
    began: Callable[[Began], None] = _silent
    told: Callable[[Finding], None] = _silent
    watch: Callable[[Lanes], Coroutine[object, object, None]] = _unwatched
    rows: BinaryIO | None = None


@dataclass(frozen=True, slots=True)
class Began:
    """A run at its beginning: where it is kept, how many rows it has, how many have their final word already."""

    folder: Path
    rows: int
    settled: int
    resumed: bool
    notices: tuple[str, ...] = ()


async def work(opened: OpenRun, plan: RunPlan, settings: Settings, ways: Mapping[str, Access], hooks: Hooks) -> None:
    """Work on the rows of `opened` that have no final word, and note in its journal how the stretch ended.

    `ways` are the keys of all its accounts, by name. Raises JournalBroken where the disk fails: requests that had left
    are in the journal, in doubt.
    """
    journal = opened.journal
    left = journal.left()
    lanes = {account: ways[account] for account in sorted(left)}
    journal.begin(time())
    scribe = Scribe(journal)

    def told(account: str, finding: Finding) -> None:
        running.settled(account, finding)
        hooks.told(finding)

    stretch = Stretch(
        plan=plan,
        settings=settings,
        journal=journal,
        scribe=scribe,
        told=told,
        lanes=max(1, len(lanes)),
        places=places(settings, max(1, len(lanes))),
        allowance=settings.limit,
    )
    running = Lanes({account: workers_of(stretch, way) for account, way in lanes.items()}, left)
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(hooks.watch, running)
            tasks.start_soon(_end_in_time, running, settings)
            await running.run()
            tasks.cancel_scope.cancel()
    except BaseExceptionGroup as group:
        raise _first(group) from None
    with anyio.CancelScope(shield=True):
        await scribe.flush()
    _note_end(opened, plan, settings, running)


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


def _note_end(opened: OpenRun, plan: RunPlan, settings: Settings, lanes: Lanes) -> None:
    journal = opened.journal
    stopped = {account: lanes.stopped.get(account, StopReason.LIMIT_REACHED) for account in journal.left()}
    if StopReason.KEY_REFUSED in stopped.values():
        exit_code = Exit.KEY
    elif stopped:
        exit_code = lanes.exit_code
    else:
        exit_code = Exit.OK if Record(journal).all_done() else Exit.SOME_ROWS
    journal.end(
        time(),
        stopped_for=stopped,
        exit_code=exit_code,
        commands=_commands(opened, plan, settings, unfinished=bool(stopped), again=exit_code is Exit.SOME_ROWS),
    )


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error itself, out of the groups that task groups wrap around it."""
    fault: BaseException = group
    while isinstance(fault, BaseExceptionGroup):
        fault = fault.exceptions[0]
    return fault


def _commands(opened: OpenRun, plan: RunPlan, settings: Settings, *, unfinished: bool, again: bool) -> dict[str, str]:
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
