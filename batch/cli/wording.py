"""The text of `check` and of the confirmation, as lines and as JSON; how texts, paths and durations are shown.

Phone numbers in it are masked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

import msgspec

from batch.cli.check_work import part_lines, repair_lines
from batch.cli.opt_out_wording import opt_out_lines
from batch.codes.repairs import repair_text
from batch.errors import BatchError
from batch.guayaba.reads import Team
from batch.guayaba.teams import Teams
from batch.loader import InputSummary, LoadedSource
from batch.loader.review.findings import other_readings, unread_columns
from batch.loader.rows.survey import Issue
from batch.model import WRITES
from batch.reporter.labels import rate_text
from batch.runs.plan import seconds_at
from batch.text import visible
from batch.text.language import pluralize, tr, tr_noop
from batch.text.listing import pretty_json
from batch.text.masking import mask_within

#: Kinds of number that have a name in the language in use.
_KINDS: Final = frozenset(
    {
        *(tr_noop("fixed line"), tr_noop("mobile"), tr_noop("fixed line or mobile"), tr_noop("premium rate")),
        *(tr_noop("toll free"), tr_noop("shared cost"), tr_noop("voip"), tr_noop("personal number")),
        *(tr_noop("pager"), tr_noop("company number"), tr_noop("voicemail")),
    }
)


def survey_lines(loaded: LoadedSource, teams: Teams | None = None, *, assumed: bool = False, colour: bool) -> list[str]:
    """The result of `check`: the problems by cause, then what a run would do. `teams`: what they have (--online).
    `assumed`: the user did not say which operation the file is for."""
    bold, plain = ("\x1b[1m", "\x1b[0m") if colour else ("", "")
    survey = loaded.survey
    path = f"{bold}{shown_path(loaded.facts.path)}{plain}"
    file = tr("{path} for {operation}", path=path, operation=loaded.reading.operation)
    lines = [f"{file}: {pluralize(survey.rows, 'row')}", *part_lines(loaded)]
    if unread := unread_columns(loaded):
        lines.append(tr("Columns not read: {unread}", unread=", ".join(map(shown_text, unread))))
    if assumed:
        lines += _assumed_lines(loaded)
    lines += opt_out_lines(survey, bold=bold, plain=plain)
    lines += [tr("note: {note}", note=visible.escape_text(notice)) for notice in survey.notices]
    for issue in survey.problems:
        title = f"{bold}{issue.title}{plain}: {pluralize(issue.rows, 'row')} [{issue.code}]"
        lines += ["", title, *_issue_lines(issue)]
    lines += ["", *repair_lines(loaded)]
    lines += _count_lines(survey)
    if survey.duplicates:
        lines.append(
            tr(
                "Duplicates: {rows} of the same contact as another row: one call",
                rows=pluralize(survey.duplicates, "row"),
            )
        )
    lines.append(f"{bold}{_calls(survey)}{plain}")
    if teams is not None:
        lines.extend(_team(account, team) for account, team in teams.by_account.items())
    else:
        lines.append(tr("Checked offline. `check --online` also reads the team's statuses and campaigns."))
    return lines


def _issue_lines(issue: Issue) -> Iterator[str]:
    """The first rows of an issue, the numbers of others, and what to do."""
    messages = issue.messages or ("",) * 5
    for number, example, message in zip(issue.numbers[:5], issue.examples, messages, strict=False):
        cell, text = _example(example), shown_text(mask_within(message))
        # Most messages begin with the cell.
        said = text if text.startswith(cell) else " - ".join(filter(None, (cell, text)))
        yield f"  {tr('row {number}', number=number)}: {said}"
    if issue.rows > 5:
        numbers = ", ".join(map(str, issue.numbers[5:]))
        yield tr("  and rows {numbers}{part}", numbers=numbers, part=" …" if issue.rows > 20 else "")
    yield tr("  What to do: {tip}", tip=issue.tip)


def _assumed_lines(loaded: LoadedSource) -> list[str]:
    """For which operation the file was checked, and what other ones would read of it."""
    operation = loaded.reading.operation
    lines = [tr("note: checked for {operation}. Use --for to check for another command.", operation=operation)]
    for other, more in other_readings(loaded).items():
        columns = ", ".join(
            tr("{header} as {role}", header=shown_text(header), role=role) for role, header in more.items()
        )
        lines.append(
            tr("note: with --for {operation}, these columns are read too: {columns}.", operation=other, columns=columns)
        )
    return lines


def _count_lines(survey: InputSummary) -> list[str]:
    """What is set, and what was read, by how often."""
    named = (
        (tr("Statuses to set"), survey.statuses),
        (tr("Campaigns to set"), survey.campaigns),
        (tr("Countries"), survey.regions),
        (tr("Kinds of number"), {_kind_text(kind): rows for kind, rows in survey.types.items()}),
        (tr("Repaired"), {repair_text(name): rows for name, rows in survey.repairs.items()}),
    )
    return [f"{title}: {_issue_text(counts)}" for title, counts in named if counts]


def _team(account: str, team: Team) -> str:
    who = tr("{account}: the", account=shown_text(account)) if account else tr("The")
    if not team.statuses.known:
        return tr(
            "{who} API answered, but did not list the team's statuses, so the documented ones are assumed. It "
            "is not known if it accepts the key.",
            who=who,
        )
    return tr(
        "{who} API accepts the key. The team's statuses: {names}.",
        who=who,
        names=", ".join(map(shown_text, sorted(team.statuses.names))),
    )


def survey_json(loaded: LoadedSource, teams: Teams | None = None) -> str:
    """The output of `check --json`: the summary of the input with masked examples, the calls and their time."""
    survey = msgspec.to_builtins(loaded.survey)
    for group in survey["problems"]:
        group["examples"] = [None if cell is None else mask_within(cell) for cell in group["examples"]]
        group["messages"] = [mask_within(message) for message in group["messages"]]
    return pretty_json(
        {
            "version": 1,
            "file": loaded.facts.path,
            "format": loaded.facts.format,
            "operation": loaded.reading.operation.value,
            "columns_not_read": unread_columns(loaded),
            "other_operations": {each.value: dict(more) for each, more in other_readings(loaded).items()},
            "roles": dict(loaded.facts.roles),
            **survey,
            "suggested_region": loaded.suggested_region,
            "calls": loaded.survey.sendable,
            "seconds_at_limit": seconds_at(loaded.survey.sendable, WRITES),
            "online": teams is not None,
        }
    )


def clock_text(at: float) -> str:
    """A moment on this machine's clock: the time, and the day if it is not today."""
    then, today = datetime.fromtimestamp(at), datetime.now()
    return f"{then:%H:%M}" if then.date() == today.date() else f"{then:%Y-%m-%d %H:%M}"


def error_json(error: BatchError) -> str:
    """An error as JSON, for pipelines."""
    return pretty_json(
        {
            "version": 1,
            "error": {"message": error.message, "problems": error.problems, "tip": error.tip},
            "exit_code": int(error.exit_code),
        }
    )


def about_duration(seconds: float) -> str:
    """An estimated duration: `about 5 h 33 min`, or `less than 1 min`."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return tr("less than 1 min")
    time = f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
    return tr("about {time}", time=time)


def shown_text(text: str) -> str:
    """A text from a file or the API on one line, with control characters escaped; at most 120 characters."""
    plain = visible.escape_text(text)
    return plain if len(plain) <= 120 else f"{plain[:119]}…"


def shown_path(path: str) -> str:
    """As `shown_text`, but it keeps the end, which is the name of the file."""
    plain = visible.escape_text(path)
    return plain if len(plain) <= 120 else f"…{plain[-119:]}"


def _example(cell: str | None) -> str:
    return tr("empty") if cell is None or not cell.strip() else f'"{shown_text(mask_within(cell))}"'


def _calls(survey: InputSummary) -> str:
    held = survey.rows - survey.sendable - survey.duplicates
    took = about_duration(seconds_at(survey.sendable, WRITES))
    if not survey.sendable:
        return tr("No row can be sent.")
    refused = tr("; {rows} cannot be sent", rows=pluralize(held, "row")) if held else ""
    return tr(
        "{calls}, {took} at {rate}{refused}",
        calls=pluralize(survey.sendable, "call"),
        took=took,
        rate=rate_text(WRITES.calls, WRITES.seconds),
        refused=refused,
    )


def _kind_text(kind: str) -> str:
    return tr(kind) if kind in _KINDS else kind


def _issue_text(counts: Mapping[str, int]) -> str:
    return ", ".join(
        f"{shown_text(name)} {count:,}" for name, count in sorted(counts.items(), key=lambda pair: -pair[1])
    )
