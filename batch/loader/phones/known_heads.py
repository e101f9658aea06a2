"""Phone cells that differ in their last digits alone, judged once.

Owns: the verdicts on heads (cells without their last four digits) from one chunk to the next, and putting a cell's own
last digits to the number of its head.
Flow: cells -> numbers as they are written (`known_numbers.py`) -> the other cells -> heads -> those not seen before:
one cell of each is judged, as is every cell that its head does not decide (`tails.py`) -> verdicts, in order.
"""

from __future__ import annotations

import threading
from functools import partial

import polars as pl

from batch.loader.phones import tails
from batch.loader.phones.cache import gather_rows
from batch.loader.phones.known_numbers import Judge, judge_numbers
from batch.loader.phones.number_table import NumberTable
from batch.loader.phones.parse import Rules
from batch.loader.phones.plain_cells import TAILS, digits_of

#: With fewer cells, looking for common heads costs more than it spares.
FEWEST_CELLS = 20_000
#: So many different heads among the first cells are too many.
_MOST_HEADS_SHARE = 0.7
#: Heads that are kept at most.
_MOST_HEADS = 400_000


class KnownHeads:
    """The heads of one column, read by the same rules throughout. Threads may share it."""

    __slots__ = ("_fewest", "_given_up", "_heads", "_lock", "_rules", "_table", "_verdicts")

    def __init__(self, rules: Rules, fewest: int = FEWEST_CELLS) -> None:
        self._rules, self._fewest, self._lock = rules, fewest, threading.Lock()
        self._table = NumberTable()
        #: `key`, `head` and `decided`, in the order of `_verdicts`.
        self._heads: pl.DataFrame | None = None
        #: `PHONE`, `phone` without its tail.
        self._verdicts: pl.DataFrame | None = None
        self._given_up = False

    def judge(self, cells: pl.Series, homes: pl.Series, judge: Judge) -> pl.DataFrame:
        """What `judge` says of `cells`, read in `homes`."""
        if len(cells) < self._fewest:
            return judge(cells, homes)
        by_heads = partial(self._judge_by_heads, judge=judge)
        return judge_numbers(cells, homes, self._rules, self._table, by_heads)

    def _judge_by_heads(self, cells: pl.Series, homes: pl.Series, judge: Judge) -> pl.DataFrame:
        """The same of cells that are no number as it is written."""
        if self._given_up or len(cells) < self._fewest // 4:
            return judge(cells, homes)
        asked = _with_heads(cells, homes)
        with self._lock:
            places = self._learned_places(asked, judge)
            heads, verdicts = self._heads, self._verdicts
        if places is None or heads is None or verdicts is None:
            return judge(cells, homes)
        return _verdicts_of(asked, heads["decided"].gather(places).fill_null(False), verdicts, places, judge)

    def _learned_places(self, asked: pl.DataFrame, judge: Judge) -> pl.Series | None:
        """`_places` of `asked`, after its new heads were judged; `None`: the heads are too many."""
        places = self._places(asked)
        missing = (places.is_null() & asked["key"].is_not_null()).arg_true()
        if not len(missing):
            return places
        unknown = asked[missing]
        fresh = unknown.unique("key", keep="first")
        if self._heads is not None:
            fresh = fresh.join(self._heads, on="key", how="anti")
        if self._heads is None and fresh.height > _MOST_HEADS_SHARE * asked.height:
            self._given_up = True
            return None
        if self._learn(fresh, judge):
            return places.scatter(missing, self._places(unknown))
        return self._places(asked)

    def _places(self, asked: pl.DataFrame) -> pl.Series:
        """The place of each cell's head among those that are known; null: it is not."""
        if self._heads is None:
            return pl.repeat(None, asked.height, dtype=pl.UInt32, eager=True)
        known = self._heads.select("key", pl.int_range(pl.len(), dtype=pl.UInt32).alias("place"))
        places = asked.select("key").join(known, on="key", how="left", maintain_order="left")["place"]
        # Two heads can have one key.
        same = self._heads["head"].gather(places) == asked["head"]
        return places if same.all() else places.set(~same.fill_null(False), None)

    def _learn(self, fresh: pl.DataFrame, judge: Judge) -> bool:
        """Have one cell of each `fresh` head judged. True where the heads that were known stay where they were."""
        verdicts = judge(fresh["cell"], fresh["home"])
        text = pl.col("cell")
        table = fresh.hstack(verdicts).with_columns(
            digits_of(text).alias("digits"), text.str.starts_with("+").alias("plus")
        )
        table = table.with_columns((text == pl.col("digits")).alias("bare"))
        decided = pl.repeat(False, table.height, dtype=pl.Boolean, eager=True)
        codes = tails.calling_codes(table["digits"])
        for home in fresh["home"].unique():
            here = table["home"].eq_missing(pl.Series([home], dtype=pl.String))
            decided |= here & table.select(tails.is_decided(home, codes)).to_series().fill_null(False)
        # Words that quote the cell hold for it alone; those of a plain refusal are found again when they are shown.
        refused = table["code"].is_not_null()
        if self._rules.wary or self._rules.phone_check != "valid":
            decided &= ~refused
        ends_alike = table["phone"].str.tail(tails.TAIL) == table["tail"]
        decided &= refused | ends_alike.fill_null(False)
        heads = table.select("key", "head").with_columns(decided.alias("decided"))
        plain = pl.when(~refused).then("message").alias("message"), pl.col("phone").str.head(-tails.TAIL)
        verdicts = verdicts.with_columns(*plain)
        is_room = self._heads is None or self._heads.height < _MOST_HEADS
        if is_room and self._heads is not None and self._verdicts is not None:
            heads, verdicts = pl.concat([self._heads, heads]), pl.concat([self._verdicts, verdicts])
        self._heads, self._verdicts = heads.rechunk(), verdicts.rechunk()
        return is_room


def _verdicts_of(
    asked: pl.DataFrame, decided: pl.Series, verdicts: pl.DataFrame, places: pl.Series, judge: Judge
) -> pl.DataFrame:
    """The verdicts on the cells of `asked`: those that are `decided` have that of their head, at `places` of
    `verdicts`; every other is judged by itself."""
    others, known = asked.filter(~decided), verdicts.height
    if others.height:
        verdicts = pl.concat([verdicts, judge(others["cell"], others["home"])], rechunk=True)
        own = pl.int_range(known, verdicts.height, dtype=pl.UInt32, eager=True)
        places = places.scatter((~decided).arg_true(), own)
    tail = pl.when(decided).then(asked["tail"]).otherwise(pl.lit(""))
    return gather_rows(verdicts, places).with_columns(pl.concat_str("phone", tail).alias("phone"))


def _with_heads(cells: pl.Series, homes: pl.Series) -> pl.DataFrame:
    """`cell`, `home`, `tail` (the last four digits), `head` (what stands before them, how they stand, and the region
    where the rows have several) and `key`, its hash; null where the cell is not plain or does not end with digits."""
    table = pl.DataFrame({"cell": cells, "home": homes}, schema={"cell": pl.String, "home": pl.String})
    head, tail = _split(table["cell"])
    if homes.n_unique() > 1:
        head = table.select(pl.concat_str(head, pl.lit("@"), pl.col("home").fill_null(""))).to_series()
    return table.with_columns(head.alias("head"), tail.alias("tail"), _keys(head).alias("key"))


def _keys(heads: pl.Series) -> pl.Series:
    """A number for each head, nearly always another one."""
    keys = heads.hash()
    return keys if not heads.null_count() else keys.set(heads.is_null(), None)


def _split(cells: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The heads and tails of `cells`. The head of a tail that is not four digits in a row says where it is parted."""
    is_plain = cells.str.contains(TAILS[0][0]).fill_null(False)
    plain = cells if is_plain.all() else cells.set(~is_plain, None)
    heads, tails = plain.str.head(-4), plain.str.tail(4)
    rest = cells.is_not_null() & ~is_plain
    for pattern, size, parts in TAILS[1:]:
        if not rest.any():
            break
        places = rest.arg_true()
        found = cells.gather(places)
        fits = found.str.contains(pattern)
        places, found = places.filter(fits), found.filter(fits)
        last = pl.lit(found.str.tail(size))
        mark = last.str.slice(parts[0][1], 1)
        head = pl.select(pl.concat_str(pl.lit(found.str.head(-size)), pl.lit("_" * parts[0][1]), mark)).to_series()
        tail = pl.select(pl.concat_str(*(last.str.slice(*part) for part in parts))).to_series()
        heads, tails = heads.scatter(places, head), tails.scatter(places, tail)
        rest = rest.scatter(places, False)
    return heads, tails
