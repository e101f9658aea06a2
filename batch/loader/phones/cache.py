"""Phones judged once, kept on the disk from the first pass to the second: they are what costs time.

Owns: where the judged phones of each chunk lie meanwhile. The folder is private, and goes with the source.
"""

from __future__ import annotations

import polars as pl

from batch.text.temporary_folder import TemporaryFolder


class Spool:
    """The judged phones of a source, chunk by chunk."""

    __slots__ = ("_folder",)

    def __init__(self) -> None:
        self._folder = TemporaryFolder()

    def keep(self, place: int, phones: pl.DataFrame) -> None:
        """Keep the phones of the chunk `place`, counted from 0."""
        phones.write_ipc(self._folder.path / f"{place}.arrow", compression="uncompressed")

    def recall(self, place: int) -> pl.DataFrame | None:
        """What `keep` was given; `None` when there was no such chunk."""
        path = self._folder.path / f"{place}.arrow"
        return pl.read_ipc(path) if path.exists() else None
