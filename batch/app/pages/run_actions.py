"""What can be done with a run: stop it, continue it, rerun its rows, reverse it, verify it, write its files again."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from starlette.responses import Response

import batch
from batch import Progress, Settings, SettingsError
from batch.api.accounts import find_account
from batch.api.calls import OnProgress
from batch.api.watch import RunView, stop_run
from batch.app.jobs import RunChoices
from batch.app.pages.run import FORMATS, get_view
from batch.app.request import Request
from batch.app.tasks import Task, Work


def stop(request: Request) -> Response:
    """Stop the run after its open requests, whichever process runs it."""
    view, tasks = get_view(request), request.context.tasks
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
    view = get_view(request)
    choices = _choices(request, view, continued=kind == "resume")
    settings = _settings(request, choices)

    def work(task: Task) -> object:
        progress = _keeping(request, task, choices)
        return call(view.folder, settings, progress=progress, confirm=task.ask, control=task.control)

    return _start(request, kind, work, view.folder if kind == "resume" else None)


def rerun(request: Request) -> Response:
    """Send the rows that did not succeed again, with their corrections."""
    view, context = get_view(request), request.context
    choices = _choices(request, view)
    settings = _settings(request, choices)
    corrections = context.corrections.read(context.run_corrections(view.folder.name))
    report = _report(view)

    def work(task: Task) -> object:
        progress = _keeping(request, task, choices)
        return batch.rerun(
            report, settings, corrections=corrections, progress=progress, confirm=task.ask, control=task.control
        )

    return _start(request, "rerun", work)


def _report(view: RunView) -> Path:
    """The failures of the run, in a format that cuts no cell if there is one."""
    formats = view.plan.formats or (view.plan.source.format,)
    paths = [view.folder / f"failures.{each}" for each in sorted(formats, key=lambda each: each == "xlsx")]
    return next((path for path in paths if path.is_file()), paths[0])


def verify(request: Request) -> Response:
    """Read back every contact of the run."""
    view = get_view(request)
    settings = _settings(request, _choices(request, view, continued=True))
    return _start(request, "verify", lambda task: batch.verify(view.folder, settings))


def _start(request: Request, kind: str, work: Work, folder: Path | None = None) -> Response:
    """The page of a task that does `work` with the run of the address, or of the one that works on it already."""
    name, tasks = request.path["run"], request.context.tasks
    task = tasks.of_run(name) or tasks.start(f"run:{name}", kind, f"/runs/{quote(name)}", work, folder)
    task.wait_for_start(1.5)
    return request.go(f"/tasks/{task.id}")


def _choices(request: Request, view: RunView, *, continued: bool = False) -> RunChoices:
    """The account of the run, and the guards that may be passed: those of the run where it is `continued`, else those
    of the form."""
    known = request.context.read_choices(view.folder.name)
    if continued:
        return known or RunChoices(find_account(view.plan, _usual(request)))
    account = known.account if known else find_account(view.plan, _usual(request))
    return RunChoices(account, request.text("allow_reactivation") == "on", request.text("allow_lifting_dnc") == "on")


def _usual(request: Request) -> Settings:
    try:
        return request.context.settings(need_key=True)
    except SettingsError:
        return request.context.local_settings()


def _settings(request: Request, choices: RunChoices) -> Settings:
    """The settings in force, with what was chosen for the run."""
    settings = request.context.settings(need_key=True, account=choices.account)
    return replace(
        settings,
        allow_reactivation=settings.allow_reactivation or choices.allow_reactivation,
        allow_lifting_dnc=settings.allow_lifting_dnc or choices.allow_lifting_dnc,
    )


def _keeping(request: Request, task: Task, choices: RunChoices) -> OnProgress:
    """The progress of `task`, whose run keeps its choices."""

    def progress(at: Progress) -> None:
        if task.state != "running":
            request.context.keep_choices(at.folder.name, choices)
        task.progress(at)

    return progress


def write_format(request: Request) -> Response:
    """Write the files of the run in another format, too."""
    view, name = get_view(request), request.text("format")
    if name in FORMATS:
        before = view.plan.formats or (view.plan.source.format,)
        settings = request.context.local_settings()
        batch.report(view.folder, replace(settings, format=tuple(dict.fromkeys((*before, name)))))
    return request.go(f"/runs/{quote(view.folder.name)}#files")
