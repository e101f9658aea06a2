"""The rows of a report as frames: what every format writes.

Owns: from the journal's columns to cells: the user's own out of their JSON, tips, times as text, blank texts as none.
Flow: `ReportRows` -> a frame of the user's columns (`"0"`, `"1"`, … all text) and `REPORT_COLUMNS`. While one part is
written the next is read, by another thread: SQLite and polars both let go of Python's lock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor

import polars as pl

from batch.codes import CODES, tip
from batch.errors import BatchError
from batch.journal.merged_runs import MergedRuns
from batch.journal.run_reader import ReportRows, RunReader
from batch.model import RERUN, Outcome, RunKind, RunSummary
from batch.reporter.columns import Columns
from batch.text.language import tr

#: For those who pass frames on and know nothing of polars.
Frame = pl.DataFrame

#: Our columns and their types, in the order of `model.REPORT_COLUMNS`.
OURS: dict[str, type[pl.DataType]] = {
    "_row": pl.Int64,
    "_phone": pl.String,
    "_repair": pl.String,
    "_outcome": pl.String,
    "_code": pl.String,
    "_message": pl.String,
    "_tip": pl.String,
    "_http_status": pl.Int32,
    "_attempts": pl.Int64,
    "_same_as": pl.Int64,
    "_contact_id": pl.String,
    "_finished_at": pl.String,
    "_run": pl.String,
}


def every_row(record: RunReader, facts: RunSummary) -> Iterator[pl.DataFrame]:
    """Yield the frames of all rows, in input order. Raises BatchError for a row that has not the header's cells."""
    return iter_frames(record, facts, None)


def failed_rows(record: RunReader, facts: RunSummary) -> Iterator[pl.DataFrame]:
    """Yield the frames of the rows that a rerun takes, with the duplicates folded into one of them; as `every_row`."""
    return iter_frames(record, facts, RERUN)


def iter_frames(record: RunReader, facts: RunSummary, outcomes: Collection[Outcome] | None) -> Iterator[pl.DataFrame]:
    """Yield the frames of the rows of `outcomes` (`None`: all) with the duplicates folded into them; as `every_row`."""
    columns = Columns.of(facts.source)
    parts = record.parts if isinstance(record, MergedRuns) else [(facts, record)]
    return (
        build_frame(rows, columns, run.run, run.kind)
        for run, part in parts
        for rows in _read_ahead(part.report_rows(outcomes))
    )


def build_frame(rows: ReportRows, columns: Columns, run: str, kind: RunKind) -> pl.DataFrame:
    """`rows` of `run` as a frame: the columns that `Columns.places` names, then `OURS`. A blank text of ours is
    null, and the tips are those for a run of this `kind`.

    Raises BatchError for a row that has not the header's cells.
    """
    ours = {
        "_row": rows.number,
        "_phone": rows.phone,
        "_repair": rows.repair,
        "_outcome": rows.outcome,
        "_code": rows.code,
        "_message": rows.message,
        "_http_status": rows.status,
        "_attempts": rows.attempts,
        "_same_as": rows.same_as,
        "_contact_id": rows.contact_id,
    }
    frame = pl.DataFrame([pl.Series(name, values, dtype=OURS[name]) for name, values in ours.items()])
    tips = {code: advice for code in CODES if (advice := tip(code, kind))}
    finished = pl.Series("at", rows.finished_at, dtype=pl.Float64)
    return _user_columns(rows, columns).hstack(
        frame.select(
            pl.col("_row", "_phone"),
            _fill("_repair"),
            pl.col("_outcome"),
            _fill("_code", "_message"),
            pl.col("_code").replace_strict(tips, default=None, return_dtype=pl.String).alias("_tip"),
            pl.col("_http_status", "_attempts", "_same_as", "_contact_id"),
            _iso_column(finished).alias("_finished_at"),
            pl.lit(run).alias("_run"),
        )
    )


def _user_columns(rows: ReportRows, columns: Columns) -> pl.DataFrame:
    lists = pl.Series("cells", rows.cells, dtype=pl.Binary).cast(pl.String).str.json_decode(pl.List(pl.String))
    widths = lists.list.len()
    width = len(columns.own)
    if (widths != width).any():
        at = (widths != width).arg_true()[0]
        raise BatchError(
            tr(
                "Row {number} has {widths} cells in the journal, and the header has {width}.",
                number=rows.number[at],
                widths=widths[at],
                width=width,
            ),
            tip=tr("Keep the run folder and report this: it is a fault of the program."),
        )
    # A pattern of places, since a struct without fields is no frame.
    return lists.list.to_struct(fields=columns.places).struct.unnest() if width else pl.DataFrame()


def _fill(*names: str) -> pl.Expr:
    return pl.when(pl.col(*names) != "").then(pl.col(*names))


def _iso_column(seconds: pl.Series) -> pl.Series:
    """Epoch seconds as `text.utc.iso_utc` writes them."""
    moments = (seconds * 1_000_000).round().cast(pl.Int64).cast(pl.Datetime("us"))
    return moments.dt.to_string("%Y-%m-%dT%H:%M:%S%.3fZ")


def _read_ahead(parts: Iterator[ReportRows]) -> Iterator[ReportRows]:
    """Yield `parts`, the next one being read while the last one is used."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, parts, None)
        while (part := coming.result()) is not None:
            coming = pool.submit(next, parts, None)
            yield part
