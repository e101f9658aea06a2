"""NDJSON: one JSON object a line; its keys are the columns, in the order in which they first appear.

Owns: columns and types over all lines, values as text, row numbers (a key line would be 1, so line 1 is row 2).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import IO

import msgspec
import polars as pl

from batch.errors import InputRefused
from batch.loader.chunks import Row, build_chunk, chunk_rows
from batch.loader.sources.nested_columns import value_at
from batch.loader.sources.typed_text import nested_text
from batch.text.language import tr

#: A longer line is no contact.
LONGEST_LINE = 1 << 20
#: Rows that are held as Python objects at a time.
MOST_ROWS = 20_000
#: More keys than this over all lines are no columns.
MOST_COLUMNS = 4096
_DTYPES: Mapping[type, str] = {str: "String", int: "Int64", float: "Float64", bool: "Boolean"}


def read_layout(path: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The keys of all objects and the polars type of each (String where lines differ). Raises InputRefused if none."""
    types: dict[str, set[type]] = {}
    with path.open("rb") as file:
        for _, found in _objects(file):
            if isinstance(found, str):
                continue
            for key, value in found.items():
                if value is not None:
                    types.setdefault(key, set()).add(type(value))
                else:
                    types.setdefault(key, set())
            if len(types) > MOST_COLUMNS:
                raise InputRefused(
                    tr("{path} has more than {most_columns:,} different keys.", path=path, most_columns=MOST_COLUMNS),
                    tip=tr("Give one flat object per contact."),
                )
    if not types:
        raise InputRefused(
            tr("{path} holds no JSON object.", path=path), tip=tr("Give NDJSON: one JSON object per line.")
        )
    return tuple(types), tuple(_dtype(kinds) for kinds in types.values())


def read_chunks(
    path: Path, header: tuple[str, ...], nested: Mapping[str, Sequence[str]] | None = None
) -> Iterator[pl.DataFrame]:
    """Yield the lines as rows in chunks; blank lines are left out but counted. `nested` are columns inside columns."""
    width = len(header)
    most = min(chunk_rows(width), MOST_ROWS)
    with path.open("rb") as file:
        objects = _objects(file)
        while part := list(islice(objects, most)):
            yield build_chunk(
                [number for number, _ in part],
                [tr("the line is no JSON object") if isinstance(found, str) else None for _, found in part],
                [_row(found, header, nested or {}) for _, found in part],
                width,
            )


def _row(found: dict[str, object] | str, header: tuple[str, ...], nested: Mapping[str, Sequence[str]]) -> Row:
    if isinstance(found, str):
        return (found, *[None] * (len(header) - 1))
    if nested:
        return tuple([_text(value_at(found, nested[key]) if key in nested else found.get(key)) for key in header])
    return tuple([_text(found.get(key)) for key in header])


def _objects(file: IO[bytes]) -> Iterator[tuple[int, dict[str, object] | str]]:
    """Yield (row number, object), or the line as text where it is no object."""
    decoder = msgspec.json.Decoder(dict[str, object])
    number = 1
    while line := file.readline(LONGEST_LINE):
        number += 1
        if not line.strip(b" \t\r\n\xef\xbb\xbf"):
            continue
        try:
            yield number, decoder.decode(line.removeprefix(b"\xef\xbb\xbf"))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            yield number, line[:1000].decode("utf-8", "replace").rstrip("\r\n")
        while not line.endswith(b"\n") and len(line) == LONGEST_LINE:  # the rest of a line that was too long
            line = file.readline(LONGEST_LINE)


def _text(value: object) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    return nested_text(value, keep_list=True)


def _dtype(kinds: set[type]) -> str:
    if kinds == {int, float}:
        return "Float64"
    return _DTYPES.get(next(iter(kinds)), "String") if len(kinds) == 1 else "String"
