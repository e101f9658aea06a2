"""Plain phone texts in columns -> the numbers that each can be read as: `_with_plus` and `_without_plus`.

Owns: which readings of a plain text there are, as columns; texts whose readings cannot all be seen are left out.

A reading is a line of `at` (the cell's place), `number` (its digits with the calling code), `repair`, `foreign` (a lost
plus of another country), `parsed` (no national prefix is to be taken off any more), `zero` (how many digits stand
before a "(0)"; null: there is none) and `sole` (should it not be valid, the text has no other).
"""

from __future__ import annotations

import polars as pl
from phonenumbers import country_code_for_region

from batch.loader.phones import metadata
from batch.loader.phones.metadata import NATIONAL

REPAIR = pl.Enum(["", "+ restored", "leading zero restored"])
_DIGITS, _BARE = pl.col("digits"), pl.col("bare")
_NO, _YES, _NO_ZERO = pl.lit(False), pl.lit(True), pl.lit(None, pl.UInt8)
_NO_REPAIR, _PLUS = pl.lit("", REPAIR), pl.lit("+ restored", REPAIR)


def written(texts: pl.DataFrame) -> pl.DataFrame:
    """The readings of texts with +. A "(0)" is read only where digits alone precede it."""
    before_zero = pl.col("text").str.extract(r"^\+([0-9]{1,3})[ .\-]*\( *0 *\)[^(]*$", 1).str.len_bytes()
    is_zeroed = pl.col("text").str.contains(r"\( *0 *\)")
    zeroed = texts.filter(is_zeroed).with_columns(before_zero.cast(pl.UInt8).alias("zero"))
    return pl.concat(
        [
            _readings(texts.filter(~is_zeroed), _DIGITS, sole=_YES),
            _readings(zeroed.filter(pl.col("zero").is_not_null()), _DIGITS, sole=_YES, zero=pl.col("zero")),
        ]
    )


def rivals(texts: pl.DataFrame) -> pl.DataFrame:
    """The readings of bare digits as if they had lost a plus: what makes them doubtful in a wary column."""
    return _readings(texts.filter(_BARE & ~_DIGITS.str.starts_with("0")), _DIGITS)


def national(texts: pl.DataFrame, home: str) -> pl.DataFrame:
    """The readings of texts without + in the region `home`, for those whose readings can all be seen."""
    code = str(country_code_for_region(home))
    found = metadata.metadata_of(home)
    assert found is not None
    lost = _BARE & _DIGITS.str.contains("^[0-9]{6}0{6,}$")
    abroad = _DIGITS.str.starts_with("00") | _DIGITS.str.starts_with("011") | metadata.dials_abroad(_DIGITS, found)
    texts = texts.filter(~lost & ~abroad)
    led = metadata.begins_as_prefix(_DIGITS, found)
    stripped = texts.filter(led).with_columns(metadata.without_prefix(_DIGITS, found).alias("national"))
    texts = pl.concat([texts.filter(~led).with_columns(_DIGITS.alias("national")), stripped])
    is_led, is_own = _DIGITS.str.starts_with("0"), _DIGITS.str.starts_with(code)
    is_long = ~is_led & (_DIGITS.str.len_bytes() > metadata.longest(found))
    as_it_is = NATIONAL == _DIGITS
    bare_zero = as_it_is & pl.lit(found.national_prefix == "0")
    at_home = _readings(
        texts.filter(~is_own & ~is_long),
        pl.concat_str(pl.lit(code), NATIONAL),
        repair=pl.when(bare_zero).then(pl.lit("leading zero restored", REPAIR)).otherwise(_NO_REPAIR),
        parsed=_YES,
        sole=is_led | ~_BARE,
    )
    foreign = without_resort(texts.filter(~is_own & is_long & as_it_is), home)
    behind = _DIGITS.str.slice(len(code))
    own = texts.filter(is_own & is_long & (metadata.without_prefix(behind, found) == behind))
    return pl.concat(
        [
            at_home,
            _readings(foreign, _DIGITS, repair=_PLUS, foreign=_YES, sole=_YES),
            # To North Americans the 1 is a prefix like any other.
            _readings(
                without_resort(own, home), _DIGITS, repair=_NO_REPAIR if code == "1" else _PLUS, parsed=_YES, sole=_YES
            ),
        ]
    )


def without_resort(texts: pl.DataFrame, home: str) -> pl.DataFrame:
    """Those of `texts`, which do not begin with 0, that a zero before them makes no other number of `home`."""
    found = metadata.metadata_of(home)
    assert found is not None
    looked = (
        texts.with_columns(pl.concat_str(pl.lit("0"), _DIGITS).alias("zeroed"))
        .with_columns(
            metadata.without_prefix(pl.col("zeroed"), found).alias("with_zero"),
            metadata.without_prefix(_DIGITS, found).alias("national"),
        )
        .with_columns(metadata.could_be(pl.col("with_zero"), country_code_for_region(home)).alias("could_be"))
    )
    nowhere = (pl.col("with_zero") == NATIONAL) | ~pl.col("could_be")
    return looked.filter(~_BARE | (nowhere & ~metadata.dials_abroad(pl.col("zeroed"), found))).select(texts.columns)


def _readings(
    texts: pl.DataFrame,
    number: pl.Expr,
    *,
    repair: pl.Expr = _NO_REPAIR,
    parsed: pl.Expr = _NO,
    foreign: pl.Expr = _NO,
    sole: pl.Expr = _NO,
    zero: pl.Expr = _NO_ZERO,
) -> pl.DataFrame:
    """One way to read each of `texts`."""
    columns = {"number": number, "repair": repair, "parsed": parsed, "foreign": foreign, "sole": sole, "zero": zero}
    return texts.select("at", *(column.alias(name) for name, column in columns.items()))
