"""The rows of a source that a run is about, and the verdicts on them.

Owns: all rows or those that a rerun takes; what a report's own columns add to the verdict on its rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from batch.loader.chunks import Source, is_blank
from batch.loader.report_layout import CUT, Report, row_number
from batch.loader.reports.formulas import unescape_formulas
from batch.loader.reports.rerun_selection import RerunSelection
from batch.loader.reports.restored_cells import OriginalRows, edited_rows, restore
from batch.loader.rows.contact_phones import has_lists
from batch.loader.rows.corrections import correct
from batch.loader.rows.every_phone import with_every_phone
from batch.loader.rows.row_check import CheckedRows, RowContext, check_rows, read_phones
from batch.loader.rows.row_filter import RowFilter
from batch.model import Outcome
from batch.settings.corrections import Correction
from batch.text.language import tr, trn
from batch.text.listing import list_first

#: Distinct cells of a column that are looked at before its part is decided.
_LOOKED = 1000
#: Rows that a notice names.
_NAMED = 5


@dataclass(frozen=True, slots=True)
class SelectedRows:
    """The rows of `source`; `taken` narrows those of a `report` to the ones that a rerun takes, whose cells are then
    as they were `written` where a spreadsheet program had shortened them."""

    source: Source
    report: Report | None
    taken: RerunSelection | None = None
    written: OriginalRows | None = None
    #: `--where`, and how many rows it leaves out.
    where: RowFilter = field(default_factory=RowFilter)
    left_out: int = 0
    corrections: tuple[Correction, ...] = ()

    @property
    def own(self) -> Sequence[int]:
        """The positions of the user's own columns."""
        return self.report.own if self.report is not None else range(len(self.source.header))

    @property
    def is_part(self) -> bool:
        """True where rows of the source may be left out."""
        return self.taken is not None or self.left_out > 0

    def holds_lists(self, place: int) -> bool:
        """True where a cell of the column at `place` is a list."""
        return any(has_lists(chunk[str(place)]) for chunk in self.chunks())

    def with_every_phone(self, places: Sequence[int]) -> SelectedRows:
        """These rows, each phone in the columns at `places` a row of its own.

        `--where` and the corrections are about the row of the file: they are applied before it becomes several.
        """
        source = with_every_phone(replace(self.source, chunks=self.chunks), places)
        return replace(self, source=source, where=RowFilter(), corrections=())

    def chunks(self) -> Iterator[pl.DataFrame]:
        """Yield the rows in chunks that are not empty."""
        return (chunk for chunk, _ in self._count_restored())

    def numbers_in_run(self) -> set[int]:
        """The numbers of these rows in the run that wrote the report."""
        if self.report is None:
            return set()
        number = row_number(self.report.cells("_row"))
        return {found for chunk in self.chunks() for found in chunk.select(number).to_series().drop_nulls()}

    def notices(self, used: Collection[int]) -> tuple[str, ...]:
        """What to tell of the cells that were restored, of rows that are left out though their cells in the columns at
        `used` were edited, and of which file the row numbers are."""
        notices = []
        if self.taken is not None and self.taken.moved:
            notices.append(
                tr("row numbers are those of this report. Its column _row has the row numbers of the file of its run.")
            )
        count = sum(count for _, count in self._count_restored()) if self.written is not None else 0
        if self.written is not None and count:
            cells = (
                tr("1 cell that a spreadsheet program had shortened is")
                if count == 1
                else (tr("{count:,} cells that a spreadsheet program had shortened are", count=count))
            )
            notices.append(
                tr("{cells} taken as {run} had them (plus signs, zeros, E+11).", cells=cells, run=self.written.run)
            )
        if edited := self._edited_and_left(used):
            notices.append(
                trn(
                    "{count:,} row was edited, but its _outcome says that nothing is left to do: row {listed}. To send "
                    "it, clear that cell.",
                    "{count:,} rows were edited, but their _outcome says that nothing is left to do: rows {listed}. To "
                    "send them, clear these cells.",
                    len(edited),
                    listed=list_first(list(map(str, edited)), _NAMED),
                )
            )
        return tuple(notices)

    def _edited_and_left(self, used: Collection[int]) -> list[int]:
        """The numbers in the run of the rows that a rerun leaves out, and whose cells at `used` are others now."""
        if self.report is None or self.taken is None or self.written is None:
            return []
        found: list[int] = []
        for chunk in self.source.chunks():
            left = self.taken.left(self._unescaped(chunk))
            if left.height:
                guarded = not self.source.guarded
                found += edited_rows(left, self.source.header, self.report, self.written, used, guarded=guarded)
        return found

    def _unescaped(self, chunk: pl.DataFrame) -> pl.DataFrame:
        return unescape_formulas(chunk) if self.report is not None and self.source.guarded else chunk

    def _count_restored(self) -> Iterator[tuple[pl.DataFrame, int]]:
        """Yield each chunk, and how many of its cells were restored."""
        for chunk in self.source.chunks():
            part = self._unescaped(chunk)
            if self.corrections:
                part = correct(part, self.source.header, self.own, self.corrections)
            if self.taken is not None:
                part = self.taken.chosen(part)
            part = self.where.take(part)
            if part.height and self.report is not None and self.taken is not None and self.written is not None:
                yield restore(part, self.source.header, self.report, self.written, guarded=not self.source.guarded)
            elif part.height:
                yield part, 0

    def own_cells(self, chunk: pl.DataFrame) -> pl.DataFrame:
        """The user's own cells of `chunk`."""
        return chunk.select(str(at) for at in self.own)

    def look(self, places: Sequence[int]) -> Mapping[int, frozenset[str]]:
        """Up to a thousand distinct cells that are not blank, of each column in `places`."""
        distinct_cells: dict[int, set[str]] = {at: set() for at in places}
        for chunk in self.chunks():
            for at, cells in distinct_cells.items():
                if len(cells) < _LOOKED:
                    column = pl.col(str(at))
                    fresh = chunk.select(column.filter(~is_blank(column)).unique().head(_LOOKED))
                    cells.update(fresh.to_series())
            if all(len(cells) >= _LOOKED for cells in distinct_cells.values()):
                break
        return {at: frozenset(cells) for at, cells in distinct_cells.items()}

    def phones(self, chunk: pl.DataFrame, run: RowContext) -> pl.DataFrame:
        """The phones of `chunk` as `read_phones` gives them; what an earlier run wrote beside a row is heeded."""
        phones = read_phones(chunk, run)
        return phones if self.report is None else _apply_corrections(self.report, chunk, phones, run)

    def check_rows(self, chunk: pl.DataFrame, phones: pl.DataFrame, run: RowContext) -> CheckedRows:
        """The verdicts on the rows of `chunk`, with `in_doubt`: an earlier run's request may have arrived."""
        verdicts = check_rows(chunk, phones, run)
        if self.report is None:
            return verdicts._replace(frame=verdicts.frame.with_columns(pl.lit(False).alias("in_doubt")))
        if self.taken is not None and run.phone_place is not None:
            other = chunk.hstack(phones.select(pl.col("phone").alias("read"))).select(
                self.report.other_phone(pl.col("read")).alias("other_phone")
            )
            verdicts = verdicts._replace(frame=verdicts.frame.hstack(other))
        doubt = self.report.outcomes == Outcome.UNKNOWN.value if self.taken is not None else pl.lit(False)
        frame = verdicts.frame.hstack(chunk.select(doubt.alias("in_doubt"), _find_truncated(run).alias("cut")))
        is_cut = pl.col("cut").is_not_null() & (pl.col("code").is_null() | (pl.col("code") != "broken_row"))
        message = pl.lit(tr("Excel could not hold the cell, so the report kept its beginning only"))
        refused = {
            "code": pl.lit("cut_cell"),
            "message": message,
            "cell": pl.col("cut"),
            "change": pl.lit(None, pl.UInt32),
        }
        changes = [pl.when(is_cut).then(value).otherwise(name).alias(name) for name, value in refused.items()]
        return verdicts._replace(frame=frame.with_columns(changes).drop("cut"))


def _apply_corrections(report: Report, chunk: pl.DataFrame, phones: pl.DataFrame, run: RowContext) -> pl.DataFrame:
    """`phones`, unless the report's own cells change them."""
    place = run.phone_place
    if place is None:
        return phones
    # What was held back stays held back until its cell is mended, whatever the other rows are this time.
    held = chunk.select(report.cells("_code") == "ambiguous").to_series()
    phones = _replace(phones, held, chunk, run.as_wary())
    plus = chunk.select(report.lost_plus(place).alias("plus"))["plus"]
    mended = chunk.with_columns(pl.coalesce(plus, str(place)).alias(str(place)))
    return _replace(phones, (phones["code"] == "region_needed").fill_null(False) & plus.is_not_null(), mended, run)


def _replace(phones: pl.DataFrame, which: pl.Series, chunk: pl.DataFrame, run: RowContext) -> pl.DataFrame:
    """`phones`, where `which` is true, read again from `chunk` by `run`."""
    if not which.any():
        return phones
    reread = read_phones(chunk.filter(which), run)
    placed = phones.with_row_index("at")
    return (
        pl.concat([placed.filter(~which), reread.hstack(placed.filter(which).select("at")).select(placed.columns)])
        .sort("at")
        .drop("at")
    )


def _find_truncated(run: RowContext) -> pl.Expr:
    """The first cell to be sent that the XLSX report cut, else null."""
    places = {*run.roles.columns.values(), *run.roles.variables.values()}
    cells = [pl.col(str(at)) for at in sorted(places)]
    return pl.coalesce(pl.lit(None, pl.String), *(pl.when(cell.str.ends_with(CUT)).then(cell) for cell in cells))


def report_notices(chosen: SelectedRows) -> tuple[str, ...]:
    """What to tell where a report of ours is run as a source: every row of it is sent, whatever became of it."""
    if chosen.report is None or chosen.taken is not None:
        return ()
    path = chosen.source.path
    return (
        tr(
            "{path} is the report of a run, and every row of it is sent. To send only what did not succeed: "
            "guayaba-batch rerun {path}",
            path=path,
        ),
    )
