"""How a run ended, as the value that the Python API returns.

Owns: `Summary`. Its names are public: none is removed or renamed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from batch import reporter
from batch.journal.read import JournalReader
from batch.model import RERUN, Outcome, RunSummary
from batch.runs.folder import run_folder


@dataclass(frozen=True, slots=True)
class Summary:
    """How a run ended."""

    facts: RunSummary
    folder: Path
    #: The report files by name: `outcomes`, `failures`, `report`, …
    files: Mapping[str, Path]
    #: Report files that a user had edited, under the names that they have now.
    kept: tuple[Path, ...] = ()
    #: What the user should know although it changed nothing.
    notes: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """What the command would have exited with: 0 done, 3 some rows did not succeed, 75 stopped early, …"""
        return int(self.facts.exit_code)

    @property
    def ok(self) -> bool:
        """True where every row succeeded or needed no call."""
        return self.exit_code == 0

    @property
    def run(self) -> str:
        """The run's name, which is also its folder's."""
        return self.facts.run

    @property
    def rows(self) -> int:
        """The rows read: the sum of `counts`."""
        return self.facts.rows

    @property
    def counts(self) -> Mapping[str, int]:
        """How many rows came to each outcome; every outcome is there."""
        return {outcome.value: self.facts.counts.get(outcome, 0) for outcome in Outcome}

    @property
    def codes(self) -> Mapping[str, int]:
        """How many rows have each code."""
        return dict(self.facts.codes)

    @property
    def stopped_for(self) -> str | None:
        """Why it stopped early; `None` where it did not. The same call, or `resume`, goes on."""
        return self.facts.stopped_for

    def outcomes(self) -> reporter.Frame:
        """Every row as a polars DataFrame, with the columns of `outcomes.parquet`: the source's own, then `_row` to
        `_run`. A column has the type that it had in the source where each of its cells still reads so.

        Raises RunLocked where another process works on the run, JournalBroken where its journal is gone.
        """
        return self._table(None)

    def failures(self) -> reporter.Frame:
        """The rows that a rerun takes, as `outcomes` has them; `rerun` takes this frame, too. Raises as `outcomes`."""
        return self._table(RERUN)

    def as_json(self) -> dict[str, object]:
        """What stands in `summary.json`, ready for JSON. Raises BatchError where the rows do not add up."""
        return reporter.summarise(self.facts, {name: path.name for name, path in self.files.items()})

    def _table(self, outcomes: frozenset[Outcome] | None) -> reporter.Frame:
        with run_folder.reopen_run(self.folder) as opened:
            record = JournalReader(opened.journal)
            return reporter.table(record, record.facts(), self.folder, outcomes)
