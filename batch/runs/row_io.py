"""One lane of a stretch: an API key's engine, joined to its quota, the wire, the directory and the journal.

Owns: the figures of a lane's engine, and what its workers use of the world.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from time import time
from typing import Final

from batch.dispatcher.actions import Policy, ReadRequirement, RowResult
from batch.dispatcher.api_session import ApiSession
from batch.dispatcher.bucket import Bucket, RateCap
from batch.dispatcher.clock import seconds_asleep
from batch.dispatcher.engine import Engine
from batch.dispatcher.error_limit import ErrorCounter
from batch.dispatcher.guards import GuardPolicy, check_before_write, required_read
from batch.dispatcher.workers import RowIO, Workers
from batch.guayaba import reads
from batch.guayaba.exchange import ContactRead, Exchange
from batch.guayaba.requests import OutreachEffect, build_request, is_idempotent
from batch.guayaba.search import ContactSearch
from batch.guayaba.verdict import ResponseClass, verdict
from batch.journal.entries import PendingRow
from batch.journal.group_commit import GroupCommit, attempt_finished
from batch.journal.journal import Journal
from batch.model import WRITES, Operation, Outcome, RunPlan
from batch.runs.contact_ref import ContactRef
from batch.runs.undo.undo_io import undo_row_io
from batch.settings.settings import Settings

#: Rows that all lanes together have at hand, and the least and most that one has.
_AT_HAND: Final = 4096
_LEAST_AT_HAND: Final = 32
_MOST_AT_HAND: Final = 256


@dataclass(slots=True)
class Session:
    """What the lanes of one stretch share.

    `lanes` is how many there are, `places` how many requests each may have under way. `allowance` is how many contacts
    may still be called (`None`: all). `told` hears every finding, with its lane's account. `wall` is epoch seconds,
    `draw` a random number in [0, 1).
    """

    plan: RunPlan
    settings: Settings
    journal: Journal
    scribe: GroupCommit
    told: Callable[[str, RowResult], None]
    lanes: int
    places: int
    allowance: int | None
    errors: ErrorCounter = field(default_factory=ErrorCounter)
    wall: Callable[[], float] = time
    draw: Callable[[], float] = random.random

    @property
    def caution(self) -> GuardPolicy:
        """How careful the run is."""
        return GuardPolicy(
            frozenset(self.plan.terminal),
            guarded=not self.settings.allow_reactivation,
            skip_unchanged=skips_unchanged(self.settings, self.plan),
            elsewhere=frozenset(self.plan.stopped),
        )

    def take(self, account: str, turn: OutreachEffect, after: int, count: int) -> list[PendingRow]:
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
            " AND (outcome IS NULL OR outcome NOT IN ('invalid', 'held', 'duplicate')) LIMIT 1",
            (contact, account),
        )
        return next((number for (number,) in found), None)


def skips_unchanged(settings: Settings, plan: RunPlan | None = None) -> bool:
    """True where whoever is as asked already is not written: as the settings say now, or said when the run began."""
    asked = settings.skip_unchanged or (plan is not None and plan.skip_unchanged)
    return asked and not settings.assume_stale


def build_workers(stretch: Session, way: ApiSession) -> Workers:
    """The workers of one key's lane, whose rows the journal holds under its account."""
    searches = ContactSearch(way.client, way.reader)
    ports = _build_row_io(stretch, way, searches)
    if stretch.plan.verb == "undo":
        ports = undo_row_io(ports, stretch.journal, searches, stretch.caution)
    return Workers(_build_engine(stretch, way), ports)


def _build_row_io(stretch: Session, way: ApiSession, searches: ContactSearch) -> RowIO:
    plan, scribe, account = stretch.plan, stretch.scribe, way.lane.account
    terminal = frozenset(plan.terminal)
    whom = ContactRef(by_id=plan.operation is Operation.UPDATE_BY_ID)
    caution = stretch.caution
    turns, after = list(OutreachEffect), 0

    def told(finding: RowResult) -> None:
        stretch.told(account, finding)

    def readable(row: PendingRow) -> bool:
        return (row.ask.phone_number or whom.number(row)) is not None

    def needed(row: PendingRow) -> ReadRequirement:
        return ReadRequirement.MUST_LOOK if whom.unresolved(row) else required_read(row.ask, caution, row.seen)

    def need(row: PendingRow) -> ReadRequirement:
        return ReadRequirement.NOTHING if whom.number(row) is None else needed(row)

    async def feed(count: int) -> list[PendingRow]:
        nonlocal turns, after
        rows: list[PendingRow] = []
        while len(rows) < count and turns:
            found = await scribe.exclusively(partial(stretch.take, account, turns[0], after, count - len(rows)))
            if not found:
                turns, after = turns[1:], 0
                continue
            after = found[-1].ordinal
            for row in found:
                if row.in_doubt and not readable(row) and not is_idempotent(row.ask, terminal):
                    told(await _settle_unknown(row, scribe))
                elif whom.number(row) is None and needed(row) is ReadRequirement.MUST_LOOK:
                    told(await _settle_not_read(row, scribe))
                else:
                    rows.append(row)
        return rows

    async def send(row: PendingRow) -> Exchange:
        request = build_request(plan.operation, whom.named(row), row.ask, row.seen)
        return await way.client.send(request, repeatable=is_idempotent(row.ask, terminal))

    async def look(row: PendingRow) -> ContactRead:
        number, contact_id = whom.number(row), whom.known_id(row)
        return await reads.read_contact(way.client, number, contact_id, row.ask, caution.stopped, searches.finds_people)

    async def look_first(row: PendingRow) -> ContactRead:
        number, contact_id = whom.number(row), whom.known_id(row)
        assert number is not None, "such a row needs no look"
        if not whom.unresolved(row):
            return check_before_write(*await searches.find(number, contact_id), row.ask, caution)
        look = check_before_write(*await searches.find(number), row.ask, caution, one=True)
        if look.seen is None or look.outcome is not None:
            return look
        twin = await scribe.exclusively(partial(stretch.row_named, account, whom.named(row._replace(seen=look.seen))))
        if twin is None:
            return look
        return look._replace(outcome=Outcome.HELD, code="named_twice", message=f"row {twin} names its id")

    return RowIO(
        account=account,
        slept=seconds_asleep,
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


def _build_engine(stretch: Session, way: ApiSession) -> Engine:
    """An engine for one stretch.

    Until the server says its limit, it is what any process on this machine last heard; before that, the documented one,
    or what the user's rate comes to if that is more: a server that never says it is taken at the user's word.
    """
    settings, lane = stretch.settings, way.lane
    rate = lane.rate or stretch.plan.rate
    asked = math.ceil(rate.calls * settings.window / rate.seconds) if rate else 0
    limit = way.writes.limit or max(WRITES.calls, asked)
    writes = Bucket(limit, settings.window, lane.share, RateCap(rate.calls, rate.seconds) if rate else None)
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


async def _settle_unknown(row: PendingRow, scribe: GroupCommit) -> RowResult:
    """The final word on a row that is in doubt and can be neither read back nor safely repeated."""
    message = "sent earlier, no answer was seen; a contact known by its id alone cannot be read back"
    finding = RowResult(
        row.ordinal, Outcome.UNKNOWN, "answer_lost", message, row.attempts, True, ResponseClass.IN_DOUBT
    )
    await scribe.note(attempt_finished(finding, None, time()))
    return finding


async def _settle_not_read(row: PendingRow, scribe: GroupCommit) -> RowResult:
    """The final word on a row whose contact must be read first, and is known by an id alone that the list did not
    show."""
    message = "the team's list shows no contact with this id, and no call reads a contact by its id"
    finding = RowResult(row.ordinal, Outcome.FAILED, "not_read", message, row.attempts, False, ResponseClass.LOOKED)
    await scribe.note(attempt_finished(finding, None, time()))
    return finding
