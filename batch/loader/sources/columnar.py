"""Parquet, Arrow IPC, Avro and frames: tables that have column types of their own.

Owns: turning typed columns into text as a person would write them, row numbers of tables that no spreadsheet shows (the
header would be 1, so the first row is 2), one table out of many files.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from batch.errors import InputRefused
from batch.loader.chunks import chunk_rows
from batch.loader.sources.nested_columns import series_at
from batch.loader.sources.typed_text import as_text, is_engine_error
from batch.text.language import tr

#: Types that the engine may name and yet not read: intervals come as a struct, decimals may have too many digits.
_DOUBTFUL = ("Struct", "Decimal", "Binary", "Unknown")


@dataclass(frozen=True, slots=True)
class Table:
    """One part of a table: its lazy frame, the values of its partition columns, the paths of columns in columns, and
    the columns whose values the engine cannot read."""

    frame: pl.LazyFrame
    partition: dict[str, str | None] = field(default_factory=dict)
    nested: Mapping[str, Sequence[str]] = field(default_factory=dict)
    unreadable: frozenset[str] = frozenset()

    def header(self) -> list[str]:
        """The columns, those of partitions last where the file does not hold them."""
        names = self.frame.collect_schema().names()
        return [*names, *(name for name in (*self.partition, *self.nested) if name not in names)]


def scan(paths: Sequence[str], partitions: Sequence[dict[str, str | None]] = ()) -> list[Table]:
    """One part per Parquet file, all of one and the same header.

    Raises InputRefused when one cannot be read or has other columns than the first; types may differ, since every cell
    becomes text.
    """
    _allow_intervals()
    tables: list[Table] = []
    names: list[str] = []
    for at, path in enumerate(paths):
        table = Table(pl.scan_parquet(path, glob=False, hive_partitioning=False), partitions[at] if partitions else {})
        with _read_as(path, "Parquet"):
            found = table.header()
            table = replace(table, unreadable=_unreadable_columns(table.frame))
        if tables and found != names:
            raise InputRefused(
                tr("{path} has other columns than {paths}.", path=path, paths=paths[0]),
                problems=(
                    tr("expected: {expected}", expected=", ".join(names[:40])),
                    tr("found: {found}", found=", ".join(found[:40])),
                ),
                tip=tr("Give files of one kind, or run them one by one."),
            )
        names = found
        tables.append(table)
    return tables


def read_arrow(path: Path, name: str, *, stream: bool) -> list[Table]:
    """The table of an Arrow IPC file (Feather 2) or stream. Raises InputRefused when it cannot be read."""
    _allow_intervals()
    with _read_as(name, tr("Arrow IPC")):
        frame = pl.read_ipc_stream(path).lazy() if stream else pl.scan_ipc(path)
        frame.collect_schema()
        return [Table(frame, unreadable=_unreadable_columns(frame))]


def read_avro(path: Path, name: str) -> list[Table]:
    """The table of an Avro file. Raises InputRefused when it cannot be read."""
    with _read_as(name, "Avro"):
        return [Table(pl.read_avro(path).lazy())]


def read_delta(folder: Path) -> list[Table]:
    """The rows that a Delta table has now. Raises InputRefused where the package `deltalake` is not installed."""
    try:
        frame = pl.scan_delta(str(folder))
        frame.collect_schema()
    except ImportError as error:
        raise InputRefused(
            tr("{folder} is a Delta table, which needs the package deltalake.", folder=folder),
            tip=tr("Install it (pip install 'guayaba-batch[delta]'), or export the table's rows as Parquet or CSV."),
        ) from error
    except Exception as error:
        raise _unreadable(str(folder), tr("a Delta table"), error) from error
    return [Table(frame)]


def read_dtypes(tables: Sequence[Table]) -> tuple[str, ...]:
    """The polars type of each column, `String` where the files differ and for the columns of partitions."""
    kinds: list[list[str]] = []
    for table in tables:
        schema = table.frame.collect_schema()
        kinds.append([str(schema[name]) if name in schema else "String" for name in table.header()])
    return tuple(column[0] if len(set(column)) == 1 else "String" for column in zip(*kinds, strict=True))


def read_chunks(tables: Sequence[Table]) -> Iterator[pl.DataFrame]:
    """Yield the rows of all `tables` in chunks, every cell as text.

    A row that is empty throughout is a row all the same: a table has no blank lines, and its owner counts on as many
    outcomes. Raises InputRefused where a file cannot be read to its end.
    """
    number = 2
    for table in tables:
        with _read_as(tr("The file"), tr("a table")):
            yield from _numbered_chunks(table, number)
            number += int(table.frame.select(pl.len()).collect().item())


def _numbered_chunks(table: Table, first: int) -> Iterator[pl.DataFrame]:
    """The chunks of one part, its first row numbered `first`. Raises InputRefused where rows are missing at the end."""
    header = table.header()
    rows = chunk_rows(len(header))
    number = first
    readable = table.frame.drop(table.unreadable)
    for batch in readable.collect_batches(chunk_size=rows, maintain_order=True, engine="streaming"):
        for part in batch.iter_slices(rows):
            yield _chunk(part, number, header, table)
            number += part.height
    expected = int(table.frame.select(pl.len()).collect().item())
    if number - first != expected:  # a column that the engine cannot read ends the batches without a word
        raise InputRefused(
            tr(
                "The table cannot be read: it has {expected:,} rows, and {number:,} were read.",
                expected=expected,
                number=number - first,
            ),
            tip=tr("Leave out the columns that are not needed, or give it as CSV or XLSX."),
        )


def _chunk(part: pl.DataFrame, number: int, header: Sequence[str], table: Table) -> pl.DataFrame:
    """The rows of `part` as a chunk, the first of them numbered `number`."""
    columns: list[pl.Series] = []
    for name in header:
        if name in part.columns:
            columns.append(as_text(part.get_column(name)))
        elif name in table.nested:
            first, *rest = table.nested[name]
            columns.append(as_text(series_at(part.get_column(first), rest)))
        elif name in table.unreadable:
            columns.append(pl.repeat(None, part.height, dtype=pl.String, eager=True))
        else:
            columns.append(pl.repeat(table.partition[name], part.height, dtype=pl.String, eager=True))
    return pl.DataFrame(
        [
            pl.int_range(number, number + part.height, dtype=pl.UInt32, eager=True).alias("number"),
            pl.repeat(None, part.height, dtype=pl.String, eager=True).alias("broken"),
            *(column.cast(pl.String).alias(str(place)) for place, column in enumerate(columns)),
        ]
    )


@contextmanager
def _read_as(name: str, kind: str) -> Iterator[None]:
    """Turn what the engine raises of the table `name` into InputRefused; an InputRefused passes."""
    try:
        yield
    except BaseException as error:
        if isinstance(error, InputRefused) or not is_engine_error(error):
            raise
        raise _unreadable(name, kind, error) from error


def _allow_intervals() -> None:
    """Let the engine read the schema of a table with intervals: else such a column, used or not, spoils the file."""
    if os.environ.setdefault("POLARS_IMPORT_INTERVAL_AS_STRUCT", "1") == "1":
        pl.Config.reload_env_vars()


def _unreadable_columns(frame: pl.LazyFrame) -> frozenset[str]:
    """The columns whose values the engine cannot read, by the first row."""
    rows = min(1, int(frame.select(pl.len()).collect().item()))
    names = frame.collect_schema().names()
    if not any(str(frame.collect_schema()[name]).count(kind) for name in names for kind in _DOUBTFUL):
        return frozenset()
    with _quiet_panics():
        return frozenset(name for name in names if not _is_readable(frame.select(name), rows))


@contextmanager
def _quiet_panics() -> Iterator[None]:
    """Keep what a panic of the engine prints from the terminal: it is caught, and reported in words."""
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)


def _is_readable(frame: pl.LazyFrame, rows: int) -> bool:
    try:
        first = next(frame.head(1).collect_batches(engine="streaming"), pl.DataFrame())
        return first.height == rows and len(first.rows()) == rows
    except BaseException as error:
        if not is_engine_error(error):
            raise
        return False


def _unreadable(name: str, kind: str, error: BaseException) -> InputRefused:
    why = str(error).splitlines()[0][:300] if str(error) else type(error).__name__
    return InputRefused(
        tr("{name} cannot be read as {kind}: {why}", name=name, kind=kind, why=why),
        tip=tr("Export it again, or give it as CSV or XLSX."),
    )
