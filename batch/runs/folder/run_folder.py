"""Run folders: one for each run, private, locked by whoever works on it.

Owns: names, making and opening a run, finding the unfinished run of a command.

`reports/<UTC stamp>-<verb>-<file stem>-<short id>/`. Finding or making a run happens under a lock on the folder of all
runs: the same command given twice at one moment is one run.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import file_digest
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from batch.errors import BatchError, JournalBroken, SettingsError
from batch.facts import RunPlan
from batch.journal import mounts
from batch.journal.file import sync_names
from batch.journal.journal import Journal
from batch.runs.folder import lock as run_lock
from batch.text.visible import is_encodable

JOURNAL: Final = "journal.sqlite"
_ID_LENGTH: Final = 8

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run folder that this process has locked, with its open journal."""

    folder: Path
    journal: Journal


class RunProgress(NamedTuple):
    """How far a run is. `state` is `open` where the same command goes on with it, else `finished`."""

    state: str
    rows: int
    settled: int


def folder_name(verb: str, source: str, at: float, command: str) -> str:
    """The name of a run of `command` (a digest) that begins at `at` (epoch seconds) on `source` (a path, or `-`)."""
    stem = "stdin" if source == "-" else Path(source).name.split(".")[0]
    plain = re.sub(r"[^A-Za-z0-9_]+", "-", stem).strip("-")[:40] or "file"
    return f"{datetime.fromtimestamp(at, UTC):%Y%m%dT%H%M%SZ}-{verb}-{plain}-{command[:_ID_LENGTH]}"


def require_local_disk(folder: Path) -> None:
    """Raise SettingsError where a journal in `folder` could forget what it was told, or could not tell where it is."""
    if not is_encodable(str(folder.absolute())):
        raise SettingsError(
            f"{folder.absolute()} cannot hold a journal: the path is not valid UTF-8. Nothing was sent.",
            tip="give --out a folder whose whole path is.",
        )
    mount = mounts.mount_of(folder)
    if mount is not None and not mount.is_local:
        raise SettingsError(
            f"{folder} cannot hold a journal: it is on {mount.source} ({mount.type}, mounted at {mount.point}), and on"
            " such a file system what was written can be lost or changed from elsewhere. Nothing was sent.",
            tip="give --out a folder on a local disk, for example --out ~/guayaba-reports; copy the report files to the"
            " share afterwards. A run that is on the share already goes on once its folder was copied to that disk.",
        )


@contextmanager
def begin_run(
    out: Path, command: str, verb: str, source: str, at: float, *, fresh: bool
) -> Iterator[tuple[OpenRun, bool]]:
    """The unfinished run of `command` below `out`, and true, or else a new run, named by `name_of`, and false.

    With `fresh` always a new one: whoever plans it closes those that it takes the place of. A run whose planning was
    cut short never sent anything: it is planned anew. Raises RunLocked where another process works on the run that was
    found. A folder that ends up without a plan is removed.
    """
    _make_private(out)
    with run_lock.hold(out):
        folder = None if fresh else find_unfinished(out, command)
        while folder is None:
            folder = out / folder_name(verb, source, at, command)
            if folder.exists():
                folder, at = None, at + 1
            else:
                folder.mkdir(mode=0o700)
        lock = run_lock.take(folder)
    try:
        resumed = _read_plan(folder) is not None
        if not resumed:
            for leftover in folder.glob(f"{JOURNAL}*"):
                leftover.unlink()
        journal = Journal.open(folder / JOURNAL) if resumed else Journal.create(folder / JOURNAL)
        try:
            yield OpenRun(folder, journal), resumed
        finally:
            nothing_sent = False
            with suppress(BatchError):
                nothing_sent = journal.plan() is None
            journal.close()
            if nothing_sent:
                with run_lock.hold(out):
                    shutil.rmtree(folder)
    finally:
        run_lock.release(folder, lock)


def require_run(folder: Path) -> None:
    """Raise SettingsError where `folder` holds no run."""
    if not (folder / JOURNAL).is_file():
        raise SettingsError(
            f"{folder} is not a run folder: it holds no {JOURNAL}.", tip="name one that `guayaba-batch runs` lists."
        )


@contextmanager
def reopen_run(folder: Path) -> Iterator[OpenRun]:
    """The run in `folder`, locked. Raises SettingsError where there is none, RunLocked where it is being worked on."""
    require_run(folder)
    require_local_disk(folder)
    lock = run_lock.take(folder)
    try:
        journal = Journal.open(folder / JOURNAL)
        try:
            yield OpenRun(folder, journal)
        finally:
            journal.close()
    finally:
        run_lock.release(folder, lock)


def close_run(folder: Path) -> None:
    """Let nothing go on with the run in `folder` any more. Raises RunLocked where another process works on it."""
    lock = run_lock.take(folder)
    try:
        if _read_plan(folder) is None:
            shutil.rmtree(folder)
        else:
            with closing(Journal.open(folder / JOURNAL)) as journal:
                journal.close_run()
    finally:
        run_lock.release(folder, lock)


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def preserve_edited_files(folder: Path, published: Mapping[str, str]) -> tuple[Path, ...]:
    """Set aside every published file in `folder` that somebody has edited since, and return the new paths.

    A corrected failures file is somebody's work: it is never overwritten.
    """
    kept = []
    for name, digest in published.items():
        path = folder / name
        if path.is_file() and file_sha256(path) != digest:
            kept.append(path.rename(_free_name(path)))
    return tuple(kept)


def _free_name(edited: Path) -> Path:
    """A name beside `edited` that no file has: with the second of its last change, or one after it."""
    at = edited.stat().st_mtime
    while True:
        free = edited.with_name(f"{edited.stem}.edited-{datetime.fromtimestamp(at, UTC):%Y%m%dT%H%M%SZ}{edited.suffix}")
        if not free.exists():
            return free
        at += 1


def resolve_folder(named: Path, out: Path) -> Path:
    """The run folder that `named` means: a path, or the name of a run below `out`."""
    return named if named.exists() or named.is_absolute() else out / named


def list_runs(out: Path) -> list[tuple[Path, RunPlan, RunProgress]]:
    """Every run below `out`, oldest first: its folder, its plan, and how far it is."""
    found = []
    for path in out.glob(f"*/{JOURNAL}"):
        with suppress(BatchError):
            plan = _read_plan(path.parent)
            if plan is not None:
                found.append((path.parent, plan, _query(path.parent, _progress)))
    return sorted(found, key=lambda run: run[1].planned_at)  # several begin in one second, and a name says no more


def newer_runs(out: Path, plan: RunPlan, since: float, *, strict: bool = True) -> dict[Path, list[tuple[str, str]]]:
    """The journals of the runs below `out`, other than `plan`'s own, that were planned after `since` (epoch seconds)
    and write to the same address with one of its keys; for each the accounts that have one key here and there.

    Raises JournalBroken where that cannot be known of a run that was begun or written since, unless `strict` is false.
    """
    if strict:
        _require_readable(out, since)
    found = {}
    for folder, other, _ in list_runs(out):
        itself = (other.run, other.planned_at) == (plan.run, plan.planned_at)  # a name is one below one folder only
        if other.planned_at > since and not itself and other.base_url == plan.base_url:
            same = same_keys(plan, other)
            if same:
                found[folder / JOURNAL] = same
    return found


def _require_readable(out: Path, since: float) -> None:
    """Raise JournalBroken where a run that was begun, or written to, after `since` (epoch seconds) cannot be read.

    Its name has the second in which it began, not when it was planned and sent: the time of its last write counts, too.
    """
    began = f"{datetime.fromtimestamp(since, UTC):%Y%m%dT%H%M%SZ}"
    for path in out.glob(f"*/{JOURNAL}"):
        stamp = re.match(r"\d{8}T\d{6}Z(?=-)", path.parent.name)
        if stamp is not None and (stamp[0] >= began or _written_at(path) >= since):
            try:
                _read_plan(path.parent)
            except JournalBroken as fault:
                raise JournalBroken(
                    f"a later run: {fault.message} What that run wrote could be written over, so nothing is sent.",
                    tip="make the file readable (a newer one needs a newer guayaba-batch), or move that run's folder"
                    " away if it wrote nothing that matters here.",
                ) from fault


def _written_at(journal: Path) -> float:
    """When a journal, or its write-ahead log, was written last, in epoch seconds; 0 where it has gone."""
    with suppress(OSError):
        return max(path.stat().st_mtime for path in (journal, *journal.parent.glob(f"{JOURNAL}-*")))
    return 0.0


def same_keys(plan: RunPlan, other: RunPlan) -> list[tuple[str, str]]:
    """The accounts of `plan` and of `other` that have one key, as pairs."""
    return [(ours, theirs) for ours, key in plan.keys.items() for theirs, its in other.keys.items() if its == key]


def find_finished(out: Path, command: str) -> str | None:
    """The name of the finished run of `command` below `out` that was planned last."""
    planned, _, _ = _runs_of(out, command)
    return next((folder.name for folder in planned if _read_state(folder) == "finished"), None)


def find_latest_unfinished(out: Path) -> Path:
    """The newest run below `out` that can go on. Raises SettingsError where there is none."""
    for folder, _, progress in reversed(list_runs(out)):
        if progress.state == "open":
            return folder
    raise SettingsError(f"there is no unfinished run in {out}.", tip="`guayaba-batch runs` lists what ran.")


def find_unfinished(out: Path, command: str) -> Path | None:
    """The run of `command` below `out` that can go on (of several, the one planned last), or else one whose planning
    was cut short.

    Raises JournalBroken where a journal of `command` cannot be read, unless another run can go on.
    """
    planned, planless, broken = _runs_of(out, command)
    for folder in planned:
        if _read_state(folder) == "open":
            return folder
    if broken is not None:
        raise broken
    return next(iter(planless), None)  # nothing was sent in any of them


def _runs_of(out: Path, command: str) -> tuple[list[Path], list[Path], JournalBroken | None]:
    """The runs of `command` below `out`: those with a plan, the last planned first; those without; why one cannot be
    read. The order is the plans' own: several runs begin in one second, and a name says no more."""
    planned: list[tuple[float, Path]] = []
    planless: list[Path] = []
    broken: JournalBroken | None = None
    for folder in out.glob(f"*-{command[:_ID_LENGTH]}"):
        try:
            plan = _read_plan(folder)
            if plan is None:
                planless.append(folder)
            elif plan.command == command:
                planned.append((plan.planned_at, folder))
        except JournalBroken as fault:
            broken = fault
    return [folder for _, folder in sorted(planned, reverse=True)], planless, broken


def _read_plan(folder: Path) -> RunPlan | None:
    return _query(folder, Journal.plan) if (folder / JOURNAL).exists() else None


def _read_state(folder: Path) -> str:
    return _query(folder, _progress).state


def _progress(journal: Journal) -> RunProgress:
    return RunProgress("finished" if journal.closed else "open", journal.total(), journal.settled())


def _query(folder: Path, question: Callable[[Journal], _T]) -> _T:
    with closing(Journal.look(folder / JOURNAL)) as journal:
        return question(journal)


def _make_private(out: Path) -> None:
    made = [folder for folder in (out, *out.parents) if not folder.exists()]
    try:
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in reversed(made):
            sync_names(folder.parent)
    except OSError as fault:
        raise SettingsError(
            f"{out} cannot be made: {fault.strerror}.", tip="give another folder with --out."
        ) from fault
    if not os.access(out, os.W_OK | os.X_OK):
        raise SettingsError(f"{out} cannot be written.", tip="give another folder with --out.")
