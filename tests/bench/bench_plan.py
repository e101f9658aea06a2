"""What a plan costs: `python tests/bench/bench_plan.py [--quick]`.

10,000 rows ask for DNC: 4,000 contacts are DNC already, 5,000 are not, 1,000 numbers are nobody's. The reads of a plan
(snapshot, look-ups, journal) and the run that applies it (guard, engine, journal), in virtual time, against a server in
memory that counts 30 writes and 100 reads a minute in windows of its own and answers after 0.2 s:

- plan, where the server grants pages of 100 contacts, of 25, or does not list its contacts at all.
- apply of that plan, each contact read again right before its write.
- update, one write for every row: what a run without a plan costs.

The plan must make no write and meet no 429, and its calls must be those of the contacts that differ; the apply must
make these calls and leave every contact as asked, else this ends with 1. The last lines are real time: sealing the
plan, writing it as CSV, reading and checking it. Virtual times are the quota's, on any machine.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import trio
import trio.testing

sys.path.insert(0, str(Path(__file__).parents[1]))  # the stages that the tests share

import anyio
from bench.bench_reads import DNC, KEY, QUICK_ROWS, ROWS, Server, dispatch, number, ours, session_of, team
from unit.harness import plan, write_plan

from batch.journal.entries import ContactListed
from batch.journal.journal import Journal
from batch.journal.planned_contacts import ExpectedContact, expect_contacts, planned_contacts
from batch.loader.plans.read import check_plan, open_plan
from batch.loader.plans.sealed import PlanFacts
from batch.model import AppliedPlan, Outcome, PlannedRow
from batch.reporter.plan_files import write_plan as write_file
from batch.runs import snapshot
from batch.runs.plans import read_contacts
from batch.runs.plans.rows import SealedPlan
from batch.settings.settings import Settings


class Cost(NamedTuple):
    """What a step came to. `seconds` are virtual."""

    writes: int
    reads: int
    refused: int
    seconds: float


def cost_of(server: Server, seconds: float) -> Cost:
    return Cost(server.writes.calls, server.reads.calls, server.writes.refused + server.reads.refused, seconds)


def planned(rows: int, server: Server, path: Path) -> tuple[Cost, Journal]:
    """The plan of `rows` rows, read into a journal at `path`."""
    journal = Journal.create(path)
    numbers = [number(at) for at in range(rows)]
    lines = [PlannedRow(at + 2, (each,), each, each, DNC) for at, each in enumerate(numbers)]
    write_plan(journal, plan(), [lines])
    for module in (snapshot, read_contacts):
        module.time = anyio.current_time  # type: ignore[attr-defined]

    async def main() -> float:
        began = anyio.current_time()
        settings = Settings(base_url=server.base_url, key=KEY)
        await read_contacts.read_contacts(
            journal, plan(), settings.dispatch, {"": session_of(server)}, read_contacts.PlanObserver()
        )
        return anyio.current_time() - began

    seconds = trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    return cost_of(server, seconds), journal


def applied(made: Journal, server: Server, path: Path) -> tuple[Cost, Counter[str]]:
    """The run that applies the plan in `made`."""
    run = plan(skip_unchanged=True, applied=AppliedPlan("plan", 0.0, ""))
    again = (Outcome.UNCHANGED, Outcome.NOT_FOUND, None)
    rows = list(planned_contacts(made))
    journal = Journal.create(path)
    write_plan(journal, run, [[PlannedRow(row.number, row.cells, row.contact, row.phone, row.change) for row in rows]])
    pending = [row for row in rows if row.outcome in again]
    expect_contacts(
        journal,
        (
            (row.ordinal, ExpectedContact(() if row.seen is None else (row.seen,), row.outcome is None))
            for row in pending
        ),
    )
    journal.append(ContactListed(row.ordinal, 0.0, row.seen) for row in pending if row.seen is not None)

    async def main() -> float:
        began = anyio.current_time()
        session = session_of(server)
        await snapshot.settle_unchanged(journal, {"": session}, fresh_s=0.0)
        await dispatch(run, journal, session)
        return anyio.current_time() - began

    seconds = trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    outcomes = Counter(str(word) for (word,) in journal.db.execute("SELECT outcome FROM rows"))
    journal.close()
    return cost_of(server, seconds), outcomes


def seals(journal: Journal, rows: int, folder: Path) -> list[tuple[str, float]]:
    """How long it takes to seal and write the plan in `journal`, and to read and check it: seconds of real time."""
    run = plan()
    facts = PlanFacts(
        "plan", run.operation, run.base_url, {"": KEY.fingerprint}, run.source, 0.0, 1.0, rows, rows, rows, 0
    )
    sealed = SealedPlan.of(facts, {"": KEY})
    path = folder / "plan.csv"
    began = time.perf_counter()
    write_file(path, facts, sealed.facts_text, sealed.rows(journal))
    wrote = time.perf_counter()
    checked = check_plan(open_plan(path), {"": KEY})
    assert len(checked.rows) == rows
    return [("sealed and written as CSV", wrote - began), ("read and checked", time.perf_counter() - wrote)]


def main() -> int:
    rows = QUICK_ROWS if "--quick" in sys.argv else ROWS
    contacts = team(rows)
    differ = sum(status != "DNC" for status in contacts.values())
    wrong: list[str] = []
    costs: dict[str, Cost] = {}
    times: list[tuple[str, float]] = []
    for name, most in (("pages of 100", 100), ("pages of 25", 25), ("no list", 0)):
        with tempfile.TemporaryDirectory() as folder:
            server = Server(contacts, most)
            costs[f"plan, {name}"], journal = planned(rows, server, Path(folder) / "plan.sqlite")
            calls = sum(row.outcome is None for row in planned_contacts(journal))
            if calls != differ or server.writes.calls:
                wrong.append(f"{name}: {calls} calls are planned and {server.writes.calls} made, not {differ} and 0")
            writer = Server(contacts, most)
            costs[f"apply, {name}"], outcomes = applied(journal, writer, Path(folder) / "journal.sqlite")
            expected = Counter(succeeded=differ, unchanged=len(contacts) - differ, not_found=rows - len(contacts))
            if outcomes != expected or set(writer.contacts.values()) != {"DNC"}:
                wrong.append(f"{name}: {dict(outcomes)}, not {dict(expected)}")
            times = times or seals(journal, rows, Path(folder))
            journal.close()
    with tempfile.TemporaryDirectory() as folder:
        score = ours(rows, Server(contacts, 100), Path(folder), skip=False)
    costs["update without a plan"] = Cost(score.writes, score.reads, score.refused, score.seconds)
    wrong += [f"{name}: {cost.refused} calls were refused" for name, cost in costs.items() if cost.refused]
    print(f"{rows:,} rows: 40% as asked already, 10% nobody's; 30 writes and 100 reads a minute; virtual time\n")
    print(f"{'':26}{'writes':>8}{'reads':>8}{'time':>12}")
    for name, cost in costs.items():
        hours, minutes = divmod(round(cost.seconds / 60), 60)
        print(f"{name:26}{cost.writes:8,}{cost.reads:8,}{f'{hours} h {minutes:02d} min':>12}")
    print()
    for name, seconds in times:
        print(f"{name:26}{seconds:8.2f} s{rows / seconds:12,.0f} rows/s")
    for line in wrong:
        print(f"WRONG: {line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
