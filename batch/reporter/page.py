"""`report.html`: one page, complete in itself, to look at a run.

Owns: what is on the page, and that nothing of a user's can act there: everything is escaped by the template engine,
control and bidirectional characters are written out, and the policy allows one script and one style by their hashes
and no connection at all. Phone numbers are masked.
Source: CSP Level 3, hash sources. Inline `style` attributes are refused by that policy too: the template has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import BinaryIO, NamedTuple

from markupsafe import Markup

from batch.codes import tip, title
from batch.journal.run_reader import RunReader
from batch.model import Outcome, RunSummary
from batch.reporter import labels
from batch.reporter.call_stats import CallResult, collect_calls
from batch.reporter.charts import histogram, idle_periods, outcome_bar, timeline
from batch.reporter.dnc_coverage import DncCoverage, coverage_sentences, unprotected_lines
from batch.reporter.page_template import page_policy, page_template, template_text
from batch.reporter.row_frames import failed_rows
from batch.reporter.summary import calls_saved, elapsed_seconds, quota_used, to_utf8, worked_seconds
from batch.text.language import current_language, tr
from batch.text.masking import mask, mask_within
from batch.text.visible import escape_text

#: Rows on the page. A browser searches these at once; the whole list is in the failures file, and the page says so.
MOST_ROWS = 10_000

_LONGEST_NAME, _LONGEST_MESSAGE = 80, 300
#: Numbers named in the warning itself; all of them are rows of the table.
_MOST_NUMBERS = 12
#: Headers of a name where the run named none: the page shows a name only to tell rows apart.
_NAMES = ("name", "full name", "contact name", "nombre", "nombre completo")
_PARTS = (("first name", "last name"), ("firstname", "lastname"), ("nombre", "apellidos"), ("nombre", "apellido"))


class Failure(NamedTuple):
    """A line of the failures table, all of it fit to be shown."""

    number: int
    name: str
    phone: str
    outcome: str
    what: str
    message: str


class Reason(NamedTuple):
    """The rows of one code, with what to do about them."""

    code: str
    title: str
    tip: str
    rows: int


def write_page(
    sink: BinaryIO,
    record: RunReader,
    files: Mapping[str, str],
    unprotected: DncCoverage | None = None,
    *,
    facts: RunSummary | None = None,
    most_rows: int = MOST_ROWS,
) -> None:
    """Write the page of `record` (its `facts`, where they are known) to `sink`, linking to `files` beside it by their
    names. Raises OSError."""
    facts = facts or record.facts()
    seen = collect_calls(record.attempts(), facts)
    failures = [*islice(_build_failures(record, facts), most_rows + 1)]
    drawn = timeline(seen, facts)
    style, script = template_text("page.css"), template_text("page.js")
    pieces = page_template(
        "page.html.j2"
    ).generate(
        language=current_language(),
        style=Markup(style),  # our own files, and escaping them would break the hashes
        script=Markup(script),
        policy=page_policy(style, script),
        facts=facts,
        verb=labels.operation_label(facts),
        asked=escape_text(facts.change.status or ""),
        file=to_utf8(labels.file_label(facts)),
        path=escape_text(to_utf8(facts.source.path)),
        state=labels.state_text(facts),
        done=facts.rows - facts.not_done,
        took=labels.took_text(worked_seconds(facts), elapsed_seconds(facts)),
        started=labels.utc_text(facts.started_at),
        ended=labels.utc_text(facts.ended_at),
        warnings=coverage_sentences(unprotected),
        unprotected=unprotected_lines(unprotected, _MOST_NUMBERS),
        parts=outcome_bar(facts.counts),
        meaning={outcome: labels.outcome_text(outcome) for outcome in Outcome},
        limit=labels.limit_text(facts),
        saved=calls_saved(facts),
        quota_used=quota_used(facts),
        paused=labels.duration(sum(until - since for since, until, _ in facts.pauses)),
        pauses=_pause_reasons(facts),
        kinds={band.kind for band in drawn.pauses} if drawn else set(),
        left=facts.not_done,
        taken={name: each for name, each in sorted(files.items()) if name.split(".")[0] in ("failures", "outcomes")},
        timeline=drawn,
        answers={kind.name: seen.answers[kind] for kind in CallResult},
        window=labels.duration(seen.window),
        histogram=histogram(seen),
        reasons=_build_reasons(facts),
        commands=_commands(facts),
        failures=failures[:most_rows],
        cut=len(failures) > most_rows,
        most_rows=most_rows,
        named=any(failure.name for failure in failures),
        files=files,
    )
    for piece in pieces:
        sink.write(piece.encode("utf-8", "replace"))


def _build_failures(record: RunReader, facts: RunSummary) -> Iterator[Failure]:
    header, roles = facts.source.header, facts.source.roles
    name_at = [header.index(roles["name"])] if roles.get("name") in header else _command_label(header)
    phone_at = _place(header, roles.get("phone"))
    for frame in failed_rows(record, facts):
        for row in frame.iter_rows(named=True):
            code, same_as = row["_code"] or "", row["_same_as"]
            yield Failure(
                number=row["_row"],
                name=mask_within(_short(" ".join(filter(None, (_cell(row, at) for at in name_at))), _LONGEST_NAME)),
                phone=_phone(row["_phone"], _cell(row, phone_at)),
                outcome=row["_outcome"],
                what=tr("same contact as row {same_as}", same_as=same_as) if same_as else escape_text(title(code)),
                message=mask_within(_short(row["_message"] or "", _LONGEST_MESSAGE)),
            )


def _place(header: tuple[str, ...], name: str | None) -> int | None:
    return header.index(name) if name is not None and name in header else None


def _command_label(header: tuple[str, ...]) -> list[int]:
    """The columns that hold a contact's name: one, or its two parts, or none."""
    found = {name.strip().casefold().replace("_", " "): place for place, name in reversed([*enumerate(header)])}
    for parts in (*_PARTS, *((name,) for name in _NAMES)):
        if all(part in found for part in parts):
            return [found[part] for part in parts]
    return []


def _cell(row: Mapping[str, str | None], place: int | None) -> str:
    return "" if place is None else row[f"{place}"] or ""


def _phone(phone: str | None, cell: str) -> str:
    """The row's number, masked; for a number that could not be read the cell, masked if it holds digits enough."""
    if phone:
        return mask(phone)
    if sum(sign.isdigit() for sign in cell) >= 5:
        return mask(cell)
    return _short(cell, 24)


def _short(text: str, longest: int) -> str:
    text = text if len(text) <= longest else f"{text[:longest]}…"
    return escape_text(to_utf8(text))


def _build_reasons(facts: RunSummary) -> list[Reason]:
    ranked: Iterable[tuple[str, int]] = sorted(facts.codes.items(), key=lambda pair: (-pair[1], pair[0]))
    return [
        Reason(escape_text(code), escape_text(title(code)), tip(code, facts.kind), count)
        for code, count in ranked
        if count and labels.needs_something(code)
    ]


def _commands(facts: RunSummary) -> list[tuple[str, str]]:
    return [(labels.command_text(name), escape_text(to_utf8(command))) for name, command in facts.commands.items()]


def _pause_reasons(facts: RunSummary) -> list[tuple[str, int, str]]:
    """Why the run paused, how often and how long in all, the longest first."""
    found: dict[str, list[float]] = {}
    for since, until, why in (*facts.pauses, *idle_periods(facts)):
        found.setdefault(labels.pause_label(why), []).append(max(0.0, until - since))
    ranked = sorted(found.items(), key=lambda pair: -sum(pair[1]))
    return [(why, len(lengths), labels.duration(sum(lengths))) for why, lengths in ranked[:8]]
