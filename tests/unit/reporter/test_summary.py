"""summary.json: public, versioned, and it adds up."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from types import NoneType

import pytest
from unit.reporter.report_row import ReportRow

from batch.dispatcher.pacing.learned_limit import LearnedLimit
from batch.errors import BatchError
from batch.journal.run_reader import RunReader
from batch.model import AccountSummary, ContactChange, Outcome
from batch.reporter import summarise, summary_lines
from batch.reporter.dnc_coverage import coverage_sentences, dnc_coverage, unprotected_lines
from batch.reporter.labels import limit_text
from batch.reporter.summary import summary_json

STARTED = 1_769_850_000.0


def test_golden_summary(mixed: RunReader, golden: Callable[[str, bytes], None]) -> None:
    """The summary of the mixed run is these bytes: a field that goes or changes is a new version."""
    golden("summary.json", summary_json(summarise(mixed.facts(), {"failures": "failures.csv"})))


#: The fields of version 1 and their kinds, for good: programs read them. A new one is added here; none goes or changes.
VERSION_1: dict[str, tuple[type, ...]] = {
    "version": (int,),
    "run": (str,),
    "operation": (str,),
    "file": (dict,),
    "file.path": (str,),
    "file.format": (str,),
    "file.sha256": (str,),
    "base_url": (str,),
    "key_fingerprint": (str,),
    "ask": (dict,),
    "ask.status": (str, NoneType),
    "ask.campaign_id": (str, NoneType),
    "state": (str,),
    "stopped_for": (str, NoneType),
    "exit_code": (int,),
    "rows": (int,),
    "left_out": (int,),
    "counts": (dict,),
    **{f"counts.{outcome.value}": (int,) for outcome in Outcome},
    "codes": (dict,),
    "done": (int,),
    "not_done": (int,),
    "not_protected": (int,),
    "not_protected_rows": (int,),
    "not_protected_numbers": (list,),
    "not_confirmed_dnc": (int,),
    "not_confirmed_dnc_rows": (int,),
    "calls": (dict,),
    "calls.writes": (int,),
    "calls.reads": (int,),
    "calls.saved": (int,),
    "limit": (int, NoneType),
    "learned_limits": (dict,),
    "window_seconds": (float,),
    "quota_used": (float, NoneType),
    "pauses": (dict,),
    "pauses.count": (int,),
    "pauses.seconds": (float,),
    "started_at": (str,),
    "ended_at": (str, NoneType),
    "seconds": (float, NoneType),
    "worked_seconds": (float, NoneType),
    "stretches": (int,),
    "parent": (str, NoneType),
    "plan": (dict, NoneType),
    "files": (dict,),
    "accounts": (dict,),
    "commands": (dict,),
}


@pytest.mark.parametrize("changes", [{}, {"limit": None}, {"ended_at": None, "exit_code": 75, "state": "open"}])
def test_fields_are_only_added(mixed: RunReader, changes: dict[str, object]) -> None:
    """What a program found in a summary of version 1 it finds in every later one, of the same kind."""
    found = json.loads(summary_json(summarise(replace(mixed.facts(), **changes))))  # type: ignore[arg-type]
    assert found["version"] == 1
    for path, kinds in VERSION_1.items():
        value = reduce(lambda part, name: part[name], path.split("."), found)
        assert type(value) in kinds, path


def test_no_field_is_unlisted(mixed: RunReader) -> None:
    """A field that is new is promised as well: it stands in the list."""
    assert set(summarise(mixed.facts())) == {path for path in VERSION_1 if "." not in path}


def test_all_outcomes_are_counted(record: Callable[..., RunReader]) -> None:
    """A reader finds all ten outcomes, also those that are nought."""
    counts = summarise(record([]).facts())["counts"]
    assert counts == {outcome.value: 0 for outcome in Outcome}


def test_what_was_learned_of_a_limit_is_in_the_summary_and_in_words(mixed: RunReader) -> None:
    """Each account has the limit that was learned for it; what was forgotten again, or cannot be read, is left out."""
    rate = LearnedLimit(30, 1, 2.04, 1_800_000_000.0)
    facts = replace(mixed.facts(), learned={"": rate.text, "north": "", "south": "{}"})
    assert summarise(facts)["learned_limits"] == {
        "": {"calls": 30, "burst": 1, "interval_seconds": 2.04, "learned_at": "2027-01-15T08:00:00.000Z"}
    }
    assert limit_text(facts) == "limit 30 a minute; learned: one write each 2 s"
    two = replace(facts, learned={"": rate.text, "north": LearnedLimit(20, 20, 0.0, 0.0).text})
    assert limit_text(two) == "limit 30 a minute; less was learned for 2 accounts"
    assert limit_text(replace(facts, learned={"": LearnedLimit(20, 20, 0.0, 0.0).text}, limit=None)) == (
        "learned: 20 writes in 60 s"
    )


def test_what_does_not_add_up_is_an_error(row: Callable[..., ReportRow], record: Callable[..., RunReader]) -> None:
    """The law of accounting: rows and outcomes that differ are never summed up in silence."""
    with pytest.raises(BatchError, match="2 were read, and the outcomes are 1"):
        summarise(record([row(2, ["a", "b"])], rows=2).facts())


def test_the_quota_used_is_of_what_the_limit_allowed(record: Callable[..., RunReader]) -> None:
    """Ten windows at the limit are 100%; without a limit or an end nothing is claimed."""
    start = record([]).facts().started_at
    assert summarise(record([], writes=300, ended_at=start + 599).facts())["quota_used"] == 1.0
    assert summarise(record([], writes=30, ended_at=start + 599).facts())["quota_used"] == 0.1
    assert summarise(record([], limit=None).facts())["quota_used"] is None
    assert summarise(record([], ended_at=None).facts())["seconds"] is None


def test_more_numbers_than_are_named_are_counted(record: Callable[..., RunReader]) -> None:
    """Of many numbers that are not protected the first are named, and the rest counted with where they stand."""
    facts = record([]).facts()
    asked = replace(
        facts,
        dnc_rows={Outcome.NOT_FOUND: 15},
        dnc_contacts={Outcome.NOT_FOUND: 12},
        unprotected=tuple((number, f"+12125550{number:03d}") for number in range(102, 114)),
    )
    said = unprotected_lines(dnc_coverage(asked), 10)
    assert said.startswith("Not protected: +1212•••0102 (row 102), ")
    assert said.endswith("(row 111), and 2 more: they are in the failures file as not_found.")
    assert unprotected_lines(None, 10) == unprotected_lines(dnc_coverage(facts), 10) == ""


def test_dnc_says_who_is_not_protected(row: Callable[..., ReportRow], record: Callable[..., RunReader]) -> None:
    """A DNC run counts and names the numbers that are not contacts, and those of which nobody knows."""
    rows = [
        row(2, ["a", "b"]),
        row(3, ["a", "b"], Outcome.NOT_FOUND, "contact_not_found"),
        row(4, ["a", "b"], Outcome.UNKNOWN, "answer_lost"),
    ]
    facts = record(rows, change=ContactChange(status="DNC")).facts()
    assert summarise(facts)["not_protected"] == 1
    said = coverage_sentences(dnc_coverage(facts))
    assert said[0].startswith("1 number is NOT protected: it is not a contact of this team")
    assert said[1] == "1 more number is not confirmed as DNC yet: do not call it."


def test_another_status_raises_no_alarm(row: Callable[..., ReportRow], record: Callable[..., RunReader]) -> None:
    """Only DNC is about protection."""
    facts = record(
        [row(3, ["a", "b"], Outcome.NOT_FOUND, "contact_not_found")], change=ContactChange(status="paused")
    ).facts()
    assert dnc_coverage(facts) is None
    assert summarise(facts)["not_protected"] == 0


@pytest.mark.parametrize(
    ("stretches", "worked", "used", "words", "why"),
    [
        ((), 200.0, 0.25, "3 min 20 s", "an old journal says only from when to when"),
        (((STARTED, STARTED + 200),), 200.0, 0.25, "3 min 20 s", "one go"),
        (((STARTED, STARTED + 20), (STARTED + 180, STARTED + 200)), 40.0, 1.0, "40 s of work over 3 min 20 s", "two"),
    ],
)
def test_a_run_that_lay_still_worked_less_than_the_clock(
    row: Callable[..., ReportRow],
    record: Callable[..., RunReader],
    stretches: tuple[tuple[float, float], ...],
    worked: float,
    used: float,
    words: str,
    why: str,
) -> None:
    """The quota is held against the time of work; both times are told."""
    facts = record([row(2, ["a", "b"])], sessions=stretches, writes=30).facts()
    found = summarise(facts)
    assert (found["seconds"], found["worked_seconds"], found["quota_used"]) == (200.0, worked, used), why
    assert words in "\n".join(summary_lines(facts, {}, colour=False))


def test_each_accounts_quota_counts(row: Callable[..., ReportRow], record: Callable[..., RunReader]) -> None:
    """Two keys may make twice the calls: the share that was used is of both."""
    accounts = {name: AccountSummary(name, {}) for name in ("north", "south")}
    facts = record([row(2, ["a", "b"])], writes=60, accounts=accounts, ended_at=STARTED + 59).facts()
    assert summarise(facts)["quota_used"] == 1.0
