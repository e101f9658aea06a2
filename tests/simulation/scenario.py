"""One seed's story: rows, a server with faults, processes on one key that are killed and started again; then the judge.

The real engine, buckets, budget, workers, writer, journal and directory; only the wire and the clock are ours. A kill
cancels a process where it stands: what it had noted and not yet written is lost, its tokens are not handed back, and
the server goes on with what had arrived.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import anyio
import trio
import trio.testing
from simulation.simulated_api import TERMINAL, TIMEOUT_S, WINDOW_S, Contact, World
from trio._core import _run as scheduler
from unit.dispatcher.pacing.limiters import FixedWindow, Gcra, Limiter, SlidingCounter, SlidingLog, Throttler
from unit.harness import KEY, plan, write_plan

from batch.dispatcher.api_session import ApiSession
from batch.dispatcher.lanes import Lanes
from batch.dispatcher.pacing.bucket import Bucket
from batch.dispatcher.quota_stores.in_place import InPlace
from batch.dispatcher.quota_stores.interface import Kind
from batch.dispatcher.quota_stores.shared import SharedQuota
from batch.dispatcher.quota_stores.sqlite import SqliteStore
from batch.dispatcher.reader import Reader
from batch.errors import Unreachable
from batch.guayaba.client import Client
from batch.guayaba.requests import build_request, is_idempotent, starts_outreach
from batch.journal.group_commit import GroupCommit
from batch.journal.journal import Journal
from batch.journal.read import JournalReader
from batch.model import ContactChange, Operation, Outcome, PlannedRow, Request, RunPlan
from batch.runs.row_io import Session
from batch.runs.session import build_workers
from batch.runs.snapshot import take_snapshot
from batch.settings.accounts import ApiKeyLimits
from batch.settings.settings import Settings

#: What the rows of a story ask for: some of it may be repeated blindly, some must not.
ASKS = {
    Operation.FULFILL: [ContactChange("fulfilled")],
    Operation.UPDATE: [
        ContactChange("DNC"),
        ContactChange("active"),
        ContactChange("paused", campaign_id="c1"),
        ContactChange("DNC"),
    ],
    Operation.UPDATE_BY_ID: [ContactChange("DNC"), ContactChange(campaign_id="c2"), ContactChange("active")],
}


def body_of(request: Request) -> str:
    """The body of a request, the same text for the same body."""
    return json.dumps(dict(request.body), sort_keys=True)


@dataclass
class Story:
    """What a seed decides."""

    seed: int
    chance: random.Random = field(init=False)
    rows: list[list[PlannedRow]] = field(default_factory=list)  # of each process
    operation: Operation = Operation.UPDATE
    kills: list[list[float]] = field(default_factory=list)  # of each process: after how many seconds
    world: World = field(init=False)
    before: dict[str, Contact] = field(default_factory=dict)  # the contacts as they were, by phone and by id

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        pick = self.chance
        self.operation = pick.choice(list(Operation))
        people = [f"+1212555{n:04d}" for n in range(100, 100 + pick.randint(5, 90))]
        processes = pick.choice([1, 1, 2])
        self.rows = [[] for _ in range(processes)]
        for at, phone in enumerate(people):
            self.rows[at % processes].append(self._row(at, phone))
        self.kills = [sorted(pick.uniform(0.0, 200.0) for _ in range(pick.choice([0, 0, 1, 3]))) for _ in self.rows]

    def _row(self, at: int, phone: str) -> PlannedRow:
        by_id = self.operation is Operation.UPDATE_BY_ID
        contact = _id(at) if by_id else phone
        change = self.chance.choice(ASKS[self.operation])
        known = not by_id or self.chance.random() < 0.5
        return PlannedRow(at + 2, (phone,), contact, phone if known else None, change)

    def settle_the_world(self, tasks: anyio.abc.TaskGroup) -> None:
        """The server, with contacts for most of the rows."""
        pick = self.chance
        self.world = World(
            random.Random(self.seed + 1),
            tasks,
            limit=pick.choice([5, 30, 30, 100]),
            sliding=pick.random() < 0.5,
            latency=pick.choice([0.005, 0.1, 2.0]),
            calm=pick.choice([1.0, 0.95, 0.7]),
            begun_at=-pick.uniform(0, WINDOW_S),
            gateway=gateway(random.Random(self.seed + 2)),
        )
        for _ in range(pick.choice([0, 0, 1, 2])):
            start = pick.uniform(0, 200)
            self.world.outages.append((start, start + pick.uniform(1, 90), pick.choice(["refused", "black"])))
        for row in (row for rows in self.rows for row in rows):
            at = row.number - 2
            phone = f"+1212555{at + 100:04d}"
            if pick.random() < 0.92:
                self.world.contacts[phone] = Contact(_id(at), phone, status=pick.choice(["active", "active", "paused"]))
            for known in {phone, _id(at)} if phone in self.world.contacts else ():
                self.before[known] = replace(self.world.contacts[phone])
            if pick.random() < 0.03 and row.contact:
                self.world.refused.add(row.contact)


def gateway(pick: random.Random) -> Limiter | None:
    """What stands before the API: mostly nothing, else one of the rules that gateways have."""
    return pick.choice(
        [
            *[None] * 6,
            Gcra(pick.choice([1, 6]), status=pick.choice([429, 503])),
            Gcra(1, 2.5, headers="retry-after"),
            FixedWindow(20, headers=pick.choice(["none", "retry-after", "stated"])),
            SlidingLog(20, headers=pick.choice(["none", "retry-after"])),
            SlidingCounter(25, headers="retry-after"),
            Throttler(20),
        ]
    )


def _id(at: int) -> str:
    return f"f50e8400-e29b-41d4-a716-{at:012d}"


class Flight:
    """The wire of one process: it looks at each request as it leaves."""

    base_url = "memory"

    def __init__(self, story: Story, journal: Journal, plan_: RunPlan) -> None:
        self.world = story.world
        self._journal = journal
        self._ordinals = {row.contact: at for at, row in enumerate(_rows_of(story, plan_), start=1)}
        self._flying: set[str] = set()

    async def send(self, request: object, *, repeatable: bool = False) -> object:
        who = self.world._who(request)  # type: ignore[arg-type]
        assert who not in self._flying, f"two requests for {who} are under way together"
        (noted,) = self._journal.db.execute(
            "SELECT count(*) FROM attempts WHERE ordinal = ? AND seen_at IS NULL", (self._ordinals[who],)
        )
        assert noted[0] >= 1, f"a request for {who} left before its intent was on the disk"
        self._flying.add(who)
        seen = None
        try:
            seen = await self.world.send(request)  # type: ignore[arg-type]
            return seen
        finally:
            self._flying.discard(who)
            if seen is None:  # killed while it was under way
                self.world.doubtful.add((who, body_of(request)))  # type: ignore[arg-type]

    async def read(self, path: str, query: object = None) -> object:
        return await self.world.read(path, query)  # type: ignore[arg-type]


def _rows_of(story: Story, plan_: RunPlan) -> list[PlannedRow]:
    return story.rows[int(plan_.run)]


async def in_place(work: Callable[[], None]) -> None:
    work()


async def stretch(story: Story, number: int, folder: Path, until: float | None) -> bool:
    """One life of process `number`: true where it came to its end, false where it was killed `until` seconds later."""
    journal = Journal.open(folder / f"{number}" / "journal.sqlite")
    journal.db.execute("PRAGMA synchronous = OFF")  # a kill loses nothing that was written; power cuts are elsewhere
    plan_ = journal.plan()
    assert plan_ is not None
    store = SqliteStore(folder / "budget", window=WINDOW_S, now=anyio.current_time)
    kinds: tuple[Kind, Kind] = ("write", "read")
    budgets = [
        SharedQuota(InPlace(store), kind, window=WINDOW_S, deadline=TIMEOUT_S, now=anyio.current_time) for kind in kinds
    ]
    for budget in budgets:
        await budget.refresh()
    client = cast(Client, Flight(story, journal, plan_))
    reader = Reader(client, Bucket(100, WINDOW_S), budgets[1])
    way = ApiSession(ApiKeyLimits("", KEY, None, 1.0), client, reader, budgets[0], budgets[1])
    settings = Settings(key=KEY, timeout=TIMEOUT_S, give_up_after=36_000.0)
    told: list[object] = []
    shared = Session(
        plan=plan_,
        guards=settings.guards,
        limits=settings.limits,
        journal=journal,
        writer=GroupCommit(journal, run_blocking=in_place),
        on_result=lambda account, finding: told.append(finding),
        lanes=1,
        max_in_flight=8,
        remaining_limit=None,
        wall=anyio.current_time,
        draw=random.Random(story.seed + number).random,
    )
    lanes = Lanes({"": build_workers(shared, way)}, journal.pending_by_account())
    ended = False
    with anyio.move_on_after(until):
        with suppress(Unreachable):  # a contact known by its id alone is not written then, where it must be read first
            await take_snapshot(journal, {"": way}, skips=False)
        await lanes.run()
        ended = True
    if ended:
        for budget in budgets:
            budget.close()
    store.close()  # a killed process gives nothing back
    counts = JournalReader(journal).counts()
    assert sum(counts.values()) == journal.count_rows() == len(story.rows[number]), "the accounts do not add up"
    # After a kill nobody knows whether the request of an intent left.
    for (ordinal,) in journal.db.execute("SELECT DISTINCT ordinal FROM attempts WHERE seen_at IS NULL"):
        story.world.doubtful.add(_effect_of(story, story.rows[number][ordinal - 1]))
    journal.close()
    return ended


async def process(story: Story, number: int, folder: Path) -> None:
    """A process that is killed and started again until it comes to its end."""
    before = 0.0
    for at in story.kills[number]:
        if await stretch(story, number, folder, at - before):
            return
        before = at
        await anyio.sleep(story.chance.uniform(0.0, 40.0))
    assert await stretch(story, number, folder, None), "it did not end"


def run(seed: int, folder: Path) -> Story:
    """The story of `seed`, told to its end and judged. Raises AssertionError with what did not hold."""
    story = Story(seed)
    folder.mkdir(parents=True, exist_ok=True)
    for number, rows in enumerate(story.rows):
        (folder / f"{number}").mkdir()
        journal = Journal.create(folder / f"{number}" / "journal.sqlite")
        write_plan(
            journal,
            plan(run=f"{number}", operation=story.operation, stopping_statuses=TERMINAL, change=ContactChange()),
            [rows] if rows else [],
        )
        journal.close()

    async def main() -> None:
        async with anyio.create_task_group() as server:
            story.settle_the_world(server)
            async with anyio.create_task_group() as processes:
                for number in range(len(story.rows)):
                    processes.start_soon(process, story, number, folder)
            # What the server still has in hand comes to its end, too.

    # trio takes tasks that are ready at one moment in an order drawn by chance; a story is to be told twice the same.
    scheduler._ALLOW_DETERMINISTIC_SCHEDULING = True  # type: ignore[misc]
    scheduler._r.seed(seed)
    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    judge(story, folder)
    return story


def judge(story: Story, folder: Path) -> None:
    """Every law that the server's own record can show."""
    world = story.world
    if world.calm == 1.0:  # else there are 429s out of the blue, and answers that lie about the quota
        assert world.throttled == 0, f"{world.throttled} writes met a 429"
        for first, beyond in zip(world.counted, world.counted[world.limit :], strict=False):
            assert beyond - first >= WINDOW_S - 1e-6, f"more than {world.limit} writes within a window"
    assert world.read_throttled == 0, f"{world.read_throttled} reads met a 429"
    for number, rows in enumerate(story.rows):
        with closing(Journal.open(folder / f"{number}" / "journal.sqlite")) as journal:
            words = dict(journal.db.execute("SELECT ordinal, outcome FROM rows"))
            told = dict(journal.db.execute("SELECT ordinal, message || ' ' || code FROM rows"))
        for ordinal, row in enumerate(rows, start=1):
            _judge_row(story, row, words[ordinal], f"row {row.number} ({words[ordinal]}, {told[ordinal]})")


def _effect_of(story: Story, row: PlannedRow) -> tuple[str, str]:
    """The contact and the body of the row's request."""
    assert row.contact is not None and row.change is not None
    return row.contact, body_of(build_request(story.operation, row.contact, row.change))


def _judge_row(story: Story, row: PlannedRow, outcome: str | None, who: str) -> None:
    world = story.world
    assert row.contact is not None and row.change is not None
    assert outcome is not None, f"{who} has no outcome"
    key = _effect_of(story, row)
    effects, again = world.effects[key], is_idempotent(row.change, TERMINAL)
    before = story.before.get(row.contact)
    if not again:
        assert effects <= 1, f"{who}: an ask that must not be repeated took effect {effects} times"
    left_alone = before is not None and before.status in TERMINAL and starts_outreach(row.change, TERMINAL)
    assert not (left_alone and effects), f"{who}: called again, and was to be left alone"
    match Outcome(outcome):
        case Outcome.SUCCEEDED:
            # Read back after a doubt, a contact that was as asked all along counts as done, too.
            was = before is not None and before.status == row.change.status and row.change.campaign_id is None
            assert effects or (was and key in world.doubtful), f"{who}: called done, and it is not"
        case Outcome.NOT_FOUND:
            assert before is None, f"{who}: it is a contact"
        case Outcome.REJECTED:
            assert row.contact in world.refused or key in world.odd, f"{who}: refused by nobody"
        case Outcome.UNKNOWN:
            assert key in world.doubtful, f"{who}: nothing was ever in doubt"
        case Outcome.HELD:
            assert "would_reactivate" in who and left_alone, f"{who}: nobody was in the way"
        case Outcome.FAILED:
            assert not (effects and not again), f"{who}: called failed, and it had its effect"
        case _:
            raise AssertionError(f"{who}: no such end")


def counts(story: Story, folder: Path) -> Counter[str]:
    """The outcomes of all processes together."""
    found: Counter[str] = Counter()
    for number in range(len(story.rows)):
        with closing(Journal.open(folder / f"{number}" / "journal.sqlite")) as journal:
            found.update({str(word): count for word, count in JournalReader(journal).counts().items() if count})
    return found
