"""What the loader's tests share: reading a text or bytes as if it were a file."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest

from batch.loader import LoadedSource, ReadOptions, TeamRules, load
from batch.model import ContactChange, Operation, PlannedRow

Read = Callable[..., "Result"]


class Result:
    """A source that was loaded: `loaded`, and all its `rows`."""

    def __init__(self, loaded: LoadedSource) -> None:
        self.loaded = loaded
        self.survey = loaded.survey
        self.rows: list[PlannedRow] = [row for batch in loaded.batches() for row in batch]
        self.by_number = {row.number: row for row in self.rows}


@pytest.fixture
def read() -> Read:
    """A function: content and `ReadOptions` fields -> `Result`. By default: fulfil, region US."""

    def _read(content: str | bytes, **options: Any) -> Result:
        options.setdefault("operation", Operation.FULFILL)
        options.setdefault("region", "US")
        if options["operation"] is Operation.UPDATE and "ask" not in options:
            options["ask"] = ContactChange(status="paused")
        raw = content.encode() if isinstance(content, str) else content
        team = {name: options.pop(name) for name in TeamRules.__slots__ if name in options}
        return Result(load("-", ReadOptions(**options), TeamRules(**team), stdin=io.BytesIO(raw)))

    return _read
