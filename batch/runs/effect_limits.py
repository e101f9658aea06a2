"""The guards by effect: how many contacts a run may change, and for how many it may start outreach.

Owns: `--max-changes` and `--max-starts`, for every command that writes. They count a whole run, over its sessions.
"""

from __future__ import annotations

from batch.errors import InputRefused
from batch.guayaba.requests import OutreachEffect
from batch.journal.confirmations import Leave, count_planned, count_sent
from batch.journal.journal import Journal
from batch.journal.planned_contacts import rows_without_planned_call
from batch.runs.plan import PlanPreview
from batch.settings.slices import EffectLimits
from batch.text.language import pluralize, tr


def require_preview_within(preview: PlanPreview, limits: EffectLimits, tip: str = "") -> None:
    """Raise InputRefused where the run of `preview`, none of which was sent, does more than `limits` allow. A contact
    that was not read counts as changed. `tip` replaces the advice to look at the plan."""
    starts = sum(change.rows for change in preview.changes if change.effect is OutreachEffect.STARTS)
    _require(preview.calls + preview.later, starts, preview.rows, limits, tip)


def require_rest_within(journal: Journal, limits: EffectLimits) -> None:
    """Raise InputRefused where a run that goes on has done, and would do, more in all than `limits` allow."""
    if limits.max_changes is None and limits.max_starts is None:
        return
    _, unsent = count_planned(journal, Leave(), None)
    sent = count_sent(journal, Leave())
    changes = sent.calls + unsent.calls - len(rows_without_planned_call(journal))
    _require(changes, sent.starts + unsent.starts, journal.count_rows(), limits)


def _require(changes: int, starts: int, rows: int, limits: EffectLimits, tip: str = "") -> None:
    problems = []
    most = limits.max_changes
    allowed = int(most * rows) if isinstance(most, float) else most
    if allowed is not None and changes > allowed:
        share = f" ({most * 100:g}%, {pluralize(rows, 'row')})" if isinstance(most, float) else ""
        problems.append(
            tr(
                "{contacts} would change; --max-changes allows {allowed:,}{share}",
                contacts=pluralize(changes, "contact"),
                allowed=allowed,
                share=share,
            )
        )
    if limits.max_starts is not None and starts > limits.max_starts:
        problems.append(
            tr(
                "outreach would start for {contacts}; --max-starts allows {allowed:,}",
                contacts=pluralize(starts, "contact"),
                allowed=limits.max_starts,
            )
        )
    if problems:
        raise InputRefused(
            tr("this would do more than is allowed. Nothing was sent."),
            problems=tuple(problems),
            tip=tip or tr("look at the plan (guayaba-batch plan FILE). If it is right, give larger limits."),
        )
