"""Texts that go into a workbook as dates, and the number format that shows each as the same text."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.loader.sources.workbooks.number_format import display
from batch.reporter.date_cells import date_cell

DATES = [
    ("2026-01-06", datetime(2026, 1, 6), "yyyy-mm-dd", "a day"),
    ("2026-01-06 9:30", datetime(2026, 1, 6, 9, 30), "yyyy-mm-dd h:mm", "an hour of one digit"),
    ("2026-01-06 09:30", datetime(2026, 1, 6, 9, 30), "yyyy-mm-dd hh:mm", "an hour with its zero"),
    ("2026-01-06 14:05:09", datetime(2026, 1, 6, 14, 5, 9), "yyyy-mm-dd hh:mm:ss", "seconds"),
    ("2024-02-29", datetime(2024, 2, 29), "yyyy-mm-dd", "a leap day"),
    ("1900-03-01", datetime(1900, 3, 1), "yyyy-mm-dd", "the first day that Excel counts right"),
]
TEXTS = [
    ("2025-02-29", "no such day"),
    ("2026-13-01", "no such month"),
    ("2026-01-06 24:00", "no such hour"),
    ("2026-01-06 10:00:60", "a leap second, which no workbook holds"),
    ("1900-02-28", "Excel counts one day more before March 1900"),
    ("2026-1-6", "no format shows it so for sure"),
    ("2026-01-06T09:30", "a T, which would be lost"),
    ("06/01/2026", "day or month: nobody knows"),
    (" 2026-01-06", "a space, which would be lost"),
    ("2026-01-06\n", "a line break, which would be lost"),
    ("\u0662\u0660\u0662\u0666-01-06", "other digits, which would come back as ours"),
    ("20260106", "a number"),
    ("", "an empty cell"),
]


@pytest.mark.parametrize(("text", "moment", "number_format", "reason"), DATES)
def test_a_date(text: str, moment: datetime, number_format: str, reason: str) -> None:
    """An ISO date is that moment, in the format that shows the text again."""
    assert date_cell(text) == (from_excel_start(moment), number_format), reason


@pytest.mark.parametrize(("text", "reason"), TEXTS)
def test_a_text_that_stays_a_text(text: str, reason: str) -> None:
    """What is no date, or would not come back as it was, stays a text."""
    assert date_cell(text) is None, reason


@given(st.datetimes(datetime(1900, 3, 1), datetime(9999, 12, 31)), st.sampled_from(["", " %H:%M", " %H:%M:%S"]))
def test_the_format_shows_the_text(moment: datetime, of_time: str) -> None:
    """For any moment that Excel knows, the number format shows the very text."""
    text = f"{moment:%Y-%m-%d}" + (moment.strftime(of_time) if of_time else "")
    cell = date_cell(text)
    assert cell is not None
    shown = cell.number_format.replace("yyyy", "%Y").replace("hh:mm", "%H:%M").replace("mm", "%m").replace("dd", "%d")
    assert (
        cell.number == from_excel_start(moment.replace(second=moment.second if "ss" in shown else 0, microsecond=0))
        or not of_time
    )
    assert moment.strftime(shown.replace("ss", "%S")) == text


def from_excel_start(moment: datetime) -> float:
    """The days since 1899-12-30, as a workbook stores a moment."""
    since = moment - datetime(1899, 12, 30)
    return since.days + since.seconds / 86_400


OF_COLUMNS = [
    ("1/6/2026", "m/d/yyyy", "1/6/2026", "the format of the column says which is the month"),
    ("06/01/2026", "dd/mm/yyyy", "06/01/2026", "and which is the day"),
    ("2026-01-06", "dd/mm/yyyy", None, "an ISO text in that column keeps its own look"),
    ("13/06/2026", "m/d/yyyy", None, "a text that is no date in that format stays a text"),
    ("soon", "dd/mm/yyyy", None, "words stay a text"),
]


@pytest.mark.parametrize(("text", "column_format", "shown", "reason"), OF_COLUMNS)
def test_a_date_in_the_format_of_its_column(text: str, column_format: str, shown: str | None, reason: str) -> None:
    """A text that the column's format shows is a date in that format; any other is judged as in a column of text."""
    cell = date_cell(text, column_format)
    if shown is None:
        assert cell == date_cell(text), reason
    else:
        assert cell is not None and cell.number_format == column_format, reason
        assert display(cell.number, column_format) == shown, reason
