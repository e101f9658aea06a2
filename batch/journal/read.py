"""The record of a run: what its journal says happened, as reports and summaries read it.

Owns: a row's outcome as it would stand if the run ended now; a duplicate's fate; the law of accounting.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

import msgspec

from batch.codes import CODES
from batch.errors import BatchError, Exit
from batch.guayaba.contact import Contact
from batch.journal.entries import ContactSnapshot, PauseRecorded
from batch.journal.journal import Journal
from batch.journal.run_reader import ReportRows
from batch.model import DONE, RERUN, WRITES, AccountSummary, AttemptRecord, ContactChange, Outcome, RunPlan, RunSummary
from batch.text.language import tr

#: What is held in memory at a time: so many rows, or cells of so many bytes.
_MOST_ROWS: Final = 1 << 14
_MOST_BYTES: Final = 1 << 24
_AT_ONCE: Final = 64

#: Contacts that are no contacts, and were to become DNC, which the summary names; the report files name all.
_MOST_UNPROTECTED: Final = 1000

#: The outcome of a row, or, while it has none, the one that it would have if the run ended now.
OUTCOME: Final = "coalesce(r.outcome, iif(r.in_doubt, 'unknown', 'pending'))"


#: A duplicate shares the fate of the row that it was folded into.
FATE: Final = f"coalesce((SELECT {OUTCOME.replace('r.', 'p.')} FROM rows p WHERE p.number = r.same_as), {OUTCOME})"

_DONE: Final = ",".join(f"'{outcome.value}'" for outcome in DONE)

#: A row of an undo of which a person has to put back the rest.
_IN_PART: Final = "r.code = 'put_back_in_part'"
#: A row that needs something more.
_NOT_DONE: Final = f"({FATE} NOT IN ({_DONE}) OR {_IN_PART})"

#: What tells one contact from another within an account; a row that names none stands for itself.
_CONTACT: Final = "coalesce(r.phone, r.contact, r.ordinal)"


class JournalReader:
    """What the journal says, read afresh at each call. Nothing is written."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def facts(self) -> RunSummary:
        """The run as it is now. Raises BatchError where the outcomes do not add up to the rows (law of accounting)."""
        plan = self._journal.plan()
        if plan is None:
            raise BatchError(
                tr("{path} holds no plan: that run stopped before anything was sent.", path=self._journal.path)
            )
        counts = self._accounted_counts(plan)
        exit_code = self._journal.get("exit_code", int)
        ((writes,),) = self._journal._select("SELECT count(*) FROM attempts")
        ((reads,),) = self._journal._select("SELECT count(*) FROM looks")
        ((unwritten,),) = self._journal._select(
            "SELECT count(*) FROM rows WHERE outcome = 'not_found' AND attempts = 0"
        )
        codes = self._journal._select(
            f"SELECT {self._code()} AS c, count(*) FROM rows r WHERE c <> '' GROUP BY c ORDER BY count(*) DESC, c"
        )
        limit, window = _quota(self._journal.limit, plan)
        commands = self._journal.get("commands", dict[str, str]) or {}
        if self._journal.is_closed and not self._journal.is_settled():  # another run took its rows
            exit_code, commands = Exit.SOME_ROWS, {}
        return RunSummary(
            run=plan.run,
            operation=plan.operation,
            base_url=plan.base_url,
            key_fingerprint=plan.key_fingerprint,
            source=plan.source,
            change=plan.change,
            started_at=self._journal.get("started_at", float) or plan.planned_at,
            ended_at=self._journal.get("ended_at", float),
            state="finished" if self._journal.is_settled() else "open",
            rows=sum(counts.values()),
            counts=counts,
            codes=dict(codes),
            writes=writes,
            reads=reads,
            limit=limit,
            learned=self._journal.learned_limits,
            window_seconds=window,
            unwritten=unwritten,
            not_done=self._not_done(),
            dnc_rows=self._dnc_rows(plan),
            dnc_contacts=self._dnc_contacts(plan),
            unprotected=self._unprotected(plan),
            pauses=tuple(
                PauseRecorded(*found) for found in self._journal._select("SELECT since, until, why FROM pauses")
            ),
            stopped_for=self._journal.get("stopped_for", str),
            exit_code=Exit.STOPPED if exit_code is None else exit_code,  # none was noted: it was killed
            commands=commands,
            source_run=plan.source_run,
            accounts=self._accounts(plan),
            sessions=self._sessions(),
            verb=plan.verb,
            left_out=plan.left_out,
            applied=plan.applied,
        )

    def _accounted_counts(self, plan: RunPlan) -> dict[Outcome, int]:
        """Rows by outcome. Raises BatchError where they are not all rows of the run (law of accounting)."""
        counts = self.counts()
        rows = self._journal.count_rows()
        if sum(counts.values()) != rows:
            raise BatchError(
                tr(
                    "the accounts of {run} do not add up: {rows} rows, {values} outcomes.",
                    run=plan.run,
                    rows=rows,
                    values=sum(counts.values()),
                ),
                tip=tr("keep the run folder and report this: it is a fault of the program."),
            )
        return counts

    def _sessions(self) -> tuple[tuple[float, float], ...]:
        """When the run was worked on. A session that was killed ended with the last thing that it wrote."""
        found = []
        noted = self._journal.sessions
        for place, (began, ended) in enumerate(noted):
            if ended is None:
                before = noted[place + 1][0] if place + 1 < len(noted) else float("inf")
                ((last,),) = self._journal._select(
                    "SELECT max(max(sent_at, coalesce(seen_at, 0))) FROM attempts WHERE sent_at BETWEEN ? AND ?",
                    (began, before),
                )
                ended = min(last or began, before)  # noqa: PLW2901 - the same end, as far as it is known
            found.append((began, ended))
        return tuple(found)

    def _accounts(self, plan: RunPlan) -> dict[str, AccountSummary]:
        """Each account's key and outcomes, where rows name their accounts."""
        found: dict[str, dict[Outcome, int]] = {account: {} for account in plan.accounts}
        if plan.accounts:
            counted = f"SELECT account, {OUTCOME} AS o, count(*) FROM rows r GROUP BY account, o"
            for account, outcome, count in self._journal._select(counted):
                found.setdefault(account, {})[Outcome(outcome)] = count
        return {
            account: AccountSummary(plan.accounts.get(account, ""), {each: counts.get(each, 0) for each in Outcome})
            for account, counts in found.items()
        }

    def _dnc_rows(self, plan: RunPlan) -> dict[Outcome, int]:
        every = plan.change.status == "DNC"
        found = self._journal._select(
            f"SELECT {FATE} AS o, count(*) FROM rows r WHERE ? OR new_status = 'DNC' GROUP BY o",
            (every,),
        )
        return {Outcome(outcome): count for outcome, count in found}

    def _dnc_contacts(self, plan: RunPlan) -> dict[Outcome, int]:
        contacts = self._journal._select(
            f"SELECT o, count(*) FROM (SELECT DISTINCT {OUTCOME} AS o, account, {_CONTACT} FROM rows r"
            " WHERE (? OR new_status = 'DNC') AND r.outcome IS NOT 'duplicate') GROUP BY o",
            (plan.change.status == "DNC",),
        )
        return {Outcome(outcome): count for outcome, count in contacts}

    def _not_done(self) -> int:
        ((rows,),) = self._journal._select(f"SELECT count(*) FROM rows r WHERE {_NOT_DONE}")
        return int(rows)

    def _unprotected(self, plan: RunPlan) -> tuple[tuple[int, str], ...]:
        """The first contacts that were to become DNC and are none: number of their first row, and phone or id."""
        return tuple(
            self._journal._select(
                f"SELECT min(number), coalesce(phone, contact) FROM rows r WHERE outcome = 'not_found'"
                f" AND (? OR new_status = 'DNC') GROUP BY account, {_CONTACT} ORDER BY min(ordinal) LIMIT ?",
                (plan.change.status == "DNC", _MOST_UNPROTECTED),
            )
        )

    def counts(self) -> dict[Outcome, int]:
        """Rows by outcome, as it would stand if the run ended now; every outcome has its count."""
        found = dict(self._journal._select(f"SELECT {OUTCOME} AS o, count(*) FROM rows r GROUP BY o"))
        return {outcome: found.get(outcome.value, 0) for outcome in Outcome}

    def all_done(self) -> bool:
        """True where every row, and for a duplicate the row that it was folded into, needs nothing more."""
        return not list(self._journal._select(f"SELECT 1 FROM rows r WHERE {_NOT_DONE} LIMIT 1"))

    def report_rows(self, outcomes: Iterable[Outcome] | None = None, after: int = 0) -> Iterator[ReportRows]:
        """Yield report rows in input order; with `outcomes`, those rows and the duplicates folded into one of them;
        with `after`, those behind that many rows. `RERUN` are all rows that are not done, those put back in part among
        them."""
        narrowed, wanted = "WHERE ordinal > ?", [after, *(outcomes or ())]
        if outcomes is not None:
            among = f"{FATE} IN ({','.join('?' * (len(wanted) - 1))})"
            narrowed += f" AND ({among} OR {_IN_PART})" if set(wanted[1:]) == RERUN else f" AND {among}"
        yield from _split_parts(self._journal._select(f"SELECT {self._columns()} {narrowed} ORDER BY ordinal", wanted))

    def settled_rows(self, after: int) -> Iterator[ReportRows]:
        """Yield the rows behind the first `after`, in input order, up to the first that has no outcome yet."""
        yield from _split_parts(
            self._journal._select(
                f"SELECT {self._columns()} WHERE ordinal > ?1 AND ordinal < coalesce((SELECT ordinal FROM rows"
                " WHERE outcome IS NULL AND ordinal > ?1 ORDER BY ordinal LIMIT 1), 1 << 62) ORDER BY ordinal",
                (after,),
            )
        )

    def attempts(self) -> Iterator[AttemptRecord]:
        """Yield every attempt in the order of sending."""
        cursor = self._journal._select(
            "SELECT r.number, a.sent_at, a.seen_at, a.status, a.verdict FROM attempts a"
            " JOIN rows r ON r.ordinal = a.ordinal ORDER BY a.id"
        )
        yield from map(AttemptRecord._make, cursor)

    def before(self) -> Iterator[ContactSnapshot]:
        """Yield what each contact was before this run wrote to it, in input order: only of those that were read."""
        found = self._journal._select(
            "SELECT r.ordinal, r.number, r.account, r.contact, r.phone, r.ask, r.outcome, r.attempts, r.contact_id,"
            " b.at, b.contact FROM before b JOIN rows r ON r.ordinal = b.ordinal ORDER BY r.ordinal"
        )
        for ordinal, number, account, contact, phone, change, outcome, attempts, contact_id, at, seen in found:
            yield ContactSnapshot(
                ordinal, number, account, contact, phone, msgspec.json.decode(change, type=ContactChange),
                None if outcome is None else Outcome(outcome), attempts, contact_id, at,
                msgspec.json.decode(seen, type=Contact),
            )  # fmt: skip

    def _columns(self) -> str:
        """SQL for the columns of `ReportRows`."""
        return (
            f"cells, number, phone, repair, {OUTCOME}, {self._code()}, message, status, attempts, same_as, contact_id,"
            " finished_at FROM rows r"
        )

    def _code(self) -> str:
        """SQL for a row's code: its own, or, for a row that was not sent, what stopped its lane."""
        lanes = self._journal.get("stopped_lanes", dict[str, str]) or {}
        stopped = self._journal.get("stopped_for", str) or "stopped"
        for reason in (stopped, *lanes.values()):
            if reason not in CODES:
                raise BatchError(tr("the journal names an unknown reason for stopping: {reason!r}.", reason=reason))
        code = f"'{stopped}'"
        if len(set(lanes.values())) > 1:
            named = msgspec.json.encode(lanes).decode().replace("'", "''")
            code = f"coalesce((SELECT value FROM json_each('{named}') WHERE key = r.account), {code})"
        return f"iif(r.outcome IS NULL, iif(r.in_doubt, 'answer_lost', {code}), r.code)"


def _quota(limit: int | None, plan: RunPlan) -> tuple[int | None, float]:
    """The calls that were allowed, and in how many seconds: the server's `limit`, or the user's rate where that is
    less."""
    if plan.rate is not None and (limit is None or plan.rate.calls / plan.rate.seconds < limit / WRITES.seconds):
        return plan.rate.calls, plan.rate.seconds
    return limit, WRITES.seconds


def _split_parts(found: Iterator[tuple[Any, ...]]) -> Iterator[ReportRows]:
    """Yield `found` in parts of bounded size.

    A few rows at a time become columns: were they all kept as tuples, Python would look through them for cycles.
    """
    columns: list[list[Any]] = [[] for _ in ReportRows._fields]
    held = 0
    while part := list(islice(found, _AT_ONCE)):
        for column, values in zip(columns, zip(*part, strict=True), strict=True):
            column.extend(values)
        held += sum(len(row[0]) for row in part)
        if len(columns[0]) >= _MOST_ROWS or held >= _MOST_BYTES:
            yield ReportRows(*columns)
            columns, held = [[] for _ in ReportRows._fields], 0
    if columns[0]:
        yield ReportRows(*columns)
