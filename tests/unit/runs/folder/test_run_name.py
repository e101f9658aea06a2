"""How a run is named on the command line, and where the files about it go."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest
from unit.harness import plan

from batch.errors import JournalBroken, SettingsError
from batch.journal.journal import Journal
from batch.runs.folder.run_folder import JOURNAL
from batch.runs.folder.run_name import files_folder, require_new, resolve_folder
from batch.settings.settings import Origin, Settings

OLD = "20260131T090000Z-update-contacts-c0ffee00"
NEW = "20260201T090000Z-update-leads-c0ffee11"
OTHER = "20260101T090000Z-fulfill-x-beefbeef"


def make_run(folder: Path, planned_at: float) -> None:
    folder.mkdir(parents=True)
    with closing(Journal.create(folder / JOURNAL)) as journal:
        journal.save_plan(plan(run=folder.name, planned_at=planned_at))


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings with `out` that holds two runs; the default folder holds a third, older one."""
    monkeypatch.chdir(tmp_path)
    for time_s, place in enumerate((f"reports/{OTHER}", f"out/{OLD}", f"out/{NEW}")):
        make_run(tmp_path / place, 1e9 + time_s)
    (tmp_path / "out/20990101T000000Z-no-run-c0ffee22").mkdir()
    return Settings(out=tmp_path / "out")


NAMES = [
    (f"out/{OLD}", f"out/{OLD}", "a path"),
    (OLD, f"out/{OLD}", "the name of a run"),
    ("c0ffee00", f"out/{OLD}", "its id"),
    ("c0ffee1", f"out/{NEW}", "the first letters of an id"),
    ("latest", f"out/{NEW}", "the newest; a folder without a journal is none"),
    (OTHER, f"reports/{OTHER}", "a run of the default folder"),
    ("beef", f"reports/{OTHER}", "an id in the default folder"),
    ("c0f", "out/c0f", "too few letters for an id"),
    ("ffee00", "out/ffee00", "the end of an id is not its beginning"),
    ("c0ffee22", "out/c0ffee22", "a folder without a journal is no run"),
    ("gone", "out/gone", "no run: the name is one below --out"),
]


@pytest.mark.parametrize(("word", "folder", "reason"), NAMES)
def test_a_run_is_found(word: str, folder: str, reason: str, settings: Settings, tmp_path: Path) -> None:
    """Each way to name a run leads to its folder."""
    assert resolve_folder(Path(word), settings.out).absolute() == tmp_path / folder, reason


def test_an_id_of_several_runs(settings: Settings) -> None:
    """Letters that several ids begin with are refused, with the names of those runs."""
    with pytest.raises(SettingsError, match="c0ff is the id of several runs") as caught:
        resolve_folder(Path("c0ff"), settings.out)
    assert caught.value.problems == (OLD, NEW)


def test_the_latest_was_planned_last(settings: Settings, tmp_path: Path) -> None:
    """Neither its name nor when its journal was written says which of the runs is the latest: its plan does."""
    renamed = tmp_path / "out" / "20200101T000000Z-renamed-c0ffee33"
    make_run(renamed, 1e9 + 2.5)
    os.utime(renamed / JOURNAL, ns=(1, 1))
    assert resolve_folder(Path("latest"), settings.out) == renamed


def test_a_latest_run_that_cannot_be_read(settings: Settings, tmp_path: Path) -> None:
    """Where the latest may be a run that cannot be read, no older one is taken for it."""
    (tmp_path / "out" / NEW / JOURNAL).write_bytes(b"no journal at all")
    with pytest.raises(JournalBroken, match="which run is the latest is not known") as caught:
        resolve_folder(Path("latest"), settings.out)
    assert caught.value.tip == "give the name of the run in place of latest."


PLACES = [
    ("--out", "elsewhere/run", "out", "--out was given, and the run is elsewhere"),
    ("--out", "out/run", "out/run", "--out was given to find the run in it"),
    ("GUAYABA_OUT", "elsewhere/run", "elsewhere/run", "the folder of all runs is no place for one run's files"),
    (None, "elsewhere/run", "elsewhere/run", "nothing was given"),
]


@pytest.mark.parametrize(("given", "run", "place", "reason"), PLACES)
def test_where_files_go(given: str | None, run: str, place: str, reason: str, tmp_path: Path) -> None:
    """The files about a run go into --out or into the folder of the run."""
    out = tmp_path / "out"
    settings = Settings(out=out, origins={"out": Origin(str(out), given)} if given else {})
    assert files_folder(tmp_path / run, settings.named_out) == tmp_path / place, reason


def test_a_folder_of_files_is_private(tmp_path: Path) -> None:
    """The folder that --out names is made, for this user alone."""
    out = tmp_path / "out"
    files_folder(tmp_path / "run", out)
    assert out.stat().st_mode & 0o777 == 0o700


def test_a_file_is_never_replaced(tmp_path: Path) -> None:
    """A file that exists is named and refused; new names are not."""
    (tmp_path / "b").touch()
    require_new([tmp_path / "a"])
    with pytest.raises(SettingsError, match="/b exists"):
        require_new([tmp_path / "a", tmp_path / "b"])
