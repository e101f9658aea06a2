"""One process's tokens of a key: taken from a store by the handful, used, and given back.

Owns: which handfuls this process holds, and when each goes back.

Where limits are high, tokens are taken by the handful, so that taking them costs nothing to speak of; what is not used
in a moment goes back, for the store would let it return to others while it is still to be used here. A handful of a
killed process comes back when its requests can no longer have been counted: their deadline, then one window.

What was used goes back with the next claim, in one step; before a longer wait, in one of its own.

Where all users keep to a rate, a call takes a place, too: there are as many as the rate's burst, and each is free again
when a limiter that refills by the rate has made up for as many calls. So no two users meet. A call is counted before
its response is seen, and the next one after it has left: by as long as both ways take at the least, a place is free
earlier; and by the rate's lead, by which the next call leaves later.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from random import getrandbits
from typing import Final, Protocol

import anyio

from batch.dispatcher.clock import boot_time
from batch.dispatcher.pacing.learned_limit import Rate
from batch.dispatcher.quota_stores.interface import (
    BUSY_S,
    FREE,
    Kind,
    Lease,
    QuotaReply,
    QuotaRequest,
    Returned,
    StoreBusy,
)

#: One window's tokens are taken in at most this many handfuls: half a percent of the quota each.
_HANDFULS: Final = 200
#: A handful is used within this many seconds.
_HANDFUL_S: Final = 1.0
#: What was used goes back before a wait that is longer than this part of a window.
_LONG_WAIT: Final = 1 / 16
#: A user that waits for places is heard of again after this part of a window.
_UNHEARD: Final = 1 / 4
#: Who finds no token, or no place, asks again no sooner than after this part of a window.
_SOON: Final = 1 / 200
#: A response has come after this part of a window.
_RESPONSE: Final = 1 / 100


class Channel(Protocol):
    """The way of requests to a store: in place (`InPlace`), or over the network (`remote.RemoteChannel`)."""

    #: How many seconds a reply may be under way: a lease lives so much longer.
    delay: float

    async def exchange(self, request: QuotaRequest) -> QuotaReply:
        """The reply to `request`. Raises StoreBusy."""
        ...

    def post(self, request: QuotaRequest) -> QuotaReply | None:
        """Send `request`, without waiting for its reply; the reply where it is there at once."""
        ...


@dataclass(slots=True)
class _Handful:
    """Tokens taken together, to be used before `until`. It comes back one window after the last of its responses."""

    tokens: int
    left: int
    until: float
    in_flight: int = 0
    #: So many seconds before its last response was seen it may be taken to have been counted.
    before: float = 0.0


class SharedQuota:
    """One process's access to the quota of a key, for requests of one kind. Used from one event loop."""

    def __init__(
        self,
        channel: Channel,
        kind: Kind,
        *,
        window: float,
        deadline: float,
        quota: str = "",
        user: str = "",
        now: Callable[[], float] | None = None,
        places: SharedQuota | None = None,
    ) -> None:
        """`window` and `deadline` (the longest a request takes) are seconds; `places` are those of a rate."""
        self._channel = channel
        self._window = window
        self._deadline = deadline
        self._now = now or boot_time
        self._names = (quota, kind, user)
        self._places = places
        self._mine: dict[int, _Handful] = {}
        self._usable: list[int] = []  # handfuls with tokens left
        self._owed: list[tuple[Returned, float]] = []  # to go back with the next request, and since when
        self._asked_at = float("-inf")
        self._taking = anyio.Lock(fast_acquire=True)
        self._last = QuotaReply()

    async def refresh(self) -> float:
        """Ask the store what is known: `limit`, `learned` and `users` are as of now. The seconds in which it gives
        nothing: of places, too, if they were not asked for at once."""
        if self._places is not None and self._channel.delay:
            await self._places.refresh()
        self._received_back(await self._channel.exchange(self._request()))
        return self._last.wait

    async def claim(self, limit: int, rate: Rate | None = None) -> Lease | float:
        """A token out of `limit` a window and, where all users keep to a `rate`, a place in it; or, where there is
        none, the seconds until it is worth asking again."""
        known = self._last.learned
        if rate is None or self._places is None:
            lease = await self._token(limit)
        else:
            lease = await self._claim_with_place(self._places, limit, rate)
        if not isinstance(lease, Lease) or self._last.learned == known or self._last.users == 1:
            return lease
        self.settled(lease, left=False)  # what another user just learned comes first
        return BUSY_S

    async def _claim_with_place(self, places: SharedQuota, limit: int, rate: Rate) -> Lease | float:
        places._window = rate.burst * rate.interval
        place = await places.claim(rate.burst)
        if not isinstance(place, Lease):
            if self._now() - self._asked_at > _UNHEARD * self._window:  # else it is gone, for the others
                with suppress(StoreBusy):
                    self._received_back(await self._channel.exchange(self._request()))
            return place
        lease: Lease | float = 0.0
        try:
            lease = await self._token(limit)
        finally:
            if not isinstance(lease, Lease):
                places.settled(place, left=False)
        return lease._replace(place=place.handful, lead=rate.lead) if isinstance(lease, Lease) else lease

    async def _token(self, limit: int) -> Lease | float:
        lease = self._from_usable()
        if lease is not None:
            return lease
        if not self._channel.delay:  # in place: no other task comes in between
            return await self._take(limit)
        async with self._taking:  # several tasks that find nothing take one handful
            lease = self._from_usable()
            return await self._take(limit) if lease is None else lease

    def settled(self, lease: Lease, *, left: bool = True, trip: float = 0.0) -> None:
        """Let the token of `lease` come back: one window from now, or, where its request never `left`, at once. Its
        place comes back earlier by `trip`, the seconds for which a request is under way at the least."""
        if lease is FREE:
            return
        if lease.place and self._places is not None:
            self._places._mine[lease.place].before = trip + lease.lead
            self._places.settled(Lease(lease.place), left=left)
        handful = self._mine[lease.handful]
        handful.in_flight -= 1
        if not left:
            if not handful.left:
                self._usable.append(lease.handful)
            handful.left += 1
        if not handful.in_flight and (not handful.left or not left or self._now() >= handful.until):
            self._give_back(lease.handful)

    def idle(self, seconds: float) -> None:
        """Say that no token is claimed for so many seconds: what is owed goes back before a long time."""
        if self._places is not None:
            self._places.idle(seconds)
        if self._owed and seconds > _LONG_WAIT * self._window:
            self._post()

    def hear(self, limit: int, pause: float = 0.0) -> None:
        """Tell the other users the server's limit, and to pause for `pause` seconds."""
        self._post(heard=limit, pause=pause)

    def learn(self, text: str, full: Rate | None = None) -> None:
        """Tell the other users what was learned of the server's rule. `full`: the limiter has no room in this rate, so
        all of its places are taken, and come back one by one."""
        if full is not None and self._places is not None:
            self._places._window = full.burst * full.interval
            ages = (later * full.interval for later in range(full.burst))
            self._places._post(*(Returned(getrandbits(53), 1, age) for age in ages))
        self._post(learned=text)

    @property
    def limit(self) -> int | None:
        """The server's limit that any user received last, as of the last reply; `None`: none did."""
        return self._last.limit

    @property
    def learned(self) -> str:
        """What any user last learned of the server's rule, as of the last reply; empty: nothing."""
        return self._last.learned

    @property
    def users(self) -> int:
        """How many use the key, this one among them, as of the last reply."""
        return self._last.users

    @property
    def spent(self) -> int:
        """How many tokens of the last window all users took together, as of the last reply."""
        return self._last.spent

    def close(self) -> None:
        """Give back what was taken and not used, and leave."""
        if self._places is not None:
            self._places.close()
        self._post(*(self._pop(number) for number in list(self._mine)), leaves=True)

    def _from_usable(self) -> Lease | None:
        while self._usable:
            number = self._usable[-1]
            handful = self._mine.get(number)
            if handful is not None and handful.left:
                if self._now() < handful.until:
                    handful.left -= 1
                    handful.in_flight += 1
                    return Lease(number)
                if not handful.in_flight:
                    self._give_back(number)
            if self._usable and self._usable[-1] == number:
                self._usable.pop()
        return None

    async def _take(self, limit: int) -> Lease | float:
        tokens, asked_at = max(1, limit // _HANDFULS), self._now()
        use = _HANDFUL_S if tokens > 1 else 0.0
        request = self._request(
            handful=getrandbits(53),  # by chance: a number that came back with its tokens must not name another's
            tokens=tokens,
            limit=limit,
            life=use + self._channel.delay + self._deadline + self._window,
        )
        try:
            reply = await self._channel.exchange(request)
        except StoreBusy:
            return BUSY_S
        self._received_back(reply)
        if not reply.tokens:
            if reply.spent < min(limit, reply.limit or limit):
                return self._behind_trial(reply.wait)
            return max(reply.wait, min(BUSY_S, _SOON * self._window))
        return self._received(request, reply, asked_at, use)

    def _behind_trial(self, pause: float) -> float:
        """The seconds to wait where all users pause for `pause`: the one that was refused tries again first, and the
        others know then what came of it."""
        response = _RESPONSE * self._window
        return pause + response if pause > response else pause

    def _received(self, request: QuotaRequest, reply: QuotaReply, asked_at: float, use: float) -> Lease | float:
        handful = _Handful(reply.tokens, reply.tokens - 1, asked_at + use, 1)
        self._mine[request.handful] = handful
        if (
            self._now() > asked_at + use + self._channel.delay > asked_at + use
        ):  # it may come back before its requests are over
            handful.left, handful.in_flight = handful.tokens, 0
            self._give_back(request.handful)
            return BUSY_S
        if handful.left:
            self._usable.append(request.handful)
        return Lease(request.handful)

    def _give_back(self, number: int) -> None:
        handful, returned = self._mine[number], self._pop(number)
        if self._channel.delay or handful.left:  # what was not used is there for others at once
            self._post(returned)
        else:
            self._owed.append((returned, self._now()))

    def _pop(self, number: int) -> Returned:
        handful = self._mine.pop(number)
        return Returned(number, handful.tokens - handful.left, handful.before)

    def _post(self, *returned: Returned, **more: object) -> None:
        reply = self._channel.post(self._request(*returned, **more))
        if reply is not None:
            self._received_back(reply)
        elif not self._channel.delay:  # the store was busy
            self._owed += [(back, self._now()) for back in returned]

    def _received_back(self, reply: QuotaReply) -> None:
        self._last = reply
        self._owed.clear()

    def _request(self, *returned: Returned, **more: object) -> QuotaRequest:
        now = self._asked_at = self._now()
        owed = (back._replace(age=back.age + now - since) for back, since in self._owed)
        return QuotaRequest(*self._names, self._window, self._deadline, returned=(*owed, *returned), **more)  # type: ignore[arg-type]
