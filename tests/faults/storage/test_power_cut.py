"""A power cut at any moment: no request that has left is forgotten, because its intent was synced before it left."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from cli.harness import Program, Sandboxes
from faults.storage.disk import TRACED_WHOLE, Disk, Moment
from faults.storage.harness import CHANGES, FAST, Job, contacts, jobs, needs_strace, points_of, traced

from batch.errors import JournalBroken
from batch.journal.journal import Journal
from batch.journal.read import JournalReader

pytestmark = needs_strace

_TRACE = f"{CHANGES},sendto,mkdir"
_PHONE = re.compile(rb'"phone":\s*"(\+\d+)"')


@pytest.fixture
def all_jobs(program: Program, sandboxes: Sandboxes) -> Iterator[Job]:
    return jobs(sandboxes(contacts()), program)


def forgotten(moment: Moment, job: Job, place: Path) -> set[str]:
    """The contacts whose request had left, and of which the journal that is left in `moment` knows nothing.

    Its accounts must add up, and it must be whole.
    """
    sent = {found.decode() for text in moment.sent for found in _PHONE.findall(text)}
    left = {Path(path).name: text for path, text in moment.files.items() if "/reports/2" in path}
    if "journal.sqlite" not in left:
        return sent
    for old in place.iterdir():
        old.unlink()
    for name, text in left.items():
        if name.startswith("journal.sqlite"):
            (place / name).write_bytes(text)
    with closing(Journal.open(place / "journal.sqlite")) as journal:
        assert journal.db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        if journal.plan() is None:
            assert list(journal.db.execute("SELECT count(*) FROM attempts")) == [(0,)]
            return sent
        assert sum(JournalReader(journal).counts().values()) == len(job.rows)
        if "summary.json" in left:
            assert journal.is_settled()
        return sent - {phone for (phone,) in journal.db.execute("SELECT contact FROM rows WHERE attempts > 0")}


def worst(disk: Disk, calls: Sequence[str], job: Job, place: Path) -> tuple[int, set[str]]:
    """How many moments there were, and the first contacts that were forgotten in one of them."""
    place.mkdir(exist_ok=True)
    count = 0
    for moment in disk.moments(calls):
        count += 1
        if lost := forgotten(moment, job, place):
            return count, lost
    return count, set()


def test_no_request_that_has_left_is_forgotten(all_jobs: Iterator[Job], tmp_path: Path) -> None:
    """Whenever the power goes, the journal is whole and holds every request that has left, lucky writes or not."""
    job = next(all_jobs)
    run = traced(job, trace=_TRACE, options=TRACED_WHOLE)
    assert run.code == 3
    for seed in (None, *range(3)):
        disk = Disk(job.folder, None if seed is None else random.Random(seed))
        moments, lost = worst(disk, run.calls, job, tmp_path / "cut")
        assert not lost, f"with luck {seed}, at moment {moments}"
        assert moments > 100
    *_, last = Disk(job.folder).moments(run.calls)
    assert {found.decode() for text in last.sent for found in _PHONE.findall(text)} == {*job.known, job.stranger}


def test_without_full_syncs_a_power_cut_forgets(all_jobs: Iterator[Job], tmp_path: Path) -> None:
    """With `synchronous = NORMAL` the very same check finds requests that nobody remembers."""
    job = next(all_jobs)
    run = traced(job, trace=_TRACE, options=TRACED_WHOLE, mutant="reckless")
    assert run.code == 3
    assert worst(Disk(job.folder), run.calls, job, tmp_path / "cut")[1]


def after_a_failed_fsync(all_jobs: Iterator[Job], place: Path, mutant: str) -> set[str]:
    """What a power cut forgets in the run that goes on after one whose fsync failed, and with it what was unsynced."""
    clean = traced(next(all_jobs), trace=_TRACE)
    sent = next(at for at, line in enumerate(clean.calls) if re.search(r'sendto\(.*"POST ', line))
    point = next(point for point in points_of(clean) if point.call == "fdatasync" and point.at > sent)
    job = next(all_jobs)
    failed = f"fdatasync:error=EIO:when={point.number}"
    first = traced(job, trace=_TRACE, options=TRACED_WHOLE, inject=failed)
    assert first.code == 1, first.err
    (folder,) = job.folder.glob("reports/2*")  # named, so that nobody looks into it, and tidies it, before it is opened
    second = traced(job, trace=_TRACE, options=TRACED_WHOLE, mutant=mutant, words=("resume", folder, *FAST))
    assert second.code == 3, second.err
    return worst(Disk(job.folder), [*first.calls, *second.calls], job, place)[1]


def test_a_hole_that_a_failed_fsync_left_swallows_nothing(all_jobs: Iterator[Job], tmp_path: Path) -> None:
    """The run that goes on does not build on a log with a hole: a later power cut forgets no request."""
    assert not after_a_failed_fsync(all_jobs, tmp_path / "cut", "-")


def test_a_run_that_builds_on_the_hole_is_found_out(all_jobs: Iterator[Job], tmp_path: Path) -> None:
    """Where the log is not begun again, what is written behind the hole is lost with it."""
    with pytest.raises((AssertionError, JournalBroken)):
        assert not after_a_failed_fsync(all_jobs, tmp_path / "cut", "builds_on")
