"""Plain phone texts in columns -> the numbers that each can be read as: `candidates.py` for those that are simple.

Owns: which readings of a plain text there are, as columns. A text is left out wherever a rule could apply that is not
written here; it then goes to `judge`.

Texts are lines of `at` (the cell's place), `home`, `text`, `digits`, `plus`, `bare` and `mended`. A reading is a line
of `at`, `number` (its digits with the calling code), `repair`, `foreign` (a lost plus of another country) and `zero`
(how many digits stand before a "(0)"; null: there is none).
"""

from __future__ import annotations

from functools import lru_cache

import polars as pl
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from batch.loader.phones import metadata, numbering
from batch.loader.phones.metadata import KIND, NATIONAL
from batch.loader.phones.plan_changes import CHANGES

REPAIR = pl.Enum(["", "lost + restored", "leading zero restored"])
_DIGITS, _BARE, _TEXT = pl.col("digits"), pl.col("bare"), pl.col("text")
_NO, _YES, _NO_ZERO = pl.lit(False), pl.lit(True), pl.lit(None, pl.UInt8)
_NO_REPAIR, _PLUS = pl.lit("", REPAIR), pl.lit("lost + restored", REPAIR)
_CUT = pl.lit("leading zero restored", REPAIR)
#: The codes of regions whose home numbers may be written otherwise today, or be those of overseas departments.
_REWRITTEN = sorted({*(change.code for change in CHANGES), *numbering.domestic_codes("FR")})
#: Digits with their calling code that may be an old spelling, or a number of an overseas department.
_OLD = "|".join(
    [
        *(f"{change.code}(?:{change.old.pattern})".replace(r"\d", "[0-9]") for change in CHANGES),
        "330?[0-9]{9}",
    ]
)
#: Digits with a calling code twice, or an exit code behind the calling code. Two codes have numbers that begin so.
_DOUBLED = "|".join(
    f"{code}0*{code}(?:[0-9]{{7}}|[0-9]{{10}})" if code in {1, 7} else f"{code}0*{code}[0-9]{{7,}}"
    for code in COUNTRY_CODE_TO_REGION_CODE
)
_ANY_CODE = "|".join(map(str, COUNTRY_CODE_TO_REGION_CODE))
_GROUPED_TWICE = rf"^\+ ?\(?(?:{'|'.join(rf'{code}[ ().-]+{code}[ ().-]' for code in COUNTRY_CODE_TO_REGION_CODE)})"
_REWRITABLE = f"^(?:{_OLD}|{_DOUBLED}|1011[0-9]+|(?:{_ANY_CODE})00[0-9]+)$"
_PERSONAL = ("fixed line", "mobile", "fixed line or mobile", "voip")
#: A first group of few digits.
_SHORT_GROUP = r"^\(?[0-9]{1,4}[^0-9]"
#: A first group behind + that is a part of a calling code alone, and the 1 of North America twice.
_CODE_SPLIT = r"^\+ ?\(?(?:[2-689]|2[1-69]|3[578]|42|50|59|6[789]|8[0578]|9[679])[^0-9]"
_TWICE_ONE = "^11[0-9]{10}$"
#: A + and 1 before a number that may be Mexican by its groups.
_MEXICAN = r"^\+ *\(?1\)?[ .-]*\(?[2-9][0-9]\)?[ .-]"
#: Bare digits that a spreadsheet rounded.
ROUNDED = _BARE & _DIGITS.str.contains("^[0-9]{6}0{6,}$")
#: A well-formed North American number; one of an unknown area has a code of its own.
_NORTH_AMERICAN = "^1?([2-9][0-9]{2})[2-9][0-9]{6}$"


@lru_cache(maxsize=1)  # for the first text that needs it: this reads the plans of all countries
def _open_codes() -> tuple[int, ...]:
    """The calling codes of the countries whose numbers have many lengths: they can begin with their own code."""
    regions = COUNTRY_CODE_TO_REGION_CODE.items()
    return tuple(code for code, [main, *_] in regions if numbering.has_open_plan(main))


def international(texts: pl.DataFrame) -> pl.DataFrame:
    """The readings of texts with +. A "(0)" is read only where digits alone precede it."""
    before_zero = _TEXT.str.extract(r"^\+([0-9]{1,3})[ .\-]*\( *0 *\)[^(]*$", 1).str.len_bytes()
    is_zeroed = _TEXT.str.contains(r"\( *0 *\)")
    is_open_doubled = _DIGITS.str.contains(f"^(?:{'|'.join(f'{code}0*{code}' for code in _open_codes())})[0-9]{{7}}")
    is_odd = is_open_doubled | (_TEXT.str.contains(_GROUPED_TWICE) | _TEXT.str.contains(_MEXICAN))
    is_odd |= _TEXT.str.contains(_CODE_SPLIT) | _DIGITS.str.contains(_TWICE_ONE)
    texts = texts.filter(~is_odd)
    zeroed = texts.filter(is_zeroed).with_columns(before_zero.cast(pl.UInt8).alias("zero"))
    return pl.concat(
        [
            _readings(texts.filter(~is_zeroed), _DIGITS),
            _readings(zeroed.filter(pl.col("zero").is_not_null()), _DIGITS, zero=pl.col("zero")),
        ]
    )


def without_rewriting(texts: pl.DataFrame) -> pl.DataFrame:
    """Those of `texts`, which are no valid number behind a +, that no other rule makes one of."""
    return _of_known_areas(texts.filter(~_DIGITS.str.contains(_REWRITABLE)), _DIGITS.str.starts_with("1"))


def _of_known_areas(texts: pl.DataFrame, american: pl.Expr) -> pl.DataFrame:
    """`texts` without the `american` numbers of areas that the library does not know."""
    area = pl.when(american).then(_DIGITS.str.extract(_NORTH_AMERICAN, 1))
    areas = texts.select(area.alias("area"))["area"]
    unknown = [one for one in areas.unique().drop_nulls() if not numbering.knows_area(one)]
    return texts.filter(~areas.is_in(unknown).fill_null(False)) if unknown else texts


def plain_at_home(texts: pl.DataFrame, home: str) -> pl.DataFrame:
    """Those of `texts` without + that begin with no exit code, have no "(0)" and were not rounded."""
    found = metadata.metadata_of(home)
    assert found is not None
    led = _DIGITS.str.starts_with("00") | _DIGITS.str.starts_with("011") | metadata.dials_abroad(_DIGITS, found)
    zeroed = _TEXT.str.contains(r"\( *0 *\)")
    code = numbering.calling_code(home)
    led |= _BARE & (_DIGITS.str.len_bytes() < numbering.FEWEST_WITHOUT_ZERO)
    if found.country_code == 1:  # 1 and seven digits: the library may add an area code; a zero before the 1
        led |= _DIGITS.str.starts_with("1") & (_DIGITS.str.len_bytes() == 8)
        led |= _DIGITS.str.starts_with("01") | _DIGITS.str.contains(_TWICE_ONE)
    else:  # a zero before the own calling code
        is_long = _DIGITS.str.len_bytes() > numbering.longest_dialled(home) + 1
        led |= _DIGITS.str.starts_with(f"0{code}") & (~_BARE | is_long)
    if home in ("KR", "BR"):  # a carrier's digits behind the 0
        led |= _DIGITS.str.starts_with("0") & (_DIGITS.str.len_bytes() > numbering.longest_dialled(home) + 1)
    if home == "KR":  # where they fit into a number's own length
        led |= _DIGITS.str.contains("^08(?:[1-46-8]|5[0-9]{2})")
    if code == "39":  # a mobile number behind the 0 of once
        led |= _DIGITS.str.contains("^03[0-9]{9}$")
    prefix = numbering.national_prefix(home)
    if prefix not in ("", "0", "1"):  # a prefix that can be digits of the number, in a group of its own
        led |= ~_BARE & _TEXT.str.contains(rf"^\(?{prefix}[^0-9]")
    return texts.filter(~led & ~zeroed & ~_is_unlikely(home) & ~ROUNDED)


def _is_unlikely(home: str) -> pl.Expr:
    """True for digits without a 0 that can lack an area code, or, in an open plan, that are more than people dial or
    begin with a part of an area code."""
    size = _DIGITS.str.len_bytes()
    is_odd = size <= numbering.longest_local(home)
    if numbering.has_open_plan(home):
        most = min(numbering.longest_fixed(home), numbering.longest_dialled(home))
        is_part = pl.lit(True) if numbering.is_nearly_any(home) else _TEXT.str.contains(_SHORT_GROUP)
        is_odd |= pl.when(_BARE).then(size > most).otherwise(is_part)
    return ~_DIGITS.str.starts_with("0") & is_odd


def national(texts: pl.DataFrame, home: str) -> pl.DataFrame:
    """The readings of `texts` as home numbers: `at`, `national`, `repair` and `foreign`. Digits that begin with the
    region's own code are left out."""
    code = numbering.calling_code(home)
    found = metadata.metadata_of(home)
    assert found is not None
    if code != "1":
        texts = texts.filter(~_DIGITS.str.starts_with(code))
    led = metadata.begins_as_prefix(_DIGITS, found)
    stripped = texts.filter(led).with_columns(metadata.without_prefix(_DIGITS, found).alias("national"))
    texts = pl.concat([texts.filter(~led).with_columns(_DIGITS.alias("national")), stripped])
    is_cut = (NATIONAL == _DIGITS) & _BARE & pl.lit(numbering.national_prefix(home) == "0")
    repair = pl.when(is_cut).then(_CUT).otherwise(_NO_REPAIR)
    return texts.select("at", "national", repair.alias("repair"), _NO.alias("foreign"))


def without_false_zeros(seen: pl.DataFrame, home: str) -> pl.DataFrame:
    """`seen` without the repair of a zero where a number of that kind is written without one."""
    kinds = [metadata.COMMON_KINDS[kind] for kind in numbering.kinds_without_zero(home)]
    is_false = (pl.col("repair") == _CUT) & pl.col("kind").is_in(pl.Series(kinds, dtype=KIND))
    return seen.with_columns(repair=pl.when(is_false).then(_NO_REPAIR).otherwise("repair")) if kinds else seen


def with_rivals(texts: pl.DataFrame, good: pl.DataFrame, home: str, *, wary: bool) -> pl.DataFrame:
    """The readings abroad of `texts`, which are `good` at home, where such a reading would make them doubtful."""
    is_free, code = ~_DIGITS.str.starts_with("0"), numbering.calling_code(home)
    if numbering.has_open_plan(home):
        mobile = good.filter(pl.col("kind").is_in(pl.Series(["mobile", "fixed line or mobile"], dtype=KIND)))
        is_mobile = texts.select(pl.col("at").is_in(mobile["at"].implode()).alias("is_mobile"))
        texts = texts.hstack(is_mobile).filter(is_free & (~_BARE | ~pl.col("is_mobile") | pl.lit(wary)))
        return _readings(texts, _DIGITS)
    # Groups of which the first is no home number's can be those of a number abroad.
    # A North American area code has three digits, and the 1 before it is a prefix.
    first = r"^\(?(?:[2-9]|[1-9][0-9])[^0-9]" if code == "1" else r"^\(?[1-9][0-9]{0,2}[^0-9]"
    grouped = ~_BARE & _TEXT.str.contains(first)
    prefix = numbering.national_prefix(home)
    is_odd = _DIGITS.str.len_bytes() > numbering.longest_dialled(home)
    if prefix:
        is_odd &= ~_DIGITS.str.starts_with(prefix)
    rare = good.filter(~pl.col("kind").is_in(pl.Series(_PERSONAL, dtype=KIND)))  # a figure, rather
    grouped |= ~_BARE & pl.col("at").is_in(rare["at"].implode())
    return _readings(texts.filter(is_free & (grouped | is_odd | (_BARE & pl.lit(wary)))), _DIGITS)


def without_old_spelling(texts: pl.DataFrame, home: str) -> pl.DataFrame:
    """Those of `texts`, which are no home number, that are not one in an old spelling, behind zeros,
    overseas or without their zero."""
    code = numbering.calling_code(home)
    if int(code) in _REWRITTEN or numbering.domestic_codes(home):
        return texts.clear()
    texts = texts.filter(~_may_lack_zero(home))
    if code == "1":
        return _of_known_areas(texts, pl.lit(True))
    return texts.filter(~_DIGITS.str.contains(f"^0+{code}"))


def lost_plus(texts: pl.DataFrame, home: str) -> pl.DataFrame:
    """The readings of `texts`, which are no home number, as numbers abroad."""
    is_long = _DIGITS.str.len_bytes() > numbering.longest_dialled(home)
    return _readings(texts.filter(~_DIGITS.str.starts_with("0") & is_long), _DIGITS, repair=_PLUS, foreign=_YES)


def settled_abroad(texts: pl.DataFrame, number: pl.DataFrame, home: str) -> pl.DataFrame:
    """Those of `number` that are certainly another country's: bare, and too long for home with a digit less, too."""
    found = metadata.metadata_of(home)
    assert found is not None
    is_long = _DIGITS.str.len_bytes() > numbering.lengths(home)[-1] + 1
    # In an open plan as many digits may be more than people dial.
    is_open = _DIGITS.str.contains(f"^(?:{'|'.join(map(str, _open_codes()))})")
    kept = texts.filter(_BARE & is_long & ~is_open & ~metadata.begins_as_prefix(_DIGITS, found))
    # Behind a + that is only guessed no zero is taken off.
    whole = kept.select("at", pl.concat_str(pl.lit("+"), _DIGITS).alias("phone"))
    return number.join(whole, on=["at", "phone"], how="semi")


def _may_lack_zero(home: str) -> pl.Expr:
    """True for bare digits that a zero before them makes another number than they are by themselves."""
    found = metadata.metadata_of(home)
    assert found is not None
    zeroed = pl.concat_str(pl.lit("0"), _DIGITS)
    with_zero = metadata.without_prefix(zeroed, found)
    same = with_zero == metadata.without_prefix(_DIGITS, found)
    could_be = metadata.could_be(with_zero, int(numbering.calling_code(home)))
    return _BARE & ((~same & could_be) | metadata.dials_abroad(zeroed, found))


def _readings(
    texts: pl.DataFrame,
    number: pl.Expr,
    *,
    repair: pl.Expr = _NO_REPAIR,
    foreign: pl.Expr = _NO,
    zero: pl.Expr = _NO_ZERO,
) -> pl.DataFrame:
    """One way to read each of `texts`."""
    columns = {"number": number, "repair": repair, "foreign": foreign, "zero": zero}
    return texts.select("at", *(column.alias(name) for name, column in columns.items()))
