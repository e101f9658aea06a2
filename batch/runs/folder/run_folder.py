"""Run folders: one for each run, private, locked by the process that works on it.

Owns: their names, opening and closing one run, setting aside report files that a user has edited.

`reports/<UTC stamp>-<verb>-<file stem>-<short id>/`.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from batch.errors import BatchError, SettingsError
from batch.journal import mounts
from batch.journal.journal import Journal
from batch.loader.sources.local_file import file_sha256
from batch.runs.folder import lock as run_lock
from batch.text.atomic_file import sync_folder
from batch.text.language import tr
from batch.text.visible import is_encodable

JOURNAL: Final = "journal.sqlite"


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


def utc_stamp(time_s: float) -> str:
    """The time `time_s` (epoch seconds) as names of folders and files have it: `20260131T093000Z`."""
    return f"{datetime.fromtimestamp(time_s, UTC):%Y%m%dT%H%M%SZ}"


def folder_name(verb: str, source: str, at: float, command: str) -> str:
    """The name of a run of `command` (a digest) that begins at `at` (epoch seconds) on `source` (a path, or `-`)."""
    stem = "stdin" if source == "-" else Path(source).name.split(".")[0]
    plain = re.sub(r"[^A-Za-z0-9_]+", "-", stem).strip("-")[:40] or "file"
    return f"{utc_stamp(at)}-{verb}-{plain}-{short_id(command)}"


def short_id(command: str) -> str:
    """The end of the name of a run of `command` (a digest)."""
    return command[:8]


def make_folder(out: Path, verb: str, source: str, time_s: float, command: str) -> Path:
    """A new folder below `out`, whose lock the caller holds: its stamp is of a later second where another has it."""
    while (folder := out / folder_name(verb, source, time_s, command)).exists():
        time_s += 1
    folder.mkdir(mode=0o700)
    return folder


@contextmanager
def close_or_remove(out: Path, opened: OpenRun) -> Iterator[OpenRun]:
    """`opened`. At the end its journal is closed, and a folder below `out` without a plan removed: it sent nothing."""
    try:
        yield opened
    finally:
        nothing_sent = False
        with suppress(BatchError):
            nothing_sent = opened.journal.plan() is None
        opened.journal.close()
        if nothing_sent:
            with run_lock.hold(out):
                shutil.rmtree(opened.folder)


def require_local_disk(folder: Path) -> None:
    """Raise SettingsError where a journal in `folder` could lose what was written, or has no known place."""
    if not is_encodable(str(folder.absolute())):
        raise SettingsError(
            tr(
                "{absolute} cannot hold a journal: the path is not valid UTF-8. Nothing was sent.",
                absolute=folder.absolute(),
            ),
            tip=tr("give --out a folder whose path is valid UTF-8."),
        )
    mount = mounts.find_mount(folder)
    if mount is not None and not mount.is_local:
        raise SettingsError(
            tr(
                "{folder} cannot hold a journal: it is on {source} ({type}, mounted at {point}), and on such a "
                "file system what was written can be lost or changed from elsewhere. Nothing was sent.",
                folder=folder,
                source=mount.source,
                type=mount.type,
                point=mount.point,
            ),
            tip=tr(
                "give --out a folder on a local disk, for example --out ~/guayaba-reports. Copy the report files "
                "to the share afterwards. To continue a run that is on the share already, copy its folder to that "
                "disk."
            ),
        )


def require_run(folder: Path) -> None:
    """Raise SettingsError where `folder` holds no run."""
    if not (folder / JOURNAL).is_file():
        raise SettingsError(
            tr("{folder} is not a run folder: it holds no {journal}.", folder=folder, journal=JOURNAL),
            tip=tr("name one that `guayaba-batch runs` lists."),
        )


def read_journal(folder: Path) -> closing[Journal]:
    """The journal of the run in `folder`, to be read in a `with` statement. Raises JournalBroken."""
    return closing(Journal.open_readonly(folder / JOURNAL))


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


def close_run(folder: Path, taken_by: str) -> None:
    """Let nothing go on with the run in `folder` any more: the run `taken_by` takes its rows. Raises RunLocked where
    another process works on it."""
    lock = run_lock.take(folder)
    try:
        with closing(Journal.open(folder / JOURNAL)) as journal:
            journal.close_run(taken_by)
    finally:
        run_lock.release(folder, lock)


def preserve_edited_files(folder: Path, published: Mapping[str, str]) -> tuple[Path, ...]:
    """Set aside every published file in `folder` that was edited since, and return the new paths.

    A corrected failures file is the user's work: it is never overwritten.
    """
    kept = []
    for name, digest in published.items():
        path = folder / name
        if path.is_file() and file_sha256(path) != digest:
            kept.append(path.rename(_free_name(path)))
    return tuple(kept)


def _free_name(edited: Path) -> Path:
    """A name beside `edited` that no file has: with the second of its last change, or one after it."""
    time_s = edited.stat().st_mtime
    while True:
        stamp = utc_stamp(time_s)
        free = edited.with_name(f"{edited.stem}.edited-{stamp}{edited.suffix}")
        if not free.exists():
            return free
        time_s += 1


def make_private(out: Path) -> None:
    made = [folder for folder in (out, *out.parents) if not folder.exists()]
    try:
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in reversed(made):
            sync_folder(folder.parent)
    except OSError as fault:
        if out.is_file():
            raise SettingsError(
                tr("{out} is a file, and --out needs a folder.", out=out), tip=tr("give another folder with --out.")
            ) from fault
        raise SettingsError(
            tr("{out} cannot be created: {strerror}.", out=out, strerror=fault.strerror),
            tip=tr("give another folder with --out."),
        ) from fault
    if not os.access(out, os.W_OK | os.X_OK):
        raise SettingsError(tr("{out} cannot be written.", out=out), tip=tr("give another folder with --out."))
