"""What to do with a file: the operation, the status and the campaign, then its plan."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from time import monotonic
from typing import Any

import msgspec
from starlette.responses import Response

import batch
from batch import BatchError, Operation, Progress, Settings, SettingsError, Summary
from batch.api.accounts import TeamChoices, account_keys, team_choices
from batch.app.corrections import write_corrections
from batch.app.jobs import GUARD_CHOICES, Job, RunChoices
from batch.app.pages.file import get_job, get_operation
from batch.app.pages.login import has_usual_key
from batch.app.pages.plan_rows import begin_plan
from batch.app.request import Request
from batch.app.tasks import Task

#: Seconds for which the statuses and campaigns of a team are taken as they were.
_FRESH_S = 60.0


def show(request: Request) -> Response:
    """The choice, with what the team has."""
    return _page(request, get_job(request), None)


def _page(request: Request, job: Job, error: BatchError | None) -> Response:
    reading = request.context.review(job, get_operation(msgspec.structs.replace(job, operation="")))
    columns = {role: header for more in reading.others.values() for role, header in more.items()}
    columns |= dict(reading.roles)
    settings = request.context.local_settings()
    several = dict(reading.summary.accounts) if "account" in reading.roles and not job.account else {}
    choices, why = _team(request, job.account, tuple(several))
    return request.page(
        "action.html.j2",
        200 if error is None else 422,
        job=job,
        summary=reading.summary,
        choices=choices,
        why=why,
        columns=columns,
        operation=job.operation or _likely(columns),
        accounts=sorted(settings.accounts),
        several=several,
        keys=account_keys(settings) if several else {},
        has_key=not settings.accounts or has_usual_key(request),
        error=error,
    )


def _likely(columns: dict[str, str]) -> str:
    return Operation.UPDATE if "status" in columns else Operation.FULFILL


def _team(request: Request, account: str, several: tuple[str, ...]) -> tuple[TeamChoices | None, BatchError | None]:
    """The statuses and campaigns to choose from; `None` and why, where the API did not list them."""
    try:
        settings = request.context.settings(need_key=True, account=account)
        known = (settings.access.address, settings.key.fingerprint if settings.key else account, *several)
        kept = request.context.choices
        seen = kept.get(known)
        if seen is None or monotonic() - seen[0] > _FRESH_S:
            kept[known] = seen = (monotonic(), team_choices(settings, several))
        return seen[1], None
    except BatchError as error:
        return None, error


def plan(request: Request) -> Response:
    """Keep the choice and begin the plan."""
    job, context = get_job(request), request.context
    task = context.tasks.of(f"job:{job.id}")
    if task is None:
        chosen = _chosen(request)
        job = msgspec.structs.replace(job, **chosen)
        try:
            context.review(job, Operation(job.operation))
            settings = run_settings(request, job)
        except (BatchError, ValueError) as error:
            fault = error if isinstance(error, BatchError) else SettingsError(str(error))
            return _page(request, job, fault)
        job = context.jobs.update(job.id, **chosen)
        task = (begin_plan if request.text("rows") else begin)(request, job, settings)
    task.wait_for_start(1.5)
    return request.go(f"/tasks/{task.id}")


def _chosen(request: Request) -> dict[str, Any]:
    """What the form says is to be done."""
    operation = request.text("operation") or Operation.FULFILL.value
    is_fulfil = operation == Operation.FULFILL
    chosen: dict[str, Any] = {name: "" if is_fulfil else request.text(name) for name in ("status", "campaign")}
    chosen |= {name: request.text(name) == "on" for name in GUARD_CHOICES}
    if "hidden_rows" in request.form:
        chosen["hidden_rows"] = request.text("hidden_rows")
    return {**chosen, "operation": operation, "account": request.text("account")}


def run_settings(request: Request, job: Job) -> Settings:
    """The settings of a run of `job`."""
    settings = request.context.settings(need_key=True, account=job.account)
    chosen: dict[str, Any] = {name: True for name in GUARD_CHOICES if getattr(job, name)}
    return replace(settings, **chosen)


def begin(request: Request, job: Job, settings: Settings) -> Task:
    """The task that plans the run of `job`, waits for its confirmation, and sends."""
    context = request.context
    operation = Operation(job.operation)
    options = context.options(job, operation)

    def work(task: Task) -> Summary:
        def progress(at: Progress) -> None:
            if task.state != "running":
                with suppress(SettingsError):  # the file was removed from the list meanwhile
                    context.jobs.update(job.id, run=at.folder.name)
                context.keep_choices(
                    at.folder.name, RunChoices(job.account, job.allow_reactivation, job.allow_lifting_dnc)
                )
                if options["corrections"]:  # those of this run: the file may have newer ones by now
                    write_corrections(at.folder / "corrections.csv", options["corrections"])
            task.progress(at)

        return batch.run(
            context.jobs.source(job),
            operation,
            settings,
            progress=progress,
            confirm=task.ask,
            control=task.control,
            **options,
        )

    return context.tasks.start(f"job:{job.id}", "send", f"/files/{job.id}/action", work)
