"""The text of `check` and of the confirmation, as lines and as JSON; how texts, paths and durations are shown.

Phone numbers in it are masked.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

import msgspec

from batch.cli.wishes import wish_lines
from batch.errors import BatchError
from batch.guayaba.reads import Team
from batch.guayaba.requests import OutreachEffect
from batch.guayaba.teams import Teams
from batch.journal.entries import ChangeCount
from batch.loader import InputSummary, LoadedSource
from batch.model import WRITES
from batch.runs.plan import PlanPreview, seconds_at
from batch.text import visible
from batch.text.masking import mask_within
from batch.text.plural import pluralize

#: The maximum number of accounts that the confirmation names.
_ACCOUNTS_SHOWN: Final = 4


def survey_lines(loaded: LoadedSource, teams: Teams | None = None, *, colour: bool) -> list[str]:
    """The result of `check`: the problems by cause, then what a run would do. `teams`: what they have (--online)."""
    bold, plain = ("\x1b[1m", "\x1b[0m") if colour else ("", "")
    survey = loaded.survey
    roles = ", ".join(f"{role} = {shown_text(header)}" for role, header in loaded.facts.roles.items())
    lines = [f"{bold}{shown_path(loaded.facts.path)}{plain}: {pluralize(survey.rows, 'row')}; {roles}"]
    lines += wish_lines(survey, bold=bold, plain=plain)
    lines += [f"note: {visible.escape_text(notice)}" for notice in survey.notices]
    for group in survey.problems:
        lines += ["", f"{bold}{group.title}{plain}: {pluralize(group.rows, 'row')} [{group.code}]"]
        for number, example, message in zip(
            group.numbers[:5], group.examples, group.messages or ("",) * 5, strict=False
        ):
            cell, text = _example(example), shown_text(mask_within(message))
            # Most messages begin with the cell.
            lines.append(f"  row {number}: {text if text.startswith(cell) else ' - '.join(filter(None, (cell, text)))}")
        if group.rows > 5:
            lines.append(f"  and rows {', '.join(map(str, group.numbers[5:]))}{' …' if group.rows > 20 else ''}")
        lines.append(f"  What to do: {group.tip}")
    lines.append("")
    for title, counts in (("Countries", survey.regions), ("Kinds", survey.types), ("Repaired", survey.repairs)):
        if counts:
            lines.append(f"{title}: {_issue_text(counts)}")
    if survey.duplicates:
        lines.append(f"Duplicates: {pluralize(survey.duplicates, 'row')} folded into another of the same contact")
    lines.append(f"{bold}{_calls(survey)}{plain}")
    if teams is not None:
        lines.extend(_team(account, team) for account, team in teams.by_account.items())
    else:
        lines.append("Checked without the API: `check --online` also asks for the team's statuses and campaigns.")
    return lines


def _team(account: str, team: Team) -> str:
    who = f"{shown_text(account)}: the" if account else "The"
    if not team.statuses.known:
        return f"{who} API accepts the key. It did not list the team's statuses, so the documented ones are assumed."
    return f"{who} API accepts the key. The team's statuses: {', '.join(map(shown_text, sorted(team.statuses.names)))}."


def survey_json(loaded: LoadedSource, teams: Teams | None = None) -> str:
    """The output of `check --json`: the summary of the input with masked examples, the calls and their time."""
    survey = msgspec.to_builtins(loaded.survey)
    for group in survey["problems"]:
        group["examples"] = [None if cell is None else mask_within(cell) for cell in group["examples"]]
        group["messages"] = [mask_within(message) for message in group["messages"]]
    return as_json(
        {
            "version": 1,
            "file": loaded.facts.path,
            "format": loaded.facts.format,
            "roles": dict(loaded.facts.roles),
            **survey,
            "calls": loaded.survey.sendable,
            "seconds_at_limit": seconds_at(loaded.survey.sendable, WRITES),
            "online": teams is not None,
        }
    )


def preview_lines(preview: PlanPreview, *, colour: bool) -> list[str]:
    """The preview before the first write: the address, the changes, their effect on outreach, and the duration."""
    bold, plain = ("\x1b[1m", "\x1b[0m") if colour else ("", "")
    survey = preview.survey
    to_send = sum(change.rows for change in preview.changes)
    verb = preview.verb or preview.operation
    lines = [
        f"{bold}{verb}{plain}: {pluralize(preview.calls, 'call')} to {urlsplit(preview.base_url).netloc}"
        f" ({_keys(preview)}), about {format_duration(preview.seconds)} at {preview.rate.calls} in"
        f" {preview.rate.seconds:g} s, until {clock_text(preview.ends_at)}",
        f"  {pluralize(survey.rows, 'row')}: {to_send:,} to send, {pluralize(survey.duplicates, 'duplicate')},"
        f" {survey.rows - survey.sendable - survey.duplicates:,} that cannot be sent",
    ]
    lines += _stock(preview)
    lines += [line for turn in OutreachEffect if (line := _outreach(turn, preview))]
    if preview.accounts:
        each = [f"{name} ({survey.accounts.get(name, 0):,}, key {key})" for name, key in preview.accounts.items()]
        more = f" and {len(each) - _ACCOUNTS_SHOWN:,} more" if len(each) > _ACCOUNTS_SHOWN else ""
        lines.append(f"  accounts: {shown_text(', '.join(each[:_ACCOUNTS_SHOWN]))}{more}")
    if preview.fields:
        lines.append(f"  changed from the file: {', '.join(map(shown_text, preview.fields))}")
    if preview.starts_outreach:
        lines.append(f"  {bold}This starts outreach: these contacts will be called and messaged.{plain}")
        lines.append(
            "  Each contact is read first. One that is DNC or stopped is left unchanged (--allow-reactivation)."
            if preview.guarded
            else f"  {bold}--allow-reactivation: also contacts that are stopped now{_dnc_too(preview)}.{plain}"
        )
    lines += _dnc(preview, bold, plain)
    lines += [f"  {line}" for line in wish_lines(survey, bold=bold, plain=plain)]
    return lines + [f"  note: {visible.escape_text(warning)}" for warning in preview.warnings]


def _dnc_too(preview: PlanPreview) -> str:
    return ", DNC among them" if preview.lifts_dnc else " (those who are DNC stay so)"


def _dnc(preview: PlanPreview, bold: str, plain: str) -> list[str]:
    """What happens to contacts that are DNC now and would get another status."""
    lines = []
    if preview.dnc_reads and not preview.lifts_dnc:
        time = f"about {format_duration(preview.dnc_read_seconds)}" if preview.dnc_read_seconds else "no time"
        lines.append(
            f"  {pluralize(preview.dnc_reads, 'contact')} read just before the write"
            f" ({pluralize(preview.dnc_reads, 'read')}, {time} more): one that is DNC stays DNC (--allow-lifting-dnc)"
        )
    if preview.dnc_unread:
        contacts = pluralize(preview.dnc_unread, "contact")
        lines.append(
            f"  {bold}--allow-lifting-dnc: {contacts} get another status, also those who are DNC now.{plain}"
            if preview.lifts_dnc
            else f"  {bold}! --no-preflight: {contacts} cannot be protected: they are not read first, and one that is"
            f" DNC now loses its DNC.{plain}"
        )
    return lines


def _stock(preview: PlanPreview) -> list[str]:
    """The calls that reading the teams' lists saves."""
    stock = preview.stock
    if stock is None:
        return []
    lines = []
    if spared := stock.same + stock.unlisted:
        lines.append(
            f"  saved by reading first: {pluralize(spared, 'call')} and"
            f" {format_duration(max(0.0, preview.seconds_unread - preview.seconds))}:"
            f" {pluralize(stock.same, 'contact')} already up to date,"
            f" {stock.unlisted:,} not on the team's list. A contact that differs later is written"
        )
    if stock.looked_up:
        lines.append(
            f"  {pluralize(stock.looked_up, 'contact')} read one by one during the run, which may save more calls"
        )
    return lines


#: The effect of a change on the contact's scheduled outreach (the API's page /contacts/update).
_OUTREACH: Final[Mapping[OutreachEffect, str]] = MappingProxyType(
    {
        OutreachEffect.STOPS: "cancels all scheduled calls, SMS, WhatsApp messages and triggers of",
        OutreachEffect.NEITHER: "leaves the outreach as it is (but a new timezone reschedules it) of",
        OutreachEffect.STARTS: "schedules new calls and messages for",
    }
)
#: The maximum number of changes that one line names.
_KINDS_SHOWN: Final = 12


def _outreach(turn: OutreachEffect, preview: PlanPreview) -> str:
    """The rows with the effect `turn`: how many contacts, by which status or campaign; empty where there are none."""
    changes = [change for change in preview.changes if change.turn is turn]
    count = sum(change.rows for change in changes)
    kinds = [f"{_change_text(change, preview)} {change.rows:,}" for change in changes]
    more = f" and {len(kinds) - _KINDS_SHOWN} more" if len(kinds) > _KINDS_SHOWN else ""
    listed = f" ({', '.join(kinds[:_KINDS_SHOWN])}{more})" if any(kinds) else ""
    return f"  {_OUTREACH[turn]} {pluralize(count, 'contact')}{listed}" if count else ""


def _change_text(change: ChangeCount, preview: PlanPreview) -> str:
    asked = [shown_text(change.status)] if change.status else []
    if change.campaign:
        asked.append(f'to the campaign "{shown_text(preview.names.get(change.campaign, change.campaign))}"')
    return " and ".join(asked) or "other fields"


def clock_text(at: float) -> str:
    """A moment on this machine's clock: the time, and the day if it is not today."""
    then, today = datetime.fromtimestamp(at), datetime.now()
    return f"{then:%H:%M}" if then.date() == today.date() else f"{then:%a %d %b, %H:%M}"


def _keys(preview: PlanPreview) -> str:
    return f"key {preview.key_fingerprint}" if preview.key_fingerprint else pluralize(len(preview.accounts), "key")


def error_json(error: BatchError) -> str:
    """An error as JSON, for pipelines."""
    return as_json(
        {
            "version": 1,
            "error": {"message": error.message, "problems": error.problems, "tip": error.tip},
            "exit_code": int(error.exit_code),
        }
    )


def format_duration(seconds: float) -> str:
    """A duration: `5 h 33 min`."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return "1 min"
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"


def shown_text(text: str) -> str:
    """A text from a file or the API on one line, with control characters escaped; at most 120 characters."""
    plain = visible.escape_text(text)
    return plain if len(plain) <= 120 else f"{plain[:119]}…"


def shown_path(path: str) -> str:
    """As `shown_text`, but it keeps the end, which is the name of the file."""
    plain = visible.escape_text(path)
    return plain if len(plain) <= 120 else f"…{plain[-119:]}"


def _example(cell: str | None) -> str:
    return "empty" if cell is None or not cell.strip() else f'"{shown_text(mask_within(cell))}"'


def _calls(survey: InputSummary) -> str:
    held = survey.rows - survey.sendable - survey.duplicates
    took = format_duration(seconds_at(survey.sendable, WRITES))
    refused = f"; {pluralize(held, 'row')} cannot be sent" if held else ""
    return f"{pluralize(survey.sendable, 'call')}, about {took} at {WRITES.calls} a minute{refused}"


def _issue_text(counts: Mapping[str, int]) -> str:
    return ", ".join(
        f"{shown_text(name)} {count:,}" for name, count in sorted(counts.items(), key=lambda pair: -pair[1])
    )


def as_json(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
