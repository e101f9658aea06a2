"""The command `apply`: make the calls of a plan, and no others."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from batch.cli.console import require_confirmation, run_and_report
from batch.cli.options import Json, RunFlags
from batch.cli.preconditions import Preconditions


def apply(
    plan: Annotated[Path, Parameter(help="A plan: CSV, XLSX, Parquet or NDJSON.")],
    *,
    replan: Annotated[
        bool,
        Parameter(
            help="Check contacts again that changed since the plan. Without this option they are not changed.",
            negative="",
        ),
    ] = False,
    require_approval: Annotated[
        tuple[str, ...],
        Parameter(
            help="Send nothing without an approval of this account or user of this machine. Repeatable.",
            negative="",
            show_default=False,
        ),
    ] = (),
    options: RunFlags | None = None,
    json: Json = False,
) -> int:
    """Make the calls of PLAN, and no others. Each contact is read first.

    Rows that were removed from PLAN, or have skip in _action, are left out. A contact that changed since the plan is
    left unchanged (changed_since_plan). A plan that was edited in another way, has expired, or is of another key,
    address or input is refused.
    """
    from batch.loader.plans.read import open_plan
    from batch.runs.spec import ApplyRun

    preconditions = Preconditions()
    settings = preconditions.read_settings(options, as_json=json)
    preconditions.check(partial(require_confirmation, settings.yes))
    preconditions.raise_with(partial(open_plan, plan))
    names = tuple(name for each in require_approval for name in each.split(",") if name)
    return run_and_report(ApplyRun(plan, settings.run, replan, names), settings, json)
