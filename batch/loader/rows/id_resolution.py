"""The contact of a row of update-by-id: the id, or, where that cell is empty, the phone by which the id is found.

Owns: the verdict on such rows, blind to all others; what a phone beside an id means.
"""

from __future__ import annotations

import polars as pl

from batch.loader.cells import cell_checks
from batch.loader.cells.cell_checks import CellError
from batch.loader.chunks import is_blank
from batch.loader.columns.mapping import ColumnMapping

_TEXT, _NONE = pl.lit(""), pl.lit(None, pl.String)


def check_ids(table: pl.DataFrame, chunk: pl.DataFrame, roles: ColumnMapping) -> pl.DataFrame:
    """`table` with `contact`, `new_phone` and the first fault of each row.

    The contact is the id, and a phone beside it is something to set, or, in a column that only says who it is, a hint
    where to find the contact. Without an id the contact is the phone: it is set nowhere.
    """
    at = roles.columns.get("id")
    cells = pl.repeat(None, chunk.height, dtype=pl.String, eager=True) if at is None else chunk[str(at)]
    identifies, sets = "phone" in roles.columns, pl.lit("phoneNumber" in roles.columns)
    table = table.hstack(_ids(cells))
    is_number = pl.col("phone").is_not_null()
    has_id = pl.col("contact").is_not_null()
    by_phone = (
        pl.lit(identifies)
        & (pl.col("id_code") == "no_id").fill_null(False)
        & (pl.col("code") != "no_phone").fill_null(True)
    )
    set_here = has_id & sets & is_number
    bad_phone = pl.col("code").is_not_null() & (by_phone | (has_id & sets & (pl.col("code") != "no_phone")))
    # A new phone is something asked, too.
    bad_change = (has_id | by_phone) & pl.col("change_code").is_not_null()
    bad_change &= ~((pl.col("change_code") == "nothing_asked") & set_here)
    hashed = pl.concat_str(pl.col("change_hash").cast(pl.String), "phone").hash().reinterpret(signed=True)
    read = has_id | by_phone

    def first_fault(name: str) -> pl.Expr:
        own = pl.when(bad_phone).then(name).when(bad_change).then(f"change_{name}")
        return pl.when(read).then(own).otherwise(f"id_{name}").alias(name)

    return table.with_columns(
        pl.when(by_phone).then("phone").otherwise("contact").alias("contact"),
        pl.when(set_here).then("phone").alias("new_phone"),
        *(pl.when(read).then(name).alias(name) for name in ("phone", "region", "kind")),
        pl.when(read).then("repair").otherwise(_TEXT).alias("repair"),
        pl.col("foreign") & read,
        pl.when((read & ~bad_phone & ~bad_change) | pl.col("opt_out").is_not_null()).then("change").alias("change"),
        pl.when(set_here).then(hashed).otherwise("change_hash").alias("change_hash"),
        *(first_fault(name) for name in ("code", "message", "cell")),
    )


def _ids(cells: pl.Series) -> pl.DataFrame:
    """`contact`, the UUID in lower case, or its fault as `id_code`, `id_message`, `id_cell`."""
    plain = pl.col("cell").str.strip_chars()
    table = cells.alias("cell").to_frame().select(
        "cell", pl.when(plain.str.contains(cell_checks.WHOLE_UUID)).then(plain.str.to_lowercase()).alias("contact"),
        is_blank(pl.col("cell")).alias("blank"),
    ).with_row_index("at")  # fmt: skip
    lines: list[tuple[object, ...]] = []
    for at, cell in table.filter(pl.col("contact").is_null() & ~pl.col("blank")).select("at", "cell").iter_rows():
        found = cell_checks.check_uuid(cell, "malformed_id")
        lines.append((at, None, *found) if isinstance(found, CellError) else (at, found, None, None, None))
    names = ("found", "id_code", "id_message", "id_cell")
    one_by_one = pl.DataFrame(lines, schema={"at": pl.UInt32, **dict.fromkeys(names, pl.String)}, orient="row")
    return table.join(one_by_one, on="at", how="left", maintain_order="left").select(
        pl.coalesce("contact", "found").alias("contact"),
        pl.when("blank").then(pl.lit("no_id")).otherwise("id_code").alias("id_code"),
        pl.when("blank").then(_TEXT).otherwise("id_message").alias("id_message"),
        pl.when("blank").then(_NONE).otherwise("id_cell").alias("id_cell"),
    )
