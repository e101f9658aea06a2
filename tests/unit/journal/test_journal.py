"""The journal's guarantee, by a table of disasters: what was acknowledged is there, what failed left nothing."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from harness.examples import examples
from harness.forked import Running
from harness.forked_code import start_code
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.harness import DNC, SUPERSEDED, duplicate, found, plan, planned, sendable, write_plan
from unit.reporter.report_row import ReportRow

from batch.errors import InputRefused, JournalBroken
from batch.guayaba.contact import Contact
from batch.journal.entries import (
    AttemptFinished,
    AttemptStarted,
    Entry,
    LimitLearned,
    LimitObserved,
    PauseRecorded,
    PendingRow,
)
from batch.journal.journal import Journal
from batch.journal.read import JournalReader
from batch.journal.row_queries import sent_rows
from batch.journal.schema import APPLICATION_ID, VERSION
from batch.model import ContactChange, Outcome, PlannedRow


def doubts(journal: Journal) -> list[int]:
    """The ordinals of the rows that are in doubt."""
    return [ordinal for (ordinal,) in journal.db.execute("SELECT ordinal FROM rows WHERE in_doubt ORDER BY ordinal")]


# -- the plan -------------------------------------------------------------------------------------------------------


def test_a_plan_comes_back_as_it_was_written(tmp_path: Path) -> None:
    """Plan and rows are the same after the file was closed and opened."""
    rows = [
        PlannedRow(
            2, ("José", None, '=1+"2"'), "+1", "+1", ContactChange("paused", variables={"a": "ñ"}), repair="read as US"
        ),
        PlannedRow(3, ("", "x", "😀"), None, None, None, Outcome.INVALID, "no_phone", "empty"),
        PlannedRow(5, ("a", "b", "c"), "+1", "+1", DNC, Outcome.DUPLICATE, "same_contact", "", 2),
        PlannedRow(9, ("a", "b", "c"), "+2", "+2", DNC, in_doubt=True),
    ]
    planned(tmp_path / "j", rows).close()
    journal = Journal.open(tmp_path / "j")
    assert journal.plan() == plan()
    assert journal.todo(0, 10) == [
        PendingRow(1, "+1", "+1", ContactChange("paused", variables={"a": "ñ"}), 0, False),
        PendingRow(4, "+2", "+2", DNC, 0, True),
    ]
    [part] = JournalReader(journal).report_rows()
    assert [tuple(msgspec.json.decode(cells)) for cells in part.cells] == [row.cells for row in rows]
    assert part.number == [2, 3, 5, 9]
    journal.close()


class Stop(BaseException):
    """Something that is not an Exception, as a signal's is not."""


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(InputRefused("the file changed"), id="the file changed while it was read"),
        pytest.param(KeyboardInterrupt(), id="Ctrl-C"),
        pytest.param(Stop(), id="anything else"),
    ],
)
def test_a_plan_is_whole_or_not_there(tmp_path: Path, fault: BaseException) -> None:
    """A fault after some batches leaves no row and no plan, is raised as it was, and the journal can be used."""

    def batches() -> Iterator[Sequence[PlannedRow]]:
        yield sendable(3)
        yield sendable(3, first=10)
        raise fault

    journal = Journal.create(tmp_path / "j")
    with pytest.raises(type(fault)):
        write_plan(journal, plan(), batches())
    assert (journal.count_rows(), journal.plan()) == (0, None)
    assert write_plan(journal, plan(), [sendable(2), [], sendable(3, first=10)]) == 5
    assert (journal.count_rows(), journal.count_settled(), journal.is_closed) == (5, 0, False)
    journal.close()


def test_a_plan_killed_while_it_is_written_is_not_there(tmp_path: Path) -> None:
    """kill -9 in the middle of the plan leaves a journal without plan or rows, and it can be planned again."""
    child = _child(
        tmp_path / "j",
        """
        def batches():
            for first in range(1, 200_000, 1000):
                yield sendable(1000, first=first)
                if first > 20_000:
                    say(first)
        write_plan(Journal.create(path), plan(), batches())
        """,
    )
    _kill_after(child, lines=1)
    journal = Journal.open(tmp_path / "j")
    assert (journal.count_rows(), journal.plan()) == (0, None)
    assert write_plan(journal, plan(), [sendable(2)]) == 2
    journal.close()


def test_rows_are_handed_out_in_order_and_settled_ones_are_not(tmp_path: Path) -> None:
    """`todo` pages through the rows without an outcome by ordinal, and only those."""
    journal = planned(tmp_path / "j", [*sendable(3), duplicate(90, 2), *sendable(3, first=100)])
    journal.append([found(2), found(6, None)])
    first = journal.todo(0, 2)
    rest = journal.todo(first[-1].ordinal, 10)
    assert [row.ordinal for row in first + rest] == [1, 3, 5, 6, 7]
    assert journal.todo(7, 10) == []
    assert journal.todo(0, 0) == []
    journal.close()


# -- what happens ---------------------------------------------------------------------------------------------------


def test_an_intent_puts_its_row_in_doubt_and_what_was_found_clears_it(tmp_path: Path) -> None:
    """Between an intent and what came of it the row is in doubt, whatever happened before."""
    journal = planned(tmp_path / "j", sendable(3))
    journal.append([AttemptStarted(2, 1, 5.0)])
    assert doubts(journal) == [2]
    journal.append([found(2, None)])
    assert doubts(journal) == []
    journal.append([AttemptStarted(2, 2, 6.0)])
    assert doubts(journal) == [2]
    journal.append([found(2, None, in_doubt=True)])
    assert doubts(journal) == [2]
    journal.append([found(2, attempt=None)])
    assert doubts(journal) == []
    assert [row.ordinal for row in journal.todo(0, 9)] == [1, 3]
    journal.close()


def test_what_was_found_belongs_to_the_last_attempt(tmp_path: Path) -> None:
    """Each attempt keeps its own times, status and verdict; a look is no attempt."""
    journal = planned(tmp_path / "j", sendable(1))
    journal.append([AttemptStarted(1, 1, 1.0), found(1, None, at=2.0, left_at=1.5, status=503, verdict="retry")])
    journal.append(
        [AttemptStarted(1, 2, 3.0), found(1, None, attempt=2, at=4.0, status=None, verdict="in-doubt", in_doubt=True)]
    )
    journal.append([found(1, attempt=None, at=5.0, code="read_back", attempts=2, contact_id="id-1")])
    assert list(JournalReader(journal).attempts()) == [(2, 1.5, 2.0, 503, "retry"), (2, 3.0, 4.0, None, "in-doubt")]
    [part] = JournalReader(journal).report_rows()
    [row] = [ReportRow(*each) for each in zip(*part, strict=True)]
    assert (row.outcome, row.code, row.status, row.attempts, row.contact_id) == (
        "succeeded",
        "read_back",
        200,
        2,
        "id-1",
    )
    assert row.finished_at == 5.0
    facts = JournalReader(journal).facts()
    assert (facts.writes, facts.reads) == (2, 1)
    journal.close()


def test_a_stretch_that_begins_forgets_why_the_last_one_stopped(tmp_path: Path) -> None:
    """The first beginning is the run's; what stopped it then does not stop it now."""
    journal = planned(tmp_path / "j", sendable(1))
    journal.begin(100.0)
    journal.end(200.0, stopped_for={"": "outage"}, exit_code=75, commands={"resume": "x"})
    stopped = JournalReader(journal).facts()
    journal.begin(300.0)
    going = JournalReader(journal).facts()
    assert (stopped.started_at, stopped.ended_at, stopped.stopped_for, stopped.exit_code) == (
        100.0,
        200.0,
        "outage",
        75,
    )
    assert (going.started_at, going.ended_at, going.stopped_for, going.commands) == (100.0, None, None, {})
    assert going.exit_code == 75  # if it were killed now
    journal.close()


def test_a_later_run_that_cannot_be_read_stops_this_one(tmp_path: Path) -> None:
    """What a later run wrote is not known then, and nothing may be written over it: an error, and no row is settled."""
    with closing(planned(tmp_path / "journal.sqlite", sendable(2))) as journal:
        with pytest.raises(JournalBroken, match=r"later run.*gone"):
            journal.supersede({tmp_path / "gone" / "journal.sqlite": [("", "")]}, 0.0, end=SUPERSEDED)
        assert journal.count_settled() == 0


def test_a_row_is_superseded_by_a_later_success_of_its_contact_only(tmp_path: Path) -> None:
    """Rows without a word whose contact a later run wrote, or found as it asked, are settled; all others stay."""
    journal = planned(tmp_path / "j", sendable(6))
    journal.append([AttemptStarted(1, 1, 1.0), found(2)])
    (tmp_path / "later 100% ü").mkdir()
    path = tmp_path / "later 100% ü" / "journal.sqlite"
    later = planned(path, sendable(5))
    later.append([found(1), found(2), found(3, Outcome.FAILED), found(5, Outcome.UNCHANGED)])
    assert journal.supersede({path: [("", "")]}, 5.0, end=SUPERSEDED) == 2
    assert [outcome for part in JournalReader(journal).report_rows() for outcome in part.outcome] == [
        Outcome.SUPERSEDED, Outcome.SUCCEEDED, Outcome.PENDING, Outcome.PENDING, Outcome.SUPERSEDED, Outcome.PENDING,
    ]  # fmt: skip
    assert doubts(journal) == []
    assert later.count_settled() == 4
    later.close()
    journal.close()


@pytest.mark.parametrize(
    "wish",
    [
        pytest.param(
            ContactChange(campaign_id="d290f1ee-6c54-4b01-90e6-d701748f0851"), id="a later run moved the campaign"
        ),
        pytest.param(ContactChange(name="Ada"), id="a later run wrote the name"),
    ],
)
def test_a_dnc_row_is_not_superseded_by_a_wish_about_something_else(tmp_path: Path, wish: ContactChange) -> None:
    """Only a later word on the status takes DNC's place: a row is never called done when it is not."""
    journal = planned(tmp_path / "j", sendable(1))
    (tmp_path / "later").mkdir()
    later = planned(tmp_path / "later" / "journal.sqlite", sendable(1, change=wish), change=ContactChange())
    later.append([found(1)])
    later.close()
    journal.supersede({tmp_path / "later" / "journal.sqlite": [("", "")]}, 5.0, end=SUPERSEDED)
    assert [row.ordinal for row in journal.todo(0, 9)] == [1]
    journal.close()


@pytest.mark.parametrize(
    ("older", "later", "superseded", "why"),
    [
        ("DNC", "active", False, "who asked not to be called is not called because of a later start"),
        ("DNC", "paused", False, "paused is no record of that wish"),
        ("DNC", "fulfilled", False, "neither is fulfilled"),
        ("DNC", "DNC", True, "it was set later"),
        ("DNC", "dnc", True, "however it is written"),
        ("paused", "active", False, "a stop is not dropped for a later start"),
        ("fulfilled", "talk-to-human", False, "nor for any status that starts outreach"),
        ("paused", "fulfilled", True, "a later stop takes the place of an older one"),
        ("paused", "DNC", True, "so does DNC"),
        ("active", "paused", True, "a later stop takes the place of an older start"),
        ("active", "DNC", True, "so does DNC"),
        ("active", "talk-to-human", True, "a later start takes the place of an older one"),
    ],
)
def test_stopping_outlives_time(tmp_path: Path, older: str, later: str, superseded: bool, why: str) -> None:
    """Between runs a wish that stops outreach is not dropped for a newer one that starts it, and DNC for nothing."""
    journal = planned(tmp_path / "j", sendable(1, change=ContactChange(older)), change=ContactChange())
    (tmp_path / "later").mkdir()
    path = tmp_path / "later" / "journal.sqlite"
    stopping_statuses = ("DNC", "paused", "fulfilled")
    other = planned(
        path, sendable(1, change=ContactChange(later)), change=ContactChange(), stopping_statuses=stopping_statuses
    )
    other.append([found(1)])
    other.close()
    assert journal.supersede({path: [("", "")]}, 5.0, end=SUPERSEDED) == superseded, why
    journal.close()


def test_rows_can_be_excepted(tmp_path: Path) -> None:
    """The rows that a verification read back after the later run stay pending."""
    journal = planned(tmp_path / "j", sendable(2))
    (tmp_path / "later").mkdir()
    path = tmp_path / "later" / "journal.sqlite"
    other = planned(path, sendable(2))
    other.append([found(1), found(2)])
    other.close()
    numbers = [row.number for row in sendable(2)]
    assert journal.supersede({path: [("", "")]}, 5.0, end=SUPERSEDED, except_rows=numbers[:1]) == 1
    assert [row.ordinal for row in journal.todo(0, 9)] == [1]
    journal.close()


@pytest.mark.parametrize(
    ("later", "superseded", "why"),
    [
        (ContactChange(variables={"a": "2"}), True, "the same variable, later"),
        (ContactChange(variables={"a": "2", "b": "3"}), True, "and another one"),
        (ContactChange(variables={"b": "3"}), False, "merged beside it, it leaves the older wish to be written"),
        (ContactChange(variables={"b": "3"}, replace_variables=True), True, "it replaced them all"),
        (ContactChange(name="Ada"), False, "it says nothing of variables"),
    ],
)
def test_a_wish_for_variables_is_superseded_by_one_that_covers_it(
    tmp_path: Path, later: ContactChange, superseded: bool, why: str
) -> None:
    """A later run takes a wish's place only where it wrote all the variables that the older one asks for."""
    journal = planned(tmp_path / "j", sendable(1, change=ContactChange(variables={"a": "1"})), change=ContactChange())
    (tmp_path / "later").mkdir()
    other = planned(tmp_path / "later" / "journal.sqlite", sendable(1, change=later), change=ContactChange())
    other.append([found(1)])
    other.close()
    assert journal.supersede({tmp_path / "later" / "journal.sqlite": [("", "")]}, 5.0, end=SUPERSEDED) == superseded, (
        why
    )
    journal.close()


ordinals = st.integers(1, 6)
entries: st.SearchStrategy[Entry] = st.one_of(
    st.builds(AttemptStarted, ordinals, st.integers(1, 9), st.floats(0, 1e9)),
    st.builds(
        found,
        ordinals,
        st.none() | st.sampled_from([outcome for outcome in Outcome if outcome is not Outcome.PENDING]),
        attempt=st.none() | st.integers(1, 9),
        at=st.floats(0, 1e9),
        left_at=st.none() | st.floats(0, 1e9),
        status=st.none() | st.integers(100, 599),
        verdict=st.sampled_from(["succeeded", "retry", "in-doubt"]),
        message=st.text(st.characters(codec="utf-8"), max_size=5),
        attempts=st.integers(0, 9),
        in_doubt=st.booleans(),
        contact_id=st.none() | st.just("id"),
    ),
    st.builds(PauseRecorded, st.floats(0, 1e9), st.floats(0, 1e9), st.just("throttled")),
    st.builds(LimitObserved, st.integers(1, 1000), st.sampled_from(["", "north"])),
    st.builds(LimitLearned, st.sampled_from(["", "{}", "what was learned"]), st.sampled_from(["", "north"])),
)


@settings(max_examples=examples(60))
@given(st.lists(st.lists(entries, max_size=6), max_size=6))
def test_outcomes_add_up_to_the_rows_after_any_entries_in_any_order(groups: list[list[Entry]]) -> None:
    """The law of accounting holds at every moment, and doubt is as the last entry of a row left it."""
    rows = [*sendable(4), duplicate(50, 2), PlannedRow(60, ("x",), None, None, None, Outcome.INVALID, "no_phone")]
    doubt, outcomes, limits = set[int](), {5: Outcome.DUPLICATE, 6: Outcome.INVALID}, dict[str, int]()
    with tempfile.TemporaryDirectory() as folder:
        journal = planned(Path(folder) / "j", rows)
        for group in groups:
            journal.append(group)
            for entry in group:
                match entry:
                    case AttemptStarted():
                        doubt.add(entry.ordinal)
                    case AttemptFinished(result):
                        (doubt.add if result.in_doubt else doubt.discard)(result.ordinal)
                        if result.outcome is None:
                            outcomes.pop(result.ordinal, None)
                        else:
                            outcomes[result.ordinal] = result.outcome
                    case LimitObserved():
                        limits[entry.account] = entry.limit
            counts = JournalReader(journal).counts()
            assert sum(counts.values()) == journal.count_rows() == 6
            assert doubts(journal) == sorted(doubt)
            for outcome in Outcome:
                assumed = {Outcome.UNKNOWN: doubt, Outcome.PENDING: set(range(1, 7)) - doubt}.get(outcome, set())
                ended = sum(1 for word in outcomes.values() if word is outcome)
                assert counts[outcome] == ended + len(assumed - outcomes.keys())
        assert JournalReader(journal).facts().rows == 6
        assert journal.limit == (sum(limits.values()) or None)
        journal.close()


# -- disasters ------------------------------------------------------------------------------------------------------


def _full(journal: Journal) -> None:
    (pages,) = journal.db.execute("PRAGMA page_count").fetchone()
    journal.db.execute(f"PRAGMA max_page_count = {pages}")


def _read_only(journal: Journal) -> None:
    journal.db.execute("PRAGMA query_only = ON")


@pytest.mark.parametrize(
    ("disaster", "words"),
    [
        pytest.param(_full, "database or disk is full", id="the disk is full"),
        pytest.param(_read_only, "readonly database", id="the disk is read-only"),
    ],
)
@pytest.mark.parametrize("what", ["entries", "plan"])
def test_a_disk_that_fails_breaks_the_run_and_leaves_nothing_half_written(
    tmp_path: Path, disaster: Callable[[Journal], None], words: str, what: str
) -> None:
    """JournalBroken tells the cause, and of the failed transaction nothing is there, now or after reopening."""
    journal = planned(tmp_path / "j", sendable(500)) if what == "entries" else Journal.create(tmp_path / "j")
    disaster(journal)
    with pytest.raises(JournalBroken) as caught:
        if what == "entries":
            many = [found(n, attempt=None, verdict="x" * 500, message="m" * 500)
                    for n in range(1, 400)]  # fmt: skip
            journal.append([AttemptStarted(1, 1, 1.0), *many])
        else:
            write_plan(journal, plan(), [sendable(500), sendable(500, first=1000)])
    assert words in caught.value.message
    assert caught.value.tip
    assert not journal.db.in_transaction
    for _ in range(2):
        assert journal.count_settled() == 0
        assert doubts(journal) == []
        assert list(journal.db.execute("SELECT * FROM attempts")) == []
        assert (journal.plan() is None) is (what == "plan")
        journal.close()
        journal = Journal.open(tmp_path / "j")
    journal.close()


@pytest.mark.skipif(sys.platform == "win32", reason="RLIMIT_FSIZE is POSIX")
def test_a_disk_that_fills_up_under_the_wal_loses_nothing_acknowledged(tmp_path: Path) -> None:
    """When a real write fails for want of space, the process hears JournalBroken and what it had is whole."""
    child = _child(
        tmp_path / "j",
        """
        import resource
        journal = Journal.create(path)
        write_plan(journal, plan(), [sendable(2000)])
        resource.setrlimit(resource.RLIMIT_FSIZE, (700_000, 700_000))
        for n in range(1, 2001):
            try:
                journal.append([AttemptStarted(n, 1, 1.0), LimitObserved(n)])
            except JournalBroken as fault:
                say("broken:", fault.message)
                say(journal.limit, journal.db.in_transaction)
                raise SystemExit
            say(n)
        """,
    )
    out, _ = child.communicate(timeout=60)
    *acknowledged, broken, after = out.splitlines()
    assert broken.startswith("broken:"), out[-300:]
    assert "rollback" not in broken
    assert after == f"{acknowledged[-1]} False"
    journal = Journal.open(tmp_path / "j")
    assert doubts(journal) == list(range(1, len(acknowledged) + 1))
    assert journal.limit == len(acknowledged)
    journal.close()


@pytest.mark.parametrize("lines", [1, 2, 17, 150])
def test_a_killed_writer_has_lost_nothing_that_was_acknowledged(tmp_path: Path, lines: int) -> None:
    """After kill -9 each acknowledged entry is in the journal, and rows without their answer are in doubt."""
    child = _child(
        tmp_path / "j",
        """
        journal = Journal.create(path)
        write_plan(journal, plan(), [sendable(2000)])
        for n in range(1, 2001):
            journal.append([AttemptStarted(n, 1, 1.0)])
            say("intent", n)
            if n % 2:
                journal.append([found(n)])
                say("found", n)
        """,
    )
    told = [line.split() for line in _kill_after(child, lines=lines)]
    assert len(told) >= lines
    journal = Journal.open(tmp_path / "j")
    intents = {ordinal for (ordinal,) in journal.db.execute("SELECT ordinal FROM attempts")}
    settled = {ordinal for (ordinal,) in journal.db.execute("SELECT ordinal FROM rows WHERE outcome IS NOT NULL")}
    assert {int(n) for word, n in told if word == "intent"} <= intents
    assert {int(n) for word, n in told if word == "found"} <= settled
    assert set(doubts(journal)) == intents - settled
    assert sum(JournalReader(journal).counts().values()) == 2000
    journal.close()


# -- what is not ours -----------------------------------------------------------------------------------------------


def _newer(path: Path) -> None:
    planned(path, sendable(1)).close()
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    db.close()


def _somebody_elses(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE songs (title TEXT)")
        db.execute(f"PRAGMA user_version = {VERSION}")
    db.close()


def _no_version(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.close()


def _damage(path: Path) -> None:
    planned(path, sendable(500)).close()
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))


STRANGERS = [
    pytest.param(_newer, "newer version", id="a newer version's"),
    pytest.param(_somebody_elses, "not a journal of this program", id="somebody else's database"),
    pytest.param(_no_version, "not a journal of this program", id="no version"),
    pytest.param(lambda path: path.write_bytes(b"Name,Phone\n" * 999), "not a database", id="a CSV file"),
    pytest.param(lambda path: path.write_bytes(b""), "not a journal of this program", id="an empty file"),
    pytest.param(lambda path: path.mkdir(), "no journal at", id="a folder"),
    pytest.param(lambda path: None, "no journal at", id="nothing"),
]


@pytest.mark.parametrize(("make", "words"), STRANGERS)
def test_what_is_no_journal_of_ours_is_refused_by_name(
    tmp_path: Path, make: Callable[[Path], object], words: str
) -> None:
    """A file that this version cannot read raises JournalBroken with its path and what it is."""
    make(tmp_path / "j")
    with pytest.raises(JournalBroken) as caught:
        Journal.open(tmp_path / "j")
    assert words in caught.value.message
    assert str(tmp_path / "j") in caught.value.message


@pytest.mark.parametrize("make", [_newer, _somebody_elses, _no_version])
def test_what_is_refused_is_left_as_it_was(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """Opening what is not ours changes no byte of it and leaves no file beside it."""
    make(tmp_path / "j")
    before = (tmp_path / "j").read_bytes()
    with pytest.raises(JournalBroken):
        Journal.open(tmp_path / "j")
    assert (tmp_path / "j").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["j"]


@pytest.mark.parametrize(
    "read",
    [
        pytest.param(lambda journal: journal.plan(), id="plan"),
        pytest.param(lambda journal: journal.todo(0, 1000), id="todo"),
        pytest.param(lambda journal: journal.count_rows(), id="total"),
        pytest.param(lambda journal: journal.count_settled(), id="settled"),
        pytest.param(lambda journal: journal.is_closed, id="closed"),
    ],
)
def test_a_damaged_journal_is_an_error_of_ours(tmp_path: Path, read: Callable[[Journal], object]) -> None:
    """Wherever a journal with a damaged page is read, it is told as a broken journal and not as a crash."""
    _damage(tmp_path / "j")
    with pytest.raises(JournalBroken):
        journal = Journal.open(tmp_path / "j")
        try:
            read(journal)
        finally:
            journal.close()


def test_a_journal_is_private_and_never_overwritten(tmp_path: Path) -> None:
    """The file and those beside it are the owner's only; a second one is not made in its place."""
    old = os.umask(0)
    try:
        journal = planned(tmp_path / "j", sendable(1))
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    finally:
        os.umask(old)
    assert set(modes.values()) == {0o600}
    assert len(modes) == 3
    with pytest.raises(JournalBroken, match="exists already"):
        Journal.create(tmp_path / "j")
    assert journal.count_rows() == 1
    journal.close()


def test_a_journal_that_cannot_be_made_is_an_error_of_ours(tmp_path: Path) -> None:
    """Where the folder is gone or cannot be written, JournalBroken says so."""
    with pytest.raises(JournalBroken):
        Journal.create(tmp_path / "gone" / "j")


def test_a_journal_whose_folder_was_moved_takes_no_intent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An intent that nobody would find is not taken; a program that went to another folder has its journal still."""
    (tmp_path / "run").mkdir()
    monkeypatch.chdir(tmp_path)
    journal = planned(Path("run") / "j", sendable(1))
    monkeypatch.chdir("/")
    journal.append([AttemptStarted(1, 1, 5.0)])
    (tmp_path / "run").rename(tmp_path / "moved")
    with pytest.raises(JournalBroken, match="its folder was moved or removed"):
        journal.append([AttemptStarted(1, 2, 6.0)])
    journal.close()


def test_a_commit_is_durable_when_it_returns(tmp_path: Path) -> None:
    """Every connection writes a WAL with synchronous=FULL: the guarantee rests on these two."""
    planned(tmp_path / "j", sendable(1)).close()
    journal = Journal.open(tmp_path / "j")
    assert journal.db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert journal.db.execute("PRAGMA synchronous").fetchone() == (2,)
    journal.close()


# -- children -------------------------------------------------------------------------------------------------------

_HEAD = """
import sys
from pathlib import Path
from unit.harness import found, plan, sendable, write_plan
from batch.errors import JournalBroken
from batch.guayaba.contact import Contact
from batch.journal.journal import Journal
from batch.journal.entries import AttemptStarted, LimitObserved
path = Path(sys.argv[1])
def say(*words):
    print(*words, flush=True)
"""


def _child(path: Path, code: str) -> Running:
    """A process that runs `code` on the journal at `path`; what it says is read line by line."""
    lines = code.strip("\n").splitlines()
    margin = len(lines[0]) - len(lines[0].lstrip())
    return start_code(_HEAD + "\n".join(line[margin:] for line in lines), str(path))


def _kill_after(child: Running, *, lines: int) -> list[str]:
    """Kill -9 `child` after it said `lines` lines; all whole lines that it ever said."""
    assert child.stdout is not None
    heard = [child.stdout.readline() for _ in range(lines)]
    child.send_signal(signal.SIGKILL)
    heard += child.stdout.readlines()
    child.stdout.close()
    assert child.wait() == -signal.SIGKILL
    return [line.rstrip("\n") for line in heard if line.endswith("\n")]


MEXICAN, OTHER_FORM = "+525555550123", "+5215555550123"


@pytest.mark.parametrize(
    ("reads", "kept", "why"),
    [
        ([Contact("b", OTHER_FORM, status="active")], ["active"], "another contact holds the number in its other form"),
        (
            [Contact("b", OTHER_FORM, status="active"), Contact("b", OTHER_FORM, status="DNC")],
            ["active"],
            "a later read may follow our write: the first one counts",
        ),
        ([Contact("a", MEXICAN, status="DNC")], [], "it is the contact that was written, read again"),
        ([Contact("c", "+12125550123", status="active")], [], "it holds another number"),
    ],
)
def test_what_a_second_contact_was_is_kept(tmp_path: Path, reads: list[Contact], kept: list[str], why: str) -> None:
    """A row that is written to the contacts of both forms of its number keeps what each was before."""
    row = PlannedRow(2, (MEXICAN,), MEXICAN, MEXICAN, ContactChange("DNC"))
    with closing(planned(tmp_path / "j", [row])) as journal:
        look = found(1, None, attempt=None, before=Contact("a", MEXICAN, status="active"), attempts=0)
        journal.append([look, AttemptStarted(1, 1, 11.0), found(1, None)])
        journal.append([found(1, None, attempt=None, before=seen) for seen in reads])
        (sent,) = sent_rows(journal)
        assert [seen.status for seen in sent.others] == kept, why
        assert sent.before is not None and sent.before.status == "active"
