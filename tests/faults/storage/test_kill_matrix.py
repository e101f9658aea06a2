"""kill -9 wherever the journal or a report changes: nothing lost, nothing twice, and the end is a clean run's.

Twice over: at the system calls themselves, by strace; and, fast and without it, at the steps of a forked program. Both
look at some of the places, GUAYABA_LONG=1 at all of them.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

import pytest
from cli.harness import Program, Sandboxes
from faults.storage.harness import (
    CHANGES,
    LONG,
    Job,
    Point,
    Traced,
    contacts,
    jobs,
    needs_strace,
    points_of,
    spread,
    stepped,
    traced,
)
from harness.examples import examples

_TRACE = f"{CHANGES},sendto"
_POST = re.compile(r'sendto\(.*"POST ')


@pytest.fixture
def all_jobs(program: Program, sandboxes: Sandboxes) -> Iterator[Job]:
    return jobs(sandboxes(contacts()), program)


def killed_at(point: Point, job: Job, mutant: str = "-") -> bool:
    """True where the job's command was killed at `point`: its calls are numbered as in the run before it."""
    run = traced(job, trace=_TRACE, inject=f"{point.call}:signal=KILL:when={point.number}", mutant=mutant)
    assert run.code in (-9, 3), run.err
    return run.code == -9


@needs_strace
def test_killed_at_any_system_call_the_command_goes_on(all_jobs: Iterator[Job]) -> None:
    """Killed when it opens, writes, syncs, renames or removes a file of its run: given again, all is well."""
    first = next(all_jobs)
    points = points_of(traced(first, trace=_TRACE))
    first.judge()
    assert {point.call for point in points} >= {"pwrite64", "fdatasync", "fsync", "unlink", "rename", "openat", "write"}
    kills = 0
    for point in spread(points, examples(8)):
        job = next(all_jobs)
        if killed_at(point, job):
            kills += 1
            job.finishes()
        else:  # a call fewer than in the run before it: nothing befell it
            job.judge()
    assert kills >= len(spread(points, examples(8))) - 1


def first_after_the_first_call(run: Traced) -> Point:
    """The first write of the journal after the first request has left."""
    sent = next(at for at, line in enumerate(run.calls) if _POST.search(line))
    return next(point for point in points_of(run) if point.at > sent and point.call == "pwrite64")


@needs_strace
@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param("forgetful", "-", id="the request left before its intent was written"),
        pytest.param("-", "believing", id="what is in doubt is sent again without looking"),
    ],
)
def test_a_program_that_forgets_is_found_out(all_jobs: Iterator[Job], first: str, second: str) -> None:
    """Killed between request and answer, either fault writes a contact twice, and the judge sees it."""
    point = first_after_the_first_call(traced(next(all_jobs), trace=_TRACE, mutant=first))
    job = next(all_jobs)
    assert killed_at(point, job, first)
    with pytest.raises(AssertionError):
        job.finishes(second)


def test_killed_at_any_step_the_command_goes_on(all_jobs: Iterator[Job]) -> None:
    """Killed before any statement on its journal and any touch of its files: given again, all is as it should be."""
    clean = stepped(next(all_jobs))
    assert clean.code == 3, clean
    count = len(clean.steps)
    assert count > 100
    for step in spread(range(1, count + 1), examples(20)):
        job = next(all_jobs)
        ended = stepped(job, die_at=step)
        if ended.code == -9:
            job.finishes()
        else:  # fewer steps than in the run before it: commits were grouped otherwise
            assert step > 0.8 * count
            job.judge()


@pytest.mark.parametrize(
    ("first", "second", "place"),
    [
        pytest.param("forgetful", "-", "UPDATE attempts", id="the request left before its intent was written"),
        pytest.param("-", "believing", "UPDATE attempts", id="what is in doubt is sent again without looking"),
        pytest.param("half_a_plan", "-", "INSERT INTO rows VALUES", id="the plan is there before its rows"),
    ],
)
def test_the_steps_find_out_a_program_that_forgets(
    all_jobs: Iterator[Job], first: str, second: str, place: str
) -> None:
    """Each fault is seen when the program is killed before that step."""
    job = next(all_jobs)
    assert stepped(job, first, die_at=place).code == -9
    with pytest.raises(AssertionError):
        job.finishes(second)


def test_killed_at_random_moments_the_command_goes_on(program: Program, sandboxes: Sandboxes) -> None:
    """Killed one to three times, whenever, while its requests are under way or not: given again, all is well."""
    slow = sandboxes(contacts(10), "--latency", "20")
    every = jobs(slow, program, 10, ("--workers", "2"))
    begun = random.Random(20260131)
    moments = 0
    while moments < (200 if LONG else examples(16)):
        job = next(every)
        for _ in range(begun.randint(1, 3)):
            stepped(job, die_after=begun.uniform(0.0, 0.5))
            moments += 1
            if any(job.folder.glob("reports/2*/summary.json")):
                break
        else:
            job.finishes()
            continue
        job.judge()
