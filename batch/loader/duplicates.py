"""Rows of one contact: asked for the same, one call serves all; asked for different things, a conflict.

Owns: which rows are folded into which, which are held back, decided over the whole source at once.
Flow: per chunk, two or three integers a row -> `DuplicateIndex` -> after the last chunk `decide` ->
`DuplicateDecisions`, looked up by the row's place in the source.

Memory: 31 bytes a row: 16 for the contact, 8 for the ask, 7 for the rest. E.164 and UUID are stored exactly, so two
contacts are never taken for one. One phone number in two accounts is two contacts.
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


class DuplicateIndex:
    """Who is asked for what, row by row, kept as columns of integers. Rows that are invalid are not entered."""

    __slots__ = ("_accounts", "_frames")

    def __init__(self) -> None:
        self._accounts: dict[str, int] = {}
        self._frames: list[pl.DataFrame] = [pl.DataFrame(schema=_SCHEMA)]

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
        self._frames.append(
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
            ).cast(_SCHEMA)
        )

    def decide(self, on_conflict: OnConflict) -> DuplicateDecisions:
        """The decisions over all rows entered."""
        frame = pl.concat(self._frames)
        # Sorting one column finds the few contacts that occur twice with far less memory than grouping all of them.
        ordered = frame["low"].sort()
        twice = ordered.filter(ordered == ordered.shift(1)).unique()
        return _decide(frame.filter(pl.col("low").is_in(twice.implode())), on_conflict)


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
