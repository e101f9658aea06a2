"""A disk that fails: the run stops before another call, nothing is tried again, and a mended disk finds all there."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import islice

import pytest
from cli.harness import Program, Sandboxes, numbers, write_csv
from faults.storage.harness import (
    CHANGES,
    FAST,
    Job,
    Point,
    Traced,
    contacts,
    jobs,
    needs_strace,
    points_of,
    spread,
    traced,
)

from batch.journal.journal import Journal

_TRACE = f"{CHANGES},sendto"
_OF_THE_JOURNAL = re.compile(r"journal\.sqlite(-wal)?>")
_POST = re.compile(r'sendto\(.*"(POST|PUT) ')
_ON_THE_DISK = re.compile(r"(pwrite64|fdatasync|fsync)\(.*journal\.sqlite(-wal)?>")
_LOG_WRITTEN = re.compile(r"pwrite64\(.*journal\.sqlite-wal>.*, (\d+)\)\s+= ")
_LOG_DURABLE = re.compile(r"fdatasync\(.*journal\.sqlite-wal>\)\s+= 0")


@pytest.fixture
def all_jobs(program: Program, sandboxes: Sandboxes) -> Iterator[Job]:
    return jobs(sandboxes(contacts()), program)


def stopped_at_once(job: Job, run: Traced) -> str:
    """What is wrong with how `run` of `job` took the fault, or an empty text.

    A call may leave after the fault where its intent was on the disk before: its connection was being opened.
    """
    places = [at for at, line in enumerate(run.calls) if "INJECTED" in line]
    if not places:
        return "the fault did not happen"
    fault, rest = run.calls[places[0]], run.calls[places[0] + 1 :]
    calls, intents = sum(_POST.search(line) is not None for line in run.calls), intents_before(job, run, places[0])
    if calls > intents:
        return f"{calls} calls were made, of which {intents} had their intent on the disk before {fault}"
    if "journal.sqlite-wal" in fault and (again := [line for line in rest if _ON_THE_DISK.search(line)]):
        return f"{again[0]} after {fault}"
    if run.code != 1 or "could not be written" not in run.err or "What to do: check the disk" not in run.err:
        return f"exit {run.code}: {run.err}"
    return "" if "Traceback" not in run.err else run.err


def intents_before(job: Job, run: Traced, fault: int) -> int:
    """How many calls had their intent on the disk when the system call at `fault` failed: what a copy of the journal
    has whose log ends where nothing was durable any more."""
    durable = max((at for at, line in enumerate(run.calls[:fault]) if _LOG_DURABLE.search(line)), default=-1)
    written = [int(found[1]) for line in run.calls[durable + 1 :] if (found := _LOG_WRITTEN.search(line))]
    copy = job.folder / "durable"
    copy.mkdir()
    for path in job.folder.glob("reports/2*/journal.sqlite*"):
        shutil.copy(path, copy)
    if not (copy / "journal.sqlite").exists():  # the plan could not be written
        return 0
    log = copy / "journal.sqlite-wal"
    if written and log.exists():
        log.write_bytes(log.read_bytes()[: min(written)])
    with closing(Journal.open_readonly(copy / "journal.sqlite")) as left:
        ((intents,),) = left.db.execute("SELECT count(*) FROM attempts")
    return int(intents)


def on_the_journal(point: Point) -> bool:
    return _OF_THE_JOURNAL.search(point.line) is not None


FAULTS = [
    pytest.param("fdatasync", "EIO", id="an fsync fails: EIO"),
    pytest.param("pwrite64", "ENOSPC", id="a write fails: the disk is full"),
]


@needs_strace
@pytest.mark.parametrize(("call", "error"), FAULTS)
def test_after_a_failed_write_nothing_is_sent_or_tried_again(all_jobs: Iterator[Job], call: str, error: str) -> None:
    """Whichever write or fsync of the journal fails: exit 1 in words, no call, no write after it; later it goes on."""
    first = next(all_jobs)
    clean = traced(first, trace=_TRACE)
    first.judge()
    made = [point for point in points_of(clean) if on_the_journal(point)]
    reported = max(point.at for point in points_of(clean) if point.call == "rename")
    # After the reports there is nothing left to lose: see the next test.
    points = [point for point in made if point.call == call and point.at <= reported]
    assert len(points) > 8
    for point in spread(points, 3):
        number = point.number
        while True:
            job = next(all_jobs)
            run = traced(job, trace=_TRACE, inject=f"{call}:error={error}:when={number}")
            if hits_the_journal(run, clean):
                assert not stopped_at_once(job, run), point
                job.finishes()
                break
            number -= max(1, number // 4)  # it grouped its commits otherwise, in fewer calls


def hits_the_journal(run: Traced, clean: Traced) -> bool:
    """True where the fault is in the journal, before the last of the renames that make `clean` and its reports."""
    fault = next((at for at, line in enumerate(run.calls) if "INJECTED" in line), None)
    if fault is None or not _OF_THE_JOURNAL.search(run.calls[fault]):
        return False
    made = [point for point in points_of(run) if point.call == "rename" and point.at < fault]
    return len(made) < len([point for point in points_of(clean) if point.call == "rename"])


def a_fault_while_the_log_is_moved(jobs_: Iterator[Job], mutant: str) -> tuple[Job, Traced]:
    """A run in which the fsync of the file fails, that ends the first move of the log into it while calls are made."""
    clean = traced(next(jobs_), trace=_TRACE, mutant=mutant)
    sent = next(at for at, line in enumerate(clean.calls) if _POST.search(line))
    moved = next(
        point
        for point in points_of(clean)
        if point.call == "fdatasync" and point.at > sent and "journal.sqlite>" in point.line
    )
    job = next(jobs_)
    return job, traced(job, trace=_TRACE, mutant=mutant, inject=f"fdatasync:error=EIO:when={moved.number}")


@needs_strace
def test_a_disk_that_fails_after_the_reports_makes_nobody_send_all_again(all_jobs: Iterator[Job]) -> None:
    """Whether the closing of a run failed on the disk is unknown; the exit code is that of the rows, not to try again.

    An error would have a pipeline give the command again, and if the run is closed after all, that is a new run.
    """
    clean = traced(next(all_jobs), trace=_TRACE)
    reported = max(point.at for point in points_of(clean) if point.call == "rename")
    _, closing, *moving = [point for point in points_of(clean) if point.at > reported and point.call == "fdatasync"]
    heard = False
    for point in (closing, *spread(moving, 2)):
        number = point.number
        for job in islice(all_jobs, 20):
            run = traced(job, trace=_TRACE, inject=f"fdatasync:error=EIO:when={number}")
            # Commits may be grouped otherwise than in the run before it: then the fault falls before the closing, or
            # behind it, and the next job meets it one later, or one earlier.
            if run.code == 1:
                assert not job.is_closed, run.err
                job.finishes()
                number += 1
                continue
            assert run.code == 3, run.err
            job.judge()
            heard |= "all is done and reported" in run.err
            if heard:
                break
            number -= 1
    assert heard


@needs_strace
def test_a_fault_while_the_log_is_moved_into_the_file_stops_the_run(all_jobs: Iterator[Job]) -> None:
    """SQLite moves its log silently; here a fault in it is heard, and nothing is sent after it."""
    job, run = a_fault_while_the_log_is_moved(all_jobs, "short_log")
    assert not stopped_at_once(job, run)
    job.finishes()
    assert stopped_at_once(*a_fault_while_the_log_is_moved(all_jobs, "quiet_log"))


@needs_strace
@pytest.mark.parametrize(
    ("mutant", "found"),
    [
        pytest.param("stubborn", "fdatasync|pwrite64", id="a commit that failed is tried again"),
        pytest.param("deaf", "calls were made|exit", id="the run goes on"),
        pytest.param("tidy", "fdatasync|pwrite64", id="closing checkpoints what may not be there"),
    ],
)
def test_a_program_that_shrugs_at_a_failed_fsync_is_found_out(all_jobs: Iterator[Job], mutant: str, found: str) -> None:
    """Each way to go on after a failed fsync is seen by the test above."""
    first = next(all_jobs)
    clean = traced(first, trace=_TRACE)
    sent = next(at for at, line in enumerate(clean.calls) if _POST.search(line))
    answer = next(point for point in points_of(clean) if point.call == "fdatasync" and point.at > sent)
    job = next(all_jobs)
    run = traced(job, trace=_TRACE, inject=f"fdatasync:error=EIO:when={answer.number}", mutant=mutant)
    assert re.search(found, stopped_at_once(job, run))


def test_a_limit_on_the_size_of_files_stops_the_run_and_loses_nothing(program: Program, sandboxes: Sandboxes) -> None:
    """Where the journal may not grow any more (EFBIG): exit 1 in words; with room again the same command finishes."""
    known = numbers(400)
    server = sandboxes(known)
    write_csv(program.folder / "in.csv", ["phone"], [[phone] for phone in known])
    command: Sequence[str] = ("fulfill", "in.csv", "--base-url", server.url, *FAST)
    stopped = program(*command, limits={"FSIZE": 600 << 10})
    assert stopped.code == 1, stopped.err
    assert "could not be written" in stopped.err
    assert "Traceback" not in stopped.err
    sent = len(server.writes())
    assert 0 < sent < 400
    ended = program(*command)
    assert ended.code == 0, ended.err
    assert ended.outcomes() == {"succeeded": 400}
    assert set(server.applied().values()) == {1}
