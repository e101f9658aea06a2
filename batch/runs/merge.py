"""One report of several runs: for a file that was split over machines or accounts.

Owns: which runs are merged and where their report goes. The runs are only read, also while they are at work.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from batch import reporter
from batch.errors import SettingsError
from batch.journal.merged_runs import MergedRuns
from batch.journal.read import JournalReader
from batch.runs.folder.run_folder import JOURNAL, make_private, read_journal
from batch.runs.folder.run_name import require_new, resolve_folder
from batch.runs.summary import Summary
from batch.settings.slices import ReportFiles
from batch.text.language import tr


def merge_reports(folders: Sequence[Path], files: ReportFiles) -> Summary:
    """The report of the runs in `folders` as one, written to the folder of `files`, in its formats or in that of the
    first one's input.

    Raises SettingsError where a folder is no run or `--out` was not given, InputRefused where the runs do not fit
    together, BatchError where the rows do not add up.
    """
    target = files.named_out
    if files.stream or target is None:
        raise SettingsError(
            tr("a report of several runs needs its own folder. Nothing was written."),
            tip=tr("name the folder: --out merged/."),
        )
    found = [resolve_folder(folder, files.out) for folder in folders]
    missing = [str(folder) for folder in found if not (folder / JOURNAL).is_file()]
    if missing:
        raise SettingsError(
            tr("these are not run folders. Nothing was written."),
            problems=tuple(missing),
            tip=tr("guayaba-batch runs lists the runs."),
        )
    with ExitStack() as stack:
        journals = [stack.enter_context(read_journal(folder)) for folder in found]
        record = MergedRuns(target.absolute().name, [JournalReader(journal) for journal in journals])
        make_private(target)
        names = ("outcomes", "failures", "summary", "report")
        require_new([path for name in names for path in target.glob(f"{name}.*")])
        facts = record.facts()
        return Summary(facts, target, reporter.publish(target, record, files.format, facts))
