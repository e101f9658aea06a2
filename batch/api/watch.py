"""What a program can see of the runs below a folder, also while another process works on them.

Owns: `RunView`. Journals are only read, and no lock is taken.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Final

from batch.journal.journal import Journal
from batch.journal.read import JournalReader
from batch.journal.row_pages import RunRow, cells_equal, page_of_code, read_last_finished, rerun_codes, writes_since
from batch.loader import phone_option
from batch.model import RunPlan, RunSummary
from batch.reporter.call_stats import collect_calls
from batch.reporter.charts import Part, Timeline, outcome_bar, timeline
from batch.reporter.labels import outcome_text as outcome_meaning
from batch.reporter.page_template import report_policy
from batch.runs.folder.history import HistoryEntry, contact_history
from batch.runs.folder.lock import holder
from batch.runs.folder.overview import RunOverview, list_overviews
from batch.runs.folder.run_folder import read_journal, require_run
from batch.runs.verify.result import status_text as verify_meaning
from batch.settings.settings import Settings
from batch.text.masking import mask

__all__ = [
    "HistoryEntry",
    "RunOverview",
    "RunRow",
    "RunView",
    "history",
    "list_runs",
    "outcome_meaning",
    "report_policy",
    "run_calls",
    "run_equal_cells",
    "run_rows",
    "run_view",
    "stop_run",
    "verify_meaning",
]

#: Rows that a view shows as the last ones.
_LAST: Final = 8


@dataclass(frozen=True, slots=True)
class RunView:
    """A run as it is now. `pid`: the process that works on it. `window_writes` were sent within the last window of the
    quota. `bar` are the shares of the outcomes, `codes` the rows that a rerun takes, `last` those that ended last."""

    folder: Path
    plan: RunPlan
    summary: RunSummary
    is_open: bool
    pid: int | None
    settled: int
    window_writes: int
    bar: Sequence[Part]
    codes: Mapping[str, int]
    last: Sequence[RunRow]
    taken_by: str

    @property
    def condition(self) -> str:
        """`finished`, `running` or `interrupted`, as `RunOverview` has it."""
        if not self.is_open:
            return "finished"
        return "interrupted" if self.pid is None else "running"


@contextmanager
def _open_run(folder: Path) -> Iterator[Journal]:
    require_run(folder)
    with read_journal(folder) as journal:
        yield journal


def run_view(folder: Path) -> RunView | None:
    """The run in `folder` as it is now; `None` while its plan is not confirmed.

    Raises SettingsError where that is no run, JournalBroken where its journal cannot be read.
    """
    with _open_run(folder) as journal:
        plan = journal.plan()
        if plan is None:
            return None
        summary = JournalReader(journal).facts()
        return RunView(
            folder=folder,
            plan=plan,
            summary=summary,
            is_open=not journal.is_closed,
            pid=holder(folder),
            settled=journal.count_settled(),
            window_writes=writes_since(journal, time() - summary.window_seconds),
            bar=outcome_bar(summary.counts),
            codes=rerun_codes(journal),
            last=read_last_finished(journal, _LAST),
            taken_by=journal.taken_by,
        )


def run_calls(folder: Path) -> Timeline | None:
    """The calls of the run over time, as the report's page draws them; `None` where none was made."""
    with _open_run(folder) as journal:
        record = JournalReader(journal)
        summary = record.facts()
        # Of a run that goes on, a call without a response is under way: it is not drawn as one that got none.
        goes_on = holder(folder) is not None
        calls = (each for each in record.attempts() if each.seen_at is not None or not goes_on)
        return timeline(collect_calls(calls, summary), summary)


def run_rows(folder: Path, code: str, offset: int, count: int) -> list[RunRow]:
    """Up to `count` rows with this code that a rerun takes, behind the first `offset`, in input order."""
    with _open_run(folder) as journal:
        return page_of_code(journal, code, offset, count)


def run_equal_cells(folder: Path, code: str, place: int) -> dict[str, int]:
    """How many rows with this code that a rerun takes hold each cell in the column at `place`."""
    with _open_run(folder) as journal:
        return cells_equal(journal, code, place)


def list_runs(settings: Settings) -> list[RunOverview]:
    """Every run below `settings.out`, oldest first."""
    return list_overviews(settings.out)


def stop_run(folder: Path) -> bool:
    """Ask the process that works on the run in `folder` to stop after its open requests, as Ctrl-C does; false where
    none does, or it is another user's."""
    pid = holder(folder)
    if pid is None or pid == os.getpid():
        return False
    try:
        os.kill(pid, signal.SIGINT)
    except OSError:
        return False
    return True


def history(phone: str, settings: Settings, region: str | None = None) -> tuple[str, list[HistoryEntry]]:
    """The number, masked, and every row about it in the runs below `settings.out`, oldest run first.

    Raises SettingsError where `phone` is no number in `region` (`None`: that of the settings).
    """
    number = phone_option(phone, region or settings.region)
    return mask(number), contact_history(settings.out, number)
