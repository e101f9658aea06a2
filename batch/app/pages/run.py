"""A run: how it goes, what happened, what can be done next; and the list of all runs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from anyio.to_thread import run_sync
from starlette.responses import FileResponse, Response

import batch
from batch import SettingsError
from batch.api.review import FAULTY_ROLE, Correction, names_one_contact, row_digest
from batch.api.watch import (
    RunRow,
    RunView,
    list_runs,
    report_policy,
    run_calls,
    run_equal_cells,
    run_rows,
    run_view,
    stop_run,
)
from batch.app.jobs import add_to, read_from
from batch.app.pages.paging import PER_PAGE, Pages
from batch.app.request import Request
from batch.app.tasks import Task, Work
from batch.text.language import tr

#: Seconds between two looks at a run, and looks between two drawings of its calls.
_INTERVAL_S: Final = 1.0
_DRAWN_EVERY: Final = 5
_FORMATS: Final = ("csv", "xlsx", "parquet", "ndjson", "tsv", "arrow")
_LISTED: Final = ("outcomes", "failures", "report", "summary", "verify", "corrections")


def show_all(request: Request) -> Response:
    """Every run, the newest first."""
    found = list_runs(request.context.local_settings())[::-1]
    pages = Pages.of(request, len(found))
    return request.page("runs.html.j2", runs=found[pages.offset : pages.offset + PER_PAGE], pages=pages)


def view_of(request: Request) -> RunView:
    """The run of the address. Raises SettingsError where there is none."""
    view = run_view(request.context.run_folder(request.path["run"]))
    if view is None:
        raise SettingsError(tr("This run is still being planned."))
    return view


def show(request: Request) -> Response:
    """The run as it is now."""
    view = view_of(request)
    name = view.folder.name
    later = [each for each in list_runs(request.context.local_settings()) if each.plan.source_run == name]
    corrected = read_from(request.context.run_corrections(name))
    return request.page(
        "run.html.j2",
        view=view,
        calls=run_calls(view.folder),
        state=_state(request, view),
        stopping=_is_stopping(request, view.folder),
        files=_files(view.folder),
        formats=_FORMATS,
        later=later,
        corrected=len(corrected),
        to_correct=[code for code in view.codes if code in FAULTY_ROLE],
        can_rerun=_can_rerun(view),
    )


def _can_rerun(view: RunView) -> bool:
    return view.plan.verb != "undo" and bool(view.codes) and view.condition == "finished" and not view.taken_by


def _state(request: Request, view: RunView) -> str:
    """A word that changes when the buttons of the page change."""
    stopping = "stopping" if _is_stopping(request, view.folder) else ""
    return f"{view.condition}{stopping}"


def _is_stopping(request: Request, folder: Path) -> bool:
    task = request.context.tasks.of_run(folder)
    return task is not None and task.control.is_stopping


async def events(request: Request) -> AsyncIterator[str]:
    """The figures of the run, each time that they change."""
    looks, before, calls = 0, "", None
    while not request.context.closing.is_set():
        try:
            view = await run_sync(view_of, request)
            if looks % _DRAWN_EVERY == 0:
                calls = await run_sync(run_calls, view.folder)
        except batch.BatchError:
            return
        state = _state(request, view)
        render = request.context.templates.render
        html = await run_sync(lambda: render("run_live.html.j2", request.language, view=view, calls=calls))  # noqa: B023
        text = json.dumps({"state": state, "html": html})
        yield text if text != before else ""
        before, looks = text, looks + 1
        if not view.is_open:
            return
        await asyncio.sleep(_INTERVAL_S)


def _files(folder: Path) -> list[Path]:
    """The files of the run that a person reads."""
    found = [path for path in folder.iterdir() if path.name.split(".")[0].split("-")[0] in _LISTED and path.is_file()]
    return sorted(found, key=lambda path: (_LISTED.index(path.name.split(".")[0].split("-")[0]), path.name))


def send_file(request: Request) -> Response:
    """A file of the run, by its name in the list; nothing else of the disk."""
    folder, name = request.context.run_folder(request.path["run"]), request.path["name"]
    found = {path.name: path for path in _files(folder)} if folder.is_dir() else {}
    if name not in found:
        raise SettingsError(tr("There is no such file in this run."))
    if name == "report.html":
        return FileResponse(
            found[name],
            media_type="text/html",
            headers={"Content-Security-Policy": f"{report_policy()}; frame-ancestors 'none'"},
        )
    return FileResponse(found[name], filename=name)


def _start(request: Request, kind: str, work: Work) -> Response:
    name = request.path["run"]
    task = request.context.tasks.start(f"run:{name}", kind, f"/runs/{quote(name)}", work)
    task.wait_for_start(1.5)
    return request.go(f"/tasks/{task.id}")


def _settings(request: Request) -> Any:
    """The settings with the key of the run's account."""
    view = view_of(request)
    jobs = [job for job in request.context.jobs.recent(200) if job.run == view.folder.name]
    return request.context.settings(need_key=True, account=jobs[0].account if jobs else "")


def stop(request: Request) -> Response:
    """Stop the run after its open requests, whichever process runs it."""
    folder = request.context.run_folder(request.path["run"])
    task = request.context.tasks.of_run(folder)
    if task is not None:
        task.control.stop()
    else:
        stop_run(folder)
    return request.go(f"/runs/{quote(folder.name)}")


def resume(request: Request) -> Response:
    """Continue the run."""
    folder, settings = request.context.run_folder(request.path["run"]), _settings(request)

    def work(task: Task) -> object:
        return batch.resume(folder, settings, progress=task.progress, confirm=task.ask, control=task.control)

    return _start(request, "resume", work)


def rerun(request: Request) -> Response:
    """Send the rows that did not succeed again, with their corrections."""
    view, settings = view_of(request), _settings(request)
    corrections = read_from(request.context.run_corrections(view.folder.name))
    extension = (view.plan.formats or (view.plan.source.format,))[0]
    report = view.folder / f"failures.{extension}"

    def work(task: Task) -> object:
        return batch.rerun(
            report, settings, corrections=corrections, progress=task.progress, confirm=task.ask, control=task.control
        )

    return _start(request, "rerun", work)


def undo(request: Request) -> Response:
    """Reverse what the run changed."""
    folder, settings = request.context.run_folder(request.path["run"]), _settings(request)

    def work(task: Task) -> object:
        return batch.undo(folder, settings, progress=task.progress, confirm=task.ask, control=task.control)

    return _start(request, "undo", work)


def verify(request: Request) -> Response:
    """Read back every contact of the run."""
    folder, settings = request.context.run_folder(request.path["run"]), _settings(request)
    return _start(request, "verify", lambda task: batch.verify(folder, settings))


def write_format(request: Request) -> Response:
    """Write the files of the run in another format, too."""
    view, name = view_of(request), request.text("format")
    if name not in _FORMATS:
        return request.go(f"/runs/{quote(view.folder.name)}")
    before = view.plan.formats or (view.plan.source.format,)
    settings = request.context.local_settings()
    batch.report(view.folder, replace(settings, format=tuple(dict.fromkeys((*before, name)))))
    return request.go(f"/runs/{quote(view.folder.name)}#files")


def _column(view: RunView, code: str) -> tuple[int, str]:
    """The place and the header of the column that is at fault in rows of `code`; -1 where none is."""
    role = FAULTY_ROLE.get(code, "")
    header = view.plan.source.roles.get(role, "")
    first = header if header in view.plan.source.header else header.split(",")[0]
    return (view.plan.source.header.index(first), first) if first in view.plan.source.header else (-1, "")


def show_problems(request: Request) -> Response:
    """One class of rows that were not done, to be corrected in place."""
    view, code = view_of(request), request.path["code"]
    count = view.codes.get(code, 0)
    if not count:
        return request.go(f"/runs/{quote(view.folder.name)}")
    pages = Pages.of(request, count)
    place, column = _column(view, code)
    equal = run_equal_cells(view.folder, code, place) if place >= 0 else {}
    done = read_from(request.context.run_corrections(view.folder.name))
    rows = [_Editable(row, column, place, equal, done) for row in run_rows(view.folder, code, pages.offset, PER_PAGE)]
    codes = [each for each in view.codes if each in FAULTY_ROLE]
    after = codes[codes.index(code) + 1 :] if code in codes else []
    home = f"/runs/{quote(view.folder.name)}"
    return request.page(
        "problems.html.j2",
        title=Path(view.plan.source.path).name,
        home=home,
        code=code,
        rows=rows,
        count=count,
        pages=pages,
        editable=place >= 0 and _can_rerun(view),
        for_all=lambda row: row.equal > 1,
        all_checked=lambda row: names_one_contact(row.code, row.cell),
        skip=f"{home}/problems/{after[0]}" if after else home,
        saved=request.query.get("saved", ""),
        classes=[(each, view.codes[each]) for each in codes],
        classes_at=f"{home}/problems",
    )


class _Editable:
    """A row of a run with its cell as it was corrected last, for the form of corrections."""

    def __init__(
        self, row: RunRow, column: str, place: int, equal: dict[str, int], done: tuple[Correction, ...]
    ) -> None:
        self.number, self.code, self.message, self.phone = row.number, row.code, row.message, row.phone or ""
        self.repair, self.column = row.repair, column
        self.original = (row.cells[place] or "") if 0 <= place < len(row.cells) else ""
        self.digest = row_digest(row.cells)
        self.who = " ".join([cell[:40] for at, cell in enumerate(row.cells) if cell and at != place][:2])
        self.equal = equal.get(self.original, 1) if self.original else 1
        known = {(each.cell, each.row): each.corrected for each in done if each.column == column}
        self.cell = known.get((self.original, self.digest), known.get((self.original, ""), self.original))


def save_problems(request: Request) -> Response:
    """Keep the corrections of a page of rows that were not done."""
    view, code = view_of(request), request.path["code"]
    home = f"/runs/{quote(view.folder.name)}"
    pages = Pages.of(request, view.codes.get(code, 0))
    place, column = _column(view, code)
    path = request.context.run_corrections(view.folder.name)
    equal, done = run_equal_cells(view.folder, code, place) if place >= 0 else {}, read_from(path)
    made: list[Correction] = []
    for found in run_rows(view.folder, code, pages.offset, PER_PAGE) if place >= 0 else []:
        row = _Editable(found, column, place, equal, done)
        given = request.form.get(f"cell-{row.number}")
        if isinstance(given, str) and given.strip() != row.cell.strip():
            everywhere = names_one_contact(code, row.original)
            every = everywhere and (row.equal == 1 or request.text(f"every-{row.number}") == "on")
            made.append(Correction(column, row.original, given.strip(), "" if every else row.digest))
    if made:
        kept = [
            each for each in done if (each.column, each.cell, each.row) not in {(m.column, m.cell, m.row) for m in made}
        ]
        path.unlink(missing_ok=True)
        add_to(path, [*kept, *made])
        add_to(request.context.saved_corrections(), made)
    codes = [each for each in view.codes if each in FAULTY_ROLE]
    after = codes[codes.index(code) + 1 :] if code in codes else []
    if pages.number < pages.last:
        return request.go(f"{home}/problems/{code}?page={pages.number + 1}&saved={len(made)}")
    return request.go(f"{home}/problems/{after[0]}?saved={len(made)}" if after else f"{home}#next")
