"""What was confirmed for a run, and how many of its rows a session may take within it.

Owns: the record of each confirmation, the counts of rows by their effect on outreach, and the rule that says when a run
that goes on needs another confirmation.
Flow: a new run and each larger continuation write one `Confirmation`; the newest one counts. A row counts as sent from
its first attempt on, so a killed or repeated attempt uses nothing more.
Source: DESIGN law 11 (consent).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from batch.guayaba.requests import OutreachEffect
from batch.journal.journal import Journal

_KEY: Final = "confirmations"
#: Rows that may start outreach for a contact that is stopped now, and rows that may take DNC from a contact.
_RESTARTS: Final = "?1 AND turn = 2"
_LIFTS_DNC: Final = "?2 AND new_status IS NOT NULL AND upper(new_status) <> 'DNC'"


class Leave(NamedTuple):
    """Which guards a session may pass: contacts that are stopped now are called again, contacts that are DNC now get
    another status."""

    reactivate: bool = False
    lift_dnc: bool = False


class EffectCounts(NamedTuple):
    """Rows by what they do to outreach, and two further counts of the same rows."""

    stops: int = 0
    neither: int = 0
    starts: int = 0
    #: Rows that may start outreach for contacts that are stopped now.
    restarts: int = 0
    #: Rows that may take DNC from their contacts.
    lifts_dnc: int = 0

    @property
    def calls(self) -> int:
        """The rows of all effects."""
        return self.stops + self.neither + self.starts

    def of(self, effect: OutreachEffect) -> int:
        """The rows of one effect."""
        return self[effect]

    def plus(self, other: EffectCounts) -> EffectCounts:
        """The sum, count by count."""
        return EffectCounts._make(map(sum, zip(self, other, strict=True)))

    def exceeds(self, other: EffectCounts) -> bool:
        """True where any count is more than that of `other`."""
        return any(mine > theirs for mine, theirs in zip(self, other, strict=True))


class Confirmation(msgspec.Struct, frozen=True):
    """One confirmation of a run. Its field names are the keys of its JSON in the journal, so they stay."""

    #: `terminal` (typed), `--yes`, or `program` (the Python API).
    by: str
    #: Epoch seconds.
    at: float
    #: The rows that it named as calls to come.
    named: EffectCounts
    #: The rows that it is about: those named, and those that were expected to need no call.
    covers: EffectCounts
    #: The rows that had been sent when it was given.
    sent: EffectCounts

    @property
    def allowed(self) -> EffectCounts:
        """How many rows of the run may have been sent in all."""
        return self.sent.plus(self.covers)

    @property
    def allowed_starts(self) -> int:
        """How many calls that start outreach the run may have made in all."""
        return self.sent.starts + self.named.starts


def read_confirmations(journal: Journal) -> list[Confirmation]:
    """Every confirmation of the run, oldest first; none in a journal that was written before they were kept."""
    return journal.get(_KEY, list[Confirmation]) or []


def add_confirmation(journal: Journal, confirmation: Confirmation) -> None:
    """Record `confirmation` durably. Raises JournalBroken: then nothing may be sent."""
    with journal._writing():
        journal.put(_KEY, [*read_confirmations(journal), confirmation])


def count_sent(journal: Journal, leave: Leave) -> EffectCounts:
    """The rows that had at least one attempt."""
    return _counts(journal, "attempts > 0", leave)


def count_planned(journal: Journal, leave: Leave, limit: int | None) -> tuple[EffectCounts, EffectCounts]:
    """What a session would take: all of its rows, and those that were never sent before.

    `limit`: at most so many rows, in the order of sending; `None`: all that are pending. A count of the rows never sent
    may be too high, where the limit cuts between them and rows that are sent again; it is never too low.
    """
    pending = _counts(journal, "outcome IS NULL", leave)
    unsent = _counts(journal, "outcome IS NULL AND attempts = 0", leave)
    left = pending.calls if limit is None else limit
    taken = []
    for effect in OutreachEffect:
        taken.append(min(pending.of(effect), left))
        left -= taken[-1]
    new = [min(count, unsent.of(effect)) for effect, count in zip(OutreachEffect, taken, strict=True)]
    return _within(taken, pending), _within(new, unsent)


def _within(taken: Sequence[int], rows: EffectCounts) -> EffectCounts:
    """`taken` of `rows` by effect; the further counts are upper bounds."""
    starts = taken[OutreachEffect.STARTS]
    return EffectCounts._make([*taken, min(rows.restarts, starts), min(rows.lifts_dnc, sum(taken))])


def goes_past(journal: Journal, leave: Leave, limit: int | None) -> bool:
    """True where a session would send more than was confirmed for the run.

    Where no confirmation is on record (an older version wrote the journal), only a start of outreach or a lift of DNC
    goes past it.
    """
    _, new = count_planned(journal, leave, limit)
    confirmations = read_confirmations(journal)
    if not confirmations:
        return bool(new.starts or new.lifts_dnc)
    return count_sent(journal, leave).plus(new).exceeds(confirmations[-1].allowed) and new.calls > 0


def confirmed_calls(confirmations: Sequence[Confirmation]) -> int | None:
    """How many calls were confirmed so far; `None` where that is not on record."""
    if not confirmations:
        return None
    return confirmations[-1].sent.calls + confirmations[-1].named.calls


def _counts(journal: Journal, condition: str, leave: Leave) -> EffectCounts:
    rows = journal._select(
        f"SELECT turn, count(*), coalesce(sum({_RESTARTS}), 0), coalesce(sum({_LIFTS_DNC}), 0) FROM rows"
        f" WHERE {condition} GROUP BY turn",
        (leave.reactivate, leave.lift_dnc),
    )
    counts = EffectCounts()
    for turn, count, restarts, lifts_dnc in rows:
        by_effect = [count if effect == turn else 0 for effect in OutreachEffect]
        counts = counts.plus(EffectCounts._make([*by_effect, restarts, lifts_dnc]))
    return counts
