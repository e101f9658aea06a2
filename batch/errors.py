"""One tree of errors, each with its exit code.

Owns: what can go wrong for a whole run, in words for a person, and the exit code of it.

A message says what happened, to which file or setting, expected against found; the tip says what to do now. An error
carries all its problems at once, so that nobody mends a file one message at a time.
"""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of the program. They are public."""

    OK = 0
    BROKEN = 1
    USAGE = 2
    SOME_ROWS = 3
    REFUSED = 4
    KEY = 5
    LOCKED = 11
    STOPPED = 75
    SIGINT = 130
    SIGTERM = 143


class BatchError(Exception):
    """The run itself failed: exit 1. The other errors narrow it.

    `problems` are further lines, one each, set in by two spaces where they tell more of the one before; `tip` is what
    to do now. `heads`: the message is but the heading of problems that are each whole.
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
        return "\n".join([*lines, f"What to do: {self.tip}"] if self.tip else lines)


class SettingsError(BatchError):
    """An option, a setting or a missing confirmation: nothing was read or sent."""

    exit_code = Exit.USAGE


class InputRefused(BatchError):
    """The input as a whole cannot be used: nothing was sent."""

    exit_code = Exit.REFUSED


class KeyRefused(BatchError):
    """The API refused the key (401, 403): what was not sent yet stays pending."""

    exit_code = Exit.KEY


class RunLocked(BatchError):
    """Another process is writing this run."""

    exit_code = Exit.LOCKED


class Unreachable(BatchError):
    """The API could not be reached: nothing was lost, the same command goes on."""

    exit_code = Exit.STOPPED


class JournalBroken(BatchError):
    """The journal could not be written or is not ours. No call is made after this."""


class Interrupted(BatchError):
    """Somebody pressed Ctrl-C before anything was sent."""

    exit_code = Exit.SIGINT
