"""Notices: who is told what and when, and that telling harms nothing. The clock is virtual."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import anyio.to_thread
import pytest
import trio
import trio.testing
from unit.harness import DNC, found, plan, planned, sendable

from batch.errors import JournalBroken
from batch.guayaba.exchange import Exchange, Failure
from batch.journal.journal import Journal
from batch.journal.read import JournalReader
from batch.model import Outcome, RunSummary
from batch.reporter.webhook import Webhook, webhook_body
from batch.settings.settings import Settings

URL = "https://hooks.example.com/T0/secret-path"


class Wall:
    """An address that answers as it is told to, and keeps what was posted."""

    def __init__(self, *answers: Exchange | Exception | float) -> None:
        self.answers = list(answers) or [Exchange(200)]
        self.bodies: list[dict[str, object]] = []

    async def post(self, url: str, body: bytes) -> Exchange:
        assert url == URL
        self.bodies.append(json.loads(body))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, float):
            await anyio.sleep(answer)
            return Exchange(200)
        return answer


def in_time(wall: Wall, journal: Path, use: Callable[[Webhook], Awaitable[None]]) -> tuple[Webhook, float]:
    """The notices after `use` of them, and the seconds that it took."""
    took = 0.0
    made: list[Webhook] = []

    async def main() -> None:
        nonlocal took
        made.append(Webhook(Settings(notify=URL).output, plan(), journal, wall.post))
        before = anyio.current_time()
        await use(made[0])
        took = anyio.current_time() - before

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    return made[0], took


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """A run of DNC with four rows: one done, one not found, two to come."""
    made = planned(tmp_path / "j", sendable(4), change=DNC)
    made.append([found(1), found(2, Outcome.NOT_FOUND, code="contact_not_found", status=404)])
    return made


def facts_of(journal: Journal) -> RunSummary:
    return JournalReader(journal).facts()


def test_a_notice_is_the_summary_without_names(journal: Journal) -> None:
    """It holds event, text and counts; no path, no command, no phone, and of the run's name not the file's part."""
    body = webhook_body("stopped", plan(change=DNC), facts_of(journal))
    assert (body["version"], body["event"], body["rows"]) == (1, "stopped", 4)
    assert body["run"] == "20260131T090000Z-update-c0ffee00"
    assert body["text"] == (
        "guayaba-batch update: open, 4 rows: 1 succeeded, 1 not_found, 2 pending. 1 number is NOT protected: it is "
        "not a contact of this team, so DNC could not be set. Keep it out of every dialer and every later import "
        "yourself. 2 more numbers are not confirmed as DNC yet: do not call them."
    )
    assert not {"file", "files", "commands", "parent"} & set(body)
    told = json.dumps(body)
    assert "contacts" not in told.replace(str(body["text"]), "").replace("contact_not_found", "")
    assert "+1" not in told and "•" not in told


@pytest.mark.parametrize(
    ("answers", "posts", "remark", "why"),
    [
        ([Exchange(200)], 1, "", "taken"),
        ([Exchange(204)], 1, "", "taken without a word"),
        ([Exchange(503), Exchange(200)], 2, "", "a second try"),
        ([Exchange(429), Exchange(429), Exchange(200)], 3, "", "a third"),
        ([Exchange(failure=Failure.NEVER_LEFT)], 3, "no answer came", "nobody there"),
        ([Exchange(302)], 1, "it answered 302", "a redirect is not followed"),
        ([Exchange(404)], 1, "it answered 404", "asking again would not help"),
        ([RuntimeError("secret-path")], 1, "RuntimeError", "a fault of our own"),
        ([1e6], 1, "no answer within 15 s", "an address that never ends"),
    ],
)
def test_a_notice_that_does_not_arrive_is_a_remark(
    journal: Journal, answers: list[Exchange | Exception | float], posts: int, remark: str, why: str
) -> None:
    """Whatever the address does, telling returns in time, and what is left is a remark that names the host only."""
    wall, facts = Wall(*answers), facts_of(journal)
    notices, took = in_time(wall, journal.path, lambda made: made.run_ended(facts))
    assert len(wall.bodies) == posts, why
    assert took <= 15
    assert bool(notices.notices) is bool(remark)
    for said in notices.notices:
        assert remark in said and "hooks.example.com" in said
        assert "secret" not in said


@pytest.mark.parametrize(
    ("good", "bad", "told", "why"),
    [
        (45, 5, False, "a tenth is not more than a tenth"),
        (44, 6, True, "more than a tenth of fifty"),
        (0, 49, False, "too few rows to say anything"),
        (0, 500, True, "told once, however many follow"),
    ],
)
def test_many_errors_are_told_once(journal: Journal, good: int, bad: int, told: bool, why: str) -> None:
    """While the run goes, the first time that too large a share of enough rows went wrong, one notice leaves."""
    wall = Wall()

    async def use(notices: Webhook) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(notices.watch, None)
            for outcome in [Outcome.SUCCEEDED] * good + [Outcome.REJECTED] * bad:
                notices.row_settled(outcome)
            for _ in range(200 if told else 8):  # the journal is read in a thread, which takes real time
                await anyio.to_thread.run_sync(time.sleep, 0.05)
                if wall.bodies:
                    break
            await anyio.sleep(60)
            tasks.cancel_scope.cancel()

    in_time(wall, journal.path, use)
    assert [body["event"] for body in wall.bodies] == (["errors"] if told else []), why


def test_a_run_that_broke_says_so_without_its_words(journal: Journal) -> None:
    """The error's kind is told; its message, which names files, is not."""
    wall = Wall()
    in_time(wall, journal.path, lambda made: made.run_failed(JournalBroken("the journal reports/ann-lee.csv is full")))
    assert wall.bodies[0]["event"] == "broken"
    assert "JournalBroken" in str(wall.bodies[0]["text"])
    assert "ann-lee" not in json.dumps(wall.bodies)


def test_without_an_address_nothing_is_posted(journal: Journal) -> None:
    """Nobody asked for notices: neither many errors nor the end of the run are posted."""
    wall, facts = Wall(), facts_of(journal)

    async def main() -> None:
        notices = Webhook(Settings().output, plan(), journal.path, wall.post)
        for _ in range(100):
            notices.row_settled(Outcome.FAILED)
        await notices.watch(None)
        await notices.run_ended(facts)

    trio.run(main)
    assert wall.bodies == []
