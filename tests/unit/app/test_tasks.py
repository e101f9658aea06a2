"""The work behind the pages: its states, who decides about its plan, and who stops it."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from batch import BatchError, Progress
from batch.app import tasks as tasks_module
from batch.app.pages import task as task_page
from batch.app.tasks import Task, Tasks
from batch.errors import Exit
from batch.model import Operation, Rate
from batch.runs.plan import PlanPreview, RateSource


def preview() -> PlanPreview:
    """A plan of one call."""
    return PlanPreview(
        Operation.FULFILL, "http://127.0.0.1:1", "key", 1, Rate(30, 60.0), RateSource.DOCUMENTED, 2.0, 0.0, 1
    )


def waiting(plan: PlanPreview) -> Task:
    """A task whose plan waits for a page."""
    task = Task("1", "job:1", "send", "/")
    with task._changed:
        task._show(plan)
    return task


def test_a_decided_plan_is_not_shown_again() -> None:
    """The page that follows the button may be asked for before the run's thread wakes: it must not see `waiting`."""
    plan = preview()
    task = waiting(plan)
    assert task.decide(True, plan)
    assert task.state == "planning"
    assert not task.decide(True, plan), "the second press of the button decides nothing"


def test_a_plan_that_was_not_seen_is_not_confirmed() -> None:
    """A button that was pressed before the plan was there, or under another plan, confirms nothing."""
    early = Task("1", "job:1", "send", "/")
    assert not early.decide(True, preview())
    task = waiting(preview())
    assert not task.decide(True, preview())
    assert task.state == "waiting"


def test_each_plan_of_a_task_needs_a_decision_of_its_own() -> None:
    """The confirmation of the first plan is none of the second one."""
    plan = preview()
    task = waiting(plan)
    task.decide(True, plan)
    with task._changed:
        task._show(preview())
    assert task._decision is None
    assert not task.decide(True, plan)


def run_until_asked(found: Tasks, answers: list[bool], subject: str = "job:1") -> Task:
    """A task of `subject` whose work asks for a confirmation, and keeps the answer in `answers`."""

    def work(task: Task) -> None:
        answers.append(task.ask(preview()))

    task = found.start(subject, "send", "/", work)
    task.wait_for_start(10.0)
    return task


def test_one_subject_has_one_task() -> None:
    """A second tab gets the task of the first one; once that is refused, a new one, although the old thread may not
    have ended yet."""
    found, answers = Tasks(), list[bool]()
    first = run_until_asked(found, answers)
    assert run_until_asked(found, answers) is first
    assert first.preview is not None
    assert first.decide(False, first.preview)
    second = run_until_asked(found, answers)
    assert second is not first
    second.control.stop()
    assert found.join(10.0)
    assert answers == [False, False]


def test_a_cancelled_plan_sends_nothing_and_makes_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cancelled while it is still being made, it is refused when it asks, and a new one can begin at once."""
    found, asked, go_on = Tasks(), list[bool](), threading.Event()

    def slow(task: Task) -> None:
        go_on.wait(10.0)
        asked.append(task.ask(preview()))

    first = found.start("job:1", "send", "/", slow)
    first.control.stop()
    assert first.is_given_up
    assert found.of("job:1") is None
    assert run_until_asked(found, []) is not first
    go_on.set()
    found.stop_all(Exit.STOPPED)
    assert found.join(10.0)
    assert asked == [False]


def test_a_plan_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """After its time it is given up, and says so: the run is not locked by a tab that was left open."""
    monkeypatch.setattr(tasks_module, "PATIENCE_S", 0.0)
    found, answers = Tasks(), list[bool]()
    task = run_until_asked(found, answers)
    assert found.join(10.0)
    assert (answers, task.cancelled, task.expired) == ([False], True, True)


def begin(found: Tasks, begun: threading.Event, go_on: threading.Event, **how: Any) -> Task:
    """A task whose run begins when `go_on` is set."""

    def work(task: Task) -> None:
        begun.set()
        go_on.wait(10.0)
        task.progress(Progress(Path("reports/r"), 1, 0))

    return found.start("job:1", "send", "/", work, **how)


def test_a_stop_before_the_first_progress_counts() -> None:
    """Between its plan and its first progress no task is known to be the run's: the stop is kept for it."""
    found, begun, go_on = Tasks(), threading.Event(), threading.Event()
    task = begin(found, begun, go_on)
    assert begun.wait(10.0)
    found.stop_run("r")
    assert found.is_stopping("r")
    assert not task.control.is_stopping
    go_on.set()
    assert found.join(10.0)
    assert task.control.is_stopping


def test_a_stop_is_of_one_session() -> None:
    """What stopped a run does not stop its continuation. Of a run that continues, the task is known from the start."""
    found = Tasks()
    for stops in (True, False):
        begun, go_on = threading.Event(), threading.Event()
        task = begin(found, begun, go_on, folder=Path("reports/r"))
        assert found.of_run("r") is task
        if stops:
            found.stop_run("r")
        go_on.set()
        assert found.join(10.0)
        assert task.control.is_stopping is stops
        found.stop_run("r")  # too late: it is over
    assert found.of_run("r") is None


def test_a_stopping_program_begins_nothing() -> None:
    """A form that arrives while the program stops is refused in words."""
    found = Tasks()
    found.stop_all(Exit.STOPPED)
    with pytest.raises(BatchError, match="stopping"):
        found.start("job:1", "send", "/", lambda task: None)


class MovingTask:
    """A task whose state changes between two looks at it."""

    message = ""

    def __init__(self) -> None:
        self._states = ["planning", "waiting"]

    @property
    def version(self) -> int:
        return -len(self._states)

    @property
    def state(self) -> str:
        return self._states.pop(0) if len(self._states) > 1 else self._states[0]


def test_a_page_that_waits_gets_each_state(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also the one that comes while it is given the one before: without it the tab would call the program lost."""
    monkeypatch.setattr(task_page, "_INTERVAL_S", 0)
    task = MovingTask()
    context = SimpleNamespace(tasks=SimpleNamespace(get=lambda _: task), closing=threading.Event())
    request = SimpleNamespace(context=context, path={"task": "1"})

    async def listen() -> list[str]:
        return [json.loads(text)["state"] async for text in task_page.events(request) if text]  # type: ignore[arg-type]

    assert asyncio.run(listen()) == ["planning", "waiting"]
