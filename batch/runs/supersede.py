"""Rows whose contact a later run wrote: they are not sent.

Owns: their outcome in the journal. Which runs are later is known by `folder/catalog.py`, which of their rows count by
`journal/supersede.py`.
"""

from __future__ import annotations

from collections.abc import Collection
from time import time
from types import MappingProxyType

from batch.dispatcher.row_states import Event, State, next_transition
from batch.journal.journal import Journal
from batch.journal.supersede import KeyPairs


def supersede(
    journal: Journal,
    newer: KeyPairs,
    known: KeyPairs = MappingProxyType({}),
    *,
    except_rows: Collection[int] = (),
    starts: bool = False,
) -> None:
    """Settle the pending rows whose contact one of the `newer` runs wrote; with `starts`, only those that start
    outreach. See `Journal.supersede`."""
    end = next_transition(State.QUEUED, Event.LATER_RUN_SUCCEEDED).end
    journal.supersede(newer, time(), known, end=end, except_rows=except_rows, starts=starts)
