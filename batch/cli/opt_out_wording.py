"""What `check` and the plan say of people who asked to be left alone, and of rows that were read in another way.

Owns: these lines. They stand before the question, because they bear on its answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from batch.loader import InputSummary
from batch.text.language import pluralize, tr, trn
from batch.text.listing import list_first
from batch.text.masking import mask_within
from batch.text.visible import escape_text

#: Words that one line names.
_SHOWN: Final = 6


def opt_out_lines(survey: InputSummary, *, bold: str = "", plain: str = "") -> list[str]:
    """The lines, without an indent: first who is not covered, then how cells were read."""
    lines = [f"{bold}! {line}{plain}" for line in _uncovered_lines(survey)]
    if survey.stricter:
        lines.append(
            tr(
                "{contacts} with rows that ask for different things: the stricter request is sent (--on-conflict)",
                contacts=pluralize(survey.stricter, "contact"),
            )
        )
    if survey.spellings:
        rows = pluralize(sum(survey.spellings.values()), "row")
        lines.append(
            tr("cells read as another value, {rows}: {spellings}", rows=rows, spellings=_list_counts(survey.spellings))
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
            trn(
                "{count:,} row says not to call the person, but with a word that is no status: {quoted}. It is not "
                'covered by this run. To set DNC: --map-value status:"{one}"=DNC',
                "{count:,} rows say not to call the person, but with words that are no status: {quoted}. They are "
                'not covered by this run. To set DNC: --map-value status:"{one}"=DNC',
                words,
                quoted=_list_counts(quoted),
                one=_shown(one),
            )
        )
    if survey.unsendable_dnc:
        rows = survey.unsendable_dnc
        lines.append(
            trn(
                "{count:,} row that asks for DNC cannot be sent, and is not covered by this run",
                "{count:,} rows that ask for DNC cannot be sent, and are not covered by this run",
                rows,
            )
        )
    held = sum(issue.rows for issue in survey.problems if issue.code == "opted_out")
    if held:
        lines.append(
            trn(
                "{count:,} row not sent: the file itself says not to call this person (opted_out; "
                "--allow-reactivation)",
                "{count:,} rows not sent: the file itself says not to call them (opted_out; --allow-reactivation)",
                held,
            )
        )
    if survey.opted_out_sent:
        lines.append(
            trn(
                "--allow-reactivation: {count:,} row is sent although its own column says not to call",
                "--allow-reactivation: {count:,} rows are sent although their own column says not to call",
                survey.opted_out_sent,
            )
        )
    return lines


def _list_counts(counts: Mapping[str, int]) -> str:
    return list_first([f"{_shown(text)} {rows:,}" for text, rows in counts.items()], _SHOWN)


def _shown(text: str) -> str:
    return escape_text(mask_within(text))
