"""A plan that was made: its figures, its files, its rows as a frame.

Owns: `Plan`, the result of `plan`, for the command line and for programs.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from batch.errors import Exit
from batch.journal.journal import Journal
from batch.journal.planned_contacts import count_planned_by_code
from batch.loader.plans.sealed import PlanFacts, PlanRow
from batch.reporter.plan_files import plan_table as table
from batch.reporter.plan_files import require_plan_file, write_plan
from batch.reporter.row_frames import Frame
from batch.runs.plan import PlanPreview
from batch.runs.plans.folder import PLAN_JOURNAL
from batch.runs.plans.rows import SealedPlan
from batch.text.listing import pretty_json
from batch.text.utc import iso_utc


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be sent for each row of an input, and why nothing for the others. Nothing was written to the API."""

    #: Its private folder.
    folder: Path
    preview: PlanPreview
    #: Reads that were made.
    reads: int
    sealed: SealedPlan = field(repr=False)
    #: The plan and its page in the folder, and the files that were asked for.
    files: tuple[Path, ...] = ()

    @property
    def name(self) -> str:
        """The name by which reports say by which plan a run was done."""
        return self.facts.name

    @property
    def facts(self) -> PlanFacts:
        return self.sealed.facts

    @property
    def rows(self) -> int:
        """Rows of the input."""
        return self.facts.rows

    @property
    def calls(self) -> int:
        """Calls that `apply` makes: contacts that change."""
        return self.facts.calls

    @property
    def starts(self) -> int:
        """Calls that start outreach."""
        return self.facts.starts

    @property
    def stops(self) -> int:
        """Calls that cancel outreach."""
        return self.facts.stops

    @property
    def codes(self) -> Mapping[str, int]:
        """Why rows make no call: code -> rows, without those of contacts that are as asked and of duplicates."""
        return self.preview.skipped

    @property
    def has_changes(self) -> bool:
        """True where `apply` would make a call."""
        return self.facts.calls > 0

    @property
    def is_whole(self) -> bool:
        """True where every row makes its call, needs none, or is a duplicate."""
        return not self.preview.skipped

    def exit_code(self, *, detailed: bool = False) -> Exit:
        """0: every row makes its call or needs none. 3: some cannot. With `detailed`, 6: there are calls to make."""
        if detailed and self.has_changes:
            return Exit.CHANGES
        return Exit.OK if self.is_whole else Exit.SOME_ROWS

    def changing_rows(self, count: int, offset: int = 0) -> list[PlanRow]:
        """Up to `count` rows behind the first `offset` that make a call. Raises JournalBroken."""
        return self.rows_with("", count, offset)

    def rows_with(self, code: str, count: int, offset: int = 0) -> list[PlanRow]:
        """Up to `count` rows behind the first `offset` that have this code and make no call. Raises JournalBroken."""
        with closing(self._journal()) as journal:
            return self.sealed.page(journal, code, offset, count)

    def rows_without_call(self) -> Mapping[str, int]:
        """Rows that make no call, by code. Raises JournalBroken."""
        with closing(self._journal()) as journal:
            return count_planned_by_code(journal)

    def frame(self) -> Frame:
        """Every row as a polars frame, for `apply`; the last row describes the plan. Raises JournalBroken."""
        with closing(self._journal()) as journal:
            return table(self.facts, self.sealed.facts_text, self.sealed.rows(journal))

    def write(self, path: Path) -> Path:
        """`path`, with the plan written to it: .csv, .tsv, .xlsx, .parquet, .arrow, .ndjson or .html.

        Raises SettingsError where it exists or has another ending, JournalBroken, OSError.
        """
        require_plan_file(path)
        with closing(self._journal()) as journal:
            write_plan(path, self.facts, self.sealed.facts_text, self.sealed.rows(journal))
        return path

    def _journal(self) -> Journal:
        return Journal.open_readonly(self.folder / PLAN_JOURNAL)


def plan_json(plan: Plan) -> str:
    """The plan's figures as JSON (`plan --json`)."""
    facts, preview = plan.facts, plan.preview
    value: dict[str, Any] = {
        "version": 1,
        "plan": facts.name,
        "operation": facts.operation.value,
        "base_url": facts.base_url,
        "made_at": iso_utc(facts.made_at),
        "valid_until": iso_utc(facts.valid_until),
        "rows": facts.rows,
        "calls": facts.calls,
        "cancels_outreach": facts.stops,
        "starts_outreach": facts.starts,
        "duplicates": preview.duplicates,
        "unchanged": preview.unchanged,
        "codes": dict(preview.skipped),
        "seconds_at_limit": preview.seconds,
        "reads": plan.reads,
        "folder": str(plan.folder),
        "files": [str(path) for path in plan.files],
    }
    return pretty_json(value)
