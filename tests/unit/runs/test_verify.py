"""Reading back in virtual time: outages, a search that finds nobody, a list that shifts under the walk."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import msgspec
import pytest
import trio
import trio.testing
from unit.harness import DNC, KEY, plan, sendable, write_plan

from batch.cli import verify_wording as proof_words
from batch.errors import Exit, Unreachable
from batch.guayaba.contact_list import ListProgress
from batch.guayaba.exchange import Exchange, Failure
from batch.journal.journal import Journal
from batch.journal.verified_rows import VerifyStatus
from batch.model import Operation, PlannedRow
from batch.runs.folder import run_folder
from batch.runs.verify import verify
from batch.runs.verify.result import VerifyResult, next_commands
from batch.runs.verify.verify import VerifyObserver
from batch.settings.settings import Settings

GONE = Exchange(failure=Failure.NEVER_LEFT, detail="refused")
AWAY = Exchange(503, b'{"error":"Service unavailable"}')


@dataclass
class Api:
    """A team's contacts, on pages of two and by search; `made` counts what reached it.

    `away`: after so many answers, until a moment of virtual time, it answers otherwise. `finds`: its search finds who
    is there. `before_page`: what changes the contacts as a page is asked for the n-th time, by (page, n).
    """

    contacts: list[dict[str, Any]]
    away: Sequence[tuple[int, float, Exchange]] = ()
    finds: bool = True
    before_page: Mapping[tuple[int, int], Callable[[list[dict[str, Any]]], None]] = field(default_factory=dict)
    made: int = 0
    asked: list[Mapping[str, str | int]] = field(default_factory=list)
    base_url: str = "https://api.guayaba.ai"

    @property
    def reader(self) -> Api:
        return self

    def seconds_for(self, reads: int) -> float:
        return reads * 0.6

    async def read(self, path: str, query: Mapping[str, str | int] | None = None) -> Exchange:
        assert (path, query is not None) == ("/contacts", True)
        query = query or {}
        await anyio.sleep(0.5)
        for answers, until, answer in self.away:
            if len(self.asked) == answers and anyio.current_time() < until:
                self.made += answer.failure is not Failure.NEVER_LEFT
                return answer
        self.made += 1
        self.asked.append(query)
        if "search" in query:
            phone = str(query["search"])
            return self._page([one for one in self.contacts if self.finds and phone in one["phoneNumber"]], 100)
        number, limit = int(query["page"]), min(int(query["limit"]), 2)
        change = self.before_page.get((number, sum(each.get("page") == number for each in self.asked)))
        if change is not None:
            change(self.contacts)
        return self._page(self.contacts[(number - 1) * limit : number * limit], limit, len(self.contacts))

    def _page(self, shown: Sequence[Mapping[str, Any]], limit: int, total: int | None = None) -> Exchange:
        pagination = {"total": len(shown) if total is None else total, "page": 1, "limit": limit}
        return Exchange(200, msgspec.json.encode({"contacts": shown, "pagination": pagination}))


def contact(place: int, status: str = "DNC") -> dict[str, Any]:
    return {"id": uuid(place), "phoneNumber": f"+1212555{place:04d}", "status": status}


def uuid(place: int) -> str:
    return f"550e8400-e29b-41d4-a716-44665544{place:04d}"


def by_id(count: int) -> list[PlannedRow]:
    return [PlannedRow(number, (uuid(number),), uuid(number), None, DNC) for number in range(2, 2 + count)]


@dataclass
class Desk:
    """A folder of runs, and what was said while one of them was read back."""

    out: Path
    patch: pytest.MonkeyPatch
    said: list[str] = field(default_factory=list)
    listed: list[ListProgress] = field(default_factory=list)

    def ran(self, rows: Sequence[PlannedRow], **changes: Any) -> Path:
        folder = self.out / "run"
        folder.mkdir(parents=True)
        journal = Journal.create(folder / run_folder.JOURNAL)
        write_plan(journal, plan(run="run", **changes), [rows])
        journal.close()
        return folder

    def proved(self, api: Api, **settings: Any) -> tuple[VerifyResult, float]:
        """The proof of the run, and the seconds of virtual time that it took."""

        @asynccontextmanager
        async def access(*_: object) -> AsyncIterator[dict[str, Api]]:
            yield {"": api}

        async def main() -> tuple[VerifyResult, float]:
            given = Settings(key=KEY, out=self.out, state=self.out / "state", **settings)
            observer = VerifyObserver(self.said.append, self.listed.append)
            proof = await verify.verify_async(Path("run"), given.verification, observer)
            return proof, anyio.current_time()

        self.patch.setattr(verify, "open_sessions", access)
        self.patch.setattr(verify, "max_in_flight", lambda *_: 1)
        return trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path / "reports", monkeypatch)


def standings(proof: VerifyResult) -> dict[str, int]:
    return {standing.value: count for standing, count in proof.counts.items() if count}


# -- outages ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [GONE, AWAY], ids=["nothing leaves", "503"])
def test_an_outage_is_waited_out(answer: Exchange, desk: Desk) -> None:
    """An API that goes away in the middle is awaited, which is said once, and then every contact is read: no row is
    called unread because of it."""
    desk.ran(sendable(6))
    proof, took = desk.proved(Api([contact(place) for place in range(2, 8)], away=[(1, 900.0, answer)]))
    assert [(far.read, far.pages) for far in desk.listed] == [(1, 3), (2, 3), (3, 3), (3, 3)]
    assert (standings(proof), proof.exit_code) == ({"as_asked": 6}, Exit.OK)
    assert 900.0 < took < 960.0
    assert [what for what in desk.said if "cannot be reached" in what] == desk.said[-1:]
    assert "trying again until" in desk.said[-1]


@pytest.mark.parametrize("answer", [GONE, AWAY], ids=["nothing leaves", "503"])
def test_patience_ends_and_the_same_command_goes_on(answer: Exchange, desk: Desk) -> None:
    """Nothing was answered for --give-up-after: exit 75, the words say why and how many are left, there is no file, and
    what was read is not read again."""
    folder = desk.ran(sendable(6))
    team = [contact(place) for place in range(2, 8)]
    proof, took = desk.proved(Api(team, away=[(1, 5000.0, answer)]), give_up_after=300.0)
    assert (proof.exit_code, proof.stopped_for, standings(proof)) == (
        Exit.STOPPED, "outage", {"as_asked": 2, "not_read": 4},
    )  # fmt: skip
    assert 300.0 < took < 345.0
    told = proof_words.headline(proof)
    assert told.startswith("Not finished: 4 of 6 rows were not read; https://api.guayaba.ai ")
    assert "Nothing was sent" not in told
    assert next_commands(proof)["verify"].startswith("guayaba-batch verify ")
    assert list(folder.glob("verify-*")) == []
    again = Api(team)
    proof, _ = desk.proved(again)
    assert (proof.exit_code, standings(proof)) == (Exit.OK, {"as_asked": 6})
    assert len(again.asked) == 3


def test_patience_begins_anew_with_each_answer(desk: Desk) -> None:
    """Two outages, each shorter than --give-up-after, end nothing, and each is said."""
    desk.ran(sendable(6))
    away = [(1, 250.0, GONE), (2, 500.0, AWAY)]
    proof, took = desk.proved(Api([contact(place) for place in range(2, 8)], away=away), give_up_after=300.0)
    assert (proof.exit_code, took > 500.0) == (Exit.OK, True)
    assert sum("cannot be reached" in what for what in desk.said) == 2


def test_an_api_that_never_answered_is_not_waited_for(desk: Desk) -> None:
    """Where nothing was ever answered, an address is wrong more often than a server away: half a minute, then 75."""
    desk.ran(sendable(3))
    with pytest.raises(Unreachable) as caught:
        desk.proved(Api([contact(2)], away=[(0, 5000.0, GONE)]))
    assert caught.value.exit_code is Exit.STOPPED
    assert "could not be reached" in caught.value.message


# -- nobody ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("team", "finds", "found", "why"),
    [
        ([contact(3)], True, {"not_found": 1}, "the search finds somebody else, who is there"),
        ([], True, {"not_found": 1}, "the team has nobody at all"),
        ([contact(3)], False, {"not_read": 1}, "the search finds nobody who is there"),
        ([contact(3), contact(2)], False, {"as_asked": 1}, "not found, but the list shows it, as asked"),
        ([contact(3), contact(2, "active")], False, {"not_as_asked": 1}, "not found, but the list shows it, otherwise"),
    ],
)
def test_nobody_is_missing_where_the_search_finds_nobody(
    team: list[dict[str, Any]], finds: bool, found: dict[str, int], why: str, desk: Desk
) -> None:
    """A number that is not found is called no contact only where the search is known to find people; else its contact
    was not read, unless the list shows it."""
    desk.ran(sendable(1))
    proof, _ = desk.proved(Api(team, finds=finds))
    assert standings(proof) == found, why


def test_who_could_not_be_searched_for_is_to_be_run_again(desk: Desk) -> None:
    """The file says `unknown`, `not_read_back` and why of such a row: nobody reads there that it is no contact."""
    desk.ran(sendable(1))
    proof, _ = desk.proved(Api([contact(3)], finds=False))
    (line,) = proof.files["rows"].read_text(encoding="utf-8-sig").splitlines()[1:]
    assert ",unknown,not_read_back," in line
    assert "it is not known if the search of the API works" in line


# -- the list, shifting ----------------------------------------------------------------------------------------------


def gone(place: int) -> Callable[[list[dict[str, Any]]], None]:
    """Contact `place` is deleted: all behind it move up, one of them to a page that was read."""
    return lambda contacts: contacts.remove(contact(place))


def grown(contacts: list[dict[str, Any]]) -> None:
    contacts.append(contact(90))


@pytest.mark.parametrize(
    ("before_page", "found", "why"),
    [
        ({}, {"as_asked": 5, "not_found": 1}, "a steady list shows who is not on it"),
        ({(2, 2): gone(10)}, {"as_asked": 5, "not_read": 1}, "one was deleted during the second walk"),
        ({(2, 1): gone(10)}, {"as_asked": 5, "not_found": 1}, "during the first: the second saw all who are left"),
        ({(3, 2): grown}, {"as_asked": 5, "not_found": 1}, "one was added during the second walk, at its end"),
    ],
)
def test_a_contact_not_on_the_list_is_missing_only_if_the_list_was_complete(
    before_page: Mapping[tuple[int, int], Callable[[list[dict[str, Any]]], None]],
    found: dict[str, int],
    why: str,
    desk: Desk,
) -> None:
    """Contacts known by their ids alone: where the list became shorter under the walk, somebody may have moved past it,
    so that nobody is called missing."""
    desk.ran(by_id(6), operation=Operation.UPDATE_BY_ID)
    team = [contact(10), *(contact(place) for place in range(2, 7))]
    proof, _ = desk.proved(Api(team, before_page=before_page))
    assert standings(proof) == found, why
    assert proof.exit_code is Exit.SOME_ROWS


def test_a_contact_that_moved_past_the_first_walk_is_seen_by_the_second(desk: Desk) -> None:
    """A deletion moves a contact from the next page to the one before, past the walk: the second finds it."""
    desk.ran(by_id(4), operation=Operation.UPDATE_BY_ID)
    team = [contact(10), *(contact(place) for place in range(2, 6))]
    api = Api(team, before_page={(2, 1): gone(10)})
    proof, _ = desk.proved(api)
    assert standings(proof) == {"as_asked": 4}
    assert sum(query["page"] == 1 for query in api.asked) == 2


def test_the_second_walk_says_so_where_it_was_not_whole(desk: Desk) -> None:
    """The row's words name the cause: the list could not be read completely. Asked again, it is."""
    desk.ran(by_id(6), operation=Operation.UPDATE_BY_ID)
    team = [contact(10), *(contact(place) for place in range(2, 7))]
    proof, _ = desk.proved(Api(list(team), before_page={(2, 2): gone(10)}))
    (line,) = proof.files["rows"].read_text(encoding="utf-8-sig").splitlines()[1:]
    assert ",unknown,not_read_back," in line
    assert "could not be read completely" in line
    proof, _ = desk.proved(Api(list(team)))
    assert proof.counts[VerifyStatus.NOT_FOUND] == 1
