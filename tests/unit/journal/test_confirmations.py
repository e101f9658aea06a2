"""What a session would take, and when that is more than what was confirmed: tables."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from unit.harness import planned, sendable

from batch.journal.confirmations import (
    Confirmation,
    EffectCounts,
    Leave,
    add_confirmation,
    confirmed_calls,
    count_planned,
    count_sent,
    goes_past,
    read_confirmations,
)
from batch.journal.entries import AttemptStarted
from batch.journal.journal import Journal
from batch.model import ContactChange

ACTIVE, PAUSED = ContactChange("active"), ContactChange("paused")


def journal_of(folder: Path, sent: int = 0) -> Journal:
    """Two DNC, one paused and four active rows, of which the first `sent` in the order of sending had an attempt."""
    rows = [*sendable(2), *sendable(1, first=4, change=PAUSED), *sendable(4, first=5, change=ACTIVE)]
    journal = planned(folder / "journal.sqlite", rows, change=ContactChange())
    journal.append([AttemptStarted(ordinal, 1, 1.0) for ordinal in range(1, sent + 1)])
    return journal


@pytest.mark.parametrize(
    ("limit", "leave", "new", "why"),
    [
        (None, Leave(), EffectCounts(3, 0, 4), "all rows, by effect"),
        (2, Leave(), EffectCounts(2, 0, 0), "rows that stop outreach are sent first"),
        (5, Leave(), EffectCounts(3, 0, 2), "the limit cuts the rows that start it"),
        (5, Leave(reactivate=True), EffectCounts(3, 0, 2, 2), "contacts that are stopped may be called again"),
        (None, Leave(lift_dnc=True), EffectCounts(3, 0, 4, 0, 5), "DNC rows take DNC from nobody"),
    ],
)
def test_a_session_takes_the_first_rows(
    limit: int | None, leave: Leave, new: EffectCounts, why: str, tmp_path: Path
) -> None:
    """The counts are those of the first rows in the order of sending."""
    with closing(journal_of(tmp_path)) as journal:
        assert count_planned(journal, leave, limit) == (new, new), why


def test_a_row_that_was_sent_is_no_new_one(tmp_path: Path) -> None:
    """A row in doubt is taken again, and uses nothing of a confirmation."""
    with closing(journal_of(tmp_path, sent=3)) as journal:
        assert count_planned(journal, Leave(), None) == (EffectCounts(3, 0, 4), EffectCounts(0, 0, 4))
        assert count_sent(journal, Leave()) == EffectCounts(3, 0, 0)


@pytest.mark.parametrize(
    ("sent", "covers", "limit", "leave", "past", "why"),
    [
        (0, EffectCounts(3, 0, 4), None, Leave(), False, "all were confirmed"),
        (2, EffectCounts(3, 0, 4), None, Leave(), False, "a killed run goes on"),
        (2, EffectCounts(2, 0, 0), None, Leave(), True, "five more than the two"),
        (2, EffectCounts(3, 0, 0), 1, Leave(), False, "one of the three is left"),
        (2, EffectCounts(3, 0, 0), 4, Leave(), True, "the fourth row starts outreach"),
        (0, EffectCounts(3, 0, 4), None, Leave(reactivate=True), True, "a guard was opened since"),
        (0, EffectCounts(3, 0, 4), None, Leave(lift_dnc=True), True, "DNC was kept when it was confirmed"),
        (7, EffectCounts(2, 0, 0), None, Leave(), False, "nothing new is left"),
        (0, None, None, Leave(), True, "no record, and outreach would start"),
        (0, None, 3, Leave(), False, "no record, and these rows only stop outreach"),
        (0, None, 3, Leave(lift_dnc=True), True, "no record, and one of them may take DNC away"),
    ],
)
def test_what_goes_past_a_confirmation(
    sent: int, covers: EffectCounts | None, limit: int | None, leave: Leave, past: bool, why: str, tmp_path: Path
) -> None:
    """A session asks again where any count is more than what is left of the newest confirmation."""
    with closing(journal_of(tmp_path, sent)) as journal:
        if covers is not None:
            add_confirmation(journal, Confirmation("terminal", 1.0, covers, covers, EffectCounts()))
        assert goes_past(journal, leave, limit) is past, why


def test_the_newest_confirmation_counts(tmp_path: Path) -> None:
    """Each is kept; the newest says how much was confirmed in all."""
    with closing(journal_of(tmp_path)) as journal:
        for number in (1, 2):
            named = EffectCounts(number, 0, 0)
            add_confirmation(journal, Confirmation("--yes", float(number), named, named, EffectCounts(number, 0, 0)))
        kept = read_confirmations(journal)
        assert [each.at for each in kept] == [1.0, 2.0]
        assert (confirmed_calls(kept), confirmed_calls([])) == (4, None)
