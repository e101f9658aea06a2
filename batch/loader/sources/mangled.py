"""Text in UTF-8 that a program took for Windows-1252 and saved: `ZoÃ«`.

Owns: recognising a whole file of it, by the byte order mark that stands as `ï»¿` before its first title; undoing it.

Our CSV reports are UTF-8 with that mark; LibreOffice without a screen takes them for Windows-1252. No title begins with
those three letters otherwise, so where they are there is nothing to guess.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import polars as pl

from batch.loader.chunks import Source, cell_names

_MARK: Final = "ï»¿"
#: Five bytes are nothing in Windows-1252; programs take them for the control characters of Latin-1.
_BYTES: Final = {bytes([byte]).decode("cp1252", "replace"): byte for byte in range(256)} | {
    chr(byte): byte for byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}


def unmangle(source: Source) -> Source:
    """`source` with its own letters, where all of it was taken for Windows-1252; else as it is."""
    if not source.header or not source.header[0].startswith(_MARK):
        return source

    def chunks() -> Iterator[pl.DataFrame]:
        for chunk in source.chunks():
            cells = pl.col(cell_names(len(source.header)))
            odd = cells.str.contains(r"[^\x00-\x7f]")
            yield chunk.with_columns(
                pl.when(odd).then(cells.map_elements(_own, pl.String, skip_nulls=True)).otherwise(cells)
            )

    return replace(source, header=tuple(_own(title).removeprefix("\ufeff") for title in source.header), chunks=chunks)


def _own(text: str) -> str:
    """`text` as it was, or as it is where it was not taken for something else."""
    try:
        return bytes([_BYTES[letter] for letter in text]).decode()
    except (KeyError, UnicodeDecodeError):
        return text
