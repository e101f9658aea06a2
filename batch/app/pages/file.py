"""A file before its run: its columns, its phones before and after, and its cells to correct."""

from __future__ import annotations

from typing import Any

from starlette.responses import FileResponse, Response

from batch import BatchError, InputRefused, Operation, SettingsError
from batch.api.review import Correction, Review, columns, known_regions, list_roles, names_one_contact
from batch.app.jobs import READ_CHOICES, Job
from batch.app.pages.paging import PER_PAGE, Pages
from batch.app.request import Request
from batch.codes import FAULTY_ROLE
from batch.model import RunKind
from batch.text.language import tr

#: Encodings that a person can choose where the one that was found shows wrong characters.
_ENCODINGS = (
    *("utf-8", "windows-1252", "iso-8859-15", "windows-1250", "windows-1251", "windows-1253", "windows-1254"),
    *("mac-roman", "utf-16", "shift_jis", "gb18030", "euc-kr", "big5"),
)
_ROLES = tuple(dict.fromkeys(role for operation in Operation for role in list_roles(operation)))


def get_job(request: Request) -> Job:
    """The job of the address. Raises SettingsError where there is none."""
    job = request.context.jobs.load(request.path["job"])
    if job is None:
        raise SettingsError(tr("This file is not here any more. Give it again."))
    return job


def get_operation(job: Job) -> Operation:
    """The operation that was chosen; before that, the one that needs nothing of a file but its contacts."""
    if job.operation:
        return Operation(job.operation)
    return Operation.UPDATE_BY_ID if "id" in job.mapping and "phone" not in job.mapping else Operation.FULFILL


def show(request: Request) -> Response:
    """What is in the file: columns, verdicts, what can be corrected."""
    job = get_job(request)
    try:
        review = request.context.review(job, get_operation(job))
    except (InputRefused, SettingsError) as error:
        return _columns_page(request, job, error)
    unplaced = sum(issue.rows for issue in review.summary.problems if issue.code == "region_needed")
    saved = () if job.reused else request.context.corrections.read(request.context.saved_corrections())
    return request.page(
        "file.html.j2",
        job=job,
        review=review,
        summary=review.summary,
        to_correct=correctable(review),
        corrections=request.context.job_corrections(job),
        saved=len(saved),
        unplaced=unplaced,
        regions=known_regions(),
        # A guess of the country is no choice: another country's number is another person's.
        notices=[text for text in review.summary.notices if not (unplaced and "--region" in text)],
    )


def save_region(request: Request) -> Response:
    """Read the numbers without a country code as those of the country that was chosen."""
    job = get_job(request)
    request.context.jobs.update(job.id, region=request.text("region"))
    return request.go(f"/files/{job.id}")


def correctable(review: Review) -> list[str]:
    """The codes of the rows whose cell can be corrected, in the order in which they are asked for."""
    return [issue.code for issue in review.summary.problems if issue.code in FAULTY_ROLE]


def show_columns(request: Request) -> Response:
    """The sheet and the columns with some of their cells, to be changed."""
    return _columns_page(request, get_job(request), None)


def _columns_page(request: Request, job: Job, error: BatchError | None) -> Response:
    options = {name: value for name in READ_CHOICES if (value := getattr(job, name))}
    try:
        table = columns(request.context.jobs.source(job), **options)
    except (InputRefused, SettingsError) as refusal:
        table, error = None, refusal
    chosen = {header: role for role, header in job.mapping.items() if header}
    if not chosen and error is None:
        chosen = {header: role for role, header in _recognise_columns(request, job).items()}
    return request.page(
        "columns.html.j2",
        200 if error is None else 422,
        job=job,
        table=table,
        error=error,
        chosen=chosen,
        roles=_ROLES,
        sheets=[(name, name) for name in table.sheets] if table else [],
        encodings=[(name, name) for name in _ENCODINGS],
        regions=known_regions(),
        region=job.region or request.context.local_settings().region or "",
    )


def _recognise_columns(request: Request, job: Job) -> dict[str, str]:
    review = request.context.review(job, get_operation(job))
    roles = {role: header for more in review.others.values() for role, header in more.items()}
    return {role: header for role, header in {**roles, **review.roles}.items() if "," not in header}


def save_columns(request: Request) -> Response:
    """Read the file by what was chosen."""
    job = get_job(request)
    chosen: dict[str, Any] = {name: request.text(name) for name in READ_CHOICES if name in request.form}
    chosen["no_header"] = request.text("no_header") == "on"
    header_row = request.text("header_row")
    chosen["header_row"] = int(header_row) if header_row.isdigit() and int(header_row) > 0 else None
    mapping: dict[str, list[str]] = {}
    for name in request.form:
        if name.startswith("role-") and (role := request.text(name)):
            mapping.setdefault(role, []).append(request.text(f"header-{name.removeprefix('role-')}"))
    twice = [role for role, headers in mapping.items() if len(headers) > 1 and role != "phone"]
    if twice:
        message = tr("Two columns have the part {role}. Choose one.", role=twice[0])
        return _columns_page(request, job, SettingsError(message))
    chosen["mapping"] = {role: ",".join(headers) for role, headers in mapping.items()}
    request.context.jobs.update(job.id, **chosen)
    return request.go(f"/files/{job.id}")


def show_problems(request: Request) -> Response:
    """One class of cells that cannot be used, to be corrected in place."""
    job = get_job(request)
    code = request.path["code"]
    review = request.context.review(job, get_operation(job))
    count = review.rows.count(code)
    if not count:
        return request.go(_next(job, review, code))
    pages = Pages.of(request, count)
    return request.page(
        "problems.html.j2",
        title=job.name,
        home=f"/files/{job.id}",
        code=code,
        kind=RunKind.RUN,
        rows=review.rows.page(code, pages.offset, PER_PAGE),
        count=count,
        pages=pages,
        editable=code in FAULTY_ROLE,
        for_all=lambda row: row.equal > 1,
        all_checked=lambda row: names_one_contact(row.code, row.cell),
        skip=_next(job, review, code),
        saved=request.query.get("saved", ""),
        classes=[(issue.code, issue.rows) for issue in review.summary.problems if issue.code in FAULTY_ROLE],
        classes_at=f"/files/{job.id}/problems",
    )


def _next(job: Job, review: Review, code: str) -> str:
    """The next class after `code`, or the file's page after the last one."""
    codes = correctable(review)
    after = codes[codes.index(code) + 1 :] if code in codes else codes
    return f"/files/{job.id}/problems/{after[0]}" if after else f"/files/{job.id}"


def save_problems(request: Request) -> Response:
    """Keep the corrections of a page, and show what is left of the class, or the next one."""
    job = get_job(request)
    code = request.path["code"]
    review = request.context.review(job, get_operation(job))
    after = _next(job, review, code)
    pages = Pages.of(request, review.rows.count(code))
    made: list[Correction] = []
    for row in review.rows.page(code, pages.offset, PER_PAGE):
        given = request.form.get(f"cell-{row.number}")
        if isinstance(given, str) and given.strip() != row.cell.strip() and row.column:
            every = row.equal > 1 and request.text(f"every-{row.number}") == "on"
            every = every or (row.equal == 1 and names_one_contact(row.code, row.cell))
            made += review.corrections(row, given.strip(), every=every)
    if not made:
        return request.go(after)
    context = request.context
    context.corrections.add(context.jobs.corrections_file(job), made)
    context.corrections.add(context.saved_corrections(), made)
    left = request.context.review(job, get_operation(job)).rows.count(code)
    return request.go(f"/files/{job.id}/problems/{code}?saved={len(made)}" if left else after)


def show_repaired(request: Request) -> Response:
    """The phones that were repaired, before and after."""
    job = get_job(request)
    review = request.context.review(job, get_operation(job))
    count = review.rows.count("repaired")
    pages = Pages.of(request, count)
    rows = review.rows.page("repaired", pages.offset, PER_PAGE)
    return request.page("repaired.html.j2", job=job, rows=rows, count=count, pages=pages)


def reuse_corrections(request: Request) -> Response:
    """Take the corrections of earlier files, as far as they fit this one."""
    job = get_job(request)
    context = request.context
    context.corrections.add(context.jobs.corrections_file(job), context.corrections.read(context.saved_corrections()))
    context.jobs.update(job.id, reused=True)
    return request.go(f"/files/{job.id}")


def send_corrections(request: Request) -> Response:
    """The corrections of the file, for `--corrections`."""
    job = get_job(request)
    path = request.context.jobs.corrections_file(job)
    if not path.is_file():
        raise SettingsError(tr("Nothing was corrected in this file."))
    return FileResponse(path, media_type="text/csv", filename="corrections.csv")


def remove(request: Request) -> Response:
    """Delete the file from the page's folder. Its runs stay."""
    job = get_job(request)
    if request.context.tasks.of(f"job:{job.id}") is None:
        request.context.jobs.remove(job)
    return request.go("/")
