"""A whole column of phone cells at once: what polars can decide is decided there, the rest goes one by one.

Owns: the same answers as `judge`, faster. It decides cells of well-known shapes whose readings it can all see;
every other cell, and every doubt, goes to `judge`, whose rules these are.
Flow: cells -> plain texts -> readings -> verdicts on them -> phones; the rest -> `judge`.
"""

from __future__ import annotations

import polars as pl

from batch.loader.phones import MOST_DIGITS, Phone, Rules, judge
from batch.loader.phones import readings as phone_readings
from batch.loader.phones.metadata import KIND, REGION
from batch.loader.phones.shapes import plainly_written
from batch.loader.phones.verdicts import verdicts

#: A judged cell, beside `at`, its place. `code` is null for a number; a null `message` is to be asked of `judge`.
PHONE = pl.Schema(
    [
        *(("phone", pl.String()), ("code", pl.String()), ("message", pl.String()), ("repair", pl.String())),
        *(("region", REGION), ("kind", KIND), ("foreign", pl.Boolean())),
    ]
)
_DIGITS, _NONE = pl.col("digits"), pl.lit(None, pl.String)


def judge_column(cells: pl.Series, homes: pl.Series, rules: Rules) -> pl.DataFrame:
    """`judge(cell, home, rules)` of every cell and its region (null: none), as a frame of `PHONE` in their order."""
    asked = pl.DataFrame({"cell": cells, "home": homes}, schema={"cell": pl.String, "home": pl.String})
    asked = asked.with_row_index("at")
    decided = _decided(asked, rules)
    left = pl.repeat(True, asked.height, dtype=pl.Boolean, eager=True).scatter(decided["at"], False)
    known: dict[tuple[str | None, str | None], tuple[object, ...]] = {}
    lines: list[tuple[object, ...]] = []
    for at, cell, home in asked.filter(left).iter_rows():
        line = known.get((cell, home))
        if line is None:
            line = known[cell, home] = _line(judge(cell, home, rules))
        lines.append((at, *line))
    one_by_one = pl.DataFrame(lines, schema={"at": pl.UInt32, **PHONE}, orient="row")
    return pl.concat([decided, one_by_one]).sort("at").drop("at")


def _line(phone: Phone) -> tuple[object, ...]:
    repair = ", ".join(phone.repairs)
    return (
        *(phone.e164, phone.code or None, phone.message, repair),
        *(phone.region or None, phone.kind or None, phone.foreign),
    )


def _decided(asked: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """`at` and `PHONE` of every cell that is decided here."""
    text = pl.col("text")
    texts = (
        plainly_written(asked)
        .lazy()
        .with_columns(text.str.replace_all("[^0-9]+", "").alias("digits"), text.str.starts_with("+").alias("plus"))
        .with_columns((text == _DIGITS).alias("bare"))
        .filter(_DIGITS.str.len_bytes() <= MOST_DIGITS)
        .drop("cell")
        .collect()
    )
    national = texts.filter(~pl.col("plus"))
    by_home = {str(home): part for (home,), part in national.partition_by("home", as_dict=True).items() if home}
    readings = [
        phone_readings.written(texts.filter("plus")),
        *(phone_readings.national(part, home) for home, part in by_home.items()),
    ]
    judged = verdicts(pl.concat(readings))
    is_valid = pl.col("kind").is_not_null()
    valid, refused = judged.filter(is_valid), judged.filter(~is_valid)
    if rules.wary:
        rivals = phone_readings.rivals(national)
        harmless = verdicts(rivals).filter(~is_valid)
        valid = valid.join(rivals.join(harmless, on="at", how="anti"), on="at", how="anti")
    if rules.phone_check == "possible":  # then a number that is not valid may be taken all the same
        refused = refused.clear()
    # Bare digits have a last resort: a zero before them.
    sole = [refused.filter("sole").select("at")]
    for home, part in by_home.items():
        sole.append(
            phone_readings.without_resort(part.join(refused.filter(~pl.col("sole")), on="at", how="semi"), home).select(
                "at"
            )
        )
    homeless = national.filter(pl.col("home").is_null() & ~_DIGITS.str.starts_with("00"))
    found = [
        valid.select(
            *("at", "phone", _NONE.alias("code"), pl.lit("").alias("message"), pl.col("repair").cast(pl.String)),
            *("region", "kind", "foreign"),
        ),
        _refused(pl.concat(sole), code="invalid_number"),
        _refused(homeless, code="region_needed"),
        _refused(asked.filter(pl.col("cell").is_null()), code="no_phone").with_columns(message=pl.lit("")),
    ]
    mended = texts.filter(pl.col("repair") != "").select("at", pl.col("repair").alias("first"))
    decided = pl.concat(found)
    if mended.is_empty():
        return decided
    both = pl.concat_str(pl.col("first", "repair").replace("", None), separator=", ", ignore_nulls=True)
    is_mended = pl.col("phone").is_not_null() & pl.col("first").is_not_null()
    return (
        decided.join(mended, on="at", how="left")
        .with_columns(pl.when(is_mended).then(both).otherwise("repair").alias("repair"))
        .drop("first")
    )


def _refused(cells: pl.DataFrame, code: str) -> pl.DataFrame:
    """`cells`, refused for `code`; the words are left to `judge`."""
    refused = {"phone": _NONE, "code": pl.lit(code), "message": _NONE, "repair": pl.lit("")}
    refused |= {"region": pl.lit(None, REGION), "kind": pl.lit(None, KIND), "foreign": pl.lit(False)}
    return cells.select("at", *(value.alias(name) for name, value in refused.items()))
