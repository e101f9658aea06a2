"""The walk over the list of contacts, in virtual time: lists that shift, servers that grant less, pages that fail."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import anyio
import msgspec
import pytest
import trio
import trio.testing

from batch.guayaba import contact_list
from batch.guayaba.contact import Contact
from batch.guayaba.exchange import Exchange

_T = TypeVar("_T")


@dataclass
class Team:
    """A server that lists `contacts`, at most `granted` a page; `before_page` may change it as page n is asked for."""

    contacts: list[str]
    granted: int = 100
    latency: float = 0.5
    refuse_over: int | None = None
    unreadable: frozenset[int] = frozenset()
    before_page: Mapping[int, Callable[[list[str]], None]] = field(default_factory=dict)
    asked: list[Mapping[str, str | int]] = field(default_factory=list)
    base_url: str = "https://api.guayaba.ai"

    async def read(self, path: str, query: Mapping[str, str | int] | None = None) -> Exchange:
        assert path == "/contacts"
        assert query is not None
        self.asked.append(query)
        await anyio.sleep(self.latency)
        number, limit = int(query["page"]), int(query["limit"])
        if number in self.before_page:
            self.before_page[number](self.contacts)
        if self.refuse_over is not None and limit > self.refuse_over:
            return Exchange(400, b'{"error":"Validation error"}')
        if number in self.unreadable:
            return Exchange(500, b"")
        limit = min(limit, self.granted)
        shown = self.contacts[(number - 1) * limit : number * limit]
        body = {
            "contacts": [{"id": each, "phoneNumber": f"+1{each}"} for each in shown],
            "pagination": {"total": len(self.contacts), "page": number, "limit": limit},
        }
        return Exchange(200, msgspec.json.encode(body))


def people(count: int) -> list[str]:
    return [f"{number:05d}" for number in range(count)]


def walked(team: Team, at_once: int = 1) -> tuple[list[str], bool | None, float]:
    """Who was taken, in order; whether that was everybody; how long it took."""
    taken: list[str] = []

    async def take(contacts: Sequence[Contact]) -> None:
        taken.extend(contact.id or "" for contact in contacts)

    async def main() -> tuple[bool | None, float]:
        began = anyio.current_time()
        first = await contact_list.read_first_page(team)
        whole = None if first is None else await contact_list.iter_pages(team, first, take, at_once=at_once)
        return whole, anyio.current_time() - began

    return taken, *in_virtual_time(main)


def in_virtual_time(use: Callable[[], Awaitable[_T]]) -> _T:
    return trio.run(use, clock=trio.testing.MockClock(autojump_threshold=0))


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 250, 1000])
@pytest.mark.parametrize("at_once", [1, 7])
def test_everybody_is_taken_once(count: int, at_once: int) -> None:
    """However many there are and however many pages are under way, each contact is taken once, in as few pages."""
    team = Team(people(count))
    taken, whole, _ = walked(team, at_once)
    assert (sorted(taken), whole) == (people(count), True)
    assert len(team.asked) == max(1, -(-count // 100))
    assert all(query["sortBy"] == "createdAt" and query["sortOrder"] == "asc" for query in team.asked)


def test_the_page_size_that_is_granted_is_followed() -> None:
    """A server that cuts the page to 40 is walked in pages of 40: nobody is left out between two pages."""
    taken, whole, _ = walked(Team(people(130), granted=40))
    assert (taken, whole) == (people(130), True)


def test_a_server_that_refuses_large_pages_is_asked_for_the_documented_size() -> None:
    """After a 400 for pages of 100 the list is walked in pages of 25."""
    team = Team(people(60), refuse_over=25)
    taken, whole, _ = walked(team)
    assert (taken, whole, len(team.asked)) == (people(60), True, 4)


def test_a_contact_added_meanwhile_is_seen_and_none_twice() -> None:
    """Contacts that are added while the walk is under way are at its end."""
    team = Team(people(150), before_page={2: lambda contacts: contacts.extend(["new-1", "new-2"])})
    assert walked(team)[:2] == ([*people(150), "new-1", "new-2"], True)


def test_a_walk_that_a_deletion_has_shifted_does_not_call_itself_whole() -> None:
    """A contact that is deleted from the first page moves another out of the walk: it is not taken for everybody."""
    team = Team(people(250), before_page={2: lambda contacts: contacts.remove("00000")})
    taken, whole, _ = walked(team)
    assert "00100" not in taken
    assert (len(taken), len(team.contacts)) == (249, 249)  # by the count alone it would look whole
    assert whole is False


def test_pages_that_cannot_be_read_are_told_and_given_up() -> None:
    """One page that fails leaves the others; after three the walk ends, so that it does not eat up the quota."""
    taken, whole, _ = walked(Team(people(250), unreadable=frozenset({2})))
    assert (len(taken), whole) == (150, False)
    team = Team(people(2000), unreadable=frozenset(range(2, 21)))
    assert walked(team)[1] is False
    assert len(team.asked) == 4


@pytest.mark.parametrize(
    "body", [b"[]", b"<html>", b'{"contacts":[]}', b'{"contacts":[{"id":"5"}],"pagination":{"page":1}}']
)
def test_what_is_no_list_is_none(body: bytes) -> None:
    """Where the API does not list its contacts as documented, there is no first page."""

    class Other(Team):
        async def read(self, path: str, query: Mapping[str, str | int] | None = None) -> Exchange:
            await anyio.sleep(0)
            return Exchange(200, body)

    assert walked(Other([]))[:2] == ([], None)


def test_pages_under_way_together_take_less_time() -> None:
    """Seven pages at once of a server that takes half a second are walked in a seventh of the time."""
    one, seven = walked(Team(people(2900)), 1)[2], walked(Team(people(2900)), 7)[2]
    assert one == pytest.approx(14.5)
    assert seven == pytest.approx(2.5)
