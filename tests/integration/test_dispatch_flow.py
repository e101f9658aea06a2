"""Hours of dispatch in virtual time: the whole quota, no 429, each row one word and one effect."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import anyio
import pytest
import trio
import trio.testing
from harness.examples import examples
from unit.dispatcher.harness import DNC, Ledger, Server, Stage, in_virtual_time, sqlite_quota

from batch.dispatcher.actions import Policy, ReadRequirement, StopReason
from batch.dispatcher.pacing.learned_limit import LearnedLimit
from batch.dispatcher.quota_stores.shared import SharedQuota
from batch.dispatcher.workers import INTENT_S
from batch.errors import JournalBroken
from batch.guayaba.exchange import ContactRead, Exchange, RateLimitHeaders, ReadResult
from batch.journal.entries import AttemptFinished, AttemptStarted, Entry, PendingRow, RowResult
from batch.model import Outcome


@pytest.mark.parametrize("sliding", [False, True])
@pytest.mark.parametrize("latency", [0.005, 2.0])
def test_a_night_of_calls_uses_the_whole_quota_and_meets_no_429(sliding: bool, latency: float) -> None:
    """10,000 rows at 30 a minute: each is written once, no call is refused, and the hours are those of the quota."""
    rows = examples(10_000)
    stage = Stage(Server(sliding=sliding, latency=latency, begun_at=-41.0), rows=rows)
    took = in_virtual_time(stage)
    assert stage.outcomes() == Counter({Outcome.SUCCEEDED: rows})
    assert stage.server.refused == 0
    assert set(stage.server.applied.values()) == {1}
    windows = (rows - 1) // 30
    at_the_end = 30 / 4 * latency  # the calls of a window leave four at a time
    assert took <= windows * (60.0 + latency) + at_the_end + 3 * latency + 1.0


@pytest.mark.parametrize("sliding", [False, True])
def test_the_quota_is_not_left_lying(sliding: bool) -> None:
    """Over ten windows at 5 ms latency, at least 99% of the calls that the limit allows are made."""
    stage = Stage(Server(sliding=sliding), rows=2_000)

    async def stop_after_ten_windows() -> None:
        await anyio.sleep(600.0)
        stage.workers.drain(StopReason.STOPPED)

    in_virtual_time(stage, stop_after_ten_windows)
    made = sum(1 for at in stage.server.all_counted if at < stage.server.all_counted[0] + 600.0)
    assert made >= 0.99 * 300
    assert stage.server.refused == 0


@pytest.mark.parametrize("seed", range(examples(12)))
def test_faults_of_every_sort_leave_each_row_with_one_word_and_one_effect(seed: int) -> None:
    """Cut replies, 503s, refused connections: 600 rows end succeeded or failed, and no contact was written twice."""
    chance = random.Random(seed)
    server = Server(fault=lambda turn: chance.choices([None, "cut", "503", "refused"], [80, 8, 8, 4])[0])
    stage = Stage(server, rows=600)
    in_virtual_time(stage)
    assert sum(stage.outcomes().values()) == 600
    assert set(stage.outcomes()) <= {Outcome.SUCCEEDED, Outcome.FAILED}
    assert max(server.applied.values()) == 1
    assert sum(server.applied.values()) == stage.outcomes()[Outcome.SUCCEEDED]
    assert server.refused == 0


def test_every_effect_had_an_intent_before_it() -> None:
    """When a request leaves, its intent is in the ledger already, ahead of what came of it."""
    stage = Stage(Server(), rows=100)
    in_virtual_time(stage)
    seen: set[int] = set()
    for entry in stage.ledger.entries:
        if isinstance(entry, AttemptStarted):
            seen.add(entry.ordinal)
        elif isinstance(entry, AttemptFinished):
            assert entry.result.ordinal in seen
    assert len(seen) == 100


def test_no_result_is_reported_before_it_is_on_the_disk() -> None:
    """When a result is reported, the ledger holds it, although its entry shares a page with the next row's intent."""
    stage = Stage(Server(), rows=100)
    early: list[int] = []
    take_result = stage.take_result

    def listen(result: RowResult) -> None:
        held = {entry.result.ordinal for entry in stage.ledger.entries if isinstance(entry, AttemptFinished)}
        early.extend({result.ordinal} - held)
        take_result(result)

    stage.take_result = listen  # type: ignore[method-assign]
    in_virtual_time(stage)
    assert stage.outcomes() == Counter({Outcome.SUCCEEDED: 100})
    assert early == []


def test_outcome_and_next_intent_share_a_page() -> None:
    """Under a steady load there is one append a row, not two."""
    stage = Stage(Server(limit=1_000_000), rows=500, policy=Policy(in_flight=4))
    in_virtual_time(stage)
    assert stage.ledger.appends <= 500 * 1.1


def test_an_intent_takes_none_of_the_time_between_two_calls() -> None:
    """Where a rate without a burst was learned, calls leave as far apart as it says, never less, and a journal that
    takes up to 90 ms a write makes it no more."""
    disk = random.Random(3)

    async def slowly(work: Callable[[], None]) -> None:
        await anyio.sleep(disk.uniform(0.01, 0.09))
        work()

    stage = Stage(Server(), rows=30, lead=INTENT_S, run_blocking=slowly)

    async def learned() -> None:
        stage.workers.engine.writes.known.restore(LearnedLimit(30, 1, 2.0, anyio.current_time()))

    in_virtual_time(stage, learned)
    left = sorted(stage.server.sent_at.values())
    gaps = [later - earlier for earlier, later in pairwise(left[10:])]
    assert min(gaps) >= 2.0
    assert max(gaps) <= 2.0 + 1.1 * stage.server.latency
    written = [entry.at for entry in stage.ledger.entries if isinstance(entry, AttemptStarted)]
    assert all(intent <= sent for intent, sent in zip(written, left, strict=True))


def test_a_broken_journal_stops_the_run_before_another_call() -> None:
    """When the journal cannot be written the run ends with that error, and no call is made without an intent."""
    stage = Stage(Server(), rows=100, ledger=Ledger(breaks_at=20))
    with pytest.raises(ExceptionGroup) as caught:
        in_virtual_time(stage)
    assert caught.group_contains(JournalBroken)
    intents = {entry.ordinal for entry in stage.ledger.entries if isinstance(entry, AttemptStarted)}
    assert set(stage.server.applied) <= {f"c{ordinal}" for ordinal in intents}


def test_a_drain_lets_requests_end_and_waits_no_longer_than_its_bound() -> None:
    """After a drain nothing new leaves; requests under way may end; a server that never answers is left after 8 s."""
    stage = Stage(Server(latency=100.0), rows=100)
    left_at: list[float] = []

    async def stop_soon() -> None:
        await anyio.sleep(1.0)
        left_at.append(anyio.current_time())
        stage.workers.drain(StopReason.STOPPED)
        await anyio.sleep_forever()

    assert in_virtual_time(stage, stop_soon) == pytest.approx(9.0)
    assert stage.outcomes() == Counter()


def test_somebody_elses_calls_on_the_key_are_made_room_for() -> None:
    """With another integration spending the same quota, what the server says keeps refusals to single ones."""
    stage = Stage(Server(), rows=300)

    async def neighbour() -> None:
        while True:
            await anyio.sleep(6.0)
            await stage.server.send(PendingRow(0, "neighbour", None, DNC, 0, False))

    in_virtual_time(stage, neighbour)
    assert stage.outcomes() == Counter({Outcome.SUCCEEDED: 300})
    assert stage.server.refused <= 15


def test_two_runs_on_one_key_share_the_quota_and_meet_no_429(tmp_path: Path) -> None:
    """Two processes' worth of workers, one budget file, one sliding server: together they make the calls of one."""
    server = Server(sliding=True)
    names = iter(("first", "second"))

    def budget() -> SharedQuota:
        now = anyio.current_time
        return sqlite_quota(tmp_path / "b", "write", window=60.0, deadline=30.0, user=next(names), now=now)

    first, second = (Stage(server, rows=300, budget=budget) for _ in range(2))

    async def other() -> None:
        await anyio.sleep(10.0)
        second.open()
        await second.workers.run()

    async def both() -> float:
        first.open()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(other)
            await first.workers.run()
        return anyio.current_time()

    took = trio.run(both, clock=trio.testing.MockClock(autojump_threshold=0))
    assert first.outcomes() + second.outcomes() == Counter({Outcome.SUCCEEDED: 600})
    assert server.refused == 0
    assert took - server.all_counted[0] <= 20 * 60.0 + 60.0


@pytest.mark.parametrize(
    ("policy", "rows", "settled", "reason", "why"),
    [
        (Policy(max_errors=20), 200, 21, StopReason.TOO_MANY_ERRORS, "the 21st error is one too many"),
        (Policy(max_error_share=0.1), 200, 50, StopReason.TOO_MANY_ERRORS, "a share counts from 50 rows on"),
        (Policy(same_refusals=30), 200, 30, StopReason.SAME_REFUSAL, "thirty equal refusals in a row"),
    ],
)
def test_errors_without_end_end_the_run(policy: Policy, rows: int, settled: int, reason: StopReason, why: str) -> None:
    """A server that refuses every row is not asked to the end: the run stops, and the rest is left as it is."""
    server = Server()

    async def refuse(row: PendingRow) -> Exchange:
        await anyio.sleep(0.005)
        return Exchange(
            400, b'{"error": "Validation error", "message": "no such campaign"}', RateLimitHeaders(limit=30)
        )

    server.send = refuse  # type: ignore[method-assign]
    stage = Stage(server, rows=rows, policy=replace(policy, in_flight=1))
    in_virtual_time(stage)
    assert stage.workers.engine.stopped is reason, why
    assert stage.outcomes() == Counter({Outcome.REJECTED: settled})


# -- first looks ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("latency", [0.005, 2.0])
def test_reading_each_contact_first_costs_no_time(latency: float) -> None:
    """3,000 rows that must be read first take as long as without, and none is sent on what was read 15 s before."""
    stage = Stage(Server(latency=latency, begun_at=-41.0), rows=3_000, need=lambda row: ReadRequirement.REQUIRED)
    took = in_virtual_time(stage)
    assert stage.outcomes() == Counter({Outcome.SUCCEEDED: 3_000})
    assert stage.server.refused == 0
    windows = (3_000 - 1) // 30
    assert took <= 1.01 * windows * (60.0 + latency) + 10 * latency
    last_look = dict(stage.server.looks)
    assert all(0.0 <= stage.server.sent_at[contact] - at <= 15.0 + latency for contact, at in last_look.items())
    assert len(stage.server.looks) <= 1.05 * 3_000


def test_a_person_who_opts_out_during_the_run_is_left_alone() -> None:
    """People who become DNC minutes after the start, before their turn, are not activated: nothing is sent to them."""
    held = ContactRead(ReadResult.STOPPED, Exchange(200), "c", None, Outcome.HELD, "would_reactivate")
    free = ContactRead(ReadResult.OTHERWISE, Exchange(200), "c")

    def sight(row: PendingRow) -> ContactRead:
        return held if row.ordinal % 3 == 0 and anyio.current_time() > began + 120.0 else free

    began = 0.0
    stage = Stage(Server(sight=sight), rows=300, need=lambda row: ReadRequirement.REQUIRED)
    in_virtual_time(stage)
    at = [moment for contact, moment in stage.server.sent_at.items() if int(contact[1:]) % 3 == 0]
    early = len(at)
    assert max(at) <= 120.0 + 15.0, "what was read is no older than that when a request leaves"
    assert stage.outcomes() == Counter({Outcome.SUCCEEDED: 200 + early, Outcome.HELD: 100 - early})
    assert sum(stage.server.applied.values()) == 200 + early
    assert early < 40


class Lid:
    """A machine whose lid is shut for two hours: the event loop's clock does not see them."""

    def __init__(self, at: float) -> None:
        self.at = at
        self.slept = 0.0

    async def shut(self) -> None:
        await anyio.sleep(self.at)
        self.slept = 7200.0


class Hurried(Server):
    """Sees a contact at once, and is slow to say so."""

    async def look_first(self, row: PendingRow) -> ContactRead:
        seen = self.sight(row)
        await anyio.sleep(self.latency)
        return seen


@pytest.mark.parametrize(("latency", "at"), [(0.005, 57.0), (6.0, 80.0)], ids=["looks made", "looks in flight"])
def test_what_was_read_before_the_machine_slept_sends_nobody(latency: float, at: float) -> None:
    """Rows that were read and wait for their token as the lid is shut are read again: all are DNC by then."""
    lid = Lid(at)
    held = ContactRead(ReadResult.STOPPED, Exchange(200), "c", None, Outcome.HELD, "would_reactivate")
    free = ContactRead(ReadResult.OTHERWISE, Exchange(200), "c")
    server = Hurried(latency=latency, sight=lambda row: held if lid.slept else free)
    stage = Stage(server, rows=100, need=lambda row: ReadRequirement.REQUIRED, slept=lambda: lid.slept)
    in_virtual_time(stage, lid.shut)
    early = len(server.sent_at)
    assert max(server.sent_at.values()) <= lid.at
    assert stage.outcomes() == Counter({Outcome.SUCCEEDED: early, Outcome.HELD: 100 - early})


def test_a_request_that_was_about_to_leave_as_the_machine_fell_asleep_has_not_left() -> None:
    """Between its intent on the disk and the wire a row may sleep, too: it is read again, and no attempt is used up."""
    lid = Lid(0.0)
    held = ContactRead(ReadResult.STOPPED, Exchange(200), "c", None, Outcome.HELD, "would_reactivate")
    free = ContactRead(ReadResult.OTHERWISE, Exchange(200), "c")
    stage = Stage(
        Server(sight=lambda row: held if lid.slept else free),
        rows=1,
        need=lambda row: ReadRequirement.REQUIRED,
        slept=lambda: lid.slept,
    )

    class Disk(Ledger):
        def append(self, entries: Sequence[Entry]) -> None:
            if any(isinstance(entry, AttemptStarted) for entry in entries):
                lid.slept = 7200.0
            super().append(entries)

    stage.ledger = Disk()
    in_virtual_time(stage)
    assert stage.server.sent_at == {}
    assert (stage.found[1].outcome, stage.found[1].attempts) == (Outcome.HELD, 0)


def test_rows_that_need_no_write_spend_none_of_the_quota() -> None:
    """With 40% as asked and 10% not there, half of the writes are made, at the pace of the reads or the writes."""

    def sight(row: PendingRow) -> ContactRead:
        exchange = Exchange(200, b"", RateLimitHeaders(100))
        if row.ordinal % 10 < 4:
            return ContactRead(ReadResult.AS_ASKED, exchange, "c", None, Outcome.UNCHANGED, "as_asked")
        if row.ordinal % 10 == 4:
            return ContactRead(ReadResult.ABSENT, exchange, None, None, Outcome.NOT_FOUND, "contact_not_found")
        return ContactRead(ReadResult.OTHERWISE, exchange, "c")

    stage = Stage(Server(sight=sight), rows=1_000, need=lambda row: ReadRequirement.OPTIONAL)
    took = in_virtual_time(stage)
    assert stage.outcomes() == Counter({Outcome.SUCCEEDED: 500, Outcome.UNCHANGED: 400, Outcome.NOT_FOUND: 100})
    assert len(stage.server.all_counted) == 500
    assert took <= (500 / 30 + 1) * 60.0


def test_first_looks_keep_to_the_quota_of_reads() -> None:
    """Where nearly all rows need no write the reads bind, and no window of theirs holds more than a hundred."""
    same = ContactRead(
        ReadResult.AS_ASKED, Exchange(200, b"", RateLimitHeaders(100)), "c", None, Outcome.UNCHANGED, "as_asked"
    )
    stage = Stage(Server(sight=lambda row: same), rows=1_000, need=lambda row: ReadRequirement.OPTIONAL)
    took = in_virtual_time(stage)
    at = [moment for _, moment in stage.server.looks]
    assert all(later - first >= 60.0 for first, later in zip(at, at[100:], strict=False))
    assert took <= 9 * 60.0 + 5.0


def test_the_calls_of_an_earlier_run_are_nobody_elses(tmp_path: Path) -> None:
    """A run of five rows right after a run of ten on the same key takes no longer than its calls: the store knows whose
    calls those are that Remaining shows."""
    server = Server(limit=30)

    async def main() -> list[float]:
        took = []
        for rows in (10, 5):
            name = f"run of {rows}"
            quota = sqlite_quota(tmp_path / "b", "write", user=name, now=anyio.current_time)
            await quota.refresh()
            stage = Stage(server, rows=rows, budget=lambda quota=quota: quota)  # type: ignore[misc]
            stage.open()
            began = anyio.current_time()
            await stage.workers.run()
            quota.close()
            took.append(anyio.current_time() - began)
        return took

    took = trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    assert max(took) < 0.2
