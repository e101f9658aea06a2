"""What the tests of the journal share: one small job with every kind of row, and the judge of how it ended."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
from cli.harness import PATIENCE_S, Program, Sandbox, numbers, read_csv, wait_for, write_csv
from harness.forked import Forked

from batch.journal.journal import Journal

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
        running = broken(self.program, mutant, self.command)
        out, err = running.communicate(timeout=PATIENCE_S)
        assert running.returncode == 3, err + out
        self.judge()

    @property
    def is_closed(self) -> bool:
        """True where nothing is left to be done: the same command would be another run."""
        journals = list(self.folder.glob("reports/2*/journal.sqlite"))
        if not journals:
            return False
        (path,) = journals
        with closing(Journal.open_readonly(path)) as journal:
            return journal.is_closed

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
        own.started = program.started  # what they leave running ends with the test
        job = Job(own, sandbox, tuple(known), stranger, options)
        write_csv(folder / "in.csv", ["phone"], [[phone] for phone, _ in job.rows])
        yield job


def contacts(each: int = EACH) -> list[str]:
    """The contacts that the team has: all but the strangers of `jobs`."""
    return [phone for place, phone in enumerate(numbers(2000), 1) if place % each]


# -- forks ----------------------------------------------------------------------------------------------------------


def broken(program: Program, mutant: str, command: Sequence[str], *, waits: bool = False) -> Forked:
    """The program of `one_thread.py` under way."""
    running = Forked(
        command, cwd=program.folder, env=program.env, call="faults.storage.one_thread:main",
        given={"mutant": mutant, "waits": waits},
    )  # fmt: skip
    program.started.append(running)
    return running


@dataclass(frozen=True)
class Stepped:
    """A program that was watched step by step: its exit code (negative: the signal), its steps where it lived, and what
    it said."""

    code: int
    steps: tuple[str, ...]
    said: str


def stepped(job: Job, mutant: str = "-", *, die_at: int | str | None = None, die_after: float | None = None) -> Stepped:
    """How the job's command ended, killed before step `die_at` (its number, or how the first such step begins), or from
    outside after so many seconds."""
    counted = job.folder / "steps"
    running = Forked(
        job.command, cwd=job.folder, env=job.program.env, call="faults.storage.steps:main",
        given={"mutant": mutant, "die_at": die_at, "counted": str(counted)},
    )  # fmt: skip
    job.program.started.append(running)
    if die_after is not None:
        with suppress(subprocess.TimeoutExpired):
            running.wait(die_after)
        running.kill()
    out, err = running.communicate(timeout=PATIENCE_S)
    assert running.returncode is not None
    lived = running.returncode >= 0 and counted.exists()
    return Stepped(running.returncode, tuple(json.loads(counted.read_text())) if lived else (), out + err)


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
    more = ["-f", "-y", "-e", f"trace={trace}", *options, *(["-e", f"inject={inject}"] if inject else [])]
    code, err = under_strace(job.program, [*map(str, words or job.command)], log, *more, mutant=mutant)
    return Traced(code, err, tuple(log.read_text(errors="replace").splitlines()))


def under_strace(
    program: Program, command: Sequence[str], log: Path, *options: str, mutant: str = "-"
) -> tuple[int, str]:
    """The exit code and stderr of `command` under strace, which is told more by `options` and writes to `log`."""
    running = broken(program, mutant, command, waits=True)
    wait_for(lambda: "State:\tT" in _status(running.pid))
    strace_it = ["strace", "-qq", "-o", str(log), *options, "-p", str(running.pid)]
    with subprocess.Popen(strace_it, stderr=subprocess.PIPE, text=True) as strace:
        wait_for(lambda: "TracerPid:\t0" not in _status(running.pid) or strace.poll() is not None)
        running.send_signal(signal.SIGCONT)
        _, err = running.communicate(timeout=PATIENCE_S)
        _, trouble = strace.communicate(timeout=PATIENCE_S)
    assert running.returncode is not None
    assert log.exists(), trouble
    return running.returncode, err


def _status(pid: int) -> str:
    return Path(f"/proc/{pid}/status").read_text()


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
