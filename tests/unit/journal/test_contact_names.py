"""One contact under two names: a later run by id takes the place of an older wish by phone, and the other way round."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
from unit.harness import SUPERSEDED, found, planned

from batch.guayaba.contact import Contact
from batch.journal.entries import Entry
from batch.journal.journal import Journal
from batch.model import ContactChange, Outcome, PlannedRow

PHONE, OTHER, THIRD = "+12125550100", "+12125550101", "+12125550102"
ID, STRANGER = "550e8400-e29b-41d4-a716-446655440000", "d290f1ee-6c54-4b01-90e6-d701748f0851"
#: A wish that any newer one may replace.
OLDER = ContactChange(status="talk-to-human")
ACTIVE, PAUSED, MOVED = ContactChange(status="active"), ContactChange(status="paused"), ContactChange(campaign_id="c")


class Line(NamedTuple):
    """A row of a later run and what came of it: which names its answer showed, which a reading before it."""

    contact: str
    change: ContactChange = ACTIVE
    outcome: Outcome = Outcome.SUCCEEDED
    answered: str | None = None
    read: Contact | None = None
    phone: str | None = None


def seen(contact_id: str, phone: str) -> Contact:
    return Contact(id=contact_id, phone_number=phone)


def journal_of(path: Path, rows: Sequence[Line], at: float) -> None:
    path.parent.mkdir()
    planned_rows = [PlannedRow(2 + at, ("x",), row.contact, row.phone, row.change) for at, row in enumerate(rows)]
    with closing(planned(path, planned_rows)) as journal:
        entries: list[Entry] = []
        for ordinal, row in enumerate(rows, 1):
            if row.read is not None:
                looked = found(ordinal, None, attempt=None, before=row.read, at=at, verdict="otherwise", attempts=0)
                entries.append(looked)
            entries.append(found(ordinal, row.outcome, contact_id=row.answered, at=at + 1))
        journal.append(entries)


CASES = [
    # the older wish, what later runs said, whether it is superseded, why
    (PHONE, OLDER, [[Line(ID, read=seen(ID, PHONE))]], True, "by id, read before: its number was this one"),
    (PHONE, OLDER, [[Line(ID, read=seen(ID.upper(), PHONE))]], True, "an id in capitals is the same id"),
    (ID, OLDER, [[Line(PHONE, answered=ID.upper())]], True, "by phone, and its answer named this id"),
    (ID, OLDER, [[Line(PHONE, read=seen(ID, PHONE))]], True, "by phone, read before: its id was this one"),
    (ID, OLDER, [[Line(PHONE, PAUSED, answered=ID)], [Line(PHONE, MOVED)]], True, "another later run named the id"),
    (PHONE, OLDER, [[Line(PHONE, outcome=Outcome.FAILED, answered=ID)], [Line(ID)]], True,
     "a failure that was read back says who it is, too"),
    (PHONE, OLDER, [[Line(ID)]], False, "nobody ever showed the number of this id"),
    (PHONE, OLDER, [[Line(ID, phone=PHONE)]], False, "a number that the file wrote beside an id proves nothing"),
    (PHONE, OLDER, [[Line(ID, read=seen(ID, OTHER))]], False, "it was the id of another number"),
    (ID, OLDER, [[Line(PHONE, answered=STRANGER)]], False, "the answer named another id"),
    (PHONE, OLDER, [[Line(ID, MOVED, read=seen(ID, PHONE))]], False, "a later move leaves an older wish as it is"),
    (ID, ContactChange("talk-to-human", "c"), [[Line(PHONE, answered=ID)]], False,
     "it said something about one of two fields"),
    (ID, ContactChange("talk-to-human", "c"), [[Line(PHONE, ContactChange("active", "d"), answered=ID)]], True,
    "it said something about both"),
    (PHONE, OLDER, [[Line(ID, outcome=Outcome.FAILED, read=seen(ID, PHONE))]], False, "it did not succeed"),
    (PHONE, OLDER, [[Line(ID, read=seen(ID, PHONE), outcome=Outcome.UNCHANGED)]], True, "it was so already, later"),
    (PHONE, OLDER, [[Line(ID, read=seen(ID, PHONE))], [Line(STRANGER, MOVED, read=seen(STRANGER, PHONE))]], False,
     "the number was another contact's when it was last seen"),
    (PHONE, OLDER, [[Line(ID, read=seen(ID, PHONE))], [Line(ID, MOVED, read=seen(ID, OTHER))]], False,
     "the contact had another number when it was last seen"),
    (PHONE, OLDER, [[Line(ID, read=seen(ID, PHONE))], [Line(ID, ContactChange(phone_number=OTHER))]], False,
     "a later run gave the contact another number"),
    (OTHER, OLDER, [[Line(ID, ContactChange("active", phone_number=OTHER), read=seen(ID, PHONE))]], False,
     "the row that gave it the number did not know that number's wish"),
    (OTHER, OLDER, [[Line(ID, ContactChange(phone_number=OTHER))], [Line(ID, ACTIVE)]], True,
     "a later one wrote the contact that has the number now"),
    ("+525512340101", ContactChange("active"), [[Line("+5215512340101", PAUSED)]], True,
     "a later run stopped the same number in its form of before 2019"),
    ("+541123450101", ContactChange(campaign_id="c"), [[Line("+5491123450101", ContactChange(campaign_id="d"))]], True,
     "or gave it another campaign, with Argentina's 9"),
    ("+525512340101", PAUSED, [[Line("+5215512340101", PAUSED)]], False,
     "a stop is sent: that the other form was stopped says nothing of this one"),
    ("+525512340101", ContactChange("active"), [[Line("+5215512340102", PAUSED)]], False, "another number's old form"),
    ("+525512340101", ContactChange("active"), [[Line(ID, PAUSED, read=seen(ID, "+5215512340101"))]], False,
     "an id is known by one number"),
]  # fmt: skip


@pytest.mark.parametrize(("contact", "wish", "later", "superseded", "why"), CASES, ids=[case[-1] for case in CASES])
def test_a_later_word_under_another_name_counts_where_the_api_showed_both(
    contact: str, wish: ContactChange, later: Sequence[Sequence[Line]], superseded: bool, why: str, tmp_path: Path
) -> None:
    """An older wish gives way to a later success for its contact under its other name, field by field, and only where
    an answer of the API, the newest about either name, showed both names together."""
    paths = {}
    for place, rows in enumerate(later):
        path = tmp_path / f"later-{place}" / "journal.sqlite"
        journal_of(path, rows, 100.0 + 10 * place)
        paths[path] = [("", "")]
    with closing(planned(tmp_path / "old.sqlite", [PlannedRow(2, ("x",), contact, None, wish)])) as old:
        assert (old.supersede(paths, 500.0, end=SUPERSEDED) == 1) is superseded, why
        assert old.is_settled() is superseded


def test_the_report_of_old_may_say_who_it_is(tmp_path: Path) -> None:
    """A later fulfilment by phone names no id; that the failed row's own run had read the contact is enough."""
    mother = tmp_path / "mother" / "journal.sqlite"
    journal_of(mother, [Line(ID, OLDER, Outcome.FAILED, read=seen(ID, PHONE))], 50.0)
    later = tmp_path / "later" / "journal.sqlite"
    journal_of(later, [Line(PHONE)], 100.0)
    row = PlannedRow(2, ("x",), ID, None, OLDER)
    known: Callable[[Journal], int] = lambda journal: journal.supersede(  # noqa: E731
        {later: [("", "")]}, 500.0, {mother: [("", "")]}, end=SUPERSEDED
    )
    with (
        closing(planned(tmp_path / "a.sqlite", [row])) as with_it,
        closing(planned(tmp_path / "b.sqlite", [row])) as bare,
    ):
        assert known(with_it) == 1
        assert bare.supersede({later: [("", "")]}, 500.0, end=SUPERSEDED) == 0


def test_names_are_of_one_account(tmp_path: Path) -> None:
    """What one team's API showed says nothing about the contacts of another's."""
    later = tmp_path / "later" / "journal.sqlite"
    journal_of(later, [Line(ID, read=seen(ID, PHONE))], 100.0)
    row = PlannedRow(2, ("x",), PHONE, None, OLDER, account="north")
    with closing(planned(tmp_path / "old.sqlite", [row], accounts={"north": "k:1", "south": "k:2"})) as old:
        assert old.supersede({later: [("south", "")]}, 500.0, end=SUPERSEDED) == 0
        bare = tmp_path / "bare" / "journal.sqlite"
        journal_of(bare, [Line(ID)], 110.0)
        assert old.supersede({later: [("south", "")], bare: [("north", "")]}, 500.0, end=SUPERSEDED) == 0
        assert old.supersede({later: [("north", "")]}, 500.0, end=SUPERSEDED) == 1
