"""The sample export: what a visitor sees first works as it says."""

from __future__ import annotations

from pathlib import Path

import msgspec

from batch.loader import ReadOptions, load
from batch.model import ContactChange, Operation

SAMPLES = Path(__file__).parents[3] / "samples"


def test_the_sample_shows_every_kind_of_row() -> None:
    """Most contacts of the sandbox are found through damaged cells; strangers, duplicates and refusals are there."""
    loaded = load(
        SAMPLES / "contacts.csv", ReadOptions(Operation.UPDATE, ask=ContactChange(status="paused"), region="US")
    )
    known = {
        contact["phoneNumber"] for contact in msgspec.json.decode((SAMPLES / "sandbox.json").read_bytes())["contacts"]
    }
    sent = {row.contact for batch in loaded.batches() for row in batch if row.outcome is None}
    assert len(sent & known) >= 30
    assert len(sent - known) == 3
    assert loaded.survey.counts["duplicate"] == 2
    assert {group.code for group in loaded.survey.problems} == {
        "ambiguous", "digits_lost", "invalid_number", "no_phone", "not_a_number", "two_numbers"
    }  # fmt: skip
    assert len(loaded.survey.repairs) >= 12
