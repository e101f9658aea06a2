"""A run: how it goes, what happened, what can be done next; and the list of all runs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from anyio.to_thread import run_sync
from starlette.responses import FileResponse, Response

from batch import BatchError, SettingsError
from batch.api.watch import RunView, list_runs, report_policy, run_calls, run_view
from batch.app.pages.paging import PER_PAGE, Pages
from batch.app.request import Request
from batch.codes import FAULTY_ROLE
from batch.model import RunKind
from batch.text.language import tr

#: Seconds between two looks at a run, and looks between two drawings of its calls.
_INTERVAL_S: Final = 1.0
_DRAWN_EVERY: Final = 5
FORMATS: Final = ("csv", "xlsx", "parquet", "ndjson", "tsv", "arrow")
_LISTED: Final = ("outcomes", "failures", "report", "summary", "verify", "corrections")


def show_all(request: Request) -> Response:
    """Every run, the newest first."""
    found = list_runs(request.context.local_settings())[::-1]
    pages = Pages.of(request, len(found))
    return request.page("runs.html.j2", runs=found[pages.offset : pages.offset + PER_PAGE], pages=pages)


def get_view(request: Request) -> RunView:
    """The run of the address. Raises SettingsError where there is none."""
    view = run_view(request.context.run_folder(request.path["run"]))
    if view is None:
        raise SettingsError(tr("This run is still being planned."))
    return view


def show(request: Request) -> Response:
    """The run as it is now."""
    view = get_view(request)
    name = view.folder.name
    later = [each for each in list_runs(request.context.local_settings()) if each.plan.source_run == name]
    corrected = request.context.corrections.read(request.context.run_corrections(name))
    return request.page(
        "run.html.j2",
        view=view,
        calls=run_calls(view.folder),
        state=_state(request, view),
        stopping=request.context.tasks.is_stopping(name),
        files=_files(view.folder),
        formats=FORMATS,
        later=later,
        corrected=len(corrected),
        to_correct=[code for code in view.codes if code in FAULTY_ROLE],
        can_rerun=can_rerun(view),
        may_reactivate=bool({"would_reactivate", "opted_out"} & {*view.codes}),
        may_lift=bool({"would_reactivate", "would_lift_dnc"} & {*view.codes}),
    )


def can_rerun(view: RunView) -> bool:
    """True where the rows that are left can be sent again."""
    return (
        view.plan.kind is not RunKind.UNDO and bool(view.codes) and view.condition == "finished" and not view.taken_by
    )


def _state(request: Request, view: RunView) -> str:
    """A word that changes when the buttons of the page change."""
    stopping = "stopping" if request.context.tasks.is_stopping(view.folder.name) else ""
    return f"{view.condition}{stopping}"


async def events(request: Request) -> AsyncIterator[str]:
    """The figures of the run, each time that they change."""
    looks, before, calls = 0, "", None
    while not request.context.closing.is_set():
        try:
            view = await run_sync(get_view, request)
            if looks % _DRAWN_EVERY == 0:
                calls = await run_sync(run_calls, view.folder)
        except BatchError:
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
