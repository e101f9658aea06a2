"""Numbers in columns -> valid or not, with region and kind: what `is_valid_number` and `number_type` say of each.

Owns: the order in which a calling code's regions are asked, and that no other calling code is.
Flow: readings -> by calling code: prefix taken off -> by region: kind -> verdicts.

Only what is needed is carried from step to step: the place of the reading, its calling code and its national digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import polars as pl
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from batch.loader.phones import metadata
from batch.loader.phones.metadata import CODE, KIND, NATIONAL, RARE, REGION

#: With fewer numbers of a calling code, building its patterns costs more than asking the library.
FEWEST = 40
_JUDGED = pl.Schema(
    [("place", pl.UInt32()), ("code", CODE), ("national", pl.String()), ("region", REGION), ("kind", KIND)]
)
_NOWHERE = (pl.lit(None, REGION).alias("region"), pl.lit(None, KIND).alias("kind"))


def validity(readings: pl.DataFrame) -> pl.DataFrame:
    """`at`, `repair` and `foreign` of `readings`, with `phone`, `region` and `kind`, in no order.

    A null `kind` says that the number is certainly not valid; numbers in doubt are left out.
    """
    if readings.is_empty():
        return readings.select("at", "repair", "foreign", pl.lit(None, pl.String).alias("phone"), *_NOWHERE)
    number, code = pl.col("number"), pl.col("code")
    coded = readings.select("number", "zero", metadata.calling_code(number).alias("code")).with_row_index("place")
    coded = coded.with_columns(number.str.slice(code.cast(pl.String).str.len_bytes()).alias("national"))
    led = coded.select(metadata.may_have_prefix(NATIONAL, code)).to_series().fill_null(False)
    prefixed = coded.filter(led).select("place", "code", "national", "zero")
    as_they_are = coded.filter(~led).filter(pl.col("zero").is_null()).select("place", "code", "national")
    stripped = [_stripped(group, str(key)) for (key,), group in prefixed.partition_by("code", as_dict=True).items()]
    return _with_kinds(readings, pl.concat([as_they_are, *stripped]))


def validity_at_home(readings: pl.DataFrame, code: str) -> pl.DataFrame:
    """The same of `readings` that have `national` instead of `number`: their national digits behind `code`."""
    numbers = readings.select("national").with_row_index("place")
    return _with_kinds(readings, numbers.select("place", pl.lit(code, CODE).alias("code"), "national"))


def _with_kinds(readings: pl.DataFrame, numbers: pl.DataFrame) -> pl.DataFrame:
    """`validity` of `readings`, whose `numbers` are lines of `place` (among the readings), `code` and `national`."""
    looked: list[pl.LazyFrame] = []
    for (key,), group in numbers.partition_by("code", as_dict=True).items():
        if key is None:
            looked.append(group.lazy().with_columns(_NOWHERE))
        elif group.height >= FEWEST:
            looked += _by_region(int(str(key)), group)
    judged = pl.concat([pl.DataFrame(schema=_JUDGED), *pl.collect_all(looked)])
    is_rare = (judged["kind"] == RARE).fill_null(False)
    rare = [
        _rare(group, str(region))
        for (region,), group in judged.filter(is_rare).partition_by("region", as_dict=True).items()
    ]
    judged = pl.concat([judged.filter(~is_rare), *rare])
    phone = pl.concat_str(pl.lit("+"), pl.col("code").cast(pl.String), "national").alias("phone")
    kept = readings.select("at", "repair", "foreign")[judged["place"]]
    return kept.hstack(judged.select(phone, "region", "kind"))


def _rare(group: pl.DataFrame, region: str) -> pl.DataFrame:
    """The kinds of rare numbers of `region`, without mailboxes and those that are a mobile number with a digit more
    (`numbering.parse_valid`). Where regions share a calling code, another one may have that mobile number."""
    found = metadata.metadata_of(region)
    assert found is not None
    if found.country_code != 1:
        if len(COUNTRY_CODE_TO_REGION_CODE[found.country_code or 0]) > 1:
            return group.clear()
        longer = group.select(pl.concat_str("national", pl.lit("0")).alias("national"))
        group = group.filter(~longer.select(metadata.matches(found.mobile).alias("is_mobile"))["is_mobile"])
    return group.with_columns(metadata.region_of_code(region).rare_kind.alias("kind")).filter(
        pl.col("kind") != "voicemail"
    )


def _stripped(group: pl.DataFrame, code: str) -> pl.DataFrame:
    """Numbers of one calling code as the library parses them; "+44 (0)20 …" only where it takes just that zero off."""
    main = metadata.main_metadata(int(code))
    if main is None:
        return group.clear().select("place", "code", "national")
    stripped = pl.col("stripped")
    zeros = (pl.col("zero") == len(code)) & (pl.concat_str(pl.lit("0"), stripped) == NATIONAL)
    zeros &= metadata.without_prefix(stripped, main) == stripped
    led = metadata.begins_as_prefix(NATIONAL, main)
    as_they_are = group.filter(~led).filter(pl.col("zero").is_null()).select("place", "code", "national")
    without = (
        group.filter(led)
        .with_columns(metadata.without_prefix(NATIONAL, main).alias("stripped"))
        .filter(pl.col("zero").is_null() | zeros)
        # What else the library takes off, `international` looks at more closely.
        .filter((stripped == NATIONAL) | (pl.concat_str(pl.lit("0"), stripped) == NATIONAL))
        .select("place", "code", stripped.alias("national"))
    )
    return pl.concat([as_they_are, without])


def _by_region(code: int, group: pl.DataFrame) -> Iterator[pl.LazyFrame]:
    """Yield the verdicts on numbers with one calling code, region by region in the library's order."""
    regions = COUNTRY_CODE_TO_REGION_CODE[code]
    if metadata.main_metadata(code) is None:
        return
    rest = group
    for region in _regions_in(group["national"], regions):
        leading, kind, _ = metadata.region_of_code(region)
        here = pl.lit(region, REGION).alias("region"), kind.alias("kind")
        if len(regions) == 1:
            yield rest.lazy().with_columns(here)
            return
        if leading is not None:
            begins = NATIONAL.str.contains(leading)
            yield rest.lazy().filter(begins).with_columns(here)
            rest = rest.filter(~begins)
        else:
            asked = rest.with_columns(here)
            yield asked.lazy().filter(pl.col("kind").is_not_null())
            rest = asked.filter(pl.col("kind").is_null()).drop("region", "kind")
    yield rest.lazy().with_columns(_NOWHERE)


def _regions_in(nationals: pl.Series, regions: tuple[str, ...]) -> list[str]:
    """Those of `regions`, which share a calling code, that any of the numbers can be of: a code has up to 25, and most
    would be asked in vain. Their leading digits are few, so the distinct beginnings are looked at, a line each."""
    if len(regions) == 1:
        return list(regions)
    begins = "\n".join(nationals.str.head(metadata.leading_digits(regions)).unique())
    leading = {region: metadata.region_of_code(region).leading for region in regions}
    return [name for name, at in leading.items() if at is None or re.search(at, begins, re.MULTILINE)]
