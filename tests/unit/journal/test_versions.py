"""Journals of other versions: an older one is brought up to date whole or not at all, a newer one is refused."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from unit.harness import DNC, found, list_runs, planned, sendable
from unit.journal.make_fixture import FIXTURES, contents

from batch.errors import JournalBroken
from batch.journal import file as journal_file
from batch.journal.entries import AttemptStarted
from batch.journal.journal import Journal
from batch.journal.read import JournalReader
from batch.journal.schema import STEPS, VERSION
from batch.model import Outcome, PlannedRow
from batch.runs.folder import run_folder

UUID = "550e8400-e29b-41d4-a716-446655440000"
OLD = sorted(FIXTURES.glob("version-*.sqlite"))


def copied(fixture: Path, folder: Path) -> Path:
    """A copy of `fixture`, as the journal of a run folder."""
    folder.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy(fixture, folder / run_folder.JOURNAL))


def holds(whole: Any, part: Any) -> bool:
    """True where `whole` says everything that `part` does: later versions may say more."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(name in whole and holds(whole[name], part[name]) for name in part)
    if isinstance(part, list):
        return len(whole) == len(part) and all(map(holds, whole, part))
    return bool(whole == part)


def tables(path: Path) -> dict[str, str]:
    """The SQL of every table and index, without its spacing."""
    with sqlite3.connect(path) as connection:
        found_ = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    connection.close()
    return {name: re.sub(r"\s+", "", sql) for name, sql in found_}


def version_of(path: Path) -> int:
    with sqlite3.connect(path) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    connection.close()
    return int(version)


def test_every_version_has_its_fixture() -> None:
    """Each version up to today's has a journal that it wrote."""
    assert [path.stem for path in OLD] == [f"version-{number}" for number in range(1, VERSION + 1)]


@pytest.mark.parametrize("fixture", OLD, ids=lambda path: path.stem)
def test_an_older_journal_says_the_same_once_it_is_brought_up_to_date(fixture: Path, tmp_path: Path) -> None:
    """Plan, facts, rows, attempts and what is left to do are as they were, and the file is whole."""
    path = copied(fixture, tmp_path)
    said = json.loads(fixture.with_suffix(".json").read_text())
    looked = Journal.open_readonly(path)
    assert holds(said | contents(looked, todo=False), said), "looked into, not changed"
    looked.close()
    journal = Journal.open(path)
    assert holds(contents(journal), said)
    assert journal.db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    journal.append([AttemptStarted(8, 2, 1.0), found(8, attempt=2)])
    journal.close()
    assert version_of(path) == VERSION
    planned(tmp_path / "new", sendable(1)).close()
    assert tables(path) == tables(tmp_path / "new")


@pytest.mark.parametrize("fixture", OLD, ids=lambda path: path.stem)
def test_a_read_only_journal_is_not_changed(fixture: Path, tmp_path: Path) -> None:
    """Another process may be working on the run with an older program: `runs` leaves its journal as it is."""
    path = copied(fixture, tmp_path / "run")
    before = path.read_bytes()
    assert [progress.state for _, _, progress in list_runs(tmp_path)] == ["open"]
    journal = Journal.open_readonly(path)
    with pytest.raises(JournalBroken, match="readonly"):
        journal.close_run()
    journal.close()
    assert path.read_bytes() == before


@pytest.mark.parametrize("fixture", OLD, ids=lambda path: path.stem)
def test_a_later_run_of_any_version_has_written_its_contacts(fixture: Path, tmp_path: Path) -> None:
    """Its successes take the place of older rows, by number and, where a journal keeps what was read, by id."""
    path = copied(fixture, tmp_path / "later")
    with closing(sqlite3.connect(path)) as db:
        (first, number), *_ = db.execute("SELECT ordinal, contact FROM rows WHERE outcome = 'succeeded'").fetchall()
        rows = [PlannedRow(2, ("a",), number, number, DNC, repair="")]
        if version_of(path) >= 3:
            seen = json.dumps({"id": UUID.upper(), "phoneNumber": number, "status": "active"}).encode()
            db.execute("INSERT INTO before (ordinal, at, contact) VALUES (?, 2e9, ?)", (first, seen))
            db.commit()
            rows.append(PlannedRow(3, ("b",), UUID, None, DNC, repair=""))
    journal = planned(tmp_path / "own", rows)
    end = (Outcome.SUPERSEDED, "superseded")
    assert journal.supersede({path: [("", "another key")]}, 1.8e9, end=end) == 0
    assert journal.supersede({path: [("", "")]}, 1.8e9, end=end) == len(rows)
    journal.close()


def test_a_step_that_shipped_is_never_edited(tmp_path: Path) -> None:
    """What the first program made is what the first step makes: an older journal lacks nothing that a step assumes."""
    with sqlite3.connect(tmp_path / "made") as connection:
        for statement in STEPS[0]:
            connection.execute(statement)
    connection.close()
    shipped = tables(FIXTURES / "version-1.sqlite")
    del shipped["rows_by_number"], shipped["rows_by_contact"]  # these come with the plan
    assert tables(tmp_path / "made") == shipped


LATER = ("ALTER TABLE rows ADD COLUMN mood TEXT", "CREATE TABLE moods (name TEXT) STRICT")


def test_a_journal_takes_all_the_steps_that_it_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From version 1 to one that is several steps away, in one go; a new journal has the same tables."""
    path = copied(FIXTURES / "version-1.sqlite", tmp_path)
    monkeypatch.setattr(journal_file, "STEPS", (*STEPS, LATER[:1], LATER[1:]))
    Journal.open(path).close()
    assert version_of(path) == VERSION + 2
    planned(tmp_path / "new", sendable(1)).close()
    assert tables(path) == tables(tmp_path / "new")
    assert "moods" in tables(path)


def test_a_step_that_fails_leaves_the_older_journal_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one of several steps fails, none is taken: the older program can go on with the file."""
    path = copied(FIXTURES / "version-1.sqlite", tmp_path)
    before = tables(path)
    with monkeypatch.context() as later:
        later.setattr(journal_file, "STEPS", (STEPS[0], LATER, ("ALTER TABLE nowhere ADD COLUMN x",)))
        with pytest.raises(JournalBroken, match="nowhere"):
            Journal.open(path)
    assert (version_of(path), tables(path)) == (1, before)
    with closing(Journal.open_readonly(path)) as looked:
        assert JournalReader(looked).facts().rows == 16


def test_a_step_that_is_killed_leaves_the_older_journal_as_it_was(tmp_path: Path) -> None:
    """kill -9 after a step's statements and before its end: the file is still of the older version, and whole."""
    path = copied(FIXTURES / "version-1.sqlite", tmp_path)
    before = tables(path)
    code = f"""
import os, signal, sqlite3
from pathlib import Path
from batch.journal import file as journal_file
journal_file.STEPS = (*journal_file.STEPS[:1], {LATER!r} + ("SELECT kill()",))
connect = journal_file._connect
def deadly(path):
    connection = connect(path)
    connection.create_function("kill", 0, lambda: os.kill(os.getpid(), signal.SIGKILL))
    return connection
journal_file._connect = deadly
journal_file.open_journal(Path({str(path)!r}))
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    assert (version_of(path), tables(path)) == (1, before)
