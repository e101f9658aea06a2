"""What a team's list may decide about the rows of a run, and what it may not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from time import time
from types import SimpleNamespace
from typing import Any, cast

import anyio
import msgspec
import pytest
from unit.harness import planned, sendable

from batch.dispatcher.api_session import ApiSession
from batch.dispatcher.guards import GuardPolicy, check_before_write
from batch.guayaba.contact import Contact
from batch.guayaba.exchange import Exchange, ReadResult
from batch.guayaba.search import ContactSearch
from batch.journal.entries import AttemptStarted
from batch.journal.journal import Journal
from batch.model import ContactChange, Operation, PlannedRow
from batch.runs.snapshot import SnapshotStats, settle_unchanged, take_snapshot

DNC = ContactChange(status="DNC")
CAREFUL = GuardPolicy(frozenset({"DNC"}), skip_unchanged=True)


def contact(place: int, status: str = "DNC", **more: Any) -> dict[str, Any]:
    return {"id": f"c{place}", "phoneNumber": f"+1212555{place:04d}", "status": status, **more}


class List:
    """A reader over a list of contacts, `limit` on a page; `finds` says whether its search works."""

    base_url = "https://api.guayaba.ai"

    def __init__(self, contacts: Sequence[dict[str, Any]], *, limit: int = 100, finds: bool = True) -> None:
        self.contacts, self.limit, self.finds = list(contacts), limit, finds
        self.made = 0
        self.asked: list[Mapping[str, str | int]] = []

    async def read(self, path: str, query: Mapping[str, str | int] | None = None) -> Exchange:
        await anyio.lowlevel.checkpoint()
        assert query is not None
        self.made += 1
        self.asked.append(query)
        found, page, limit = self.contacts, int(query.get("page", 1)), min(int(query["limit"]), self.limit)
        if "search" in query:
            found = [each for each in found if self.finds and each["phoneNumber"] == query["search"]]
        shown = found[(page - 1) * limit : page * limit]
        told = {"contacts": shown, "pagination": {"total": len(found), "page": page, "limit": limit}}
        return Exchange(200, msgspec.json.encode(told))

    def seconds_for(self, reads: int) -> float:
        return reads * 0.6

    @property
    def pages(self) -> int:
        return sum("search" not in query for query in self.asked)


def sessions(reader: List) -> Mapping[str, ApiSession]:
    return {"": cast(ApiSession, SimpleNamespace(reader=reader))}


def outcomes(journal: Journal) -> dict[int, str | None]:
    return dict(journal.db.execute("SELECT number, outcome FROM rows"))


def taken(journal: Journal, reader: List) -> SnapshotStats:
    return anyio.run(lambda: take_snapshot(journal, sessions(reader), skips=True))[""]


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """Rows 2 to 9 ask for DNC."""
    return planned(tmp_path / "j", sendable(8))


def test_a_list_notes_everybody_and_settles_nobody_by_itself(journal: Journal) -> None:
    """Who is as asked is counted for the plan; before the run is confirmed no row has an outcome."""
    reader = List([contact(2), contact(3, "active"), contact(4), contact(99)])
    assert taken(journal, reader) == SnapshotStats(same=2, unlisted=5)
    assert set(outcomes(journal).values()) == {None}
    assert {row.ordinal: row.seen and row.seen.status for row in journal.todo(0, 9)} == {
        1: "DNC", 2: "active", 3: "DNC", 4: None, 5: None, 6: None, 7: None, 8: None,
    }  # fmt: skip
    anyio.run(settle_unchanged, journal, sessions(reader))
    assert {number for number, outcome in outcomes(journal).items() if outcome == "unchanged"} == {2, 4}
    assert reader.made == 1, "what was read a moment ago is fresh"


def test_a_list_of_more_pages_than_rows_is_not_walked(journal: Journal) -> None:
    """Eight rows are eight look-ups: fewer than the nine pages of a server that grants ten contacts each."""
    reader = List([contact(place) for place in range(2, 90)], limit=10)
    assert taken(journal, reader) == SnapshotStats(looked_up=8)
    assert reader.made == 1
    assert taken(journal, List(reader.contacts[:75], limit=10)).same == 8


def test_old_evidence_settles_nobody(journal: Journal) -> None:
    """What was read more than a few seconds ago is read again; a contact activated since is left to be written."""
    reader = List([contact(place) for place in range(2, 10)])
    taken(journal, reader)
    journal.db.execute("UPDATE before SET at = at - 20")
    journal.db.commit()
    reader.contacts[0]["status"] = "active"
    anyio.run(settle_unchanged, journal, sessions(reader))
    found = outcomes(journal)
    assert found.pop(2) is None
    assert set(found.values()) == {"unchanged"}
    assert reader.pages == 2
    assert journal.todo(0, 1)[0].seen == Contact("c2", "+12125550002", status="active")


def test_old_evidence_that_cannot_be_renewed_settles_nobody(journal: Journal) -> None:
    """A list that has become longer than looking the rows up is not walked again, and they keep no outcome."""
    reader = List([contact(place) for place in range(2, 10)])
    taken(journal, reader)
    journal.db.execute("UPDATE before SET at = at - 20")
    journal.db.commit()
    reader.limit = 1
    anyio.run(settle_unchanged, journal, sessions(reader))
    assert set(outcomes(journal).values()) == {None}


@pytest.mark.parametrize("limit", [20, 100], ids=["two pages", "one page"])
def test_two_contacts_of_one_number_are_no_evidence(journal: Journal, limit: int) -> None:
    """Whoever is on the list twice, under two ids, is neither counted as asked nor settled, on whichever pages."""
    twin = {**contact(2), "id": "twin"}
    reader = List([contact(2, "active"), *(contact(place) for place in range(20, 40)), twin], limit=limit)
    assert taken(journal, reader).same == 0
    anyio.run(settle_unchanged, journal, sessions(reader))
    assert outcomes(journal)[2] is None
    assert journal.todo(0, 1)[0].seen is None


def test_a_twin_that_appears_before_the_list_is_read_again_leaves_a_doubt(journal: Journal) -> None:
    """A second contact of the number, on the page that would settle the row, leaves it to be looked at by itself."""
    reader = List([contact(place) for place in range(2, 10)])
    taken(journal, reader)
    journal.db.execute("UPDATE before SET at = at - 20")
    journal.db.commit()
    reader.contacts.insert(0, {**contact(2, "active"), "id": "twin"})
    anyio.run(settle_unchanged, journal, sessions(reader))
    assert {number for number, outcome in outcomes(journal).items() if outcome is None} == {2}


def test_a_contact_that_is_met_twice_is_one(journal: Journal) -> None:
    """A page that shifts shows a contact again: the same id is no second contact."""
    reader = List([contact(2), *(contact(place) for place in range(20, 40)), contact(2)], limit=20)
    assert taken(journal, reader).same == 1


def test_rows_of_one_contact_are_not_judged_by_what_it_was_before_the_first(tmp_path: Path) -> None:
    """A contact that is DNC, to be activated and then to be DNC again, is not left active."""
    first = sendable(1, change=ContactChange(status="active"))
    again = [PlannedRow(3, ("x",), first[0].contact, first[0].phone, DNC)]
    journal = planned(tmp_path / "j", [*first, *again])
    reader = List([contact(2)])
    assert taken(journal, reader).same == 0
    anyio.run(settle_unchanged, journal, sessions(reader))
    assert set(outcomes(journal).values()) == {None}


@pytest.mark.parametrize("sent", ["sent", "doubt"])
def test_a_row_that_was_sent_is_not_settled_by_what_was_read_before(journal: Journal, sent: str) -> None:
    """An attempt that left, answered or not, is settled by its own answer."""
    taken(journal, List([contact(2)]))
    if sent == "sent":
        journal.append([AttemptStarted(1, 1, time())])
    else:
        journal.db.execute("UPDATE rows SET in_doubt = 1 WHERE ordinal = 1")
        journal.db.commit()
    anyio.run(settle_unchanged, journal, sessions(List([contact(2)])))
    assert outcomes(journal)[2] is None


def test_contacts_are_known_by_id_in_any_case(tmp_path: Path) -> None:
    """Rows of update-by-id are found by the id, whatever case the list writes it in."""
    uuid = "550e8400-e29b-41d4-a716-446655440000"
    row = PlannedRow(2, ("x",), uuid, None, ContactChange(name="Ann"))
    journal = planned(tmp_path / "j", [row], operation=Operation.UPDATE_BY_ID)
    assert taken(journal, List([contact(2, name="Ann", id=uuid.upper())])) == SnapshotStats(same=1)


# -- not to be found ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reader", "sight", "why"),
    [
        (List([contact(5)]), ReadResult.ABSENT, "the search finds somebody else, who is there"),
        (List([]), ReadResult.ABSENT, "the team has nobody at all"),
        (List([contact(5)], finds=False), ReadResult.UNREADABLE, "a search that finds nobody who is there"),
        (List([contact(2)], finds=False), ReadResult.UNREADABLE, "the very contact is there, and is not found"),
        (List([contact(5, phoneNumber="12125550005")]), ReadResult.UNREADABLE, "it is found by a number without its +"),
    ],
)
def test_a_search_that_finds_nobody_proves_nothing(reader: List, sight: ReadResult, why: str) -> None:
    """Whoever is not found is nobody's contact only where the search is known to find who is there."""
    search = ContactSearch(reader, reader)

    async def look() -> ReadResult:
        return check_before_write(*await search.find("+12125550002"), DNC, CAREFUL).result

    assert anyio.run(look) is sight, why


def test_the_search_is_tried_once() -> None:
    """Once it has found somebody, a search needs no further proof."""
    reader = List([contact(5)])
    search = ContactSearch(reader, reader)

    async def look() -> None:
        for place in (2, 3, 4):
            await search.find(f"+1212555{place:04d}")

    anyio.run(look)
    assert reader.made == 3 + 2
