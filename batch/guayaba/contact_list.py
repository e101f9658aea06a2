"""The list of a team's contacts, page after page.

Owns: one page of GET /contacts in a steady order, the page size that the server grants, the walk over all pages, and
whether it saw everybody.
Source: the API's page /contacts: newest first unless asked otherwise, so that pages shift while contacts are added; no
`totalPages`; the largest `limit` is not stated, and `pagination.limit` alone shows that one was cut down.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NamedTuple

import anyio

from batch.errors import single_error
from batch.guayaba.contact import Contact
from batch.guayaba.json_shapes import parse_contacts
from batch.guayaba.reads import Get, Reads, get_with_retries

#: Contacts asked for at once; a server that grants fewer says so.
MOST: Final = 100
#: The page size that is documented, for a server that refuses to be asked for more.
_DOCUMENTED: Final = 25
#: Pages that cannot be read, after which the walk is given up: a contact that is not found is looked up by itself.
_MOST_UNREADABLE: Final = 3


class Page(NamedTuple):
    """One page of contacts. `total` counts all that the list holds, `limit` what the server grants on a page."""

    contacts: tuple[Contact, ...]
    total: int
    limit: int

    @property
    def pages(self) -> int:
        """How many pages of this size hold everybody."""
        return math.ceil(self.total / self.limit)


class ListProgress(NamedTuple):
    """How far a walk over the list of `account` is: `read` of so many `pages`; the rest takes `seconds`, at the pace so
    far or at the quota's, whichever is slower."""

    account: str
    read: int
    pages: int
    seconds: float


def _ignore(_read: int, _pages: int) -> None:
    return None


async def read_first_page(reads: Reads, get: Get = get_with_retries) -> Page | None:
    """The first page, of the size that the server grants; `None` where the API does not list its contacts.

    Raises KeyRefused on 401 and 403, Unreachable where no answer came after several tries.
    """
    return await read_page(reads, 1, MOST, get) or await read_page(reads, 1, _DOCUMENTED, get)


async def read_page(reads: Reads, number: int, limit: int, get: Get = get_with_retries) -> Page | None:
    """Page `number` (from 1), oldest contacts first: a contact that is added meanwhile is last and shifts no page.

    Raises as `read_first_page`.
    """
    query: dict[str, str | int] = {"page": number, "limit": limit, "sortBy": "createdAt", "sortOrder": "asc"}
    exchange = await get(reads, "/contacts", query)
    listed = parse_contacts(exchange.body) if exchange.is_success else None
    if listed is None or listed.total is None:
        return None
    granted = listed.limit or max(len(listed.contacts), 1)
    return Page(listed.contacts, listed.total, min(granted, limit))


def progress_estimator(
    account: str, seconds_for: Callable[[int], float], on_progress: Callable[[ListProgress], object]
) -> Callable[[int, int], None]:
    """A function that reports to `on_progress` how far a walk over the list of `account` is that begins now.

    `seconds_for`: what so many reads take at the quota.
    """
    began = anyio.current_time()

    def paged(read: int, pages: int) -> None:
        so_far = (anyio.current_time() - began) / max(1, read)
        on_progress(ListProgress(account, read, pages, max(seconds_for(pages - read), so_far * (pages - read))))

    return paged


async def iter_pages(
    reads: Reads,
    first: Page,
    take: Callable[[Sequence[Contact]], Awaitable[None]],
    *,
    at_once: int = 1,
    get: Get = get_with_retries,
    on_page: Callable[[int, int], object] = _ignore,
) -> bool:
    """True where everybody on the list was seen. `take` gets each contact of `first` and of all pages after it, once.

    `on_page` gets after each page how many were read, of how many; at the end it gets all, whatever was read.
    `at_once` pages may be under way together. A contact that is deleted meanwhile moves others to an earlier page, past
    the walk: a list that became shorter is not called whole. Raises as `read_first_page`.
    """
    seen: set[str] = set()
    number, read, total, unreadable, shorter = 1, 0, first.total, 0, False

    async def take_page(page: Page) -> None:
        nonlocal read, total, shorter
        shorter, total = shorter or page.total < total, page.total
        news = [contact for contact in page.contacts if contact.id is None or contact.id not in seen]
        seen.update(contact.id for contact in news if contact.id is not None)
        await take(news)
        read += 1
        on_page(read, max(read, math.ceil(total / first.limit)))

    async def read_on() -> None:
        nonlocal number, unreadable
        while number * first.limit < total and unreadable < _MOST_UNREADABLE:
            number += 1
            page = await read_page(reads, number, first.limit, get)
            if page is None:
                unreadable += 1
            else:
                await take_page(page)

    try:
        await take_page(first)
        with single_error():
            async with anyio.create_task_group() as tasks:
                for _ in range(at_once):
                    tasks.start_soon(read_on)
    finally:
        on_page(max(read, first.pages), max(read, first.pages))
    return not unreadable and not shorter and len(seen) >= total
