"""Judged phones are kept between the passes, in memory or in a file; several threads may judge one column."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import polars as pl
import pytest

from batch.loader.phones import Rules
from batch.loader.phones.cache import PhoneCache
from batch.loader.phones.known_heads import KnownHeads
from batch.loader.phones.vectorised import judge_column


def chunk(first: int) -> pl.DataFrame:
    """Rows whose phones begin alike, some with a digit too few, some with a repair."""
    cells = [
        f"(212) 555-{at:04}" if at % 7 else f"+1 312 55{at % 10} {at % 900:03}" for at in range(first, first + 300)
    ]
    return pl.DataFrame(
        {"number": range(first, first + 300), "0": ["x"] * 300, "1": [*cells[:-1], "tel:+44 20 7946 0018"]}
    )


@pytest.mark.parametrize(
    ("most", "in_memory", "why"),
    [(1 << 20, True, "all rows fit"), (0, False, "no row fits"), (20_000, False, "the first chunk fits, not the next")],
)
def test_kept_phones_are_recalled(most: int, in_memory: bool, why: str) -> None:
    """Phones come back as they were kept, and the rows with them while both fit into memory."""
    cache, chunks = PhoneCache(most), [chunk(0), chunk(1000)]
    homes = pl.repeat("US", 300, dtype=pl.String, eager=True).alias("home")
    kept = [judge_column(rows["1"], homes, Rules()).with_columns(rows["1"].alias("cell"), homes) for rows in chunks]
    for rows, phones in zip(chunks, kept, strict=True):
        cache.keep(phones, rows)
    assert (cache.chunks is not None) is in_memory, why
    for place, (rows, phones) in enumerate(zip(chunks, kept, strict=True)):
        recalled = cache.recall(place, rows)
        assert recalled is not None
        assert recalled.equals(phones), why
    assert cache.recall(0, chunks[0].head(5)) is None
    assert cache.recall(2, chunks[0]) is None


def test_threads_share_what_is_known_of_a_column() -> None:
    """Chunks that are judged at the same time have the answers that each has by itself."""
    homes, known = pl.repeat("US", 300, dtype=pl.String, eager=True), KnownHeads(Rules(), 1)
    cells = [chunk(first)["1"] for first in range(0, 9000, 300)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda part: judge_column(part, homes, Rules(), known), cells))
    for part, phones in zip(cells, found, strict=True):
        assert phones.drop("message").equals(judge_column(part, homes, Rules()).drop("message"))
