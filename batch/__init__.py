"""guayaba-batch: a bulk processor for the Guayaba contact API. `batch.run(source, operation, settings)` runs it.

Owns: the names that a program may use. Each is imported when it is first used, so that `--help` waits for none of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batch.api import (
        HowFar,
        Options,
        check,
        report,
        rerun,
        rerun_async,
        resume,
        resume_async,
        run,
        run_async,
        undo,
        undo_async,
        verify,
        verify_async,
    )
    from batch.errors import (
        BatchError,
        InputRefused,
        JournalBroken,
        KeyRefused,
        RunLocked,
        SettingsError,
        Unreachable,
    )
    from batch.loader import Reading, Survey
    from batch.model import Ask, Operation, Outcome, Rate
    from batch.proof import Proof
    from batch.secret import ApiKey
    from batch.settings import Settings
    from batch.summary import Summary

__version__ = "0.1.0"

_PLACES = {
    "batch.api": ("HowFar", "Options", "check", "report", "rerun", "rerun_async", "resume", "resume_async", "run",
                  "run_async", "undo", "undo_async", "verify", "verify_async"),
    "batch.errors": ("BatchError", "InputRefused", "JournalBroken", "KeyRefused", "RunLocked", "SettingsError",
                     "Unreachable"),
    "batch.loader": ("Reading", "Survey"),
    "batch.model": ("Ask", "Operation", "Outcome", "Rate"),
    "batch.proof": ("Proof",),
    "batch.secret": ("ApiKey",),
    "batch.settings": ("Settings",),
    "batch.summary": ("Summary",),
}  # fmt: skip

__all__ = [
    "ApiKey",
    "Ask",
    "BatchError",
    "HowFar",
    "InputRefused",
    "JournalBroken",
    "KeyRefused",
    "Operation",
    "Options",
    "Outcome",
    "Proof",
    "Rate",
    "Reading",
    "RunLocked",
    "Settings",
    "SettingsError",
    "Summary",
    "Survey",
    "Unreachable",
    "__version__",
    "check",
    "report",
    "rerun",
    "rerun_async",
    "resume",
    "resume_async",
    "run",
    "run_async",
    "undo",
    "undo_async",
    "verify",
    "verify_async",
]


if not TYPE_CHECKING:  # else every name would be one, to a type checker

    def __getattr__(name):
        for place, names in _PLACES.items():
            if name in names:
                return getattr(import_module(place), name)
        raise AttributeError(f"module 'batch' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
