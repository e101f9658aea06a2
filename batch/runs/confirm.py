"""The confirmation of a run: when it is asked for, what it covers, and the record of it.

Owns: the record that a preview becomes once it is confirmed, the bounds of a session within it, and what a program
confirms by its call.
Flow: preview -> `RunObserver.confirm` -> `record` -> `session_bounds`.
"""

from __future__ import annotations

from time import time
from typing import Literal, NamedTuple

from batch.errors import SettingsError
from batch.guayaba.requests import OutreachEffect
from batch.journal.confirmations import (
    Confirmation,
    EffectCounts,
    add_confirmation,
    confirmed_calls,
    count_planned,
    count_sent,
    read_confirmations,
)
from batch.journal.journal import Journal
from batch.runs.plan import PlanPreview, leave
from batch.settings.slices import Guards
from batch.text.language import pluralize, tr, trn

ConfirmedBy = Literal["terminal", "--yes", "program"]


class SessionBounds(NamedTuple):
    """How many rows of each effect a session may take, and how many calls that start outreach it may make (`None`: as
    many as it may take)."""

    rows: dict[OutreachEffect, int]
    starts: int | None


def record(journal: Journal, guards: Guards, limit: int | None, preview: PlanPreview, by: ConfirmedBy) -> None:
    """Write into the journal that `preview` was confirmed now, `by` which means."""
    _, covers = count_planned(journal, leave(guards), limit)
    by_effect = [sum(change.rows for change in preview.changes if change.effect is effect) for effect in OutreachEffect]
    starts = by_effect[OutreachEffect.STARTS]
    named = EffectCounts._make([*by_effect, min(covers.restarts, starts), min(covers.lifts_dnc, sum(by_effect))])
    covers = EffectCounts._make(map(max, named, covers))
    add_confirmation(journal, Confirmation(by, time(), named, covers, count_sent(journal, leave(guards))))


def session_bounds(journal: Journal, guards: Guards, limit: int | None) -> SessionBounds:
    """The bounds of a session that begins now, after the confirmation that it needs."""
    planned, _ = count_planned(journal, leave(guards), limit)
    rows = {effect: planned.of(effect) for effect in OutreachEffect}
    confirmations = read_confirmations(journal)
    if not confirmations:
        return SessionBounds(rows, None)
    sent = count_sent(journal, leave(guards))
    return SessionBounds(rows, max(0, confirmations[-1].allowed_starts - sent.starts))


def confirm_by_call(preview: PlanPreview, *, yes: bool = False) -> ConfirmedBy:
    """The confirmation of a program: its call confirms a new run.

    Raises SettingsError where a run goes on past what was confirmed and starts outreach or passes a guard: then the
    program must say so, with `yes` or with a function of its own.
    """
    if yes or not preview.continues or not preview.is_risky:
        return "program"
    raise past_confirmed_error(preview, tr("give confirm=, or settings with yes=True, to continue it."))


def past_confirmed_error(preview: PlanPreview, tip: str) -> SettingsError:
    """The refusal of a run that goes on past what was confirmed."""
    return SettingsError(
        tr("{preview}, and that was not confirmed. Nothing was sent.", preview=past_confirmed_text(preview)), tip=tip
    )


def past_confirmed_text(preview: PlanPreview) -> str:
    """How far a run goes past what was confirmed: `48 more calls; 2 were confirmed`."""
    calls = confirmed_calls([preview.confirmed] if preview.confirmed else [])
    if calls is None:
        before = tr("what was confirmed is not on record")
    else:
        before = trn("{count:,} was confirmed", "{count:,} were confirmed", calls)
    return f"{pluralize(preview.calls, 'more call')}; {before}"
