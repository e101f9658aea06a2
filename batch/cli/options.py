"""The options that commands share, and what becomes of them.

Owns: the names and the help of the reading and run options; options -> `ReadOptions`, options -> `Settings`.
"""

from __future__ import annotations

import difflib
import os
import sys
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from batch.errors import SettingsError
from batch.problems import ErrorCollector
from batch.text.temporary_folder import remove_left_parts

if TYPE_CHECKING:
    from batch.loader import ReadOptions
    from batch.model import Outcome
    from batch.settings.layers import Layer
    from batch.settings.settings import Settings

#: `-` is stdin, not an option.
InputFile = Annotated[
    Path,
    Parameter(
        allow_leading_hyphen=True,
        validator=lambda _, path: _no_option(str(path)),
        help="The contacts: CSV, XLSX, XLS, ODS, Parquet, JSON, vCard and others, or - for stdin.",
    ),
]
SaveJob = Annotated[
    Path | None,
    Parameter(help="Keep operation, columns, region and options in this job file, for `guayaba-batch run`."),
]


@Parameter(name="*", group="How the file is read")
@dataclass(frozen=True)
class ReadingOptions:
    """How the file is read."""

    map: Annotated[
        tuple[str, ...],
        Parameter(
            help='Which column is what, for example --map phone="Mobile #". Roles: phone, id, status, campaign, '
            "name, phoneNumber, timezone, region, account, var:NAME. --map id= lets a role go; phone can name several."
        ),
    ] = ()
    region: Annotated[
        str | None, Parameter(help="The country of numbers without a country code: US, ES, or its name.")
    ] = None
    region_column: Annotated[str | None, Parameter(help="The column that names each row's country.")] = None
    phone_check: Annotated[
        Literal["valid", "possible"], Parameter(help="How strictly numbers are judged (libphonenumber's words).")
    ] = "valid"
    on_conflict: Annotated[
        Literal["hold", "last", "first"], Parameter(help="Rows of one contact that ask for different things.")
    ] = "hold"
    extensions: Annotated[Literal["drop", "refuse"], Parameter(help="Numbers with an extension.")] = "drop"
    two_numbers: Annotated[Literal["refuse", "first"], Parameter(help="Cells with two numbers.")] = "refuse"
    variables: Annotated[
        Literal["merge", "replace"],
        Parameter(help="Custom variables that a row does not set: kept, or erased by those that it sets."),
    ] = "merge"
    sheet: Annotated[str | None, Parameter(help="The sheet of a workbook.")] = None
    encoding: Annotated[str | None, Parameter(help="The encoding of a text file, where it is guessed wrong.")] = None
    header_row: Annotated[
        int | None, Parameter(help="The row that names the columns, as the spreadsheet shows it. Default: it is found.")
    ] = None
    no_header: Annotated[bool, Parameter(help="No row names the columns: they are called A, B, C.", negative="")] = (
        False
    )
    hidden_rows: Annotated[
        Literal["read", "skip"] | None,
        Parameter(help="Rows that a filter or a person hides. Default: refused where the run starts outreach."),
    ] = None
    keep_literal: Annotated[
        bool, Parameter(help="Write NULL, nan, #N/A and the like as they are. Default: they are blank.", negative="")
    ] = False
    phones: Annotated[
        Literal["first", "all"],
        Parameter(help="Contacts with several phones: the first that can be called, a mobile before others, or all."),
    ] = "first"


@Parameter(name="*", group="How the run goes")
@dataclass(frozen=True)
class RunOptions:
    """How the run goes. Each can also come from GUAYABA_* in the environment or from guayaba-batch.toml."""

    rate: Annotated[
        str | None, Parameter(help="At most so many writes, for example 30/min. Default: the API's limit.")
    ] = None
    workers: Annotated[str | None, Parameter(help="Requests under way at once. Default: 16.")] = None
    base_url: Annotated[str | None, Parameter(help="The API's address. Default: https://api.guayaba.ai")] = None
    api_key_file: Annotated[
        str | None,
        Parameter(allow_leading_hyphen=True, help="The file of the API key (- for stdin). Default: GUAYABA_API_KEY."),
    ] = None
    account: Annotated[
        str | None, Parameter(help="Use the key of this [accounts.NAME] table of guayaba-batch.toml for every row.")
    ] = None
    out: Annotated[
        str | None,
        Parameter(
            allow_leading_hyphen=True,
            help="The folder of run folders. Default: reports. With -, stdout gets the rows too.",
        ),
    ] = None
    format: Annotated[
        tuple[str, ...] | None,
        Parameter(
            help="Report formats: csv, tsv, xlsx, parquet, arrow, ndjson; several with commas. Default: the input's.",
            negative="",
        ),
    ] = None
    limit: Annotated[str | None, Parameter(help="Stop after so many contacts; the same command goes on.")] = None
    timeout: Annotated[str | None, Parameter(help="Longest time for one request. Default: 30s")] = None
    attempts: Annotated[str | None, Parameter(help="Requests for one row at most. Default: 5")] = None
    give_up_after: Annotated[str | None, Parameter(help="Stop after so long without any answer. Default: 1h")] = None
    window: Annotated[
        str | None, Parameter(help="The time in which the API counts its limit. Default: 1min", show=False)
    ] = None
    share: Annotated[str | None, Parameter(help="Use only this part of the quota, for example 80%.")] = None
    max_errors: Annotated[
        str | None, Parameter(help="Stop after more rows than this went wrong: 20, or 5%. The same command goes on.")
    ] = None
    max_runtime: Annotated[str | None, Parameter(help="Stop after so long, for example 2h.")] = None
    until: Annotated[str | None, Parameter(help="Stop at this time of day, for example 18:00.")] = None
    fresh: Annotated[bool | None, Parameter(help="Begin a new run even where one can go on.", negative="")] = None
    preflight: Annotated[
        bool | None,
        Parameter(help="Ask the API for the team's statuses and campaigns before the first write. Default: yes."),
    ] = None
    allow_reactivation: Annotated[
        bool | None,
        Parameter(
            help="Also activate or move contacts that are DNC now, or stopped otherwise. Default: they are left alone.",
            negative="",
        ),
    ] = None
    skip_unchanged: Annotated[
        bool | None,
        Parameter(
            help="Read before writing: no write for a contact that is already as asked, or that does not exist.",
            negative="",
        ),
    ] = None
    assume_stale: Annotated[
        bool | None,
        Parameter(
            help="Take what was read for out of date: --skip-unchanged is off, and every row is written.", negative=""
        ),
    ] = None
    accept_key: Annotated[
        bool | None, Parameter(help="Go on although the run was begun with another key.", negative="")
    ] = None
    notify: Annotated[
        str | None,
        Parameter(help="Post the summary to this https address at the end, when stopped, and on many errors."),
    ] = None
    notify_errors: Annotated[
        str | None, Parameter(help="The share of rows gone wrong that is worth a notice. Default: 10%")
    ] = None
    metrics_file: Annotated[
        str | None, Parameter(help="Keep figures of the run in this *.prom file, for Prometheus' textfile collector.")
    ] = None
    quiet: Annotated[
        bool | None, Parameter(name=["--quiet", "-q"], help="No progress and no preview on stderr.", negative="")
    ] = None
    verbose: Annotated[
        bool | None, Parameter(name=["--verbose", "-v"], help="A line for each row that is settled.", negative="")
    ] = None
    yes: Annotated[bool | None, Parameter(name=["--yes", "-y"], help="Do not ask.", negative="")] = None
    json: Annotated[bool, Parameter(help="Print the summary as JSON.", negative="")] = False


def _no_option(name: str) -> None:
    """Raise ValueError where what stands in the place of the file is a mistyped option: `-` alone is stdin."""
    if not name.startswith("-") or name == "-":
        return
    known = [
        "status",
        "campaign",
        "save_job",
        *(field.name for kind in (ReadingOptions, RunOptions) for field in fields(kind)),
    ]
    near = difflib.get_close_matches(name.partition("=")[0], [f"--{each.replace('_', '-')}" for each in known], 1)
    raise ValueError(f"Unknown option: {name}." + (f" Did you mean {near[0]}?" if near else ""))


def option_flags(options: RunOptions | None) -> dict[str, Any]:
    """The run options by field name; None where one was not given."""
    given = options or RunOptions()
    return {field.name: getattr(given, field.name) for field in fields(given) if field.name != "json"}


def read_settings(
    options: RunOptions | None,
    *,
    region: str | None = None,
    stdin_is_input: bool = False,
    need_key: bool = True,
    job: Layer | None = None,
) -> Settings:
    from batch.settings.settings import gather_settings

    given = options or RunOptions()
    flags = option_flags(options)
    problems = ErrorCollector("the settings cannot be used, and nothing was sent")
    if given.out == "-":
        flags |= {"out": None, "stream": True}
        with problems.gathered():
            _require_stdout(given)
    settings = None
    with problems.gathered():
        settings = gather_settings(
            {**flags, "region": region},
            os.environ,
            here=Path.cwd(),
            home=Path.home(),
            read_stdin=None if stdin_is_input else sys.stdin.read,
            need_key=need_key,
            job=job,
        )
    problems.settle()
    assert settings is not None
    remove_left_parts(settings.out)
    return settings


def _require_stdout(options: RunOptions) -> None:
    if options.json:
        raise SettingsError(
            "--out - and --json both want stdout; nothing was sent.",
            tip="leave --json out: the same stands in summary.json of the run folder.",
        )


def build_read_options(
    verb: str,
    options: ReadingOptions | None,
    status: str | None,
    campaign: str | None,
    region: str | None = None,
) -> ReadOptions:
    from batch.loader import ReadOptions
    from batch.model import ContactChange, Operation

    given = options or ReadingOptions()
    mapping: dict[str, str] = {}
    problems = ErrorCollector("--map cannot be used")
    for pair in given.map:
        role, equals, header = pair.partition("=")
        with problems.gathered():
            if not equals or not role.strip():
                raise SettingsError(f'--map {pair}: expected ROLE=HEADER, for example --map phone="Mobile #".')
            if role.strip() in mapping and role.strip() != "phone":
                raise SettingsError(
                    f"--map names {role.strip()} twice: {mapping[role.strip()]!r} and {header!r}.",
                    tip="Only phone can have several columns.",
                )
        before = mapping.get(role.strip())
        mapping[role.strip()] = f"{before},{header}" if before and header else header
    problems.settle()
    if given.region_column is not None:
        mapping["region"] = given.region_column
    return ReadOptions(
        operation=Operation(verb),
        mapping=mapping,
        ask=ContactChange(status or None, campaign or None, replace_variables=given.variables == "replace"),
        region=given.region or region,
        phone_check=given.phone_check,
        on_conflict=given.on_conflict,
        extensions=given.extensions,
        two_numbers=given.two_numbers,
        sheet=given.sheet,
        encoding=given.encoding,
        header_row=given.header_row,
        no_header=given.no_header,
        hidden_rows=given.hidden_rows,
        keep_literal=given.keep_literal,
        phones=given.phones,
    )


def parse_outcomes(only: tuple[str, ...]) -> list[Outcome]:
    """The outcomes that `--only failed,pending` names. Raises SettingsError where one is none."""
    from batch.model import Outcome

    words = [word.strip() for part in only for word in part.split(",") if word.strip()]
    unknown = [word for word in words if word not in list(Outcome)]
    if unknown:
        raise SettingsError(f"--only {','.join(unknown)}: the outcomes are {', '.join(Outcome)}.")
    return [Outcome(word) for word in words]
