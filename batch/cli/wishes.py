"""What `check` and the plan say of people who asked to be left alone, and of rows that were read in another way.

Owns: these lines. They stand before the question, because they bear on its answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from batch.loader import InputSummary
from batch.text.masking import mask_within
from batch.text.plural import pluralize
from batch.text.visible import escape_text

#: Words that one line names.
_SHOWN: Final = 6


def wish_lines(survey: InputSummary, *, bold: str = "", plain: str = "") -> list[str]:
    """The lines, without an indent: first who is not covered, then how cells were read."""
    lines = [f"{bold}! {line}{plain}" for line in _uncovered(survey)]
    if survey.stricter:
        lines.append(
            f"{pluralize(survey.stricter, 'contact')} with rows that ask for different things: the stricter wish is"
            " sent (--on-conflict)"
        )
    if survey.spellings:
        rows = pluralize(sum(survey.spellings.values()), "row")
        lines.append(f"read in another way than written, {rows}: {_listed(survey.spellings)}")
    if survey.left_out:
        lines.append(f"{pluralize(survey.left_out, 'row')} of the file left out by --where")
    return lines


def _uncovered(survey: InputSummary) -> list[str]:
    lines = []
    if words := sum(survey.opt_out_words.values()):
        quoted = {f'"{word}"': rows for word, rows in survey.opt_out_words.items()}
        one = next(iter(survey.opt_out_words))
        lines.append(
            f"{pluralize(words, 'row')} asked to be left alone in words that are no status of the team, and"
            f" {'is' if words == 1 else 'are'} not covered by this run: {_listed(quoted)}."
            f' To set DNC: --map-value status:"{_shown(one)}"=DNC'
        )
    if survey.unsendable_dnc:
        rows = survey.unsendable_dnc
        lines.append(
            f"{pluralize(rows, 'row')} that {'asks' if rows == 1 else 'ask'} for DNC cannot be sent, and"
            f" {'is' if rows == 1 else 'are'} not covered by this run"
        )
    held = sum(issue.rows for issue in survey.problems if issue.code == "opted_out")
    if held:
        lines.append(
            f"{pluralize(held, 'row')} not sent: the file itself says to leave {'this person' if held == 1 else 'them'}"
            " alone (opted_out; --allow-reactivation)"
        )
    if survey.opted_out_sent:
        lines.append(
            f"--allow-reactivation: {pluralize(survey.opted_out_sent, 'row')} whose own column says do not call"
            f" {'is' if survey.opted_out_sent == 1 else 'are'} sent"
        )
    return lines


def _listed(counts: Mapping[str, int]) -> str:
    named = [f"{_shown(text)} {rows:,}" for text, rows in list(counts.items())[:_SHOWN]]
    return ", ".join(named) + (f" and {len(counts) - _SHOWN} more" if len(counts) > _SHOWN else "")


def _shown(text: str) -> str:
    return escape_text(mask_within(text))
