"""The first page: give a file, or go on with one of the last."""

from __future__ import annotations

import os
import shutil
from typing import IO

from starlette.responses import Response

from batch.api.watch import list_runs
from batch.app.jobs import Job
from batch.app.request import Request
from batch.errors import InputRefused, SettingsError
from batch.text.language import tr

#: Files and runs that the first page names.
_SHOWN = 6


def show(request: Request) -> Response:
    """The form for a file, the last files and the last runs."""
    settings = request.context.local_settings()
    runs = list_runs(settings)
    return request.page(
        "home.html.j2",
        jobs=request.context.jobs.recent(_SHOWN),
        runs=runs[::-1][:_SHOWN],
        more=len(runs) > _SHOWN,
        has_key=has_key(request),
        sample=request.context.sample,
        error=None,
    )


def has_key(request: Request) -> bool:
    """True where a key is found, so that a run can begin."""
    try:
        settings = request.context.settings(need_key=True)
    except SettingsError:
        return False
    return settings.key is not None or bool(settings.accounts)


def upload(request: Request) -> Response:
    """Keep the file that was given, and show what is in it."""
    given = request.upload("file")
    if given is None:
        raise InputRefused(tr("No file was chosen."), tip=tr("Choose a file, or drop one there."))
    return _begin(request, given.filename or "", given.file)


def use_sample(request: Request) -> Response:
    """Begin with the sample contacts of the demo."""
    sample = request.context.sample
    if sample is None:
        return request.go("/")
    with sample.open("rb") as file:
        return _begin(request, sample.name, file)


def _begin(request: Request, name: str, content: IO[bytes]) -> Response:
    jobs = request.context.jobs
    job: Job = jobs.create(name)
    path = jobs.open_source(job)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as sink:
            shutil.copyfileobj(content, sink, 1 << 20)
    except OSError:
        jobs.remove(job)
        raise
    return request.go(f"/files/{job.id}")
