"""Cells that a number can be read from and that are none: dates and negative numbers.

Owns: refusing them in a column of phones that was judged, with the words.
"""

from __future__ import annotations

import polars as pl

from batch.text.language import tr

_TIME = r"(?:[ T]\d{1,2}:\d{2}.*)?"
_YEAR = r"(?:19|20)\d{2}"
_MONTH, _DAY = r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
#: Dates as exports write them: year first, or day and month before the year.
_DATE = (
    rf"^\s*(?:{_YEAR}([-/.]){_MONTH}[-/.]{_DAY}|{_DAY}[-/.]{_MONTH}[-/.]{_YEAR}|{_MONTH}[-/.]{_DAY}[-/.]{_YEAR})"
    rf"{_TIME}\s*$"
)
#: A minus that a number begins with, and no punctuation of a phone after it.
_NEGATIVE = r"^\s*[-−]\d{5,}(?:[.,]0*)?\s*$"

_EITHER = f"{_DATE}|{_NEGATIVE}"


def refuse_no_phones(phones: pl.DataFrame) -> pl.DataFrame:
    """`phones` (with their `cell`), where a date or a negative number is refused as `not_a_number`."""
    if not phones["cell"].str.contains(_EITHER).any():  # one look at most columns
        return phones
    cell = pl.col("cell")
    seen = phones.select(cell.str.contains(_DATE).alias("date"), cell.str.contains(_NEGATIVE).alias("negative"))
    table = phones.hstack(seen.fill_null(False))
    wrong = pl.col("date") | pl.col("negative")
    what = pl.when("date").then(pl.lit(tr(" is a date"))).otherwise(pl.lit(tr(" is a negative number")))
    message = pl.concat_str(pl.lit('"'), cell.str.strip_chars().str.slice(0, 40), pl.lit('"'), what)
    none = pl.lit(None, pl.String)
    return table.with_columns(
        pl.when(~wrong).then("phone").alias("phone"),
        pl.when(wrong).then(pl.lit("not_a_number")).otherwise("code").alias("code"),
        pl.when(wrong).then(message).otherwise("message").alias("message"),
        pl.when(wrong).then(pl.lit("")).otherwise("repair").alias("repair"),
        *(
            pl.when(~wrong).then(name).otherwise(none.cast(phones.schema[name])).alias(name)
            for name in ("region", "kind")
        ),
        (pl.col("foreign") & ~wrong).alias("foreign"),
    ).select(phones.columns)
