"""Phone cells that are a number as it is written, judged once for all that begin alike.

Owns: which cells are so simple that their digits alone decide (behind a +, or at home in North America), the verdicts
on the beginnings of such numbers from one chunk to the next, and putting a cell's own digits to them.
Flow: cells -> their digits as integers -> without the last six or four digits -> beginnings not seen before: one
cell of each is judged -> those whose last digits can be any (`free_digits.py`) decide their cells; all other cells are
judged in another way.

Integers are looked up and written several times as fast as texts are, and there are few of them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NamedTuple

import polars as pl
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from batch.loader.phones import metadata
from batch.loader.phones.cache import gather_rows
from batch.loader.phones.free_digits import is_free, may_be_refused
from batch.loader.phones.numbering import MAX_DIGITS, parse_valid, split_code
from batch.loader.phones.parse import Rules
from batch.loader.phones.plain_cells import digits_of

#: A column's way to its verdicts: cells and their regions (both of one length) -> `PHONE`.
Judge = Callable[[pl.Series, pl.Series], pl.DataFrame]
#: How many last digits are left out, the most first: each costs a look at the cells that are left.
SIZES = (6, 4)
#: So many different beginnings among the cells that are left are too many, as a share.
_MOST_SHARE = 0.5
#: So few simple cells are not worth a look at the column, as a share.
_FEWEST_SHARE = 0.25
#: Beginnings that are kept at most.
_MOST_KEPT = 200_000
#: A North American number in one of its usual forms, or one with a digit too few. A point stands only where all groups
#: have one: else it may be that of a float.
_AMERICAN = (
    r"(?:1[ -]?)?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[ -]?)[0-9]{3}[ -]?[0-9]{3,4}"
    r"|(?:1\.)?[2-9][0-9]{2}\.[0-9]{3}\.[0-9]{3,4}"
)
#: A + and digits in groups. Behind +1 the area is not parted: a group of two digits may be a Mexican area.
_ABROAD = (
    r"\+(?:1[ -]?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[ -]?)[0-9]{3}[ -]?[0-9]{3,4}"
    r"|[2-9](?:[0-9]{6,14}|[0-9]{0,2}[ -][0-9]+(?:[ .-][0-9]+)*))"
)
_ONLY_ABROAD, _ALSO_AT_HOME = f"^(?:{_ABROAD})$", f"^(?:{_ABROAD}|{_AMERICAN})$"
_HOMES = COUNTRY_CODE_TO_REGION_CODE[1]
#: What is added to ten digits for their calling code.
_ONE = 10_000_000_000
#: How a number is written: behind a +, behind a 1 at home, without either, or at home with a digit too few.
_PLUS, _ELEVEN, _TEN, _SHORT = 0, 1, 2, 3
#: Nine digits at home, and those behind a 1, are less.
_SHORTEST_TEN = 2_000_000_000
_KEPT = pl.Schema({"beginning": pl.UInt64, "at": pl.Int32})


class _Judged(NamedTuple):
    """A number, how it is written, and the verdict on it."""

    number: int
    written: int
    phone: str | None
    kind: str | None
    code: str | None


class KnownNumbers:
    """The beginnings of the numbers of one column, read by the same rules throughout. Threads may share it."""

    __slots__ = ("_kept", "_lock", "_rules", "_skipped", "_verdicts")

    def __init__(self, rules: Rules) -> None:
        self._rules, self._lock = rules, threading.Lock()
        #: For each of `SIZES` the beginnings, with the place of their verdict in `_verdicts`; -1: they decide nothing.
        self._kept = [pl.DataFrame(schema=_KEPT) for _ in SIZES]
        #: `PHONE`, of one number of each beginning.
        self._verdicts: pl.DataFrame | None = None
        #: The sizes whose beginnings were too many.
        self._skipped: set[int] = set()

    def judge(self, cells: pl.Series, homes: pl.Series, judge: Judge, judge_rest: Judge) -> pl.DataFrame:
        """The verdicts on `cells`, read in `homes`: `judge` says them of one cell of each beginning, `judge_rest` of
        every cell that its beginning does not decide."""
        asked = _simple(cells, homes)
        if asked.height < _FEWEST_SHARE * len(cells):
            return judge_rest(cells, homes)
        with self._lock:
            decided, verdicts = self._decided(asked, cells, homes, judge), self._verdicts
        if decided.is_empty() or verdicts is None:
            return judge_rest(cells, homes)
        return _verdicts_of(decided, verdicts, cells, homes, judge_rest)

    def _decided(self, asked: pl.DataFrame, cells: pl.Series, homes: pl.Series, judge: Judge) -> pl.DataFrame:
        """`row`, `number` and `at` of those of `asked` that are decided."""
        found = []
        for order, size in enumerate(SIZES):
            if asked.is_empty() or size in self._skipped:
                continue
            keyed = asked.with_columns(_beginning(size).alias("beginning"))
            seen = keyed.join(self._kept[order], on="beginning", how="left", maintain_order="left")
            if seen["at"].null_count():
                fresh = seen.filter(pl.col("at").is_null()).unique("beginning", keep="first", maintain_order=True)
                known = self._kept[order].height
                is_wild = not known and fresh.height > _MOST_SHARE * asked.height
                if is_wild or known + fresh.height > _MOST_KEPT:
                    self._skipped.add(size)
                    continue
                self._learn(order, fresh, cells, homes, judge)
                seen = keyed.join(self._kept[order], on="beginning", how="left", maintain_order="left")
            is_decided = seen["at"] >= 0
            found.append(seen.filter(is_decided).select("row", "number", "at"))
            asked = asked.filter(~is_decided)
        return pl.concat(found) if found else pl.DataFrame({"row": [], "number": [], "at": []})

    def _learn(self, order: int, fresh: pl.DataFrame, cells: pl.Series, homes: pl.Series, judge: Judge) -> None:
        """Have a cell of each `fresh` beginning judged."""
        rows, size = fresh["row"], SIZES[order]
        verdicts = judge(cells.gather(rows), homes.gather(rows))
        is_plain = (pl.col("repair") == "") & ~pl.col("foreign") & pl.col("flag").is_null()
        lines = fresh.hstack(verdicts).select(
            "number", "written", "phone", pl.col("kind").cast(pl.String), "code", is_plain
        )
        good = pl.Series(
            [plain and self._is_decided(_Judged(*line), size) for *line, plain in lines.iter_rows()], dtype=pl.Boolean
        )
        start = self._verdicts.height if self._verdicts is not None else 0
        at = pl.select(pl.when(good).then(good.cast(pl.Int32).cum_sum() + (start - 1)).otherwise(-1)).to_series()
        kept = fresh.select("beginning", at.cast(pl.Int32).alias("at"))
        self._kept[order] = pl.concat([self._kept[order], kept], rechunk=True)
        # The words of a refusal quote the cell: they are found again when they are shown.
        message = pl.when(pl.col("code").is_null()).then("message").alias("message")
        new = verdicts.filter(good).with_columns(message)
        self._verdicts = pl.concat([self._verdicts, new], rechunk=True) if self._verdicts is not None else new

    def _is_decided(self, judged: _Judged, size: int) -> bool:
        """True where every number that begins as the `judged` one has its verdict: taken as it is written, of the same
        kind, or refused for the same reason."""
        number, written, phone, kind, code = judged
        digits = str(number)
        if phone is None:
            is_refused = code == "invalid_number" and self._rules.phone_check == "valid"
            # At home no number has nine digits, and no rule reads as few as another country's or with a zero before.
            return is_refused and (written == _SHORT or (written == _PLUS and may_be_refused(digits, size)))
        if phone != f"+{digits}" or kind not in metadata.COMMON_KINDS or not is_free(digits, size):
            return False
        # Ten digits at home can be a number abroad as well; in a column that lost its pluses that one is as likely.
        if written != _TEN or not self._rules.wary or split_code(digits[1:]) is None:
            return True
        return is_free(digits[1:], size) and parse_valid(f"+{digits[1:]}", None) is None


def _verdicts_of(
    decided: pl.DataFrame, verdicts: pl.DataFrame, cells: pl.Series, homes: pl.Series, judge_rest: Judge
) -> pl.DataFrame:
    """The verdicts on `cells`: on those that are `decided` the one at their place in `verdicts`, with their digits."""
    rows, known, left = decided["row"], verdicts.height, None
    if decided.height < len(cells):
        left = pl.repeat(True, len(cells), dtype=pl.Boolean, eager=True).scatter(rows, False).arg_true()
        verdicts = pl.concat([verdicts, judge_rest(cells.gather(left), homes.gather(left))], rechunk=True)
    number = pl.repeat(None, len(cells), dtype=pl.UInt64, eager=True).scatter(rows, decided["number"])
    at = pl.repeat(0, len(cells), dtype=pl.UInt32, eager=True).scatter(rows, decided["at"].cast(pl.UInt32))
    if left is not None:
        at = at.scatter(left, pl.int_range(known, verdicts.height, dtype=pl.UInt32, eager=True))
    own = pl.concat_str(pl.lit("+"), pl.lit(number).cast(pl.String))
    own = pl.when(pl.lit(number).is_null() | pl.col("phone").is_null()).then("phone").otherwise(own)
    return gather_rows(verdicts, at).with_columns(own.alias("phone"))


def _simple(cells: pl.Series, homes: pl.Series) -> pl.DataFrame:
    """`row`, `number` (E.164 as an integer) and how it is `written`, of each cell that is a number in a usual form."""
    plus = cells.str.starts_with("+")
    at_home = homes.is_in(_HOMES) if homes.n_unique() > 1 else None
    if at_home is None and (not len(homes) or homes[0] not in _HOMES):
        fits = cells.str.contains(_ONLY_ABROAD)
    else:
        fits = cells.str.contains(_ALSO_AT_HOME)
        fits = fits if at_home is None else fits & (plus | at_home)
    table = pl.DataFrame({"cell": cells, "plus": plus}).with_row_index("row").filter(fits.fill_null(False))
    table = table.with_columns(pl.col("cell").str.strip_prefix("+").cast(pl.UInt64, strict=False).alias("number"))
    grouped = table["number"].is_null().arg_true()
    digits = table["cell"].gather(grouped).to_frame("cell").select(digits_of(pl.col("cell"))).to_series()
    number = table["number"].scatter(grouped, digits.cast(pl.UInt64, strict=False))
    is_short, is_ten = pl.col("number") < _SHORTEST_TEN, pl.col("number") < _ONE
    written = pl.when("plus").then(_PLUS).when(is_short).then(_SHORT).when(is_ten).then(_TEN).otherwise(_ELEVEN)
    return (
        table.select("row", number.alias("number"), "plus")
        .filter(pl.col("number") < 10**MAX_DIGITS)
        .select(
            "row",
            pl.when(is_ten & ~is_short & ~pl.col("plus")).then(pl.col("number") + _ONE).otherwise("number"),
            written.alias("written"),
        )
        .cast({"number": pl.UInt64, "written": pl.UInt64})
    )


def _beginning(size: int) -> pl.Expr:
    """A number without its last digits, and how it was written: four ways are four beginnings."""
    head: pl.Expr = pl.col("number") // 10**size
    return head * 4 + pl.col("written")
