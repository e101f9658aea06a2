"""One tree of errors, each with its exit code.

    BatchError                    1   the run itself failed
    ├── SettingsError             2   an option, a setting, a missing confirmation
    ├── InputRefused              4   the input as a whole cannot be used
    ├── KeyRefused                5   401 or 403
    ├── RunLocked                11   another process works on the run
    ├── Unreachable              75   the API does not answer
    ├── JournalBroken             1   the journal cannot be read or written
    └── Interrupted             130   Ctrl-C before the first request

Owns: what can go wrong for a whole run, its exit code, and `ErrorCollector`, which raises several errors as one.

A message says what happened, to which file or setting, expected against found; the tip says what to do now. An error
lists all its problems at once, so that a user corrects a file in one go.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Final

from batch.text.language import tr, tr_noop


class Exit(IntEnum):
    """Exit codes of the program. They are public."""

    OK = 0
    BROKEN = 1
    USAGE = 2
    SOME_ROWS = 3
    REFUSED = 4
    KEY = 5
    CHANGES = 6
    LOCKED = 11
    STOPPED = 75
    SIGINT = 130
    SIGTERM = 143


#: What each exit code means, for the man page.
EXIT_MEANINGS: Final = {
    Exit.OK: tr_noop("Every row succeeded, or needed no call."),
    Exit.BROKEN: tr_noop("The run itself failed: the disk, the journal, a bug."),
    Exit.USAGE: tr_noop("A wrong option or setting, or no terminal for the confirmation."),
    Exit.SOME_ROWS: tr_noop("Finished. Some rows did not succeed."),
    Exit.REFUSED: tr_noop("The input was refused. Nothing was sent."),
    Exit.KEY: tr_noop("The API refused the key."),
    Exit.CHANGES: tr_noop("With --detailed-exit-code: the plan has calls to make."),
    Exit.LOCKED: tr_noop("Another process is working on this run."),
    Exit.STOPPED: tr_noop("Stopped early. The same command continues the run. Only this code is worth a retry."),
    Exit.SIGINT: tr_noop("Stopped by Ctrl-C. The same command continues the run."),
    Exit.SIGTERM: tr_noop("Stopped by SIGTERM. The same command continues the run."),
}


class BatchError(Exception):
    """The run itself failed: exit 1. The other errors are special cases of it.

    `problems` are further lines; one that begins with two spaces belongs to the line before. `tip` is what to do now.
    `heads`: the message is only a heading, and each problem is complete by itself.
    """

    exit_code = Exit.BROKEN

    def __init__(self, message: str, *, problems: tuple[str, ...] = (), tip: str = "", heads: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.problems = problems
        self.tip = tip
        self.heads = heads

    def __str__(self) -> str:
        lines = [self.message, *(f"    {each}" if each.startswith("  ") else f"  - {each}" for each in self.problems)]
        return "\n".join([*lines, tr("What to do: {tip}", tip=self.tip)] if self.tip else lines)


class SettingsError(BatchError):
    """An option, a setting or a missing confirmation is wrong: nothing was read or sent."""

    exit_code = Exit.USAGE


class InputRefused(BatchError):
    """The input as a whole cannot be used: nothing was sent."""

    exit_code = Exit.REFUSED


class KeyRefused(BatchError):
    """The API refused the key (401, 403): rows that were not sent stay pending."""

    exit_code = Exit.KEY


class RunLocked(BatchError):
    """Another process is writing this run."""

    exit_code = Exit.LOCKED


class Unreachable(BatchError):
    """The API could not be reached: nothing was lost, the same command resumes."""

    exit_code = Exit.STOPPED


class JournalBroken(BatchError):
    """The journal could not be read or written, or is not ours. No call is made after this."""


class Interrupted(BatchError):
    """The user pressed Ctrl-C before anything was sent."""

    exit_code = Exit.SIGINT


@contextmanager
def single_error() -> Iterator[None]:
    """Raise the first error of the groups in which task groups raise them, instead of the group."""
    try:
        yield
    except BaseExceptionGroup as group:
        raise first_error(group) from None


def first_error(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first error in the groups that task groups wrap around it."""
    fault: BaseException = group
    while isinstance(fault, BaseExceptionGroup):
        fault = fault.exceptions[0]
    return fault


class ErrorCollector:
    """The errors so far of an input called `name`, or of a command. `heading` goes before several of them."""

    __slots__ = ("_errors", "_heading", "_name")

    def __init__(self, heading: str, name: str = "") -> None:
        self._heading = heading
        self._name = name
        self._errors: list[BatchError] = []

    def __bool__(self) -> bool:
        return bool(self._errors)

    @contextmanager
    def gather(self, *, inside: bool = False) -> Iterator[None]:
        """Keep an InputRefused or SettingsError of this block for `settle`. `inside`: it is about the content of
        the input, so its message names the input."""
        try:
            yield
        except (InputRefused, SettingsError) as error:
            if inside and self._name not in error.message:
                error = type(error)(f"{self._name}: {error.message}", problems=error.problems, tip=error.tip)
            self._errors.append(error)

    def settle(self, kind: type[BatchError] | None = None) -> None:
        """Raise the collected errors: one as it is, several as one of `kind`. Without `kind` that is SettingsError
        if all of them are, else InputRefused."""
        if not self._errors:
            return
        if len(self._errors) == 1:
            raise self._errors[0]
        if kind is None:
            kind = SettingsError if all(isinstance(error, SettingsError) for error in self._errors) else InputRefused
        lines = [line for error in self._errors for line in _lines(error)]
        count = sum(not line.startswith(" ") for line in lines)
        tips = dict.fromkeys(error.tip for error in self._errors if error.tip)
        raise kind(
            tr("{heading}: {count} things are wrong.", heading=self._heading, count=count),
            problems=tuple(lines),
            tip=" ".join(map(_sentence, tips)),
            heads=True,
        )


def _sentence(tip: str) -> str:
    """`tip` as one of several: with a capital, unless it begins with a command."""
    return tip if tip.startswith("guayaba-batch") else tip[:1].upper() + tip[1:]


def _lines(error: BatchError) -> tuple[str, ...]:
    """The lines of `error`, one for each problem; a line that belongs to the one before begins with two spaces."""
    if error.heads:
        return error.problems
    return (error.message, *(f"  {each}" for each in error.problems))
