"""How the runs below a folder stand, and how the rows of one file stand over all its runs.

Owns: whether a run is finished, running or interrupted; the rows of a run and of its reruns taken together. Journals
are only read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from batch.errors import BatchError, SettingsError
from batch.journal.row_queries import row_fates
from batch.model import DONE, Outcome, RunKind, RunPlan
from batch.runs.folder.catalog import CatalogEntry, RunCatalog
from batch.runs.folder.lock import holder
from batch.runs.folder.run_folder import read_journal
from batch.text.language import tr, tr_noop


class RunOverview(NamedTuple):
    """One run. `counts` are its rows by outcome, a duplicate counted as the row that it was folded into; `settled` have
    an outcome. `pid`: the process that works on it. `exit_code`: of its last session; `None`: killed, or at work."""

    folder: Path
    plan: RunPlan
    is_open: bool
    rows: int
    settled: int
    counts: Mapping[Outcome, int]
    pid: int | None
    exit_code: int | None

    @property
    def condition(self) -> str:
        """`finished`, `running` or `interrupted`: the same command continues an interrupted run."""
        if not self.is_open:
            return "finished"
        return tr_noop("interrupted") if self.pid is None else "running"

    @property
    def not_done(self) -> dict[Outcome, int]:
        """The rows that are not done, by outcome."""
        return {outcome: count for outcome, count in self.counts.items() if outcome not in DONE and count}


class FileOverview(NamedTuple):
    """The rows of the run `first` with what its reruns made of them: every row once."""

    first: RunOverview
    reruns: Sequence[RunOverview]
    counts: Mapping[Outcome, int]

    @property
    def not_done(self) -> dict[Outcome, int]:
        """The rows that are not done, by outcome."""
        return {outcome: count for outcome, count in self.counts.items() if outcome not in DONE and count}


def list_overviews(out: Path) -> list[RunOverview]:
    """Every run below `out`, oldest first."""
    return [each for entry in RunCatalog(out).runs() if (each := _overview(entry)) is not None]


def file_overviews(out: Path, named: Path) -> list[FileOverview]:
    """The runs of the file `named` (or the run of that name) with their reruns, oldest first. Raises SettingsError
    where there is none."""
    entries = RunCatalog(out).runs()
    first = [each for each in entries if each.plan.kind in (RunKind.RUN, RunKind.APPLY) and _is_named(each, named)]
    if not first:
        raise SettingsError(
            tr("there is no run of {named} in {out}.", out=out, named=named),
            tip=tr("`guayaba-batch runs` lists the runs with their files."),
        )
    return [view for each in first if (view := _file_overview(each, entries)) is not None]


def _is_named(entry: CatalogEntry, named: Path) -> bool:
    return entry.folder.name == named.name or str(named.absolute()) in (
        *entry.plan.input_path.split("\n"),
        str(Path(entry.plan.source.path).absolute()),
    )


def _file_overview(first: CatalogEntry, entries: Sequence[CatalogEntry]) -> FileOverview | None:
    """The rows of `first` by the last run that took them.

    A row without a readable number has no contact. It is a corrected row where a rerun has a contact that the first run
    has not, and the last rerun has no row without a number in its place.
    """
    family, reruns = {first.plan.run}, []
    for each in entries:
        if each.plan.kind is RunKind.RERUN and each.plan.source_run in family:
            family.add(each.plan.run)
            reruns.append(each)
    overview = _overview(first)
    if overview is None:
        return None
    rows = _fates(first.folder)
    last = {key: outcome for key, outcome in rows if key is not None}
    corrected: dict[tuple[str, str], Outcome] = {}
    still_unreadable = 0
    for each in reruns:
        fates = _fates(each.folder)
        still_unreadable = sum(key is None for key, _ in fates)
        for key, outcome in fates:
            if key is not None and (key not in last or last[key] not in DONE):
                (last if key in last else corrected)[key] = outcome
    unreadable = [outcome for key, outcome in rows if key is None]
    mended = [*corrected.values()][: max(0, len(unreadable) - still_unreadable)]
    counts = Counter([last[key] for key, _ in rows if key is not None] + mended + unreadable[len(mended) :])
    shown = [run for entry in reruns if (run := _overview(entry)) is not None]
    return FileOverview(overview, shown, counts)


def _fates(folder: Path) -> list[tuple[tuple[str, str] | None, Outcome]]:
    with read_journal(folder) as journal:
        return [
            (None if contact is None else (account, contact), outcome)
            for account, contact, outcome in row_fates(journal)
        ]


def _overview(entry: CatalogEntry) -> RunOverview | None:
    """The run of `entry`; `None` where its journal cannot be read."""
    with suppress(BatchError), read_journal(entry.folder) as journal:
        counts = Counter(outcome for _, _, outcome in row_fates(journal))
        return RunOverview(
            entry.folder, entry.plan, not journal.is_closed, journal.count_rows(), journal.count_settled(), counts,
            holder(entry.folder), journal.get("exit_code", int),
        )  # fmt: skip
    return None
