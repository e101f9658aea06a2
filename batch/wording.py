"""What `check`, the confirmation and `runs` say, as lines and as JSON.

Owns: the words; phone numbers in them are masked.
Does not own: printing (`cli.py`), the summary of a run (`reporter/`).
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from batch.directory import Team
from batch.errors import BatchError
from batch.loader import Loaded, Survey
from batch.masking import mask_within
from batch.model import WRITES, RunPlan, iso_utc
from batch.plural import counted
from batch.preflight import Preview, seconds_at
from batch.runs import RunProgress
from batch.teams import Teams

#: Accounts that are named before a run.
_ACCOUNTS_SHOWN: Final = 4


def survey_lines(loaded: Loaded, teams: Teams | None = None, *, colour: bool) -> list[str]:
    """What `check` shows of a source: what is wrong with it first, by cause, then what a run would do. `teams`: what
    the API said that they have, where it was asked."""
    bold, plain = ("\x1b[1m", "\x1b[0m") if colour else ("", "")
    survey = loaded.survey
    roles = ", ".join(f"{role} = {shown(header)}" for role, header in loaded.facts.roles.items())
    lines = [f"{bold}{shown(loaded.facts.path)}{plain}: {counted(survey.rows, 'row')}; {roles}"]
    lines += [f"note: {shown(notice)}" for notice in survey.notices]
    for group in survey.problems:
        lines += ["", f"{bold}{group.title}{plain}: {counted(group.rows, 'row')} [{group.code}]"]
        for number, example, message in zip(
            group.numbers[:5], group.examples, group.messages or ("",) * 5, strict=False
        ):
            told = f" - {shown(mask_within(message))}" if message else ""
            lines.append(f"  row {number}: {_example(example)}{told}")
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
    return _json(
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
    """What is shown before the first write."""
    bold, plain = ("\x1b[1m", "\x1b[0m") if colour else ("", "")
    survey = preview.survey
    lines = [
        f"{bold}{preview.operation}{plain}: {counted(preview.calls, 'call')} to {preview.base_url}"
        f" ({_keys(preview)}), about {lasting(preview.seconds)} at {preview.rate.calls} in"
        f" {preview.rate.seconds:g} s",
        f"  {counted(survey.rows, 'row')}: {survey.sendable:,} to send, {counted(survey.duplicates, 'duplicate')},"
        f" {survey.rows - survey.sendable - survey.duplicates:,} that cannot be sent",
    ]
    if survey.statuses:
        lines.append(f"  status: {_counted(survey.statuses)}")
    if preview.accounts:
        each = [f"{name} ({survey.accounts.get(name, 0):,}, key {key})" for name, key in preview.accounts.items()]
        more = f" and {len(each) - _ACCOUNTS_SHOWN:,} more" if len(each) > _ACCOUNTS_SHOWN else ""
        lines.append(f"  accounts: {shown(', '.join(each[:_ACCOUNTS_SHOWN]))}{more}")
    if preview.fields:
        lines.append(f"  changed from the file: {', '.join(map(shown, preview.fields))}")
    if preview.starts_outreach:
        lines.append(f"  {bold}This starts outreach: these contacts will be called and messaged.{plain}")
    return lines + [f"  note: {shown(warning)}" for warning in preview.warnings]


def _keys(preview: Preview) -> str:
    return f"key {preview.key_fingerprint}" if preview.key_fingerprint else counted(len(preview.accounts), "key")


def runs_lines(found: Sequence[tuple[Path, RunPlan, RunProgress]], out: Path) -> list[str]:
    """One line a run, oldest first, and how to go on with those that are open."""
    if not found:
        return [f"No run was made in {out} yet."]
    lines = []
    for folder, plan, progress in found:
        far = f"{progress.settled:,} of {counted(progress.rows, 'row')}"
        lines.append(
            f"{iso_utc(plan.planned_at)[:16]}  {plan.verb:12}  {shown(plan.source.path)}: {progress.state}, {far}"
        )
        lines.append(f"    {folder}")
        if progress.state == "open":
            lines.append(f"    to go on: guayaba-batch resume {shlex.quote(str(folder))}")
    return lines


def runs_json(found: Sequence[tuple[Path, RunPlan, RunProgress]]) -> str:
    """The same as JSON."""
    return _json(
        {
            "version": 1,
            "runs": [
                {
                    "run": plan.run,
                    "folder": str(folder),
                    "state": progress.state,
                    "rows": progress.rows,
                    "settled": progress.settled,
                    "operation": plan.operation,
                    "file": plan.source.path,
                    "planned_at": iso_utc(plan.planned_at),
                    "parent": plan.parent,
                }
                for folder, plan, progress in found
            ],
        }
    )


def error_json(error: BatchError) -> str:
    """An error as JSON, for pipelines."""
    return _json(
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
    """A text of somebody else's on one line: without control or direction characters, at most 120 long."""
    plain = "".join(sign if sign.isprintable() else "·" for sign in text)
    return plain if len(plain) <= 120 else f"{plain[:119]}…"


def _example(cell: str | None) -> str:
    return "empty" if cell is None or not cell.strip() else f'"{shown(mask_within(cell))}"'


def _calls(survey: Survey) -> str:
    held = survey.rows - survey.sendable - survey.duplicates
    took = lasting(seconds_at(survey.sendable, WRITES))
    refused = f"; {counted(held, 'row')} cannot be sent" if held else ""
    return f"{counted(survey.sendable, 'call')}, about {took} at {WRITES.calls} a minute{refused}"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{shown(name)} {count:,}" for name, count in sorted(counts.items(), key=lambda pair: -pair[1]))


def _json(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
