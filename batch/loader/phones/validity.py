"""Numbers in columns -> valid or not, with region and kind: what `is_valid_number` and `number_type` say of each.

Owns: the order in which a calling code's regions are asked, and that no other calling code is.
Flow: readings -> by calling code: prefix taken off -> by region: kind -> verdicts.

Only what is needed is carried from step to step: the place of the reading, its calling code and its national digits.
"""

from __future__ import annotations

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
    number, code = pl.col("number"), pl.col("code")
    coded = readings.select("number", "parsed", "zero", metadata.calling_code(number).alias("code")).with_row_index(
        "place"
    )
    coded = coded.with_columns(number.str.slice(code.cast(pl.String).str.len_bytes()).alias("national"))
    led = coded.select(~pl.col("parsed") & metadata.may_have_prefix(NATIONAL, code)).to_series().fill_null(False)
    prefixed = coded.filter(led).select("place", "code", "national", "zero")
    as_they_are = coded.filter(~led).filter(pl.col("zero").is_null()).select("place", "code", "national")
    stripped = [_stripped(group, str(key)) for (key,), group in prefixed.partition_by("code", as_dict=True).items()]
    numbers = pl.concat([as_they_are, *stripped])
    looked: list[pl.LazyFrame] = []
    for (key,), group in numbers.partition_by("code", as_dict=True).items():
        if key is None:
            looked.append(group.lazy().with_columns(_NOWHERE))
        elif group.height >= FEWEST:
            looked += _by_region(int(str(key)), group)
    judged = pl.concat([pl.DataFrame(schema=_JUDGED), *pl.collect_all(looked)])
    is_rare = (judged["kind"] == RARE).fill_null(False)
    # Elsewhere the library may take a mobile number with a digit too few or too many for a rare one (`numbering`).
    rare = [
        group.with_columns(metadata.region_of_code(str(region)).rare_kind.alias("kind"))
        for (region,), group in judged.filter(is_rare & (pl.col("code").cast(pl.String) == "1"))
        .partition_by("region", as_dict=True)
        .items()
    ]
    judged = pl.concat([judged.filter(~is_rare), *(group.filter(pl.col("kind") != "voicemail") for group in rare)])
    phone = pl.concat_str(pl.lit("+"), code.cast(pl.String), "national").alias("phone")
    kept = readings.select("at", "repair", "foreign")[judged["place"]]
    return kept.hstack(judged.select(phone, "region", "kind"))


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
        .select("place", "code", stripped.alias("national"))
    )
    return pl.concat([as_they_are, without])


def _by_region(code: int, group: pl.DataFrame) -> Iterator[pl.LazyFrame]:
    """Yield the verdicts on numbers with one calling code, region by region in the library's order."""
    regions = COUNTRY_CODE_TO_REGION_CODE[code]
    if metadata.main_metadata(code) is None:
        return
    rest = group
    for region in regions:
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
