"""What `check` and the plan say of people who asked to be left alone, and of rows that were read in another way.

Owns: these lines. They stand before the question, because they bear on its answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from batch.loader import InputSummary
from batch.text.language import pluralize, tr
from batch.text.masking import mask_within
from batch.text.visible import escape_text

#: Words that one line names.
_SHOWN: Final = 6


def wish_lines(survey: InputSummary, *, bold: str = "", plain: str = "") -> list[str]:
    """The lines, without an indent: first who is not covered, then how cells were read."""
    lines = [f"{bold}! {line}{plain}" for line in _uncovered_lines(survey)]
    if survey.stricter:
        lines.append(
            tr(
                "{contacts} with rows that ask for different things: the stricter wish is sent (--on-conflict)",
                contacts=pluralize(survey.stricter, "contact"),
            )
        )
    if survey.spellings:
        rows = pluralize(sum(survey.spellings.values()), "row")
        lines.append(
            tr(
                "read in another way than written, {rows}: {spellings}",
                rows=rows,
                spellings=_list_counts(survey.spellings),
            )
        )
    if survey.left_out:
        lines.append(tr("{rows} of the file left out by --where", rows=pluralize(survey.left_out, "row")))
    return lines


def _uncovered_lines(survey: InputSummary) -> list[str]:
    lines = []
    if words := sum(survey.opt_out_words.values()):
        quoted = {f'"{word}"': rows for word, rows in survey.opt_out_words.items()}
        one = next(iter(survey.opt_out_words))
        lines.append(
            tr(
                "{rows} asked to be left alone in words that are no status of the team, and {part} not covered "
                'by this run: {quoted}. To set DNC: --map-value status:"{one}"=DNC',
                rows=pluralize(words, "row"),
                part="is" if words == 1 else "are",
                quoted=_list_counts(quoted),
                one=_shown(one),
            )
        )
    if survey.unsendable_dnc:
        rows = survey.unsendable_dnc
        lines.append(
            tr(
                "{rows} that {part} for DNC cannot be sent, and {part_2} not covered by this run",
                rows=pluralize(rows, "row"),
                part="asks" if rows == 1 else "ask",
                part_2="is" if rows == 1 else "are",
            )
        )
    held = sum(issue.rows for issue in survey.problems if issue.code == "opted_out")
    if held:
        lines.append(
            tr(
                "{rows} not sent: the file itself says to leave {part} alone (opted_out; --allow-reactivation)",
                rows=pluralize(held, "row"),
                part=tr("this person") if held == 1 else "them",
            )
        )
    if survey.opted_out_sent:
        lines.append(
            tr(
                "--allow-reactivation: {rows} whose own column says do not call {part} sent",
                rows=pluralize(survey.opted_out_sent, "row"),
                part="is" if survey.opted_out_sent == 1 else "are",
            )
        )
    return lines


def _list_counts(counts: Mapping[str, int]) -> str:
    named = [f"{_shown(text)} {rows:,}" for text, rows in list(counts.items())[:_SHOWN]]
    return ", ".join(named) + (tr(" and {count} more", count=len(counts) - _SHOWN) if len(counts) > _SHOWN else "")


def _shown(text: str) -> str:
    return escape_text(mask_within(text))
