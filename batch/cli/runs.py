"""The command `runs`: the runs in a folder, or what all of them did about one phone number."""

from __future__ import annotations

import sys
from pathlib import Path
from time import time
from typing import Annotated

from cyclopts import Parameter

from batch.cli.console import print_result
from batch.cli.folding import fit
from batch.cli.options import Json, ListFlags, read_settings
from batch.errors import Exit


def runs(
    *,
    phone: Annotated[
        str | None, Parameter(help="What all runs did with this number. It can be written in any form.")
    ] = None,
    region: Annotated[str | None, Parameter(help="The country of a --phone without a country code.")] = None,
    file: Annotated[
        Path | None, Parameter(help="How the rows of this file (or run) stand, with all reruns taken together.")
    ] = None,
    options: ListFlags | None = None,
    json: Json = False,
) -> int:
    """List the runs: date (UTC), operation, file, what is not done, and the command that continues the run.

    With --phone: what all runs did with one number. With --file: exit 0 if every row is done, else 3.
    """
    from batch import loader
    from batch.cli import runs_wording
    from batch.runs.folder.history import contact_history

    settings = read_settings(options, region=region, need_key=False)
    if phone is not None:
        number = loader.phone_option(phone, settings.region)
        rows = contact_history(settings.out, number)
        lines = runs_wording.history_lines(rows, number, settings.out)
        print_result(runs_wording.history_json(rows, number) if json else "\n".join(fit(lines, sys.stdout)))
        return Exit.OK
    from batch.runs.folder.overview import file_overviews, list_overviews

    if file is not None:
        views = file_overviews(settings.out, file)
        print_result(
            runs_wording.file_json(views) if json else "\n".join(fit(runs_wording.file_lines(views), sys.stdout))
        )
        return Exit.SOME_ROWS if any(view.not_done for view in views) else Exit.OK
    found = list_overviews(settings.out)
    lines = fit(runs_wording.runs_lines(found, settings.out, time()), sys.stdout)
    print_result(runs_wording.runs_json(found) if json else "\n".join(lines))
    return Exit.OK
