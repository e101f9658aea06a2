"""The command `plan`: what a run would change, row by row. Nothing is written to the API."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from batch.cli.change_flags import Campaign, ForCommand, Status, likely_operation
from batch.cli.console import print_result, stdin_source, use_colour
from batch.cli.input_files import MoreFiles, input_source
from batch.cli.options import InputFile, Json, PlanFlags, ReadingFlags, read_flags
from batch.cli.preconditions import Preconditions
from batch.settings import values
from batch.text.language import tr

if TYPE_CHECKING:
    from batch.runs.spec import PlanSpec


def plan(
    file: InputFile,
    *more_files: MoreFiles,
    operation: ForCommand = None,
    status: Status = None,
    campaign: Campaign = None,
    out: Annotated[
        tuple[Path, ...],
        Parameter(
            help="A new file for the plan: .csv, .xlsx, .parquet, .ndjson, or .html to look at. Repeatable.",
            negative="",
            show_default=False,
        ),
    ] = (),
    valid_for: Annotated[
        str,
        Parameter(help="How long the plan can be applied, for example 2h. Default: 24h.", show_default=False),
    ] = "24h",
    detailed_exit_code: Annotated[
        bool, Parameter(help="Exit with 6 if the plan has calls to make.", negative="")
    ] = False,
    reading: ReadingFlags | None = None,
    options: PlanFlags | None = None,
    json: Json = False,
) -> int:
    """Show what a run would change, row by row: each contact is read, and nothing is written to the API.

    `apply` makes the calls of the plan, and no others. A plan that was cut short is continued by the same command.
    Exit 0: every row has its call, or needs none. 3: some rows cannot be sent. 4: it would do more than --max-changes
    or --max-starts allow.
    """
    from batch.reporter.plan_files import require_plan_file
    from batch.runs.spec import PlanSpec

    verb = operation or likely_operation(reading, status, campaign)
    preconditions = Preconditions()
    for path in out:
        preconditions.check(partial(require_plan_file, path))
    seconds = preconditions.check(partial(_duration, valid_for))
    settings = preconditions.read_settings(options, stdin_is_input=str(file) == "-", as_json=json)
    chosen = preconditions.check(partial(read_flags, verb, reading, status, campaign, settings.region))
    source = preconditions.check(partial(input_source, file, more_files))
    preconditions.raise_with_file(source, chosen, settings)
    assert chosen is not None and source is not None and seconds is not None
    spec = PlanSpec(source, chosen, settings.run, out, seconds, stdin_source(source))
    return _make(spec, settings.quiet, json=json, detailed=detailed_exit_code)


def _make(spec: PlanSpec, quiet: bool, *, json: bool, detailed: bool) -> int:
    """Make the plan, show it, and return the exit code."""
    import anyio

    from batch.cli.reading_progress import reading_display
    from batch.cli.row_plan_wording import plan_lines
    from batch.runs.plans.make import make_plan
    from batch.runs.plans.read_contacts import PlanObserver
    from batch.runs.plans.result import plan_json

    made = anyio.run(make_plan, spec, PlanObserver(*reading_display(quiet=quiet)))
    if json:
        print_result(plan_json(made))
    else:
        print_result("\n".join(plan_lines(made, colour=use_colour(sys.stdout))))
    return made.exit_code(detailed=detailed)


def _duration(text: str) -> float:
    from batch.errors import SettingsError

    try:
        return values.long_duration(text)
    except ValueError as fault:
        raise SettingsError(tr("--valid-for: {problem}.", problem=fault)) from None
