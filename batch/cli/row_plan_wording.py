"""What `plan` says of a plan: its figures, the first rows that change, and how it is applied, as lines.

Owns: these words. Phone numbers in them are masked.
"""

from __future__ import annotations

import shlex
from typing import Final

from batch.cli.plan_wording import preview_lines
from batch.cli.wording import clock_text, shown_path, shown_text
from batch.loader.plans.columns import changed_fields
from batch.loader.plans.sealed import PlanRow
from batch.runs.plans.result import Plan
from batch.text.language import pluralize, tr
from batch.text.masking import mask, mask_within

#: Rows that are shown; the files of the plan hold all.
_SHOWN: Final = 20


def plan_lines(plan: Plan, *, colour: bool) -> list[str]:
    """The plan as the terminal shows it."""
    bold, plain = ("\x1b[1m", "\x1b[0m") if colour else ("", "")
    lines = preview_lines(plan.preview, colour=colour)
    rows = plan.changing_rows(_SHOWN)
    lines += ["", *(f"  {_row(row, plan)}" for row in rows)] if rows else []
    if plan.calls > len(rows):
        lines.append("  " + tr("and {count:,} more", count=plan.calls - len(rows)))
    lines.append("")
    lines += [tr("plan: {path}", path=shown_path(str(path))) for path in plan.files]
    if not plan.has_changes:
        return [*lines, f"{bold}{tr('Nothing to do.')}{plain}"]
    path = next((path for path in plan.files[::-1] if path.suffix != ".html"), plan.files[0])
    until = clock_text(plan.facts.valid_until)
    calls = f"{bold}{pluralize(plan.calls, 'call')}{plain}"
    lines.append(tr("The plan is valid until {time}. To make its {calls}:", calls=calls, time=until))
    return [*lines, f"  guayaba-batch apply {shlex.quote(str(path))}"]


def _row(row: PlanRow, plan: Plan) -> str:
    name = "" if row.seen is None or not row.seen.name else f" {mask_within(row.seen.name)}"
    phone = row.phone or (row.seen.phone_number if row.seen is not None else None)
    who = f"{mask(phone) if phone else row.contact}{name}"
    changes = [
        f"{field} {mask_within(now or tr('not read' if row.seen is None else 'empty'))} -> {mask_within(then)}"
        for field, now, then in changed_fields(row, plan.facts)
    ]
    return shown_text(tr("row {row}: {who}: {changes}", row=row.number, who=who, changes=", ".join(changes)))
