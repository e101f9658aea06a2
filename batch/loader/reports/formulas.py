"""The formula guard of our CSV reports, undone in whole columns.

Owns: `text.formula_guard` as expressions.
"""

from __future__ import annotations

import polars as pl

from batch.text.formula_guard import NUMBER, TRIGGER


def unescape_formulas(chunk: pl.DataFrame) -> pl.DataFrame:
    """`chunk` with the formula guard of our CSV reports undone in every cell: `formula_guard.unguard` in columns."""
    cell = pl.exclude("number", "broken")
    return chunk.with_columns(pl.when(is_escaped(cell)).then(cell.str.slice(1)).otherwise(cell))


def is_escaped(cell: pl.Expr) -> pl.Expr:
    """True for a cell as `formula_guard.guard` returns it with its apostrophe."""
    return cell.str.starts_with("'") & is_formula(cell.str.slice(1))


def is_formula(cell: pl.Expr) -> pl.Expr:
    """True for a cell that a CSV report guards."""
    return cell.str.contains(f"^(?:{TRIGGER.pattern})") & ~cell.str.contains(f"^(?:{NUMBER.pattern})$")
