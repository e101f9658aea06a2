"""Plan folders: one for each plan, private, locked by the process that works on it.

Owns: their names, and finding the plan that a command goes on with.

`reports/<UTC stamp>-plan-<file stem>-<short id>/` holds `plan.sqlite`, the journal of the plan's reads. It is no run:
no command resumes it as one, because its journal has another name.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from batch.errors import JournalBroken
from batch.journal.journal import Journal
from batch.runs.folder import lock as run_lock
from batch.runs.folder.run_folder import OpenRun, close_or_remove, make_folder, make_private, short_id

PLAN_JOURNAL: Final = "plan.sqlite"
#: A plan that was cut short is continued within a day; what was read earlier says too little about now.
_MAX_AGE_S: Final = 86_400.0


@contextmanager
def begin_plan(out: Path, command: str, source: str, time_s: float, *, fresh: bool) -> Iterator[OpenRun]:
    """The unfinished plan of `command` below `out`, or a new one, locked.

    With `fresh` always a new one. A folder in which nothing was planned at the end is removed. Raises RunLocked where
    another process works on the plan.
    """
    make_private(out)
    with run_lock.hold(out):
        folder = None if fresh else _find_unfinished(out, command, time_s)
        folder = folder or make_folder(out, "plan", source, time_s, command)
        lock = run_lock.take(folder)
    try:
        path = folder / PLAN_JOURNAL
        journal = Journal.open(path) if path.exists() else Journal.create(path)
        with close_or_remove(out, OpenRun(folder, journal)) as opened:
            yield opened
    finally:
        run_lock.release(folder, lock)


def _find_unfinished(out: Path, command: str, now: float) -> Path | None:
    """The plan of `command` that was begun last of those that were cut short less than a day ago."""
    begun: dict[float, Path] = {}
    for folder in out.glob(f"*-plan-*-{short_id(command)}"):
        with suppress(JournalBroken), closing(Journal.open_readonly(folder / PLAN_JOURNAL)) as journal:
            plan = journal.plan()
            if plan is None or plan.command_fingerprint != command or journal.is_closed:
                continue
            if 0 <= now - plan.planned_at < _MAX_AGE_S:
                begun[plan.planned_at] = folder
    return begun[max(begun)] if begun else None
