"""Cells that once named another person's number, a row for each kind, with what is right and why."""

from __future__ import annotations

import polars as pl
import pytest

from batch.loader.phones.parse import Rules, judge
from batch.loader.phones.vectorised import judge_column

CASES = [
    # region, cell, E.164, a code or `flagged`, why
    ("DE", "+49 49 151 23456789", "+4915123456789", "the calling code twice: nobody dials so many digits behind one"),
    ("DE", "+49 49 30 227827", "+4930227827", "the second code is a group of its own"),
    ("FI", "+358 358 40 8689123", "+358408689123", "the same in another open plan"),
    ("IT", "+39 39 07 18 71 8", "ambiguous", "pairs: the second 39 can begin a mobile number"),
    ("DE", "+4949551672869", "+4949551672869", "bare E.164 is what it says"),
    ("DE", "49491798595095", "+491798595095", "the own code twice, without +"),
    ("ID", "6262957812388", "ambiguous", "without +, and short enough for a landline that begins with 62"),
    ("DE", "049 175 87583259", "+4917587583259", "a zero before the own code, which is a group of its own"),
    ("DE", "0491607293349", "+491607293349", "and where nobody dials so many digits"),
    ("DE", "0491 60729", "+4949160729", "the area code of Leer is no calling code"),
    ("IT", "039 123456", "+39039123456", "nor is that of Monza"),
    ("DE", "0004916209806810", "+4916209806810", "stray zeros before the own code"),
    ("PH", "0063 2 133465", "invalid_number", "00 and the own code: the rest is no home number of another area"),
    ("BR", "0055 61 7505 34171", "invalid_number", "00 55 is no carrier's exit code before Australia's 61"),
    ("CO", "0057 301 234 56789", "invalid_number", "00 5 is none before Russia's 7"),
    ("SG", "0255 724 296 143", "invalid_number", "a carrier's exit code leads to no old spelling"),
    ("BR", "+55 (0)65 962267 4375", "invalid_number", "behind +55 no carrier's digits are dialled"),
    ("BR", "319637095708", "invalid_number", "nor behind a zero that the spreadsheet is said to have taken"),
    ("RU", "+7 834 5038 04 94", "invalid_number", "an 8 in a group is a digit too many, no prefix"),
    ("RU", "+7 8 495 123-45-67", "+74951234567", "an 8 in a group of its own is the prefix"),
    ("CN", "1 9 5 6 6 4 8 5 0 4 9", "+8619566485049", "digits one by one: the first group is no calling code"),
    ("DE", "262692 35 00 39", "+262692350039", "a calling code glued to the area, without the 0 of a landline"),
    ("DE", "41791 234567", "ambiguous", "the same, but no longer than a landline"),
    ("MX", "64 (21) 427 182", "ambiguous", "a calling code and an area in brackets; or ten digits of Mexico"),
    ("US", "47 46 74 97 93", "ambiguous", "a Norwegian mobile number in its own groups; or ten digits"),
    ("BR", "90.352.693.03.00", "ambiguous", "Turkey, or Brazil's 90 for collect calls"),
    ("BR", "(62) 759301-3753", "invalid_number", "62 in brackets is the area of Goiânia, not Indonesia"),
    ("BR", "(55) 2483-691211", "invalid_number", "55 in brackets is an area: no own code before an old mobile number"),
    ("PY", "961-1584264", "invalid_number", "a digit too many behind the area 961, not Lebanon"),
    ("CI", "+225 (0)05 71 21 10309", "invalid_number", "the zeros around the bracket are no exit code"),
    ("DE", "030 227827 (Büro 2)", "+4930227827", "the digit of a remark belongs to no number"),
    ("DE", "030 227827 (since 2019)", "+4930227827", "nor does a year"),
    ("AT", "+43 683 422590 (disconnected 2019)", "flagged", "nor the year of a remark that flags"),
    ("AT", "+43 683 422590 disconnected 2019", "flagged", "without brackets as well"),
    ("AT", "0664 1234567 (2)", "+436641234567", "a digit in brackets at the end"),
    ("AT", "0664 1234567 (12)", "not_a_number", "two digits can be an extension, or the number's own"),
    ("IT", "06 1234 5678 casa 2", "not_a_number", "a label with a digit behind a whole number"),
    ("DE", "2) 030 227827", "+4930227827", "the place in a list"),
    ("US", "212-555-0101 [deleted]", "flagged", "a remark in other words"),
    ("MX", "55 1234 5678 (fuera de uso)", "flagged", "in Spanish"),
    ("FR", "01 23 45 67 89 (n'existe plus)", "flagged", "in French"),
    ("BR", "(11) 96123-4567 não perturbe", "flagged", "in Portuguese"),
    ("FR", "33 6 12 34 56", "invalid_number", "behind the own code digits are missing: no landline of another area"),
    ("NL", "31 6 123456", "invalid_number", "the same"),
    ("IN", "91-91234567", "invalid_number", "the same of a mobile number, with a dash"),
    ("IT", "(39) 1234567", "invalid_number", "the same in brackets"),
    ("SG", "65 9123 45", "invalid_number", "the same where home numbers have no prefix"),
    ("ID", "62 812 3456", "invalid_number", "the same in an open plan"),
    ("DE", "49 1234567", "invalid_number", "49 is not how the area 491 is written"),
    ("BR", "55 3212 3456", "+555532123456", "55 is an area of Brazil as well"),
    ("PL", "48 501 23 45", "+48485012345", "48 is Radom's area as well"),
    ("DE", "447700900123", "invalid_number", "bare, and longer than people dial: no landline that lost its 0"),
    ("DE", "0447700900123", "+49447700900123", "written with its 0 it is what it says"),
    ("DE", "8 916 123 45 67", "invalid_number", "8 is a part of Munich's area code: Russia's prefix"),
    ("DE", "89 12345678", "+498912345678", "the whole area code, without its 0"),
    ("ZA", "082 123 456", "invalid_number", "a mobile number without its last digit is none of eight digits"),
    ("ZA", "+27 82 123 456", "invalid_number", "the same behind +27"),
    ("KR", "010-123-4567", "invalid_number", "behind 010 are eight digits"),
    ("AT", "+43 664 12345", "invalid_number", "so short is no mobile number there"),
    ("FI", "040 123 45", "invalid_number", "nor in Finland"),
    ("AR", "11 1523-4567", "invalid_number", "15 begins a mobile number, without its last digits"),
    ("IE", "048 9012 3456", "invalid_number", "048 leads to Northern Ireland, which is not +353 48"),
    ("MX", "+1 55 1234 5678", "ambiguous", "the +1 of a form before a Mexican number; or New Jersey"),
    ("US", "+1 551 234 5678", "+15512345678", "New Jersey as it is written"),
    ("AR", "+54 9 011 2345 6789", "+5491123456789", "the 0 of the area code behind the 9"),
    ("AR", "+54 9 0351 512-3456", "+5493515123456", "the same of another area"),
    ("BR", "554891234567@c.us", "+5548991234567", "WhatsApp ids have the eight digits of old accounts"),
    ("DE", "Tel/Fax 030 227827", "+4930227827", "a telephone that is a fax as well"),
    ("DE", "Fax 030 227827", "flagged", "a fax alone"),
    ("DE", "030 227827 Durchw. 12", "+4930227827", "an extension, abbreviated"),
    ("BR", "(11) 3123-4567 R. 12", "+551131234567", "the same in Brazil"),
    ("US", "212-555-0101 opt 2", "+12125550101", "what is pressed behind the number"),
    ("US", "212-555-0101 option 2", "+12125550101", "the same"),
    ("US", "212-555-0101 opt out", "flagged", "no option"),
    ("US", "%2B12125550101", "+12125550101", "out of a link"),
    ("US", "+1%20212%20555%200101", "+12125550101", "the same with its spaces"),
    ("US", "signal.me/#p/+12125550101", "+12125550101", "a link to Signal"),
    ("US", "viber://chat?number=%2B12125550101", "+12125550101", "and to Viber"),
    ("BR", "554833334444@c.us", "+554833334444", "those of landlines lack none"),
]  # fmt: skip


@pytest.mark.parametrize(("region", "cell", "expected", "why"), CASES)
def test_nobody_else_is_named(region: str, cell: str, expected: str, why: str) -> None:
    """Each cell is read as the number that it means, refused, or flagged."""
    phone = judge(cell, region, Rules())
    seen = "flagged" if phone.flag else phone.e164 or phone.code
    assert seen == expected, why


@pytest.mark.parametrize(("region", "cell", "expected", "why"), CASES)
def test_a_column_says_the_same(region: str, cell: str, expected: str, why: str) -> None:
    """A whole column of the cell is answered as the cell is."""
    size = 60  # above `validity.FEWEST`, so that the column's own rules decide
    found = judge_column(pl.Series([cell] * size), pl.repeat(region, size, dtype=pl.String, eager=True), Rules())
    (seen,) = found.select("phone", "code", "flag").unique().rows()
    phone = judge(cell, region, Rules())
    assert (seen[0], seen[1] or "", seen[2] or "") == (phone.e164, phone.code, phone.flag), why
