"""What the page keeps: choices and corrections, when two tabs change them at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from unit.app.page_client import open_browser

from batch import SettingsError
from batch.api.review import Correction, corrections_text, read_corrections
from batch.app import corrections as corrections_module
from batch.app.corrections import CorrectionFiles
from batch.app.jobs import JobFolder


def together(works: list[Callable[[], object]]) -> None:
    """Do all of it at the same time."""
    start = threading.Barrier(len(works))

    def do(work: Callable[[], object]) -> None:
        start.wait()
        work()

    threads = [threading.Thread(target=do, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_no_tab_loses_a_correction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each change reads the file after the change before it: eight at the same time leave eight corrections."""

    def read_slowly(path: Path) -> tuple[Correction, ...]:
        threading.Event().wait(0.01)
        return read_corrections(path)

    monkeypatch.setattr(corrections_module, "read_corrections", read_slowly)
    files, path = CorrectionFiles(), tmp_path / "corrections.csv"
    new = [Correction("Phone", f"cell {at}", f"212-555-01{at:02d}") for at in range(8)]
    together([lambda each=each: files.add(path, [each]) for each in new])  # type: ignore[misc]
    assert sorted(files.read(path)) == new


def test_a_run_that_begins_meanwhile_has_the_corrections_before_or_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a correction replaces another, the file is never without both."""
    files, path = CorrectionFiles(), tmp_path / "corrections.csv"
    before, after = (Correction("Phone", "cell", f"212-555-010{at}") for at in range(2))
    files.replace(path, [before])
    seen: list[tuple[Correction, ...]] = []

    def look_and_write(corrections: Iterable[Correction]) -> str:
        seen.append(files.read(path))
        return corrections_text(corrections)

    monkeypatch.setattr(corrections_module, "corrections_text", look_and_write)
    files.replace(path, [after])
    assert (seen, files.read(path)) == ([(before,)], (after,))
    files.replace(path, [Correction("Phone", "cell", "cell")])
    assert files.read(path) == ()


def test_a_damaged_corrections_file_is_said_in_words(tmp_path: Path) -> None:
    """A file that a person edited, not an error of the program."""
    (tmp_path / "corrections.csv").write_text("Phone;cell\n")
    with pytest.raises(SettingsError, match="corrections file"):
        CorrectionFiles().read(tmp_path / "corrections.csv")


def test_no_tab_loses_a_choice(tmp_path: Path) -> None:
    """A run that begins notes its name; the columns that another tab chose meanwhile stay."""
    jobs = JobFolder(tmp_path)
    job = jobs.create("contacts.csv")
    together([lambda name=name: jobs.update(job.id, **{name: "x"}) for name in ("run", "sheet", "status", "region")])  # type: ignore[misc]
    found = jobs.load(job.id)
    assert found is not None
    assert (found.run, found.sheet, found.status, found.region) == ("x", "x", "x", "x")
    jobs.remove(job)
    with pytest.raises(SettingsError, match="not here any more"):
        jobs.update(job.id, run="x")


@pytest.mark.parametrize("job_id", ["..", "../jobs", ".", "", "0123456789ABCDEF", "0123456789abcdef/.."])
def test_the_name_of_a_job_is_no_path(tmp_path: Path, job_id: str) -> None:
    """A file of a job outside of the folder of jobs is none, whatever address is asked for."""
    jobs = JobFolder(tmp_path / "jobs")
    job = jobs.create("contacts.csv")
    content = (tmp_path / "jobs" / job.id / "job.json").read_bytes()
    for folder in (tmp_path, tmp_path / "jobs"):
        (folder / "job.json").write_bytes(content)
    assert jobs.load(job_id) is None
    assert jobs.load(job.id) == job


@pytest.mark.parametrize("run", ["..", "../reports", ".", "", ".hidden", "a/b", "/etc"])
def test_the_name_of_a_run_is_no_path(tmp_path: Path, run: str) -> None:
    """Only a folder of its own in the folder of runs is one."""
    context = open_browser(tmp_path).context
    with pytest.raises(SettingsError, match="no such run"):
        context.run_folder(run)
    assert context.run_folder("20261130T010203Z-fulfill-a-12345678").parent == tmp_path / "reports"
