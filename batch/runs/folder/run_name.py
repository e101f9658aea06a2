"""Which run a user means, and where a command puts what it writes about it.

Owns: a path, a run's name, its short id or `latest` -> the run folder; `--out` of `report` and `verify`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from batch.errors import SettingsError
from batch.runs.folder.catalog import RunCatalog
from batch.runs.folder.run_folder import JOURNAL, make_private
from batch.settings.defaults import OUT
from batch.text.language import tr

LATEST: Final = "latest"
#: The length of the id at the end of a run's name.
_ID: Final = 8


def resolve_folder(named: Path, out: Path) -> Path:  # noqa: C901 - one branch for each way to name a run
    """The run folder that `named` means: a path, the name of a run, its short id (the end of its name, or the first
    letters of that), or `latest`. Runs are looked for in `out`, then in the default folder.

    A name that fits no run is returned below `out`. Raises SettingsError where an id fits several runs, and
    JournalBroken where the latest run cannot be read.
    """
    if named.is_absolute() or (named / JOURNAL).is_file():
        return named
    folders: list[Path] = list(dict.fromkeys([out, OUT]))
    for folder in folders:
        if (folder / named / JOURNAL).is_file():
            return folder / named
    word = str(named)
    for folder in folders:
        if word == LATEST and (latest := RunCatalog(folder).find_latest()):
            return latest
        runs = sorted(place.parent for place in folder.glob(f"*/{JOURNAL}"))
        fitting = [run for run in runs if len(word) >= 4 and run.name[-_ID:].startswith(word)]
        if len(fitting) > 1:
            raise SettingsError(
                tr("{word} is the id of several runs.", word=word),
                problems=tuple(run.name for run in fitting),
                tip=tr("give the whole name of one of them, or latest."),
            )
        if fitting:
            return fitting[0]
    return named if named.exists() else out / named


def files_folder(folder: Path, named_out: Path | None) -> Path:
    """Where the files about the run in `folder` go: into the folder that `--out` names, unless the run is in that one,
    else into `folder` itself."""
    if named_out is None or folder.absolute().parent == named_out.absolute():
        return folder
    make_private(named_out)
    return named_out


def require_new(paths: list[Path]) -> None:
    """Raise SettingsError where one of `paths` exists: a file of the user's is never replaced."""
    taken = [path for path in paths if path.exists()]
    if taken:
        raise SettingsError(
            tr("{path} exists, and it is not replaced.", path=taken[0]),
            tip=tr("give another folder with --out, or remove the file."),
        )
