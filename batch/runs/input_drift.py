"""An unfinished run whose file is there again and differs: how it differs, and what the user can choose.

Owns: finding such a run, the fingerprint of a row, the messages about the difference.

A run is bound to the bytes of its input and, where those differ, to the cells of its rows in the columns that both
files have. A workbook that was saved again without a change is the same input, and so is one that was sorted.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from batch import loader
from batch.errors import BatchError, InputRefused
from batch.journal.journal import Journal
from batch.journal.row_queries import fingerprinted_rows
from batch.loader import LoadedSource, ReadOptions
from batch.loader.sources.local_file import file_sha256
from batch.loader.sources.workbooks.date_text import plain_types
from batch.model import RunPlan
from batch.runs.fingerprint import Fingerprints
from batch.runs.folder import run_folder
from batch.runs.folder.catalog import RunCatalog, read_progress
from batch.runs.folder.run_folder import OpenRun, read_journal
from batch.runs.rerun import read_written_before
from batch.runs.row_drift import Drift, DriftCount, Line, compare_rows
from batch.runs.team_check import recorded_rules
from batch.text.language import tr, trn
from batch.text.utc import iso_utc
from batch.text.visible import is_encodable


class InputDrift(NamedTuple):
    """How an input differs from what it was: its columns by name, its rows."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    rows: Drift

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.rows)


def absolute_path(source: loader.GivenSource) -> str:
    """The absolute path of `source`, or of several files, one a line; empty where it is no file that can be read again:
    `-`, s3://, a frame."""
    if isinstance(source, loader.SeveralFiles):
        paths = sorted(map(absolute_path, source.paths))
        return "\n".join(paths) if all(paths) else ""
    if isinstance(source, loader.Frame) or str(source) == "-" or not Path(source).is_file():
        return ""
    path = str(Path(source).absolute())
    return path if is_encodable(path) else ""


def input_sha256(paths: str) -> str:
    """The SHA-256 of the files at `paths` as a source has it; empty where one of them is gone."""
    files = _input_files(paths)
    if not all(file.is_file() for file in files):
        return ""
    digests = [file_sha256(file) for file in files]
    return digests[0] if len(digests) == 1 else loader.files_sha256(digests)


def _input_files(paths: str) -> list[Path]:
    """The files that `absolute_path` named."""
    return [Path(paths)] if Path(paths).is_file() else [Path(path) for path in paths.split("\n")]


def replaced_runs(catalog: RunCatalog, command: str, path_fingerprint: str) -> list[Path]:
    """The unfinished runs that a fresh run of `command` replaces: a resume of one would write old values over newer
    ones."""
    return [
        each.folder
        for each in catalog.runs()
        if each.is_open
        and (
            each.plan.command_fingerprint == command
            or (path_fingerprint and each.plan.path_fingerprint == path_fingerprint)
        )
    ]


def find_command(catalog: RunCatalog, wanted: Fingerprints, loaded: LoadedSource) -> str:
    """The command whose unfinished run `loaded` goes on with: that of `wanted`, or an earlier one for the same rows, in
    other bytes of the same file or, where the input is no file (stdin, a frame), in another order.

    Raises InputRefused where an unfinished run began with other rows of the same file, RunLocked where another process
    works on it.
    """
    unfinished = [each for each in catalog.runs() if each.is_open]
    if any(each.plan.command_fingerprint == wanted.command for each in unfinished):
        return wanted.command
    if not wanted.by_path:
        piped = [each for each in unfinished if not each.plan.input_path]
        same = [each for each in reversed(piped) if each.plan.options_fingerprint == wanted.by_options]
        commands = (each.plan.command_fingerprint for each in same if _has_same_rows(each.folder, loaded))
        return next(commands, wanted.command)
    progress = [
        (each.folder, read_progress(each.folder)) for each in unfinished if each.plan.path_fingerprint == wanted.by_path
    ]
    folders = [folder for folder, now in progress if now.settled < now.rows]
    if not folders:
        return wanted.command
    with run_folder.reopen_run(folders[-1]) as opened:
        plan = opened.journal.plan()
        assert plan is not None
        difference = _compare(opened.journal, plan, loaded)
        if not difference:
            return plan.command_fingerprint
        raise InputRefused(
            tr("{path}. Nothing was sent.", path=_summary(loaded.facts.path, opened, plan)),
            problems=(*_lines(difference), tr("{kept:,} rows are unchanged", kept=difference.rows.kept)),
            tip=_choice(opened),
        )


def _has_same_rows(folder: Path, loaded: LoadedSource) -> bool:
    """True where the unfinished run in `folder` has the rows of `loaded`, in any order."""
    with read_journal(folder) as journal:
        plan = journal.plan()
        if plan is None or journal.is_settled() or journal.count_rows() != loaded.survey.rows:
            return False
        same_types = plain_types(plan.source.dtypes) == plain_types(loaded.facts.dtypes)
        return same_types and not _compare(journal, plan, loaded)


def drift_notice(opened: OpenRun, plan: RunPlan) -> str:
    """How the file of a run that goes on differs from what it was; empty where it does not, or is gone."""
    if input_sha256(plan.input_path) in ("", plan.source.sha256):
        return ""
    try:
        written = read_written_before(opened.folder, plan)
        reading = msgspec.convert(dict(plan.read_options), type=ReadOptions)
        source = loader.given_files(_input_files(plan.input_path))
        loaded = loader.load(source, reading, recorded_rules(plan), written=written)
        difference = _compare(opened.journal, plan, loaded)
    except (BatchError, OSError) as error:
        reason = error.message if isinstance(error, BatchError) else str(error)
        return tr("{path} has changed and cannot be compared: {reason}", path=plan.source.path, reason=reason)
    return f"{_summary(plan.source.path, opened, plan)}: {'; '.join(_lines(difference))}." if difference else ""


def resume_refusal(opened: OpenRun, notice: str) -> InputRefused:
    """The refusal of a run whose file differs, as `notice` says, where the user did not name the run."""
    return InputRefused(tr("{notice} Nothing was sent.", notice=notice), tip=_choice(opened))


def _compare(journal: Journal, plan: RunPlan, loaded: LoadedSource) -> InputDrift:
    names_then, names_now = _number_names(plan.source.header), _number_names(loaded.facts.header)
    common = [name for name in names_then if name in set(names_now)]
    if "\n" in plan.input_path:  # a row that was added to one of several files moves the numbers of the others
        common = [name for name in common if name[0] != loader.SOURCE_ROW]
    then = _fingerprint([names_then.index(name) for name in common])
    now = _fingerprint([names_now.index(name) for name in common])
    old = [
        Line(number, then(cells), contact, is_sent) for number, cells, contact, is_sent in fingerprinted_rows(journal)
    ]
    new = [Line(row.number, now(row.cells), row.contact) for batch in loaded.batches() for row in batch]
    added = tuple(name for name, nth in names_now if (name, nth) not in common)
    removed = tuple(name for name, nth in names_then if (name, nth) not in common)
    return InputDrift(added, removed, compare_rows(old, new))


def _fingerprint(columns: list[int]) -> Callable[[tuple[str | None, ...]], int]:
    """A function from the cells of a row to the hash of those in `columns`. It is good within one process."""
    return lambda cells: hash(tuple(cells[column] or "" for column in columns if column < len(cells)))


def _number_names(header: tuple[str, ...]) -> list[tuple[str, int]]:
    """Each name with how often it stands before, so that two columns of one name are two."""
    return [(name, header[:column].count(name)) for column, name in enumerate(header)]


def _summary(path: str, opened: OpenRun, plan: RunPlan) -> str:
    journal = opened.journal
    return tr(
        "{path} was changed after {name} started with it on {planned_at}Z ({settled:,} of its {total:,} rows are done)",
        path=path,
        planned_at=iso_utc(plan.planned_at)[:16],
        name=opened.folder.name,
        settled=journal.count_settled(),
        total=journal.count_rows(),
    )


def _choice(opened: OpenRun) -> str:
    return tr(
        "to continue with the rows as they were: guayaba-batch resume {folder}. To send the file as it is "
        "now: give the command again with --fresh. That closes the unfinished run.",
        folder=shlex.quote(str(opened.folder)),
    )


def _lines(difference: InputDrift) -> Iterator[str]:
    for change, names in ((tr("added"), difference.added), (tr("removed"), difference.removed)):
        yield from (tr("column {change}: {name!r}", change=change, name=name) for name in names)
    rows = difference.rows
    if rows.added.rows:
        named = _named(rows.added)
        yield trn("{count:,} row added: {named}", "{count:,} rows added: {named}", rows.added.rows, named=named)
    if rows.edited.rows:
        named = _named(rows.edited)
        yield trn("{count:,} row edited: {named}", "{count:,} rows edited: {named}", rows.edited.rows, named=named)
    if rows.removed.rows:
        named = _named(rows.removed)
        yield trn("{count:,} row removed: {named}", "{count:,} rows removed: {named}", rows.removed.rows, named=named)


def _named(count: DriftCount) -> str:
    """The first of the rows, and how many were sent before they changed."""
    named = ", ".join(_row(then, now) for then, now in count.named)
    more = ", …" if count.rows > len(count.named) else ""
    sent = trn("; {count:,} was sent before", "; {count:,} were sent before", count.done) if count.done else ""
    return named + more + sent


def _row(then: int | None, now: int | None) -> str:
    if then is None or now is None or then == now:
        return tr("row {number}", number=then or now)
    return tr("row {then} (now {now})", then=then, now=now)
