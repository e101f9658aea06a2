"""Phones judged once, kept on the disk from the first pass to the second: they are what costs time.

Owns: where the judged phones of each chunk lie meanwhile: in a file without a name, which goes with the process however
that ends. What is the same in all rows is kept once, and cells that stand in the chunk are taken from there.
"""

from __future__ import annotations

import io
import tempfile
import threading
import weakref
from typing import NamedTuple

import polars as pl

from batch.text.temporary_folder import temporary_place


class _Kept(NamedTuple):
    """Where the rows of a chunk lie in the file, and what is not there: columns that are the same in all rows (a frame
    of one row) and that of the `cell`, by its name in the chunk. `columns` is their order."""

    start: int
    size: int
    rows: int
    columns: tuple[str, ...]
    same: pl.DataFrame
    cell: str | None


class PhoneCache:
    """The judged phones of a source, chunk by chunk."""

    __slots__ = ("__weakref__", "_file", "_lock", "_places")

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(dir=temporary_place())  # noqa: SIM115 -- it lives as long as the cache
        weakref.finalize(self, self._file.close)
        self._places: dict[int, _Kept] = {}
        self._lock = threading.Lock()

    def keep(self, place: int, phones: pl.DataFrame, chunk: pl.DataFrame) -> None:
        """Keep the phones of the chunk `place`, counted from 0."""
        cell = next((name for name in chunk.columns if _is_same(phones["cell"], chunk[name])), None)
        same = phones.head(1).select(column.name for column in phones if is_constant(column))
        rows = phones.drop(*same.columns, *(["cell"] if cell and "cell" not in same.columns else []))
        packed = io.BytesIO()
        rows.write_ipc(packed, compression="uncompressed")
        with self._lock:
            start = self._file.seek(0, io.SEEK_END)
            self._file.write(packed.getbuffer())
            self._places[place] = _Kept(start, packed.tell(), phones.height, tuple(phones.columns), same, cell)

    def recall(self, place: int, chunk: pl.DataFrame) -> pl.DataFrame | None:
        """What `keep` was given; `None` when there was no such chunk, or it had another number of rows."""
        kept = self._places.get(place)
        if kept is None or kept.rows != chunk.height:
            return None
        with self._lock:
            self._file.seek(kept.start)
            found = pl.read_ipc(io.BytesIO(self._file.read(kept.size)))
        columns = {name: found[name] for name in found.columns}
        columns |= {column.name: column.new_from_index(0, kept.rows) for column in kept.same}
        if kept.cell is not None:
            columns["cell"] = chunk[kept.cell].alias("cell")
        return pl.DataFrame([columns[name] for name in kept.columns])


def _is_same(cells: pl.Series, column: pl.Series) -> bool:
    return column.dtype == cells.dtype and column.head(8).equals(cells.head(8)) and column.equals(cells)


def is_constant(column: pl.Series) -> bool:
    """True where all rows have one value."""
    if column.null_count():
        return column.null_count() == len(column)
    return bool(len(column)) and column.min() == column.max()
