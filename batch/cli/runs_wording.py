"""The text of `runs`: the runs in a folder, and the history of one contact, as lines and as JSON.

Phone numbers in it are masked.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from batch.cli.wording import shown_path, shown_text
from batch.journal.row_queries import RowHistory
from batch.model import AttemptRecord, ContactChange, Outcome, RunPlan
from batch.runs.folder.history import HistoryEntry
from batch.runs.folder.overview import FileOverview, RunOverview
from batch.text.language import pluralize, tr
from batch.text.listing import pretty_json
from batch.text.masking import mask, mask_within
from batch.text.utc import iso_utc


def runs_lines(found: Sequence[RunOverview], out: Path, now: float) -> list[str]:
    """The runs, oldest first, and the command that continues an interrupted one. Times are UTC; `now` is epoch seconds:
    a run that seems to be of a later time is marked."""
    if not found:
        return [tr("There is no run in {out} yet.", out=out)]
    lines = []
    for run in found:
        lines += [_run_line(run), f"    {run.folder}"]
        if run.plan.planned_at > now:
            lines.append(
                tr(
                    "    this time is still to come: the clock of this machine was ahead, in this run or in one before "
                    "it. The name of the folder says when the run began"
                )
            )
        if run.condition == "interrupted":
            lines.append(tr("    resume it: guayaba-batch resume {folder}", folder=shlex.quote(str(run.folder))))
    return lines


def _run_line(run: RunOverview) -> str:
    condition = tr(run.condition) if run.pid is None else tr("running (process {pid})", pid=run.pid)
    asked = f" ({shown_text(run.plan.change.status)})" if run.plan.change.status else ""
    end = "" if run.exit_code is None or run.condition == "running" else tr(", exit {code}", code=run.exit_code)
    return (
        f"{_utc(run.plan)}  {run.plan.verb:12}  {shown_path(run.plan.source.path)}{asked}: {condition},"
        f" {_done_text(run.rows, run.not_done)}{end}"
    )


def _utc(plan: RunPlan) -> str:
    return f"{iso_utc(plan.planned_at)[:16]} UTC"


def _done_text(rows: int, not_done: Mapping[Outcome, int]) -> str:
    """`257 of 302 rows done; 45 not done: invalid 33, not_found 12`."""
    left = sum(not_done.values())
    by_outcome = ", ".join(f"{outcome.value} {not_done[outcome]:,}" for outcome in Outcome if outcome in not_done)
    return tr("{rows:,} of {rows_2} done", rows=rows - left, rows_2=pluralize(rows, "row")) + (
        tr("; {left:,} not done: {by_outcome}", left=left, by_outcome=by_outcome) if left else ""
    )


def file_lines(views: Sequence[FileOverview]) -> list[str]:
    """How the rows of a file stand, for each run of it with its reruns."""
    lines: list[str] = []
    for view in views:
        lines += [
            tr(
                "{file}, all its runs together ({count:,}): {done}",
                file=shown_path(view.first.plan.source.path),
                count=1 + len(view.reruns),
                done=_done_text(view.first.rows, view.not_done),
            )
            if view.reruns
            else f"{shown_path(view.first.plan.source.path)}: {_done_text(view.first.rows, view.not_done)}",
            *(f"  {_run_line(run)}" for run in (view.first, *view.reruns)),
        ]
    return lines


def runs_json(found: Sequence[RunOverview]) -> str:
    """The same as JSON."""
    return pretty_json({"version": 1, "runs": [_run_object(run) for run in found]})


def file_json(views: Sequence[FileOverview]) -> str:
    """`file_lines` as JSON."""
    return pretty_json(
        {
            "version": 1,
            "files": [
                {
                    "file": view.first.plan.source.path,
                    "rows": view.first.rows,
                    "done": view.first.rows - sum(view.not_done.values()),
                    "not_done": {outcome.value: count for outcome, count in view.not_done.items()},
                    "runs": [_run_object(run) for run in (view.first, *view.reruns)],
                }
                for view in views
            ],
        }
    )


def _run_object(run: RunOverview) -> dict[str, object]:
    return {
        "run": run.plan.run,
        "folder": str(run.folder),
        "state": "open" if run.is_open else "finished",
        "condition": run.condition,
        "pid": run.pid,
        "exit_code": run.exit_code,
        "rows": run.rows,
        "settled": run.settled,
        "done": run.rows - sum(run.not_done.values()),
        "not_done": {outcome.value: count for outcome, count in run.not_done.items()},
        "operation": run.plan.operation,
        "status": run.plan.change.status,
        "campaign": run.plan.change.campaign_id,
        "file": run.plan.source.path,
        "planned_at": iso_utc(run.plan.planned_at),
        "parent": run.plan.source_run,
    }


def history_lines(past: Sequence[HistoryEntry], phone: str, out: Path) -> list[str]:
    """The rows about `phone` in all runs, oldest first."""
    if not past:
        return [tr("No run in {out} has a row with {phone}.", out=out, phone=mask(phone))]
    runs = len({entry.folder for entry in past})
    lines = [
        tr(
            "{phone}: {rows} in {runs}",
            phone=mask(phone),
            rows=pluralize(len(past), "row"),
            runs=pluralize(runs, "run"),
        )
    ]
    for folder, plan, row in past:
        account = tr(" of {account}", account=shown_text(row.account)) if row.account else ""
        place = tr(
            "{file} row {number}{account}", file=shown_path(plan.source.path), number=row.number, account=account
        )
        lines += [
            "",
            f"{_utc(plan)}  {plan.verb:12}  {place}: {_change_text(row.change)}",
            f"    {row.outcome}{f' [{row.code}]' if row.code else ''}{_end_text(row)}",
        ]
        lines += [f"    {shown_text(mask_within(row.message))}"] if row.message else []
        lines += ["    " + tr("sent {when}", when=_attempts_text(attempt)) for attempt in row.attempts]
        lines.append(f"    {folder}")
    return lines


def history_json(past: Sequence[HistoryEntry], phone: str) -> str:
    """The same as JSON."""
    return pretty_json(
        {
            "version": 1,
            "phone": mask(phone),
            "rows": [
                {
                    "run": plan.run,
                    "folder": str(folder),
                    "planned_at": iso_utc(plan.planned_at),
                    "base_url": plan.base_url,
                    "operation": plan.operation,
                    "account": row.account or None,
                    "file": plan.source.path,
                    "row": row.number,
                    "status": row.change.status if row.change else None,
                    "campaign": row.change.campaign_id if row.change else None,
                    "fields": _fields(row.change),
                    "outcome": row.outcome,
                    "code": row.code or None,
                    "message": mask_within(row.message) or None,
                    "same_as": row.same_as,
                    "finished_at": None if row.finished_at is None else iso_utc(row.finished_at),
                    "attempts": [
                        {
                            "sent_at": iso_utc(attempt.sent_at),
                            "seen_at": None if attempt.seen_at is None else iso_utc(attempt.seen_at),
                            "status": attempt.status,
                            "verdict": attempt.verdict,
                        }
                        for attempt in row.attempts
                    ],
                }
                for folder, plan, row in past
            ],
        }
    )


def _change_text(change: ContactChange | None) -> str:
    if change is None:
        return tr("no change that could be sent")
    parts = [tr("status {status}", status=shown_text(change.status))] if change.status else []
    parts += [tr("campaign {campaign}", campaign=change.campaign_id)] if change.campaign_id else []
    return ", ".join([*parts, *map(shown_text, _fields(change))]) or tr("no change")


def _fields(change: ContactChange | None) -> list[str]:
    """The names of the other changed fields; the values are private."""
    if change is None:
        return []
    named = {"name": change.name, "phoneNumber": change.phone_number, "timezone": change.timezone}
    return [name for name, value in named.items() if value] + [f"var:{name}" for name in change.variables]


def _end_text(row: RowHistory) -> str:
    same = tr(", as row {same_as}", same_as=row.same_as) if row.same_as is not None else ""
    return same + (tr(" at {time}", time=iso_utc(row.finished_at)) if row.finished_at is not None else "")


def _attempts_text(attempt: AttemptRecord) -> str:
    if attempt.seen_at is None:
        return tr("{sent_at}, no response was seen", sent_at=iso_utc(attempt.sent_at))
    answer = f"HTTP {attempt.status}" if attempt.status is not None else tr("no response")
    return tr(
        "{sent_at}, {answer} at {seen_at}",
        sent_at=iso_utc(attempt.sent_at),
        answer=answer,
        seen_at=iso_utc(attempt.seen_at),
    )
