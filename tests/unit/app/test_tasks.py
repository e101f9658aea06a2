"""The work behind the pages: its states, and who decides about its plan."""

from __future__ import annotations

from batch.app.tasks import Task


def test_a_decided_plan_is_not_shown_again() -> None:
    """The page that follows the button may be asked for before the run's thread wakes: it must not see `waiting`."""
    task = Task("1", "job:1", "send", "/")
    with task._changed:
        task._set("waiting")
    assert task.decide(True)
    assert task.state == "planning"
    assert not task.decide(True), "the second press of the button decides nothing"
