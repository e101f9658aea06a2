"""Phones judged once, kept on the disk from the first pass to the second: they are what costs time.

Owns: where the judged phones of each chunk lie meanwhile: in a file without a name, which goes with the process however
that ends.
"""

from __future__ import annotations

import io
import tempfile
import threading
import weakref

import polars as pl

from batch.text.temporary_folder import temporary_place


class Spool:
    """The judged phones of a source, chunk by chunk."""

    __slots__ = ("__weakref__", "_file", "_lock", "_places")

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(dir=temporary_place())  # noqa: SIM115 -- it lives as long as the spool
        weakref.finalize(self, self._file.close)
        self._places: dict[int, tuple[int, int]] = {}
        self._lock = threading.Lock()

    def keep(self, place: int, phones: pl.DataFrame) -> None:
        """Keep the phones of the chunk `place`, counted from 0."""
        packed = io.BytesIO()
        phones.write_ipc(packed, compression="uncompressed")
        with self._lock:
            start = self._file.seek(0, io.SEEK_END)
            self._file.write(packed.getbuffer())
            self._places[place] = (start, packed.tell())

    def recall(self, place: int) -> pl.DataFrame | None:
        """What `keep` was given; `None` when there was no such chunk."""
        if place not in self._places:
            return None
        start, size = self._places[place]
        with self._lock:
            self._file.seek(start)
            return pl.read_ipc(io.BytesIO(self._file.read(size)))
