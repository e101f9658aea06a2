"""A whole column of phone cells at once: what polars can decide is decided there, the rest goes one by one.

Owns: the same answers as `phones.judge`, faster. It decides cells of well-known shapes whose readings it can all see;
every other cell, and every doubt, goes to `phones.judge`, whose rules these are.
Does not own: what the library does to digits (`metadata.py`), the shapes (`phone_shapes.py`), the words of a refusal: a
cell refused here has no message until somebody asks `judge` for it.
Flow: cells -> plain texts -> readings (E.164 candidates, `phones._with_plus` and `_without_plus` in columns) -> by
calling code: valid or not, region and kind -> phones; the rest -> `judge`.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, country_code_for_region

from batch.loader import metadata
from batch.loader.metadata import NATIONAL, RARE
from batch.loader.phone_shapes import plainly_written
from batch.loader.phones import MOST_DIGITS, Phone, Rules, judge

#: With fewer cells of a calling code, building its patterns costs more than asking the library.
FEWEST = 20
#: A judged cell, beside `at`, its place. `code` is null for a number; a null `message` is to be asked of `judge`.
PHONE = pl.Schema(
    {"phone": pl.String, "code": pl.String, "message": pl.String, "repair": pl.String, "region": pl.String}
    | {"kind": pl.String, "foreign": pl.Boolean}
)
#: A reading with its verdict.
_JUDGED = pl.Schema(
    {"at": pl.UInt32, "code": pl.String, "national": pl.String, "repair": pl.String, "region": pl.String}
    | {"kind": pl.String, "foreign": pl.Boolean, "sole": pl.Boolean}
)

_DIGITS, _BARE, _NONE = pl.col("digits"), pl.col("bare"), pl.lit(None, pl.String)
_NO, _YES, _EMPTY = pl.lit(False), pl.lit(True), pl.lit("")


def judge_column(cells: pl.Series, homes: pl.Series, rules: Rules) -> pl.DataFrame:
    """`judge(cell, home, rules)` of every cell and its region (null: none), as a frame of `PHONE` in their order."""
    asked = pl.DataFrame({"cell": cells, "home": homes}, schema={"cell": pl.String, "home": pl.String})
    asked = asked.with_row_index("at")
    decided = _decided(asked, rules)
    rest = asked.join(decided, on="at", how="anti", maintain_order="left")
    known: dict[tuple[str | None, str | None], tuple[object, ...]] = {}
    lines: list[tuple[object, ...]] = []
    for at, cell, home in rest.iter_rows():
        line = known.get((cell, home))
        if line is None:
            line = known[cell, home] = _line(judge(cell, home, rules))
        lines.append((at, *line))
    one_by_one = pl.DataFrame(lines, schema={"at": pl.UInt32, **PHONE}, orient="row")
    return pl.concat([decided, one_by_one]).sort("at").drop("at")


def _line(phone: Phone) -> tuple[object, ...]:
    repair = ", ".join(phone.repairs)
    return (phone.e164, phone.code or None, phone.message, repair, phone.region, phone.kind, phone.foreign)


def _decided(asked: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """`at` and `PHONE` of every cell that is decided here."""
    text = pl.col("text")
    texts = (
        plainly_written(asked.lazy())
        .with_columns(text.str.replace_all("[^0-9]", "").alias("digits"), text.str.starts_with("+").alias("plus"))
        .with_columns((text == _DIGITS).alias("bare"))
        .filter(_DIGITS.str.len_bytes() <= MOST_DIGITS)
        .drop("cell")
        .collect()
    )
    national = texts.filter(~pl.col("plus"))
    by_home = {str(home): part for (home,), part in national.partition_by("home", as_dict=True).items() if home}
    readings = [_written(texts.filter("plus")), *(_national(part, home) for home, part in by_home.items())]
    judged = _judged(pl.concat(readings))
    valid, refused = judged.filter(pl.col("kind") != ""), judged.filter(pl.col("kind") == "")
    if rules.wary:
        rivals = _readings(national.filter(_BARE & ~_DIGITS.str.starts_with("0")), _DIGITS)
        harmless = _judged(rivals).filter(pl.col("kind") == "")
        valid = valid.join(rivals.join(harmless, on="at", how="anti"), on="at", how="anti")
    if rules.phone_check == "possible":  # then a number that is not valid may be taken all the same
        refused = refused.clear()
    # Bare digits have a last resort: a zero before them.
    sole = [refused.filter("sole").select("at")]
    for home, part in by_home.items():
        sole.append(_no_resort(part.join(refused.filter(~pl.col("sole")), on="at", how="semi"), home).select("at"))
    homeless = national.filter(pl.col("home").is_null() & ~_DIGITS.str.starts_with("00"))
    found = [
        valid.select("at", "phone", _NONE.alias("code"), pl.lit("").alias("message"), *PHONE.names()[3:]),
        _refused(pl.concat(sole), code="invalid_number"),
        _refused(homeless, code="region_needed"),
        _refused(asked.filter(pl.col("cell").is_null()), code="no_phone").with_columns(message=pl.lit("")),
    ]
    mended = texts.select("at", pl.col("repair").alias("first"))
    both = pl.concat_str(pl.col("first", "repair").replace("", None), separator=", ", ignore_nulls=True)
    is_number = pl.col("phone").is_not_null()
    return (
        pl.concat(found)
        .join(mended, on="at", how="left", maintain_order="left")
        .with_columns(pl.when(is_number).then(both).otherwise(pl.lit("")).alias("repair"))
        .drop("first")
    )


def _refused(cells: pl.DataFrame, code: str) -> pl.DataFrame:
    """`cells`, refused for `code`; the words are left to `judge`."""
    empty = [pl.lit("").alias(name) for name in ("repair", "region", "kind")]
    return cells.select(
        "at", _NONE.alias("phone"), pl.lit(code).alias("code"), _NONE.alias("message"), *empty, _NO.alias("foreign")
    )


# ------------------------------------------------------------------------------------------------------ readings


def _written(texts: pl.DataFrame) -> pl.DataFrame:
    """The readings of texts with +. A "(0)" is decided only behind the calling code (`_of_code`)."""
    before_zero = pl.col("text").str.extract(r"^\+([0-9]{1,3})[ .\-]*\( *0 *\)[^(]*$", 1)
    zeroed = texts.filter(~pl.col("text").str.contains(r"\( *0 *\)") | before_zero.is_not_null())
    return _readings(zeroed, _DIGITS, sole=_YES, zero=before_zero)


def _national(texts: pl.DataFrame, home: str) -> pl.DataFrame:
    """The readings of texts without + in the region `home`, for those whose readings can all be seen."""
    code = str(country_code_for_region(home))
    found = metadata.metadata_of(home)
    assert found is not None
    no_zeros = ~(_BARE & (_DIGITS.str.len_bytes() >= 12) & (_DIGITS.str.slice(6).str.strip_chars("0") == ""))
    texts = texts.filter(no_zeros & ~metadata.dials_abroad(_DIGITS, found) & ~_DIGITS.str.contains("^(?:00|011)"))
    texts = texts.with_columns(metadata.without_prefix(_DIGITS, found).alias("national"))
    is_led, is_own = _DIGITS.str.starts_with("0"), _DIGITS.str.starts_with(code)
    is_long = ~is_led & (_DIGITS.str.len_bytes() > metadata.longest(found))
    as_it_is = NATIONAL == _DIGITS
    bare_zero = as_it_is & pl.lit(found.national_prefix == "0")
    at_home = _readings(
        texts.filter(~is_own & ~is_long),
        pl.concat_str(pl.lit(code), NATIONAL),
        repair=pl.when(bare_zero).then(pl.lit("leading zero restored")).otherwise(pl.lit("")),
        parsed=_YES,
        sole=is_led | ~_BARE,
    )
    abroad = _no_resort(texts.filter(~is_own & is_long & as_it_is), home)
    behind = _DIGITS.str.slice(len(code))
    own = texts.filter(is_own & is_long & (metadata.without_prefix(behind, found) == behind))
    restored = pl.lit("+ restored")
    return pl.concat(
        [
            at_home,
            _readings(abroad, _DIGITS, repair=restored, foreign=_YES, sole=_YES),
            # To North Americans the 1 is a prefix like any other.
            _readings(
                _no_resort(own, home), _DIGITS, repair=_EMPTY if code == "1" else restored, parsed=_YES, sole=_YES
            ),
        ]
    )


def _no_resort(texts: pl.DataFrame, home: str) -> pl.DataFrame:
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
    repair: pl.Expr = _EMPTY,
    parsed: pl.Expr = _NO,
    foreign: pl.Expr = _NO,
    sole: pl.Expr = _NO,
    zero: pl.Expr = _NONE,
) -> pl.DataFrame:
    """One way to read each of `texts`.

    `number` are the digits with the calling code. `parsed`: no national prefix is to be taken off it any more; `sole`:
    should it not be valid, there is no other way; `zero`: the digits before a "(0)".
    """
    columns = {"number": number, "repair": repair, "parsed": parsed, "foreign": foreign, "sole": sole, "zero": zero}
    return texts.select("at", *(column.alias(name) for name, column in columns.items()))


# ------------------------------------------------------------------------------------------------------ verdicts


def _judged(readings: pl.DataFrame) -> pl.DataFrame:
    """`readings` with `phone`, `region` and `kind` (empty: certainly no valid number); those in doubt are left out."""
    number = pl.col("number")
    coded = readings.with_columns(metadata.calling_code(number).alias("code")).with_columns(
        number.str.slice(pl.col("code").str.len_bytes()).alias("national")
    )
    led = ~pl.col("parsed") & metadata.may_have_prefix(NATIONAL, pl.col("code"))
    groups = [coded.filter(~led & pl.col("zero").is_null())]
    groups += [
        _stripped(group, str(code)) for (code,), group in coded.filter(led).partition_by("code", as_dict=True).items()
    ]
    by_code = pl.concat(groups).partition_by("code", as_dict=True).items()
    large = {str(code): group for (code,), group in by_code if code is not None and group.height >= FEWEST}
    looked: list[pl.LazyFrame] = []
    for code, group in large.items():
        looked += _of_code(int(code), group)
    judged = pl.concat([pl.DataFrame(schema=_JUDGED), *pl.collect_all(looked)])
    rare = [
        group.with_columns(metadata.region_of_code(str(region)).rare_kind.alias("kind"))
        for (region,), group in judged.filter(pl.col("kind") == RARE).partition_by("region", as_dict=True).items()
    ]
    nowhere = coded.filter(pl.col("code").is_null()).with_columns(region=_EMPTY, kind=_EMPTY).select(_JUDGED.names())
    return pl.concat([judged.filter(pl.col("kind") != RARE), *rare, nowhere]).select(
        "at",
        pl.concat_str(pl.lit("+"), "code", "national").alias("phone"),
        "repair",
        "region",
        "kind",
        "foreign",
        "sole",
    )


def _stripped(group: pl.DataFrame, code: str) -> pl.DataFrame:
    """Readings of one calling code as the library parses them; "+44 (0)20 …" only where it takes just that zero off."""
    main = metadata.main_metadata(int(code))
    if main is None:
        return group.clear()
    stripped = pl.col("stripped")
    zeros = (pl.col("zero") == code) & (pl.concat_str(pl.lit("0"), stripped) == NATIONAL)
    zeros &= metadata.without_prefix(stripped, main) == stripped
    return (
        group.with_columns(metadata.without_prefix(NATIONAL, main).alias("stripped"))
        .filter(pl.col("zero").is_null() | zeros)
        .with_columns(stripped.alias("national"))
        .drop("stripped")
    )


def _of_code(code: int, group: pl.DataFrame) -> Iterator[pl.LazyFrame]:
    """Yield the verdicts on readings with one calling code, region by region in the library's order."""
    regions = COUNTRY_CODE_TO_REGION_CODE[code]
    if metadata.main_metadata(code) is None:
        return
    rest = group
    for region in regions:
        leading, kind, _ = metadata.region_of_code(region)
        here = pl.lit(region).alias("region"), kind.alias("kind")
        if len(regions) == 1:
            yield rest.lazy().with_columns(here).select(_JUDGED.names())
            return
        if leading is not None:
            begins = NATIONAL.str.contains(leading)
            yield rest.lazy().filter(begins).with_columns(here).select(_JUDGED.names())
            rest = rest.filter(~begins)
        else:
            looked = rest.with_columns(here)
            yield looked.lazy().filter(pl.col("kind") != "").select(_JUDGED.names())
            rest = looked.filter(pl.col("kind") == "").drop("region", "kind")
    yield rest.lazy().with_columns(region=_EMPTY, kind=_EMPTY).select(_JUDGED.names())
