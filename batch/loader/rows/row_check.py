"""A chunk's rows -> what is asked of which contact, or why a row is not sent.

Owns: the verdict on each row, blind to all other rows: whose fault wins, which column is the contact.
Flow: chunk -> `read_phones` -> `check_rows` -> `CheckedRows`.
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from batch.guayaba.requests import starts_outreach
from batch.guayaba.statuses import is_dnc
from batch.loader.cells.regions import match_region
from batch.loader.columns.mapping import ColumnMapping
from batch.loader.columns.opt_outs import OptOutColumn
from batch.loader.phones import Rules, judge
from batch.loader.phones.known_heads import KnownHeads
from batch.loader.phones.vectorised import PHONE, judge_column
from batch.loader.rows.account_column import read_accounts
from batch.loader.rows.contact_phones import has_lists, judge_phones
from batch.loader.rows.id_resolution import check_ids
from batch.loader.rows.no_phones import refuse_no_phones
from batch.loader.rows.row_changes import RowChanges, read_changes
from batch.loader.team_rules import TeamRules
from batch.model import ContactChange, Operation
from batch.settings.read_options import ReadOptions
from batch.text.language import tr

#: Why a phone is not read: beside `PHONE` the cell and the region in which it was read.
_READ = pl.Schema([*PHONE.items(), ("cell", pl.String()), ("home", pl.String())])
#: The columns of `Verdicts.frame`, of rows that have the columns of the header.
_VERDICT_COLUMNS = (
    "number", pl.col("account").fill_null(""), "contact", "phone", "new_phone", "region", "kind", "change", "repair",
    "foreign", "change_hash", "change_blanked", "status", "code", "message", "cell", "home", "flag", "note", "opt_out",
    "opted_out", "not_made_dnc",
)  # fmt: skip
_TEXT, _NONE = pl.lit(""), pl.lit(None, pl.String)


class RowContext(NamedTuple):
    """All that judging a row needs to know of the run. `region` is resolved."""

    reading: ReadOptions
    team: TeamRules
    roles: ColumnMapping
    rules: Rules
    region: str | None
    #: What the first pass has read of the column of phones.
    heads: KnownHeads | None = None

    def as_wary(self) -> RowContext:
        """The same for a column that lost its pluses. What was read by other rules says nothing of it."""
        return self._replace(rules=self.rules._replace(wary=True), heads=None)

    @property
    def phone_place(self) -> int | None:
        """The column of phones, if there is one."""
        return self.roles.columns.get("phoneNumber", self.roles.columns.get("phone"))


class CheckedRows(NamedTuple):
    """The verdicts on the rows of a chunk, in their order.

    `note` and `opt_out` are those of `RowChanges`; `opted_out`: the row's own column says do not call, and its change
    starts outreach; `not_made_dnc`: or its change starts none, but sets no DNC; `left_alone`: the row is not sent, and
    says that its contact is to be left alone. It also has `number`, `account`, `contact`,
    `phone`, `new_phone` (to be set), `region`, `kind`, `repair`, `foreign`, `change` (its place in `changes`),
    `change_hash`, `change_blanked` (a cell stood for nothing), `status`, `code` (null: the row can be sent), `message`,
    `cell`, `home` and `flag` (the remark that says not to use the number). A faulty row keeps the `contact` or the
    `change` that is known of it: its report can name the one, and the other shows a wish not to be called. A null
    `message` of a code is `message_text(cell, home)`.
    """

    frame: pl.DataFrame
    changes: tuple[ContactChange, ...]


def message_text(cell: str | None, home: str | None) -> str:
    """Why the phone `cell`, refused in a column, is no number in `home`."""
    return judge(cell, home, Rules()).message


def read_phones(chunk: pl.DataFrame, context: RowContext) -> pl.DataFrame:
    """The phones of `chunk`, each read in the row's own region where it names one: `PHONE`, `cell` and `home`."""
    place = context.phone_place
    if place is None:
        nothing = pl.DataFrame(schema=_READ).clear(chunk.height)
        return nothing.with_columns(_TEXT.alias("repair"), pl.lit(False).alias("foreign"))
    cells = chunk[str(place)].rename("cell")
    homes = _home_regions(chunk, context)
    known = homes["home"]
    places = context.roles.phones or (place,)
    if len(places) > 1 or has_lists(cells):
        phones = judge_phones(chunk, places, context.roles.phone_titles, context.roles, known, context.rules)
    else:
        phones = judge_column(cells, known, context.rules, context.heads).with_columns(cells, known)
    phones = refuse_no_phones(phones)
    if not homes["code"].null_count() < homes.height:
        return phones
    # A number with its country code needs no other word about its country.
    lost = homes["code"].is_not_null() & phones["phone"].is_null() & (phones["code"] != "no_phone").fill_null(True)
    return phones.with_columns(
        pl.when(lost).then(_NONE).otherwise("phone").alias("phone"),
        *(pl.when(lost).then(homes[name]).otherwise(name).alias(name) for name in ("code", "message")),
        pl.when(lost).then(_TEXT).otherwise("repair").alias("repair"),
        *(pl.when(~lost).then(name).alias(name) for name in ("region", "kind", "flag")),
    )


def _home_regions(chunk: pl.DataFrame, context: RowContext) -> pl.DataFrame:
    """`home`, the region of each row; `code` and `message` where its cell names none."""
    place = context.roles.columns.get("region")
    if place is None:
        home = pl.repeat(context.region, chunk.height, dtype=pl.String, eager=True).alias("home")
        return home.to_frame().with_columns(code=_NONE, message=_NONE)
    named = chunk[str(place)].rename("named")
    lines: list[tuple[str | None, str | None, str | None, str | None]] = []
    for cell in named.unique():
        if cell is None or not cell.strip():
            lines.append((cell, context.region, None, None))
        elif (region := match_region(cell)) is not None:
            lines.append((cell, region, None, None))
        else:
            lines.append((cell, None, "unknown_region", tr('"{cell}" names no country', cell=cell.strip()[:40])))
    schema = dict.fromkeys(("named", "home", "code", "message"), pl.String)
    table = pl.DataFrame(lines, schema=schema, orient="row")
    return named.to_frame().join(table, on="named", how="left", nulls_equal=True, maintain_order="left").drop("named")


def check_rows(chunk: pl.DataFrame, phones: pl.DataFrame, context: RowContext) -> CheckedRows:
    """The verdicts on the rows of `chunk`, whose phones were read."""
    changes = read_changes(chunk, context.reading, context.team, context.roles)
    table = chunk.select("number", "broken", pl.col("0").alias("line")).hstack(phones).hstack(changes.frame)
    table = table.hstack(read_accounts(chunk, context.team, context.roles))
    table = table.with_columns(pl.col("cell").alias("phone_cell"))
    by_id = context.reading.operation is Operation.UPDATE_BY_ID
    judged = check_ids(table, chunk, context.roles) if by_id else _by_phone(table)
    judged = _hold_flagged(_in_account(judged), changes, context.team)
    judged = _hold_opted_out(judged, chunk, changes, context)
    if judged["note"].null_count() < judged.height:
        judged = judged.with_columns(_join("repair", "note").alias("repair"))
    if table["broken"].null_count() == table.height:
        frame = judged.select(_VERDICT_COLUMNS)
        return CheckedRows(_with_left_alone(frame, changes), changes.distinct)
    whole = pl.col("broken").is_null()
    frame = judged.select(
        "number",
        pl.col("account").fill_null(""),
        *(
            pl.when(whole).then(name).alias(name)
            for name in ("contact", "phone", "new_phone", "region", "kind", "change")
        ),
        pl.when(whole).then("repair").otherwise(_TEXT).alias("repair"),
        pl.when(whole).then("note").alias("note"),
        pl.when(whole).then("opt_out").alias("opt_out"),
        pl.col("opted_out") & whole,
        pl.col("not_made_dnc") & whole,
        pl.col("foreign") & whole,
        "change_hash",
        "change_blanked",
        "status",
        pl.when(whole).then("code").otherwise(pl.lit("broken_row")).alias("code"),
        pl.when(whole).then("message").otherwise("broken").alias("message"),
        pl.when(whole).then("cell").otherwise("line").alias("cell"),
        "home",
        pl.when(whole).then("flag").alias("flag"),
    )
    return CheckedRows(_with_left_alone(frame, changes), changes.distinct)


def _join(*names: str) -> pl.Expr:
    """The texts of columns, with commas; empty where there is none."""
    texts = [pl.when(pl.col(name) != "").then(name) for name in names]
    return pl.concat_str(texts, separator=", ", ignore_nulls=True)


def _with_left_alone(frame: pl.DataFrame, changes: RowChanges) -> pl.DataFrame:
    """`frame` with `left_alone`: rows that are not sent, and whose contact is not to be called."""
    if frame["code"].null_count() == frame.height:
        return frame.with_columns(pl.lit(False).alias("left_alone"))
    places = [place for place, change in enumerate(changes.distinct) if is_dnc(change.status)]
    is_wish = pl.col("change").is_in(places).fill_null(False) | pl.col("code").is_in(["opted_out", "flagged"])
    return frame.with_columns((pl.col("code").is_not_null() & is_wish).alias("left_alone"))


def _by_phone(table: pl.DataFrame) -> pl.DataFrame:
    """The contact is the phone; its fault comes before the ask's."""
    is_number = pl.col("phone").is_not_null()
    return table.with_columns(
        pl.col("phone").alias("contact"),
        _NONE.alias("new_phone"),
        pl.when(pl.col("change_code").is_null() | pl.col("opt_out").is_not_null()).then("change").alias("change"),
        *(
            pl.when(is_number).then(f"change_{name}").otherwise(name).alias(name)
            for name in ("code", "message", "cell")
        ),
    )


def _in_account(judged: pl.DataFrame) -> pl.DataFrame:
    """A row that is right in itself still needs an account: it is never guessed whose contact it is."""
    if judged["account_code"].null_count() == judged.height:
        return judged
    homeless = pl.col("code").is_null() & pl.col("account_code").is_not_null()
    return judged.with_columns(
        *(
            pl.when(homeless).then(f"account_{name}").otherwise(name).alias(name)
            for name in ("code", "message", "cell")
        ),
    )


def _starting(judged: pl.DataFrame, changes: RowChanges, team: TeamRules) -> pl.Series:
    """The rows that start outreach."""
    places = [place for place, change in enumerate(changes.distinct) if starts_outreach(change, team.stopping_statuses)]
    return judged["change"].is_in(places).fill_null(False)


def _hold_opted_out(
    judged: pl.DataFrame, chunk: pl.DataFrame, changes: RowChanges, context: RowContext
) -> pl.DataFrame:
    """`judged` with `opted_out`: rows that start outreach although a column of theirs says to leave the person alone.
    They are held back, unless that was allowed. And with `not_made_dnc`: other such rows that do not set DNC."""
    reasons = [_opt_out_reason(chunk[str(column.place)], column) for column in context.roles.opt_outs]
    reason = pl.DataFrame(reasons).select(pl.coalesce(pl.all()).alias("reason"))["reason"] if reasons else None
    if reason is None:
        return judged.with_columns(pl.lit(False).alias(name) for name in ("opted_out", "not_made_dnc"))
    says_so, starting = reason.is_not_null() & judged["code"].is_null(), _starting(judged, changes, context.team)
    is_dnc = (judged["status"].str.to_lowercase() == "dnc").fill_null(False)
    judged = judged.with_columns(
        (says_so & starting).alias("opted_out"), (says_so & ~starting & ~is_dnc).alias("not_made_dnc"), reason
    )
    if context.team.allow_reactivation:
        return judged.drop("reason")
    return judged.with_columns(
        pl.when("opted_out").then(pl.lit("opted_out")).otherwise("code").alias("code"),
        pl.when("opted_out").then("reason").otherwise("message").alias("message"),
        pl.when("opted_out").then("phone_cell").otherwise("cell").alias("cell"),
    ).drop("reason")


def _opt_out_reason(cells: pl.Series, column: OptOutColumn) -> pl.Series:
    """What each cell below the header of `column` says, where it asks to leave the person alone; else null."""
    said = {cell: tr('its column "{title}" says "{cell}"', title=column.title, cell=cell.strip()[:40])
            for cell in cells.unique().drop_nulls() if cell.strip() and column.says_so(cell)}  # fmt: skip
    return cells.replace_strict(said, default=None, return_dtype=pl.String).alias(f"reason {column.place}")


def _hold_flagged(judged: pl.DataFrame, changes: RowChanges, team: TeamRules) -> pl.DataFrame:
    """A number whose cell says that it is wrong, dead, a fax or not to be called is sent where that stops outreach, and
    held back where it starts outreach or would be set as a contact's number."""
    if judged["flag"].null_count() == judged.height:
        return judged
    starting = _starting(judged, changes, team)
    held = pl.col("code").is_null() & pl.col("flag").is_not_null() & (starting | pl.col("new_phone").is_not_null())
    message = pl.concat_str(pl.lit(tr('beside the number it says "')), "flag", pl.lit('"'))
    return judged.with_columns(
        pl.when(held).then(pl.lit("flagged")).otherwise("code").alias("code"),
        pl.when(held).then(message).otherwise("message").alias("message"),
        pl.when(held).then("phone_cell").otherwise("cell").alias("cell"),
    )
