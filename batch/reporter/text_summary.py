"""The summary on the terminal.

Owns: its lines and their layout. Plain ASCII of our own, figures aligned, nothing that a terminal obeys but our own
colours when they are asked for.
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Mapping
from pathlib import Path

from batch.codes import tip, title
from batch.model import DONE, Outcome, RunSummary
from batch.reporter import labels
from batch.reporter.dnc_coverage import coverage_sentences, dnc_coverage, unprotected_lines
from batch.reporter.summary import add_up, calls_saved, elapsed_seconds, worked_seconds
from batch.text.language import pluralize, tr, trn
from batch.text.utc import utc_minute
from batch.text.visible import escape_text

_RESET = "\x1b[0m"
_BOLD, _DIM, _RED, _GREEN, _YELLOW = ("\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[33m")

#: More codes than this are left to the page: the terminal shows what matters most.
_MOST_CODES = 8
#: Numbers that are not protected: as many are named.
_MOST_NUMBERS = 10


def summary_lines(facts: RunSummary, files: Mapping[str, Path], *, colour: bool, width: int = 80) -> list[str]:
    """The summary as lines without line ends: counts, warnings, codes with tips, calls, files, commands that go on.

    No line is wider than `width` (at least 40), but for one kind: paths and commands stand whole, so that they can be
    copied. `files` are as `publish` returns them. Raises BatchError when the outcomes do not add up to the rows.
    """
    add_up(facts)
    page = _Page(width=max(40, width), colour=colour)
    _headline(page, facts)
    _counts(page, facts)
    listed = unprotected_lines(dnc_coverage(facts), _MOST_NUMBERS)
    for sentence in coverage_sentences(dnc_coverage(facts)):
        page.gap()
        page.paragraph(f"! {sentence}", indent="  ", hanging="    ", style=_BOLD + _RED)
        if listed:  # the first sentence is about these
            page.paragraph(listed, indent="    ", hanging="    ")
        listed = ""
    _codes(page, facts)
    _calls(page, facts)
    _files(page, files)
    for name, command in facts.commands.items():
        page.gap()
        page.text(f"  {labels.command_text(name)}:")
        page.whole(f"    {escape_text(command)}", style=_BOLD)
    return page.lines


def one_line(facts: RunSummary) -> str:
    """The summary in one line of plain text, without any name: for a notice."""
    counts = [f"{facts.counts[outcome]:,} {outcome.value}" for outcome in Outcome if facts.counts.get(outcome)]
    said = [f"{labels.state_text(facts)}, {pluralize(facts.rows, 'row')}: {', '.join(counts) or tr('none')}."]
    return " ".join([*said, *coverage_sentences(dnc_coverage(facts))])


class _Page:
    """Lines as they are made. Widths are of what is seen: colours are put on afterwards."""

    def __init__(self, *, width: int, colour: bool) -> None:
        self.lines: list[str] = []
        self.width = width
        self._colour = colour

    def gap(self) -> None:
        self.lines.append("")

    def text(self, text: str, *, style: str = "") -> None:
        """Add one line, cut at the width."""
        self.whole(_truncate(text, self.width), style=style)

    def whole(self, text: str, *, style: str = "") -> None:
        """Add one line as long as it is."""
        self.lines.append(f"{style}{text}{_RESET}" if style and self._colour else text)

    def paragraph(self, text: str, *, indent: str, hanging: str, style: str = "") -> None:
        """Add a text, wrapped at the width."""
        lines = textwrap.wrap(
            text, self.width, initial_indent=indent, subsequent_indent=hanging, break_on_hyphens=False
        )
        for line in lines:
            self.whole(line, style=style)


def _headline(page: _Page, facts: RunSummary) -> None:
    took = labels.took_text(worked_seconds(facts), elapsed_seconds(facts))
    page.text(
        f"{labels.operation_label(facts)} {labels.file_label(facts)}: {labels.state_text(facts)}{took and f', {took}'}",
        style=_BOLD,
    )
    if facts.applied is not None:
        page.whole(
            tr(
                "by the plan {name}, made {made}",
                name=facts.applied.name,
                made=utc_minute(facts.applied.made_at),
            )
        )
        if facts.applied.approved_by:
            page.whole(tr("approved by {names}", names=", ".join(facts.applied.approved_by)))
    page.gap()


def _counts(page: _Page, facts: RunSummary) -> None:
    figures = max(len(f"{facts.rows:,}"), 6)
    for outcome in Outcome:
        count = facts.counts.get(outcome, 0)
        if not count:
            continue
        style = _GREEN if outcome in DONE else _DIM if outcome is Outcome.DUPLICATE else _YELLOW
        page.text(f"  {count:>{figures},}  {outcome.value:<10}  {labels.outcome_text(outcome)}", style=style)
    if facts.rows:
        page.text(f"  {'-' * figures}", style=_DIM)
        page.text(
            f"  {facts.rows:>{figures},}  {trn('row in total', 'rows in total', facts.rows)}",
            style=_BOLD,
        )
        if facts.not_done:
            counted = tr("each row with its duplicates") if facts.counts.get(Outcome.DUPLICATE) else ""
            done = tr(
                "{rows:,} done, {not_done:,} need attention", rows=facts.rows - facts.not_done, not_done=facts.not_done
            )
            page.text(f"  {'':>{figures}}  {done}{counted and f' ({counted})'}", style=_BOLD)
    else:
        page.text(tr("  No rows."), style=_BOLD)
    if facts.left_out:
        page.text(f"  {facts.left_out:>{figures},}  {labels.left_out_text(facts.left_out)}", style=_DIM)


def _codes(page: _Page, facts: RunSummary) -> None:
    ranked = sorted(facts.codes.items(), key=lambda pair: (-pair[1], pair[0]))
    telling = [(code, count) for code, count in ranked if count and labels.needs_something(code)]
    if not telling:
        return
    page.gap()
    page.text(tr("  Problems and next steps"), style=_DIM)
    figures = max(len(f"{facts.rows:,}"), 6)
    margin = " " * (figures + 4)
    for code, count in telling[:_MOST_CODES]:
        what = f"{escape_text(title(code))} ({escape_text(code)})"
        page.paragraph(what, indent=f"  {count:>{figures},}  ", hanging=margin, style=_BOLD)
        if advice := tip(code, facts.kind):
            page.paragraph(advice, indent=margin, hanging=margin)
    if (left := len(telling) - _MOST_CODES) > 0:
        page.text(
            tr(
                "{margin}and {other_codes}: report.html lists them all",
                margin=margin,
                other_codes=pluralize(left, "other code"),
            )
        )


def _calls(page: _Page, facts: RunSummary) -> None:
    said = labels.limit_text(facts)
    made = [pluralize(facts.writes, "write") + (f" ({said})" if said else "")]
    if facts.reads:
        made.append(pluralize(facts.reads, "read"))
    if spared := calls_saved(facts):
        made.append(tr("{calls} avoided", calls=pluralize(spared, "call")))
    if facts.pauses:
        paused = sum(until - since for since, until, _ in facts.pauses)
        made.append(
            tr("{pauses} of {time}", pauses=pluralize(len(facts.pauses), "pause"), time=labels.duration(paused))
        )
    page.gap()
    page.paragraph(", ".join(made), indent="  ", hanging="  ")


def _files(page: _Page, files: Mapping[str, Path]) -> None:
    folders: dict[Path, list[str]] = {}
    for path in files.values():
        folders.setdefault(path.parent, []).append(escape_text(path.name))
    for folder, names in folders.items():
        page.gap()
        page.whole(f"  {escape_text(str(folder))}/")
        page.paragraph("  ".join(names), indent="    ", hanging="    ")


def _truncate(text: str, width: int) -> str:
    """As much of `text` as fits `width` columns of a terminal, where wide characters take two."""
    taken = 0
    for place, sign in enumerate(text):
        taken += 2 if unicodedata.east_asian_width(sign) in "WF" else not unicodedata.combining(sign)
        if taken > width:
            return f"{text[: max(0, place - 3)]}..."
    return text
