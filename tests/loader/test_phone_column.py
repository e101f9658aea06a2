"""The column-wise reading of phones says what the one-by-one reading says, and that what libphonenumber says.

`GUAYABA_LONG=1` takes a million numbers instead of a sample.
"""

from __future__ import annotations

import os
import random

import phonenumbers
import pytest

from batch.loader import phone_column
from batch.loader.phone_column import judge_column
from batch.loader.phones import Rules, judge

LONG = os.environ.get("GUAYABA_LONG") == "1"
PUNCTUATION = (" ", "-", ".", "(", ")", "  ", ") ", "-(", "/", "\u00a0", "\u2011", ",", ".0")
EXAMPLES = [
    example
    for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    for kind in range(11)
    if (example := phonenumbers.example_number_for_type(region, kind)) is not None
]


def near_misses(draws: random.Random, count: int) -> list[str]:
    """Numbers around the examples of every region: digits changed, lost and added, prefixes, punctuation; and noise."""
    cells: list[str] = []
    while len(cells) < count:
        example = draws.choice(EXAMPLES)
        national = list(phonenumbers.national_significant_number(example))
        for _ in range(draws.randrange(4)):
            national[draws.randrange(len(national))] = draws.choice("0123456789")
        digits = "".join(national)
        digits = draws.choice((digits, digits, digits, digits[:-1], digits + draws.choice("0123456789")))
        code = example.country_code
        foreign = (
            f"+{code}{digits}",
            f"{code}{digits}",
            f"+{code} (0){digits}",
            f"00{code}{digits}",
            f"011{code}{digits}",
        )
        cell = draws.choice(
            (*foreign, f"+{code}{digits}", digits, f"0{digits}", f"1{digits}", str(draws.randrange(10**15)))
        )
        if draws.random() < 0.4:
            at = draws.randrange(len(cell) + 1)
            cell = cell[:at] + draws.choice(PUNCTUATION) + cell[at:]
        cells.append(cell)
    return cells


def examples() -> list[str]:
    """Every region's example numbers in E.164, international and national format."""
    return [phonenumbers.format_number(example, style) for example in EXAMPLES for style in (0, 1, 2)]


@pytest.mark.parametrize("region", ["US", "GB", "DE", "IT", "AR", "BR", "MX", "KZ", "BS", None])
@pytest.mark.parametrize("wary", [False, True])
def test_a_column_is_judged_as_its_cells_are(region: str | None, wary: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """For every region's examples and near misses the column's answers are those of `judge`, to the last field."""
    monkeypatch.setattr(phone_column, "FEWEST", 1)
    cells = near_misses(random.Random(f"{region}{wary}"), 50_000 if LONG else 1_000)
    cells += examples() if LONG or region == "US" else []
    rules = Rules(wary=wary)
    for cell, found in zip(cells, judge_column(cells, region, rules), strict=True):
        assert found == judge(cell, region, rules), cell


@pytest.mark.parametrize("region", ["US", "GB", "IT"])
def test_the_answer_is_the_librarys(region: str) -> None:
    """Where we give a number without a repair, it is the one that libphonenumber parses; valid ones are not lost."""
    drawn = near_misses(random.Random(region), 50_000 if LONG else 3_000)
    cells = [cell for cell in drawn if not cell.endswith((".0", ".00"))]  # the library takes a float's zeros for digits
    for cell, found in zip(cells, judge_column(cells, region, Rules()), strict=True):
        try:
            number = phonenumbers.parse(cell, region)
        except phonenumbers.NumberParseException:
            assert found.e164 is None or found.repairs, cell
            continue
        if not phonenumbers.is_valid_number(number):
            assert found.e164 is None or found.repairs, cell
        elif found.e164 is not None and not found.repairs:
            assert found.e164 == phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            assert found.region == phonenumbers.region_code_for_number(number)
        elif found.e164 is None:
            assert found.code in {"ambiguous", "digits_lost", "two_numbers", "not_a_number"}, (cell, found)
