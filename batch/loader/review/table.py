"""A source as a person looks at it: its columns with some cells, and its rows with what was read in them.

Owns: sample cells, which cell of a row is at fault, and the table of rows that were repaired or refused, page by page.
Nothing here decides about a row. Cells are whole: who shows them to others than the owner of the file masks them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import polars as pl

from batch.codes import FAULTY_ROLE
from batch.loader.chunks import Source, is_blank
from batch.loader.passes.load import Given, LoadedSource
from batch.loader.rows.row_check import message_text
from batch.loader.sources.open import open_source
from batch.settings.corrections import row_digest
from batch.settings.read_options import ReadOptions

#: Cells, and characters of each, that tell whose row it is.
_WHO_CELLS: Final = 2
_WHO_CHARS: Final = 40
#: Codes of cells that are complete and only to be read otherwise.
_COMPLETE: Final = frozenset(
    {
        *("two_numbers", "ambiguous", "region_needed", "unknown_area", "extension", "flagged"),
        *("unknown_region", "unknown_status", "unknown_account", "unknown_timezone"),
        *("unknown_campaign", "malformed_campaign", "ambiguous_campaign"),
    }
)


class SampledColumn(NamedTuple):
    """A column of a source: its header and its first distinct cells that are not blank."""

    header: str
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceTable:
    """The columns of a source that was opened, in its order. `sheets` are those of a workbook, `sheet` the one read."""

    format: str
    columns: tuple[SampledColumn, ...]
    sheets: tuple[str, ...]
    sheet: str
    notices: tuple[str, ...]


class ReviewedRow(NamedTuple):
    """A row as it was read. `cell` stands in the column `column` (its header; empty: no single cell is at fault) and
    `phone` is the number that is sent (E.164). `equal`: the rows of the table with that cell and that code. `who`
    are the first cells of the row that are no phone: they tell a person whose row it is."""

    number: int
    who: str
    column: str
    cell: str
    phone: str
    repair: str
    code: str
    message: str
    equal: int


def open_table(path: Given, reading: ReadOptions, samples: int = 3) -> SourceTable:
    """The columns of the source at `path`, whatever they are for. Raises InputRefused where it cannot be opened."""
    source = open_source(path, reading)
    return SourceTable(source.format, _columns(source, samples), source.sheets, source.sheet, source.notices)


def _columns(source: Source, samples: int) -> tuple[SampledColumn, ...]:
    first = next(source.chunks(), pl.DataFrame())
    return tuple(SampledColumn(title, sample_cells(first, at, samples)) for at, title in enumerate(source.header))


def sample_cells(chunk: pl.DataFrame, at: int, count: int) -> tuple[str, ...]:
    """The first distinct cells of the column at `at` that are not blank."""
    if str(at) not in chunk.columns:
        return ()
    column = pl.col(str(at))
    return tuple(chunk.select(column.filter(~is_blank(column)).unique(maintain_order=True).head(count)).to_series())


class ReviewTable:
    """The rows of a source whose number was repaired or refused, or that another row decides. Some 100 bytes a row."""

    __slots__ = ("_frame", "_headers")

    def __init__(self, loaded: LoadedSource) -> None:
        """Read `loaded` once more. Raises InputRefused where its file has changed since."""
        self._headers = {at: loaded.selected.source.header[at] for at in loaded.selected.own}
        parts = [_select_reviewed_rows(loaded, cells, checked.frame) for cells, checked in loaded.verdicts()]
        self._frame = pl.concat(parts) if parts else pl.DataFrame()

    def count(self, code: str) -> int:
        """How many rows have this code; `repaired`: whose number was repaired."""
        return self._of(code).height

    def page(self, code: str, offset: int, count: int) -> list[ReviewedRow]:
        """Up to `count` rows with this code, or `repaired`, behind the first `offset`, in file order."""
        rows = self._of(code)
        counted = rows.with_columns(pl.len().over("place", "cell").alias("equal")).slice(offset, count)
        return [
            ReviewedRow(
                number=row["number"],
                who=row["who"] or "",
                column=self._headers.get(row["place"], "") if row["place"] is not None else "",
                cell=row["cell"] or "",
                phone=row["phone"] or "",
                repair=row["repair"] or "",
                code=row["code"] or "",
                message=row["message"] if row["message"] is not None else message_text(row["judged"], row["home"]),
                equal=row["equal"] if row["cell"] else 1,
            )
            for row in counted.iter_rows(named=True)
        ]

    def equal_to(self, row: ReviewedRow) -> list[int]:
        """The numbers of the rows with the cell, column and code of `row`, in file order."""
        place = next((at for at, header in self._headers.items() if header == row.column), None)
        same = (pl.col("cell") == row.cell) & (pl.col("place") == place)
        return self._of(row.code).filter(same)["number"].to_list()

    def _of(self, code: str) -> pl.DataFrame:
        if code == "repaired":
            return self._frame.filter((pl.col("repair") != "") & pl.col("code").is_null())
        return self._frame.filter(pl.col("code") == code)


def _select_reviewed_rows(loaded: LoadedSource, cells: pl.DataFrame, verdicts: pl.DataFrame) -> pl.DataFrame:
    """The rows of a chunk that belong into the table, with the place and the text of the cell that is shown."""
    code = pl.coalesce("code", "decision").alias("code")
    frame = verdicts.select(
        pl.col("number").cast(pl.Int64),
        pl.coalesce("new_phone", "phone").alias("phone"),
        pl.col("repair").fill_null(""),
        code,
        pl.when(pl.col("code").is_null()).then(pl.lit("")).otherwise("message").alias("message"),
        pl.col("cell").alias("judged"),
        "home",
    )
    roles = loaded.context.roles
    first = loaded.context.phone_place
    phones = roles.phones or (() if first is None else (first,))
    places = {role: pl.lit(at, pl.Int64) for role, at in roles.columns.items()}
    places["phone"] = _find_first_filled(cells, phones)
    at_fault = [
        pl.when(pl.col("code").is_in([code for code, of in FAULTY_ROLE.items() if of == role])).then(place)
        for role, place in places.items()
    ]
    frame = frame.with_columns(
        pl.coalesce(pl.when(pl.col("code").is_null()).then(places["phone"]), *at_fault).alias("place")
    )
    kept = frame.with_columns(cells).filter((pl.col("repair") != "") | pl.col("code").is_not_null())
    shown = [
        pl.when(pl.col("place") == at).then(pl.col(str(at)))
        for at in sorted({*phones, *roles.columns.values()})
        if str(at) in cells.columns
    ]
    others = [pl.col(str(at)).str.slice(0, _WHO_CHARS) for at in loaded.selected.own if at not in phones][:_WHO_CELLS]
    who = pl.concat_str(*others, separator=" ", ignore_nulls=True) if others else pl.lit("")
    cell = pl.coalesce(*shown, pl.lit(None, pl.String))
    return kept.with_columns(cell.alias("cell"), who.alias("who")).select(*frame.columns, "cell", "who")


def _find_first_filled(cells: pl.DataFrame, places: Sequence[int]) -> pl.Expr:
    """The first of the columns at `places` whose cell is not blank, else the first of them."""
    names = [at for at in places if str(at) in cells.columns]
    if not names:
        return pl.lit(None, pl.Int64)
    chosen = cells.select(
        pl.coalesce(
            *(pl.when(~is_blank(pl.col(str(at)))).then(pl.lit(at, pl.Int64)) for at in names),
            pl.lit(names[0], pl.Int64),
        ).alias("place")
    )
    return pl.lit(chosen["place"])


def original_digests(loaded: LoadedSource, numbers: Collection[int]) -> dict[int, str]:
    """The `row_digest` of the rows with these numbers, by their cells before any correction."""
    names = [str(at) for at in loaded.selected.own]
    found: dict[int, str] = {}
    for chunk in loaded.selected.source.chunks():
        rows = chunk.filter(pl.col("number").is_in(list(numbers)))
        for number, *cells in rows.select("number", *names).iter_rows():
            found[number] = row_digest(cells)
    return found


def names_one_contact(code: str, cell: str) -> bool:
    """True where a refused `cell` with this code still says which contact, or which status, it means, so that one
    correction can be for every row with it. A cell that lost its digits, or never had any, can be anybody's."""
    return bool(cell.strip()) and code in _COMPLETE
