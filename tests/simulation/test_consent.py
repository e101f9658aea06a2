"""Consent: no path sends a call that starts outreach, or lifts DNC, beyond what was confirmed for its run.

Whole runs (`runs.run.execute`) against an API in memory that loses answers and is killed in the middle, in virtual
time. The judge is the API's own record of requests, and the plans that were confirmed.
"""

from __future__ import annotations

import json
import random
import sqlite3
import tempfile
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal
from unittest.mock import patch

import anyio
import pytest
import trio
import trio.testing
from harness.examples import examples
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from batch.errors import BatchError, SettingsError
from batch.guayaba.exchange import Exchange, Failure, RateLimitHeaders
from batch.guayaba.requests import OutreachEffect
from batch.journal.group_commit import GroupCommit
from batch.loader import Frame
from batch.model import Operation, Request
from batch.runs.confirm import ConfirmedBy, SessionBounds
from batch.runs.events import RunObserver, RunStarted
from batch.runs.plan import PlanPreview
from batch.runs.run import execute
from batch.runs.spec import FileRun, ReportRun, ResumedRun, RunSpec, UndoRun
from batch.settings.api_key import ApiKey
from batch.settings.read_options import ReadOptions
from batch.settings.settings import Settings

QUOTA = RateLimitHeaders(100_000, 90_000)
PEOPLE = [f"+1212555{n:04d}" for n in range(100, 108)]
#: What the rows ask for, one after the other.
STATUSES = ("active", "DNC", "active", "paused", "active", "active", "fulfilled", "active")


@dataclass
class Api:
    """The server: statuses by phone, and what each run did to them."""

    chance: random.Random
    statuses: dict[str, str]
    run: str = ""
    kill_after: int | None = None
    kill: Callable[[], object] = lambda: None
    #: Run -> contacts for which a request that starts outreach arrived.
    started: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    #: Run -> contacts that lost their DNC.
    lifted: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    base_url = "memory"

    def with_key(self, _key: object) -> Api:
        return self

    async def send(self, request: Request, *, repeatable: bool = False) -> Exchange:
        """A write: it arrives, and its answer may get lost before or after its effect."""
        if self.kill_after is not None:
            self.kill_after -= 1
            if self.kill_after < 0:
                self.kill()
                await anyio.sleep_forever()
        phone, status = str(request.body["phone"]), str(request.body.get("status", "fulfilled"))
        if status == "active":
            self.started[self.run].add(phone)
        fate = self.chance.choices(("ok", "lost before", "lost after", "500"), (12, 1, 1, 1))[0]
        await anyio.sleep(0.05)
        if fate == "lost before":
            return Exchange(failure=Failure.NO_ANSWER, detail="lost")
        if fate == "500":
            return Exchange(500, b"{}", QUOTA)
        if self.statuses[phone] == "DNC" and status != "DNC":
            self.lifted[self.run].add(phone)
        self.statuses[phone] = status
        if fate == "lost after":
            return Exchange(failure=Failure.NO_ANSWER, detail="lost")
        return Exchange(200, json.dumps({"success": True, "contact": self._shown(phone)}).encode(), QUOTA)

    async def read(self, path: str, query: Mapping[str, str | int] | None = None) -> Exchange:
        await anyio.sleep(0.01)
        if path != "/contacts":
            return Exchange(404, b"{}", QUOTA)
        wanted = str((query or {}).get("search", ""))
        found = [self._shown(phone) for phone in self.statuses if wanted in phone]
        page = {"contacts": found, "pagination": {"page": 1, "limit": 100, "total": len(found)}}
        return Exchange(200, json.dumps(page).encode(), QUOTA)

    def _shown(self, phone: str) -> dict[str, str]:
        return {"id": f"f50e8400-e29b-41d4-a716-{int(phone[-6:]):012d}", "phoneNumber": phone,
                "status": self.statuses[phone]}  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One thing that somebody does. `way` is how a run begins or goes on; `yes`: the plan is confirmed."""

    way: Literal["file", "piped", "resume", "rerun", "undo"]
    yes: bool = True
    limit: int | None = None
    kill_after: int | None = None
    fresh: bool = False
    skip_unchanged: bool = False
    leave: bool = False
    #: Before it, somebody gives a contact (by place) a status.
    change: tuple[int, str] | None = None
    #: Before it, the newest run forgets its confirmations, as a run of an older version never had one.
    forget: bool = False


STEPS = st.builds(
    Step,
    way=st.sampled_from(["file", "file", "piped", "resume", "resume", "rerun", "undo"]),
    yes=st.booleans(),
    limit=st.none() | st.integers(1, 4),
    kill_after=st.none() | st.integers(0, 4),
    fresh=st.sampled_from([False, False, False, True]),
    skip_unchanged=st.sampled_from([False, False, True]),
    leave=st.sampled_from([False, False, True]),
    change=st.none() | st.tuples(st.integers(0, 7), st.sampled_from(["active", "DNC", "paused"])),
    forget=st.sampled_from([False, False, False, True]),
)


class Story:
    """A folder of runs, the server, and what was confirmed for each run."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.chance = random.Random(seed)
        # One contact at least is neither DNC nor stopped, so that a row that starts outreach can be sent.
        statuses = ["active", *self.chance.choices(("active", "paused", "DNC"), k=len(PEOPLE) - 1)]
        self.api = Api(random.Random(seed), dict(zip(PEOPLE, statuses, strict=True)))
        self.rows = [("phone", "status"), *zip(PEOPLE, STATUSES, strict=True)]
        (folder / "in.csv").write_text("\n".join(",".join(row) for row in self.rows), encoding="utf-8")
        #: Run -> contacts that may be started, and those that may lose their DNC, by the confirmed plans.
        self.may_start: Counter[str] = Counter()
        self.may_lift: Counter[str] = Counter()

    async def take(self, step: Step) -> None:
        """Do one step; a refusal is an end like any other."""
        if step.change is not None:
            self.api.statuses[PEOPLE[step.change[0]]] = step.change[1]
        if step.forget:
            self._forget()
        spec = self._spec(step)
        if spec is None:
            return
        plans: list[PlanPreview] = []

        def confirm(preview: PlanPreview) -> ConfirmedBy:
            if not step.yes:
                raise SettingsError("no")
            plans.append(preview)
            return "terminal"

        def on_started(started: RunStarted) -> None:
            self.api.run = started.folder.name
            for preview in plans:
                named = [change for change in preview.changes if change.status != "DNC"]
                starts = sum(change.rows for change in named if change.effect is OutreachEffect.STARTS)
                self.may_start[self.api.run] += starts
                self.may_lift[self.api.run] += sum(change.rows for change in named) if step.leave else 0

        with anyio.CancelScope() as scope:
            self.api.kill_after, self.api.kill = step.kill_after, scope.cancel
            try:
                await execute(spec, RunObserver(confirm=confirm, on_started=on_started))
            except BatchError:
                return

    def judge(self) -> None:
        """No run did more than the plans that were confirmed for it named."""
        for run, contacts in self.api.started.items():
            assert len(contacts) <= self.may_start[run], (
                f"{run} started {len(contacts)}, {self.may_start[run]} confirmed"
            )
        for run, contacts in self.api.lifted.items():
            assert len(contacts) <= self.may_lift[run], f"{run} took DNC from {len(contacts)}"

    def _spec(self, step: Step) -> RunSpec | None:
        chosen = Settings(
            base_url="http://127.0.0.1:1",
            key=ApiKey("gua_sandbox0_any-key"),
            out=self.folder / "reports",
            state=self.folder / "state",
            limit=step.limit,
            fresh=step.fresh,
            skip_unchanged=step.skip_unchanged,
            allow_reactivation=step.leave,
            allow_lifting_dnc=step.leave,
        ).run
        runs = self._runs()
        reading = ReadOptions(Operation.UPDATE)
        match step.way:
            case "file":
                return FileRun(self.folder / "in.csv", reading, chosen)
            case "piped":
                rows = self.rows[1:]
                self.chance.shuffle(rows)
                return FileRun(Frame(dict(zip(self.rows[0], zip(*rows, strict=True), strict=True))), reading, chosen)
            case "resume":
                return ResumedRun(self.chance.choice(runs) if runs else None, chosen)
            case "rerun":
                reports = [run / "failures.csv" for run in runs if (run / "failures.csv").is_file()]
                return ReportRun(self.chance.choice(reports), chosen) if reports else None
            case "undo":
                return UndoRun(self.chance.choice(runs), chosen) if runs else None

    def _runs(self) -> list[Path]:
        """The run folders, the one that was worked on last at the end."""
        return sorted((self.folder / "reports").glob("2*"), key=lambda run: run.stat().st_mtime_ns)

    def _forget(self) -> None:
        journals = [run / "journal.sqlite" for run in self._runs()]
        for path in [path for path in journals if path.is_file()][-1:]:
            with closing(sqlite3.connect(path)) as journal, journal:
                journal.execute("DELETE FROM meta WHERE key = 'confirmations'")


@contextmanager
def connected(api: Api) -> Iterator[None]:
    """Every run in this process reaches `api`, and writes its journal in place."""

    @asynccontextmanager
    async def open_client(*_: object, **__: object) -> AsyncIterator[Api]:
        yield api

    async def in_place(work: Callable[[], None]) -> None:
        work()

    commit = partial(GroupCommit, run_blocking=in_place)
    with (
        patch("batch.dispatcher.api_session.open_client", open_client),
        patch("batch.runs.session.GroupCommit", commit),
    ):
        yield


def play(steps: list[Step], seed: int) -> Story:
    """The story of `steps`, judged after each."""
    with tempfile.TemporaryDirectory() as folder:
        story = Story(Path(folder), seed)

        async def main() -> None:
            for step in steps:
                await story.take(step)
                story.judge()

        with connected(story.api):
            trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
        return story


REHEARSAL = [Step("file", limit=4), Step("resume", yes=False), Step("file", yes=False), Step("piped", yes=False)]


@settings(max_examples=examples(30), suppress_health_check=[HealthCheck.too_slow])
@given(steps=st.lists(STEPS, min_size=2, max_size=6), seed=st.integers(0, 2**16))
@example(steps=REHEARSAL, seed=1)
@example(steps=[Step("file", kill_after=4), Step("resume", yes=False), Step("resume", leave=True, yes=False)], seed=2)
@example(steps=[Step("file", limit=4), Step("resume", forget=True, yes=False)], seed=3)
def test_no_path_goes_beyond_what_was_confirmed(steps: list[Step], seed: int) -> None:
    """Limits, kills, resumes, reruns, undos, fresh runs, refusals and opened guards, in any order: what arrives at the
    server was named in a plan that was confirmed for that run."""
    play(steps, seed)


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_run_goes_on_to_its_end_unasked(seed: int) -> None:
    """The law does not hold by sending nothing: what was confirmed once is sent, through kills, without a word more."""
    story = play([Step("file", kill_after=3), Step("resume", yes=False, kill_after=2), Step("resume", yes=False)], seed)
    wanted = {phone for phone, status in zip(PEOPLE, STATUSES, strict=True) if status == "DNC"}
    assert all(story.api.statuses[phone] == "DNC" for phone in wanted)
    (run,) = story.may_start
    assert story.api.started[run]


def test_a_session_holds_to_its_confirmation_by_itself() -> None:
    """Where nobody asks again, the session still sends no more than was confirmed."""
    with patch("batch.runs.run.goes_past", lambda *_: False):
        for seed in range(5):
            play(REHEARSAL, seed)


def test_the_law_fails_where_nothing_asks_and_nothing_holds() -> None:
    """The judge sees a program that goes on unasked and unbounded: it is caught on the rehearsal."""
    unbounded = patch("batch.runs.session.session_bounds", lambda *_: SessionBounds({}, None))
    unasked = patch("batch.runs.run.goes_past", lambda *_: False)
    with unbounded, unasked, pytest.raises(AssertionError, match="confirmed"):
        for seed in range(5):
            play(REHEARSAL, seed)
