"""The record: a run's accounts as the reports read them, at any moment of it."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from unit.harness import DNC, duplicate, found, plan, planned, sendable
from unit.reporter.report_row import ReportRow

from batch.codes import CODES, tip
from batch.dispatcher.actions import StopReason
from batch.errors import BatchError
from batch.journal.entries import AttemptFinished, AttemptStarted, LimitObserved
from batch.journal.journal import Journal
from batch.journal.read import JournalReader
from batch.journal.run_reader import RunReader
from batch.loader import ReadOptions, load
from batch.model import DONE, RERUN, ContactChange, Operation, Outcome, PlannedRow, Rate


def ended(ordinal: int, outcome: Outcome, code: str = "confirmed") -> AttemptFinished:
    return found(ordinal, outcome, attempt=None, code=code, message="said", in_doubt=outcome is Outcome.UNKNOWN)


def rows_of(journal: Journal, outcomes: frozenset[Outcome] | None = None) -> list[ReportRow]:
    return [ReportRow(*row) for part in JournalReader(journal).report_rows(outcomes) for row in zip(*part, strict=True)]


#: Every outcome that a sent row can end with, and a duplicate of each: ordinals 1 to 8, then 9 to 16.
WORDS = [outcome for outcome in Outcome if outcome not in (Outcome.DUPLICATE, Outcome.INVALID, Outcome.HELD)]


@pytest.fixture
def mixed(tmp_path: Path) -> Journal:
    """A run with every outcome in it, each with a duplicate, and an invalid row: `pending` is a row without a word."""
    sent = sendable(len(WORDS))
    copies = [duplicate(100 + row.number, row.number) for row in sent]
    wrong = PlannedRow(900, ("x",), None, None, None, Outcome.INVALID, "not_a_number", "no digits")
    journal = planned(tmp_path / "j", [*sent, *copies, wrong])
    journal.append([ended(at, word) for at, word in enumerate(WORDS, start=1) if word is not Outcome.PENDING])
    return journal


def test_every_row_has_one_word_in_input_order(mixed: Journal) -> None:
    """The report holds each row once, in input order, with the outcome that the journal gives it."""
    rows = rows_of(mixed)
    assert [row.number for row in rows] == [*range(2, 10), *range(102, 110), 900]
    assert [row.outcome for row in rows] == [*WORDS, *[Outcome.DUPLICATE] * 8, Outcome.INVALID]
    assert Counter(row.outcome for row in rows) == Counter(JournalReader(mixed).counts())
    facts = JournalReader(mixed).facts()
    assert sum(facts.counts.values()) == facts.rows == 17
    assert set(facts.counts) == set(Outcome)
    assert Counter(row.code for row in rows) == Counter(facts.codes)


def test_a_rerun_takes_exactly_what_did_not_succeed_and_its_duplicates(mixed: Journal) -> None:
    """report_rows(RERUN) is every row that is in RERUN and every duplicate of one, and no other row."""
    taken = {row.number for row in rows_of(mixed, RERUN)}
    unsettled = {number for number, word in enumerate(WORDS, start=2) if word in RERUN}
    assert taken == unsettled | {100 + number for number in unsettled} | {900}
    assert taken == {5, 6, 7, 8, 9, 105, 106, 107, 108, 109, 900}


def test_no_outcomes_ask_for_no_rows(mixed: Journal) -> None:
    """An empty choice is none, not all."""
    assert rows_of(mixed, frozenset()) == []


@pytest.mark.parametrize("outcome", list(Outcome))
def test_one_outcome_gives_its_rows_and_the_duplicates_of_them(mixed: Journal, outcome: Outcome) -> None:
    """A duplicate is found under the outcome of the row it was folded into."""
    numbers = {row.number for row in rows_of(mixed, frozenset({outcome}))}
    alone = {row.number for row in rows_of(mixed) if row.outcome == outcome and outcome is not Outcome.DUPLICATE}
    folded = {row.number for row in rows_of(mixed) if row.same_as in alone}
    assert numbers == alone | folded


@pytest.mark.parametrize("outcome", WORDS)
def test_a_run_is_done_when_every_rows_fate_is(tmp_path: Path, outcome: Outcome) -> None:
    """A duplicate is done when the row it was folded into is, and not before."""
    journal = planned(tmp_path / "j", [*sendable(2), duplicate(9, 3)])
    journal.append([ended(1, Outcome.SUCCEEDED)])
    if outcome is not Outcome.PENDING:
        journal.append([ended(2, outcome)])
    assert JournalReader(journal).all_done() is (outcome in DONE)
    journal.close()


def test_a_duplicate_of_nothing_is_not_done(tmp_path: Path) -> None:
    """A duplicate whose row is not there is never called done."""
    journal = planned(tmp_path / "j", [duplicate(9, 3)])
    assert not JournalReader(journal).all_done()
    assert [row.number for row in rows_of(journal)] == [9]
    journal.close()


@pytest.mark.parametrize("reason", list(StopReason))
def test_a_row_that_was_not_sent_says_what_stopped_the_run(tmp_path: Path, reason: StopReason) -> None:
    """The code and tip of a pending row are those of what stopped the run, even where it had been tried before."""
    journal = planned(tmp_path / "j", sendable(3))
    journal.begin(1.0)
    journal.append(
        [AttemptStarted(2, 1, 1.0), found(2, None, status=503, verdict="retry", code="server_error", message="busy")]
    )
    journal.append([AttemptStarted(3, 1, 1.0)])
    journal.end(3.0, stopped_for={"": reason}, exit_code=75, commands={})
    told = [(row.outcome, row.code, tip(row.code)) for row in rows_of(journal)]
    assert told == [
        (Outcome.PENDING, reason, tip(reason)),
        (Outcome.PENDING, reason, tip(reason)),
        (Outcome.UNKNOWN, "answer_lost", tip("answer_lost")),
    ]
    assert JournalReader(journal).facts().codes == {reason: 2, "answer_lost": 1}
    journal.close()


def test_a_run_that_nothing_stopped_yet_reads_as_stopped(tmp_path: Path) -> None:
    """After a kill nobody noted a reason; the rows say that the run was stopped."""
    journal = planned(tmp_path / "j", sendable(1))
    journal.begin(1.0)
    assert [(row.outcome, row.code) for row in rows_of(journal)] == [(Outcome.PENDING, "stopped")]
    journal.close()


def test_an_unknown_reason_for_stopping_is_refused(tmp_path: Path) -> None:
    """A reason that has no words is no code of a report."""
    journal = planned(tmp_path / "j", sendable(1))
    journal.end(3.0, stopped_for={"": "a whim'"}, exit_code=75, commands={})
    with pytest.raises(BatchError, match="unknown reason"):
        rows_of(journal)
    journal.close()


def test_a_row_of_a_report_that_was_in_doubt_stays_unknown_until_it_is_read_back(tmp_path: Path) -> None:
    """A rerun that was stopped before it reached such a row does not call it unsent."""
    [row] = sendable(1)
    journal = planned(tmp_path / "j", [row._replace(in_doubt=True)])
    [reported] = rows_of(journal)
    assert (reported.outcome, reported.attempts) == (Outcome.UNKNOWN, 0)
    journal.close()


# -- who asked for DNC ----------------------------------------------------------------------------------------------


def test_who_asked_for_dnc_is_counted_by_the_rows_fate(tmp_path: Path) -> None:
    """Rows that ask for DNC are counted under their outcome, a duplicate's under its leader's; others are not."""
    rows = [
        *sendable(3),
        duplicate(50, 3),
        *sendable(2, first=60, change=ContactChange("paused")),
        PlannedRow(70, ("x",), "+1", "+1", DNC, Outcome.HELD, "conflict"),
    ]
    journal = planned(tmp_path / "j", rows, change=ContactChange())
    journal.append([ended(1, Outcome.SUCCEEDED), ended(2, Outcome.NOT_FOUND, "contact_not_found")])
    journal.append([ended(5, Outcome.NOT_FOUND, "contact_not_found")])
    assert JournalReader(journal).facts().dnc_rows == {
        Outcome.SUCCEEDED: 1, Outcome.NOT_FOUND: 2, Outcome.PENDING: 1, Outcome.HELD: 1,
    }  # fmt: skip
    journal.close()


def test_where_the_run_asks_for_dnc_every_row_asked_for_it(tmp_path: Path) -> None:
    """With --status DNC a row whose phone could not be read asked for it as well."""
    wrong = PlannedRow(70, ("x",), None, None, None, Outcome.INVALID, "not_a_number")
    journal = planned(tmp_path / "j", [*sendable(1), wrong], change=DNC)
    assert JournalReader(journal).facts().dnc_rows == {Outcome.PENDING: 1, Outcome.INVALID: 1}
    journal.close()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(ContactChange("paused", variables={"status": "DNC"}), id="a variable that is called status"),
        pytest.param(ContactChange("paused", name='"status":"DNC"'), id="a name that looks like it"),
        pytest.param(ContactChange("paused", variables={"note": '"status":"DNC"'}), id="a value that looks like it"),
        pytest.param(ContactChange("DNC-later"), id="a status that begins like it"),
    ],
)
def test_what_only_looks_like_dnc_is_not_counted(tmp_path: Path, change: ContactChange) -> None:
    """Only the status that is asked counts, not a variable or a text."""
    journal = planned(tmp_path / "j", sendable(2, change=change), change=ContactChange())
    assert JournalReader(journal).facts().dnc_rows == {}
    journal.close()


def test_a_dnc_row_whose_phone_cannot_be_read_is_counted(tmp_path: Path) -> None:
    """Where a status column says DNC, the row asked for it whether or not its number could be read."""
    csv = io.BytesIO(b"phone,status\n212,DNC\n2125550123,DNC\n2125550124,paused\n")
    loaded = load("-", ReadOptions(Operation.UPDATE, region="US"), stdin=csv)
    journal = planned(tmp_path / "j", [row for rows in loaded.batches() for row in rows], change=ContactChange())
    assert JournalReader(journal).facts().dnc_rows == {Outcome.INVALID: 1, Outcome.PENDING: 1}
    journal.close()


# -- the rest -------------------------------------------------------------------------------------------------------


def test_rows_come_in_lists_of_bounded_size(tmp_path: Path) -> None:
    """A long report is read in parts: of so many rows, or of rows whose cells take so many bytes."""
    journal = planned(tmp_path / "j", sendable(20_000))
    assert [len(part.number) for part in JournalReader(journal).report_rows()] == [16_384, 3_616]
    wide = planned(tmp_path / "w", [row._replace(cells=("x" * 100_000,)) for row in sendable(320)])
    assert [len(part.number) for part in JournalReader(wide).report_rows()] == [192, 128]
    wide.close()
    journal.close()


def test_the_repair_stands_apart_from_the_message(tmp_path: Path) -> None:
    """A repaired number's row has the repair in a column of its own, and what the server said as it was."""
    [row] = sendable(1)
    journal = planned(tmp_path / "j", [row._replace(repair="0044 read as +44"), *sendable(1, first=9)])
    journal.append([ended(1, Outcome.SUCCEEDED), ended(2, Outcome.SUCCEEDED)])
    assert [(row.repair, row.message) for row in rows_of(journal)] == [("0044 read as +44", "said"), ("", "said")]
    journal.close()


def test_facts_of_a_run_without_a_plan_are_refused(tmp_path: Path) -> None:
    """A journal whose planning was cut short says that nothing was sent."""
    journal = Journal.create(tmp_path / "j")
    with pytest.raises(BatchError, match="before anything was sent"):
        JournalReader(journal).facts()
    journal.close()


def test_accounts_that_do_not_add_up_are_not_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When outcomes and rows differ, the facts are refused rather than told (law of accounting)."""
    journal = planned(tmp_path / "j", sendable(2))
    monkeypatch.setattr(Journal, "count_rows", lambda self: 3)
    with pytest.raises(BatchError, match="do not add up: 3 rows, 2 outcomes"):
        JournalReader(journal).facts()
    journal.close()


def test_a_record_is_what_the_reporter_reads(tmp_path: Path) -> None:
    """Record has the shape of model.RunReader, and its facts are the plan's."""
    journal = planned(tmp_path / "j", sendable(1), source_run="r-0", change=DNC)
    record: RunReader = JournalReader(journal)
    facts, own = record.facts(), plan()
    assert (facts.run, facts.operation, facts.base_url) == (own.run, own.operation, own.base_url)
    assert (facts.source, facts.change, facts.source_run) == (own.source, DNC, "r-0")
    assert facts.started_at == own.planned_at
    journal.close()


@pytest.mark.parametrize("words", [lambda code: CODES[code].title, tip])
def test_the_codes_of_this_stage_have_words(words: Callable[[str], str]) -> None:
    """Every code that the record itself gives a row is in the registry."""
    assert all(words(code) for code in ["answer_lost", *StopReason])


# -- when it was worked on ------------------------------------------------------------------------------------------


def test_the_times_between_two_stretches_are_not_work(tmp_path: Path) -> None:
    """Each stretch counts from its beginning to its end; one that was killed, to the last thing that it wrote down."""
    journal = planned(tmp_path / "j", sendable(3))
    journal.begin(100.0)
    journal.append([AttemptStarted(1, 1, 110.0), found(1, at=111.0, left_at=110.5)])  # and then it was killed
    journal.begin(1_000.0)
    journal.append([AttemptStarted(2, 1, 1_001.0), found(2, at=1_003.0, left_at=1_002.0)])
    journal.end(1_030.0, stopped_for={"": "stopped"}, exit_code=75, commands={})
    journal.begin(5_000.0)  # killed before it sent anything
    journal.begin(9_000.0)
    journal.append([AttemptStarted(3, 1, 9_001.0)])
    assert JournalReader(journal).facts().sessions == (
        (100.0, 111.0), (1_000.0, 1_030.0), (5_000.0, 5_000.0), (9_000.0, 9_001.0),
    )  # fmt: skip
    journal.close()


@pytest.mark.parametrize(
    ("rate", "heard", "quota", "why"),
    [
        (None, None, (None, 60.0), "nobody said a limit"),
        (None, 30, (30, 60.0), "the server's"),
        (Rate(10, 1.0), 600, (600, 60.0), "the user's rate is the server's limit"),
        (Rate(5, 1.0), 600, (5, 1.0), "the user asks for less"),
        (Rate(100, 1.0), 30, (30, 60.0), "the user cannot ask for more"),
        (Rate(5, 1.0), None, (5, 1.0), "only the user said one"),
    ],
)
def test_the_quota_is_the_lesser_of_the_servers_and_the_users(
    tmp_path: Path, rate: Rate | None, heard: int | None, quota: tuple[int | None, float], why: str
) -> None:
    """What a report holds the calls against is what was allowed, in the window in which it was."""
    journal = planned(tmp_path / "j", sendable(1), rate=rate)
    if heard is not None:
        journal.append([LimitObserved(heard)])
    facts = JournalReader(journal).facts()
    assert (facts.limit, facts.window_seconds) == quota, why
    journal.close()
