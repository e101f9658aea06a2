"""What the tests of the journal share: one small job with every kind of row, and the judge of how it ended."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
from program.stage import Program, Sandbox, numbers, read_csv, write_csv

from batch.journal.journal import Journal

ONE_THREAD = Path(__file__).with_name("one_thread.py")
FAST = ("--rate", "60000/min", "--yes")
#: Contacts of a job.
EACH = 5

_T = TypeVar("_T")


@dataclass(frozen=True)
class Job:
    """A small file with rows of every kind in a folder of its own, and how it must end, however often it was cut."""

    program: Program
    sandbox: Sandbox
    known: tuple[str, ...]
    stranger: str
    options: tuple[str, ...] = ()

    @property
    def command(self) -> tuple[str, ...]:
        return ("update", "in.csv", "--status", "DNC", "--base-url", self.sandbox.url, *FAST, *self.options)

    @property
    def folder(self) -> Path:
        return self.program.folder

    @property
    def rows(self) -> list[tuple[str, str]]:
        """Each row's phone cell, and what becomes of it in a run that nothing befalls."""
        first, second, *others = self.known
        rows = [(first, "succeeded"), ("98", "invalid"), (second, "succeeded"), (first, "duplicate")]
        return [*rows, (self.stranger, "not_found"), *((phone, "succeeded") for phone in others)]

    def finishes(self, mutant: str = "-") -> None:
        """Give the command once more, unless it was done, and judge: nothing lost, nothing twice."""
        if self.is_closed:
            return self.judge()
        ended = subprocess.run(
            [sys.executable, str(ONE_THREAD), mutant, *self.command],
            cwd=self.folder, env=self.program.env, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert ended.returncode == 3, ended.stderr + ended.stdout
        self.judge()

    @property
    def is_closed(self) -> bool:
        """True where nothing is left to be done: the same command would be another run."""
        for path in self.folder.glob("reports/2*/journal.sqlite"):
            with closing(Journal.open_readonly(path)) as journal:
                return journal.closed
        return False

    def judge(self) -> None:
        """The accounts add up, no contact was written twice, and the outcomes are a clean run's."""
        (folder,) = self.folder.glob("reports/2*")
        rows = read_csv(folder / "outcomes.csv")
        assert [row["_row"] for row in rows] == [str(number) for number in range(2, len(self.rows) + 2)]
        assert [(row["phone"], row["_outcome"]) for row in rows] == self.rows
        summary = json.loads((folder / "summary.json").read_text())
        assert sum(summary["counts"].values()) == summary["rows"] == len(rows)
        mine = {*self.known, self.stranger}
        assert {phone: times for phone, times in self.sandbox.applied().items() if phone in mine} == Counter(self.known)


def jobs(sandbox: Sandbox, program: Program, each: int = EACH, options: tuple[str, ...] = ()) -> Iterator[Job]:
    """Jobs with `each` contacts of their own, the last of them a stranger; `sandbox` was made with `contacts(each)`."""
    everyone = numbers(2000)
    for start in range(0, len(everyone), each):
        *known, stranger = everyone[start : start + each]
        folder = program.folder / f"job-{start}"
        folder.mkdir()
        own = Program(folder)
        own.env["HOME"] = str(folder)
        job = Job(own, sandbox, tuple(known), stranger, options)
        write_csv(folder / "in.csv", ["phone"], [[phone] for phone, _ in job.rows])
        yield job


def contacts(each: int = EACH) -> list[str]:
    """The contacts that the team has: all but the strangers of `jobs`."""
    return [phone for place, phone in enumerate(numbers(2000), 1) if place % each]


# -- forks ----------------------------------------------------------------------------------------------------------


class Mother:
    """`mother.py`, which forks the program for each command."""

    def __init__(self) -> None:
        tests = str(Path(__file__).parents[1])
        env = {**os.environ, "PYTHONPATH": os.pathsep.join([tests, os.environ.get("PYTHONPATH", "")])}
        self._running = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("mother.py"))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env,
        )  # fmt: skip

    def __call__(self, job: Job, mutant: str = "-", **how: float) -> dict[str, Any]:
        """How the job's command ended: `code`, `steps`, `said`; `how` says when it is to die."""
        order = {"argv": job.command, "cwd": str(job.folder), "env": job.program.env, "mutant": mutant, **how}
        assert self._running.stdin is not None and self._running.stdout is not None
        self._running.stdin.write(json.dumps(order) + "\n")
        self._running.stdin.flush()
        return json.loads(self._running.stdout.readline())  # type: ignore[no-any-return]

    def finishes(self, job: Job, mutant: str = "-") -> None:
        """As `Job.finishes`."""
        if job.is_closed:
            return job.judge()
        ended = self(job, mutant)
        assert ended["code"] == 3, ended
        job.judge()

    def close(self) -> None:
        self._running.communicate("")


# -- strace ---------------------------------------------------------------------------------------------------------

#: The system calls by which a journal and the reports change.
CHANGES = "pwrite64,pwritev,fdatasync,fsync,write,ftruncate,unlink,unlinkat,rename,renameat,renameat2,openat"


def _may_trace() -> bool:
    strace = shutil.which("strace")
    return strace is not None and subprocess.run([strace, "-o", "/dev/null", "true"], check=False).returncode == 0


needs_strace = pytest.mark.skipif(not _may_trace(), reason="strace is not there, or may not trace")


@dataclass(frozen=True)
class Traced:
    """A program that ran under strace: its exit code (negative: the signal), what it said, its system calls."""

    code: int
    err: str
    calls: tuple[str, ...]


def traced(
    job: Job,
    *,
    trace: str,
    inject: str = "",
    mutant: str = "-",
    options: Sequence[str] = (),
    words: Sequence[str | Path] = (),
) -> Traced:
    """The job's command (or the one of `words`) under strace, in one thread, with `inject` done to it."""
    log = job.folder / "strace.log"
    command = ["strace", "-f", "-y", "-qq", "-o", str(log), "-e", f"trace={trace}", *options]
    command += ["-e", f"inject={inject}"] if inject else []
    command += [sys.executable, str(ONE_THREAD), mutant, *map(str, words or job.command)]
    done = subprocess.run(
        command, cwd=job.folder, env=job.program.env, capture_output=True, text=True, timeout=120, check=False
    )
    return Traced(done.returncode, done.stderr, tuple(log.read_text(errors="replace").splitlines()))


@dataclass(frozen=True)
class Point:
    """A system call of a run: its name, its number among those of its name, its place among all, strace's words."""

    call: str
    number: int
    at: int
    line: str


def points_of(run: Traced) -> list[Point]:
    """The system calls of the main thread that changed something in the folder of runs, in their order."""
    main = run.calls[0].split()[0]
    count: Counter[str] = Counter()
    found = []
    for at, line in enumerate(run.calls):
        thread, rest = line.split(maxsplit=1)
        call = rest.partition("(")[0]
        if thread != main or not call.isidentifier():
            continue
        count[call] += 1
        if "/reports/2" in rest or '"reports/2' in rest:
            found.append(Point(call, count[call], at, rest))
    return found


#: The whole of a long matrix, or a few minutes of it.
LONG = bool(os.environ.get("GUAYABA_LONG"))


def spread(points: Sequence[_T], count: int) -> Sequence[_T]:
    """`count` of `points`, from the first to the last evenly; all of them in a long run."""
    if LONG or len(points) <= count:
        return points
    return [points[round(place * (len(points) - 1) / (count - 1))] for place in range(count)]
