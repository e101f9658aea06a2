"""How long the page's first look at a file takes, beside `check` on the same file: `python tests/bench/bench_app.py`.

The goal (issue 21): at 100,000 rows at most 1.5 times the time of `check`, and each page of a table at once.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from unit.app.page_client import open_browser

import batch

ROWS = 100_000
TRIES = 3


def contacts(rows: int) -> bytes:
    """An export in which every tenth number is damaged and every hundredth cannot be read."""
    lines = ["Name,Phone,City"]
    for at in range(rows):
        number = f"{212 + at % 700:03d}-{200 + at // 7 % 800:03d}-{at % 10_000:04d}"
        cell = "ask reception" if at % 100 == 0 else f"tel: {number}" if at % 10 == 0 else number
        lines.append(f"Contact {at},{cell},Springfield")
    return "\n".join(lines).encode()


def seconds(work: Callable[[], object]) -> float:
    """The least time of a few tries."""
    taken = []
    for _ in range(TRIES):
        begin = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begin)
    return min(taken)


def main() -> None:
    content = contacts(ROWS)
    with tempfile.TemporaryDirectory() as place:
        browser = open_browser(Path(place))
        path = Path(place) / "contacts.csv"
        path.write_bytes(content)
        batch.check(path, "fulfill", browser.context.local_settings())
        check = seconds(lambda: batch.check(path, "fulfill", browser.context.local_settings()))
        first = seconds(lambda: browser.upload("contacts.csv", content))
        job = browser.upload("contacts.csv", content)
        table = seconds(lambda: browser.get(f"{job}/problems/not_a_number"))
        last = seconds(lambda: browser.get(f"{job}/repaired?page=180"))
    print(f"{ROWS:,} rows: check {check:.2f} s; upload and first look {first:.2f} s ({first / check:.2f} times)")
    print(f"a page of the rows to correct {table:.2f} s; page 180 of the repaired phones {last:.2f} s")


if __name__ == "__main__":
    main()
