"""What the API knows already: statuses, campaigns, and a contact as it is now.

Owns: the read calls, and how long to try them before a run.
Source: the API's pages /contacts/statuses (a bare array), /campaigns (`data`, `totalPages`) and /contacts
(search by phone may match partially; the largest `limit` is not stated).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import anyio

from batch.errors import KeyRefused, Unreachable
from batch.guayaba.campaigns import Campaign, Campaigns, parse_campaign, parse_campaigns
from batch.guayaba.contact import Contact, is_comparable, matches
from batch.guayaba.exchange import ContactRead, Exchange, Failure, ReadResult
from batch.guayaba.json_shapes import find_rows, parse_contacts, parse_flag
from batch.guayaba.statuses import DEFAULT_STATUSES, Statuses, is_stopped, parse_status
from batch.model import ContactChange
from batch.text.language import tr


class Reads(Protocol):
    """Whatever can read: a `Reader`, which waits for its quota, or a `Client`, whose caller has a token already."""

    @property
    def base_url(self) -> str: ...

    async def read(self, path: str, query: Mapping[str, str | int] | None = None) -> Exchange: ...


#: How one GET is made, and how long it is tried: once, as `insist` does, or as a caller with more patience wants it.
Get = Callable[[Reads, str, Mapping[str, str | int]], Awaitable[Exchange]]


@dataclass(frozen=True, slots=True)
class Team:
    """What a run knows of the team before its first write."""

    statuses: Statuses = field(default_factory=lambda: Statuses(DEFAULT_STATUSES, known=False))
    campaigns: Campaigns = field(default_factory=Campaigns)
    #: Seconds by which this machine's clock is ahead of the API's, where the API says.
    clock_ahead: float | None = None


#: Seconds between the tries of one call: a host that is starting gets half a minute, a typing mistake no more.
_PATIENCE = (1.0, 2.0, 4.0, 8.0, 8.0)
_LONGEST_WAIT_S = 60.0
#: The longest that all tries of one call may take, pauses that the server asks for among them.
_LONGEST_CALL_S = 330.0
#: Campaigns asked for at once; where that is refused, the documented ten.
_CAMPAIGNS_AT_ONCE = (100, 10)
#: Of campaigns: no team has more.
_MOST_PAGES = 1000
#: Contacts asked for in a search: the documented page. More than one have one number only where it is part of others.
_SEARCHED = 25


async def read_team(reads: Reads, *, campaigns_asked: bool) -> Team:
    """The team's statuses and, where any row asks for a campaign, its campaigns. The first call of a run: it shows that
    the host answers and the key works.

    A server that answers but does not show the list (404, 5xx, another shape) yields the documented default statuses,
    not `known`. Raises KeyRefused on 401 and 403, Unreachable where no answer came after several tries.
    """
    exchange = await get_with_retries(reads, "/contacts/statuses")
    campaigns = await read_campaigns(reads) if campaigns_asked else Campaigns()
    return Team(parse_statuses(exchange), campaigns, exchange.clock_ahead)


def parse_statuses(exchange: Exchange) -> Statuses:
    """The statuses that the answer lists, or the documented ones, not `known`."""
    listed = find_rows(exchange.body, "statuses") if exchange.is_success else None
    stops = dict(map(_parse_status_row, listed.rows)) if listed is not None else {}
    if not stops or "" in stops:
        return Statuses(DEFAULT_STATUSES, known=False)
    return Statuses(stops, known=True)


def _parse_status_row(row: object) -> tuple[str, bool]:
    """The name of a listed status, empty where there is none, and whether it stops outreach."""
    shown = row if isinstance(row, dict) else {"name": row}
    name = shown.get("name")
    if not isinstance(name, str):
        return "", True
    return name, parse_status(name, parse_flag(shown.get("isTerminal", shown.get("is_terminal"))))


async def read_campaigns(reads: Reads) -> Campaigns:
    """The team's campaigns, from all pages; not `known` where the API does not show them all. Raises as `read_team`."""
    for at_once in _CAMPAIGNS_AT_ONCE:
        if (found := await _campaigns(reads, at_once)) is not None:
            return parse_campaigns(found.values())
    return Campaigns()


async def _campaigns(reads: Reads, at_once: int) -> Mapping[str, Campaign] | None:
    """The campaigns by id, asked for `at_once` a page; `None` where a page cannot be read. Where no page says how many
    there are, the last one is that which shows nothing new."""
    found: dict[str, Campaign] = {}
    for number in range(1, _MOST_PAGES + 1):
        exchange = await get_with_retries(reads, "/campaigns", {"page": number, "limit": at_once})
        page = find_rows(exchange.body, "campaigns") if exchange.is_success else None
        listed = [] if page is None else list(map(parse_campaign, page.rows))
        if page is None or None in listed:
            return None
        before = len(found)
        found |= {campaign.id: campaign for campaign in listed if campaign is not None}
        if len(found) == before or number == page.pages or (page.pages is None and len(found) == page.total):
            return found
    return None


async def get_with_retries(reads: Reads, path: str, query: Mapping[str, str | int] | None = None) -> Exchange:
    """An answer to one GET that is neither a 429 nor a 503, after several tries; a 503 where all of them were. A 403
    that names a limit (Retry-After, nothing remaining) is a 429.

    Raises KeyRefused on 401 and 403, Unreachable where no answer came, or nothing but 429, for some minutes.
    """
    exchange = Exchange(429)
    with anyio.move_on_after(_LONGEST_CALL_S):
        exchange = await reads.read(path, query)
        for wait in _PATIENCE:
            if exchange.failure is None and exchange.status not in (429, 503) and not _is_limit(exchange):
                break
            await anyio.sleep(min(exchange.quota.retry_after or wait, _LONGEST_WAIT_S))
            exchange = await reads.read(path, query)
    require_answer(exchange, reads.base_url)
    return exchange


def require_answer(exchange: Exchange, base_url: str) -> None:
    """Raise KeyRefused where `exchange` is a 401 or 403, Unreachable where it is a 429 or no answer."""
    if exchange.status in (401, 403) and not _is_limit(exchange):
        raise KeyRefused(
            tr(
                "{base_url} refused the API key (HTTP {status}). Nothing was sent.",
                base_url=base_url,
                status=exchange.status,
            ),
            tip=tr(
                "copy the key again from the dashboard's API Keys page (it begins with gua_), and check the address."
            ),
        )
    if exchange.status == 429 or _is_limit(exchange):
        raise Unreachable(
            tr(
                "{base_url} answers this key only with {status} (too many requests). Nothing was sent.",
                base_url=base_url,
                status=exchange.status,
            ),
            tip=tr("find out what else uses the key, then give the same command again."),
        )
    if exchange.failure is not None:
        tip = tr("check the address and the network, then give the same command again.")
        if "CERTIFICATE" in exchange.detail:
            tip = tr(
                "the certificate of this host is not trusted: check the address and this machine's clock. If your "
                "company has its own certificate authority, set SSL_CERT_FILE."
            )
        raise Unreachable(
            tr(
                "{base_url} could not be reached: {detail}. Nothing was sent.",
                base_url=base_url,
                detail=exchange.detail,
            ),
            tip=tip,
        )


def _is_limit(exchange: Exchange) -> bool:
    return exchange.status == 403 and exchange.quota.names_limit


async def read_contact(
    reads: Reads,
    phone: str | None,
    contact_id: str | None,
    change: ContactChange,
    stopping_statuses: Collection[str],
    finds_people: Callable[[], Awaitable[bool]],
) -> ContactRead:
    """What the contact with `phone` (or, where the number is to change, its new one) looks like beside `change`.

    With `contact_id` (lower case) only that contact counts, and `phone` is a hint from the file: not to find the
    contact by it proves nothing. `stopping_statuses` stop outreach. UNREADABLE
    where no answer settles it: no page documents GET /contacts/{id}, a page that does not hold every match shows no
    absence, and neither does a search that is not known to find people.
    """
    number = change.phone_number or phone
    if number is None:
        return ContactRead(
            ReadResult.UNREADABLE, Exchange(failure=Failure.NO_ANSWER, detail=tr("no call reads a contact by id"))
        )
    result = await search_by_phone(reads, number, contact_id)
    if result.contacts == []:
        sure = result.whole and (contact_id is None or change.phone_number is not None)
        result = result._replace(whole=sure and await finds_people())
    return judge_read_back(result, change, stopping_statuses)


def judge_read_back(result: SearchResult, change: ContactChange, stopping_statuses: Collection[str]) -> ContactRead:
    """What the contacts of `result` look like beside `change`; `whole`: that there is none is proved."""
    exchange, found, whole = result
    if found is None:
        return ContactRead(ReadResult.UNREADABLE, exchange)
    if not found:
        return ContactRead(ReadResult.ABSENT if whole else ReadResult.UNREADABLE, exchange)
    if all(matches(seen, change) for seen in found):
        return ContactRead(ReadResult.AS_ASKED, exchange, found[0].id)
    if any(is_stopped(seen.status, stopping_statuses) for seen in found):
        return ContactRead(ReadResult.STOPPED, exchange, found[0].id)
    if not all(is_comparable(seen, change) for seen in found):
        return ContactRead(ReadResult.UNREADABLE, exchange)
    return ContactRead(ReadResult.OTHERWISE, exchange, found[0].id)


async def get_once(reads: Reads, path: str, query: Mapping[str, str | int]) -> Exchange:
    """One GET, made once."""
    return await reads.read(path, query)


async def any_contact(reads: Reads, get: Get = get_once) -> tuple[Contact, ...] | None:
    """Any contact of the team, empty where it has none at all; `None` where the API does not say."""
    exchange = await get(reads, "/contacts", {"page": 1, "limit": 1})
    page = parse_contacts(exchange.body) if exchange.is_success else None
    if page is None or (not page.contacts and page.total != 0):
        return None
    return page.contacts


class SearchResult(NamedTuple):
    """What a search for a number showed: the contacts with exactly this number (`None`: the answer cannot be read), and
    whether the page holds every match, so that a contact which is not on it is not there."""

    exchange: Exchange
    contacts: list[Contact] | None
    whole: bool


async def search_by_phone(
    reads: Reads, number: str, contact_id: str | None = None, get: Get = get_once
) -> SearchResult:
    """What the API shows of `number` (E.164); with `contact_id` (lower case) only that contact counts."""
    exchange = await get(reads, "/contacts", {"search": number, "searchBy": "phone", "limit": _SEARCHED})
    page = parse_contacts(exchange.body) if exchange.is_success else None
    if page is None:
        return SearchResult(exchange, None, False)
    found = [
        seen
        for seen in page.contacts
        if seen.phone_number == number and (contact_id is None or (seen.id or "").lower() == contact_id)
    ]
    return SearchResult(exchange, found, page.whole)
