"""The command `check`: what a run would find in a file. Nothing is written."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from batch.cli.console import print_result, stdin_source, use_colour
from batch.cli.options import CheckFlags, InputFile, Json, ReadingFlags, read_flags
from batch.cli.preconditions import Preconditions
from batch.errors import Exit


def check(
    file: InputFile,
    *,
    operation: Annotated[
        Literal["fulfill", "update", "update-by-id"] | None,
        Parameter(name="--for", help="The command that will get the file. Default: fulfill, or update with --status."),
    ] = None,
    status: Annotated[str | None, Parameter(help="The same as for update.")] = None,
    campaign: Annotated[str | None, Parameter(help="The same as for update.")] = None,
    reading: ReadingFlags | None = None,
    online: Annotated[
        bool,
        Parameter(help="Also ask the API if the key works, and for the team's statuses and campaigns.", negative=""),
    ] = False,
    options: CheckFlags | None = None,
    out: Annotated[
        Path | None,
        Parameter(help="Write every repaired phone cell to this new CSV file, before and after.", negative=""),
    ] = None,
    json: Json = False,
) -> int:
    """Show everything that a run would find in FILE: without any call, or with --online, without any write.

    Exit 0: every row can be sent. 3: some rows cannot. 4: the file cannot be used.
    """
    import anyio

    from batch.cli import wording
    from batch.loader import write_repairs
    from batch.runs.check import check as check_source
    from batch.runs.check import check_online

    verb = operation or ("update" if status or campaign else "fulfill")
    preconditions = Preconditions()
    settings = preconditions.read_settings(options, stdin_is_input=str(file) == "-", need_key=online)
    chosen = preconditions.check(partial(read_flags, verb, reading, status, campaign, settings.region))
    preconditions.raise_with_file(file, chosen, settings)
    assert chosen is not None
    teams = None
    if online:
        loaded, teams = anyio.run(partial(check_online, file, chosen, settings, stdin=stdin_source(file)))
    else:
        loaded = check_source(file, chosen, settings, stdin=stdin_source(file))
    if out is not None:
        write_repairs(loaded, out)
    if json:
        print_result(wording.survey_json(loaded, teams))
    else:
        print_result("\n".join(wording.survey_lines(loaded, teams, colour=use_colour(sys.stdout))))
    return Exit.OK if loaded.survey.rows == loaded.survey.sendable + loaded.survey.duplicates else Exit.SOME_ROWS
