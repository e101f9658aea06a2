"""What reading first saves: `python tests/bench/bench_reads.py [--quick]`.

10,000 rows ask for DNC: 4,000 contacts are DNC already, 5,000 are not, 1,000 numbers are nobody's. The real lane,
engine, journal and stocktaking of a run, in virtual time, against a server in memory that counts 30 writes and 100
reads a minute in windows of its own and answers after 0.2 s. In the same run:

- curl --rate 30/m, modelled: one write for every row, two seconds apart (curl's manual).
- ours: one write for every row.
- ours, --skip-unchanged, where the server grants pages of 100 contacts, of 25, or does not list its contacts at all, so
  that each is looked up by itself.

Every side must leave every contact as asked and meet no 429; with the list, reading must save half of the writes and
all but half of the time, else this ends with 1. Times are virtual: they are the quota's, on any
machine.
"""

from __future__ import annotations

import math
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

import anyio
import msgspec
import trio
import trio.testing

sys.path.insert(0, str(Path(__file__).parents[1]))  # the stages that the tests share

from unit.dispatcher.harness import in_place
from unit.harness import plan, write_plan

from batch.dispatcher.api_session import ApiSession
from batch.dispatcher.pacing.bucket import Bucket
from batch.dispatcher.quota_stores.local import LocalQuota
from batch.dispatcher.reader import Reader
from batch.guayaba.client import Client
from batch.guayaba.exchange import Exchange, RateLimitHeaders
from batch.journal.group_commit import GroupCommit
from batch.journal.journal import Journal
from batch.model import READS, WRITES, ContactChange, PlannedRow, Rate, Request, RunPlan
from batch.runs import snapshot
from batch.runs.row_io import Session
from batch.runs.session import build_workers
from batch.settings.accounts import ApiKeyLimits
from batch.settings.api_key import ApiKey
from batch.settings.settings import Settings

KEY = ApiKey("gua_bench000_example")
ROWS: Final = 10_000
QUICK_ROWS: Final = 200
LATENCY: Final = 0.2
DNC: Final = ContactChange(status="DNC")
#: The server's windows do not begin when a client does.
BEGUN_AT: Final = -41.0


class Window:
    """A fixed window of the server's."""

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self.number = -1
        self.used = self.calls = self.refused = 0

    def admit(self, now: float) -> RateLimitHeaders | None:
        """What is left, or `None` where there is nothing left."""
        number = math.floor((now - BEGUN_AT) / self.rate.seconds)
        if number != self.number:
            self.number, self.used = number, 0
        if self.used >= self.rate.calls:
            self.refused += 1
            return None
        self.used += 1
        self.calls += 1
        return RateLimitHeaders(self.rate.calls, self.rate.calls - self.used, self.left(now))

    def left(self, now: float) -> float:
        return BEGUN_AT + (self.number + 1) * self.rate.seconds - now


class Server:
    """A team in memory: `contacts` are phone -> status. `most` contacts on a page; none: it does not list them."""

    base_url = "https://api.guayaba.ai"

    def __init__(self, contacts: Mapping[str, str], most: int) -> None:
        self.contacts = dict(contacts)
        self.ids = {phone: f"c{at}" for at, phone in enumerate(contacts)}
        self.order = list(contacts)
        self.most = most
        self.writes, self.reads = Window(WRITES), Window(READS)

    async def send(self, request: Request, *, repeatable: bool = False) -> Exchange:
        await anyio.sleep(LATENCY / 2)
        quota = self.writes.admit(anyio.current_time())
        await anyio.sleep(LATENCY / 2)
        if quota is None:
            return Exchange(429, quota=RateLimitHeaders(retry_after=self.writes.left(anyio.current_time())))
        phone = str(request.body["phone"])
        if phone not in self.contacts:
            return Exchange(404, b'{"error":"Not found","message":"Contact not found"}', quota)
        self.contacts[phone] = str(request.body["status"])
        return Exchange(200, b'{"success":true}', quota)

    async def read(self, path: str, query: Mapping[str, str | int] | None = None) -> Exchange:
        await anyio.sleep(LATENCY / 2)
        quota = self.reads.admit(anyio.current_time())
        await anyio.sleep(LATENCY / 2)
        if quota is None:
            return Exchange(429, quota=RateLimitHeaders(retry_after=self.reads.left(anyio.current_time())))
        assert query is not None
        if "search" in query:
            return Exchange(200, self._listed([str(query["search"])], 1, 100), quota)
        if not self.most and query["limit"] != 1:
            return Exchange(404, b'{"error":"Not found"}', quota)
        return Exchange(
            200, self._listed(self.order, int(query["page"]), min(int(query["limit"]), self.most or 1)), quota
        )

    def _listed(self, phones: list[str], page: int, limit: int) -> bytes:
        there = [phone for phone in phones if phone in self.contacts]
        shown = [
            {"id": self.ids[phone], "phoneNumber": phone, "status": self.contacts[phone]}
            for phone in there[(page - 1) * limit : page * limit]
        ]
        return msgspec.json.encode(
            {"contacts": shown, "pagination": {"total": len(there), "page": page, "limit": limit}}
        )


class Score(NamedTuple):
    """What a side came to. `seconds` are virtual."""

    writes: int
    reads: int
    refused: int
    seconds: float
    outcomes: Counter[str]


def number(at: int) -> str:
    """A number of public fiction in one of a hundred area codes."""
    return f"+1{200 + at // 100:03d}55501{at % 100:02d}"


def team(rows: int) -> dict[str, str]:
    """Whom the team has: 40% of the rows DNC already, 50% not, mixed; 10% are not there."""
    statuses = ["DNC"] * (rows * 4 // 10) + ["active"] * (rows * 5 // 10) + [""] * (rows - rows * 9 // 10)
    random.Random(7).shuffle(statuses)
    return {number(at): status for at, status in enumerate(statuses) if status}


def session_of(server: Server) -> ApiSession:
    """The API session of one key, whose quota no other process uses."""
    client = cast(Client, server)
    reader = Reader(client, Bucket(READS.calls, 60.0), LocalQuota())
    return ApiSession(ApiKeyLimits("", KEY, None, 1.0), client, reader, LocalQuota(), LocalQuota())


async def dispatch(run: RunPlan, journal: Journal, api: ApiSession) -> None:
    """Send the pending rows of `journal` over one lane, in virtual time."""
    session = Session(
        plan=run,
        guards=Settings().guards,
        limits=Settings().limits,
        journal=journal,
        writer=GroupCommit(journal, run_blocking=in_place),
        on_result=lambda account, result: None,
        lanes=1,
        max_in_flight=16,
        remaining_limit=None,
        wall=anyio.current_time,
        draw=random.Random(7).random,
    )
    await build_workers(session, api).run()
    await session.writer.flush()


def ours(rows: int, server: Server, folder: Path, *, skip: bool) -> Score:
    """A run of `rows` rows, its journal on the disk."""
    journal = Journal.create(folder / "journal.sqlite")
    planned = [PlannedRow(at + 2, (number(at),), number(at), number(at), DNC) for at in range(rows)]
    write_plan(journal, plan(skip_unchanged=skip), [planned])
    way = session_of(server)
    snapshot.time = anyio.current_time  # type: ignore[attr-defined]

    async def main() -> float:
        await anyio.sleep(0)
        began = anyio.current_time()
        if skip:
            await snapshot.take_snapshot(journal, {"": way}, skips=True)
            await snapshot.settle_unchanged(journal, {"": way})
        await dispatch(plan(skip_unchanged=skip), journal, way)
        return anyio.current_time() - began

    seconds = trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    outcomes = Counter(str(word) for (word,) in journal.db.execute("SELECT outcome FROM rows"))
    journal.close()
    return Score(
        server.writes.calls, server.reads.calls, server.writes.refused + server.reads.refused, seconds, outcomes
    )


def main() -> int:
    rows = QUICK_ROWS if "--quick" in sys.argv else ROWS
    contacts = team(rows)
    there = len(contacts)
    scores = {"curl --rate 30/m": Score(rows, 0, 0, rows * 2.0, Counter())}
    wrong = []
    for name, skip, most in (
        ("ours", False, 100),
        ("ours, skip, pages of 100", True, 100),
        ("ours, skip, pages of 25", True, 25),
        ("ours, skip, no list", True, 0),
    ):
        server = Server(contacts, most)
        with tempfile.TemporaryDirectory() as folder:
            scores[name] = score = ours(rows, server, Path(folder), skip=skip)
        if set(server.contacts.values()) != {"DNC"}:
            wrong.append(f"{name}: somebody is not DNC")
        expected = Counter(succeeded=there, not_found=rows - there)
        if skip:
            as_asked = sum(status == "DNC" for status in contacts.values())
            expected = Counter(succeeded=there - as_asked, unchanged=as_asked, not_found=rows - there)
        if score.outcomes != expected:
            wrong.append(f"{name}: {dict(score.outcomes)}, not {dict(expected)}")
        if score.refused:
            wrong.append(f"{name}: {score.refused} calls were refused")
    print_scores(rows, scores)
    before, after = scores["ours"], scores["ours, skip, pages of 100"]
    if rows == ROWS and (after.writes * 2 > before.writes or after.seconds * 1.9 > before.seconds):
        wrong.append("reading first is to halve the writes, and the time but for the reads before the first write")
    for line in wrong:
        print(f"WRONG: {line}")
    return 1 if wrong else 0


def print_scores(rows: int, scores: Mapping[str, Score]) -> None:
    print(f"{rows:,} rows: 40% as asked already, 10% nobody's; 30 writes and 100 reads a minute; virtual time\n")
    print(f"{'':26}{'writes':>8}{'reads':>8}{'time':>12}{'calls':>8}{'of ours':>9}{'faster':>8}")
    base: Any = scores["ours"]
    for name, score in scores.items():
        hours, minutes = divmod(round(score.seconds / 60), 60)
        print(
            f"{name:26}{score.writes:8,}{score.reads:8,}{f'{hours} h {minutes:02d} min':>12}"
            f"{score.writes + score.reads:8,}{score.writes / base.writes:9.0%}{base.seconds / score.seconds:7.2f}x"
        )


if __name__ == "__main__":
    sys.exit(main())
