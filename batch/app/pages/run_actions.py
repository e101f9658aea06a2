"""What can be done with a run: stop it, continue it, rerun its rows, reverse it, verify it, write its files again."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from starlette.responses import Response

import batch
from batch import Settings
from batch.api.watch import stop_run
from batch.app.pages.run import FORMATS, view_of
from batch.app.request import Request
from batch.app.tasks import Task, Work


def stop(request: Request) -> Response:
    """Stop the run after its open requests, whichever process runs it."""
    view, tasks = view_of(request), request.context.tasks
    name = view.folder.name
    if view.pid == os.getpid() or tasks.of_run(name) is not None:
        tasks.stop_run(name)
    else:
        stop_run(view.folder)
    return request.go(f"/runs/{quote(name)}")


def resume(request: Request) -> Response:
    """Continue the run."""
    return _on_folder(request, "resume", batch.resume)


def undo(request: Request) -> Response:
    """Reverse what the run changed."""
    return _on_folder(request, "undo", batch.undo)


def _on_folder(request: Request, kind: str, call: Callable[..., object]) -> Response:
    """The task that continues or reverses the run of the address."""
    folder, settings = request.context.run_folder(request.path["run"]), _settings(request)

    def work(task: Task) -> object:
        return call(folder, settings, progress=task.progress, confirm=task.ask, control=task.control)

    return _start(request, kind, work, folder if kind == "resume" else None)


def rerun(request: Request) -> Response:
    """Send the rows that did not succeed again, with their corrections."""
    view, settings, context = view_of(request), _settings(request), request.context
    corrections = context.corrections.read(context.run_corrections(view.folder.name))
    extension = (view.plan.formats or (view.plan.source.format,))[0]
    report = view.folder / f"failures.{extension}"

    def work(task: Task) -> object:
        return batch.rerun(
            report, settings, corrections=corrections, progress=task.progress, confirm=task.ask, control=task.control
        )

    return _start(request, "rerun", work)


def verify(request: Request) -> Response:
    """Read back every contact of the run."""
    folder, settings = request.context.run_folder(request.path["run"]), _settings(request)
    return _start(request, "verify", lambda task: batch.verify(folder, settings))


def _start(request: Request, kind: str, work: Work, folder: Path | None = None) -> Response:
    """The page of a task that does `work` with the run of the address, or of the one that works on it already."""
    name, tasks = request.path["run"], request.context.tasks
    task = tasks.of_run(name) or tasks.start(f"run:{name}", kind, f"/runs/{quote(name)}", work, folder)
    task.wait_for_start(1.5)
    return request.go(f"/tasks/{task.id}")


def _settings(request: Request) -> Settings:
    """The settings with the key of the run's account."""
    view = view_of(request)
    jobs = [job for job in request.context.jobs.recent(200) if job.run == view.folder.name]
    return request.context.settings(need_key=True, account=jobs[0].account if jobs else "")


def write_format(request: Request) -> Response:
    """Write the files of the run in another format, too."""
    view, name = view_of(request), request.text("format")
    if name in FORMATS:
        before = view.plan.formats or (view.plan.source.format,)
        settings = request.context.local_settings()
        batch.report(view.folder, replace(settings, format=tuple(dict.fromkeys((*before, name)))))
    return request.go(f"/runs/{quote(view.folder.name)}#files")
