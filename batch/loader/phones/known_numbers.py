"""Phone cells that are a number as it is written: their digits alone decide, a whole column at once.

Owns: which cells are so simple (behind a +, or at home in North America), and their verdicts; all other cells are
judged in another way.
Flow: cells -> their digits as integers -> `number_table.py` -> verdicts.

Integers are looked up and written several times as fast as texts are.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

import polars as pl
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from batch.loader.phones.cache import gather_rows, is_constant
from batch.loader.phones.metadata import COMMON_KINDS, KIND, REGION
from batch.loader.phones.number_table import NO_NUMBER, UNDECIDED, NumberTable
from batch.loader.phones.numbering import MAX_DIGITS
from batch.loader.phones.parse import Rules

#: A column's way to its verdicts: cells and their regions (both of one length) -> `PHONE`.
Judge = Callable[[pl.Series, pl.Series], pl.DataFrame]
#: So few simple cells are not worth a look at the column, as a share.
_FEWEST_SHARE = 0.25
#: A North American number in one of its usual forms, or one with a digit too few. A point stands only where all groups
#: have one: else it may be that of a float.
_AMERICAN = (
    r"(?:1[ -]?)?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[ -]?)[0-9]{3}[ -]?[0-9]{3,4}"
    r"|(?:1\.)?[2-9][0-9]{2}\.[0-9]{3}\.[0-9]{3,4}"
)
_CODES = "|".join(str(code) for code in COUNTRY_CODE_TO_REGION_CODE if code != 1)
#: A + and digits in groups, the calling code in one piece: a part of it alone lacks digits. Behind +1 the area is not
#: parted: a group of two digits may be a Mexican area.
_ABROAD = (
    r"\+(?:1[ -]?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[ -]?)[0-9]{3}[ -]?[0-9]{3,4}"
    rf"|[2-9][0-9]{{6,14}}|(?:{_CODES})[ -][0-9]+(?:[ .-][0-9]+)*)"
)
_ONLY_ABROAD, _ALSO_AT_HOME = f"^(?:{_ABROAD})$", f"^(?:{_ABROAD}|{_AMERICAN})$"
#: The marks in a number, those that are most frequent first.
_FREQUENT, _RARE = " -", "()."
_HOMES = COUNTRY_CODE_TO_REGION_CODE[1]
#: What is added to ten digits for their calling code.
_ONE = 10_000_000_000
#: Nine digits at home, and those behind a 1, are less.
_SHORTEST_TEN = 2_000_000_000
_NUMBER, _PLUS = pl.col("number"), pl.col("plus")


def judge_numbers(
    cells: pl.Series, homes: pl.Series, rules: Rules, table: NumberTable, judge_rest: Judge
) -> pl.DataFrame:
    """The verdicts on `cells`, read in `homes`: `judge_rest` says those of every cell that its digits do not decide."""
    simple = _simple(cells, homes)
    if simple.height - simple["digits"].null_count() < _FEWEST_SHARE * simple.height:
        return judge_rest(cells, homes)
    answers = _answers(simple, rules, table)
    at, verdicts = answers["at"], _verdicts(table)
    # A number behind a + is its own text without punctuation: only the others are written.
    home = (~simple["plus"] & answers["number"].is_not_null()).arg_true()
    written = answers[home].select(pl.concat_str(pl.lit("+"), pl.col("number").cast(pl.String))).to_series()
    own = simple["text"].scatter(home, written).set(answers["number"].is_null(), None).alias("phone")
    left = (at == UNDECIDED).arg_true()
    if not len(left):
        return gather_rows(verdicts, at).with_columns(own)
    rest = judge_rest(cells.gather(left), homes.gather(left))
    at = at.scatter(left, pl.int_range(verdicts.height, verdicts.height + rest.height, dtype=pl.Int32, eager=True))
    found = gather_rows(pl.concat([verdicts, rest], rechunk=True), at)
    return found.with_columns(pl.coalesce(own, "phone").alias("phone"))


def _simple(cells: pl.Series, homes: pl.Series) -> pl.DataFrame:
    """`plus` (the cell begins with it), `digits` (UInt64) and `text` (its plus and digits) of each cell that is a
    number in a usual form; of others the digits are null."""
    plus = cells.str.starts_with("+").alias("plus")
    at_home = None if is_constant(homes) else homes.is_in(_HOMES)
    if at_home is None and (not len(homes) or homes[0] not in _HOMES):
        fits = cells.str.contains(_ONLY_ABROAD)
    else:
        fits = cells.str.contains(_ALSO_AT_HOME)
        fits = fits if at_home is None else fits & (plus | at_home.fill_null(False))
    bare = pl.when("fits").then("cell").cast(pl.Int64, strict=False)  # a + may be that of an integer
    digits, text = pl.DataFrame({"cell": cells, "fits": fits}).select(bare).to_series(), cells.clone()
    for marks in (_FREQUENT, _RARE):  # a mark that is removed by itself takes half the time
        grouped = (digits.is_null() & fits).fill_null(False).arg_true()
        if not len(grouped):
            break
        among = reduce(lambda found, mark: found.str.replace_all(mark, "", literal=True), marks, text.gather(grouped))
        digits.scatter(grouped, among.cast(pl.Int64, strict=False))
        text.scatter(grouped, among)
    return pl.DataFrame([digits.cast(pl.UInt64).alias("digits"), text.alias("text"), plus])


def _answers(simple: pl.DataFrame, rules: Rules, table: NumberTable) -> pl.DataFrame:
    """`at`, the place of each number's answer in `table`, or `UNDECIDED`; `number` is E.164 as an integer, null where
    none is valid."""
    digits, number, at, plus = pl.col("digits"), pl.col("number"), pl.col("at"), pl.col("plus")
    # At home no number has nine digits, and no rule reads as few as another country's or with a zero before.
    is_short, is_ten = ~plus & (digits < _SHORTEST_TEN), ~plus & (digits < _ONE)
    is_none = is_short | digits.is_null() | (digits >= 10**MAX_DIGITS)
    whole = pl.when(is_none).then(0).when(is_ten).then(digits + _ONE).otherwise(digits)
    looked = simple.with_columns(whole.cast(pl.UInt64).alias("number"))
    looked = looked.with_columns(table.look_up(looked["number"]).alias("at"))
    refused = at == NO_NUMBER
    # What is no person's number at home may be one abroad, or lack a zero.
    others = [place for place, found in enumerate(table.answers) if found.kind not in COMMON_KINDS]
    found = pl.when(is_short).then(NO_NUMBER).when(~plus & at.is_in(others)).then(UNDECIDED).otherwise(at)
    looked = looked.with_columns(found.cast(pl.Int32).alias("at"))
    if rules.phone_check == "possible":  # then a length may be enough
        looked = looked.with_columns(pl.when(refused).then(UNDECIDED).otherwise(at).cast(pl.Int32).alias("at"))
    if rules.wary:  # ten digits at home can be a number abroad as well
        abroad = table.look_up(looked.select(pl.when(is_ten).then(digits).otherwise(0)).to_series().fill_null(0))
        doubtful = is_ten & ~is_short & (pl.lit(abroad) != NO_NUMBER)
        looked = looked.with_columns(pl.when(doubtful).then(UNDECIDED).otherwise(at).cast(pl.Int32).alias("at"))
    return looked.select("at", pl.when(at > NO_NUMBER).then(number).alias("number"))


def _verdicts(table: NumberTable) -> pl.DataFrame:
    """`PHONE` of each answer of `table`, without the phone. The words of a refusal quote the cell: they are found again
    when they are shown."""
    answers = table.answers
    refused = pl.int_range(len(answers)) == NO_NUMBER
    regions = pl.Series("region", [found.region or None for found in answers], dtype=REGION)
    kinds = pl.Series("kind", [found.kind or None for found in answers], dtype=KIND)
    none = pl.lit(None, pl.String)
    return pl.DataFrame([regions, kinds]).select(
        *(none.alias("phone"), pl.when(refused).then(pl.lit("invalid_number")).alias("code")),
        *(pl.when(~refused).then(pl.lit("")).alias("message"), pl.lit("").alias("repair")),
        *("region", "kind", pl.lit(False).alias("foreign"), none.alias("flag")),
    )
