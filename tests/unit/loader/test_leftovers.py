"""Nothing is left behind: what a kill leaves is removed by the next start, and nothing that is in use is."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from harness.forked import start
from harness.forked_code import start_code

from batch.text.temporary_folder import create_folder, remove_left_folders, remove_left_parts

#: A child that reads a source in one of its ways, says so, and waits to be killed.
_CHILD = """
import io, sys, time
from batch.loader import ReadOptions, load
from batch.model import Operation
how, path = sys.argv[1:]
given = ("-", io.BytesIO(open(path, "rb").read())) if how == "stdin" else (path, None)
loaded = load(given[0], ReadOptions(Operation.FULFILL), stdin=given[1])
print("read", flush=True)
time.sleep(60)
"""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The temporary folder of this test and of what it starts."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def aged(folder: Path) -> None:
    """Make everything in `folder` an hour old."""
    for path in [folder, *folder.rglob("*")]:
        os.utime(path, (time.time() - 3600,) * 2)


def contacts(path: Path, kind: str) -> Path:
    """A source of `kind` with three contacts."""
    import gzip

    import openpyxl

    rows = [["Phone"], ["+12125550101"], ["+12125550102"], ["+12125550103"]]
    if kind == "xlsx":
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(path / "c.xlsx")
        return path / "c.xlsx"
    text = "\n".join(row[0] for row in rows).encode()
    target = path / ("c.csv.gz" if kind == "packed" else "c.csv")
    target.write_bytes(gzip.compress(text) if kind == "packed" else text)
    return target


@pytest.mark.parametrize("how", ["csv", "xlsx", "packed", "stdin"])
def test_a_killed_process_leaves_nothing_for_the_next_start(temporary: Path, tmp_path: Path, how: str) -> None:
    """kill -9 while a source is open: the next command of any kind leaves no file with a phone number."""
    path = contacts(tmp_path, how)
    with start_code(_CHILD, how, str(path)) as child:
        assert child.stdout is not None and child.stdout.readline() == "read\n"
        assert (how == "csv") == (not list(temporary.iterdir())), "the phones of a CSV file have no name on the disk"
        child.send_signal(signal.SIGKILL)
    aged(temporary)
    with start(["--version"], cwd=tmp_path, env=os.environ) as next_start:
        _, err = next_start.communicate()
    assert next_start.returncode == 0, err
    assert list(temporary.rglob("*")) == []


def test_a_folder_in_use_is_left_alone(temporary: Path) -> None:
    """Another process's start removes no folder that a living process holds, however old it is."""
    folder = create_folder()
    (folder.path / "stdin").write_text("Phone\n+12125550101\n")
    aged(temporary)
    remove_left_folders()
    assert (folder.path / "stdin").exists()
    folder.remove()
    assert list(temporary.iterdir()) == []


def test_a_folder_of_an_older_version_goes_after_a_day(temporary: Path) -> None:
    """0.1.0 locked nothing: what it left is removed once no run of it can be under way."""
    for name, hours in (("guayaba-batch-young", 1), ("guayaba-batch-old", 48)):
        (temporary / name).mkdir()
        (temporary / name / "0.arrow").write_bytes(b"x")
        os.utime(temporary / name, (time.time() - 3600 * hours,) * 2)
    remove_left_folders()
    assert [path.name for path in temporary.iterdir()] == ["guayaba-batch-young"]


def test_what_others_own_is_left_alone(temporary: Path) -> None:
    """Only names of this program are looked at, and a link is never followed."""
    (temporary / "other").mkdir()
    target = temporary / "target"
    target.mkdir()
    (target / "file").touch()
    (temporary / "guayaba-private-link").symlink_to(target)
    aged(temporary)
    remove_left_folders()
    assert (target / "file").exists() and (temporary / "other").exists()


def test_what_a_kill_leaves_in_run_folders_is_removed(tmp_path: Path) -> None:
    """The hidden temporary files and folders beside reports go; the reports, and a part in use, stay."""
    run = tmp_path / "20261129T120000Z-fulfill-c-abcd"
    (run / ".scratch.x1").mkdir(parents=True)
    (run / ".scratch.x1" / "000000.parquet").write_bytes(b"x")
    for name in (".outcomes.csv.k3.part", "outcomes.csv", "journal.sqlite"):
        (run / name).write_bytes(b"x")
    used = create_folder(".scratch.", run)
    (used.path / "part").write_bytes(b"x")
    aged(run)
    remove_left_parts(tmp_path)
    assert sorted(path.name for path in run.iterdir()) == sorted([used.path.name, "journal.sqlite", "outcomes.csv"])
    used.remove()
