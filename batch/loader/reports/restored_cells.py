"""Cells of a report that a spreadsheet program had shortened, as they were before.

Owns: what such a program makes of a text that looks like a number, and taking it back; the apostrophe of our formula
guard in a CSV report that was saved as something else.

Opened and saved, a CSV file comes back with `2134` for the postcode `02134`, with `525512345678` or `5.25512E+11` for
the phone `+525512345678`, with `TRUE` for `true`. No person wrote that: a cell that is what the program makes of an
earlier cell stands for that cell. Every other cell is a correction and counts.

In CSV the guard is undone without looking back (`formulas.py`). A workbook of ours has none, but one that was saved
from our CSV has: there an apostrophe is the guard's where the earlier cell was guarded, and had none itself.
No program shows such an apostrophe as part of a cell that was typed.
Source: how LibreOffice 7 and Excel read and show cells of the format General.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

import polars as pl

from batch.loader.report_layout import Report, row_number
from batch.loader.reports.formulas import is_escaped, is_formula
from batch.loader.reports.rerun_selection import Outcomes, no_outcomes
from batch.text.formula_guard import unguard

#: The digits that are left of a long number: Excel's formats General and Scientific.
_SIGNIFICANT: Final = (6, 3)
_ROUNDED: Final = r"^-?[0-9](\.[0-9]+)?[Ee]\+[0-9]{1,3}$"
_LONG: Final = r"^\+?[0-9]{11,30}$"
#: A number with an exponent, such as the code of a product or of a flat: `1E5`.
_EXPONENT: Final = r"^[+-]?[0-9]+(\.[0-9]+)?[Ee][+-]?[0-9]{1,2}$"


@dataclass(frozen=True, slots=True)
class OriginalRows:
    """The rows of a run: `header` of its source, and `cells`, which yields the number and the cells (a JSON array of
    texts and nulls) of each row that is asked for; `outcomes`, what became of them."""

    run: str
    header: tuple[str, ...]
    cells: Callable[[Iterable[int]], Iterator[tuple[int, bytes]]]
    outcomes: Outcomes = no_outcomes


def restore(
    chunk: pl.DataFrame, header: Sequence[str], report: Report, written: OriginalRows, *, guarded: bool = False
) -> tuple[pl.DataFrame, int]:
    """`chunk` of the `report` with this `header`, its shortened cells as they were, and how many those are. `guarded`:
    the formula guard may still be in it."""
    both, count = _restore(chunk, header, report, written, guarded=guarded)
    return both.drop("row", "then"), count


def _restore(
    chunk: pl.DataFrame, header: Sequence[str], report: Report, written: OriginalRows, *, guarded: bool
) -> tuple[pl.DataFrame, int]:
    """What `restore` gives, with `row`, the number of each row in its run, and `then`, its cells as they were (null: no
    such row)."""
    both, count = _beside_original(chunk, report, written), 0
    for at, before in _cell_positions(header, report.own, written.header):
        cell, was = pl.col(str(at)), pl.col("then").list.get(before, null_on_oob=True)
        if guarded:
            both = both.with_columns(_without_guard(cell, was).alias(str(at)))
        seen = both.select(cell.alias("cell"), was.alias("was"))
        mask = seen.select(
            (pl.col("cell") != pl.col("was"))
            & ((pl.col("cell") == _display(pl.col("was"))) | (pl.col("cell") == _truth(pl.col("was"))))
        ).to_series().fill_null(False) | _count(seen)
        if mask.any():
            count += int(mask.sum())
            both = both.with_columns(pl.when(mask).then(was).otherwise(cell).alias(str(at)))
    return both, count


def edited_rows(
    chunk: pl.DataFrame,
    header: Sequence[str],
    report: Report,
    written: OriginalRows,
    places: Collection[int],
    *,
    guarded: bool = False,
) -> list[int]:
    """The numbers of the rows of `chunk` whose cells at `places`, restored, are not those of the run."""
    both, _ = _restore(chunk, header, report, written, guarded=guarded)
    pairs = [
        (pl.col(str(at)).fill_null(""), pl.col("then").list.get(before, null_on_oob=True).fill_null(""))
        for at, before in _cell_positions(header, report.own, written.header)
        if at in places
    ]
    edited = pl.any_horizontal(pl.lit(False), *(cell.str.strip_chars() != was.str.strip_chars() for cell, was in pairs))
    return both.filter(pl.col("then").is_not_null() & edited)["row"].to_list()


def _beside_original(chunk: pl.DataFrame, report: Report, written: OriginalRows) -> pl.DataFrame:
    """`chunk` with `row` and `then`."""
    numbers = chunk.select(row_number(report.cells("_row")).alias("row"))
    found = pl.DataFrame(
        list(written.cells(numbers["row"].drop_nulls().unique())), {"row": pl.Int64, "then": pl.Binary}, orient="row"
    )
    then = found.with_columns(pl.col("then").cast(pl.String).str.json_decode(pl.List(pl.String)))
    return chunk.hstack(numbers.join(then, on="row", how="left", maintain_order="left"))


def sheet_titles(header: Sequence[str], written: OriginalRows) -> tuple[str, ...]:
    """`header` without the guard of titles that the run of before has without it."""
    then = set(written.header)
    return tuple(unguard(title) if title not in then and unguard(title) in then else title for title in header)


def _without_guard(cell: pl.Expr, was: pl.Expr) -> pl.Expr:
    """`cell` without the apostrophe that our CSV report put before `was`, or before its correction."""
    as_written = cell == pl.concat_str(pl.lit("'"), was)
    corrected = is_escaped(cell) & ~was.str.starts_with("'")
    return pl.when(is_formula(was) & (as_written | corrected)).then(cell.str.slice(1)).otherwise(cell)


def _cell_positions(header: Sequence[str], own: Sequence[int], before: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The places of each of the user's columns now and before; two columns of one name are two."""
    then = {(name, before[:at].count(name)): at for at, name in enumerate(before)}
    titles = [header[at].strip() for at in own]
    for place, (at, title) in enumerate(zip(own, titles, strict=True)):
        if (found := then.get((title, titles[:place].count(title)))) is not None:
            yield at, found


def _display(was: pl.Expr) -> pl.Expr:
    """What is shown of a text that is a number: no plus, no zeros before it, none behind its fraction."""
    plain = was.str.strip_chars()
    number = plain.str.contains(r"^[+-]?[0-9]+(\.[0-9]+)?$")
    bare = plain.str.strip_prefix("+").str.replace(r"^(-?)0+([0-9])", "${1}${2}")
    fraction = bare.str.contains(".", literal=True)
    short = pl.when(fraction).then(bare.str.strip_chars_end("0").str.strip_suffix(".")).otherwise(bare)
    return pl.when(number).then(short)


def _truth(was: pl.Expr) -> pl.Expr:
    """What is shown of a text that is a truth value."""
    upper = was.str.strip_chars().str.to_uppercase()
    return pl.when(upper.is_in(["TRUE", "FALSE"])).then(upper)


def _count(seen: pl.DataFrame) -> pl.Series:
    """True where `cell` is the number in `was`, written out (`100000` for `1E5`) or rounded (`5.25512E+11`)."""
    cell, was = pl.col("cell"), pl.col("was").str.strip_chars()
    rounded = cell.str.contains(_ROUNDED) & was.str.contains(_LONG)
    written_out = cell.str.contains(r"^-?[0-9]") & was.str.contains(_EXPONENT)
    maybe = seen.select(((rounded | written_out) & (cell != was)).fill_null(False)).to_series()
    if not maybe.any():
        return maybe
    judged = [fits and _reads_as_displayed(*pair) for fits, pair in zip(maybe, seen.iter_rows(), strict=True)]
    return pl.Series(judged, dtype=pl.Boolean)


def _reads_as_displayed(cell: str, was: str) -> bool:
    number = Decimal(was.strip().removeprefix("+"))
    try:
        found = Decimal(cell)
    except InvalidOperation:
        return False
    return found == number or any(
        found == number.quantize(Decimal(1).scaleb(number.adjusted() - digits + 1), ROUND_HALF_UP)
        for digits in _SIGNIFICANT
    )
