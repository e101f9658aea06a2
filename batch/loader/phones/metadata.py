"""libphonenumber's metadata as expressions over columns of digits.

Owns: what the library does to digits, in the library's own order, for a whole column: calling codes, stripped national
prefixes, patterns with their lengths, the kind and the region of a number.
Source: phonenumbers' `phonenumberutil` (`_maybe_strip_national_prefix_carrier_code`, `_test_number_length`,
`_number_type_helper`, `region_code_for_number`), its patterns run as Rust regexes.

Expressions read one column, `national`: ASCII digits behind the calling code.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

import polars as pl
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata
from phonenumbers.phonemetadata import PhoneNumberDesc

from batch.loader.phones import pattern_syntax
from batch.loader.phones.numbering import MAX_DIGITS, NOT_GIVEN

NATIONAL = pl.col("national")
#: The library's order: the first kind that matches is the number's.
RARE_KINDS = (
    ("premium_rate", "premium rate"),
    ("toll_free", "toll free"),
    ("shared_cost", "shared cost"),
    ("voip", "voip"),
    ("personal_number", "personal number"),
    ("pager", "pager"),
    ("uan", "company number"),
    ("voicemail", "voicemail"),
)
#: Stands for "one of the rare kinds" until it is known which.
RARE = "?"
#: In the order of `PhoneNumberType`.
COMMON_KINDS = ("fixed line", "mobile", "fixed line or mobile")
KIND = pl.Enum([*COMMON_KINDS, *(name for _, name in RARE_KINDS), RARE])
CODE = pl.Enum([str(code) for code in COUNTRY_CODE_TO_REGION_CODE])
REGION = pl.Enum(sorted({region for regions in COUNTRY_CODE_TO_REGION_CODE.values() for region in regions}))


class Region(NamedTuple):
    """One region: what its numbers begin with, if its calling code is shared that way; expressions for the rest.

    `kind` is null for a number that is not valid and `RARE` for one whose kind only `rare_kind` tells.
    """

    leading: str | None
    kind: pl.Expr
    rare_kind: pl.Expr


def calling_code(digits: pl.Expr) -> pl.Expr:
    """The calling code (`CODE`) that `digits` begin with, null where there is none. No code begins another."""
    return digits.str.slice(0, 3).replace_strict(_heads(), default=None, return_dtype=CODE)


@lru_cache(maxsize=1)
def _heads() -> dict[str, str]:
    """The first three digits of a number, or all of a shorter one -> its calling code."""
    found: dict[str, str] = {}
    for code in map(str, COUNTRY_CODE_TO_REGION_CODE):
        behind = ["", *(f"{more:0{size}}" for size in range(1, 4 - len(code)) for more in range(10**size))]
        found |= {code + more: code for more in behind}
    return found


def metadata_of(region: str) -> PhoneMetadata | None:
    """The metadata of a region; `None` for those codes that are no region's (800, 870, …)."""
    return PhoneMetadata.metadata_for_region(region)


def longest(metadata: PhoneMetadata) -> int:
    """The most digits that a national number of the region has."""
    return lengths(metadata)[-1]


@lru_cache(maxsize=512)
def leading_digits(regions: tuple[str, ...]) -> int:
    """So many digits tell which of `regions`, which share a calling code, a number is of, where its first digits do."""
    patterns = [found.leading_digits for region in regions if (found := metadata_of(region)) is not None]
    try:
        return max((pattern_syntax.longest(pattern) for pattern in patterns if pattern), default=0)
    except ValueError:  # written as no pattern is today
        return MAX_DIGITS


def could_be(digits: pl.Expr, code: int) -> pl.Expr:
    """True where the general pattern of any region of the calling code matches all of `digits`."""
    regions = [metadata_of(region) for region in COUNTRY_CODE_TO_REGION_CODE[code]]
    patterns = {_general(metadata) for metadata in regions if metadata is not None}
    return digits.str.contains("|".join(sorted(patterns)))


def without_prefix(digits: pl.Expr, metadata: PhoneMetadata) -> pl.Expr:
    """`digits` as the library parses them in the region: a national prefix taken off or rewritten, where it would."""
    prefix = metadata.national_prefix_for_parsing
    if not prefix:
        return digits
    rust = _rust(prefix)
    groups = re.compile(prefix).groups
    if prefix.isdecimal():
        bare = pl.when(digits.str.starts_with(prefix)).then(digits.str.slice(len(prefix))).otherwise(digits)
    else:
        bare = digits.str.slice(digits.str.extract(f"^({rust})", 1).str.len_bytes().fill_null(0))
    if rule := metadata.national_prefix_transform_rule:
        last = digits.str.extract(f"^(?:{rust})", groups)
        bare = (
            pl.when(last.is_not_null())
            .then(digits.str.replace(f"^(?:{rust})", re.sub(r"\\(\d)", r"${\1}", rule)))
            .otherwise(bare)
        )
    general, possible = _general(metadata), lengths(metadata)
    kept = digits.str.contains(general) & ~bare.str.contains(general)
    local = metadata.general_desc.possible_length_local_only if metadata.general_desc is not None else ()
    size = bare.str.len_bytes()
    bearable = (size.is_in(possible) | (size > possible[-1])) & ~size.is_in(list(local))
    return pl.when(kept | ~bearable).then(digits).otherwise(bare)


def main_metadata(code: int) -> PhoneMetadata | None:
    """The metadata by which numbers of a calling code are parsed; `None` for codes that are no country's."""
    return metadata_of(COUNTRY_CODE_TO_REGION_CODE[code][0])


def begins_as_prefix(digits: pl.Expr, metadata: PhoneMetadata) -> pl.Expr:
    """True where `digits` begin with a national prefix of the region: others `without_prefix` leaves as they are."""
    prefix = metadata.national_prefix_for_parsing
    if not prefix:
        return pl.lit(False)
    return digits.str.starts_with(prefix) if prefix.isdecimal() else digits.str.contains(f"^(?:{_rust(prefix)})")


def may_have_prefix(digits: pl.Expr, code: pl.Expr) -> pl.Expr:
    """True where `without_prefix` could change `digits`, which stand behind the calling code `code`."""
    literal, patterned = _prefixes()
    name = code.cast(pl.String)
    begins = digits.str.starts_with(name.replace_strict(literal, default=None, return_dtype=pl.String)).fill_null(False)
    return begins | name.is_in(patterned)


@lru_cache(maxsize=1)
def _prefixes() -> tuple[dict[str, str], list[str]]:
    """Calling code -> national prefix where that is plain digits, and the calling codes where it is a pattern."""
    literal, patterned = {}, []
    for code in COUNTRY_CODE_TO_REGION_CODE:
        prefix = (main.national_prefix_for_parsing if (main := main_metadata(code)) is not None else None) or ""
        if prefix.isdecimal():
            literal[str(code)] = prefix
        elif prefix:
            patterned.append(str(code))
    return literal, patterned


def dials_abroad(digits: pl.Expr, metadata: PhoneMetadata) -> pl.Expr:
    """True where `digits` begin with what the region dials before a foreign number."""
    abroad = metadata.international_prefix
    if not abroad:
        return pl.lit(False)
    return digits.str.starts_with(abroad) if abroad.isdecimal() else digits.str.contains(f"^(?:{_rust(abroad)})")


@lru_cache(maxsize=512)
def region_of_code(region: str) -> Region:
    """The expressions of `region`, which has metadata. The order of kinds is that of `_number_type_helper`."""
    metadata = metadata_of(region)
    assert metadata is not None
    fixed, mobile = matches(metadata.fixed_line), matches(metadata.mobile)
    both, only_mobile, only_fixed = (pl.lit(name, KIND) for name in reversed(COMMON_KINDS))
    common: pl.Expr = pl.when(fixed & mobile).then(both).when(fixed).then(only_fixed).when(mobile).then(only_mobile)
    if metadata.same_mobile_and_fixed_line_pattern:  # one pattern for both: it is matched once
        common = pl.when(fixed).then(both)
    rare = [
        (desc, name)
        for field, name in RARE_KINDS
        if (desc := getattr(metadata, field)) is not None and desc.national_number_pattern
    ]
    rare_kind: pl.Expr = common
    for desc, name in reversed(rare):
        rare_kind = pl.when(matches(desc)).then(pl.lit(name, KIND)).otherwise(rare_kind)
    any_rare = "|".join(f"(?:{_rust(desc.national_number_pattern or '')})" for desc, _ in rare)
    is_rare = NATIONAL.str.contains(f"^(?:{any_rare})$") if rare else pl.lit(False)
    kind = pl.when(is_rare).then(pl.lit(RARE, KIND)).otherwise(common)
    leading = f"^(?:{_rust(metadata.leading_digits)})" if metadata.leading_digits else None
    general = matches(metadata.general_desc)
    for code, pattern in NOT_GIVEN:
        if code == metadata.country_code:
            general &= ~NATIONAL.str.contains(_rust(f"^(?:{pattern})$"))
    return Region(leading, pl.when(general).then(kind), rare_kind)


def matches(desc: PhoneNumberDesc | None) -> pl.Expr:
    """True where `national` is a number of `desc`: its length, and its whole pattern."""
    if desc is None or not desc.national_number_pattern:
        return pl.lit(False)
    fits = NATIONAL.str.contains(_whole(desc))
    return fits & NATIONAL.str.len_bytes().is_in(list(desc.possible_length)) if desc.possible_length else fits


def _general(metadata: PhoneMetadata) -> str:
    """What every national number of the region matches."""
    return _whole(metadata.general_desc)


def lengths(metadata: PhoneMetadata) -> list[int]:
    """The lengths that national numbers of the region have, ascending."""
    assert metadata.general_desc is not None
    return sorted(metadata.general_desc.possible_length)


def _whole(desc: PhoneNumberDesc | None) -> str:
    return f"^(?:{_rust((desc and desc.national_number_pattern) or '')})$"


def _rust(pattern: str) -> str:
    """A pattern of the metadata as Rust reads it: there `\\d` would be the digits of every script."""
    return pattern.replace(r"\d", "[0-9]")
