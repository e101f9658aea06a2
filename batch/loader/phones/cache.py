"""Phones judged once, kept from the first pass to the second: they are what costs time.

Owns: where the rows of each chunk and their judged phones lie meanwhile: in memory while they are small together; else
the phones in a file without a name, which goes with the process however that ends, and the rows are read again. What
is the same in all rows is kept once, and cells that stand in the chunk are taken from there.
"""

from __future__ import annotations

import io
import tempfile
import threading
import weakref
from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from batch.text.temporary_folder import temporary_place

#: Rows and phones that are kept in memory, in bytes: those of a million rows with few columns.
MOST_IN_MEMORY = 192 << 20


class _Kept(NamedTuple):
    """The phones of a chunk, `rows` (`None`: they lie in the file), and what is not among them: columns that are the
    same in all rows (a frame of one row) and that of the `cell`, by its name in the chunk. `columns` is their order."""

    rows: pl.DataFrame | None
    height: int
    columns: tuple[str, ...]
    same: pl.DataFrame
    cell: str | None
    start: int = 0
    size: int = 0


class PhoneCache:
    """The judged phones of a source, chunk by chunk."""

    __slots__ = ("__weakref__", "_bytes", "_chunks", "_file", "_kept", "_lock", "_most")

    def __init__(self, most_in_memory: int = MOST_IN_MEMORY) -> None:
        self._file: io.BufferedRandom | None = None
        self._kept: list[_Kept] = []
        #: The rows; `None`: they and their phones are too many for memory.
        self._chunks: list[pl.DataFrame] | None = []
        self._bytes, self._most = 0, most_in_memory
        self._lock = threading.Lock()

    @property
    def chunks(self) -> Sequence[pl.DataFrame] | None:
        """The rows of all chunks that were kept; `None`: they are to be read again."""
        return self._chunks

    def keep(self, phones: pl.DataFrame, chunk: pl.DataFrame) -> None:
        """Keep the phones of the next `chunk`."""
        cell = next((name for name in chunk.columns if _is_same(phones["cell"], chunk[name])), None)
        same = phones.head(1).select(column.name for column in phones if is_constant(column))
        rows = phones.drop(*same.columns, *(["cell"] if cell and "cell" not in same.columns else []))
        self._kept.append(_Kept(rows, phones.height, tuple(phones.columns), same, cell))
        if self._chunks is not None:
            self._chunks.append(chunk)
            self._bytes += int(chunk.estimated_size() + rows.estimated_size())
            if self._bytes <= self._most:
                return
            self._chunks = None
        self._kept = [self._written(kept) for kept in self._kept]

    def _written(self, kept: _Kept) -> _Kept:
        """`kept`, in the file."""
        if kept.rows is None:
            return kept
        if self._file is None:
            file = tempfile.TemporaryFile(dir=temporary_place())  # noqa: SIM115 -- it lives as long as the cache
            weakref.finalize(self, file.close)
            self._file = file
        assert self._file is not None
        packed = io.BytesIO()
        kept.rows.write_ipc(packed, compression="uncompressed")
        with self._lock:
            start = self._file.seek(0, io.SEEK_END)
            self._file.write(packed.getbuffer())
        return kept._replace(rows=None, start=start, size=packed.tell())

    def recall(self, place: int, chunk: pl.DataFrame) -> pl.DataFrame | None:
        """The phones of the chunk `place`, counted from 0; `None` when there was no such chunk, or it had another
        number of rows."""
        kept = self._kept[place] if place < len(self._kept) else None
        if kept is None or kept.height != chunk.height:
            return None
        found = kept.rows if kept.rows is not None else self._read(kept)
        columns = {name: found[name] for name in found.columns}
        columns |= {column.name: column.new_from_index(0, kept.height) for column in kept.same}
        if kept.cell is not None:
            columns["cell"] = chunk[kept.cell].alias("cell")
        return pl.DataFrame([columns[name] for name in kept.columns])

    def _read(self, kept: _Kept) -> pl.DataFrame:
        assert self._file is not None
        with self._lock:
            self._file.seek(kept.start)
            packed = self._file.read(kept.size)
        return pl.read_ipc(io.BytesIO(packed))


def _is_same(cells: pl.Series, column: pl.Series) -> bool:
    return column.dtype == cells.dtype and column.head(8).equals(cells.head(8)) and column.equals(cells)


def is_constant(column: pl.Series) -> bool:
    """True where all rows have one value."""
    if column.null_count():
        return column.null_count() == len(column)
    return bool(len(column)) and column.min() == column.max()


def gather_rows(frame: pl.DataFrame, places: pl.Series) -> pl.DataFrame:
    """The rows of `frame` at `places`. Most columns have one value, and gathering is what costs."""
    return pl.DataFrame(
        [column.new_from_index(0, len(places)) if is_constant(column) else column.gather(places) for column in frame]
    )
