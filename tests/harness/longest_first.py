"""A plugin of pytest: the longest tests start first, in any random order, so that none is left alone at the end.

pytest-xdist gives each worker an equal part of the list, in its order, and lets those that are done take from others.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from typing import Final

import pytest

#: Seconds on two cores, by the beginning of the test's name; those of a file that shares a server stay together.
SECONDS: Final = {
    "tests/integration/test_app_page.py": 70,
    "tests/cli/test_dask.py": 60,
    "tests/cli/test_pipelines.py": 40,
    "tests/faults/test_quota_stores.py::test_ten_skewed_machines_and_five_kills_stay": 25,
    "tests/bench/test_benches.py::test_a_benchmark_runs[bench_limiters.py]": 32,
    "tests/conventions/test_readme.py::test_the_demo_command_works_on_a_fresh_machine": 30,
    "tests/conventions/test_house.py::test_the_checks_pass[types]": 25,
    "tests/cli/test_kills.py": 20,
    "tests/faults/storage/test_two_at_once.py": 30,
    "tests/cli/test_ids.py::test_variables_changed_by_somebody": 22,
    "tests/faults/test_wire.py": 18,
    "tests/faults/test_long_run.py": 15,
    "tests/cli/test_quota_store.py::test_two_machines": 13,
    "tests/cli/test_verify.py::test_a_verification_that_was_cut_short": 12,
    "tests/cli/test_unchanged.py::test_a_contact_that_changes_during": 12,
    "tests/cli/test_first_minutes.py": 10,
    "tests/cli/test_undo.py::test_an_undo_that_was_killed": 10,
    "tests/faults/storage/test_kill_matrix.py": 10,
    "tests/unit/reporter/test_browser.py": 10,
    "tests/faults/test_unreliable.py": 9,
    "tests/bench/test_benches.py": 9,
    "tests/faults/storage/test_power_cut.py": 8,
    "tests/faults/test_files.py": 8,
    "tests/unit/dispatcher/test_lanes.py": 7,
    "tests/cli/test_demo.py": 7,
}


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None, object, object]:
    """Put the longest tests at the beginning of each worker's part."""
    result = yield
    items[:] = spread(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))
    return result


def spread(items: Sequence[pytest.Item], workers: int) -> list[pytest.Item]:
    """`items` in as many parts as there are `workers`, one after the other: first of each some of the longest tests."""
    groups: dict[str, list[pytest.Item]] = {}
    others = []
    for item in items:
        name = next((name for name in SECONDS if item.nodeid.startswith(name)), "")
        if name:
            groups.setdefault(name, []).append(item)
        else:
            others.append(item)
    parts: list[list[pytest.Item]] = [[] for _ in range(workers)]
    loads = [0] * workers
    for name in sorted(groups, key=lambda name: -SECONDS[name]):
        at = loads.index(min(loads))
        parts[at] += groups[name]
        loads[at] += SECONDS[name]
    ordered: list[pytest.Item] = []
    for at, part in enumerate(parts):
        size = (len(items) - len(ordered)) // (workers - at)
        part += [others.pop() for _ in range(min(len(others), size - len(part)))]
        ordered += part
    return ordered + others
