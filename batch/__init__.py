"""guayaba-batch: a bulk processor for the Guayaba contact API. `batch.run(source, operation, settings)` runs it.

Owns: the names that a program may use. Each is imported at its first use, so that `--help` is fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batch.api.calls import (
        Progress,
        apply,
        apply_async,
        check,
        plan,
        plan_async,
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
    from batch.api.control import RunControl
    from batch.errors import BatchError, InputRefused, JournalBroken, KeyRefused, RunLocked, SettingsError, Unreachable
    from batch.loader import InputSummary
    from batch.model import ContactChange, Operation, Outcome, Rate
    from batch.runs.plan import PlanPreview
    from batch.runs.plans.result import Plan
    from batch.runs.summary import Summary
    from batch.runs.verify.result import VerifyResult
    from batch.settings.api_key import ApiKey
    from batch.settings.read_options import Options, ReadOptions
    from batch.settings.settings import Settings

    Ask = ContactChange
    HowFar = Progress
    Proof = VerifyResult
    Reading = ReadOptions
    Survey = InputSummary

__version__ = "0.1.0"

_PLACES = {
    "batch.api.calls": ("Progress", "apply", "apply_async", "check", "plan", "plan_async", "report", "rerun",
                        "rerun_async", "resume", "resume_async", "run", "run_async", "undo", "undo_async", "verify",
                        "verify_async"),
    "batch.api.control": ("RunControl",),
    "batch.errors": ("BatchError", "InputRefused", "JournalBroken", "KeyRefused", "RunLocked", "SettingsError",
                     "Unreachable"),
    "batch.loader": ("InputSummary",),
    "batch.model": ("ContactChange", "Operation", "Outcome", "Rate"),
    "batch.runs.verify.result": ("VerifyResult",),
    "batch.settings.api_key": ("ApiKey",),
    "batch.settings.read_options": ("Options", "ReadOptions"),
    "batch.settings.settings": ("Settings",),
    "batch.runs.plan": ("PlanPreview",),
    "batch.runs.plans.result": ("Plan",),
    "batch.runs.summary": ("Summary",),
}  # fmt: skip

#: The names of 0.1.0 that changed. They are removed in the version after the next one.
_OLD_NAMES = {
    "Ask": "ContactChange", "HowFar": "Progress", "Proof": "VerifyResult", "Reading": "ReadOptions",
    "Survey": "InputSummary",
}  # fmt: skip

__all__ = [
    "ApiKey",
    "BatchError",
    "ContactChange",
    "InputRefused",
    "InputSummary",
    "JournalBroken",
    "KeyRefused",
    "Operation",
    "Options",
    "Outcome",
    "Plan",
    "PlanPreview",
    "Progress",
    "Rate",
    "ReadOptions",
    "RunControl",
    "RunLocked",
    "Settings",
    "SettingsError",
    "Summary",
    "Unreachable",
    "VerifyResult",
    "__version__",
    "apply",
    "apply_async",
    "check",
    "plan",
    "plan_async",
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
        if name in _OLD_NAMES:
            import warnings

            new = _OLD_NAMES[name]
            warnings.warn(f"batch.{name} is now batch.{new}", DeprecationWarning, stacklevel=2)
            name = new
        for place, names in _PLACES.items():
            if name in names:
                return getattr(import_module(place), name)
        raise AttributeError(f"module 'batch' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
