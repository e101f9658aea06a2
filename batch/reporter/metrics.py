"""Metrics: the state of a run in a file for Prometheus' textfile collector, while it goes and at its end.

Owns: the file's name rule, its metrics and when it is written: whole, and at the beginning, each 15 s, and at the end.
Source: Prometheus' text exposition format 0.0.4; node_exporter's textfile collector: only `*.prom`, no timestamps of
one's own, the same series in two files is an error, readable by the collector's user.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import anyio
from anyio import to_thread

from batch.dispatcher.actions import RowResult
from batch.dispatcher.lanes import Lanes
from batch.errors import BatchError
from batch.model import Outcome, RunSummary
from batch.runs.session import RunObserver

#: Scrapes are mostly 15 s apart.
EVERY_S: Final = 15.0


class Metrics:
    """The metrics file of one stretch of a run. Without `path` there is none. A file that cannot be written is a
    remark, and stops nothing."""

    def __init__(self, path: Path | None, facts: RunSummary) -> None:
        self._path = path
        self._facts = facts
        self._counts: Counter[Outcome] = Counter(facts.counts)
        #: Why the file could not be written, if so.
        self.remarks: tuple[str, ...] = ()

    def joined(self, hooks: RunObserver) -> RunObserver:
        """`hooks` that keep the file as well."""
        if self._path is None:
            return hooks

        def told(finding: RowResult) -> None:
            if finding.outcome is not None:
                self._counts[finding.outcome] += 1
                self._counts[Outcome.PENDING] -= 1
            hooks.told(finding)

        async def watch(lanes: Lanes) -> None:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._keep, lanes)
                await hooks.watch(lanes)

        return replace(hooks, told=told, watch=watch)

    async def _keep(self, lanes: Lanes) -> None:
        while True:
            away = any(state.outage for state in lanes.states)
            limit = sum(state.limit for state in lanes.states)
            await to_thread.run_sync(
                self._write, prometheus_text(self._name, self._now(), unreachable=away, limit=limit)
            )
            await anyio.sleep(EVERY_S)

    def ended(self, facts: RunSummary) -> None:
        """Write how the stretch ended."""
        self._write(prometheus_text(self._name, facts, exit_code=int(facts.exit_code)))

    def broke(self, fault: Exception) -> None:
        """Write that the run itself failed."""
        code = int(fault.exit_code) if isinstance(fault, BatchError) else 1
        self._write(prometheus_text(self._name, self._now(), exit_code=code))

    @property
    def _name(self) -> str:
        return self._path.stem if self._path else ""

    def _now(self) -> RunSummary:
        return replace(self._facts, counts=dict(self._counts))

    def _write(self, text: str) -> None:
        if self._path is None:
            return
        part = self._path.with_name(f"{self._path.name}.{os.getpid()}.part")  # not *.prom: nobody reads half of it
        try:
            part.write_text(text, encoding="utf-8")
            part.chmod(0o644)  # the collector is another user
            part.replace(self._path)
        except OSError as fault:
            part.unlink(missing_ok=True)
            self.remarks = (f"the metrics file {self._path} could not be written: {fault.strerror}.",)


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
        told = ",".join(f'{key}="{_quote(text)}"' for key, text in labels.items())
        yield f"guayaba_batch_{what}{{{told}}} {value!r}"


def _quote(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
