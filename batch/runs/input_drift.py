"""An unfinished run whose file is there again and is not as it was: how it differs, and that the user is to choose.

Owns: finding such a run, what a row's fingerprint is made of, the words about the drift.

A run is bound to the bytes of its input and, where those differ, to the fingerprints of its rows: the cells of the
columns that both have. A workbook that was saved again without a change is the same input; a row that was inserted
above all others changes no other row.
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
from batch.loader import LoadedSource, ReadOptions
from batch.model import RunPlan, iso_utc
from batch.runs.folder import run_folder
from batch.runs.folder.catalog import RunCatalog, read_progress
from batch.runs.folder.run_folder import OpenRun
from batch.runs.plan import recorded_rules
from batch.runs.rerun import read_written_before
from batch.runs.row_drift import Drift, DriftCount, Line, drift
from batch.text.visible import is_encodable


class InputDrift(NamedTuple):
    """How an input differs from what it was: its columns by name, its rows."""

    added: tuple[str, ...]
    dropped: tuple[str, ...]
    rows: Drift

    def __bool__(self) -> bool:
        return bool(self.added or self.dropped or self.rows)


def file_of(source: loader.Given) -> str:
    """Where the file of `source` is, absolutely, or nothing where it is none that could be there again: `-`, s3://, a
    frame."""
    if isinstance(source, loader.Frame) or str(source) == "-" or not Path(source).is_file():
        return ""
    path = str(Path(source).absolute())
    return path if is_encodable(path) else ""


def replaced_runs(catalog: RunCatalog, command: str, wish: str) -> list[Path]:
    """The unfinished runs that a fresh run of `command` replaces: a resume of one would write old values over newer
    ones."""
    return [
        each.folder
        for each in catalog.runs()
        if each.is_open and (each.plan.command == command or (wish and each.plan.wish == wish))
    ]


def find_command(catalog: RunCatalog, command: str, wish: str, loaded: LoadedSource) -> str:
    """The command whose unfinished run `loaded` goes on with: `command`, or the one that was given when the same rows
    stood in other bytes. `wish` is the digest of all that makes the command but those bytes.

    Raises InputRefused where an unfinished run began with other rows of the same file, RunLocked where another process
    works on it.
    """
    unfinished = [each for each in catalog.runs() if each.is_open]
    if not wish or any(each.plan.command == command for each in unfinished):
        return command
    same = [(each.folder, read_progress(each.folder)) for each in unfinished if each.plan.wish == wish]
    found = [folder for folder, progress in same if progress.settled < progress.rows]
    if not found:
        return command
    with run_folder.reopen_run(found[-1]) as opened:
        plan = opened.journal.plan()
        assert plan is not None
        difference = _compare(opened.journal, plan, loaded)
        if not difference:
            return plan.command
        raise _refusal(loaded.facts.path, opened, plan, difference)


def drift_notice(opened: OpenRun, plan: RunPlan) -> str:
    """What to tell whoever goes on with a run whose file is not as it was; nothing where it is, or is gone."""
    path = Path(plan.file)
    if not plan.file or not path.is_file() or run_folder.file_sha256(path) == plan.source.sha256:
        return ""
    try:
        written = read_written_before(opened.folder, plan)
        reading = msgspec.convert(dict(plan.reading), type=ReadOptions)
        loaded = loader.load(path, reading, recorded_rules(plan), written=written)
        difference = _compare(opened.journal, plan, loaded)
    except (BatchError, OSError) as fault:
        told = fault.message if isinstance(fault, BatchError) else str(fault)
        return f"{plan.source.path} is not as it was and cannot be compared: {told}"
    return f"{_since(plan.source.path, opened, plan)}: {'; '.join(_lines(difference))}." if difference else ""


def require_choice(opened: OpenRun, plan: RunPlan) -> None:
    """Raise InputRefused where the file of a run is not as it was, and nobody has said that it is to go on."""
    if told := drift_notice(opened, plan):
        raise InputRefused(f"{told} Nothing was sent.", tip=_choice(opened))


def _compare(journal: Journal, plan: RunPlan, loaded: LoadedSource) -> InputDrift:
    names_then, names_now = _with_numbers(plan.source.header), _with_numbers(loaded.facts.header)
    common = [name for name in names_then if name in set(names_now)]
    then = _fingerprint([names_then.index(name) for name in common])
    now = _fingerprint([names_now.index(name) for name in common])
    old = [
        Line(number, then(msgspec.json.decode(cells, type=tuple[str | None, ...])), contact, bool(done))
        for number, cells, contact, done in journal.ask(
            "SELECT number, cells, contact, outcome IS NOT NULL AND attempts > 0 FROM rows ORDER BY ordinal"
        )
    ]
    new = [Line(row.number, now(row.cells), row.contact) for batch in loaded.batches() for row in batch]
    return InputDrift(_beside(names_now, common), _beside(names_then, common), drift(old, new))


def _fingerprint(places: list[int]) -> Callable[[tuple[str | None, ...]], int]:
    """What tells a row from others: its cells at `places`. Good within one process; nothing is kept."""
    return lambda cells: hash(tuple(cells[at] or "" for at in places if at < len(cells)))


def _with_numbers(header: tuple[str, ...]) -> list[tuple[str, int]]:
    """Each name with how often it stood before, so that two columns of one name are two."""
    return [(name, header[:at].count(name)) for at, name in enumerate(header)]


def _beside(names: list[tuple[str, int]], common: list[tuple[str, int]]) -> tuple[str, ...]:
    return tuple(name for name, at in names if (name, at) not in common)


def _refusal(path: str, opened: OpenRun, plan: RunPlan, difference: InputDrift) -> InputRefused:
    return InputRefused(
        f"{_since(path, opened, plan)}. Nothing was sent.",
        problems=(*_lines(difference), f"{difference.rows.kept:,} rows are as they were"),
        tip=_choice(opened),
    )


def _since(path: str, opened: OpenRun, plan: RunPlan) -> str:
    journal = opened.journal
    return (
        f"{path} is not as it was on {iso_utc(plan.planned_at)[:16]}Z, when {opened.folder.name} began with it"
        f" ({journal.settled():,} of its {journal.total():,} rows have their final word)"
    )


def _choice(opened: OpenRun) -> str:
    return (
        f"to go on with the rows as they were: guayaba-batch resume {shlex.quote(str(opened.folder))}. To take the file"
        " as it is now: the command that was given for it, with --fresh; that closes the unfinished run."
    )


def _lines(difference: InputDrift) -> Iterator[str]:
    for verb, names in (("added", difference.added), ("removed", difference.dropped)):
        for name in names:
            yield f"column {verb}: {name!r}"
    rows = difference.rows
    for verb, change in (
        ("inserted", rows.inserted),
        ("moved", rows.moved),
        ("edited", rows.edited),
        ("removed", rows.removed),
    ):
        if change.rows:
            yield _line(verb, change)


def _line(verb: str, change: DriftCount) -> str:
    named = ", ".join(_place(then, now) for then, now in change.named)
    more = ", …" if change.rows > len(change.named) else ""
    sent = f"; {change.done:,} sent before that" if change.done else ""
    return f"{change.rows:,} {'row' if change.rows == 1 else 'rows'} {verb}: {named}{more}{sent}"


def _place(then: int | None, now: int | None) -> str:
    if then is None or now is None or then == now:
        return f"row {then or now}"
    return f"row {then} (now {now})"
