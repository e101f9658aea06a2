"""A vCard file as a source. Its reports are CSV. One card is one row; the first is row 2, as below a header."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from batch.loader.chunks import Source
from batch.loader.sources import vcards
from batch.text.language import tr


def vcard_source(path: Path, name: str, sha256: str, keep: object) -> Source:
    """The source of the cards at `path`. Raises as `vcards.read_cards`."""
    cards, broken = vcards.read_cards(path, name)
    cut = pl.Series("broken", [tr("the card has no END:VCARD") if each else None for each in broken], pl.String)
    rows = pl.int_range(2, 2 + cards.height, dtype=pl.UInt32, eager=True).alias("number")
    cells = cards.rename({title: str(at) for at, title in enumerate(cards.columns)})
    chunk = pl.DataFrame([rows, cut, *cells.get_columns()])
    return Source(
        path=name,
        format="csv",
        sha256=sha256,
        header=tuple(cards.columns),
        dtypes=("String",) * cards.width,
        chunks=lambda: iter([chunk]),
        guarded=False,
        notices=(tr("The report of a vCard file is CSV; row 2 is the first card."),),
        keep=keep,
        separator=",",
    )
