"""Run folders: their names, who may work on one, and finding the unfinished run of a command."""

from __future__ import annotations

import fcntl
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from harness.forked import Running
from harness.forked_code import start_code
from hypothesis import given
from hypothesis import strategies as st
from unit.harness import COMMAND, list_runs, plan, planned, sendable, write_plan

from batch.errors import BatchError, Exit, JournalBroken, RunLocked, SettingsError
from batch.journal import file as journal_file
from batch.journal.entries import AttemptStarted
from batch.journal.journal import Journal
from batch.runs.folder import lock, run_folder
from batch.runs.folder.catalog import RunCatalog, begin_run
from batch.runs.folder.run_folder import JOURNAL, OpenRun

AT = 1_769_850_000.0  # 2026-01-31T09:00:00Z


def begun(out: Path, *, command: str = COMMAND, at: float = AT, finished: bool = False, fresh: bool = False) -> Path:
    """The folder of a run that was begun and planned, unless it was there, and left, finished or not."""
    with begin_run(RunCatalog(out), command, "update", "x/contacts.csv", at, fresh=fresh) as (opened, resumed):
        if not resumed:
            own = plan(run=opened.folder.name, command_fingerprint=command, planned_at=at)
            write_plan(opened.journal, own, [sendable(2)])
        opened.journal.begin(at)
        if finished:
            opened.journal.end(at, stopped_for={}, exit_code=0, commands={})
            opened.journal.close_run()
        return opened.folder


# -- names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "stem"),
    [
        ("exports/contacts.csv", "contacts"),
        ("-", "stdin"),
        ("Kontakte März.xlsx", "Kontakte-M-rz"),
        ("../..//etc/passwd", "passwd"),
        ("a b\tc\nd.csv", "a-b-c-d"),
        ("s3://bucket/2026/leads.parquet", "leads"),
        ("dump.tar.gz", "dump"),
        (".csv", "file"),
        ("???.csv", "file"),
        ("$(rm -rf ~).csv", "rm-rf"),
        ("x" * 200 + ".csv", "x" * 40),
    ],
)
def test_a_run_is_named_after_its_time_verb_file_and_command(source: str, stem: str) -> None:
    """The name sorts by time and says what ran on which file."""
    assert run_folder.folder_name("update", source, AT, COMMAND) == f"20260131T090000Z-update-{stem}-c0ffee00"


@given(st.text(max_size=300), st.floats(0, 4e9))
def test_a_name_is_always_one_plain_folder_name(source: str, at: float) -> None:
    """Whatever the source is called, the name needs no quoting, goes nowhere else, and fits a file system."""
    name = run_folder.folder_name("update-by-id", source, at, COMMAND)
    assert name.isascii()
    assert set(name) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
    assert name[0].isdigit()
    assert len(name) < 100


# -- finding --------------------------------------------------------------------------------------------------------


def test_the_same_command_goes_on_with_its_unfinished_run(tmp_path: Path) -> None:
    """An unfinished run is found by its command, later and again; another command begins its own."""
    first = begun(tmp_path)
    assert begun(tmp_path, at=AT + 3600) == first
    assert begun(tmp_path, command="beef" * 16) != first
    assert len(list(tmp_path.iterdir())) == 2


def test_a_finished_run_is_never_taken_up_again(tmp_path: Path) -> None:
    """After the end the same command is a new run, in its own folder even within one second."""
    folders = {begun(tmp_path, finished=True) for _ in range(3)}
    assert len(folders) == 3


def test_fresh_begins_a_new_run(tmp_path: Path) -> None:
    """With `fresh` nothing is taken up and nothing is overwritten; without it the newest unfinished run goes on."""
    first, second = begun(tmp_path), begun(tmp_path, at=AT + 0.25, fresh=True)
    assert first != second
    assert begun(tmp_path, at=AT + 60) == second


def test_of_several_runs_the_one_planned_last_goes_on(tmp_path: Path) -> None:
    """Which run is newer stands in its plan: runs that begin in one second, a question that was answered late, or a
    folder with another name turn the names round, and nothing takes its order from them."""
    newer = begun(tmp_path, at=AT + 0.5)
    older = begun(tmp_path, at=AT + 0.25, fresh=True)
    assert older.name > newer.name
    assert begun(tmp_path, at=AT + 60) == newer
    assert RunCatalog(tmp_path).find_latest_unfinished() == newer
    assert [folder for folder, _, _ in list_runs(tmp_path)] == [older, newer]


def test_a_damaged_run_of_the_command_stops_it_unless_another_can_go_on(tmp_path: Path) -> None:
    """What a damaged journal's run sent is not known: the command is refused, and not begun again from the start."""
    damaged = begun(tmp_path)
    (damaged / JOURNAL).write_bytes(b"not a database" * 99)
    with pytest.raises(JournalBroken):
        begun(tmp_path, at=AT + 60)
    other = begun(tmp_path, at=AT + 60, fresh=True)
    assert begun(tmp_path, at=AT + 120) == other


def test_a_fresh_run_that_was_not_planned_hides_no_unfinished_one(tmp_path: Path) -> None:
    """Where a fresh run was killed before its plan, the same command goes on with the run that has one."""
    first = begun(tmp_path)
    _no_plan(tmp_path / run_folder.folder_name("update", "contacts.csv", AT + 60, COMMAND))
    assert begun(tmp_path, at=AT + 120) == first


def test_a_command_that_finished_before_is_known(tmp_path: Path) -> None:
    """The newest finished run of the very command is named; an open one and another command's are not."""
    assert RunCatalog(tmp_path).find_finished(COMMAND) is None
    begun(tmp_path, command="beef" * 16, finished=True)
    begun(tmp_path, finished=True)
    newest = begun(tmp_path, at=AT + 0.75, finished=True)
    older = begun(tmp_path, at=AT + 0.5, finished=True)
    begun(tmp_path, at=AT + 120)
    assert older.name > newest.name, "the name of the older one sorts last"
    assert RunCatalog(tmp_path).find_finished(COMMAND) == newest.name


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        pytest.param({}, True, id="planned later, by the same key, for the same address"),
        pytest.param({"planned_at": AT - 1}, False, id="planned before"),
        pytest.param({"base_url": "http://127.0.0.1:1"}, False, id="for another address, such as a sandbox"),
        pytest.param({"key_fingerprint": "another"}, False, id="by another key: perhaps another team's contacts"),
        pytest.param({"run": "own"}, False, id="itself"),
        pytest.param({"run": "own", "planned_at": AT + 2}, True, id="of its name, below another folder"),
    ],
)
def test_only_later_runs_of_the_same_team_count_as_later(
    tmp_path: Path, changes: dict[str, object], counts: bool
) -> None:
    """Only a run that was planned later and wrote to the same contacts can have overtaken this one."""
    (tmp_path / "run").mkdir()
    planned(tmp_path / "run" / JOURNAL, sendable(1), **{"run": "run", "planned_at": AT + 1, **changes}).close()
    later = RunCatalog(tmp_path).newer_runs(plan(run="own", planned_at=AT + 1), AT)
    assert later == ({tmp_path / "run" / JOURNAL: [("", "")]} if counts else {})


@pytest.mark.parametrize(
    ("others", "planned_at", "why"),
    [
        ([], AT, "no other run"),
        ([AT - 60, AT - 5], AT, "the clock says which is the later one"),
        ([AT - 60, AT + 7200], AT + 7200.001, "the clock was two hours ahead when the other run was planned"),
        ([AT], AT + 0.001, "both in one moment"),
    ],
)
def test_a_new_run_is_planned_after_all_others(
    tmp_path: Path, others: list[float], planned_at: float, why: str
) -> None:
    """Whatever the clock says, no run that was there before is a later one."""
    for number, at in enumerate(others):
        (tmp_path / f"run{number}").mkdir()
        planned(tmp_path / f"run{number}" / JOURNAL, sendable(1), run=f"run{number}", planned_at=at).close()
    catalog = RunCatalog(tmp_path)
    assert catalog.time_after_all(AT) == planned_at, why
    assert catalog.newer_runs(plan(run="own"), catalog.time_after_all(AT)) == {}


@pytest.mark.parametrize(
    ("began", "planned_at", "counts", "why"),
    [
        ("20260131T090500Z", AT + 301, True, "it was planned after the read"),
        ("20260131T085900Z", AT + 5, True, "it began before the read, and was confirmed after it"),
        ("20260131T085900Z", AT - 59, False, "it was planned before the read"),
        ("20260131T110000Z", AT + 7200, False, "it began while the clock was two hours ahead: before the read"),
        ("20260131T085900Z", AT + 7200, False, "it was put behind one of the future, and began before the read"),
        ("20260131T090500Z", AT + 7200, True, "it was put behind one of the future, and began after the read"),
    ],
)
def test_which_runs_wrote_after_a_read(tmp_path: Path, began: str, planned_at: float, counts: bool, why: str) -> None:
    """What was written after a contact was read back is newer than that read, also where a clock was ahead before."""
    journal = tmp_path / f"{began}-update-x-c0ffee00" / JOURNAL
    journal.parent.mkdir()
    planned(journal, sendable(1), run=journal.parent.name, planned_at=planned_at).close()
    later = RunCatalog(tmp_path).runs_after_read(plan(run="own"), AT - 600, AT, AT + 600)
    assert list(later) == ([journal] if counts else []), why


@pytest.mark.parametrize(
    ("name", "written", "refused", "why"),
    [
        ("20260131T090001Z-update-x-c0ffee00", -60, True, "it began later: it may have written the same contacts"),
        ("20260131T090000Z-update-x-c0ffee00", -60, True, "it began in the same second"),
        ("20260131T085959Z-update-x-c0ffee00", -1, False, "it ended before: an older wish overtakes nothing"),
        ("20260131T080000Z-update-x-c0ffee00", 60, True, "it began before, and was confirmed or went on since"),
        ("notes", 60, False, "no run is called so"),
    ],
)
def test_a_later_run_that_cannot_be_read_stops_a_run_that_could_overwrite_it(
    tmp_path: Path, name: str, written: float, refused: bool, why: str
) -> None:
    """Where the journal of a later run is of a newer version, or broken, nobody knows what it wrote: that is an error,
    and no reason to take its contacts for untouched. Whoever only reads back is not stopped."""
    (tmp_path / name).mkdir()
    planned(tmp_path / name / JOURNAL, sendable(1), run=name, planned_at=AT + 1).close()
    with closing(sqlite3.connect(tmp_path / name / JOURNAL)) as connection:
        connection.execute("PRAGMA user_version = 99")
    os.utime(tmp_path / name / JOURNAL, (AT + written, AT + written))
    ours = plan(run="own", planned_at=AT)
    if refused:
        with pytest.raises(JournalBroken, match=r"newer version .*could be written over") as caught:
            RunCatalog(tmp_path).newer_runs(ours, AT)
        assert name in caught.value.message, why
    else:
        assert RunCatalog(tmp_path).newer_runs(ours, AT) == {}, why
    assert RunCatalog(tmp_path).newer_runs(ours, AT, strict=False) == {}


def test_a_later_run_that_cannot_be_read_is_seen_behind_one_that_was_planned_in_the_future(tmp_path: Path) -> None:
    """A run that `time_after_all` put behind one of a clock that was ahead began when its name says: one that began
    after it, and cannot be read, may have written the same contacts."""
    ours, theirs = "20260131T085959Z-update-x-c0ffee00", "20260131T090030Z-update-x-c0ffee01"
    for name in (ours, theirs):
        (tmp_path / name).mkdir()
        planned(tmp_path / name / JOURNAL, sendable(1), run=name, planned_at=AT + 7200).close()
    with closing(sqlite3.connect(tmp_path / theirs / JOURNAL)) as connection:
        connection.execute("PRAGMA user_version = 99")
    os.utime(tmp_path / theirs / JOURNAL, (AT + 40, AT + 40))
    with pytest.raises(JournalBroken, match="could be written over"):
        RunCatalog(tmp_path).newer_runs(plan(run="own"), AT + 7200)


def test_runs_of_several_keys_share_the_accounts_of_one_key(tmp_path: Path) -> None:
    """A later run counts for the accounts whose key it used, under whatever name, and for no others."""
    (tmp_path / "run").mkdir()
    theirs = {"accounts": {"south": "k2", "east": "k3"}, "key_fingerprint": ""}
    planned(tmp_path / "run" / JOURNAL, sendable(1), **{"run": "run", "planned_at": AT + 1, **theirs}).close()
    ours = plan(run="own", planned_at=AT, key_fingerprint="", accounts={"north": "k1", "the south": "k2"})
    assert RunCatalog(tmp_path).newer_runs(ours, AT) == {tmp_path / "run" / JOURNAL: [("the south", "south")]}


def _nothing(folder: Path) -> None:
    folder.mkdir()


def _no_plan(folder: Path) -> None:
    folder.mkdir()
    Journal.create(folder / JOURNAL).close()


def _touched(folder: Path) -> None:
    folder.mkdir()
    (folder / f"{JOURNAL}.new").touch(0o600)


def _no_tables(folder: Path) -> None:
    folder.mkdir()
    (folder / f"{JOURNAL}.new").touch(0o600)
    sqlite3.connect(folder / f"{JOURNAL}.new").close()  # as far as `create` gets before its transaction


LEFTOVERS = [
    pytest.param(_nothing, id="killed after the folder was made"),
    pytest.param(_touched, id="killed after the journal's file was made"),
    pytest.param(_no_tables, id="killed before its tables were"),
    pytest.param(_no_plan, id="killed before the plan was written"),
]


@pytest.mark.parametrize("leave", LEFTOVERS)
def test_a_run_without_a_plan_is_planned_again(tmp_path: Path, leave: Callable[[Path], None]) -> None:
    """A kill at any instruction before the plan was whole sent nothing: the same command plans in the same folder."""
    left = tmp_path / run_folder.folder_name("update", "contacts.csv", AT, COMMAND)
    leave(left)
    with begin_run(RunCatalog(tmp_path), COMMAND, "update", "contacts.csv", AT + 9, fresh=False) as (opened, resumed):
        assert (opened.folder, resumed) == (left, False)
        assert write_plan(opened.journal, plan(run=left.name), [sendable(2)]) == 2
    assert begun(tmp_path, at=AT + 60) == left


@pytest.mark.parametrize("leave", LEFTOVERS)
def test_a_run_without_a_plan_is_in_nobodys_way(tmp_path: Path, leave: Callable[[Path], None]) -> None:
    """What a killed command left behind neither is listed nor stops another command."""
    leave(tmp_path / run_folder.folder_name("update", "contacts.csv", AT, COMMAND))
    other = begun(tmp_path, command="beef" * 16)
    assert [folder for folder, _, _ in list_runs(tmp_path)] == [other]
    assert RunCatalog(tmp_path).find_latest_unfinished() == other


def test_a_folder_that_ends_up_without_a_plan_is_removed(tmp_path: Path) -> None:
    """A run that was refused or not confirmed leaves nothing behind, and the refusal is what is raised."""
    with (
        pytest.raises(SettingsError, match="not confirmed"),
        begin_run(RunCatalog(tmp_path), COMMAND, "update", "c", AT, fresh=False),
    ):
        raise SettingsError("not confirmed")
    assert list(tmp_path.iterdir()) == []


def test_a_fault_inside_a_run_that_was_planned_keeps_its_folder(tmp_path: Path) -> None:
    """What was sent stays: an error after the plan leaves the run to go on with."""
    with (
        pytest.raises(JournalBroken),
        begin_run(RunCatalog(tmp_path), COMMAND, "update", "c", AT, fresh=False) as (opened, _),
    ):
        write_plan(opened.journal, plan(), [sendable(2)])
        opened.journal.append([AttemptStarted(1, 1, AT)])
        raise JournalBroken("the disk is full")
    with begin_run(RunCatalog(tmp_path), COMMAND, "update", "c", AT + 9, fresh=False) as (opened, resumed):
        assert resumed
        assert opened.journal.todo(0, 1)[0].in_doubt


def test_strangers_in_the_folder_of_runs_stop_nothing(tmp_path: Path) -> None:
    """Files and folders that are not runs, a damaged journal and a newer one are passed over."""
    begun(tmp_path)
    (tmp_path / "notes.txt").write_text("x")
    for name, content in (("garbage", b"not a database" * 99), ("empty", b"")):
        (tmp_path / name).mkdir()
        (tmp_path / name / JOURNAL).write_bytes(content)
    newer = begun(tmp_path, command="beef" * 16)
    journal = Journal.open(newer / JOURNAL)
    journal.db.execute("PRAGMA user_version = 99")
    journal.close()
    assert len(list_runs(tmp_path)) == 1


def test_a_plan_that_is_damaged_stops_nothing(tmp_path: Path) -> None:
    """A journal in which a plan of another shape stands is passed over as a damaged one is."""
    begun(tmp_path)
    damaged = begun(tmp_path, command="beef" * 16)
    journal = Journal.open(damaged / JOURNAL)
    journal.db.execute("UPDATE meta SET value = ? WHERE key = 'plan'", (b'{"run": 5}',))
    journal.close()
    assert len(list_runs(tmp_path)) == 1


def test_runs_are_listed_oldest_first_with_their_state(tmp_path: Path) -> None:
    """`listed` sorts by time and says which run can go on."""
    folders = [begun(tmp_path, command=f"{n:064x}"[::-1], at=AT + n * 60, finished=n == 1) for n in (2, 1, 3)]
    found = list_runs(tmp_path)
    assert [folder for folder, _, _ in found] == [folders[place] for place in (1, 0, 2)]
    assert [progress for _, _, progress in found] == [("finished", 2, 0), ("open", 2, 0), ("open", 2, 0)]
    assert [its.run for _, its, _ in found] == [folder.name for folder, _, _ in found]
    assert RunCatalog(tmp_path).find_latest_unfinished() == folders[2]


def test_every_edited_file_is_kept_even_within_one_second(tmp_path: Path) -> None:
    """A file that somebody corrects twice in one second is set aside twice: the first correction is not replaced."""
    kept: list[Path] = []
    for edit in ("first", "second"):
        (tmp_path / "failures.csv").write_text(edit)
        os.utime(tmp_path / "failures.csv", (AT, AT))
        kept += run_folder.preserve_edited_files(tmp_path, {"failures.csv": "the digest of what was published"})
    assert [path.read_text() for path in kept] == ["first", "second"]


@pytest.mark.parametrize("earlier", [0, 1, 7])
def test_a_start_opens_each_earlier_journal_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, earlier: int) -> None:
    """A start beside n earlier runs opens at most n + 3 journals for reading, whatever it asks of the catalogue."""
    for number in range(earlier):
        begun(tmp_path, command=f"{number:064x}"[::-1], at=AT + number, finished=True)
    opened_paths: list[Path] = []
    open_readonly = journal_file.open_readonly

    def count(path: Path, *, unlocked: bool = False) -> sqlite3.Connection:
        opened_paths.append(path)
        return open_readonly(path, unlocked=unlocked)

    monkeypatch.setattr(journal_file, "open_readonly", count)
    catalog = RunCatalog(tmp_path)
    with begin_run(catalog, COMMAND, "update", "c", AT + 60, fresh=False) as (opened, _):
        own = plan(run=opened.folder.name, planned_at=AT + 60)
        write_plan(opened.journal, own, [sendable(2)])
        assert catalog.find_finished(COMMAND) is None
        for _ in range(2):
            catalog.refresh()
            assert catalog.newer_runs(own, own.planned_at) == {}
    assert len(opened_paths) <= earlier + 3
    assert len(set(opened_paths)) >= earlier


def test_a_refresh_sees_what_another_process_did(tmp_path: Path) -> None:
    """A run that was begun, or ended, after the first reading is seen as it is now."""
    first = begun(tmp_path)
    catalog = RunCatalog(tmp_path)
    assert catalog.find_unfinished(COMMAND) == first
    begun(tmp_path, finished=True)
    other = begun(tmp_path, command="beef" * 16, at=AT + 1)
    assert catalog.find_unfinished(COMMAND) == first
    catalog.refresh()
    assert catalog.find_unfinished(COMMAND) is None
    assert [run.folder for run in catalog.runs() if run.is_open] == [other]


def test_without_an_unfinished_run_there_is_none_to_go_on_with(tmp_path: Path) -> None:
    """`resume` without a folder says so, in an empty folder and in one that is not there."""
    begun(tmp_path / "out", finished=True)
    for out in (tmp_path / "out", tmp_path / "nowhere"):
        with pytest.raises(SettingsError, match="no unfinished run"):
            RunCatalog(out).find_latest_unfinished()


# -- private --------------------------------------------------------------------------------------------------------


def test_folders_are_their_owners_only(tmp_path: Path) -> None:
    """The folder of runs and each run are 0700, every file in it 0600, whatever the umask."""
    old = os.umask(0)
    try:
        folder = begun(tmp_path / "deep" / "reports")
        assert folder.parent.stat().st_mode & 0o777 == 0o700
        assert folder.stat().st_mode & 0o777 == 0o700
        with run_folder.reopen_run(folder) as opened:
            opened.journal.begin(AT)
            modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    finally:
        os.umask(old)
    assert set(modes.values()) == {0o600}
    assert {"lock", JOURNAL} <= set(modes)


@pytest.fixture
def lured(tmp_path: Path) -> tuple[Path, Path]:
    """A run whose lock was replaced by a symlink, and the file that it leads to."""
    folder = begun(tmp_path / "out")
    target = tmp_path / "precious"
    target.write_text("do not truncate")
    (folder / "lock").symlink_to(target)
    return folder, target


def test_a_lock_that_leads_elsewhere_is_not_followed(lured: tuple[Path, Path]) -> None:
    """A symlink in place of the lock harms nothing: its target stays as it is, and the run is not opened."""
    folder, target = lured
    with pytest.raises((BatchError, OSError)), run_folder.reopen_run(folder):
        pass
    assert target.read_text() == "do not truncate"


def test_a_lock_that_leads_elsewhere_is_refused_in_words(lured: tuple[Path, Path]) -> None:
    """The refusal of such a lock is an error of ours, not a crash."""
    folder, _ = lured
    with pytest.raises(BatchError, match="lock"), run_folder.reopen_run(folder):
        pass


@pytest.mark.parametrize("make", [lambda path: path.write_text("x"), lambda path: path.symlink_to(path)])
def test_a_place_that_cannot_hold_runs_is_refused(tmp_path: Path, make: Callable[[Path], object]) -> None:
    """Where --out cannot be a folder, SettingsError says so and what to do."""
    make(tmp_path / "out")
    with (
        pytest.raises(SettingsError, match="out") as caught,
        begin_run(RunCatalog(tmp_path / "out"), COMMAND, "update", "c", AT, fresh=False),
    ):
        pass
    assert "--out" in caught.value.tip


def test_a_folder_that_is_no_run_cannot_be_reopened(tmp_path: Path) -> None:
    """`resume` and `report` on another folder say what it lacks, and leave nothing in it."""
    with pytest.raises(SettingsError, match="not a run folder"), run_folder.reopen_run(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


# -- one at a time --------------------------------------------------------------------------------------------------

_CHILD = """
import sys, time
from pathlib import Path
from unit.harness import COMMAND, plan, sendable, write_plan
from batch.runs.folder.catalog import RunCatalog, begin_run
from batch.errors import BatchError
out, at = Path(sys.argv[1]), float(sys.argv[2])
time.sleep(max(0, at - time.time()))
try:
    with begin_run(RunCatalog(out), COMMAND, "update", "c.csv", at, fresh=False) as (opened, resumed):
        if not resumed:
            write_plan(opened.journal, plan(run=opened.folder.name), [sendable(2)])
        print("working", opened.folder.name, flush=True)
        sys.stdin.read()
except BatchError as fault:
    print("refused", int(fault.exit_code), fault.message, flush=True)
"""


def _start(out: Path, at: float = 0.0) -> Running:
    return start_code(_CHILD, str(out), str(at), stdin=subprocess.PIPE)


def _line(child: Running) -> str:
    assert child.stdout is not None
    return child.stdout.readline().rstrip("\n")


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Running]:
    """Another process that works on a run below tmp_path."""
    child = _start(tmp_path)
    yield child
    child.kill()
    child.communicate()


def test_a_run_that_is_worked_on_is_locked_and_says_by_whom(tmp_path: Path, worker: Running) -> None:
    """The same command, or resume, ends with RunLocked (exit 11), naming the process."""
    folder = tmp_path / _line(worker).removeprefix("working ")
    with (
        pytest.raises(RunLocked) as caught,
        begin_run(RunCatalog(tmp_path), COMMAND, "update", "c.csv", AT, fresh=False),
    ):
        pass
    assert f"process id {worker.pid}" in caught.value.message
    assert caught.value.exit_code is Exit.LOCKED
    with pytest.raises(RunLocked, match=str(worker.pid)), run_folder.reopen_run(folder):
        pass
    assert [found[0] for found in list_runs(tmp_path)] == [folder]


def test_a_killed_holders_lock_is_free_at_once(tmp_path: Path, worker: Running) -> None:
    """After kill -9 nobody has to remove a lock: the same command goes on with the same run."""
    name = _line(worker).removeprefix("working ")
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    with begin_run(RunCatalog(tmp_path), COMMAND, "update", "c.csv", AT, fresh=False) as (opened, resumed):
        assert (opened.folder.name, resumed) == (name, True)
        assert (opened.folder / "lock").read_text() == f"{os.getpid()}\n"


def test_one_process_holds_its_run_only_while_it_works_on_it(tmp_path: Path) -> None:
    """Within a process, too, a run is locked until it is left."""
    folder = begun(tmp_path)
    with run_folder.reopen_run(folder), pytest.raises(RunLocked, match=str(os.getpid())), run_folder.reopen_run(folder):
        pass
    with run_folder.reopen_run(folder) as opened:
        assert isinstance(opened, OpenRun)


def test_a_run_that_nobody_works_on_holds_no_lock(tmp_path: Path) -> None:
    """The lock's file goes with the lock, so a run's folder holds what its reader is told of; another's stays."""
    folder = begun(tmp_path)
    with run_folder.reopen_run(folder):
        assert (folder / "lock").exists()
    assert [path.name for path in folder.iterdir()] == [JOURNAL]
    with run_folder.reopen_run(folder):
        (folder / "lock").unlink()
        (folder / "lock").write_text("another's\n")
    assert (folder / "lock").read_text() == "another's\n"


def test_a_lock_file_removed_during_the_wait_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opened the file of a lock that was let go just then holds the new file, not the one that is gone."""
    folder = begun(tmp_path)
    before = lock.take(folder)
    flock, late = fcntl.flock, [lambda: lock.release(folder, before)]

    def flock_late(descriptor: int, operation: int) -> None:
        while late:
            late.pop()()
        flock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", flock_late)
    after = lock.take(folder)
    with pytest.raises(RunLocked):
        lock.take(folder)
    lock.release(folder, after)


@pytest.mark.parametrize("attempt", range(3))
def test_the_same_command_started_many_times_at_once_is_one_run(tmp_path: Path, attempt: int) -> None:
    """Of six processes that start together one works and the others end with exit 11; there is one folder."""
    at = time.time() + 1.0
    children = [_start(tmp_path, at) for _ in range(6)]
    told = [_line(child) for child in children]
    for child in children:
        child.communicate("")
    assert sorted(line.split()[0] for line in told) == ["refused"] * 5 + ["working"]
    assert {line.split()[1] for line in told if line.startswith("refused")} == {"11"}, told
    assert len(list_runs(tmp_path)) == 1
    assert len(list(tmp_path.iterdir())) == 1


def test_a_path_that_is_not_utf_8_holds_no_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Started in such a folder the program says so, before anything is sent."""
    here = tmp_path / "caf\udce9"
    here.mkdir()
    monkeypatch.chdir(here)
    with pytest.raises(SettingsError, match="not valid UTF-8"):
        run_folder.require_local_disk(Path("reports"))
