"""Phone cells with known truth: the reported cases, and a corpus of every spelling in every region."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import phonenumbers
import polars as pl
import pytest
from harness.examples import ALL, examples
from unit.loader.phone_corpus import REGIONS, SPELLINGS, Answer, Cell, Figures, corpus

from batch.loader.phones import Rules, judge
from batch.loader.phones.vectorised import judge_column

#: The regions whose columns are read: all, or a sample.
COLUMNS = REGIONS[:: len(REGIONS) // examples(len(REGIONS))]
POSSIBLE = Rules(phone_check="possible")
LONG = os.environ.get("GUAYABA_LONG") == "1"
_LINES = (Path(__file__).parent / "phone_cases.csv").read_text(encoding="utf-8").splitlines()
CASES = [tuple(row.values()) for row in csv.DictReader(_LINES)]
#: Of cells that a person reads at once so many are read at least. Others are ambiguous by themselves.
MIN_RIGHT = 0.97


@pytest.mark.parametrize(("region", "cell", "expected", "why"), CASES)
def test_reported_cases(region: str, cell: str, expected: str, why: str) -> None:
    """Each reported cell is read as a careful person reads it, or refused where two people could be meant."""
    phone = judge(cell, region, Rules())
    if expected.startswith("not "):
        assert not (phone.e164 or "").startswith(expected.removeprefix("not ")), why
    elif expected == "invalid":
        assert phone.e164 is None, why
    elif expected == "flagged":
        assert phone.e164 is not None and phone.flag, why
    else:
        assert (phone.e164 or phone.code) in expected.split(" or "), (why, phone)


def test_nobody_else_is_dialled() -> None:
    """In a corpus of every spelling and every region no cell becomes another person's number, and few are missed."""
    figures = Figures()
    for cell in corpus(seed=20, each=200 if LONG else 2 if ALL else 1):
        phone = judge(cell.text, cell.region, Rules())
        figures.count(cell, Answer(phone.e164, bool(phone.flag)))
    assert figures.wrongs == [], figures.lines()
    right = sum(figures.right.values())
    assert right / (right + sum(figures.refused.values())) >= MIN_RIGHT, figures.lines()


def test_possible_changes_no_answer_and_makes_no_number_that_a_rule_refused() -> None:
    """`--phone-check possible` says the same of valid numbers, and makes none where a rule says none."""
    for cell in corpus(seed=44, each=40 if LONG else 1):
        strict, lax = judge(cell.text, cell.region, Rules()), judge(cell.text, cell.region, POSSIBLE)
        if strict.e164 is not None or strict.code not in {"invalid_number", "unknown_area"}:
            assert lax == strict, cell
        elif lax.e164 is not None:
            assert not phonenumbers.is_valid_number(phonenumbers.parse(lax.e164)), cell


def test_the_corpus_has_every_spelling_in_many_regions() -> None:
    """The corpus has at least 17 regions and 60 spellings, with answers to be right and to be refused."""
    cells = list(corpus(seed=1, each=1))
    assert len(REGIONS) >= 17
    assert len(SPELLINGS) >= 60
    assert {cell.spelling for cell in cells} == set(SPELLINGS)
    assert {cell.region for cell in cells} == set(REGIONS)
    assert {cell.right is None for cell in cells} == {True, False}


def test_a_wrong_answer_is_counted() -> None:
    """A reader that always takes the number at hand is found out, also where it only misses a remark."""
    figures = Figures()
    figures.count(Cell("US", "E.164", "", "+12125550100"), Answer("+12125550101"))
    figures.count(Cell("US", "flagged", "", "+12125550100", flagged=True), Answer("+12125550100"))
    figures.count(Cell("US", "E.164", "", "+12125550100"), Answer(None))
    assert (figures.wrong.total(), figures.refused.total(), figures.right.total()) == (2, 1, 0)


@pytest.mark.parametrize("wary", [False, True])
def test_the_corpus_by_columns(wary: bool) -> None:
    """A column of the corpus is answered as its cells are, one by one."""
    rules = Rules(wary=wary)
    cells = list(corpus(seed=33, each=40 if LONG else 1, regions=COLUMNS))
    for region in COLUMNS:
        texts = [cell.text for cell in cells if cell.region == region]
        found = judge_column(pl.Series(texts), pl.repeat(region, len(texts), dtype=pl.String, eager=True), rules)
        for text, (phone, code, flag) in zip(texts, found.select("phone", "code", "flag").rows(), strict=True):
            expected = judge(text, region, rules)
            assert (phone, code or "", flag or "") == (expected.e164, expected.code, expected.flag), (text, region)
