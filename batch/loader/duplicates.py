"""Rows of one contact: asked for the same, one call serves all; asked for different things, a conflict.

Owns: which rows are folded into which, which are held back, decided over the whole source at once.
Flow: per chunk, two or three integers a row -> `DuplicateIndex` -> after the last chunk `decide` ->
`DuplicateDecisions`, looked up by the row's place in the source.

Memory: 12 bytes a row that names a phone and asks what all do: 8 for the number, 4 for the row; at most 31. What is
the same in all rows of a chunk is kept once. E.164 and UUID are stored exactly, so two contacts are never taken for
one. One phone number in two accounts is two contacts.
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from batch.settings.read_options import OnConflict

#: So many rows of a contact are named in a message.
NAMED = 5
_SCHEMA = pl.Schema(
    {
        "high": pl.UInt64,
        "low": pl.UInt64,
        "ask": pl.Int64,
        "number": pl.UInt32,
        "stops": pl.Int8,
        "account": pl.UInt16,
    }
)

#: Columns that have one value in most chunks.
_OFTEN_SAME = ("high", "ask", "stops", "account")
#: Contacts that are sorted at a time.
_SORTED_ROWS = 1 << 20


class DuplicateIndex:
    """Who is asked for what, row by row, kept as columns of integers. Rows that are invalid are not entered."""

    __slots__ = ("_accounts", "_constants", "_frames")

    def __init__(self) -> None:
        self._accounts: dict[str, int] = {}
        self._frames: list[pl.DataFrame] = []
        self._constants: list[dict[str, int]] = []

    def enter(self, verdicts: pl.DataFrame, terminal: frozenset[str]) -> None:
        """Remember rows: `number`, `account`, `contact` (E.164 or UUID), `ask_hash` and `status`, which may be
        `terminal`."""
        if verdicts.is_empty():
            return
        for name in verdicts["account"].unique(maintain_order=True):
            self._accounts.setdefault(name, len(self._accounts))
        contact = pl.col("contact")
        digits = contact.str.replace_all("-", "", literal=True)
        is_phone = contact.str.starts_with("+")
        status = pl.col("status")
        entered = (
            verdicts.select(
                pl.when(~is_phone).then(_hexadecimal(digits.str.slice(0, 16))).otherwise(0).alias("high"),
                pl.when(is_phone)
                .then(contact.str.slice(1).cast(pl.UInt64, strict=False))
                .otherwise(_hexadecimal(digits.str.slice(16)))
                .alias("low"),
                pl.col("ask_hash").alias("ask"),
                "number",
                pl.when(status.is_null()).then(2).otherwise(status.is_in(list(terminal))).alias("stops"),
                pl.col("account").replace_strict(self._accounts, return_dtype=pl.UInt16),
            )
            .cast(_SCHEMA)
            .rechunk()
        )
        same = {name: entered[name][0] for name in _OFTEN_SAME if _is_constant(entered[name])}
        self._constants.append(same)
        self._frames.append(entered.drop(same))

    def decide(self, on_conflict: OnConflict) -> DuplicateDecisions:
        """The decisions over all rows entered."""
        twice = self._twice().implode()
        shared = [pl.DataFrame(schema=_SCHEMA)]
        for frame, same in zip(self._frames, self._constants, strict=True):
            found = frame.filter(pl.col("low").is_in(twice))
            shared.append(
                found.select(
                    pl.lit(same[name], kind).alias(name) if name in same else name for name, kind in _SCHEMA.items()
                )
            )
        return _decide(pl.concat(shared), on_conflict)

    def _twice(self) -> pl.Series:
        """The values of `low` that occur more than once. Sorting finds the few of them with far less memory than
        grouping, and part by part with less still."""
        rows = sum(frame.height for frame in self._frames)
        parts = 1 + rows // _SORTED_ROWS
        found = [pl.Series("low", dtype=pl.UInt64)]
        for part in range(parts):
            lows = [
                frame["low"] if parts == 1 else frame["low"].filter(frame["low"] % parts == part)
                for frame in self._frames
            ]
            ordered = pl.concat(lows).sort() if lows else found[0]
            found.append(ordered.filter(ordered == ordered.shift(1)).unique())
        return pl.concat(found)


def _is_constant(column: pl.Series) -> bool:
    """True where every row has one value."""
    return column.null_count() == 0 and column.min() == column.max()


def _hexadecimal(digits: pl.Expr) -> pl.Expr:
    """Sixteen hexadecimal digits as an integer; null for others."""
    return digits.str.to_integer(base=16, dtype=pl.UInt64, strict=False)


class DuplicateDecisions(NamedTuple):
    """What becomes of rows because of others, in order of row number.

    `number`, `kind` (`duplicate` of `same_as`, `overruled` by it, or `conflict`), `same_as`, and `firsts`, the numbers
    of the contact's first rows. `conflicts` counts contacts.
    """

    frame: pl.DataFrame
    conflicts: int

    def between(self, first: int, last: int) -> pl.DataFrame:
        """The decisions about the rows from number `first` to `last`."""
        start = self.frame["number"].search_sorted(first, side="left")
        end = self.frame["number"].search_sorted(last, side="right")
        return self.frame.slice(start, end - start)


def _decide(shared: pl.DataFrame, on_conflict: OnConflict) -> DuplicateDecisions:
    """One line per row of `shared` that is not the one to be sent.

    `first` and `last` choose the ask of the contact's first or last row, unless that would let a status which resumes
    outreach overrule one that stops it (DNC): such a contact is held back all the same.
    """
    contact = ["account", "high", "low"]
    chosen = pl.col("ask").last() if on_conflict == "last" else pl.col("ask").first()
    chosen_stops = pl.col("stops").last() if on_conflict == "last" else pl.col("stops").first()
    judged = shared.sort("number").with_columns(
        (pl.col("ask").n_unique().over(contact) > 1).alias("differ"),
        chosen.over(contact).alias("chosen"),
        ((chosen_stops.over(contact) != 1) & (pl.col("stops") == 1).any().over(contact)).alias("resumes"),
    )
    held = pl.col("differ") & (pl.lit(on_conflict == "hold") | pl.col("resumes"))
    agrees = pl.col("ask") == pl.col("chosen")
    leader = pl.col("number").filter(agrees)
    judged = judged.with_columns(
        held.alias("held"),
        agrees.alias("agrees"),
        (leader.last() if on_conflict == "last" else leader.first()).over(contact).alias("leader"),
    )
    # Without a conflict the first row leads, whatever the option says.
    judged = judged.with_columns(
        pl.when(pl.col("differ")).then("leader").otherwise(pl.col("number").first().over(contact)).alias("leader")
    )
    conflicts = judged.filter("differ").select(contact).n_unique()
    named = judged.join(
        judged.group_by(contact).agg(pl.col("number").head(NAMED).alias("firsts")),
        on=contact,
        how="left",
        maintain_order="left",
    )
    lines = named.filter(pl.col("held") | (pl.col("number") != pl.col("leader"))).select(
        "number",
        pl.when("held")
        .then(pl.lit("conflict"))
        .when("agrees")
        .then(pl.lit("duplicate"))
        .otherwise(pl.lit("overruled"))
        .alias("kind"),
        pl.when("held").then(None).otherwise("leader").alias("same_as"),
        "firsts",
    )
    return DuplicateDecisions(lines.sort("number"), conflicts)
