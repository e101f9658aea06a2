"""Which phone cells are decided by all of their digits but the last four.

Owns: that the last digits of a cell decide nothing: no pattern that any reading of it meets looks at them.
Flow: metadata -> heads whose last digits matter, as one regex for each region -> `is_decided`.
Source: the rules in `parse.py` and `candidates.py` see of a cell its shape, its first digits, the count of its digits,
and what the patterns of the metadata say of numbers that end like it: with all its digits, with one or two fewer
(`shorter`), or with a 0 more (`numbering.parse_valid`).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import polars as pl
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, SUPPORTED_REGIONS, PhoneMetadata
from phonenumbers.phonemetadata import PhoneNumberDesc

from batch.loader.phones import metadata, numbering
from batch.loader.phones.pattern_syntax import ANY, longest
from batch.loader.phones.pattern_tails import ANY_HEAD, endings
from batch.loader.phones.plan_changes import CHANGES

#: Digits of a tail.
TAIL = 4
#: A number with one digit fewer ends with three digits of the tail.
_SIZES = (TAIL, TAIL - 1, TAIL - 2)
#: Digits of a cell, at least: some shorter numbers are looked at to the last digit.
FEWEST_DIGITS = 9
_ALL_KINDS = (
    "general_desc", "fixed_line", "mobile", "premium_rate", "toll_free", "shared_cost", "voip", "personal_number",
    "pager", "uan", "voicemail",
)  # fmt: skip
_RARE_KINDS = _ALL_KINDS[3:]
#: What may stand before a calling code: zeros, an exit code with a carrier's digits, a 1 and 011.
_BEFORE_CODE = "(?:0[0-9]{0,5}|1011)?"
#: Digits that a national prefix has at most, where the metadata says it by more than a plain pattern.
_LONGEST_PREFIX = 6
_HEAD = pl.col("digits").str.head(-TAIL)


def is_decided(home: str | None, codes: frozenset[int]) -> pl.Expr:
    """True for cells whose verdict holds for every cell that differs from it in the last digits alone: as refused, or
    as a number that differs from its in the same digits.

    The columns: `digits`, `plus` and `bare` (as in `column_readings.py`), and the cell's verdict (`PHONE`). `codes` are
    the `calling_codes` of the digits.
    """
    digits, plus, bare = pl.col("digits"), pl.col("plus"), pl.col("bare")
    decided = (digits.str.len_bytes() >= FEWEST_DIGITS) & (digits.str.len_bytes() <= numbering.MAX_DIGITS)
    if abroad := _sensitive_abroad(codes):
        decided &= ~_HEAD.str.contains(abroad)
    for old in _old_spellings():
        decided &= ~digits.str.contains(old)
    return decided if home is None else decided & (plus | (_is_decided_at_home(home) & (~bare | _keeps_zero(home))))


def _is_decided_at_home(home: str) -> pl.Expr:
    digits = pl.col("digits")
    found = PhoneMetadata.metadata_for_region(home)
    assert found is not None
    decided = digits.str.starts_with("0") | ~metadata.dials_abroad(digits, found)
    # Digits too many are looked at without one or two of them, in groups and behind zeros.
    decided &= pl.col("bare") | (digits.str.len_bytes() <= numbering.longest_dialled(home) + 1)
    decided &= ~digits.str.starts_with("00" if not numbering.dials_00(home) else "000")
    if has_deep_formats(home):  # a grouped number is compared with the groups in which its country writes it
        decided &= pl.col("bare") | (digits.str.starts_with("0") & ~digits.str.starts_with(f"0{found.country_code}"))
    at_home = _sensitive_at_home(home)
    return decided & ~_HEAD.str.contains(at_home) if at_home else decided


def _keeps_zero(home: str) -> pl.Expr:
    """True for bare digits that are not looked at with a 0 before and behind them (`candidates._lost_zero`)."""
    if numbering.calling_code(home) == "1":
        return pl.lit(True)
    whole = pl.concat_str(pl.lit(f"+{numbering.calling_code(home)}"), "digits")
    is_own = ~pl.col("repair").str.contains("leading zero", literal=True) | (pl.col("phone") == whole)
    return (pl.col("phone").is_not_null() & is_own).fill_null(False)


@lru_cache(maxsize=512)
def has_deep_formats(region: str) -> bool:
    """True where the groups of some number of the region depend on its last digits."""
    main = metadata.main_metadata(int(numbering.calling_code(region)))
    if main is None:
        return True
    try:
        return any(
            longest(style.leading_digits_pattern[-1]) > longest(style.pattern or "") - TAIL
            for style in (*main.number_format, *main.intl_number_format)
            if style.leading_digits_pattern and longest(style.pattern or "") >= FEWEST_DIGITS - TAIL + 2
        )
    except ValueError:
        return True


def calling_codes(digits: pl.Series) -> frozenset[int]:
    """The calling codes that any of `digits` can begin with: each costs time to look at. All of them, where one begins
    with what may stand before a calling code."""
    begins = digits.str.head(3).unique().to_list()
    if any(begin.startswith("0") or begin == "101" for begin in begins):
        return frozenset(COUNTRY_CODE_TO_REGION_CODE)
    found = (numbering.split_code(f"{begin}0") for begin in begins)
    return frozenset(int(split[0]) for split in found if split is not None)


@lru_cache(maxsize=8)
def _sensitive_abroad(codes: frozenset[int]) -> str:
    """Heads of numbers behind one of the calling `codes`, once or twice, whose last digits matter; empty: none."""
    once, twice = [], []
    for code in sorted(codes):
        if heads := _sensitive_heads(code):
            once.append(f"{code}{heads}")
            twice.append(f"{code}0{{0,4}}{code}{heads}")
    return f"^{_BEFORE_CODE}(?:{'|'.join(once + twice)})$" if once else ""


@lru_cache(maxsize=512)
def _sensitive_at_home(home: str) -> str:
    codes = {int(numbering.calling_code(home)), *numbering.domestic_codes(home)}
    heads = [found for code in sorted(codes) if (found := _sensitive_heads(code))]
    return f"^(?:{'|'.join(heads)})$" if heads else ""


@lru_cache(maxsize=512)
def _sensitive_heads(code: int) -> str:
    """The heads of national numbers behind `code` whose last digits matter, with a national prefix before them; empty:
    there are none."""
    heads = sensitive_nationals(code, _SIZES)
    if not heads:
        return ""
    main = metadata.main_metadata(code)
    prefix = (main.national_prefix_for_parsing if main is not None else None) or "0"
    try:
        longest(prefix)
    except ValueError:  # it is read in view of what follows
        prefix = f"{ANY}{{1,{_LONGEST_PREFIX}}}"
    return f"(?:{prefix}|0)?(?:{'|'.join(heads)})".replace(r"\d", ANY)


@lru_cache(maxsize=1024)
def sensitive_nationals(code: int, sizes: tuple[int, ...]) -> tuple[str, ...]:
    """The heads of national numbers behind `code` whose last digits, one of `sizes` many, matter: each a regex."""
    try:
        heads = {head for region in COUNTRY_CODE_TO_REGION_CODE[code] for head in _heads(code, region, sizes)}
    except ValueError:  # a pattern that is written as none is today: all of its digits may matter
        return (ANY_HEAD,)
    return tuple(sorted(head.replace(r"\d", ANY) for head in heads))


def _heads(code: int, region: str, sizes: tuple[int, ...]) -> Iterator[str]:
    """Yield the heads of numbers of one region whose last digits matter."""
    found = (
        PhoneMetadata.metadata_for_region(region)
        if region in SUPPORTED_REGIONS
        else PhoneMetadata.metadata_for_nongeo_region(code)
    )
    if found is None:
        return
    patterns = {pattern for kind in _ALL_KINDS for pattern in _patterns(getattr(found, kind))}
    for pattern in patterns | {pattern for its_code, pattern in numbering.NOT_GIVEN if its_code == code}:
        for size in sizes:
            yield from (ending.head for ending in endings(pattern, size) if not ending.is_free)
    yield from _rare_heads(found, max(sizes))


def _rare_heads(found: PhoneMetadata, tail: int) -> Iterator[str]:
    """Yield the heads of rare numbers that are looked at with a 0 more, since they may be a mobile number without its
    last digit."""
    mobile = _patterns(found.mobile)
    if not any(ending.tail[0] != ANY for pattern in mobile for ending in endings(pattern, tail + 1)):
        return
    assert found.mobile is not None
    shorter = {size - 1 for size in found.mobile.possible_length}
    for kind in _RARE_KINDS:
        desc = getattr(found, kind)
        if desc is not None and shorter & set(desc.possible_length):
            for pattern in _patterns(desc):
                yield from (ending.head for ending in endings(pattern, tail, all_heads=True))


def _patterns(desc: PhoneNumberDesc | None) -> tuple[str, ...]:
    pattern = desc.national_number_pattern if desc is not None else None
    return (pattern,) if pattern else ()


@lru_cache(maxsize=1)
def _old_spellings() -> tuple[str, ...]:
    """Regexes of digits that may be an old spelling where last digits of the plan matter: what it became is not seen in
    its head."""
    return tuple(
        f"^(?:{_BEFORE_CODE}{change.code})?(?:{change.old.pattern})$".replace(r"\d", ANY)
        for change in CHANGES
        if _sensitive_heads(change.code)
    )
