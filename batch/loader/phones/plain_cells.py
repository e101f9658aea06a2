"""Phone cells that need no look of their own: plain ones, and plain ones with one well-known damage.

Owns: for a whole column, which cells `cells.clean` leaves as they are or mends in one known way, and the mended text.
"""

from __future__ import annotations

import polars as pl

from batch.loader.phones.numbering import MAX_DIGITS

#: A cell without the spaces around it: those are no damage.
_CELL = pl.col("cell").str.strip_chars()
#: The punctuation of a plain number.
_PUNCTUATION = "+ ().-"
#: A number and its punctuation, that cannot be a float: `cells.clean` leaves it as it is.
_PLAIN = r"^(?:\+[1-9]|\(?[0-9])(?:[0-9 ()\-]*|[0-9]{0,3}[ ().\-][0-9 ().\-]*)$"
#: How the last four digits of a number stand that may be looked at apart from the others: (what matches such a number,
#: the characters of the tail, the parts of it that are digits). Four zeros may be a
#: spreadsheet's, and so may a single point.
_PLAIN_HEAD = r"^(?:\+[1-9]|\(?[0-9])(?:[0-9 ()\-]*|[0-9]{0,3}[ ().\-][0-9 ().\-]*)"
TAILS = (
    (rf"{_PLAIN_HEAD}(?:[1-9][0-9]{{3}}|0[1-9][0-9]{{2}}|00[1-9][0-9]|000[1-9])$", 4, ((0, 4),)),
    (rf"{_PLAIN_HEAD}(?:[0-9]{{2}}[ \-]|[ .\-][0-9]{{2}}\.)[0-9]{{2}}$", 5, ((0, 2), (3, 2))),
    (rf"{_PLAIN_HEAD}(?:[0-9][ \-]|[ .\-][0-9]{{1,3}}\.)[0-9]{{3}}$", 5, ((0, 1), (2, 3))),
)
#: A number in a list before it, a few digits in brackets behind it, or a point.
_NUMBERED = r"^[0-9]{1,2}(?:\)|\. )|\([0-9]{1,4}\)[ .-]*$|\.$"
#: What programs put around a number: (what captures the number, the repair's name).
_WRAPPED = (
    (r'^="([^"]*)"$', 'formula ="…" removed'),
    (r"^'([^']*)$", "apostrophe removed"),
    (r"^(\+?[0-9]{5,15})[.,]0{1,6}$", ".0 removed"),
    (r"^tel:([+(0-9][^:;@?%]*)$", "tel: removed"),
)
#: Single characters in a number: (which, what they become, the repair's name).
_ODD = (
    (r"[\u{a0}\u{2007}\u{2009}\u{202f}]", " ", "unusual spaces"),
    (r"[\u{2010}-\u{2015}\u{2212}]", "-", "unusual dashes"),
    (r"[\u{200b}-\u{200f}\u{202a}-\u{202e}\u{2060}\u{feff}]", "", "invisible characters"),
)


def digits_of(text: pl.Expr) -> pl.Expr:
    """The digits of plain texts."""
    return text.str.replace_many(list(_PUNCTUATION), [""] * len(_PUNCTUATION))


def plain_texts(cells: pl.DataFrame) -> pl.DataFrame:
    """The plain texts in `cells` (`at`, `cell`, `home`): `at`, `home`, `text`, `digits`, `plus` (it begins with +),
    `bare` (it is digits and nothing else) and `mended`, the repair that made it plain. Texts with too many digits for
    a number are left out."""
    text, digits = pl.col("text"), pl.col("digits")
    return (
        _plain(cells)
        .lazy()
        .with_columns(digits_of(text).alias("digits"))
        .with_columns(text.str.starts_with("+").alias("plus"), (text == digits).alias("bare"))
        .filter(digits.str.len_bytes() <= MAX_DIGITS)
        .drop("cell")
        .collect()
    )


def _plain(cells: pl.DataFrame) -> pl.DataFrame:
    """Of `cells` those with a plain number in them, with `text`, the number, and `mended`."""
    looked = cells.with_columns(_CELL.alias("text"), pl.lit("").alias("mended"))
    plain = looked.select(_is_plain(pl.col("text"))).to_series().fill_null(False)
    damaged = looked.filter(~plain)
    if damaged.is_empty():
        return looked
    text = pl.col("text")
    found = [looked.filter(plain)]
    found += [_mended(damaged, pattern, text.str.extract(pattern, 1), repair) for pattern, repair in _WRAPPED]
    found += [_mended(damaged, odd, text.str.replace_all(odd, mark), repair) for odd, mark, repair in _ODD]
    return pl.concat(found)


def _mended(damaged: pl.DataFrame, pattern: str, text: pl.Expr, repair: str) -> pl.DataFrame:
    """The cells that `pattern` finds, if the damage was the only one."""
    found = damaged.filter(pl.col("text").str.contains(pattern))
    mended = found.with_columns(text.str.strip_chars(" "), pl.lit(repair).alias("mended"))
    return mended.filter(_is_plain(pl.col("text")))


def _is_plain(text: pl.Expr) -> pl.Expr:
    return text.str.contains(_PLAIN) & ~text.str.contains(_NUMBERED)
