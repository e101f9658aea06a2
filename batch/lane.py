"""One lane of a stretch: an API key's engine, joined to its quota, the wire, the directory and the journal.

Owns: the figures of a lane's engine, and what its workers use of the world.
Does not own: running the lanes (`dispatcher/lanes.py`), any decision about a row (`dispatcher/`), how a stretch ends
(`dispatch.py`).
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from time import time
from typing import Final

from batch import directory
from batch.access import Access
from batch.clock import slept
from batch.directory.looking_back import looking_back
from batch.directory.searching import Searches
from batch.dispatcher.bucket import Bucket, Pace
from batch.dispatcher.commands import Finding, Need, Policy
from batch.dispatcher.engine import Engine
from batch.dispatcher.error_watch import ErrorCount
from batch.dispatcher.exchange import Exchange, Look
from batch.dispatcher.foresight import Caution, need_of
from batch.dispatcher.scribe import Scribe, entry_of
from batch.dispatcher.verdict import Meaning, verdict
from batch.dispatcher.workers import Ports, Workers
from batch.facts import RunPlan
from batch.journal import Journal
from batch.journal.entries import Todo
from batch.model import WRITES, Operation, Outcome
from batch.operations import Turn, repeatable, request_of
from batch.settings import Settings
from batch.whom import Whom

#: Rows that all lanes together have at hand, and the least and most that one has.
_AT_HAND: Final = 4096
_LEAST_AT_HAND: Final = 32
_MOST_AT_HAND: Final = 256


@dataclass(slots=True)
class Stretch:
    """What the lanes of one stretch share.

    `lanes` is how many there are, `places` how many requests each may have under way. `allowance` is how many contacts
    may still be called (`None`: all). `told` hears every finding, with its lane's account. `wall` is epoch seconds,
    `draw` a random number in [0, 1).
    """

    plan: RunPlan
    settings: Settings
    journal: Journal
    scribe: Scribe
    told: Callable[[str, Finding], None]
    lanes: int
    places: int
    allowance: int | None
    errors: ErrorCount = field(default_factory=ErrorCount)
    wall: Callable[[], float] = time
    draw: Callable[[], float] = random.random

    @property
    def caution(self) -> Caution:
        """How careful the run is."""
        return Caution(
            frozenset(self.plan.terminal),
            guarded=not self.settings.allow_reactivation,
            skip_unchanged=skips(self.settings, self.plan),
            elsewhere=frozenset(self.plan.stopped),
        )

    def take(self, account: str, turn: Turn, after: int, count: int) -> list[Todo]:
        """Up to `count` rows of `account` and `turn` after ordinal `after`, as far as the allowance goes."""
        wanted = count if self.allowance is None else min(count, self.allowance)
        found = self.journal.todo(after, wanted, account, turn) if wanted else []
        if self.allowance is not None:
            self.allowance -= len(found)
        return found

    def row_named(self, account: str, contact: str) -> int | None:
        """The number of a row that names `contact` itself and was or will be sent."""
        found = self.journal.ask(
            "SELECT number FROM rows WHERE contact = ? AND account = ?"
            " AND (outcome IS NULL OR outcome NOT IN ('invalid', 'duplicate')) LIMIT 1",
            (contact, account),
        )
        return next((number for (number,) in found), None)


def skips(settings: Settings, plan: RunPlan | None = None) -> bool:
    """True where whoever is as asked already is not written: as the settings say now, or said when the run began."""
    asked = settings.skip_unchanged or (plan is not None and plan.skip_unchanged)
    return asked and not settings.assume_stale


def workers_of(stretch: Stretch, way: Access) -> Workers:
    """The workers of one key's lane, whose rows the journal holds under its account."""
    searches = Searches(way.client, way.reader)
    ports = _ports(stretch, way, searches)
    if stretch.plan.verb == "undo":
        ports = looking_back(ports, stretch.journal, searches, stretch.caution)
    return Workers(_engine(stretch, way), ports)


def _ports(stretch: Stretch, way: Access, searches: Searches) -> Ports:
    plan, scribe, account = stretch.plan, stretch.scribe, way.lane.account
    terminal = frozenset(plan.terminal)
    whom = Whom(by_id=plan.operation is Operation.UPDATE_BY_ID)
    caution = stretch.caution
    turns, after = list(Turn), 0

    def told(finding: Finding) -> None:
        stretch.told(account, finding)

    def readable(row: Todo) -> bool:
        return (row.ask.phone_number or whom.number(row)) is not None

    def needed(row: Todo) -> Need:
        return Need.MUST_LOOK if whom.unresolved(row) else need_of(row.ask, caution, row.seen)

    def need(row: Todo) -> Need:
        return Need.NOTHING if whom.number(row) is None else needed(row)

    async def feed(count: int) -> list[Todo]:
        nonlocal turns, after
        rows: list[Todo] = []
        while len(rows) < count and turns:
            found = await scribe.exclusively(partial(stretch.take, account, turns[0], after, count - len(rows)))
            if not found:
                turns, after = turns[1:], 0
                continue
            after = found[-1].ordinal
            for row in found:
                if row.in_doubt and not readable(row) and not repeatable(row.ask, terminal):
                    told(await _left_unknown(row, scribe))
                elif whom.number(row) is None and needed(row) is Need.MUST_LOOK:
                    told(await _not_read(row, scribe))
                else:
                    rows.append(row)
        return rows

    async def send(row: Todo) -> Exchange:
        request = request_of(plan.operation, whom.named(row), row.ask, row.seen)
        return await way.client.send(request, repeatable=repeatable(row.ask, terminal))

    async def look(row: Todo) -> Look:
        number, contact_id = whom.number(row), whom.known_id(row)
        return await directory.look_up(way.client, number, contact_id, row.ask, caution.stopped, searches.finds_people)

    async def look_first(row: Todo) -> Look:
        number, contact_id = whom.number(row), whom.known_id(row)
        assert number is not None, "such a row needs no look"
        if not whom.unresolved(row):
            return await searches.look_first(number, contact_id, row.ask, caution)
        look = await searches.look_first(number, None, row.ask, caution, one=True)
        if look.seen is None or look.outcome is not None:
            return look
        twin = await scribe.exclusively(partial(stretch.row_named, account, whom.named(row._replace(seen=look.seen))))
        if twin is None:
            return look
        return look._replace(outcome=Outcome.INVALID, code="named_twice", message=f"row {twin} names its id")

    return Ports(
        account=account,
        slept=slept,
        send=send,
        look=look,
        look_first=look_first,
        need=need,
        # Known by id, a contact may have another number by now than the file says.
        judge=lambda row, exchange: (
            verdict(exchange, row.ask, None, whom.named(row)) if whom.by_id else verdict(exchange, row.ask, row.contact)
        ),
        feed=feed,
        scribe=scribe,
        readable=readable,
        told=told,
        wall=stretch.wall,
        draw=stretch.draw,
        terminal=terminal,
        writes=way.writes,
        reads=way.reads,
    )


def _engine(stretch: Stretch, way: Access) -> Engine:
    """An engine for one stretch.

    Until the server says its limit, it is what any process on this machine last heard; before that, the documented one,
    or what the user's rate comes to if that is more: a server that never says it is taken at the user's word.
    """
    settings, lane = stretch.settings, way.lane
    rate = lane.rate or stretch.plan.rate
    asked = math.ceil(rate.calls * settings.window / rate.seconds) if rate else 0
    limit = way.writes.limit or max(WRITES.calls, asked)
    writes = Bucket(limit, settings.window, lane.share, Pace(rate.calls, rate.seconds) if rate else None)
    policy = Policy(
        attempts=settings.attempts,
        in_flight=stretch.places,
        at_hand=max(_LEAST_AT_HAND, min(_MOST_AT_HAND, _AT_HAND // stretch.lanes)),
        give_up_after=settings.give_up_after,
        patience=settings.timeout,
        max_errors=settings.max_errors if isinstance(settings.max_errors, int) else None,
        max_error_share=settings.max_errors if isinstance(settings.max_errors, float) else None,
    )
    return Engine(writes, way.reader.bucket, policy, stretch.errors)


async def _left_unknown(row: Todo, scribe: Scribe) -> Finding:
    """The final word on a row that is in doubt and can be neither read back nor safely repeated."""
    message = "sent earlier, no answer was seen; a contact known by its id alone cannot be read back"
    finding = Finding(row.ordinal, Outcome.UNKNOWN, "answer_lost", message, row.attempts, True, Meaning.IN_DOUBT)
    await scribe.note(entry_of(finding, None, time()))
    return finding


async def _not_read(row: Todo, scribe: Scribe) -> Finding:
    """The final word on a row whose contact must be read first, and is known by an id alone that the list did not
    show."""
    message = "the team's list shows no contact with this id, and no call reads a contact by its id"
    finding = Finding(row.ordinal, Outcome.FAILED, "not_read", message, row.attempts, False, Meaning.LOOKED)
    await scribe.note(entry_of(finding, None, time()))
    return finding
