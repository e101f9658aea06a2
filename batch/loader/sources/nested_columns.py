"""Columns inside a column: `--map phone=properties.phone` for objects of JSON and structs of Parquet.

Owns: which headers of a mapping mean a path into a column, and following it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from batch.settings.read_options import ReadOptions


def nested_columns(reading: ReadOptions, header: Sequence[str]) -> dict[str, list[str]]:
    """Name -> path of the columns that `reading` maps and that are inside one of `header`."""
    found: dict[str, list[str]] = {}
    for text in reading.mapping.values():
        for name in [text] if text in header else [part.strip() for part in text.split(",")]:
            first, *rest = name.split(".")
            if rest and name not in header and first in header:
                found[name] = [first, *rest]
    return found


def value_at(row: Mapping[str, object], path: Sequence[str]) -> object:
    """What stands at `path` in a row of objects; in a list the values of its members; `None` where there is nothing."""
    value: object = row
    for at, name in enumerate(path):
        if isinstance(value, list):
            return [value_at(each, path[at:]) for each in value if isinstance(each, dict)]
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def series_at(column: pl.Series, path: Sequence[str]) -> pl.Series:
    """What stands at `path` (below the column itself) in a column of structs; null where there is nothing."""
    for name in path:
        dtype = column.dtype
        if isinstance(dtype, pl.Struct) and name in {field.name for field in dtype.fields}:
            column = column.struct.field(name)
        elif isinstance(dtype, pl.List) and isinstance(dtype.inner, pl.Struct):
            column = column.list.eval(pl.element().struct.field(name))
        else:
            return pl.Series(column.name, [None] * column.len(), pl.String)
    return column
