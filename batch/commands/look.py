"""The commands that look and send nothing: `check`, `report` and `runs`.

Owns: their own options, and the exit code of each.
Does not own: the findings (`loader/`), the files (`reporter/`), how both are put into words (`terminal/wording.py`).
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from batch.commands.at_once import AtOnce
from batch.commands.options import InputFile, ReadingOptions, RunOptions, reading_of, settings_of
from batch.errors import Exit
from batch.terminal.console import in_colour, piped, rows_out, say, show


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
    from batch import stages
    from batch.preflight import in_accounts
    from batch.terminal import wording

    verb = operation or ("update" if status or campaign else "fulfill")
    options = RunOptions(base_url=base_url, api_key_file=api_key_file, account=account)
    wrong = AtOnce()
    settings = wrong.settings(options, stdin_is_input=str(file) == "-", need_key=online)
    asked = wrong.told(partial(reading_of, verb, reading, status, campaign, settings.region))
    wrong.settle_with_file(file, asked, settings)
    assert asked is not None
    chosen = in_accounts(asked, settings)
    teams = None
    if online:
        loaded, teams = stages.check_online(file, chosen, settings, stdin=piped(file))
    else:
        loaded = stages.check(file, chosen, stdin=piped(file))
    if json:
        say(wording.survey_json(loaded, teams))
    else:
        say("\n".join(wording.survey_lines(loaded, teams, colour=in_colour(sys.stdout))))
    return Exit.OK if loaded.survey.rows == loaded.survey.sendable + loaded.survey.duplicates else Exit.SOME_ROWS


def report(
    run_folder: Annotated[Path, Parameter(help="The run's folder.")],
    /,
    *,
    format: Annotated[
        tuple[str, ...] | None, Parameter(help="csv, tsv, xlsx, parquet, ndjson. Default: as the run.", negative="")
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
    from batch import stages

    settings = settings_of(RunOptions(format=format, out=out, json=json), need_key=False)
    with rows_out(settings) as rows:
        result = stages.report(run_folder, settings, rows)
    show(result, as_json=json, aside=settings.stream)
    return Exit.OK


def runs(
    *,
    phone: Annotated[str | None, Parameter(help="What all runs did about this number, in any spelling.")] = None,
    region: Annotated[str | None, Parameter(help="The country of a --phone without a country code.")] = None,
    out: Annotated[str | None, Parameter(help="The folder of run folders. Default: reports")] = None,
    json: Annotated[bool, Parameter(help="Print the list as JSON.", negative="")] = False,
) -> int:
    """List the runs: when, what, on which file, how far, and the command that goes on. Or all about one number."""
    from batch import stages
    from batch.terminal import runs_wording

    settings = settings_of(RunOptions(out=out), region=region, need_key=False)
    if phone is not None:
        number, past = stages.history(settings.out, phone, settings.region)
        lines = runs_wording.history_lines(past, number, settings.out)
        say(runs_wording.history_json(past, number) if json else "\n".join(lines))
        return Exit.OK
    found = stages.listed(settings.out)
    say(runs_wording.runs_json(found) if json else "\n".join(runs_wording.runs_lines(found, settings.out)))
    return Exit.OK
