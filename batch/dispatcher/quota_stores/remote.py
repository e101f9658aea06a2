"""The way to a store over the network: one task talks to it, in a thread, and takes all that waits in one round trip.

Owns: what happens while the store is away. First its users wait: for one window and the deadline of a request, by when
nothing that the store had given can still be counted. Then each uses its own part (`local_share.py`), and reports it
when the store is back. Each user is heard of several times a window, so that the store knows how many there are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final, Protocol, TypeVar

import anyio
import anyio.to_thread

from batch.dispatcher.clock import boot_time
from batch.dispatcher.quota_stores.interface import (
    Kind,
    QuotaReply,
    QuotaRequest,
    QuotaStore,
    Returned,
    StoreBusy,
    StoreDown,
    StoreRefused,
)
from batch.dispatcher.quota_stores.local_share import LocalShare
from batch.text.language import tr

#: The longest time of one round trip, and of a reply from its request on: a connection, and the script sent again.
ROUND_TRIP_S: Final = 2.0
_REPLY_S: Final = 5.0
#: A store that is away is asked again after so many seconds, or so many times a window.
_RETRY_S: Final = 1.0
_RETRIES_A_WINDOW: Final = 40
#: So many times a window a user is heard of.
_BEATS_A_WINDOW: Final = 4

_T = TypeVar("_T")
_Place = tuple[str, Kind]


async def in_thread(work: Callable[[], _T]) -> _T:
    """What `work` returns, run in a thread."""
    return await anyio.to_thread.run_sync(work)


class RunBlocking(Protocol):
    """What runs a blocking call: in a thread, or, in tests, in place."""

    async def __call__(self, work: Callable[[], _T]) -> _T: ...


@dataclass(slots=True)
class _Call:
    """A request that waits to be sent since `at`. `replied` is None where no caller waits for the reply."""

    request: QuotaRequest
    at: float
    replied: anyio.Event | None = None
    reply: QuotaReply = field(default_factory=QuotaReply)
    abandoned: bool = False


class RemoteChannel:
    """The connection of one run to a store. `serve` runs beside the run; the rest is called from the same event loop.

    `notify` receives sentences for the user.
    """

    delay = _REPLY_S

    def __init__(
        self,
        store: QuotaStore,
        *,
        window: float,
        notify: Callable[[str], object],
        now: Callable[[], float] = boot_time,
        run_blocking: RunBlocking = in_thread,
    ) -> None:
        self._store = store
        self._retry = min(_RETRY_S, window / _RETRIES_A_WINDOW)
        self._beat = window / _BEATS_A_WINDOW
        self._notify = notify
        self._now = now
        self._run_blocking = run_blocking
        self._queue: list[_Call] = []
        self._bell = anyio.Event()
        self._users: dict[_Place, tuple[QuotaRequest, int]] = {}  # the last request of a quota, and how many users
        self._shares: dict[_Place, LocalShare] = {}  # while the store is away
        self._away_since: float | None = None
        self._retry_at = 0.0

    @property
    def away(self) -> bool:
        """True while the store does not answer."""
        return self._away_since is not None

    async def connect(self) -> None:
        """Open the connection. Raises StoreDown, StoreRefused."""
        await self._run_blocking(self._store.connect)

    async def exchange(self, request: QuotaRequest) -> QuotaReply:
        """The reply to `request`: the store's or, while it is away, what this user may do without it."""
        call = _Call(request, self._now(), anyio.Event())
        self._put(call)
        assert call.replied is not None
        try:
            await call.replied.wait()
        except BaseException:
            call.abandoned = True
            if call.replied.is_set():
                self._return_unused(call)
            raise
        return call.reply

    def post(self, request: QuotaRequest) -> QuotaReply | None:
        """Send `request`; no caller waits for its reply."""
        self._put(_Call(request, self._now()))
        return None

    async def serve(self) -> None:
        """Talk to the store, for ever."""
        while True:
            with anyio.move_on_after(self._retry if self.away else self._beat):
                await self._bell.wait()
            self._bell = anyio.Event()
            await self._round()

    async def close(self) -> None:
        """Send what waits, if that is possible at once, and close the connection."""
        with anyio.CancelScope(shield=True):
            await self._round()
            await self._run_blocking(self._store.close)

    def _put(self, call: _Call) -> None:
        self._queue.append(call)
        self._bell.set()

    async def _round(self) -> None:
        """One round trip with all that waits, or, with nothing to say, that this user is still there."""
        calls, self._queue = self._queue, []
        now = self._now()
        if self.away and now < self._retry_at:
            self._without_store(calls, now)
            return
        reports = self._reports(now) or ([] if calls else [request for request, _ in self._users.values()])
        requests = [*reports, *(_aged(call, now) for call in calls)]
        if not requests:
            return
        try:
            replies = await self._run_blocking(partial(self._store.exchange, requests))
        except (StoreDown, StoreRefused, StoreBusy) as fault:
            self._went_away(str(fault))
            self._take_back(calls, self._now())
            self._without_store(calls, self._now())
            return
        self._is_back()
        for request, reply in zip(requests, replies, strict=True):
            self._heard_of(request, reply)
        for call, reply in zip(calls, replies[len(reports) :], strict=True):
            self._answer(call, reply)

    def _answer(self, call: _Call, reply: QuotaReply) -> None:
        call.reply = reply
        if call.abandoned:
            self._return_unused(call)
        if call.replied is not None:
            call.replied.set()

    def _return_unused(self, call: _Call) -> None:
        if call.reply.tokens:
            unused = (Returned(call.request.handful, 0, 0.0),)
            self.post(replace(call.request, handful=0, tokens=0, heard=None, learned=None, returned=unused))

    def _heard_of(self, request: QuotaRequest, reply: QuotaReply) -> None:
        place = (request.quota, request.kind)
        if request.leaves:
            self._users.pop(place, None)
        else:
            still_there = QuotaRequest(request.quota, request.kind, request.user, request.window, request.deadline)
            self._users[place] = (still_there, reply.users)

    # -- while the store is away ------------------------------------------------------------------------------------

    def _went_away(self, why: str) -> None:
        now = self._now()
        self._retry_at = now + self._retry
        if self._away_since is None:
            self._away_since = now
            self._notify(tr("the quota store does not answer ({why}). Trying again; calls wait meanwhile.", why=why))

    def _is_back(self) -> None:
        if self._away_since is not None:
            self._away_since = None
            self._shares.clear()
            self._notify(tr("the quota store answers again."))

    def _take_back(self, calls: Sequence[_Call], now: float) -> None:
        """What the store may have given in a reply that was lost goes back when the store is there again."""
        for call in calls:
            if call.request.tokens:
                unused = Returned(call.request.handful, 0, 0.0)
                self._share_of(call.request).returned([unused], call.request.window, now)

    def _share_of(self, request: QuotaRequest) -> LocalShare:
        return self._shares.setdefault((request.quota, request.kind), LocalShare())

    def _without_store(self, calls: Sequence[_Call], now: float) -> None:
        """Answer from this user's own part, once that is safe; until then everybody waits."""
        assert self._away_since is not None
        for call in calls:
            request = _aged(call, now)
            place = (request.quota, request.kind)
            share = self._share_of(request)
            share.returned(request.returned, request.window, now)
            if call.replied is None:
                if request.heard is not None or request.learned is not None or request.leaves:
                    self._queue.append(_Call(replace(call.request, returned=()), call.at))
                continue
            users = self._users[place][1] if place in self._users else None
            waits_until = self._away_since + request.window + request.deadline
            if not request.tokens or users is None or now < waits_until:
                self._answer(call, QuotaReply(0, self._retry, users=users or 1))
            else:
                self._answer(call, share.take(request, users, now))

    def _reports(self, now: float) -> list[QuotaRequest]:
        """What this user did without the store."""
        return [
            replace(request, returned=share.to_count(request.window, request.deadline, now))
            for place, share in self._shares.items()
            if place in self._users
            for request, _ in [self._users[place]]
        ]


def _aged(call: _Call, now: float) -> QuotaRequest:
    """The request of `call` as of `now`: what it says of times is older by so much."""
    request, older = call.request, now - call.at
    if not request.returned and not request.pause:
        return request
    returned = tuple(back._replace(age=back.age + older) for back in request.returned)
    return replace(request, returned=returned, pause=max(0.0, request.pause - older))
