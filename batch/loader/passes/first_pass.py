"""The first pass over a source: every row is judged once and counted.

Owns: what the pass keeps for the second one, the overlap of reading with the check of phones, and the notices that
need the counts of all rows.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context

import polars as pl

from batch.loader.phones.cache import MOST_IN_MEMORY, PhoneCache
from batch.loader.phones.known_heads import KnownHeads
from batch.loader.reports.selected_rows import SelectedRows
from batch.loader.rows.duplicates import DuplicateIndex
from batch.loader.rows.row_check import RowContext
from batch.loader.rows.survey import InputCounter
from batch.text.language import pluralize, tr

#: A column has evidently lost its pluses when at least this share of its numbers are bare and of another country.
LOST_PLUS_SHARE = 0.01
#: Chunks whose phones are judged at a time.
AHEAD = 2


def first_pass(
    selected: SelectedRows, context: RowContext, *, keep_phones: bool
) -> tuple[InputCounter, DuplicateIndex, PhoneCache | None]:
    """Judge every row of `selected` and count it; keep its phones for a second pass, and note what is asked for each
    contact."""
    # A part of a chunk holds all of the chunk's text in memory, whatever its size is said to be.
    most = 0 if selected.is_part else MOST_IN_MEMORY
    counter, index, cache = InputCounter(), DuplicateIndex(), PhoneCache(most) if keep_phones else None
    context = context._replace(heads=KnownHeads(context.rules))
    for chunk, phones in _read_ahead(selected, context):
        if cache is not None:
            cache.keep(phones, chunk)
        verdicts, changes = selected.check_rows(chunk, phones, context)
        counter.count(verdicts, changes)
        index.enter(verdicts, context.team.stopping_statuses)
    return counter, index, cache


def _read_ahead(selected: SelectedRows, context: RowContext) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Yield each chunk with its phones, while those of the next ones are judged: polars works outside Python's lock."""
    waiting: deque[tuple[pl.DataFrame, Future[pl.DataFrame]]] = deque()
    with ThreadPoolExecutor(AHEAD) as pool:
        for chunk in selected.chunks():
            waiting.append((chunk, pool.submit(copy_context().run, selected.phones, chunk, context)))
            if len(waiting) > AHEAD:
                first, phones = waiting.popleft()
                yield first, phones.result()
        for chunk, phones in waiting:
            yield chunk, phones.result()


def has_lost_plus(counter: InputCounter) -> bool:
    """True where the column of phones has evidently lost its pluses: it is read again with more caution."""
    return counter.foreign > 0 and counter.foreign >= LOST_PLUS_SHARE * counter.numbers


def lost_plus_notice(rows: int) -> str:
    """The notice of a wary column."""
    return tr(
        "The + was lost from {numbers} of other countries. Numbers that fit two countries are not sent (ambiguous).",
        numbers=pluralize(rows, "number"),
    )


def flagged_notice(rows: int) -> str:
    """The notice of rows that are sent although a remark says not to use their number."""
    return tr(
        "{rows} with a remark beside the number (wrong number, fax, do not call …): sent, because what "
        "they ask for does not start outreach.",
        rows=pluralize(rows, "row"),
    )
