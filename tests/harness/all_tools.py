"""A plugin of pytest: with GUAYABA_ALL_TOOLS in the environment, a test that skips for want of a tool fails.

Who runs the tests for the first time sees them skip, each with its reason; where they decide about a change, nothing is
left out unseen.
"""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

#: What a test may be skipped for all the same: each begins or ends the reason that pytest shows.
ALLOWED = (
    "GUAYABA_LONG=1 runs it",
    "takes root",
    "no IPv6 here",
    "on Linux only",
    "Windows has no modes",
    "GUAYABA_WITHOUT_ORCHESTRATORS",
)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn such a skip into a failure."""
    report = yield
    if os.environ.get("GUAYABA_ALL_TOOLS") and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if not any(allowed in reason for allowed in ALLOWED):
            report.outcome = "failed"
            report.longrepr = f"{reason}\nGUAYABA_ALL_TOOLS is set: nothing may be skipped for want of a tool."
    return report
