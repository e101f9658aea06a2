"""The runs below one folder: read once for a command, and passed down.

Owns: the plan and state of each run; which run a command continues or replaces; which runs are newer than a plan.
Flow: `RunCatalog(out)` opens each journal once. `refresh` opens only those that are new or have changed since.

Runs are ordered by the `planned_at` of their plans. The stamp in a folder's name has seconds only. A clock that was
ahead is set back some day, so the time of a new plan is `time_after_all`: no finished run looks like a later one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

from batch.errors import JournalBroken, SettingsError
from batch.journal.journal import Journal
from batch.model import RunPlan
from batch.runs.folder import lock as run_lock
from batch.runs.folder.run_folder import (
    JOURNAL,
    OpenRun,
    RunProgress,
    close_or_remove,
    make_folder,
    make_private,
    read_journal,
    short_id,
    utc_stamp,
)
from batch.text.language import tr

#: Time of the last change (nanoseconds since the epoch) and size of a journal and of its write-ahead log.
_Signature = tuple[tuple[int, int], ...]
#: Seconds between two plans where the clock does not say which of them is the later one.
_APART_S: Final = 0.001
#: When a run began, at the beginning of its folder's name.
_STAMP: Final = re.compile(r"\d{8}T\d{6}Z(?=-)")


class CatalogEntry(NamedTuple):
    """One run that has a plan. `is_open`: the same command continues it."""

    folder: Path
    plan: RunPlan
    is_open: bool


class _FolderState(NamedTuple):
    """What one folder held at its last reading; without `entry` and `fault`, no plan: nothing was ever sent."""

    signature: _Signature
    entry: CatalogEntry | None = None
    fault: JournalBroken | None = None


class RunCatalog:
    """The runs below `out` as they were at the last `refresh`."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self._folders: dict[Path, _FolderState] = {}
        self._own: set[Path] = set()
        self.refresh()

    def refresh(self) -> None:
        """Read the journals that are new or have changed since the last reading."""
        folders: dict[Path, _FolderState] = {}
        if self.out.is_dir():
            for folder in self.out.iterdir():
                if folder.is_dir() and folder not in self._own:
                    signature = _signature(folder)
                    known = self._folders.get(folder)
                    folders[folder] = known if known and known.signature == signature else _read(folder, signature)
        self._folders = folders

    def exclude(self, folder: Path) -> None:
        """Leave out `folder`, the run that this process works on."""
        self._own.add(folder)
        self._folders.pop(folder, None)

    def runs(self) -> list[CatalogEntry]:
        """Every run that has a plan and can be read, oldest first."""
        entries = [state.entry for state in self._folders.values() if state.entry is not None]
        return sorted(entries, key=lambda entry: (entry.plan.planned_at, entry.folder))

    def time_after_all(self, time_s: float) -> float:
        """When a run is planned at `time_s` (epoch seconds): a moment after all others where the clock was set back."""
        return max(time_s, *(each.plan.planned_at + _APART_S for each in self.runs()), 0.0)

    def find_finished(self, command: str) -> str | None:
        """The name of the finished run of `command` that was planned last."""
        return next((each.folder.name for each in self._find_runs(command) if not each.is_open), None)

    def find_same_rows(self, plan: RunPlan) -> str | None:
        """The name of the finished run, planned last, that sent the changes of `plan` to the same contacts."""
        for each in reversed(self.runs()):
            if not each.is_open and _sends_same_rows(each.plan, plan):
                progress = read_progress(each.folder)
                if progress.settled == progress.rows:
                    return each.folder.name
        return None

    def find_unfinished(self, command: str) -> Path | None:
        """The run of `command` that can go on (of several, the one planned last), or else a folder whose planning was
        cut short.

        Raises JournalBroken where a journal of `command` cannot be read, unless another run can go on.
        """
        for each in self._find_runs(command):
            if each.is_open:
                return each.folder
        states = {folder: state for folder, state in self._folders.items() if _names(folder, command)}
        for state in states.values():
            if state.fault is not None:
                raise state.fault
        return min((folder for folder, state in states.items() if state.entry is None), default=None)

    def find_latest_unfinished(self) -> Path:
        """The newest run that can go on. Raises SettingsError where there is none."""
        for each in reversed(self.runs()):
            if each.is_open:
                return each.folder
        raise SettingsError(
            tr("there is no unfinished run in {out}.", out=self.out), tip=tr("`guayaba-batch runs` lists what ran.")
        )

    def find_latest(self) -> Path | None:
        """The run that was planned last. Raises JournalBroken where one that was written since cannot be read."""
        runs = self.runs()
        since = runs[-1].plan.planned_at if runs else 0.0
        for state in self._folders.values():
            if state.fault is not None and _last_write(state) >= since:
                raise JournalBroken(
                    tr("which run is the latest is not known: {fault}", fault=state.fault.message),
                    tip=tr("give the name of the run in place of latest."),
                ) from state.fault
        return runs[-1].folder if runs else None

    def newer_runs(self, plan: RunPlan, since: float, *, strict: bool = True) -> dict[Path, list[tuple[str, str]]]:
        """The journals of the runs, other than `plan`'s own, that were planned after `since` (epoch seconds) and write
        to the same address with one of its keys; for each the accounts that have one key: (of `plan`, of that run).

        Raises JournalBroken where a run that was begun or written since cannot be read, unless `strict` is false.
        """
        if strict:
            self._require_readable(since)
        newer = {}
        for folder, other, _ in self.runs():
            itself = (other.run, other.planned_at) == (plan.run, plan.planned_at)  # a name is unique below one folder
            if other.planned_at > since and not itself and other.base_url == plan.base_url:
                same = same_keys(plan, other)
                if same:
                    newer[folder / JOURNAL] = same
        return newer

    def runs_after_read(
        self, plan: RunPlan, since: float, read_at: float, now: float
    ) -> dict[Path, list[tuple[str, str]]]:
        """The `newer_runs` that may have written after contacts were read at `read_at` (epoch seconds).

        A run that is planned after `now` began while the clock was ahead, or is one of those that `time_after_all` put
        behind such a run: its name says when it began.
        """
        newer = self.newer_runs(plan, max(since, read_at))
        first, last = utc_stamp(read_at), utc_stamp(now)
        future = {folder for folder, other, _ in self.runs() if other.planned_at > now}
        began = {journal: journal.parent.name[: len(first)] for journal in newer}
        return {
            journal: same
            for journal, same in newer.items()
            if journal.parent not in future or first < began[journal] <= last
        }

    def _find_runs(self, command: str) -> list[CatalogEntry]:
        """The runs of `command`, the last planned first."""
        return [
            each
            for each in reversed(self.runs())
            if each.plan.command_fingerprint == command and _names(each.folder, command)
        ]

    def _require_readable(self, since: float) -> None:
        """Raise JournalBroken where a run that was begun, or written to, after `since` cannot be read.

        A folder's name says when it was made, not when it was planned and sent: so the time of its last write counts.
        Where a clock was ahead, a run may be planned in the future: one that was planned at `since` began no later than
        its name says.
        """
        planned = (folder.name for folder, other, _ in self.runs() if other.planned_at == since)
        began = min([utc_stamp(since), *(stamp[0] for stamp in map(_STAMP.match, planned) if stamp)])
        for folder, state in sorted(self._folders.items()):
            stamp = _STAMP.match(folder.name)
            if state.fault is None or stamp is None:
                continue
            if stamp[0] >= began or utc_stamp(_last_write(state)) >= began:
                raise JournalBroken(
                    tr(
                        "a later run: {value} What that run wrote could be written over, so nothing is sent.",
                        value=state.fault.message,
                    ),
                    tip=tr(
                        "make the file readable (a newer one needs a newer guayaba-batch), or move that run's folder "
                        "away if it wrote nothing that matters here."
                    ),
                ) from state.fault


@contextmanager
def begin_run(
    catalog: RunCatalog, command: str, verb: str, source: str, time_s: float, *, fresh: bool
) -> Iterator[tuple[OpenRun, bool]]:
    """The unfinished run of `command` in `catalog`, locked, and true; or else a new run and false.

    With `fresh` always a new one: the caller closes those that it replaces. A run without a plan never sent anything:
    it is planned again. Finding and making happen under a lock on the folder of all runs, so that the same command
    given twice at one time is one run. Raises RunLocked where another process works on the run. A folder without a
    plan at the end is removed.
    """
    out = catalog.out
    make_private(out)
    with run_lock.hold(out):
        catalog.refresh()
        folder = None if fresh else catalog.find_unfinished(command)
        folder = folder or make_folder(out, verb, source, time_s, command)
        lock = run_lock.take(folder)
    catalog.exclude(folder)
    try:
        resumed = _read_entry(folder) is not None
        if not resumed:
            for leftover in folder.glob(f"{JOURNAL}*"):
                leftover.unlink()
        journal = Journal.open(folder / JOURNAL) if resumed else Journal.create(folder / JOURNAL)
        with close_or_remove(out, OpenRun(folder, journal)) as opened:
            yield opened, resumed
    finally:
        run_lock.release(folder, lock)


def same_keys(plan: RunPlan, other: RunPlan) -> list[tuple[str, str]]:
    """The accounts of `plan` and of `other` that have one key, as pairs."""
    return [(ours, theirs) for ours, key in plan.keys.items() for theirs, its in other.keys.items() if its == key]


def read_progress(folder: Path) -> RunProgress:
    """How far the run in `folder` is. Raises JournalBroken."""
    with read_journal(folder) as journal:
        return RunProgress("finished" if journal.is_closed else "open", journal.count_rows(), journal.count_settled())


def _sends_same_rows(plan: RunPlan, other: RunPlan) -> bool:
    ours, theirs = ((each.rows_digest, each.operation, each.base_url) for each in (plan, other))
    return bool(plan.rows_digest) and ours == theirs and bool(same_keys(plan, other))


def _read(folder: Path, signature: _Signature) -> _FolderState:
    """The state of `folder`, read without a lock where no process works on it (a write-ahead log shows one that does)
    and none wrote to it meanwhile."""
    if len(signature) == 1:
        with suppress(JournalBroken):
            entry = _read_entry(folder, unlocked=True)
            if _signature(folder) == signature:
                return _FolderState(signature, entry)
    try:
        return _FolderState(signature, _read_entry(folder))
    except JournalBroken as fault:
        return _FolderState(signature, fault=fault)


def _read_entry(folder: Path, *, unlocked: bool = False) -> CatalogEntry | None:
    """The run in `folder`, or `None` where it has no plan. Raises JournalBroken."""
    if not (folder / JOURNAL).exists():
        return None
    with closing(Journal.open_readonly(folder / JOURNAL, unlocked=unlocked)) as journal:
        plan = journal.plan()
        return None if plan is None else CatalogEntry(folder, plan, not journal.is_closed)


def _signature(folder: Path) -> _Signature:
    found = []
    for name in (JOURNAL, f"{JOURNAL}-wal"):
        with suppress(OSError):
            stat = (folder / name).stat()
            found.append((stat.st_mtime_ns, stat.st_size))
    return tuple(found)


def _last_write(state: _FolderState) -> float:
    """When the journal was written last, in seconds since the epoch."""
    return max(state.signature, default=(0, 0))[0] / 1e9


def _names(folder: Path, command: str) -> bool:
    """True where the name of `folder` says that its run is of `command`."""
    return folder.name.endswith(f"-{short_id(command)}")
