"""The texts of date cells, read back by the number format of their column, and which columns remember a format."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from batch.loader import ReadOptions, load
from batch.loader.sources.workbooks.date_text import format_of, keeps_value, plain_types, stored_number
from batch.loader.sources.workbooks.number_format import display
from batch.model import Operation

#: Formats that show a whole day, and formats of times.
DAYS = [
    *("d/m/yyyy", "dd/mm/yyyy", "m/d/yyyy", "mm-dd-yyyy", "d.m.yyyy", "yyyy/mm/dd", "dd-mmm-yyyy", "mmmm d, yyyy"),
    *('d "de" mmmm "de" yyyy', "[$-80A]dddd d mmmm yyyy", "[$-F800]dddd, mmmm dd, yyyy", "dd/mm/yyyy;@"),
    *("d/m/yyyy h:mm", "m/d/yyyy hh:mm:ss", "m/d/yyyy h:mm AM/PM", "d/m/yy", "d-mmm-yy", "yyyy-mm-dd hh:mm:ss"),
]
TIMES = ["h:mm", "hh:mm:ss", "h:mm:ss AM/PM", "[h]:mm:ss", "[mm]:ss"]


@example(days=46_028, seconds=0, code="d/m/yyyy")
@given(days=st.integers(10_959, 47_482), seconds=st.integers(0, 86_399), code=st.sampled_from(DAYS))
def test_a_day_comes_back_from_its_text(days: int, seconds: int, code: str) -> None:
    """For any day and any format that shows a whole day, the text gives that day back, and is shown again."""
    number = days + seconds / 86_400
    text = display(number, code)
    back = stored_number(text, code)
    assert back is not None
    assert int(back) == days and keeps_value(code, number)
    assert display(back, code) == text


@given(seconds=st.integers(0, 86_399), code=st.sampled_from(TIMES))
def test_a_time_comes_back_from_its_text(seconds: int, code: str) -> None:
    """For any time of a day and any format of times, the text gives a time back that is shown as it was."""
    text = display(seconds / 86_400, code)
    back = stored_number(text, code)
    assert back is not None and keeps_value(code, seconds / 86_400)
    assert display(back, code) == text


#: Text, format, the days since 1899-12-30, why.
TEXTS = [
    ("6/1/2026", "d/m/yyyy", 46_028.0, "day first"),
    ("1/6/2026", "m/d/yyyy", 46_028.0, "month first"),
    ("6/1/2026 14:30", "d/m/yyyy h:mm", 46_028 + 14.5 / 24, "with a time"),
    ("12:05 AM", "h:mm AM/PM", 5 / 1440, "midnight is twelve"),
    ("26:15:00", "[h]:mm:ss", 26.25 / 24, "a duration over a day"),
    ("6 de enero de 2026", '[$-80A]d "de" mmmm "de" yyyy', 46_028.0, "a month in Spanish"),
    ("31/2/2026", "d/m/yyyy", None, "no such day"),
    ("1/13/2026", "d/m/yyyy", None, "no such month"),
    ("06/1/2026", "d/m/yyyy", None, "a zero that the format would not show"),
    ("6/1/2026 ", "d/m/yyyy", None, "a space that the format would not show"),
    ("6-ene", "[$-80A]d-mmm", None, "no year"),
    ("ene-26", "[$-80A]mmm-yy", None, "no day"),
    ("28/2/1900", "d/m/yyyy", None, "before the days that Excel counts right"),
    ("+12125550101", "0", None, "no date format"),
    ("6/1/2026", "d/m/yyyy" * 20, None, "a format that is too long"),
    ("soon", "d/m/yyyy", None, "words"),
    ("25:00", "h:mm", None, "no such hour"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "number", "reason"), TEXTS)
def test_stored_number(text: str, code: str, number: float | None, reason: str) -> None:
    """A text is the number whose cell shows exactly it, or no date."""
    found = stored_number(text, code)
    assert found == (None if number is None else pytest.approx(number)), reason


#: Value, format, whether its text gives it back, why.
VALUES = [
    (46_028.0, "d/m/yyyy", True, "a day"),
    (46_028.6, "d/m/yyyy", True, "a day with a time that is not shown"),
    (46_028.0, "d/m/yy", True, "a year that two digits mean"),
    (9_000.0, "d/m/yy", False, "a birthday in 1924, which two digits would make 2024"),
    (46_028.5, "h:mm", False, "a day that is not shown"),
    (0.5, "h:mm", True, "a time"),
    (0.5, "mm:ss", False, "hours that are not shown"),
    (1.5, "[h]:mm", True, "a duration"),
    (46_028.0, "mmm-yy", False, "no day"),
    (59.0, "d/m/yyyy", False, "before March 1900"),
    (46_028.0, "0.00", False, "no date"),
]


@pytest.mark.parametrize(("value", "code", "kept", "reason"), VALUES)
def test_values_that_their_text_gives_back(value: float, code: str, kept: bool, reason: str) -> None:
    """A format is kept only for values that the text of their cell gives back."""
    assert keeps_value(code, value) is kept, reason


def types_of(
    path: Path, cells: list[tuple[Any, str]], *, date_1904: bool = False
) -> tuple[list[str | None], str | None]:
    """The texts of a column with `cells` (value, format), and the format that is remembered for it."""
    book = openpyxl.Workbook()
    if date_1904:
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.active.append(["Phone", "Last call"])
    for at, (value, code) in enumerate(cells, 2):
        book.active.cell(at, 1, "+12125550101")
        book.active.cell(at, 2, value).number_format = code
    book.save(path)
    loaded = load(path, ReadOptions(operation=Operation.FULFILL))
    texts = [row.cells[1] for rows in loaded.batches() for row in rows]
    return texts, format_of(loaded.facts.dtypes[1])


DAY, MOMENT = date(2026, 1, 6), datetime(2026, 1, 6, 14, 30)
COLUMNS = [
    ([(DAY, "d/m/yyyy")], ["6/1/2026"], "d/m/yyyy", "a date"),
    ([(MOMENT, "d/m/yyyy h:mm")], ["6/1/2026 14:30"], "d/m/yyyy h:mm", "a date with its time"),
    ([(time(9, 5), "h:mm")], ["9:05"], "h:mm", "a time"),
    ([(DAY, "d/m/yyyy"), ("soon", "General"), (None, "General")], ["6/1/2026", "soon", None], "d/m/yyyy",
     "a text and an empty cell among dates"),
    ([(DAY, "d/m/yyyy"), (DAY, "m/d/yyyy")], ["6/1/2026", "1/6/2026"], None, "two formats: nobody knows which"),
    ([(DAY, "d/m/yyyy"), (date(1924, 8, 21), "d/m/yy")], ["6/1/2026", "21/8/24"], None, "one that is not given back"),
    ([(5, "General")], ["5"], None, "numbers"),
    ([("6/1/2026", "General")], ["6/1/2026"], None, "texts"),
]  # fmt: skip


@pytest.mark.parametrize("date_1904", [False, True])
@pytest.mark.parametrize(("cells", "texts", "code", "reason"), COLUMNS)
def test_the_format_of_a_column_of_dates(
    tmp_path: Path,
    cells: list[tuple[Any, str]],
    texts: list[str | None],
    code: str | None,
    reason: str,
    date_1904: bool,
) -> None:
    """A column whose dates all have one format remembers it, in workbooks that count from 1900 and from 1904."""
    assert types_of(tmp_path / "dates.xlsx", cells, date_1904=date_1904) == (texts, code), reason


def test_types_of_older_runs_compare_equal() -> None:
    """A run that did not record the formats of dates has the same columns."""
    assert plain_types(("String", "DateCell:d/m/yyyy", "Int64")) == ("String", "String", "Int64")
