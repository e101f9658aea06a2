"""A whole column of phone cells at once: what polars can decide is decided there, the rest goes one by one.

Owns: the same answers as `judge`, faster. It decides cells of well-known shapes whose readings it can all see;
every other cell, and every doubt, goes to `judge`, whose rules these are.
Flow: cells -> plain texts -> readings -> validity -> phones; the rest -> `judge`.
"""

from __future__ import annotations

import polars as pl

from batch.loader.phones import column_readings as readings
from batch.loader.phones.known_heads import KnownHeads
from batch.loader.phones.metadata import KIND, REGION
from batch.loader.phones.number_formats import CUT_OFF
from batch.loader.phones.numbering import calling_code
from batch.loader.phones.parse import Phone, Rules, judge
from batch.loader.phones.plain_cells import plain_texts
from batch.loader.phones.validity import validity, validity_at_home

#: A judged cell, beside `at`, its place. `code` is null for a number; a null `message` is to be asked of `judge`.
#: `flag` is the remark that says not to use the number.
PHONE = pl.Schema(
    [
        *(("phone", pl.String()), ("code", pl.String()), ("message", pl.String()), ("repair", pl.String())),
        *(("region", REGION), ("kind", KIND), ("foreign", pl.Boolean()), ("flag", pl.String())),
    ]
)
_NONE = pl.lit(None, pl.String)
#: Home numbers that are judged at a time.
PART_ROWS = 150_000
#: With fewer cells, reading them one by one costs less.
_FEWEST = 500
#: Cells that show whether most numbers are written with +.
_SAMPLE = 1000


def judge_column(cells: pl.Series, homes: pl.Series, rules: Rules, known: KnownHeads | None = None) -> pl.DataFrame:
    """`judge(cell, home, rules)` of every cell and its region (null: none), as a frame of `PHONE` in their order.

    `known` are the heads of the same column, read by the same rules, that were seen before; new ones are added.
    """
    cut_off = cells.str.contains("|".join(CUT_OFF))
    if cut_off.any():
        return _judge_cut_off(cells, homes, rules, known, cut_off.fill_null(False))
    if known is None:
        return _judge_all(cells, homes, rules)

    def judge_rest(cells: pl.Series, homes: pl.Series) -> pl.DataFrame:
        if len(cells) >= _FEWEST:
            return _judge_all(cells, homes, rules)
        asked = pl.DataFrame({"cell": cells, "home": homes}).with_row_index("at")
        return _one_by_one(asked, rules).drop("at")

    return known.judge(cells, homes, judge_rest)


def _judge_cut_off(
    cells: pl.Series, homes: pl.Series, rules: Rules, known: KnownHeads | None, cut_off: pl.Series
) -> pl.DataFrame:
    """`judge_column` where some cells may be a database's largest value: those are no numbers, however they look."""
    asked = pl.DataFrame({"cell": cells, "home": homes}).with_row_index("at")
    apart, others = asked.filter(cut_off), asked.filter(~cut_off)
    judged = judge_column(others["cell"], others["home"], rules, known)
    return (
        pl.concat([others.select("at").hstack(judged), _one_by_one(apart, rules)], how="vertical").sort("at").drop("at")
    )


def _judge_all(cells: pl.Series, homes: pl.Series, rules: Rules) -> pl.DataFrame:
    """`judge_column` of every cell by itself.

    Home numbers are judged in parts, which takes less memory. Numbers of many countries are not: the patterns of each
    country would be set up for every part.
    """
    abroad = cells.head(_SAMPLE).str.starts_with("+").sum()
    parts = 1 if abroad * 2 > min(len(cells), _SAMPLE) else 1 + len(cells) // PART_ROWS
    if parts == 1:
        return _judge_part(cells, homes, rules)
    size = -(-len(cells) // parts)
    return pl.concat(
        [_judge_part(cells.slice(at, size), homes.slice(at, size), rules) for at in range(0, len(cells), size)]
    )


def _judge_part(cells: pl.Series, homes: pl.Series, rules: Rules) -> pl.DataFrame:
    asked = pl.DataFrame({"cell": cells, "home": homes}, schema={"cell": pl.String, "home": pl.String})
    asked = asked.with_row_index("at")
    decided = _decided(asked, rules)
    left = pl.repeat(True, asked.height, dtype=pl.Boolean, eager=True).scatter(decided["at"], False)
    return pl.concat([decided, _one_by_one(asked.filter(left), rules)]).sort("at").drop("at")


def _one_by_one(asked: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """The cells of `asked` as `judge` sees them, equal ones once."""
    known: dict[tuple[str | None, str | None], tuple[object, ...]] = {}
    lines: list[tuple[object, ...]] = []
    for at, cell, home in asked.iter_rows():
        line = known.get((cell, home))
        if line is None:
            line = known[cell, home] = _line(judge(cell, home, rules))
        lines.append((at, *line))
    return pl.DataFrame(lines, schema={"at": pl.UInt32, **PHONE}, orient="row")


def _line(phone: Phone) -> tuple[object, ...]:
    repair = ", ".join(phone.repairs)
    return (
        *(phone.e164, phone.code or None, phone.message, repair),
        *(phone.region or None, phone.kind or None, phone.foreign, phone.flag or None),
    )


def _decided(asked: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """`at` and `PHONE` of every cell that is decided here."""
    texts = plain_texts(asked)
    national = texts.filter(~pl.col("plus"))
    is_led = pl.col("digits").str.starts_with("00")
    homeless = national.filter(pl.col("home").is_null() & ~is_led & ~readings.ROUNDED)
    by_home = _by_home(national)
    found = [_with_plus(texts.filter("plus")), *(_at_home(part, home, rules) for home, part in by_home.items())]
    numbers = pl.concat([valid for valid, _ in found])
    refused = pl.concat([refused for _, refused in found])
    if rules.phone_check == "possible":  # then a number that is not valid may be taken all the same
        refused = refused.clear()
    decided = pl.concat(
        [
            numbers.select(
                *("at", "phone", _NONE.alias("code"), pl.lit("").alias("message"), pl.col("repair").cast(pl.String)),
                *("region", "kind", "foreign", _NONE.alias("flag")),
            ),
            _refused(refused, code="invalid_number"),
            _refused(homeless, code="region_needed"),
            _refused(asked.filter(pl.col("cell").is_null()), code="no_phone").with_columns(message=pl.lit("")),
        ]
    )
    return _with_first_repair(decided, texts)


def _by_home(texts: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """`texts` by the region in which each is read; those without one are left out."""
    homes = texts["home"].unique()
    if len(homes) == 1:  # the rule, and no copy is needed
        return {home: texts for home in homes if home}
    return {str(home): part for (home,), part in texts.partition_by("home", as_dict=True).items() if home}


def _with_plus(texts: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The numbers of texts with +, and the places of those that are refused."""
    seen = validity(readings.international(texts))
    bad = texts.join(seen.filter(pl.col("kind").is_null()), on="at", how="semi")
    good = readings.settled_with_plus(texts, seen.filter(pl.col("kind").is_not_null()))
    return good, readings.without_rewriting(bad).select("at")


def _at_home(texts: pl.DataFrame, home: str, rules: Rules) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The numbers of texts without + in the region `home`, and the places of those that are refused."""
    texts = readings.plain_at_home(texts, home)
    seen = readings.without_false_zeros(validity_at_home(readings.national(texts, home), calling_code(home)), home)
    good, bad = seen.filter(pl.col("kind").is_not_null()), seen.filter(pl.col("kind").is_null()).select("at")
    doubts = readings.with_rivals(texts.join(good, on="at", how="semi"), good, home, wary=rules.wary)
    rivals = validity(doubts).filter(pl.col("kind").is_null()).select("at")
    doubtful = doubts.join(rivals, on="at", how="anti")
    settled = good if doubtful.is_empty() else good.join(doubtful, on="at", how="anti")
    left = readings.without_old_spelling(texts.join(bad, on="at", how="semi"), home)
    abroad = readings.lost_plus(left, home)
    seen = validity(abroad)
    is_number = pl.col("kind").is_not_null()
    foreign = readings.settled_abroad(left, seen.filter(is_number), home)
    nowhere = readings.without_rewriting(left.join(seen.filter(~is_number), on="at", how="semi"))
    refused = pl.concat([left.join(abroad, on="at", how="anti").select("at"), nowhere.select("at")])
    return pl.concat([settled, foreign]), refused


def _with_first_repair(decided: pl.DataFrame, texts: pl.DataFrame) -> pl.DataFrame:
    """`decided` with the repair that made a text plain before the repair that made it a number."""
    mended = texts.filter(pl.col("mended") != "").select("at", "mended")
    if mended.is_empty():
        return decided
    both = pl.concat_str(pl.col("mended", "repair").replace("", None), separator=", ", ignore_nulls=True)
    is_mended = pl.col("phone").is_not_null() & pl.col("mended").is_not_null()
    return (
        decided.join(mended, on="at", how="left")
        .with_columns(pl.when(is_mended).then(both).otherwise("repair").alias("repair"))
        .drop("mended")
    )


def _refused(cells: pl.DataFrame, code: str) -> pl.DataFrame:
    """`cells`, refused for `code`; the words are left to `judge`."""
    refused = {"phone": _NONE, "code": pl.lit(code), "message": _NONE, "repair": pl.lit("")}
    refused |= {"region": pl.lit(None, REGION), "kind": pl.lit(None, KIND), "foreign": pl.lit(False), "flag": _NONE}
    return cells.select("at", *(value.alias(name) for name, value in refused.items()))
