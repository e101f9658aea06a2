"""The command `approve`: sign the rows that are left in a plan."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from batch.cli.console import print_result
from batch.cli.options import ListFlags
from batch.cli.preconditions import Preconditions
from batch.text.language import pluralize, tr


def approve(
    plan: Annotated[Path, Parameter(help="A plan: CSV, XLSX, Parquet or NDJSON.")],
    *,
    name: Annotated[
        str | None,
        Parameter(
            name="--as", help="An account of the settings, whose key signs. Default: your user name on this machine."
        ),
    ] = None,
    options: ListFlags | None = None,
) -> int:
    """Approve the rows that are left in PLAN, for apply --require-approval. Nothing is sent.

    The approval is a file beside PLAN. It is valid for these rows only. If the plan is changed, it needs a new
    approval.
    """
    from batch.errors import Exit
    from batch.runs.plans.approval import approve as sign
    from batch.runs.plans.approval import user_name

    preconditions = Preconditions()
    settings = preconditions.read_settings(options, need_key=False)
    signed = preconditions.check(partial(sign, plan, name or user_name(), settings.accounts))
    preconditions.raise_with(lambda: None)
    assert signed is not None
    print_result(
        tr(
            "{name} approves {rows} of {plan} ({calls} to make): {path}",
            name=signed.approval.who(),
            rows=pluralize(signed.rows, "row"),
            plan=signed.approval.plan,
            calls=pluralize(signed.calls, "call"),
            path=signed.path,
        )
    )
    return Exit.OK
