"""The command `report`: write the report files of a run again, from its journal, or those of several runs as one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from batch.cli.console import open_rows_output, show_summary
from batch.cli.options import Json, ReportFlags, read_settings
from batch.errors import Exit


def report(
    run_folder: Annotated[Path, Parameter(help="The run: its folder, its name, its short id, or latest.")],
    /,
    *more_runs: Annotated[Path, Parameter(help="Further runs, for one report of them all in the folder --out.")],
    options: ReportFlags | None = None,
    json: Json = False,
) -> int:
    """Write the report files of a run again from its journal, in --format if given.

    With --out - the rows go to stdout, and no file is written. With several runs, of one operation over files with the
    same columns, one report of all their rows is written to the folder --out.
    """
    from batch.runs.finish import report as write_report
    from batch.runs.merge import merge_reports

    settings = read_settings(options, as_json=json, need_key=False)
    if more_runs:
        result = merge_reports([run_folder, *more_runs], settings.report_files)
    else:
        with open_rows_output(settings) as rows:
            result = write_report(run_folder, settings.report_files, rows)
    show_summary(result, as_json=json, aside=settings.stream)
    return Exit.OK
