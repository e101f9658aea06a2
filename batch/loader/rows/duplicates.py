"""Rows of one contact: asked for the same, one call serves all; asked for different things, the stricter request or a
conflict.

Owns: which rows are folded into which, which are held back, decided over the whole source at once.
Flow: per chunk, two or three integers a row -> `DuplicateIndex` -> after the last chunk `decide` ->
`DuplicateDecisions`, looked up by the row's place in the source.

Memory: 12 bytes a row that names a phone and has the change of all: 8 for the number, 4 for the row; at most 31. What
is the same in all rows of a chunk is kept once. E.164 and UUID are stored exactly, so two contacts are never taken for
one. One phone number in two accounts is two contacts.
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from batch.settings.read_options import OnConflict

#: So many rows of a contact are named in a message.
NAMED = 5
#: What a row does, in the column `stops`.
_STARTS, _STOPS, _NO_STATUS, _DNC = 0, 1, 2, 3
_SCHEMA = pl.Schema(
    {
        "high": pl.UInt64,
        "low": pl.UInt64,
        "change": pl.Int64,
        "number": pl.UInt32,
        "stops": pl.Int8,
        "alone": pl.Boolean,
        "account": pl.UInt16,
    }
)

#: What is read of a row's verdict.
_ENTERED = ("number", "account", "contact", "change_hash", "status", "left_alone", "code")
#: Columns that have one value in most chunks.
_OFTEN_SAME = ("high", "change", "stops", "alone", "account")
#: Rows of shared contacts that are decided at a time.
_DECIDED_ROWS = 100_000
#: Contacts that are sorted at a time.
_SORTED_ROWS = 1 << 20


class DuplicateIndex:
    """Who is asked for what, row by row, kept as columns of integers. Of rows that are not sent, only those are entered
    that say to leave their contact alone."""

    __slots__ = ("_accounts", "_constants", "_frames")

    def __init__(self) -> None:
        self._accounts: dict[str, int] = {}
        self._frames: list[pl.DataFrame] = []
        self._constants: list[dict[str, int]] = []

    def enter(self, verdicts: pl.DataFrame, stopping_statuses: frozenset[str]) -> None:
        """Remember those of the rows that can be sent (`code` is null), or say to leave their contact alone: `number`,
        `account`, `contact` (E.164 or UUID), `change_hash`, `status`, which may be `stopping_statuses`, and
        `left_alone`: the row is not sent, and its contact is not to be called."""
        verdicts = verdicts.select(_ENTERED)
        if verdicts["code"].null_count() < verdicts.height:
            is_wish = pl.col("left_alone") & pl.col("contact").is_not_null()
            verdicts = verdicts.filter(pl.col("code").is_null() | is_wish)
        if verdicts.is_empty():
            return
        for name in verdicts["account"].unique(maintain_order=True):
            self._accounts.setdefault(name, len(self._accounts))
        stops = {one: _what_stops(one, stopping_statuses) for one in verdicts["status"].unique().drop_nulls()}
        entered = (
            verdicts.select(
                *_numbers(verdicts["contact"]),
                pl.col("change_hash").alias("change"),
                "number",
                pl.col("status").replace_strict(stops, default=_NO_STATUS, return_dtype=pl.Int8).alias("stops"),
                pl.col("left_alone").alias("alone"),
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
        return _decide_in_parts(pl.concat(shared), on_conflict)

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


def _what_stops(status: str, stopping_statuses: frozenset[str]) -> int:
    if status.lower() == "dnc":
        return _DNC
    return _STOPS if status in stopping_statuses else _STARTS


def _numbers(contacts: pl.Series) -> tuple[pl.Expr, pl.Expr]:
    """`high` and `low` of `contacts`. Most files hold phones alone, of which the digits are one integer."""
    contact = pl.col("contact")
    is_phone, phone = contact.str.starts_with("+"), contact.cast(pl.Int64, strict=False).cast(pl.UInt64, strict=False)
    if contacts.str.starts_with("+").all():
        return pl.lit(0, pl.UInt64).alias("high"), phone.alias("low")
    digits = contact.str.replace_all("-", "", literal=True)
    return (
        pl.when(~is_phone).then(_hexadecimal(digits.str.slice(0, 16))).otherwise(0).alias("high"),
        pl.when(is_phone).then(phone).otherwise(_hexadecimal(digits.str.slice(16))).alias("low"),
    )


def _is_constant(column: pl.Series) -> bool:
    """True where every row has one value."""
    return column.null_count() == 0 and column.min() == column.max()


def _hexadecimal(digits: pl.Expr) -> pl.Expr:
    """Sixteen hexadecimal digits as an integer; null for others."""
    return digits.str.to_integer(base=16, dtype=pl.UInt64, strict=False)


class DuplicateDecisions(NamedTuple):
    """What becomes of rows because of others, in order of row number.

    `number`, `kind` (`duplicate` of `same_as`, `overruled` by it or by its `stricter` request, `conflict`, or
    `opted_out`: `same_as` says to leave the contact alone), `same_as`, and `firsts`, the numbers of the contact's first
    rows.
    `conflicts` counts contacts, `stricter` those for which the stricter request was taken.
    """

    frame: pl.DataFrame
    conflicts: int
    stricter: int = 0

    def between(self, first: int, last: int) -> pl.DataFrame:
        """The decisions about the rows from number `first` to `last`."""
        start = self.frame["number"].search_sorted(first, side="left")
        end = self.frame["number"].search_sorted(last, side="right")
        return self.frame.slice(start, end - start)


_CONTACT = ["account", "high", "low"]


def _decide_in_parts(shared: pl.DataFrame, on_conflict: OnConflict) -> DuplicateDecisions:
    """`_decide` of `shared`, a part of the contacts at a time: naming each contact's rows takes much memory."""
    parts = 1 + shared.height // _DECIDED_ROWS
    decided = [_decide(shared.filter(pl.col("low") % parts == part), on_conflict) for part in range(parts)]
    frame = pl.concat([decisions.frame for decisions in decided])
    return DuplicateDecisions(
        frame.sort("number"), sum(each.conflicts for each in decided), sum(each.stricter for each in decided)
    )


def _decide(shared: pl.DataFrame, on_conflict: OnConflict) -> DuplicateDecisions:
    """One line per row of `shared` that is not the one to be sent.

    `strictest` takes DNC before every other change, and the one change that stops outreach before those that do not.
    `first` and `last` choose the change of the contact's first or last row, unless that would overrule DNC, or let a
    status that starts outreach overrule one that stops it: such a contact is held back all the same.
    """
    shared, opted_out = _hold_left_alone(shared.sort("number"))
    judged = _judge(shared, on_conflict)
    conflicts = judged.filter("differ").select(_CONTACT).n_unique()
    named = judged.join(
        judged.group_by(_CONTACT).agg(pl.col("number").head(NAMED).alias("firsts")),
        on=_CONTACT,
        how="left",
        maintain_order="left",
    )
    kind = (
        pl.when("held")
        .then(pl.lit("conflict"))
        .when("agrees")
        .then(pl.lit("duplicate"))
        .otherwise(pl.lit("stricter" if on_conflict == "strictest" else "overruled"))
    )
    lines = named.filter(pl.col("held") | (pl.col("number") != pl.col("leader"))).select(
        "number", kind.alias("kind"), pl.when("held").then(None).otherwise("leader").alias("same_as"), "firsts"
    )
    chosen = judged.filter(pl.col("differ") & ~pl.col("held")).select(_CONTACT).n_unique()
    return DuplicateDecisions(
        pl.concat([lines, opted_out]).sort("number"), conflicts, chosen if on_conflict == "strictest" else 0
    )


def _hold_left_alone(shared: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows of `shared` that can be sent, and the lines of those that cannot: they do not stop outreach, and another
    row of their contact, which is not sent, says to leave it alone."""
    alone = (
        shared.filter("alone").group_by(_CONTACT, maintain_order=True).agg(pl.col("number").first().alias("same_as"))
    )
    rest = shared.filter(~pl.col("alone")).join(alone, on=_CONTACT, how="left", maintain_order="left")
    starts = pl.col("stops").is_in([_STARTS, _NO_STATUS]) & pl.col("same_as").is_not_null()
    lines = rest.filter(starts).select(
        "number", pl.lit("opted_out").alias("kind"), "same_as", pl.concat_list("same_as").alias("firsts")
    )
    return rest.filter(~starts).drop("same_as"), lines


def _judge(shared: pl.DataFrame, on_conflict: OnConflict) -> pl.DataFrame:
    """`shared` with `differ` (the contact's rows ask for different things), `held`, `agrees` (with the change that was
    chosen) and `leader` (the number of the row that is sent)."""
    stops, is_dnc = pl.col("stops").is_in([_STOPS, _DNC]), pl.col("stops") == _DNC
    any_dnc = is_dnc.any().over(_CONTACT)
    change, chosen_stops = pl.col("change"), pl.col("stops")
    chosen: pl.Expr
    held: pl.Expr
    match on_conflict:
        case "strictest":
            strictest = pl.when(any_dnc).then(change.filter(is_dnc).first().over(_CONTACT))
            chosen = strictest.otherwise(change.filter(stops).first().over(_CONTACT))
            held = ~any_dnc & (change.filter(stops).n_unique().over(_CONTACT) != 1)
        case "hold":
            chosen, held = change.first().over(_CONTACT), pl.lit(True)
        case _:
            kind = (chosen_stops.last() if on_conflict == "last" else chosen_stops.first()).over(_CONTACT)
            chosen = (change.last() if on_conflict == "last" else change.first()).over(_CONTACT)
            held = (any_dnc & (kind != _DNC)) | (~kind.is_in([_STOPS, _DNC]) & stops.any().over(_CONTACT))
    judged = shared.with_columns((change.n_unique().over(_CONTACT) > 1).alias("differ"), chosen.alias("chosen"))
    judged = judged.with_columns((pl.col("differ") & held).alias("held"), (change == pl.col("chosen")).alias("agrees"))
    judged = judged.with_columns(
        pl.when("differ").then(pl.col("agrees").fill_null(False)).otherwise(pl.lit(True)).alias("agrees")
    )
    leader = pl.col("number").filter("agrees")
    leader = (leader.last() if on_conflict == "last" else leader.first()).over(_CONTACT)
    # Without a conflict the first row leads, whatever the option says.
    first = pl.col("number").first().over(_CONTACT)
    return judged.with_columns(pl.when("differ").then(leader).otherwise(first).alias("leader"))
