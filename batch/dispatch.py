"""One stretch of a run: the workers on the rows without a final word, until none is left or something stops it.

Owns: joining engine, wire, directory and journal; how a stretch ended and its exit code; the commands that go on.
Does not own: what comes before the first write (`preflight.py`, `run.py`), any decision about a row (`dispatcher/`).
"""

from __future__ import annotations

import math
import random
import shlex
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from time import time
from typing import BinaryIO

import anyio

from batch import directory
from batch.access import Access
from batch.dispatcher.bucket import Bucket, Pace
from batch.dispatcher.commands import Finding, Policy, StopReason
from batch.dispatcher.engine import Engine
from batch.dispatcher.exchange import Exchange, Look
from batch.dispatcher.scribe import Scribe, entry_of
from batch.dispatcher.verdict import Meaning, verdict
from batch.dispatcher.workers import Ports, Workers
from batch.errors import Exit
from batch.journal import Journal
from batch.journal_entries import Todo
from batch.model import WRITES, Operation, Outcome, RunPlan
from batch.operations import repeatable, request_of
from batch.preflight import Preview
from batch.record import Record
from batch.runs import OpenRun
from batch.settings import Settings


def _silent(_: object) -> None:
    return None


async def _unwatched(_: Workers) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Hooks:
    """How a caller takes part. All optional.

    `confirm` sees the preview and raises to refuse. `began` hears where the run is kept and how far it is already.
    `told` hears every finding once it is on the disk. `watch` runs beside the workers and may call their `drain` and
    `abandon`; it is cancelled at the end. `rows` takes every row in the end, each as soon as it and those before it
    are final (`outlet.py`).
    """

    confirm: Callable[[Preview], None] = _silent
    began: Callable[[Began], None] = _silent
    told: Callable[[Finding], None] = _silent
    watch: Callable[[Workers], Coroutine[object, object, None]] = _unwatched
    rows: BinaryIO | None = None


@dataclass(frozen=True, slots=True)
class Began:
    """A run at its beginning: where it is kept, how many rows it has, how many have their final word already."""

    folder: Path
    rows: int
    settled: int
    resumed: bool
    notices: tuple[str, ...] = ()


async def work(opened: OpenRun, plan: RunPlan, settings: Settings, way: Access, hooks: Hooks) -> None:
    """Work on the rows of `opened` that have no final word, and note in its journal how the stretch ended.

    Raises JournalBroken where the disk fails: requests that had left are in the journal, in doubt.
    """
    journal = opened.journal
    journal.begin(time())
    scribe = Scribe(journal)
    engine = _engine(settings, plan, way)
    workers = Workers(engine, _ports(plan, settings, way, hooks, scribe, journal))
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(hooks.watch, workers)
            tasks.start_soon(_end_in_time, workers, settings)
            await workers.run()
            tasks.cancel_scope.cancel()
    except BaseExceptionGroup as group:
        raise _first(group) from None
    with anyio.CancelScope(shield=True):
        await scribe.flush()
    _note_end(opened, plan, settings, engine, workers)


async def _end_in_time(workers: Workers, settings: Settings) -> None:
    """Stop the workers when the time that the user gave is over."""
    left = [] if settings.max_runtime is None else [settings.max_runtime]
    if settings.until is not None:
        now = datetime.now().astimezone()
        end = datetime.combine(now, settings.until).astimezone()
        left.append(((end if end > now else end + timedelta(days=1)) - now).total_seconds())
    if left:
        await anyio.sleep(min(left))
        workers.drain(StopReason.TIME_UP)


def _ports(
    plan: RunPlan,
    settings: Settings,
    way: Access,
    hooks: Hooks,
    scribe: Scribe,
    journal: Journal,
) -> Ports:
    terminal = frozenset(plan.terminal)
    by_id = plan.operation is Operation.UPDATE_BY_ID
    after, left = 0, settings.limit

    async def feed(count: int) -> list[Todo]:
        nonlocal after, left
        rows: list[Todo] = []
        while len(rows) < count and left != 0:
            wanted = min(count - len(rows), count if left is None else left)
            found = await scribe.exclusively(partial(journal.todo, after, wanted))
            if not found:
                break
            after = found[-1].ordinal
            left = None if left is None else left - len(found)
            for row in found:
                if row.in_doubt and not _readable(row) and not repeatable(row.ask, terminal):
                    await _leave_unknown(row, scribe, hooks)
                else:
                    rows.append(row)
        return rows

    async def send(row: Todo) -> Exchange:
        return await way.client.send(request_of(plan.operation, row.contact, row.ask))

    async def look(row: Todo) -> Look:
        return await directory.look_up(way.client, row.phone, row.contact if by_id else None, row.ask, terminal)

    return Ports(
        send=send,
        look=look,
        # Known by id, a contact may have another number by now than the file says.
        judge=lambda row, exchange: (
            verdict(exchange, row.ask, None, row.contact) if by_id else verdict(exchange, row.ask, row.contact)
        ),
        feed=feed,
        note=scribe.note,
        readable=_readable,
        told=hooks.told,
        wall=time,
        draw=random.random,
        terminal=terminal,
        writes=way.writes,
        reads=way.reads,
    )


def _engine(settings: Settings, plan: RunPlan, way: Access) -> Engine:
    """An engine for one stretch.

    Until the server says its limit, it is what any process on this machine last heard; before that, the documented one,
    or what the user's rate comes to if that is more: a server that never says it is taken at the user's word.
    """
    rate = settings.rate or plan.rate
    asked = math.ceil(rate.calls * settings.window / rate.seconds) if rate else 0
    limit = way.writes.limit or max(WRITES.calls, asked)
    writes = Bucket(limit, settings.window, settings.share, Pace(rate.calls, rate.seconds) if rate else None)
    policy = Policy(
        attempts=settings.attempts,
        in_flight=settings.workers,
        give_up_after=settings.give_up_after,
        patience=settings.timeout,
        max_errors=settings.max_errors if isinstance(settings.max_errors, int) else None,
        max_error_share=settings.max_errors if isinstance(settings.max_errors, float) else None,
    )
    return Engine(writes, way.reader.bucket, policy)


def _readable(row: Todo) -> bool:
    """True where a documented call can read the contact: by its phone number."""
    return (row.ask.phone_number or row.phone) is not None


async def _leave_unknown(row: Todo, scribe: Scribe, hooks: Hooks) -> None:
    """Give a row its final word that is in doubt and can be neither read back nor safely repeated."""
    message = "sent earlier, no answer was seen; a contact known by its id alone cannot be read back"
    finding = Finding(row.ordinal, Outcome.UNKNOWN, "answer_lost", message, row.attempts, True, Meaning.IN_DOUBT)
    await scribe.note(entry_of(finding, None, time()))
    hooks.told(finding)


def _note_end(opened: OpenRun, plan: RunPlan, settings: Settings, engine: Engine, workers: Workers) -> None:
    journal = opened.journal
    unfinished = not journal.settled_all()
    stopped = (engine.stopped or StopReason.LIMIT_REACHED) if unfinished else None
    if stopped is StopReason.KEY_REFUSED:
        exit_code = Exit.KEY
    elif stopped is not None:
        exit_code = workers.exit_code
    else:
        exit_code = Exit.OK if Record(journal).all_done() else Exit.SOME_ROWS
    journal.end(
        time(),
        stopped_for=stopped,
        exit_code=exit_code,
        commands=_commands(opened, plan, settings, unfinished=unfinished, again=exit_code is Exit.SOME_ROWS),
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
    options += ["--api-key-file", settings.key_file] if settings.key_file else []
    if unfinished:
        return {"resume": shlex.join([*program, "resume", str(opened.folder), *options])}
    if again:
        extension = (plan.formats or (plan.source.format,))[0]
        options += ["--yes"] if settings.yes else []
        return {"rerun": shlex.join([*program, "rerun", str(opened.folder / f"failures.{extension}"), *options])}
    return {}
