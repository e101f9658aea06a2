"""Where nothing may be skipped, a skip for want of a tool is a failure."""

from __future__ import annotations

import pytest

TESTS = """
import pytest
from harness.all_tools import pytest_runtest_makereport

@pytest.mark.skipif(True, reason="no Chromium is installed")
def test_marked(): pass

def test_called(): pytest.skip("airflow is not installed")

@pytest.mark.skipif(True, reason="ten minutes; GUAYABA_LONG=1 runs it")
def test_long(): pass

@pytest.mark.xfail(reason="expected")
def test_expected_to_fail(): assert False
"""


@pytest.mark.parametrize(
    ("told", "outcomes"),
    [
        pytest.param("", {"skipped": 3, "xfailed": 1}, id="a first look: skips are shown"),
        pytest.param("1", {"failed": 1, "errors": 1, "skipped": 1, "xfailed": 1}, id="GUAYABA_ALL_TOOLS: they fail"),
    ],
)
def test_a_skip_for_want_of_a_tool_fails_where_that_is_said(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, told: str, outcomes: dict[str, int]
) -> None:
    """Only with GUAYABA_ALL_TOOLS, and only what is skipped for want of a tool: not what takes long."""
    monkeypatch.setenv("GUAYABA_ALL_TOOLS", told)
    head, tests = TESTS.split("\n\n", 1)
    pytester.makeconftest(head)
    pytester.makepyfile(f"import pytest\n\n{tests}")
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:randomly")
    result.assert_outcomes(**outcomes)
    assert told == "" or "for want of a tool" in result.stdout.str()
