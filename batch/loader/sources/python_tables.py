"""Tables of a Python program that are neither a file nor a polars DataFrame.

Owns: a LazyFrame, a pandas DataFrame, a dict of columns or a list of dicts -> a DataFrame, and the refusal of the rest.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from batch.errors import InputRefused, SettingsError
from batch.loader.sources.several_files import SeveralFiles, given_files
from batch.text.language import tr


class PandasFrame(Protocol):
    """A pandas DataFrame, which need not be installed."""

    @property
    def iloc(self) -> Any: ...

    @property
    def columns(self) -> Any: ...


#: What a program may give in place of a path or a polars DataFrame.
TableSource = (
    pl.LazyFrame | PandasFrame | Mapping[str, Any] | Sequence[Mapping[str, Any]] | Sequence[str | os.PathLike[str]]
)


def as_source(source: object) -> str | Path | pl.DataFrame | SeveralFiles:
    """As `as_given`; a list of paths is several files that are read as one table."""
    if isinstance(source, list | tuple) and source and all(isinstance(each, str | os.PathLike) for each in source):
        return given_files([Path(each) for each in source])
    return as_given(source)


def as_given(source: object) -> str | Path | pl.DataFrame:
    """The source that `source` is. Raises SettingsError for what is no table, InputRefused for an unreadable one."""
    if isinstance(source, str | pl.DataFrame):
        return source
    if isinstance(source, os.PathLike):
        return Path(source)
    kind = f"{type(source).__module__.partition('.')[0]}.{type(source).__name__}"
    try:
        frame = _as_frame(source, kind)
    except (pl.exceptions.PolarsError, TypeError, ValueError, OverflowError) as error:
        raise InputRefused(
            tr("the {kind} cannot be read as a table: {error}", kind=kind, error=str(error).split("\n")[0]),
            tip=tr("Make each column one type, best text, and give a polars DataFrame."),
        ) from None
    if frame is not None:
        return frame
    raise SettingsError(
        tr("a {kind} cannot be used as a source.", kind=kind.removeprefix("builtins.")),
        tip=tr(
            "Give a path, a list of paths, a polars DataFrame or LazyFrame, a pandas DataFrame, a dict of columns, "
            "or a list of dicts."
        ),
    )


def _as_frame(source: object, kind: str) -> pl.DataFrame | None:
    """The frame of a table of another type; `None` for what is no table."""
    if isinstance(source, pl.LazyFrame):
        return source.collect()
    if kind == "pandas.DataFrame":
        return _from_pandas(source)
    if isinstance(source, Mapping) and all(_is_column(column) for column in source.values()):
        return _of_columns((str(name), list(column)) for name, column in source.items())
    if isinstance(source, Sequence) and source and all(isinstance(row, Mapping) for row in source):
        return pl.DataFrame(list(source), strict=False, infer_schema_length=None)
    return None


def _is_column(value: object) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping)


def _from_pandas(frame: Any) -> pl.DataFrame:
    """The cells of a pandas DataFrame; NaN, NaT and NA are empty."""
    columns = ((str(name), frame.iloc[:, place]) for place, name in enumerate(frame.columns))
    return _of_columns((name, _cells(column)) for name, column in columns)


def _cells(column: Any) -> list[Any]:
    return [None if lost else cell for cell, lost in zip(column.tolist(), column.isna(), strict=True)]


def _of_columns(columns: Iterable[tuple[str, list[Any]]]) -> pl.DataFrame:
    """The frame of `columns`. Raises ValueError where two of them have one name: no column is dropped in silence."""
    found: dict[str, list[Any]] = {}
    for name, cells in columns:
        if name in found:
            raise ValueError(tr("several columns are called {name}.", name=name))
        found[name] = cells
    return pl.DataFrame(found, strict=False)
