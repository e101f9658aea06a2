"""The engine's laws, told by a simulation that hypothesis steers: any rows, any exchanges, any times."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import pytest
from harness.examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from batch.dispatcher.actions import (
    Feed,
    Finish,
    Policy,
    Read,
    ReadRequirement,
    Send,
    StopReason,
    Wait,
)
from batch.dispatcher.backoff import Backoff
from batch.dispatcher.engine import Engine
from batch.dispatcher.pacing.bucket import Bucket
from batch.dispatcher.row_queue import RowState
from batch.guayaba.exchange import ContactRead, Exchange, Failure, RateLimitHeaders, ReadResult
from batch.guayaba.verdict import ResponseClass, Verdict, verdict
from batch.journal.entries import RowResult
from batch.model import ContactChange, Outcome

OK = Exchange(200, b'{"success": true}')
NOT_FOUND = Exchange(404, b'{"error": "Not found"}')
BAD = Exchange(400)
BUSY = Exchange(503)
BROKEN = Exchange(500)
HTML = Exchange(200, b"<html>")
THROTTLED = Exchange(429, quota=RateLimitHeaders(retry_after=5.0))
LOST = Exchange(failure=Failure.NO_ANSWER)
REFUSED = Exchange(failure=Failure.NEVER_LEFT)
KEY = Exchange(401)

EXCHANGES = st.sampled_from([OK, OK, OK, NOT_FOUND, BAD, BUSY, BROKEN, HTML, THROTTLED, LOST, REFUSED])
SIGHTS = st.sampled_from(
    [
        ContactRead(ReadResult.AS_ASKED, Exchange(200), "c1"),
        ContactRead(ReadResult.OTHERWISE, Exchange(200)),
        ContactRead(ReadResult.ABSENT, Exchange(200)),
        ContactRead(ReadResult.STOPPED, Exchange(200)),
        ContactRead(ReadResult.UNREADABLE, Exchange(500)),
        ContactRead(ReadResult.UNREADABLE, THROTTLED),
        ContactRead(ReadResult.UNREADABLE, REFUSED),
        ContactRead(ReadResult.UNREADABLE, LOST),
        ContactRead(ReadResult.ABSENT, Exchange(200), None, None, Outcome.NOT_FOUND, "contact_not_found"),
        ContactRead(ReadResult.STOPPED, Exchange(200), "c1", None, Outcome.HELD, "would_reactivate"),
        ContactRead(ReadResult.AS_ASKED, Exchange(200), "c1", None, Outcome.UNCHANGED, "as_asked"),
    ]
)


@dataclass
class World:
    """Obeys an engine: hands out rows, lets each request take its time, and writes down everything that happened."""

    engine: Engine
    jobs: list[RowState]
    answers: list[Exchange]
    looks: list[ContactRead]
    delays: list[float]
    draws: list[float]
    now: float = 0.0
    fed: int = 0
    turn: int = 0
    flying: list[tuple[float, int, int | None]] = field(default_factory=list)  # (lands, ordinal, attempt or None)
    first: set[int] = field(default_factory=set)  # whose first look is in flight
    seen: dict[int, float] = field(default_factory=dict)  # when a first look let a row be sent
    sent: list[tuple[float, int, int]] = field(default_factory=list)
    last: dict[int, RowResult] = field(default_factory=dict)
    log: list[tuple[float, object]] = field(default_factory=list)

    def run(self, most: int = 20_000) -> World:
        for _ in range(most):
            command = self.engine.next(self.now)
            self.log.append((self.now, command))
            match command:
                case Finish():
                    return self
                case Feed(rows):
                    batch = self.jobs[self.fed : self.fed + rows]
                    self.fed += len(batch)
                    self.engine.feed(batch, last=len(batch) < rows)
                case Send(ordinal, attempt):
                    self.sent.append((self.now, ordinal, attempt))
                    if self.jobs[ordinal - 1].required_read is ReadRequirement.REQUIRED:
                        assert self.now - self.seen.pop(ordinal) <= self.engine.policy.fresh_for, "not fresh"
                    self.fly(ordinal, attempt)
                case Read(ordinal, first):
                    self.first |= {ordinal} if first else set()
                    self.fly(ordinal, None)
                case Wait(until):
                    self.wait(until)
        raise AssertionError("the engine did not finish")

    def fly(self, ordinal: int, attempt: int | None) -> None:
        contact = self.contact(ordinal)
        assert contact not in {self.contact(other) for _, other, _ in self.flying}, "two of one contact in flight"
        self.turn += 1
        self.flying.append((self.now + self.delays[self.turn % len(self.delays)], ordinal, attempt))

    def wait(self, until: float | None) -> None:
        lands = min((at for at, _, _ in self.flying), default=None)
        assert until is not None or lands is not None, "the engine waits for nothing"
        if lands is None or (until is not None and until < lands):
            assert until is not None
            assert until > self.now, "a wait that is over"
            self.now = until
            return
        self.now = max(self.now, lands)
        landed = min(self.flying)
        self.flying.remove(landed)
        _, ordinal, attempt = landed
        draw = self.draws[self.turn % len(self.draws)]
        if attempt is None:
            look = self.looks[self.turn % len(self.looks)]
            if ordinal in self.first and look.result is not ReadResult.UNREADABLE and look.outcome is None:
                self.seen[ordinal] = self.now
            self.first.discard(ordinal)
            found = self.engine.settle_read(ordinal, look, self.now, draw)
        else:
            exchange = self.answers[self.turn % len(self.answers)]
            means = verdict(exchange, ContactChange(status="DNC"), None)
            found = self.engine.settle(ordinal, exchange, means, self.now, draw)
        assert self.last.get(ordinal) is None or self.last[ordinal].outcome is None, "a settled row came back"
        self.last[ordinal] = found

    def contact(self, ordinal: int) -> str:
        return self.jobs[ordinal - 1].contact

    def outcomes(self) -> Counter[Outcome | None]:
        return Counter(row_result.outcome for row_result in self.last.values())


def engine(limit: int = 30, window: float = 60.0, **policy: object) -> Engine:
    chosen = Policy(**{"backoff": Backoff(1.0, 8.0), **policy})  # type: ignore[arg-type]
    return Engine(Bucket(limit, window), Bucket(100, 60.0), chosen)


def jobs_of(
    contacts: list[str],
    *,
    repeatable: bool = True,
    readable: bool = True,
    need: ReadRequirement = ReadRequirement.NONE,
    needs: Sequence[ReadRequirement] = (),
) -> list[RowState]:
    """A row for each of `contacts`; `needs`, taken in turn, overrules `need`."""
    return [RowState(at, contact, repeatable, readable, required_read=needs[at % len(needs)] if needs else need)
            for at, contact in enumerate(contacts, start=1)]  # fmt: skip


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Any rows (of eight contacts), exchanges, looks, delays, jitter, limit and number of workers."""
    contacts = draw(st.lists(st.sampled_from("abcdefgh"), max_size=25))
    needs = draw(st.lists(st.sampled_from(ReadRequirement), min_size=1, max_size=4))
    jobs = jobs_of(contacts, repeatable=draw(st.booleans()), readable=draw(st.booleans()), needs=needs)
    chosen = engine(
        draw(st.integers(1, 40)),
        in_flight=draw(st.integers(1, 8)),
        buffer_size=draw(st.sampled_from([2, 8, 256])),
        give_up_after=600.0,
    )
    return World(
        chosen,
        jobs,
        draw(st.lists(EXCHANGES, min_size=1, max_size=12)),
        draw(st.lists(SIGHTS, min_size=1, max_size=6)),
        draw(st.lists(st.floats(0.001, 40), min_size=1, max_size=6)),
        draw(st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=6)),
    )


@settings(max_examples=examples(300))
@given(worlds())
def test_every_row_gets_one_final_word_unless_the_run_is_stopped(world: World) -> None:
    """Any rows and exchanges: the engine ends, each row has exactly one outcome, or the engine says why not."""
    world.run()
    final = [ordinal for ordinal, row_result in world.last.items() if row_result.outcome is not None]
    if world.engine.stopped is None:
        assert sorted(final) == [job.ordinal for job in world.jobs]
    else:
        assert world.engine.stopped is StopReason.OUTAGE
    for row_result in world.last.values():
        assert row_result.attempts <= 5
        assert row_result.outcome is not Outcome.SUCCEEDED or row_result.code in ("confirmed", "read_back", "as_asked")
        assert row_result.outcome is not Outcome.FAILED or not row_result.in_doubt


@settings(max_examples=examples(300))
@given(worlds())
def test_rows_of_one_contact_go_in_file_order(world: World) -> None:
    """Any rows and exchanges: a contact's later row is not sent before its earlier row has its outcome."""
    world.run()
    by_contact: dict[str, list[int]] = defaultdict(list)
    for _, ordinal, _ in world.sent:
        by_contact[world.contact(ordinal)].append(ordinal)
    for ordinals in by_contact.values():
        assert ordinals == sorted(ordinals)


@settings(max_examples=examples(200))
@given(worlds())
def test_the_same_rows_draws_and_exchanges_give_the_same_commands(world: World) -> None:
    """There is no clock and no chance inside: two engines told the same say the same."""
    twin = deepcopy(world)
    assert world.run().log == twin.run().log


@settings(max_examples=examples(200))
@given(worlds())
def test_no_window_of_sent_writes_holds_more_than_the_limit(world: World) -> None:
    """Retries spend tokens too: whatever happens, `limit` + 1 writes that left span more than one window."""
    world.answers = [exchange for exchange in world.answers if exchange is not REFUSED] or [OK]  # that one never left
    world.answers = [exchange for exchange in world.answers if exchange is not THROTTLED] or [
        OK
    ]  # nor was this counted
    limit = world.engine.writes.limit
    at = [moment for moment, _, _ in world.run().sent]
    for first, beyond in zip(at, at[limit:], strict=False):
        assert beyond - first >= 60.0 - 1e-6


def settle_with(*answers: Exchange, looks: tuple[ContactRead, ...] = (), **marks: Any) -> RowResult:
    """The last finding on one row whose attempts and looks end as listed."""
    world = World(
        engine(), jobs_of(["a"], **marks), [OK], [ContactRead(ReadResult.OTHERWISE, Exchange(200))], [0.1], [0.5]
    )
    answers_left, looks_left = list(answers), list(looks)

    for _ in range(200):
        command = world.engine.next(world.now)
        match command:
            case Finish():
                break
            case Feed(rows):
                world.engine.feed(world.jobs, last=len(world.jobs) < rows)
            case Send(ordinal, _):
                exchange = answers_left.pop(0) if answers_left else OK
                means = verdict(exchange, ContactChange(status="DNC"), None)
                world.last[ordinal] = world.engine.settle(ordinal, exchange, means, world.now, 0.5)
            case Read(ordinal):
                look = looks_left.pop(0) if looks_left else ContactRead(ReadResult.OTHERWISE, Exchange(200))
                world.last[ordinal] = world.engine.settle_read(ordinal, look, world.now, 0.5)
            case Wait(until):
                assert until is not None
                world.now = until
    assert not answers_left, "an attempt that was expected was not made"
    return world.last[1]


MUST: dict[str, Any] = {"need": ReadRequirement.REQUIRED, "repeatable": False}
MAY: dict[str, Any] = {"need": ReadRequirement.OPTIONAL}
GO = ContactRead(ReadResult.OTHERWISE, Exchange(200), "c1")
HELD = ContactRead(
    ReadResult.STOPPED, Exchange(200), "c1", None, Outcome.HELD, "would_reactivate", "the contact is DNC now"
)
NOBODY = ContactRead(ReadResult.ABSENT, Exchange(200), None, None, Outcome.NOT_FOUND, "contact_not_found")
SAME = ContactRead(ReadResult.AS_ASKED, Exchange(200), "c1", None, Outcome.UNCHANGED, "as_asked")
AS_ASKED = ContactRead(ReadResult.AS_ASKED, Exchange(200), "c1")
UNREAD = ContactRead(ReadResult.UNREADABLE, BROKEN)


@pytest.mark.parametrize(
    ("answers", "looks", "marks", "outcome", "code", "attempts", "reason"),
    [
        ([OK], (), {}, Outcome.SUCCEEDED, "confirmed", 1, "the common case"),
        ([NOT_FOUND], (), {}, Outcome.NOT_FOUND, "contact_not_found", 1, "404 is final"),
        ([BAD], (), {}, Outcome.REJECTED, "bad_request", 1, "400 is final"),
        ([BUSY, BUSY, OK], (), {}, Outcome.SUCCEEDED, "confirmed", 3, "503 is asked again"),
        ([BUSY] * 5, (), {}, Outcome.FAILED, "server_error", 5, "attempts are used up"),
        ([THROTTLED] * 9 + [OK], (), {}, Outcome.SUCCEEDED, "confirmed", 1, "a 429 uses up no attempt"),
        ([REFUSED] * 9 + [OK], (), {}, Outcome.SUCCEEDED, "confirmed", 1, "an outage uses up no attempt"),
        ([LOST], (AS_ASKED,), {}, Outcome.SUCCEEDED, "read_back", 1, "the answer was lost, the effect was not"),
        ([LOST, OK], (), {}, Outcome.SUCCEEDED, "confirmed", 2, "read back: not done, so sent again"),
        ([BROKEN], (AS_ASKED,), {}, Outcome.SUCCEEDED, "read_back", 1, "a 500 after the effect is not repeated"),
        ([LOST, OK], (UNREAD,), {}, Outcome.SUCCEEDED, "confirmed", 2, "unreadable, but safe to repeat"),
        ([LOST], (UNREAD,) * 4, {"repeatable": False}, Outcome.UNKNOWN, "answer_lost", 1,
         "unreadable and not safe to repeat: nobody can say"),
        ([LOST, OK], (UNREAD, UNREAD, ContactRead(ReadResult.OTHERWISE, Exchange(200))), {"repeatable": False},
        Outcome.SUCCEEDED,
         "confirmed", 2, "unsafe to repeat, but shown not to be done"),
        ([LOST], (ContactRead(ReadResult.STOPPED, Exchange(200)),), {"repeatable": False}, Outcome.UNKNOWN,
        "stopped_since", 1,
         "the person may have asked to be left alone since: never sent again"),
        ([LOST, OK], (ContactRead(ReadResult.STOPPED, Exchange(200)),), {}, Outcome.SUCCEEDED, "confirmed", 2,
         "an ask that itself stops outreach goes on"),
        ([LOST] * 5, (), {"repeatable": False}, Outcome.UNKNOWN, "no_answer", 5,
         "used up after a look that may have been too early"),
        ([BUSY, OK], (), {"repeatable": False}, Outcome.SUCCEEDED, "confirmed", 2,
         "a 503, read back twice, sent again"),
        ([BUSY], (AS_ASKED,), {"repeatable": False}, Outcome.SUCCEEDED, "read_back", 1, "a 503 after the effect"),
        ([LOST], (), {"repeatable": False, "readable": False}, Outcome.UNKNOWN, "answer_lost", 1,
         "known by id only, unsafe to repeat"),
        ([LOST, OK], (), {"readable": False}, Outcome.SUCCEEDED, "confirmed", 2, "known by id only, safe to repeat"),
        ([LOST] * 5, (UNREAD,) * 5, {}, Outcome.UNKNOWN, "answer_lost", 5, "never answered, never readable"),
        ([LOST] * 5, (), {}, Outcome.FAILED, "no_answer", 5, "never answered, and shown not to be done"),
        ([BROKEN] * 5, (UNREAD,) * 5, {}, Outcome.FAILED, "server_error", 5, "answered with an error, five times"),
        ([BROKEN], (UNREAD,) * 4, {"repeatable": False}, Outcome.UNKNOWN, "answer_lost", 1,
         "an error, perhaps after the effect"),
        ([BROKEN] * 4 + [LOST], (UNREAD,) * 5, {}, Outcome.UNKNOWN, "answer_lost", 5, "the last answer was not seen"),
        ([HTML], (UNREAD,) * 4, {}, Outcome.UNKNOWN, "unreadable_answer", 1, "a success that cannot be believed"),
        ([HTML], (AS_ASKED,), {}, Outcome.SUCCEEDED, "read_back", 1, "reading back settles it"),
        ([OK], (GO,), MUST, Outcome.SUCCEEDED, "confirmed", 1, "read first, then sent"),
        ([], (HELD,), MUST, Outcome.HELD, "would_reactivate", 0, "held back by what was read: never sent"),
        ([], (NOBODY,), MUST, Outcome.NOT_FOUND, "contact_not_found", 0, "nobody to write to"),
        ([], (SAME,), MAY, Outcome.UNCHANGED, "as_asked", 0, "nothing to write"),
        ([], (UNREAD,) * 4, MUST, Outcome.FAILED, "not_read", 0, "what must be read and cannot be is not sent"),
        ([OK], (UNREAD,) * 4, MAY, Outcome.SUCCEEDED, "confirmed", 1, "what need not be read is sent all the same"),
        ([OK], (UNREAD, UNREAD, GO), MUST, Outcome.SUCCEEDED, "confirmed", 1, "a look is made again"),
        ([BUSY, OK], (GO, GO), MAY, Outcome.SUCCEEDED, "confirmed", 2, "read again before it is sent again"),
        ([LOST], (GO, GO, GO, HELD), MUST, Outcome.HELD, "would_reactivate", 1,
         "shown not to be done, and stopped by the person since: not sent again"),
        ([LOST], (GO, AS_ASKED), MUST, Outcome.SUCCEEDED, "read_back", 1, "a doubt is settled as ever"),
        ([LOST], (GO, GO, SAME), MAY, Outcome.SUCCEEDED, "read_back", 1, "as asked by our own request, seen late"),
    ],
)  # fmt: skip
def test_what_becomes_of_a_row(
    answers: list[Exchange],
    looks: tuple[ContactRead, ...],
    marks: dict[str, Any],
    outcome: Outcome,
    code: str,
    attempts: int,
    reason: str,
) -> None:
    """A row whose requests and looks end as listed has this outcome, for this reason."""
    found = settle_with(*answers, looks=looks, **marks)
    assert (found.outcome, found.code, found.attempts) == (outcome, code, attempts), reason


def test_what_an_earlier_stretch_sent_may_still_be_at_work_for_longer() -> None:
    """A killed run's request is looked at twice, an attempt's time and `patience` apart: its time was not over."""
    job = RowState(1, "a", False, True, attempts=1, in_doubt=True)
    story = engine(patience=30.0)
    story.next(0.0)
    story.feed([job], last=True)
    now, looks = 0.0, []
    while not isinstance(command := story.next(now), Send):
        if isinstance(command, Read):
            looks.append(now)
            story.settle_read(1, ContactRead(ReadResult.OTHERWISE, Exchange(200)), now, 0.5)
        else:
            assert isinstance(command, Wait) and command.until is not None
            now = command.until
    assert len(looks) == 2 and looks[1] - looks[0] >= 60.0


def test_a_single_early_look_is_not_believed_where_repeating_does_harm() -> None:
    """What must not be repeated is sent again only after two looks, `patience` apart, showed it not to be done."""
    world = World(engine(patience=30.0), jobs_of(["a"], repeatable=False), [LOST], [], [0.1], [0.5])
    world.looks = [ContactRead(ReadResult.OTHERWISE, Exchange(200))]
    at: list[tuple[float, str]] = []
    for _ in range(40):
        command = world.engine.next(world.now)
        match command:
            case Feed():
                world.engine.feed(world.jobs, last=True)
            case Send():
                at.append((world.now, "send"))
                if len(at) > 1:
                    break
                world.engine.settle(1, LOST, verdict(LOST, ContactChange(), None), world.now, 0.5)
            case Read():
                at.append((world.now, "look"))
                world.engine.settle_read(1, world.looks[0], world.now, 0.5)
            case Wait(until):
                assert until is not None
                world.now = until
            case Finish():
                break
    assert [what for _, what in at] == ["send", "look", "look", "send"]
    assert at[2][0] - at[1][0] >= 30.0


def test_a_look_is_not_made_long_before_its_row_can_be_sent() -> None:
    """With the quota used up, the next contacts are read when their turn is near, and no more than can be sent."""
    world = World(engine(3), jobs_of([str(n) for n in range(9)], **MUST), [OK], [GO], [0.1], [0.5])
    world.run()
    looks = [at for at, command in world.log if isinstance(command, Read)]
    sends = [at for at, *_ in world.sent]
    assert len(looks) == 9
    assert all(0.099 <= sent - looked <= 6.0 for looked, sent in zip(looks, sends, strict=True))


def test_what_was_read_before_a_pause_is_read_again() -> None:
    """A row that was read, and for which the machine's budget has no token for a minute, is read again."""
    mill = engine()
    mill.next(0.0)
    mill.feed(jobs_of(["a"], need=ReadRequirement.REQUIRED), last=True)
    assert mill.next(0.0) == Read(1, before_write=True)
    mill.settle_read(1, GO, 0.1, 0.5)
    send = mill.next(0.1)
    assert send == Send(1, 1)
    mill.defer_until(send, 60.0)
    assert mill.next(0.1) == Wait(60.0)
    assert mill.next(60.0) == Read(1, before_write=True)
    mill.settle_read(1, GO, 60.1, 0.5)
    send = mill.next(60.1)
    assert send == Send(1, 1)
    mill.defer_until(send, 70.0)
    assert mill.next(70.0) == Send(1, 1), "ten seconds are no reason to read again"


def test_a_run_that_gets_no_part_of_a_shared_quota_stops() -> None:
    """Other users of the key may take all tokens for as long as a server may be silent, and no longer; a token that was
    had in between starts the time again."""
    mill = engine(give_up_after=300.0)
    mill.next(0.0)
    mill.feed(jobs_of(["a", "b"]), last=True)

    def find_no_token(now: float) -> None:
        send = mill.next(now)
        assert isinstance(send, Send)
        mill.defer_until(send, now + 1.0)

    for now in (0.0, 150.0, 299.0):
        find_no_token(now)
    assert mill.next(300.0) == Send(1, 1)
    mill.settle(1, OK, verdict(OK, ContactChange(), None), 300.1, 0.5)
    find_no_token(301.0)
    assert mill.stopped is None
    find_no_token(602.0)
    assert mill.stopped is StopReason.NO_QUOTA_LEFT
    assert mill.next(603.0) == Finish()


def test_reads_that_are_answered_do_not_hide_that_no_write_is() -> None:
    """A server that answers every look and refuses every write with 429 is given up like one that is silent."""
    world = World(engine(give_up_after=300.0), jobs_of(["a"], **MUST), [THROTTLED], [GO], [0.01], [0.5]).run()
    assert world.engine.stopped is StopReason.OUTAGE
    assert 300.0 <= world.now < 500.0


def test_a_refused_key_stops_everything_at_once() -> None:
    """After a 401 nothing more is sent, and the row keeps no outcome: it stays pending."""
    world = World(engine(), jobs_of(["a", "b", "c"]), [KEY], [AS_ASKED], [0.1], [0.5]).run()
    assert world.engine.stopped is StopReason.KEY_REFUSED
    assert len(world.sent) == 1
    assert world.last[1].outcome is None


FORBIDDEN = Exchange(403, b'{"error": "Forbidden"}')


@pytest.mark.parametrize(
    ("answers", "stopped", "succeeded"),
    [
        pytest.param([FORBIDDEN], StopReason.KEY_REFUSED, 0, id="the first answer: the key was never accepted"),
        pytest.param([OK, FORBIDDEN], StopReason.KEY_OR_LIMIT, 1, id="after an accepted call: the key or a limit"),
        pytest.param([OK, KEY], StopReason.KEY_REFUSED, 1, id="a 401 is about the key, whatever came before"),
        pytest.param(
            [OK, FORBIDDEN._replace(quota=RateLimitHeaders(retry_after=30.0)), OK], None, 3,
            id="with Retry-After it is a limit",
        ),
        pytest.param(
            [OK, FORBIDDEN._replace(quota=RateLimitHeaders(limit=30, remaining=0)), OK], None, 3,
            id="with nothing remaining it is a limit",
        ),
        pytest.param(
            [FORBIDDEN._replace(quota=RateLimitHeaders(retry_after=30.0))], StopReason.KEY_REFUSED, 0,
            id="a limit before any call was accepted says nothing for the key",
        ),
    ],
)  # fmt: skip
def test_a_403_after_an_accepted_call_is_the_key_or_a_limit(
    answers: list[Exchange], stopped: StopReason | None, succeeded: int
) -> None:
    """A 403 halts the lane, with the reason that fits; one that names a limit is waited for like a 429, and costs the
    row no attempt."""
    in_turn = [answers[-1], *answers[:-1]]  # the world begins with the second
    world = World(engine(in_flight=1), jobs_of(["a", "b", "c"]), in_turn, [AS_ASKED], [0.1], [0.5]).run()
    assert world.engine.stopped is stopped
    assert world.outcomes()[Outcome.SUCCEEDED] == succeeded
    assert {row_result.attempts for row_result in world.last.values() if row_result.outcome} <= {1}


def test_an_outage_holds_all_rows_and_one_probes() -> None:
    """While nothing leaves, one request at a time probes with growing pauses, and the rows go on when it ends."""
    world = World(engine(), jobs_of(list("abcdefgh")), [OK], [AS_ASKED], [0.01], [0.9])
    down_until = 100.0
    sent_while_down = 0
    for _ in range(5000):
        command = world.engine.next(world.now)
        match command:
            case Finish():
                break
            case Feed():
                world.engine.feed(world.jobs, last=True)
            case Send(ordinal, _):
                down = world.now < down_until
                sent_while_down += down
                exchange = REFUSED if down else OK
                means = verdict(exchange, ContactChange(status="DNC"), None)
                world.last[ordinal] = world.engine.settle(ordinal, exchange, means, world.now, 0.9)
            case Wait(until):
                assert until is not None
                world.now = until
    assert world.outcomes() == Counter({Outcome.SUCCEEDED: 8})
    assert sent_while_down < 25
    assert all(row_result.attempts == 1 for row_result in world.last.values())


def test_an_outage_without_end_is_given_up() -> None:
    """After `give_up_after` without any answer the engine stops, and no row is called failed for it."""
    world = World(engine(give_up_after=300.0), jobs_of(list("abc")), [REFUSED], [AS_ASKED], [0.01], [0.9]).run()
    assert world.engine.stopped is StopReason.OUTAGE
    assert 300.0 <= world.now < 400.0
    assert world.outcomes() == Counter({None: len(world.last)})


def test_a_stopped_engine_lets_requests_end_and_sends_nothing_more() -> None:
    """After `stop`, the engine waits for what is in flight and then finishes."""
    world = World(engine(), jobs_of(list("abc")), [OK], [AS_ASKED], [5.0], [0.5])
    assert isinstance(world.engine.next(0.0), Feed)
    world.engine.feed(world.jobs, last=True)
    assert world.engine.next(0.0) == Send(1, 1)
    world.engine.stop(StopReason.STOPPED)
    assert world.engine.next(1.0) == Wait(None)
    world.engine.settle(1, OK, verdict(OK, ContactChange(), None), 5.0, 0.5)
    assert world.engine.next(5.0) == Finish()


def test_a_row_in_doubt_is_read_before_it_is_sent() -> None:
    """A row whose earlier request may have arrived is read back first; as asked, it costs no write."""
    job = RowState(1, "a", is_idempotent=False, in_doubt=True, attempts=1)
    world = World(engine(), [job], [OK], [AS_ASKED], [0.1], [0.5]).run()
    assert world.sent == []
    assert world.last[1].outcome is Outcome.SUCCEEDED
    assert world.last[1].verdict == ResponseClass.SUCCEEDED


def test_a_row_of_two_contacts_is_not_sent_without_end_where_reads_fail() -> None:
    """Which contact of a number is next, only a read says: where reads fail after the first one was written, the row
    fails. It is not sent again, since that would write the first contact once more, for ever."""
    chosen = engine()
    chosen.feed([RowState(1, "c1", True, required_read=ReadRequirement.OPTIONAL)], last=True)
    next_contact = Verdict(ResponseClass.NEXT_CONTACT, "confirmed", "written as +525512345678")
    now, sent = 0.0, 0
    result: RowResult | None = None
    while not isinstance(command := chosen.next(now), Finish):
        match command:
            case Send(ordinal):
                sent += 1
                result = chosen.settle(ordinal, OK, next_contact, now, 0.5)
            case Read(ordinal):
                broken = ContactRead(ReadResult.UNREADABLE, BROKEN)
                read = ContactRead(ReadResult.OTHERWISE, Exchange(200)) if not sent else broken
                result = chosen.settle_read(ordinal, read, now, 0.5)
            case Wait(until):
                assert until is not None
                now = until
        assert sent < 3, "it is sent without end"
    assert result is not None
    assert (sent, result.outcome, result.code) == (1, Outcome.FAILED, "not_read")
