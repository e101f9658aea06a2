"""The record of a run: what its journal says happened, as reports and summaries read it.

Owns: a row's outcome as it would stand if the run ended now; a duplicate's fate; the law of accounting.
Does not own: writing (`journal.py`), the files (`reporter/`). It is `model.RunRecord`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

import msgspec

from batch.codes import CODES, tip
from batch.errors import BatchError, Exit
from batch.journal import Journal
from batch.journal_entries import Pause
from batch.model import DONE, WRITES, AttemptSeen, Outcome, ReportRow, RunFacts, RunPlan, iso_utc

_CHUNK: Final = 2000  # rows held in memory at a time

#: A row's final word, or, while it has none, what it would be if the run ended now.
_OUTCOME: Final = "coalesce(r.outcome, iif(r.in_doubt, 'unknown', 'pending'))"


#: A duplicate shares the fate of the row that it was folded into.
_FATE: Final = f"coalesce((SELECT {_OUTCOME.replace('r.', 'p.')} FROM rows p WHERE p.number = r.same_as), {_OUTCOME})"


class Record:
    """What the journal says, read afresh at each call. Nothing is written."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def facts(self) -> RunFacts:
        """The run as it is now. Raises BatchError where the outcomes do not add up to the rows (law of accounting)."""
        plan = self._journal.plan()
        if plan is None:
            raise BatchError(f"{self._journal.path} holds no plan: that run stopped before anything was sent.")
        counts = self.counts()
        rows = self._journal.total()
        if sum(counts.values()) != rows:
            raise BatchError(
                f"the accounts of {plan.run} do not add up: {rows} rows, {sum(counts.values())} outcomes.",
                tip="keep the run folder and report this: it is a fault of the program.",
            )
        exit_code = self._journal.get("exit_code", int)
        ((writes,),) = self._journal.ask("SELECT count(*) FROM attempts")
        ((reads,),) = self._journal.ask("SELECT count(*) FROM looks")
        codes = self._journal.ask(
            f"SELECT {self._code()} AS c, count(*) FROM rows r WHERE c <> '' GROUP BY c ORDER BY count(*) DESC, c"
        )
        return RunFacts(
            run=plan.run,
            operation=plan.operation,
            base_url=plan.base_url,
            key_fingerprint=plan.key_fingerprint,
            source=plan.source,
            ask=plan.ask,
            started_at=self._journal.get("started_at", float) or plan.planned_at,
            ended_at=self._journal.get("ended_at", float),
            state="finished" if self._journal.settled_all() else "open",
            rows=rows,
            counts=counts,
            codes=dict(codes),
            writes=writes,
            reads=reads,
            limit=self._journal.limit,
            window_seconds=(plan.rate or WRITES).seconds,
            asked_dnc=self._asked_dnc(plan),
            pauses=tuple(Pause(*found) for found in self._journal.ask("SELECT since, until, why FROM pauses")),
            stopped_for=self._journal.get("stopped_for", str),
            exit_code=Exit.STOPPED if exit_code is None else exit_code,  # none was noted: it was killed
            commands=self._journal.get("commands", dict[str, str]) or {},
            parent=plan.parent,
        )

    def _asked_dnc(self, plan: RunPlan) -> dict[Outcome, int]:
        every = plan.ask.status == "DNC"
        found = self._journal.ask(
            f"SELECT {_FATE} AS o, count(*) FROM rows r"
            " WHERE ? OR json_extract(CAST(ask AS TEXT), '$.status') = 'DNC' GROUP BY o",
            (every,),
        )
        return {Outcome(outcome): count for outcome, count in found}

    def counts(self) -> dict[Outcome, int]:
        """Rows by outcome, as it would stand if the run ended now; every outcome has its count."""
        found = dict(self._journal.ask(f"SELECT {_OUTCOME} AS o, count(*) FROM rows r GROUP BY o"))
        return {outcome: found.get(outcome.value, 0) for outcome in Outcome}

    def all_done(self) -> bool:
        """True where every row, and for a duplicate the row that it was folded into, needs nothing more."""
        done = ",".join(f"'{outcome.value}'" for outcome in DONE)
        return not list(self._journal.ask(f"SELECT 1 FROM rows r WHERE {_FATE} NOT IN ({done}) LIMIT 1"))

    def report_rows(self, outcomes: Iterable[Outcome] | None = None) -> Iterator[list[ReportRow]]:
        """Yield report rows in input order; with `outcomes`, those rows and the duplicates folded into one of them."""
        plan = self._journal.plan()
        assert plan is not None
        narrowed, wanted = "", []
        if outcomes is not None:
            wanted = [outcome.value for outcome in outcomes]
            fate = (
                f"coalesce((SELECT {_OUTCOME.replace('r.', 'p.')} FROM rows p WHERE p.number = r.same_as), {_OUTCOME})"
            )
            narrowed = f"WHERE {fate} IN ({','.join('?' * len(wanted))})"
        cursor = self._journal.ask(
            f"SELECT cells, number, phone, {_OUTCOME}, {self._code()}, message, status, attempts, same_as, contact_id,"
            f" finished_at, repair FROM rows r {narrowed} ORDER BY ordinal",
            wanted,
        )
        while found := list(islice(cursor, _CHUNK)):
            yield [_reported(row, plan.run) for row in found]

    def attempts(self) -> Iterator[AttemptSeen]:
        """Yield every attempt in the order of sending."""
        cursor = self._journal.ask(
            "SELECT r.number, a.sent_at, a.seen_at, a.status, a.verdict FROM attempts a"
            " JOIN rows r ON r.ordinal = a.ordinal ORDER BY a.id"
        )
        for found in cursor:
            yield AttemptSeen(*found)

    def _code(self) -> str:
        """SQL for a row's code: its own, or, for a row that was not sent, what stopped the run."""
        stopped = self._journal.get("stopped_for", str) or "stopped"
        if stopped not in CODES:
            raise BatchError(f"the journal names an unknown reason for stopping: {stopped!r}.")
        return f"iif(r.outcome IS NULL, iif(r.in_doubt, 'answer_lost', '{stopped}'), r.code)"


def _reported(found: tuple[Any, ...], run: str) -> ReportRow:
    cells, number, phone, outcome, code, message, status, attempts, same_as, contact_id, finished_at, repair = found
    return ReportRow(
        cells=msgspec.json.decode(cells, type=tuple[str | None, ...]),
        number=number,
        phone=phone,
        outcome=Outcome(outcome),
        code=code,
        message="; ".join(part for part in (message, f"phone: {repair}" if repair else "") if part),
        tip=tip(code),
        status=status,
        attempts=attempts,
        same_as=same_as,
        contact_id=contact_id,
        finished_at=None if finished_at is None else iso_utc(finished_at),
        run=run,
    )
