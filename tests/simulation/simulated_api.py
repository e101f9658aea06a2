"""The API in memory, on a virtual clock, with faults drawn from a seed; it writes down what really happened.

It shares no code with the client side but the shapes that cross the wire (`Request`, `Exchange`). A request that the
client has given up goes on here, as it would at a real server: its effect may still come, within `LATE_S`.
"""

from __future__ import annotations

import json
import random
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode

import anyio
from anyio.abc import TaskGroup
from unit.dispatcher.pacing.limiters import Limiter

from batch.guayaba.exchange import Exchange, Failure, RateLimitHeaders
from batch.model import Request

#: How long a client waits for an answer, and how long after sending an effect may still come.
TIMEOUT_S = 30.0
LATE_S = 55.0
WINDOW_S = 60.0
TERMINAL = ("paused", "fulfilled", "DNC", "not-qualifies")

#: What may happen to a write: (name, weight). `-` is before its effect, `+` after it.
FAULTS = (
    ("fine", 60), ("503-", 5), ("500-", 4), ("500+", 4), ("cut-", 3), ("cut+", 5), ("hang-", 2), ("hang+", 2),
    ("late+", 8), ("html-", 1), ("html+", 1), ("302-", 1), ("429-", 2), ("408-", 1), ("204+", 1), ("liar+", 2),
)  # fmt: skip


@dataclass
class Contact:
    """A contact as the server has it."""

    id: str
    phone: str
    status: str = "active"
    campaign: str = ""


@dataclass
class World:
    """One server. `calm` is the chance that a write meets no fault; `outages` are times in which nothing arrives."""

    chance: random.Random
    tasks: TaskGroup
    limit: int = 30
    sliding: bool = False
    latency: float = 0.05
    calm: float = 0.9
    outages: list[tuple[float, float, str]] = field(default_factory=list)
    contacts: dict[str, Contact] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)  # phones that it answers with 400
    healed: bool = False
    begun_at: float = 0.0
    gateway: Limiter | None = None  # a limiter before the API, whose rule nobody tells
    window: deque[float] = field(default_factory=deque)
    reads: deque[float] = field(default_factory=deque)
    counted: list[float] = field(default_factory=list)
    throttled: int = 0
    read_throttled: int = 0
    sent: Counter[tuple[str, str]] = field(default_factory=Counter)  # (contact, body) -> requests that arrived
    effects: Counter[tuple[str, str]] = field(default_factory=Counter)  # (contact, body) -> times it took effect
    doubtful: set[tuple[str, str]] = field(default_factory=set)  # whose answer was lost or not to be believed
    odd: set[tuple[str, str]] = field(default_factory=set)  # that were refused by something between us and the API

    # -- what a client sees -------------------------------------------------------------------------------------------

    async def send(self, request: Request) -> Exchange:
        """The exchange of one write, as a client with a deadline sees it."""
        down = self._down()
        if down == "refused":
            return Exchange(failure=Failure.NEVER_LEFT, detail="connection refused")
        who = self._who(request)
        body = json.dumps(dict(request.body), sort_keys=True)
        answered: list[Exchange] = []
        bell = anyio.Event()
        if down is None:
            self.tasks.start_soon(self._serve, request, who, body, answered, bell)
        with anyio.move_on_after(TIMEOUT_S):
            await bell.wait()
        if not answered:
            self.doubtful.add((who, body))
            return Exchange(failure=Failure.NO_ANSWER, detail="no complete answer within 30 s")
        return answered[0]

    async def read(self, path: str, query: Mapping[str, str | int] | None = None) -> Exchange:
        """The exchange of one GET /contacts: a page of all, or of those whose phone is searched for."""
        await anyio.sleep(self.latency)
        down = self._down()
        if down == "refused":
            return Exchange(failure=Failure.NEVER_LEFT, detail="connection refused")
        if down == "black":
            await anyio.sleep(TIMEOUT_S)
            return Exchange(failure=Failure.NO_ANSWER, detail="no complete answer within 30 s")
        now = anyio.current_time()
        while self.reads and self.reads[0] <= now - WINDOW_S:
            self.reads.popleft()
        if len(self.reads) >= 100:
            self.read_throttled += 1
            return Exchange(429, quota=RateLimitHeaders(100, 0, retry_after=self.reads[0] + WINDOW_S - now))
        self.reads.append(now)
        if not self.healed and self.chance.random() > self.calm:
            return self.chance.choice(
                [Exchange(500), Exchange(failure=Failure.NO_ANSWER), Exchange(200, b"<html>"), Exchange(200, b"{}")]
            )
        asked = {name: values[0] for name, values in parse_qs(urlencode(dict(query or {}))).items()}
        number, limit = int(asked.get("page", 1)), min(int(asked.get("limit", 25)), 100)
        matching = [contact for contact in self.contacts.values() if asked.get("search", "") in contact.phone]
        found = matching[(number - 1) * limit : number * limit]
        shown = [
            {"id": one.id, "phoneNumber": one.phone, "status": one.status,
             "campaigns": [{"id": one.campaign, "name": ""}] if one.campaign else []}
            for one in found
        ]  # fmt: skip
        page = {"contacts": shown, "pagination": {"page": number, "limit": limit, "total": len(matching)}}
        return Exchange(200, json.dumps(page).encode(), RateLimitHeaders(100, 100 - len(self.reads)))

    # -- what really happens ------------------------------------------------------------------------------------------

    async def _serve(self, request: Request, who: str, body: str, answered: list[Exchange], bell: anyio.Event) -> None:
        await anyio.sleep(self.latency * self.chance.random())
        exchange = await self._answer(request, who, body)
        await anyio.sleep(self.latency * self.chance.random())
        if exchange is not None:
            answered.append(exchange)
            bell.set()

    async def _answer(self, request: Request, who: str, body: str) -> Exchange | None:
        """What the server makes of a request that arrived; `None` where no answer is ever sent."""
        if self.gateway is not None and (refusal := self.gateway.call(anyio.current_time())).status != 200:
            self.doubtful.add((who, body))  # a gateway's 503 may come after the effect, for all that a client knows
            return refusal
        back, word = self._admitted()
        if back is not None:
            return Exchange(429, quota=RateLimitHeaders(self.limit, 0, back, back))
        self.sent[who, body] += 1
        fault = self._fault()
        if fault == "late+":
            await anyio.sleep(self.chance.uniform(TIMEOUT_S, LATE_S))
        answer = self._apply(request, who, body, effect=not fault.endswith("-"))
        if fault == "fine":
            return answer._replace(quota=word)
        if fault == "liar+":
            return answer._replace(
                quota=self.chance.choice([RateLimitHeaders(self.limit, 0), RateLimitHeaders(None, 3, 7.0)])
            )
        if fault == "429-":
            return Exchange(
                429, quota=self.chance.choice([RateLimitHeaders(), RateLimitHeaders(retry_after=0.0), word])
            )
        if fault == "302-":
            self.odd.add((who, body))
            return Exchange(302, b"", word)
        self.doubtful.add((who, body))
        return {
            "503": Exchange(503, b"{}", word),
            "408": Exchange(408, b"{}", word),
            "500": Exchange(500, b"{}", word),
            "html": Exchange(200, b"<html>", word),
            "204": Exchange(204, b"", word),
            "cut": Exchange(failure=Failure.NO_ANSWER, detail="the peer closed the connection"),
        }.get(fault[:-1])

    def _admitted(self) -> tuple[float | None, RateLimitHeaders]:
        """Count a write: in how many seconds there is room for it (`None`: now), and what the headers say."""
        now = anyio.current_time()
        start = now - WINDOW_S if self.sliding else now - (now - self.begun_at) % WINDOW_S
        while self.window and self.window[0] <= start:
            self.window.popleft()
        if len(self.window) >= self.limit:
            self.throttled += 1
            return (self.window[0] if self.sliding else start) + WINDOW_S - now, RateLimitHeaders()
        self.window.append(now)
        self.counted.append(now)
        return None, RateLimitHeaders(self.limit, self.limit - len(self.window), start + WINDOW_S - now)

    def _apply(self, request: Request, who: str, body: str, *, effect: bool) -> Exchange:
        contact = self.contacts.get(who) or next((one for one in self.contacts.values() if one.id == who), None)
        if who in self.refused:
            return Exchange(400, b'{"error": "Validation error", "message": "no"}')
        if contact is None:
            return Exchange(404, b'{"error": "Contact not found"}')
        if effect:
            self.effects[who, body] += 1
            asked = dict(request.body)
            if request.path == "/contacts/fulfill":
                contact.status = "fulfilled"
            contact.status = str(asked.get("status", contact.status))
            contact.campaign = str(asked.get("campaignId", contact.campaign))
        shown = {"id": contact.id, "phoneNumber": contact.phone, "status": contact.status}
        return Exchange(200, json.dumps({"success": True, "contact": shown}).encode())

    # -- chance -------------------------------------------------------------------------------------------------------

    def _fault(self) -> str:
        if self.healed or self.chance.random() < self.calm:
            return "fine"
        return self.chance.choices([name for name, _ in FAULTS], [weight for _, weight in FAULTS])[0]

    def _down(self) -> str | None:
        now = anyio.current_time()
        return None if self.healed else next((how for start, end, how in self.outages if start <= now < end), None)

    def _who(self, request: Request) -> str:
        return str(request.body["phone"]) if "phone" in request.body else request.path.rpartition("/")[2]
