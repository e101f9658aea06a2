"""Cells of a phone column that hold digits, and no phone number: what a person sees at once is never called."""

from __future__ import annotations

import polars as pl
import pytest

from batch.loader.phones.parse import Rules
from batch.loader.phones.vectorised import judge_column
from batch.loader.rows.no_phones import refuse_no_phones

NONE = [
    # region, cell, what it is
    ("AT", "15.1.24", "a date"),
    ("SE", "20-05-90", "a date"),
    ("IT", "01/15/24", "a date"),
    ("TH", "2024 01 15", "a date"),
    ("AT", "12/2024", "a date"),
    ("CL", "2024/2025", "a date"),
    ("DE", "2024-01-15 10:15", "a date"),
    ("FI", "10:15:30", "a time"),
    ("BE", "12:30-14:00", "a time"),
    ("RS", "-34.6037, -58.3816", "a place on the map"),
    ("AT", "19.4326° N, 99.1332° W", "a place on the map"),
    ("US", "255.255.255.255", "the address of a computer"),
    ("AT", "192.168.100.200", "the address of a computer"),
    ("US", "20-23456789-3", "written as the number of a document"),
    ("CL", "22.345.678-9", "written as the number of a document"),
    ("BR", "119.876.543-21", "written as the number of a document"),
    ("MX", "900123456-7", "written as the number of a document"),
    ("FR", "33.10.12-123.45", "written as the number of a document"),
    ("DE", "3714-496353-98431", "written as the number of a document"),
    ("FR", "0123456789", "a placeholder"),
    ("GB", "1234567890", "a placeholder"),
    ("FR", "1,2,3,4,5,6,7,8,9", "a placeholder"),
    ("MX", "9999999999", "a placeholder"),
    ("AR", "(11) 1111-1111", "a placeholder"),
    ("FR", "06 66 66 66 66", "a placeholder"),
    ("US", "-2125550101", "a negative number"),
    ("BR", "-144646741.5", "a negative number"),
    ("CO", "1994. 11. 26.", "a date"),
    ("CO", "19941126", "a date"),
    ("IE", "1979-1980", "a date"),
    ("IE", "1979–1981", "a date"),
    ("NL", "09:00–18:00 Uhr", "a time"),
    ("IT", "09.00-17.00", "a time"),
    ("IT", "0900-1700", "a time"),
    ("AU", "52.4239 55.3059", "a place on the map"),
    ("US", "+43.7278-015.4819/", "a place on the map"),
    ("FR", "-57.8836215", "a place on the map"),
    ("GT", "44.530.969-T", "written as the number of a document"),
    ("SG", "66952701T", "written as the number of a document"),
    ("HK", "C36912767", "written as the number of a document"),
    ("PA", "NIE Y1707418X", "written as the number of a document"),
    ("FR", "602-44-1967", "written as the number of a document"),
    ("CH", "CHE-312.336.677", "written as the number of a document"),
    ("PE", "CEP 16803-692", "written as the number of a document"),
    ("DE", "〒340-7778", "written as the number of a document"),
    ("ES", "customer no. 714102581", "written as the number of a document"),
    ("US", "lead_9474287928", "written as the number of a document"),
    ("PE", "12345678", "a placeholder"),
    ("US", "12345678901", "a placeholder"),
    ("BR", "(11) 99999-9999", "a placeholder"),
    ("PL", "0500000000", "a placeholder"),
    ("BR", "0800 000 0000", "a placeholder"),
    ("CA", "80000000000", "a placeholder"),
]
PHONES = [
    # region, cell, why
    ("CR", "2010-2019", "eight digits as Costa Rica writes them"),
    ("DK", "20 24 01 15", "pairs of digits"),
    ("BE", "010.20.30.40", "bytes with zeros"),
    ("ES", "91.123.45.67", "bytes, in the groups of Madrid"),
    ("ES", "600.000.101", "thousands"),
    ("US", "212-555-0101", "no digit again and again"),
    ("US", "*212 555 0101", "the mark of a footnote and an area code"),
    ("ES", "*612 345 679", "the same of a mobile number"),
    ("FR", "01 23 45 67 80", "not the digits in their order"),
    ("DE", "030 22782-7", "a short last group, and no number of eight digits before it"),
]


def judged(region: str, cell: str) -> pl.DataFrame:
    """The column of `cell` alone, as the loader sees it."""
    cells, homes = pl.Series("cell", [cell]), pl.Series("home", [region])
    return refuse_no_phones(judge_column(cells, homes, Rules()).with_columns(cells, homes))


@pytest.mark.parametrize(("region", "cell", "what"), NONE)
def test_what_is_no_phone_is_refused(region: str, cell: str, what: str) -> None:
    """Digits in the punctuation of something else are `not_a_number`, with the words for it."""
    row = judged(region, cell).row(0, named=True)
    assert (row["phone"], row["code"], row["message"]) == (None, "not_a_number", f'"{cell}" is {what}')
    assert row["region"] is row["kind"] is None


@pytest.mark.parametrize(("region", "cell"), [("US", "*67 2125550101"), ("NL", "*31# 0612345678")])
def test_what_is_dialled_before_a_number_is_refused(region: str, cell: str) -> None:
    """The code of a service and a number behind it are two things."""
    assert judged(region, cell)["message"][0] == f'"{cell}" begins with the code of a service'


@pytest.mark.parametrize(("region", "cell", "why"), PHONES)
def test_phones_are_left_alone(region: str, cell: str, why: str) -> None:
    """What looks like one of them, and is written so by its country, stays a number."""
    assert judged(region, cell)["phone"][0] is not None, why


def test_the_order_of_rows_stays() -> None:
    """Refused rows stand where they stood."""
    cells = pl.Series("cell", ["+12125550101", "2024/2025", None, "+12125550102", "1234567890"])
    homes = pl.Series("home", ["GB"] * len(cells))
    found = refuse_no_phones(judge_column(cells, homes, Rules()).with_columns(cells, homes))
    assert found["phone"].to_list() == ["+12125550101", None, None, "+12125550102", None]
    assert found["cell"].to_list() == cells.to_list()
