"""`--phones all`: each phone of a contact as a row of its own.

Owns: one row with several phones -> as many rows, each with one of them, and their numbers.

The rows are numbered as they stand in the report, where each phone is a row: a row number of the file would name
several.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import polars as pl

from batch.loader.chunks import Source, schema
from batch.loader.rows.contact_phones import has_lists, listed_phones
from batch.text.language import tr, tr_noop

_NOTICE = tr_noop(
    "Each phone is a row of its own (--phones all); rows are numbered as in the report, not as in the file."
)


def with_every_phone(source: Source, places: Sequence[int]) -> Source:
    """`source` with a row for each phone in the columns at `places`; a row without one stays a row."""

    def chunks() -> Iterator[pl.DataFrame]:
        number = 2
        for chunk in source.chunks():
            part = _expand(chunk, places)
            yield part.with_columns(pl.int_range(number, number + part.height, dtype=pl.UInt32).alias("number"))
            number += part.height

    notice = tr(_NOTICE)
    if notice in source.notices:
        return source
    return replace(source, chunks=chunks, notices=(*source.notices, notice))


def _expand(chunk: pl.DataFrame, places: Sequence[int]) -> pl.DataFrame:
    names = [str(place) for place in places]
    filled = pl.sum_horizontal(pl.col(name).is_not_null().cast(pl.UInt32) for name in names)
    if not chunk.select((filled > 1).any()).item() and not any(has_lists(chunk[name]) for name in names):
        return chunk
    rows: list[tuple[object, ...]] = []
    at = [chunk.columns.index(name) for name in names]
    for row in chunk.iter_rows():
        phones = [(place, phone) for place in at if row[place] for phone in _phones(row[place])]
        if row[1] is not None or len(phones) < 1:
            rows.append(row)
            continue
        for place, phone in phones:
            cells = list(row)
            for other in at:
                cells[other] = phone if other == place else None
            rows.append(tuple(cells))
    return pl.DataFrame(rows, schema=schema(chunk.width - 2), orient="row")


def _phones(cell: str) -> list[str]:
    is_list = cell.lstrip().startswith(("[", "{")) or " ::: " in cell
    return [phone for _, phone in listed_phones(cell)] if is_list else [cell]
