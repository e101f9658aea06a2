"""Work under way: the plan while it is made, its confirmation, and where its run is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from urllib.parse import quote

from starlette.responses import Response

from batch import Plan, SettingsError, Summary, VerifyResult
from batch.app.pages import plan_rows
from batch.app.request import Request
from batch.app.tasks import PATIENCE_S, Task
from batch.app.templates import duration
from batch.text.language import tr

#: Seconds between two looks, and looks until a word that the connection is alive.
_INTERVAL_S = 0.4
_ALIVE_EVERY = 25


def get_task(request: Request) -> Task:
    """The task of the address. Raises SettingsError where there is none: the program was started again since."""
    task = request.context.tasks.get(request.path["task"])
    if task is None:
        raise SettingsError(
            tr("The program was started again since. Nothing is lost."),
            tip=tr("An interrupted run is in the list of runs, and goes on from there."),
        )
    return task


def show(request: Request) -> Response:  # noqa: C901 - one branch for each state of a task
    """The task as it is now."""
    task = get_task(request)
    state = task.state  # once: the run's thread changes it meanwhile
    if state == "running" and task.folder is not None:
        return request.go(f"/runs/{quote(task.folder.name)}")
    if state == "waiting" and task.preview is not None:
        return request.page("plan.html.j2", task=task, preview=task.preview, error=None)
    if state != "ended":
        return request.page("waiting.html.j2", task=task, state=state)
    if task.expired:
        text = tr("The plan waited {time} for its confirmation. Nothing was sent.", time=duration(PATIENCE_S))
        return request.problem(SettingsError(text, tip=tr("Make the plan again.")), task.back, 422)
    if task.cancelled:
        return request.go(task.back)
    if task.error is not None:
        return request.problem(task.error, task.back, 422)
    if isinstance(task.result, Plan):
        return plan_rows.show(request, task, task.result)
    if isinstance(task.result, VerifyResult):
        return request.page("verified.html.j2", task=task, result=task.result, run=task.result.folder.name)
    if isinstance(task.result, Summary):
        return request.go(f"/runs/{quote(task.result.folder.name)}")
    return request.go(task.back)


async def events(request: Request) -> AsyncIterator[str]:
    """The state of the task, each time that it changes."""
    seen, looks = -1, 0
    while (task := request.context.tasks.get(request.path["task"])) is not None:
        if task.version != seen:
            seen, state = task.version, task.state
            yield json.dumps({"state": state, "text": task.message})
            if state != "planning":  # what was said, not what is so by now: else the page waits for what it never gets
                return
        looks += 1
        if looks % _ALIVE_EVERY == 0:
            yield ""
        if request.context.closing.is_set():
            return
        await asyncio.sleep(_INTERVAL_S)


def confirm(request: Request) -> Response:
    """Confirm the plan that waits, once: by the button, or by the count where the command asks for it."""
    task = get_task(request)
    preview, here = task.preview, f"/tasks/{task.id}"
    if preview is None or request.text("calls") != str(preview.calls):
        return request.go(here)
    typed = "".join(sign for sign in request.text("count") if sign not in ",. \u00a0\u202f")
    if preview.needs_count and typed != str(preview.calls):
        if task.state != "waiting":
            return request.go(here)
        message = tr("Type {count} to send. Nothing was sent.", count=preview.calls)
        return request.page("plan.html.j2", 422, task=task, preview=preview, error=SettingsError(message))
    task.decide(True, preview)
    task.wait_for_start(3.0)
    return request.go(here)


def cancel(request: Request) -> Response:
    """Refuse the plan: nothing is sent."""
    task = get_task(request)
    preview = task.preview
    if preview is not None and task.decide(False, preview):
        return request.go(task.back)
    task.control.stop()
    # A plan that was confirmed, in another tab, is a run: its page says what was sent before it stopped.
    return request.go(task.back if task.is_given_up else f"/tasks/{task.id}")
