"""Metrics: the state of a run in a file for Prometheus' textfile collector, while it goes and at its end.

Owns: the file's name rule, its metrics and when it is written: whole, and at the beginning, each 15 s, and at the end.
Source: Prometheus' text exposition format 0.0.4; node_exporter's textfile collector: only `*.prom`, no timestamps of
one's own, the same series in two files is an error, readable by the collector's user.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import anyio
from anyio import to_thread

from batch.errors import BatchError
from batch.model import Outcome, RunSummary
from batch.text.atomic_file import atomic_file
from batch.text.language import tr

#: Scrapes are mostly 15 s apart.
INTERVAL_S: Final = 15.0


class Metrics:
    """The metrics file of one session of a run. Without `path` no file is written. A file that cannot be written is a
    text in `notices`, and stops nothing."""

    def __init__(self, path: Path | None, facts: RunSummary) -> None:
        self._path = path
        self._facts = facts
        self._counts: Counter[Outcome] = Counter(facts.counts)
        #: The text of a failed write; empty where the file was written.
        self.notices: tuple[str, ...] = ()

    def row_settled(self, outcome: Outcome) -> None:
        """Count a row."""
        self._counts[outcome] += 1
        self._counts[Outcome.PENDING] -= 1

    async def watch(self, api_state: Callable[[], tuple[bool, int]]) -> None:
        """Write the file now and every `INTERVAL_S`. Cancel it at the end of the session.

        `api_state` returns whether the API answers nothing now, and its limit of writes in a window.
        """
        while self._path is not None:
            unreachable, limit = api_state()
            text = prometheus_text(self._name, self._current_summary(), unreachable=unreachable, limit=limit)
            await to_thread.run_sync(self._write, text)
            await anyio.sleep(INTERVAL_S)

    async def run_ended(self, summary: RunSummary) -> None:
        """Write how the session ended."""
        self._write(prometheus_text(self._name, summary, exit_code=int(summary.exit_code)))

    async def run_failed(self, error: Exception) -> None:
        """Write that the run itself failed."""
        code = int(error.exit_code) if isinstance(error, BatchError) else 1
        self._write(prometheus_text(self._name, self._current_summary(), exit_code=code))

    @property
    def _name(self) -> str:
        return self._path.stem if self._path else ""

    def _current_summary(self) -> RunSummary:
        return replace(self._facts, counts=dict(self._counts))

    def _write(self, text: str) -> None:
        if self._path is None:
            return
        try:
            with atomic_file(self._path, mode=0o644) as file:  # the collector is another user
                file.write(text.encode())
        except OSError as fault:
            self.notices = (
                tr(
                    "the metrics file {path} could not be written: {strerror}.",
                    path=self._path,
                    strerror=fault.strerror,
                ),
            )


def prometheus_text(
    name: str, facts: RunSummary, *, exit_code: int | None = None, unreachable: bool = False, limit: int | None = None
) -> str:
    """The metrics of a run as text. `exit_code` `None`: it is under way. `name` tells several jobs apart."""
    label = {"name": name, "operation": facts.operation.value}
    lines: list[str] = []
    lines += _gauge("rows", "Rows of the file.", {"": facts.rows}, label)
    counts = {outcome.value: facts.counts.get(outcome, 0) for outcome in Outcome}
    lines += _gauge("outcomes", "Rows by outcome; they add up to the rows.", counts, label, by="outcome")
    lines += _gauge("running", "1 while a process works on the run.", {"": int(exit_code is None)}, label)
    lines += _gauge("unreachable", "1 while the API does not answer.", {"": int(unreachable)}, label)
    lines += _gauge("limit", "Writes that the API allows in a window.", {"": limit or facts.limit}, label)
    lines += _gauge("started_timestamp_seconds", "When the run began.", {"": facts.started_at}, label)
    if exit_code is not None:
        lines += _gauge("ended_timestamp_seconds", "When work on the run ended.", {"": facts.ended_at}, label)
        lines += _gauge("exit_code", "The exit code; 75: the same command goes on.", {"": exit_code}, label)
    return "\n".join(lines) + "\n"


def _gauge(
    what: str, said: str, values: Mapping[str, float | None], label: Mapping[str, str], by: str = ""
) -> Iterator[str]:
    known = {each: value for each, value in values.items() if value is not None}
    if known:
        yield f"# HELP guayaba_batch_{what} {said}"
        yield f"# TYPE guayaba_batch_{what} gauge"
    for each, value in known.items():
        labels = {**label, by: each} if by else label
        labels_text = ",".join(f'{key}="{_quote(text)}"' for key, text in labels.items())
        yield f"guayaba_batch_{what}{{{labels_text}}} {value!r}"


def _quote(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
