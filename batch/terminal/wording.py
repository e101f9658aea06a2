"""What `check`, the confirmation and `runs` say, as lines and as JSON.

Owns: the words; phone numbers in them are masked.
Does not own: printing (`terminal/console.py`), the summary of a run (`reporter/`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

import msgspec

from batch.directory import Team
from batch.errors import BatchError
from batch.journal.entries import Change
from batch.loader import Loaded, Survey
from batch.model import WRITES
from batch.operations import Turn
from batch.preflight import Preview, seconds_at
from batch.teams import Teams
from batch.text import visible
from batch.text.masking import mask_within
from batch.text.plural import counted

#: Accounts that are named before a run.
_ACCOUNTS_SHOWN: Final = 4


def survey_lines(loaded: Loaded, teams: Teams | None = None, *, colour: bool) -> list[str]:
    """What `check` shows of a source: what is wrong with it first, by cause, then what a run would do. `teams`: what
    the API said that they have, where it was asked."""
    bold, plain = ("\x1b[1m", "\x1b[0m") if colour else ("", "")
    survey = loaded.survey
    roles = ", ".join(f"{role} = {shown(header)}" for role, header in loaded.facts.roles.items())
    lines = [f"{bold}{path_shown(loaded.facts.path)}{plain}: {counted(survey.rows, 'row')}; {roles}"]
    lines += [f"note: {visible.shown(notice)}" for notice in survey.notices]
    for group in survey.problems:
        lines += ["", f"{bold}{group.title}{plain}: {counted(group.rows, 'row')} [{group.code}]"]
        for number, example, message in zip(
            group.numbers[:5], group.examples, group.messages or ("",) * 5, strict=False
        ):
            cell, told = _example(example), shown(mask_within(message))
            # Most messages begin with the cell that they are about.
            lines.append(f"  row {number}: {told if told.startswith(cell) else ' - '.join(filter(None, (cell, told)))}")
        if group.rows > 5:
            lines.append(f"  and rows {', '.join(map(str, group.numbers[5:]))}{' …' if group.rows > 20 else ''}")
        lines.append(f"  What to do: {group.tip}")
    lines.append("")
    for title, counts in (("Countries", survey.regions), ("Kinds", survey.types), ("Repaired", survey.repairs)):
        if counts:
            lines.append(f"{title}: {_counted(counts)}")
    if survey.duplicates:
        lines.append(f"Duplicates: {counted(survey.duplicates, 'row')} folded into another of the same contact")
    lines.append(f"{bold}{_calls(survey)}{plain}")
    if teams is not None:
        lines.extend(_team(account, team) for account, team in teams.by_account.items())
    else:
        lines.append("Judged without the API: `check --online` also asks for the team's statuses and campaigns.")
    return lines


def _team(account: str, team: Team) -> str:
    who = f"{shown(account)}: the" if account else "The"
    if not team.statuses.known:
        return f"{who} API takes the key; it did not list the team's statuses, so the documented ones are assumed."
    return f"{who} API takes the key. The team's statuses: {', '.join(map(shown, sorted(team.statuses.names)))}."


def survey_json(loaded: Loaded, teams: Teams | None = None) -> str:
    """What `check --json` prints: the survey, with the examples masked, the calls needed and their time."""
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


def preview_lines(preview: Preview, *, colour: bool) -> list[str]:
    """What is shown before the first write: where it goes, what changes, who will be called or left alone, how long."""
    bold, plain = ("\x1b[1m", "\x1b[0m") if colour else ("", "")
    survey = preview.survey
    to_send = sum(change.rows for change in preview.changes)
    verb = preview.verb or preview.operation
    lines = [
        f"{bold}{verb}{plain}: {counted(preview.calls, 'call')} to {urlsplit(preview.base_url).netloc}"
        f" ({_keys(preview)}), about {lasting(preview.seconds)} at {preview.rate.calls} in"
        f" {preview.rate.seconds:g} s, until {clock(preview.ends_at)}",
        f"  {counted(survey.rows, 'row')}: {to_send:,} to send, {counted(survey.duplicates, 'duplicate')},"
        f" {survey.rows - survey.sendable - survey.duplicates:,} that cannot be sent",
    ]
    lines += _stock(preview)
    lines += [line for turn in Turn if (line := _outreach(turn, preview))]
    if preview.accounts:
        each = [f"{name} ({survey.accounts.get(name, 0):,}, key {key})" for name, key in preview.accounts.items()]
        more = f" and {len(each) - _ACCOUNTS_SHOWN:,} more" if len(each) > _ACCOUNTS_SHOWN else ""
        lines.append(f"  accounts: {shown(', '.join(each[:_ACCOUNTS_SHOWN]))}{more}")
    if preview.fields:
        lines.append(f"  changed from the file: {', '.join(map(shown, preview.fields))}")
    if preview.starts_outreach:
        lines.append(f"  {bold}This starts outreach: these contacts will be called and messaged.{plain}")
        lines.append(
            "  Each of them is read first; one that is DNC or stopped otherwise is left alone (--allow-reactivation)."
            if preview.guarded
            else f"  {bold}--allow-reactivation: also those who are DNC now, or stopped otherwise.{plain}"
        )
    return lines + [f"  note: {visible.shown(warning)}" for warning in preview.warnings]


def _stock(preview: Preview) -> list[str]:
    """What reading the teams' lists saves."""
    stock = preview.stock
    if stock is None:
        return []
    lines = []
    if spared := stock.same + stock.unlisted:
        lines.append(
            f"  saved by reading first: {counted(spared, 'call')} and"
            f" {lasting(max(0.0, preview.seconds_unread - preview.seconds))}: {counted(stock.same, 'contact')} as asked"
            f" already, {stock.unlisted:,} that the team's list does not show; whoever differs by then is written"
        )
    if stock.looked_up:
        lines.append(f"  {counted(stock.looked_up, 'contact')} looked up one by one: what that saves shows as it goes")
    return lines


#: What the rows of each turn do to their contacts' scheduled outreach (the API's page /contacts/update).
_OUTREACH: Final[Mapping[Turn, str]] = MappingProxyType(
    {
        Turn.STOPS: "cancels all scheduled calls, SMS, WhatsApp messages and triggers of",
        Turn.NEITHER: "leaves the outreach as it is (but a new timezone reschedules it) of",
        Turn.STARTS: "schedules new calls and messages for",
    }
)
#: Kinds of change that one line names.
_KINDS_SHOWN: Final = 12


def _outreach(turn: Turn, preview: Preview) -> str:
    """What the rows of `turn` do, to how many contacts, and by which status or campaign; empty where there are none."""
    changes = [change for change in preview.changes if change.turn is turn]
    count = sum(change.rows for change in changes)
    kinds = [f"{_asked(change, preview)} {change.rows:,}" for change in changes]
    more = f" and {len(kinds) - _KINDS_SHOWN} more" if len(kinds) > _KINDS_SHOWN else ""
    listed = f" ({', '.join(kinds[:_KINDS_SHOWN])}{more})" if any(kinds) else ""
    return f"  {_OUTREACH[turn]} {counted(count, 'contact')}{listed}" if count else ""


def _asked(change: Change, preview: Preview) -> str:
    asked = [shown(change.status)] if change.status else []
    if change.campaign:
        asked.append(f'to the campaign "{shown(preview.names.get(change.campaign, change.campaign))}"')
    return " and ".join(asked) or "other fields"


def clock(at: float) -> str:
    """A moment on this machine's clock: the time, and the day where that is not today."""
    then, today = datetime.fromtimestamp(at), datetime.now()
    return f"{then:%H:%M}" if then.date() == today.date() else f"{then:%a %d %b, %H:%M}"


def _keys(preview: Preview) -> str:
    return f"key {preview.key_fingerprint}" if preview.key_fingerprint else counted(len(preview.accounts), "key")


def error_json(error: BatchError) -> str:
    """An error as JSON, for pipelines."""
    return as_json(
        {
            "version": 1,
            "error": {"message": error.message, "problems": error.problems, "tip": error.tip},
            "exit_code": int(error.exit_code),
        }
    )


def lasting(seconds: float) -> str:
    """A duration for people: `5 h 33 min`."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return "1 min"
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"


def shown(text: str) -> str:
    """A text of somebody else's on one line, with what acts unseen written out, at most 120 long."""
    plain = visible.shown(text)
    return plain if len(plain) <= 120 else f"{plain[:119]}…"


def path_shown(path: str) -> str:
    """As `shown`, but what is cut off is the front: the name of the file is at the end."""
    plain = visible.shown(path)
    return plain if len(plain) <= 120 else f"…{plain[-119:]}"


def _example(cell: str | None) -> str:
    return "empty" if cell is None or not cell.strip() else f'"{shown(mask_within(cell))}"'


def _calls(survey: Survey) -> str:
    held = survey.rows - survey.sendable - survey.duplicates
    took = lasting(seconds_at(survey.sendable, WRITES))
    refused = f"; {counted(held, 'row')} cannot be sent" if held else ""
    return f"{counted(survey.sendable, 'call')}, about {took} at {WRITES.calls} a minute{refused}"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{shown(name)} {count:,}" for name, count in sorted(counts.items(), key=lambda pair: -pair[1]))


def as_json(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
