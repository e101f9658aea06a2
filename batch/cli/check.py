"""The command `check`: what a run would find in a file. Nothing is written."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from batch.cli.change_flags import Campaign, ForCommand, Status, likely_operation
from batch.cli.console import print_message, print_result, stdin_source, use_colour
from batch.cli.folding import fit
from batch.cli.input_files import MoreFiles, input_source
from batch.cli.options import CheckFlags, InputFile, Json, ReadingFlags, read_flags
from batch.cli.preconditions import Preconditions
from batch.errors import Exit
from batch.model import Operation
from batch.text.language import pluralize, tr

if TYPE_CHECKING:
    from batch.guayaba.teams import Teams
    from batch.loader import LoadedSource


def check(
    file: InputFile,
    *more_files: MoreFiles,
    operation: ForCommand = None,
    status: Status = None,
    campaign: Campaign = None,
    reading: ReadingFlags | None = None,
    online: Annotated[
        bool,
        Parameter(help="Also ask the API if the key works, and for the team's statuses and campaigns.", negative=""),
    ] = False,
    out: Annotated[
        Path | None,
        Parameter(
            help="A new file for each repaired or refused number, before and after: .csv, .xlsx, .parquet, .ndjson."
        ),
    ] = None,
    options: CheckFlags | None = None,
    json: Json = False,
) -> int:
    """Show everything that a run would find in FILE: without any call, or with --online, without any write.

    It says for which command it checked the file. Exit 0: every row can be sent. 3: a run would refuse or hold some
    rows. 4: the file cannot be used.
    """
    import anyio

    from batch.loader.cells.status_words import spelling_notice
    from batch.runs.check import check as check_source
    from batch.runs.check import check_online
    from batch.runs.team_check import initial_rules

    verb = operation or likely_operation(reading, status, campaign)
    preconditions = Preconditions()
    if out is not None:
        from batch.reporter.repairs import require_repairs_file

        preconditions.check(partial(require_repairs_file, out))
    settings = preconditions.read_settings(options, stdin_is_input=str(file) == "-", need_key=online)
    chosen = preconditions.check(partial(read_flags, verb, reading, status, campaign, settings.region))
    source = preconditions.check(partial(input_source, file, more_files))
    preconditions.raise_with_file(source, chosen, settings)
    assert chosen is not None and source is not None
    rules, stdin = initial_rules(settings.access, settings.guards), stdin_source(source)
    if online:
        connection, access = settings.connection, settings.access
        loaded, teams = anyio.run(partial(check_online, source, chosen, rules, connection, access, stdin=stdin))
    else:
        loaded, teams = check_source(source, chosen, rules, stdin=stdin), None
        if status is not None and (notice := spelling_notice(status)):
            print_message(notice)
    _print_survey(loaded, teams, as_json=json, assumed=operation is None and verb is Operation.FULFILL)
    if out is not None:
        _write_repairs(out, loaded)
    return Exit.OK if loaded.survey.rows == loaded.survey.sendable + loaded.survey.duplicates else Exit.SOME_ROWS


def _print_survey(loaded: LoadedSource, teams: Teams | None, *, as_json: bool, assumed: bool) -> None:
    from batch.cli import wording
    from batch.cli.check_work import next_command

    if as_json:
        print_result(wording.survey_json(loaded, teams))
    else:
        lines = wording.survey_lines(loaded, teams, assumed=assumed, colour=use_colour(sys.stdout))
        command = next_command(sys.argv[2:], loaded.reading.operation, loaded.suggested_region)
        lines += ["", tr("Next:"), f"  {command}"]
        print_result("\n".join(fit(lines, sys.stdout)))


def _write_repairs(out: Path, loaded: LoadedSource) -> None:
    from batch.loader.review.findings import REPAIR_COLUMNS, repair_rows
    from batch.reporter.repairs import write_repairs

    rows = write_repairs(out, REPAIR_COLUMNS, repair_rows(loaded))
    print_message(tr("{numbers} in {out}.", numbers=pluralize(rows, "repaired or refused number"), out=out))
