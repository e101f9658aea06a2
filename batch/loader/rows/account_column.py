"""Which API key each row of a chunk belongs to, found once for every distinct cell.

Owns: cells of accounts -> the account's name, or the fault.
"""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from batch.loader.cells.cell_checks import CellError
from batch.loader.cells.regions import fold
from batch.loader.columns.mapping import ColumnMapping
from batch.loader.team_rules import TeamRules
from batch.text.language import tr

#: What is known of a row's account: `account` (empty: the run's own key), or why there is none.
ACCOUNT = pl.Schema(dict.fromkeys(("account", "account_code", "account_message", "account_cell"), pl.String()))


def read_accounts(chunk: pl.DataFrame, team: TeamRules, roles: ColumnMapping) -> pl.DataFrame:
    """The accounts of `chunk`, as `ACCOUNT`, one line per row."""
    place = roles.columns.get("account")
    if place is None:
        row = pl.DataFrame([("", None, None, None)], schema=ACCOUNT, orient="row")
        return row.select(column.new_from_index(0, chunk.height) for column in row)
    cells = chunk[str(place)].rename("account_cell")
    lines: list[tuple[str | None, ...]] = []
    for cell in cells.unique():
        found = match_account(cell, team.accounts)
        lines.append((None, *found) if isinstance(found, CellError) else (found, None, None, cell))
    table = pl.DataFrame(lines, schema=ACCOUNT, orient="row")
    return cells.to_frame().join(table, on="account_cell", how="left", nulls_equal=True, maintain_order="left")


def match_account(cell: str | None, known: Collection[str]) -> str | CellError:
    """The account that the cell names, in any case and punctuation where that is clear."""
    text = (cell or "").strip()
    if not text:
        return CellError("no_account", "", cell)
    alike = [text] if text in known else [name for name in known if fold(name) == fold(text)]
    return (
        alike[0]
        if len(alike) == 1
        else CellError("unknown_account", tr('"{text}" is no account of the settings', text=text[:40]), cell)
    )
