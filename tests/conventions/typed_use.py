"""How a typed program uses `batch`. Nothing here runs: mypy --strict reads it, as `test_house.py` has it do.

A line that must not pass says which error it is: mypy complains of an `ignore` that nothing needs, so each wrong use
below is refused for the reason that it names, and for no other.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import assert_type

import polars as pl

import batch


def right(frame: pl.DataFrame, settings: batch.Settings) -> None:
    summary = batch.run("contacts.csv", "update", settings, status="DNC", region="US")
    assert_type(summary, batch.Summary)
    assert_type(summary.counts, Mapping[str, int])
    assert_type(summary.outcomes(), pl.DataFrame)
    assert_type(batch.check(frame, "fulfill"), batch.InputSummary)
    batch.run(frame, batch.Operation.FULFILL)
    batch.run(
        Path("contacts.csv"), batch.ReadOptions(batch.Operation.UPDATE, ask=batch.ContactChange(status="DNC")), settings
    )
    batch.run(frame, "update-by-id", settings, mapping={"id": "Contact"}, progress=heard)
    batch.run(frame, "update", settings, progress=lambda far: far.settled)
    batch.rerun(summary.failures(), settings, only=[batch.Outcome.FAILED])
    batch.resume(summary.folder, settings)
    assert_type(batch.undo(summary.folder, settings), batch.Summary)
    assert_type(batch.verify(summary.folder), batch.VerifyResult)


async def right_too(settings: batch.Settings) -> batch.Summary:
    return await batch.run_async("contacts.csv", "fulfill", settings)


def heard(far: batch.Progress) -> None:
    assert_type(far.outcome, batch.Outcome | None)


def wrong(frame: pl.DataFrame, settings: batch.Settings) -> None:
    batch.run("contacts.csv", "updat", settings)  # type: ignore[arg-type]
    batch.run(7, "update", settings)  # type: ignore[arg-type]
    batch.run("contacts.csv", settings=settings)  # type: ignore[call-arg]
    batch.run("contacts.csv", "update", {"rate": "30/min"})  # type: ignore[arg-type]
    batch.run("contacts.csv", "update", settings, statsu="DNC")  # type: ignore[call-arg]
    batch.run("contacts.csv", "update", settings, on_conflict="newest")  # type: ignore[arg-type]
    batch.run("contacts.csv", "update", settings, mapping=["phone"])  # type: ignore[arg-type]
    batch.run("contacts.csv", "update", settings, progress=print_it)  # type: ignore[arg-type]
    batch.rerun(frame, settings, only=["failed"])  # type: ignore[list-item]
    batch.Settings(key="gua_a1b2c3d4_not-a-key-but-a-text")  # type: ignore[arg-type]
    batch.run("contacts.csv", "fulfill").counts = {}  # type: ignore[misc]
    batch.handler  # type: ignore[attr-defined]  # noqa: B018
    batch.run_async("contacts.csv", "fulfill").counts  # type: ignore[attr-defined]  # noqa: B018


def print_it(far: str) -> None: ...
