"""The commands that look and send nothing: `check`, `report` and `runs`.

Owns: their own options, and the exit code of each.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from batch.cli.console import open_rows_output, print_result, show_summary, stdin_source, use_colour
from batch.cli.options import InputFile, ReadingOptions, RunOptions, build_read_options, read_settings
from batch.cli.preconditions import Preconditions
from batch.errors import Exit


def check(
    file: InputFile,
    *,
    operation: Annotated[
        Literal["fulfill", "update", "update-by-id"] | None,
        Parameter(
            name="--for", help="The command that the file is meant for. Default: fulfill, or update with --status."
        ),
    ] = None,
    status: Annotated[str | None, Parameter(help="As for update.")] = None,
    campaign: Annotated[str | None, Parameter(help="As for update.")] = None,
    reading: ReadingOptions | None = None,
    online: Annotated[
        bool,
        Parameter(help="Ask the API too: whether the key works, the team's statuses and campaigns.", negative=""),
    ] = False,
    base_url: Annotated[str | None, Parameter(help="With --online: the API's address.")] = None,
    api_key_file: Annotated[
        str | None, Parameter(allow_leading_hyphen=True, help="With --online: the file of the API key.")
    ] = None,
    account: Annotated[str | None, Parameter(help="Every row is for this account of the settings.")] = None,
    json: Annotated[bool, Parameter(help="Print the findings as JSON.", negative="")] = False,
) -> int:
    """Show everything that a run would find in FILE, without any call, or with --online, without any write.

    Exit 0: every row can be sent. 3: some rows cannot. 4: the file cannot be used.
    """
    from batch.cli import wording
    from batch.runs import run
    from batch.runs.plan import with_accounts

    verb = operation or ("update" if status or campaign else "fulfill")
    options = RunOptions(base_url=base_url, api_key_file=api_key_file, account=account)
    wrong = Preconditions()
    settings = wrong.settings(options, stdin_is_input=str(file) == "-", need_key=online)
    asked = wrong.told(partial(build_read_options, verb, reading, status, campaign, settings.region))
    wrong.settle_with_file(file, asked, settings)
    assert asked is not None
    chosen = with_accounts(asked, settings)
    teams = None
    if online:
        loaded, teams = run.check_online(file, chosen, settings, stdin=stdin_source(file))
    else:
        loaded = run.check(file, chosen, stdin=stdin_source(file))
    if json:
        print_result(wording.survey_json(loaded, teams))
    else:
        print_result("\n".join(wording.survey_lines(loaded, teams, colour=use_colour(sys.stdout))))
    return Exit.OK if loaded.survey.rows == loaded.survey.sendable + loaded.survey.duplicates else Exit.SOME_ROWS


def report(
    run_folder: Annotated[Path, Parameter(help="The run's folder.")],
    /,
    *,
    format: Annotated[
        tuple[str, ...] | None,
        Parameter(help="csv, tsv, xlsx, parquet, arrow, ndjson. Default: as the run.", negative=""),
    ] = None,
    out: Annotated[
        str | None,
        Parameter(
            allow_leading_hyphen=True,
            help="The folder of run folders. Default: reports. With - the rows go to stdout, and no file is written.",
        ),
    ] = None,
    json: Annotated[bool, Parameter(help="Print the summary as JSON.", negative="")] = False,
) -> int:
    """Write the report files of a run anew from its journal, in --format if given (several with commas)."""
    from batch.runs import run

    settings = read_settings(RunOptions(format=format, out=out, json=json), need_key=False)
    with open_rows_output(settings) as rows:
        result = run.report(run_folder, settings, rows)
    show_summary(result, as_json=json, aside=settings.stream)
    return Exit.OK


def runs(
    *,
    phone: Annotated[str | None, Parameter(help="What all runs did about this number, in any spelling.")] = None,
    region: Annotated[str | None, Parameter(help="The country of a --phone without a country code.")] = None,
    out: Annotated[str | None, Parameter(help="The folder of run folders. Default: reports")] = None,
    json: Annotated[bool, Parameter(help="Print the list as JSON.", negative="")] = False,
) -> int:
    """List the runs: when, what, on which file, how far, and the command that goes on. Or all about one number."""
    from batch.cli import runs_wording
    from batch.runs import run

    settings = read_settings(RunOptions(out=out), region=region, need_key=False)
    if phone is not None:
        number, past = run.history(settings.out, phone, settings.region)
        lines = runs_wording.history_lines(past, number, settings.out)
        print_result(runs_wording.history_json(past, number) if json else "\n".join(lines))
        return Exit.OK
    found = run.list_runs(settings.out)
    print_result(runs_wording.runs_json(found) if json else "\n".join(runs_wording.runs_lines(found, settings.out)))
    return Exit.OK
