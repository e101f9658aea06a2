"""A typed column as text: what a person would write for each value, and nothing for nothing.

Owns: floats within what their type can hold, binary columns (text, UUIDs, bytes), durations, nested values as JSON.
Source: IEEE 754 (24 bits of a Float32 hold 6 decimal digits, 53 of a Float64 hold 15, 11 of a Float16 hold 3).
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import msgspec
import polars as pl

#: Days from 1970 to the year 260,000: the engine shows no later date.
_LAST_DAY = 95_000_000
#: Type -> (integers below this are exact, decimal digits that are certain beyond it).
_FLOATS: Mapping[str, tuple[int, int]] = {"Float16": (2**11, 3), "Float32": (2**24, 6), "Float64": (2**53, 15)}


def as_text(column: pl.Series) -> pl.Series:
    """The column as text; null where a value is missing, empty, NaN, or a list or struct of nothing.

    A value that the engine cannot convert (an infinite date, a decimal of 50 digits) is text by itself, or null.
    """
    try:
        text = _convert(column)
    except BaseException as error:
        if not is_engine_error(error):
            raise
        text = pl.Series(column.name, [_one(column, at) for at in range(column.len())], pl.String)
    return text.set(text == "", None) if text.len() else text


def _convert(column: pl.Series) -> pl.Series:
    dtype = column.dtype
    if dtype == pl.String:
        return column
    if dtype.is_float():
        return _floats(column)
    if dtype == pl.Binary:
        return _binary(column)
    if dtype.is_nested() or isinstance(dtype, pl.Duration | pl.Object):
        return pl.Series(column.name, [nested_text(value) for value in column.to_list()], pl.String)
    if isinstance(dtype, pl.Date | pl.Datetime):
        column = _finite(column)
    return column.cast(pl.String, strict=False)


def _finite(column: pl.Series) -> pl.Series:
    """Dates without those beyond what can be shown: databases write infinity as the last number of the type."""
    dtype = column.dtype
    a_day = {"ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}
    limit = _LAST_DAY * (a_day[dtype.time_unit] if isinstance(dtype, pl.Datetime) else 1)
    beyond = column.to_physical().cast(pl.Float64).abs() > limit
    return column.set(beyond, None) if beyond.any() else column


def _one(column: pl.Series, at: int) -> str | None:
    """One value as text; null where even that fails."""
    try:
        return nested_text(column[at])
    except BaseException as error:
        if not is_engine_error(error):
            raise
        return None


def is_engine_error(error: BaseException) -> bool:
    """True for what the engine raises of values that it cannot read: its errors, and its panics, which are no
    `Exception` and have no public class."""
    kinds = (pl.exceptions.PolarsError, ValueError, OverflowError, TypeError, OSError)
    return isinstance(error, kinds) or type(error).__name__ == "PanicException"


def _floats(column: pl.Series) -> pl.Series:
    """Whole numbers without a fraction; beyond what the type holds, in as many digits as are certain: so a phone that
    has lost digits looks like it."""
    exact, digits = _FLOATS.get(str(column.dtype), _FLOATS["Float64"])
    value = pl.col(column.name)
    frame = column.to_frame()
    whole = value.is_finite() & (value == value.round(0))
    inexact = value.is_finite() & (value.abs() >= exact)
    text = frame.select(
        pl.when(whole & ~inexact)
        .then(value.cast(pl.Int64, strict=False).cast(pl.String))
        .when(~value.is_nan())
        .then(value.cast(pl.String))
        .alias(column.name),
        inexact.fill_null(False).alias("\0inexact"),
    )
    lossy = text["\0inexact"]
    if not lossy.any():
        return text[column.name]
    rounded = [
        f"{number:.{digits - 1}e}" if is_lossy else exact
        for number, is_lossy, exact in zip(column, lossy, text[column.name], strict=True)
    ]
    return pl.Series(column.name, rounded, pl.String)


def _binary(column: pl.Series) -> pl.Series:
    """Text where all of it is UTF-8 (padding of a fixed length taken off); UUIDs where all values are of 16 bytes;
    else bytes in hexadecimal."""
    values: list[bytes | None] = column.to_list()
    filled = [value for value in values if value]
    texts: list[str | None]
    try:
        texts = [None if value is None else value.rstrip(b"\0").decode() for value in values]
        if all(
            text is None or text.isprintable() or not any(mark < " " and mark not in "\t\r\n" for mark in text)
            for text in texts
        ):
            return pl.Series(column.name, texts, pl.String)
    except UnicodeDecodeError:
        pass
    if all(len(value) == 16 for value in filled):
        texts = [str(uuid.UUID(bytes=value)) if value else None for value in values]
    else:
        texts = [value.hex() if value else None for value in values]
    return pl.Series(column.name, texts, pl.String)


def nested_text(value: object, *, keep_list: bool = False) -> str | None:
    """A list, struct, duration or Python object as text; `None` where nothing is in it.

    A list of one text is that text, unless `keep_list`: where the report can hold a list, it stays one.
    """
    plain = _plain(value)
    if plain is None:
        return None
    if isinstance(plain, str):
        return plain
    if not keep_list and isinstance(plain, list) and len(plain) == 1 and isinstance(plain[0], str):
        return plain[0]
    return msgspec.json.encode(plain).decode()


def _plain(value: object) -> object:  # noqa: C901 - one branch for each type of value
    """`value` out of what JSON has, without what is empty in it; `None` for nothing at all."""
    if isinstance(value, pl.Series):
        value = value.to_list()
    if isinstance(value, dict):
        found = {str(name): _plain(part) for name, part in value.items()}
        return None if all(part is None for part in found.values()) else found
    if isinstance(value, list | tuple):
        kept = [part for part in map(_plain, value) if part is not None]
        return kept or None
    if isinstance(value, float):
        return None if math.isnan(value) else int(value) if value.is_integer() and abs(value) < 2**53 else value
    if isinstance(value, bytes):
        try:
            return value.rstrip(b"\0").decode() or None
        except UnicodeDecodeError:
            return str(uuid.UUID(bytes=value)) if len(value) == 16 else value.hex()
    if isinstance(value, timedelta):
        return _duration(value)
    if isinstance(value, datetime | date | time):
        return str(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if value == "":
        return None
    return value if value is None or isinstance(value, str | bool | int) else str(value)


def _duration(value: timedelta) -> str:
    """A duration as `1 day, 0:00:05`, as Python and pandas show it."""
    return str(value)
