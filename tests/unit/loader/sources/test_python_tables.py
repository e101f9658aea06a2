"""Tables of a Python program: what is taken as it is, what becomes a frame, what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from batch.errors import InputRefused, SettingsError
from batch.loader.sources.python_tables import as_given

FRAME = pl.DataFrame({"phone": ["+12125550100", None], "name": ["Ana", "Bo"]})
TABLES = [
    (FRAME, FRAME, "a DataFrame"),
    (FRAME.lazy(), FRAME, "a LazyFrame"),
    ({"phone": ["+12125550100", None], "name": ("Ana", "Bo")}, FRAME, "a dict of columns"),
    ({"phone": FRAME["phone"], "name": FRAME["name"]}, FRAME, "a dict of polars columns"),
    ([{"phone": "+12125550100", "name": "Ana"}, {"name": "Bo"}], FRAME, "rows, one without a cell"),
    ([{"name": "Ana"}] * 200 + [{"name": "Bo", "phone": "1"}],
     pl.DataFrame({"name": ["Ana"] * 200 + ["Bo"], "phone": [None] * 200 + ["1"]}), "a column that begins late"),
    ({1: ["a"]}, pl.DataFrame({"1": ["a"]}), "a name that is a number"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "frame", "reason"), TABLES)
def test_a_table(source: object, frame: pl.DataFrame, reason: str) -> None:
    """Each kind of table becomes the same DataFrame."""
    found = as_given(source)
    assert isinstance(found, pl.DataFrame), reason
    assert found.equals(frame), reason


def test_a_path() -> None:
    """A path stays one, and a text too: it may be an address."""
    assert as_given(Path("a.csv")) == Path("a.csv")
    assert as_given("s3://bucket/a.csv") == "s3://bucket/a.csv"


NONE = [
    (3, "a int cannot be used as a source", "a number"),
    (b"phone", "a bytes cannot be used as a source", "bytes"),
    ([], "a list cannot be used as a source", "a list without a row"),
    ([["+12125550100"]], "a list cannot be used as a source", "rows without names"),
    ({"phone": "+12125550100"}, "a dict cannot be used as a source", "one row, not columns"),
    (None, "a NoneType cannot be used as a source", "nothing"),
]


@pytest.mark.parametrize(("source", "words", "reason"), NONE)
def test_no_table(source: object, words: str, reason: str) -> None:
    """What is no table is refused with its type, and what would be one."""
    with pytest.raises(SettingsError, match=words) as caught:
        as_given(source)
    assert "a list of dicts" in caught.value.tip, reason


def test_columns_of_different_lengths() -> None:
    """A table that cannot be read is refused in one line, with what to do."""
    with pytest.raises(InputRefused, match="cannot be read as a table") as caught:
        as_given({"phone": ["1", "2"], "name": ["Ana"]})
    assert "\n" not in caught.value.message
    assert caught.value.tip


class Column:
    """A column of a pandas DataFrame, as far as it is looked at: None is lost."""

    def __init__(self, cells: list[Any]) -> None:
        self.cells = cells

    def tolist(self) -> list[Any]:
        return [float("nan") if cell is None else cell for cell in self.cells]

    def isna(self) -> list[bool]:
        return [cell is None for cell in self.cells]


class _Places:
    def __init__(self, columns: list[Column]) -> None:
        self.columns = columns

    def __getitem__(self, at: tuple[slice, int]) -> Column:
        return self.columns[at[1]]


def pandas_frame(**changes: Any) -> object:
    """What looks like a pandas DataFrame: pandas need not be installed."""
    kind = type("DataFrame", (), {"__module__": "pandas.core.frame", **changes})
    return kind()


def test_a_pandas_frame() -> None:
    """The cells of a pandas DataFrame arrive, and a lost one is empty."""
    places = _Places([Column(["+12125550100", None]), Column(["Ana", "Bo"])])
    found = as_given(pandas_frame(iloc=places, columns=["phone", "name"]))
    assert isinstance(found, pl.DataFrame)
    assert found.equals(FRAME)


TWICE = [
    (pandas_frame(iloc=_Places([Column(["1"]), Column(["2"])]), columns=["phone", "phone"]), "a name twice"),
    ({1: ["a"], "1": ["b"]}, "a number and its text"),
]


@pytest.mark.parametrize(("source", "reason"), TWICE)
def test_two_columns_of_one_name(source: object, reason: str) -> None:
    """Of two columns with one name none is dropped in silence: the table is refused, with the name."""
    with pytest.raises(InputRefused, match=r"several columns are called (phone|1)"):
        as_given(source)
