"""The phone of a contact that has several: in several columns, or in a list in one cell.

Owns: which of them is taken: a mobile first, by its type or by its number, then the first that can be called, a fax
last; the words that say the choice in the row.
Flow: the cells of a chunk, long -> judged at once -> ranked -> one line a row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import polars as pl

from batch.loader.chunks import is_blank
from batch.loader.columns.mapping import ColumnMapping
from batch.loader.phones import Rules
from batch.loader.phones.vectorised import PHONE, judge_column
from batch.text.language import tr

#: Words of a type or a title that mean a mobile, and those of lines that no person answers.
_MOBILE = r"(?i)mobile|mobil|movil|móvil|cell|celular|handy|gsm|telemovel|telemóvel|portable|whatsapp|iphone"
_FAX = r"(?i)fax|pager|modem|telex|bips"
#: Between the values of one cell in a CSV file of Google Contacts.
_GOOGLE = " ::: "
#: A cell that is a list: JSON, or Google's.
_LIST = r'^\s*(?:\[\s*["{\[\d]|\{\s*")| ::: '
#: Members of an object in a list that hold a phone, or its type.
_NUMBER_KEYS = ("value", "number", "phone", "phone_number", "phoneNumber", "e164", "tel")
_TYPE_KEYS = ("type", "label", "kind")
#: More than the phones of one cell: the order of those in the next column begins behind it.
_NEXT_COLUMN = 1 << 16
_LISTED = pl.Schema({"at": pl.UInt32, "order": pl.UInt32, "type": pl.String, "cell": pl.String, "source": pl.String})


def has_lists(cells: pl.Series) -> bool:
    """True where a cell is a list or an object in JSON, as list columns come, or a list of Google's (`1 ::: 2`)."""
    return bool(cells.str.contains(_LIST).any())


def judge_phones(
    chunk: pl.DataFrame,
    places: Sequence[int],
    titles: Sequence[str],
    roles: ColumnMapping,
    homes: pl.Series,
    rules: Rules,
) -> pl.DataFrame:
    """The phone of each row of `chunk`, as `PHONE` with its `cell` and `home`: the one that is taken among those in the
    columns at `places`, called `titles`."""
    phones = pl.concat(list(_phones(chunk, places, titles, roles)))
    home = pl.DataFrame({"at": pl.int_range(chunk.height, dtype=pl.UInt32, eager=True), "home": homes})
    phones = phones.join(home, on="at", how="left", maintain_order="left")
    judged = judge_column(phones["cell"], phones["home"], rules)
    table = phones.hstack(judged)
    kind = pl.col("kind").cast(pl.String)
    is_mobile = pl.when(pl.col("type") != "").then(pl.col("type").str.contains(_MOBILE)).otherwise(kind == "mobile")
    is_phone, is_fax = pl.col("phone").is_not_null(), pl.col("type").str.contains(_FAX)
    table = table.with_columns(
        pl.when(~is_phone).then(3).when(is_fax).then(2).when(is_mobile).then(0).otherwise(1).alias("rank")
    ).sort("at", "rank", "order", maintain_order=True)
    distinct = pl.coalesce("phone", "cell").n_unique().over("at")
    source_note = pl.concat_str(pl.lit(tr("taken from ")), pl.col("source").str.replace_all(",", ";", literal=True))
    choice = pl.when(is_phone & (distinct > 1)).then(source_note)
    first = table.with_columns(
        pl.concat_str(pl.col("repair").replace("", None), choice, separator=", ", ignore_nulls=True).alias("repair")
    ).unique("at", keep="first", maintain_order=True)
    found = home.join(first.drop("home"), on="at", how="left", maintain_order="left")
    empty = pl.col("rank").is_null()
    return found.select(
        "phone",
        pl.when(empty).then(pl.lit("no_phone")).otherwise("code").alias("code"),
        pl.when(empty).then(pl.lit("")).otherwise("message").alias("message"),
        pl.col("repair").fill_null(""),
        "region",
        "kind",
        pl.col("foreign").fill_null(False),
        "flag",
        "cell",
        "home",
    ).cast({name: kind for name, kind in PHONE.items() if name in {"region", "kind"}})


def _phones(
    chunk: pl.DataFrame, places: Sequence[int], titles: Sequence[str], roles: ColumnMapping
) -> Iterator[pl.DataFrame]:
    """Yield the phones of each column, one a line: `_LISTED`."""
    at = pl.int_range(chunk.height, dtype=pl.UInt32, eager=True)
    for order, (place, title) in enumerate(zip(places, titles, strict=True)):
        kind = roles.phone_types.get(place)
        types = chunk[str(kind)].fill_null("") if kind is not None else pl.repeat(title, chunk.height, eager=True)
        column = pl.DataFrame({"at": at, "type": types, "cell": chunk[str(place)]}).filter(~is_blank(pl.col("cell")))
        is_list = column["cell"].str.contains(_LIST)
        single = column.filter(~is_list)
        yield single.select(
            "at",
            pl.lit(order * _NEXT_COLUMN, pl.UInt32).alias("order"),
            "type",
            "cell",
            pl.lit(title).alias("source"),
        ).cast(dict(_LISTED))  # type: ignore[arg-type]
        lines = [
            (
                row,
                order * _NEXT_COLUMN + number,
                found or kind_,
                cell,
                f"{title} ({number + 1})" if title else tr("the list"),
            )
            for row, kind_, text in column.filter(is_list).iter_rows()
            for number, (found, cell) in enumerate(listed_phones(text))
        ]
        yield pl.DataFrame(lines, schema=_LISTED, orient="row")


def listed_phones(text: str) -> list[tuple[str, str]]:  # noqa: C901 - one branch for each shape of a list
    """The (type, phone) pairs in a cell that is a list or object; the cell itself where it is none. No value in it is
    left out but those that are empty: what is no phone is refused where it is read."""
    if _GOOGLE in text:
        return [("", part.strip()) for part in text.split(_GOOGLE) if part.strip()] or [("", text)]
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return [("", text)]
    if isinstance(value, dict) and not any(key in value for key in _NUMBER_KEYS):
        inner = [part for part in value.values() if part and part is not True]  # "primary": true
        return [pair for part in inner for pair in listed_phones(msgspec.json.encode(part).decode())]
    found: list[tuple[str, str]] = []
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, dict) and any(key in each for key in _NUMBER_KEYS):
            if number := next((str(each[key]) for key in _NUMBER_KEYS if each.get(key)), None):
                found.append((next((str(each[key]) for key in _TYPE_KEYS if each.get(key)), ""), number))
        elif isinstance(each, dict | list) and each:
            found += listed_phones(msgspec.json.encode(each).decode())
        elif isinstance(each, str | int | float) and not isinstance(each, bool) and str(each).strip():
            found.append(("", str(each)))
    return found if found or isinstance(value, dict) else [("", text)]
