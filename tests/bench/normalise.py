"""All rows of a source with their normalised numbers as Parquet: the whole loader in one call, for `bench_loader`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
from polars.io.plugins import register_io_source

from batch.loader.passes.load import LoadedSource, load
from batch.loader.phones.metadata import KIND, REGION
from batch.loader.rows.survey import InputSummary
from batch.settings.read_options import ReadOptions

#: Our columns: (name, what it is).
_OURS = {
    "_row": pl.col("number"),
    "_phone": pl.col("phone"),
    "_region": pl.col("region"),
    "_type": pl.col("kind"),
    "_repair": pl.col("repair").replace("", None),
    "_code": pl.coalesce("code", "decision"),
    "_same_as": pl.col("same_as"),
}
_TYPES: dict[str, pl.DataType | type[pl.DataType]] = {
    "_row": pl.UInt32,
    "_region": REGION,
    "_type": KIND,
    "_same_as": pl.UInt32,
}


def normalise(path: str | Path, reading: ReadOptions, target: str | Path) -> InputSummary:
    """What is in the source at `path`, after its rows were written to `target`: the user's own cells as text, then
    `_row _phone _region _type _repair _code _same_as`, a column each.

    `_code` is empty for a number that can be called; `_phone` is E.164. Names that repeat are numbered. Raises as
    `load` does, and OSError where `target` cannot be written.
    """
    loaded = load(path, reading)
    own = _unique(loaded.facts.header)
    schema: dict[str, pl.DataType | type[pl.DataType]] = {**dict.fromkeys(own, pl.String)}
    schema |= {name: _TYPES.get(name, pl.String) for name in _OURS}

    def frames(*_: object) -> Iterator[pl.DataFrame]:
        yield from _frames(loaded, own)

    register_io_source(frames, schema=schema).sink_parquet(
        target, compression="lz4", statistics=False, maintain_order=True
    )
    return loaded.survey


def _frames(loaded: LoadedSource, own: list[str]) -> Iterator[pl.DataFrame]:
    for cells, verdicts in loaded.verdicts():
        ours = verdicts.frame.select(value.alias(name) for name, value in _OURS.items())
        yield cells.rename(dict(zip(cells.columns, own, strict=True))).hstack(ours)


def _unique(header: tuple[str, ...]) -> list[str]:
    """Every name of `header` once."""
    names: list[str] = []
    for title in header:
        name, number = title, 2
        while name in names or name in _OURS:
            name, number = f"{title} ({number})", number + 1
        names.append(name)
    return names
