"""Which API key each row of a chunk belongs to, found once for every distinct cell.

Owns: cells of accounts -> the account's name, or the fault; whether the account's team has the status that is asked.
Does not own: the column (`columns.py`), where an account's key is (`accounts.py`).
"""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from batch.loader.columns import Roles
from batch.loader.reading import Reading
from batch.loader.regions import fold

#: What is known of a row's account: `account` (empty: the run's own key), or why there is none.
ACCOUNT = pl.Schema(dict.fromkeys(("account", "account_code", "account_message", "account_cell"), pl.String()))


def read_accounts(chunk: pl.DataFrame, reading: Reading, roles: Roles) -> pl.DataFrame:
    """The accounts of `chunk`, as `ACCOUNT`, one line per row."""
    place = roles.columns.get("account")
    if place is None:
        row = pl.DataFrame([("", None, None, None)], schema=ACCOUNT, orient="row")
        return row.select(pl.all().repeat_by(chunk.height).explode(empty_as_null=False))
    cells = chunk[str(place)].rename("account_cell")
    lines = [_line(cell, reading.accounts) for cell in cells.unique()]
    table = pl.DataFrame(lines, schema=ACCOUNT, orient="row")
    return cells.to_frame().join(table, on="account_cell", how="left", nulls_equal=True, maintain_order="left")


def _line(cell: str | None, known: Collection[str]) -> tuple[str | None, str | None, str | None, str | None]:
    text = (cell or "").strip()
    if not text:
        return None, "no_account", "", cell
    if text in known:
        return text, None, None, cell
    alike = [name for name in known if fold(name) == fold(text)]
    if len(alike) == 1:
        return alike[0], None, None, cell
    return None, "unknown_account", f'"{text[:40]}" is no account of the settings', cell


def judge_statuses(judged: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    """`judged`, which has `account`, `status`, `code`, `message`, `cell` and `ask`: rows that ask their account's team
    for a status that it does not have get the fault."""
    teams = [(account, status) for account, names in reading.team_statuses.items() for status in names]
    if not teams:
        return judged
    have = pl.DataFrame(teams, schema=dict.fromkeys(("account", "status"), pl.String()), orient="row")
    table = judged.join(
        have.with_columns(pl.lit(True).alias("has")), on=["account", "status"], how="left", maintain_order="left"
    )
    lacks = (
        pl.col("code").is_null()
        & pl.col("status").is_not_null()
        & pl.col("has").is_null()
        & pl.col("account").is_in(list(reading.team_statuses))
    )
    told = pl.format('the team of {} has no status "{}"', "account", "status")
    return table.with_columns(
        pl.when(lacks).then(pl.lit("unknown_status")).otherwise("code").alias("code"),
        pl.when(lacks).then(told).otherwise("message").alias("message"),
        pl.when(lacks).then("status").otherwise("cell").alias("cell"),
        pl.when(~lacks).then("ask").alias("ask"),
    ).drop("has")
