"""A plan row by row: every contact was read, and what would change is shown before anything is sent."""

from __future__ import annotations

from contextlib import suppress

from starlette.responses import FileResponse, Response

import batch
from batch import BatchError, Operation, Plan, PlanPreview, Progress, Settings, SettingsError, Summary
from batch.api.plans import planned_changes, rows_without_call
from batch.app.jobs import Job, RunChoices
from batch.app.pages.paging import PER_PAGE, Pages
from batch.app.request import Request
from batch.app.tasks import Task
from batch.text.language import in_language, tr


def begin_plan(request: Request, job: Job, settings: Settings) -> Task:
    """The task that reads every contact of `job` and makes its plan."""
    context, operation = request.context, Operation(job.operation)
    options = context.options(job, operation)

    def work(task: Task) -> Plan:
        def progress(done: int, rows: int) -> None:
            if task.control.is_stopping:
                task.cancelled = True
                raise BatchError(tr("The plan was cancelled. Nothing was sent."))
            with in_language(settings.language):
                task.say(tr("{done:,} of {rows:,} contacts are read.", done=done, rows=rows))

        return batch.plan(context.jobs.source(job), operation, settings, progress=progress, **options)

    return context.tasks.start(f"job:{job.id}", "rows", f"/files/{job.id}/action", work)


def show(request: Request, task: Task, plan: Plan, error: BatchError | None = None) -> Response:
    """A page of the plan's rows: those that change, or those of one code that do not."""
    without = rows_without_call(plan)
    code = request.query.get("code", "")
    code = code if code in without else ""
    pages = Pages.of(request, without[code] if code else plan.calls, f"/tasks/{task.id}", code=code)
    return request.page(
        "plan_rows.html.j2",
        200 if error is None else 422,
        task=task,
        plan=plan,
        preview=plan.preview,
        code=code,
        without=without,
        pages=pages,
        rows=planned_changes(plan, code, pages.offset, PER_PAGE),
        several=bool(plan.preview.accounts),
        error=error,
    )


def send_file(request: Request) -> Response:
    """The file of the plan, for a second person, or for `apply`."""
    plan = _get_plan(request)
    return FileResponse(plan.files[0], filename=plan.files[0].name)


def apply(request: Request) -> Response:
    """Make the calls of the plan, and no others: confirmed by the button, or by the count where it is asked for."""
    task = request.context.tasks.get(request.path["task"])
    plan = _get_plan(request)
    assert task is not None
    typed = "".join(sign for sign in request.text("count") if sign.isdigit())
    if request.text("calls") != str(plan.calls) or (plan.preview.needs_count and typed != str(plan.calls)):
        message = tr("Type {count} to send. Nothing was sent.", count=plan.calls)
        return show(request, task, plan, SettingsError(message))
    job = request.context.jobs.load(task.subject.removeprefix("job:"))
    if job is None:
        raise SettingsError(tr("This file is not here any more. Give it again."))
    begun = _begin_apply(request, job, plan)
    begun.wait_for_start(1.5)
    return request.go(f"/tasks/{begun.id}")


def _begin_apply(request: Request, job: Job, plan: Plan) -> Task:
    """The task that makes the calls of `plan`. Where it would do something else than the plan showed, it asks again."""
    context = request.context
    settings = context.settings(need_key=True, account=job.account)

    def work(task: Task) -> Summary:
        def confirm(preview: PlanPreview) -> bool:
            return is_as_shown(preview, plan.preview) or task.ask(preview)

        def progress(at: Progress) -> None:
            if task.state != "running":
                with suppress(SettingsError):  # the file was removed from the list meanwhile
                    context.jobs.update(job.id, run=at.folder.name)
                facts = plan.facts
                choices = RunChoices(job.account, facts.allow_reactivation, facts.allow_lifting_dnc)
                context.keep_choices(at.folder.name, choices)
            task.progress(at)

        return batch.apply(plan, settings, progress=progress, confirm=confirm, control=task.control)

    return context.tasks.start(f"job:{job.id}", "send", f"/files/{job.id}/action", work)


def is_as_shown(preview: PlanPreview, shown: PlanPreview) -> bool:
    """True where a run makes the calls that a person confirmed, and no other effect is among them."""
    return not preview.continues and (preview.calls, preview.changes, preview.dnc_unread) == (
        shown.calls,
        shown.changes,
        shown.dnc_unread,
    )


def _get_plan(request: Request) -> Plan:
    task = request.context.tasks.get(request.path["task"])
    if task is None or not isinstance(task.result, Plan):
        raise SettingsError(tr("This plan is not here any more. Nothing was sent."), tip=tr("Make the plan again."))
    return task.result
