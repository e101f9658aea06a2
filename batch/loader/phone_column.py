"""A whole column of phone cells at once: what polars can decide is decided there, the rest goes one by one.

Owns: the same answers as `phones.judge`, faster. It decides only cells that need no repair and are valid; every other
cell, and every doubt, goes to `phones.judge`, which alone refuses and repairs.
Does not own: any rule. Patterns, lengths and prefixes are libphonenumber's own metadata, run as Rust regexes.
Flow: cells -> plain ones -> E.164 candidates -> by calling code: region and type -> `Phone`; the rest -> `judge`.

Why the answer is the library's: parsing changes digits in three ways only (an international prefix, the region's own
calling code, a national prefix). A cell in which one of them could apply is left to the library, except where the
metadata leaves it no choice; what remains is matching the patterns, which is done in the library's own order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import polars as pl
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, country_code_for_region
from phonenumbers.phonemetadata import PhoneNumberDesc

from batch.loader.phones import Phone, Rules, judge

#: With fewer cells of a calling code, building its patterns costs more than asking the library.
FEWEST = 100
_PLAIN = r"^ *(?:\+[1-9]|\(?[0-9])[0-9 ().\-]*$"
#: A float, or a (0): the repairs that plain characters can spell.
_DAMAGED = r"^ *\+?[0-9]{5,}\.[0-9]{1,2} *$|\( *0 *\)"
_KINDS = (
    ("premium_rate", "premium rate"),
    ("toll_free", "toll free"),
    ("shared_cost", "shared cost"),
    ("voip", "voip"),
    ("personal_number", "personal number"),
    ("pager", "pager"),
    ("uan", "company number"),
    ("voicemail", "voicemail"),
)


def judge_column(cells: Sequence[str | None], region: str | None, rules: Rules) -> list[Phone]:
    """`[judge(cell, region, rules) for cell in cells]`, in less time."""
    decided = _decided(pl.Series("cell", cells, dtype=pl.String), region, rules)
    phones: list[Phone | None] = [None] * len(cells)
    for at, digits, country, kind, zero in decided:
        phones[at] = Phone(f"+{digits}", "", "", ("leading zero restored",) if zero else (), country, kind)
    return [phone or judge(cell, region, rules) for phone, cell in zip(phones, cells, strict=True)]


def _decided(cells: pl.Series, region: str | None, rules: Rules) -> Iterator[tuple[int, str, str, str, bool]]:
    """Yield (place, digits with calling code, region, kind, leading zero restored) of every cell decided here."""
    cell = pl.col("cell")
    plain = (
        cells.to_frame()
        .with_row_index("at")
        .lazy()
        .filter(cell.str.contains(_PLAIN) & ~cell.str.contains(_DAMAGED))
        .select("at", cell.str.replace_all(r"[^0-9]", "").alias("digits"), cell.str.strip_chars(" ").alias("text"))
        .with_columns(
            pl.col("text").str.starts_with("+").alias("plus"), (pl.col("text") == pl.col("digits")).alias("bare")
        )
        .drop("text")
    )
    written = plain.filter("plus").select("at", "digits", pl.lit(False).alias("zero"), "plus")
    candidates = written if region is None else pl.concat([written, _national(plain, region, rules)])
    for (code,), group in candidates.with_columns(_calling_code()).collect().group_by("code"):
        if isinstance(code, str) and group.height >= FEWEST and (found := _of_code(code, group)) is not None:
            yield from found.select("at", "digits", "country", "kind", "zero").rows()


def _national(plain: pl.LazyFrame, region: str, rules: Rules) -> pl.LazyFrame:
    """The cells without + whose digits the library could only read as national numbers of `region`, as candidates."""
    code = str(country_code_for_region(region))
    metadata = PhoneMetadata.metadata_for_region(region)
    digits = pl.col("digits")
    found = plain.filter(~pl.col("plus") & ~(pl.col("bare") & (pl.lit(rules.wary) | (digits.str.len_bytes() >= 12))))
    if metadata is None:
        return found.clear().select("at", "digits", pl.lit(False).alias("zero"), "plus")
    if code == "1":
        found = found.filter(digits.str.contains(r"^1?[2-9][0-9]{9}$")).with_columns(
            (pl.lit("1") + digits.str.tail(10)).alias("digits")
        )
        return found.select("at", "digits", pl.lit(False).alias("zero"), "plus")
    prefix = metadata.national_prefix_for_parsing or ""
    literal = prefix if prefix.isdecimal() and not metadata.national_prefix_transform_rule else ""
    led = digits.str.starts_with(literal) if literal else pl.lit(False)
    choice = f"^(?:{code}|{metadata.international_prefix or '(?:)x'}" + (
        f"|{prefix})" if prefix and not literal else ")"
    )
    found = found.filter(~digits.str.contains(choice.replace("(?:)x", "[^0-9]")))
    return found.select(
        "at",
        (pl.lit(code) + pl.when(led).then(digits.str.slice(len(literal))).otherwise(digits)).alias("digits"),
        (~led & (pl.lit(metadata.national_prefix) == "0")).fill_null(False).alias("zero"),
        "plus",
    )


def _calling_code() -> pl.Expr:
    """The calling code that `digits` begin with, null where there is none. No code begins another."""
    digits = pl.col("digits")
    codes = [str(code) for code in COUNTRY_CODE_TO_REGION_CODE]
    heads = [digits.str.slice(0, size) for size in (1, 2, 3)]
    known = [[code for code in codes if len(code) == size] for size in (1, 2, 3)]
    return pl.coalesce(
        *(pl.when(head.is_in(names)).then(head) for head, names in zip(heads, known, strict=True))
    ).alias("code")


def _of_code(code: str, group: pl.DataFrame) -> pl.DataFrame | None:
    """The rows of `group` that are valid, with their `country` and `kind`; `None` where the library must be asked."""
    regions = COUNTRY_CODE_TO_REGION_CODE[int(code)]
    main = PhoneMetadata.metadata_for_region(regions[0])
    if main is None:
        return None
    rest = group.with_columns(pl.col("digits").str.slice(len(code)).alias("national"))
    if main.national_prefix_for_parsing:
        stripped = pl.col("plus") & pl.col("national").str.contains(f"^(?:{main.national_prefix_for_parsing})")
        rest = rest.filter(~stripped)
    found: list[pl.DataFrame] = []
    for region in regions:
        if rest.is_empty():
            break
        leading, kind = _patterns(region)
        if len(regions) == 1 or leading is None:
            judged = rest.with_columns(kind.alias("kind"))
            taken = pl.lit(True) if len(regions) == 1 else pl.col("kind") != ""
        else:
            judged = rest.filter(pl.col("national").str.contains(leading)).with_columns(kind.alias("kind"))
            rest = rest.filter(~pl.col("national").str.contains(leading))
            taken = pl.lit(True)
        found.append(judged.filter(taken & (pl.col("kind") != "")).with_columns(pl.lit(region).alias("country")))
        if len(regions) > 1 and leading is None:
            rest = judged.filter(pl.col("kind") == "").drop("kind")
    return pl.concat(found) if found else None


@lru_cache(maxsize=512)
def _patterns(region: str) -> tuple[str | None, pl.Expr]:
    """What all numbers of `region` begin with, if its calling code is shared that way; and their kind, "" if invalid.

    The order of the kinds is that of the library's `_number_type_helper`.
    """
    metadata = PhoneMetadata.metadata_for_region(region)
    assert metadata is not None
    fixed, mobile = _matches(metadata.fixed_line), _matches(metadata.mobile)
    same = pl.lit(bool(metadata.same_mobile_and_fixed_line_pattern))
    kind = (
        pl.when(fixed & (same | mobile))
        .then(pl.lit("fixed line or mobile"))
        .when(fixed)
        .then(pl.lit("fixed line"))
        .when(mobile)
        .then(pl.lit("mobile"))
        .otherwise(pl.lit(""))
    )
    for field, name in reversed(_KINDS):
        if (desc := getattr(metadata, field)) is not None and desc.national_number_pattern:
            kind = pl.when(_matches(desc)).then(pl.lit(name)).otherwise(kind)
    leading = f"^(?:{metadata.leading_digits})" if metadata.leading_digits else None
    return leading, pl.when(_matches(metadata.general_desc)).then(kind).otherwise(pl.lit(""))


def _matches(desc: PhoneNumberDesc | None) -> pl.Expr:
    """True where `national` is a number of `desc`: its length first, then its whole pattern."""
    if desc is None or not desc.national_number_pattern:
        return pl.lit(False)
    national = pl.col("national")
    pattern = re.sub(r"\\d", "[0-9]", desc.national_number_pattern)
    fits = national.str.contains(f"^(?:{pattern})$")
    return fits & national.str.len_bytes().is_in(list(desc.possible_length)) if desc.possible_length else fits
