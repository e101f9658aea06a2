"""The corrections files of the page: that of each file, that of each run, and that of all exports so far.

Owns: reading and changing them, one change at a time: two tabs correct side by side, and neither loses a cell.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path

from batch import SettingsError
from batch.api.review import Correction, corrections_text, merge_correction, read_corrections
from batch.text.atomic_file import atomic_file


class CorrectionFiles:
    """Corrections files by their paths; any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def read(self, path: Path) -> tuple[Correction, ...]:
        """The corrections in a file; none where it does not exist. Raises SettingsError where it is damaged."""
        try:
            return read_corrections(path) if path.is_file() else ()
        except ValueError as error:
            raise SettingsError(f"{error}.") from None

    def add(self, path: Path, new: Iterable[Correction]) -> None:
        """Put `new` corrections, of cells as they are read until now, among those of a file. Raises OSError."""
        with self._lock:
            merged = self.read(path)
            for each in new:
                merged = merge_correction(merged, each)
            write_corrections(path, merged)

    def replace(self, path: Path, new: Iterable[Correction]) -> None:
        """Put `new` corrections, of cells as they are in the file, in the place of earlier ones. Raises OSError."""
        with self._lock:
            kept = {each[:2] + each[3:]: each for each in (*self.read(path), *new)}
            write_corrections(path, [each for each in kept.values() if each.cell != each.corrected])


def write_corrections(path: Path, corrections: Iterable[Correction]) -> None:
    """Replace a corrections file. Raises OSError."""
    with atomic_file(path) as sink:
        sink.write(corrections_text(corrections).encode())
