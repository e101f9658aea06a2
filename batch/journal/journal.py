"""The journal: the only truth about a run. SQLite, one file in the run folder.

Owns: the plan (every row as the loader judged it), every attempt, every outcome; the law of accounting.

The guarantee: an attempt is on the disk before its request leaves (`AttemptStarted`), an outcome before it counts
(`AttemptFinished`).
After a kill at any instruction, a row with an attempt and no outcome is *in doubt*: it is read back, never forgotten.
A write that fails is not repeated, for what is on the disk after a failed fsync is not known: the run stops
(`JournalBroken`), and this process writes nothing more into the journal, not even when it closes it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec

from batch.errors import JournalBroken
from batch.guayaba.contact import Contact
from batch.guayaba.requests import OutreachEffect
from batch.journal import contact_names
from batch.journal import file as journal_file
from batch.journal import supersede as later_runs
from batch.journal.entries import ChangeCount, Entry, LimitObserved, PendingRow
from batch.journal.plan_rows import insert_rows
from batch.journal.supersede import attach, supersede
from batch.journal.write import write_entry
from batch.model import ContactChange, PlannedRow, RunPlan

_T = TypeVar("_T")


class Journal:
    """One open journal. One user at a time; any thread."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self.db = connection
        self._broken: JournalBroken | None = None

    @classmethod
    def create(cls, path: Path) -> Journal:
        """A new, empty journal at `path`. Raises JournalBroken where there is one."""
        return cls(path, journal_file.create_journal(path))

    @classmethod
    def open(cls, path: Path) -> Journal:
        """The journal at `path`, of today's version, for whoever holds its run's lock. Raises JournalBroken."""
        return cls(path, journal_file.open_journal(path))

    @classmethod
    def look(cls, path: Path) -> Journal:
        """The journal at `path` to be looked into, also while another process works on it. Raises JournalBroken."""
        return cls(path, journal_file.open_readonly(path))

    def close(self) -> None:
        """Close the file. Everything committed stays."""
        if self._broken is None:
            self.db.close()
        else:
            journal_file.close_after_failure(self.db, self.path)

    # -- the plan ---------------------------------------------------------------------------------------------------

    def write_plan(self, plan: RunPlan, batches: Iterable[Sequence[PlannedRow]]) -> int:
        """The number of rows written. All of the plan is there afterwards, or, after any failure, none of it."""
        with self._writing():
            rows = insert_rows(self.db, batches, frozenset(plan.terminal), bool(plan.accounts))
            self.put("plan", plan)
        return rows

    def write_rows(
        self, batches: Iterable[Sequence[PlannedRow]], terminal: Collection[str], *, accounts: bool = False
    ) -> int:
        """The number of rows written, for a plan that is to be confirmed: without `keep_plan`, nothing is sent.

        `accounts`: the rows are for several keys.
        """
        with self._writing():
            return insert_rows(self.db, batches, frozenset(terminal), accounts)

    def expect(self, left: Iterable[tuple[int, ContactChange]]) -> None:
        """Note what the contacts of rows (by ordinal) must be for the row to be sent. All of it is there, or none."""
        with self._writing():
            entries = ((ordinal, msgspec.json.encode(ask)) for ordinal, ask in left)
            self.db.executemany("INSERT INTO expected (ordinal, ask) VALUES (?,?)", entries)

    def expected(self, ordinal: int) -> ContactChange | None:
        """What the contact of a row must be for it to be sent; `None` where that is not known."""
        for (ask,) in self.ask("SELECT ask FROM expected WHERE ordinal = ?", (ordinal,)):
            return msgspec.json.decode(ask, type=ContactChange)
        return None

    def keep_plan(self, plan: RunPlan) -> None:
        """Make `plan` the run's: from now on it can go on."""
        with self._writing():
            self.put("plan", plan)

    def changes(self) -> list[ChangeCount]:
        """What the rows without a final word ask for, counted by status and campaign, in the order of sending."""
        found = self.ask(
            "SELECT turn, json_extract(CAST(ask AS TEXT), '$.status') AS asked_status,"
            " json_extract(CAST(ask AS TEXT), '$.campaign_id') AS asked_campaign, count(*) FROM rows"
            " WHERE outcome IS NULL GROUP BY turn, asked_status, asked_campaign ORDER BY turn, count(*) DESC"
        )
        return [ChangeCount(OutreachEffect(turn), *rest) for turn, *rest in found]

    def plan(self) -> RunPlan | None:
        """The run's plan, or `None` where its writing was cut short: then nothing was ever sent."""
        return self.get("plan", RunPlan)

    def todo(self, after: int, count: int, account: str = "", turn: OutreachEffect | None = None) -> list[PendingRow]:
        """Up to `count` rows of `account` without a final word, in input order, from the one after `after`; with
        `turn`, only those whose turn that is."""
        of_turn = "" if turn is None else f"AND turn = {turn:d}"
        found = self.ask(
            "SELECT r.ordinal, r.contact, phone, ask, attempts, in_doubt, account, b.contact FROM rows r"
            " LEFT JOIN before b ON b.ordinal = r.ordinal"
            f" WHERE outcome IS NULL AND account = ? AND r.ordinal > ? {of_turn} ORDER BY r.ordinal LIMIT ?",
            (account, after, count),
        )
        return [
            PendingRow(
                ordinal,
                contact,
                phone,
                msgspec.json.decode(ask, type=ContactChange),
                attempts,
                bool(doubt),
                account,
                None if seen is None else msgspec.json.decode(seen, type=Contact),
            )
            for ordinal, contact, phone, ask, attempts, doubt, account, seen in found
        ]

    # -- what happens -----------------------------------------------------------------------------------------------

    def append(self, entries: Iterable[Entry]) -> None:
        """Write all of `entries` in one transaction and make it durable. Raises JournalBroken: then none is there."""
        with self._writing():
            for entry in entries:
                if isinstance(entry, LimitObserved):
                    self.put("limits", {**self._limits(), entry.account: entry.limit})
                else:
                    write_entry(self.db, entry)

    def supersede(
        self,
        later: Mapping[Path, Sequence[tuple[str, str]]],
        at: float,
        known: Mapping[Path, Sequence[tuple[str, str]]] = MappingProxyType({}),
    ) -> int:
        """How many rows without a final word were settled as `superseded`: one of the `later` runs wrote their contact
        successfully, by the same name or by its other one, and an older wish must not overwrite a newer one.

        `later` are paths of journals, and for each the accounts that have one key there and here: (ours, theirs).
        `known` are other journals that may say which number and which id are one contact. Raises JournalBroken where
        one of them cannot be read: nothing may be sent then.
        """
        if not later:
            return 0
        with journal_file.immediate_transaction(self.db, self.path):
            contact_names.reset_names(self.db)
            later_runs.reset(self.db)
            contact_names.collect_names(self.db, "main", [(account, account) for account in self.left()])
        called = {path.parent.name for path in later}
        for path, same_key in {**known, **later}.items():
            with attach(self.db, path), journal_file.immediate_transaction(self.db, self.path):
                contact_names.collect_names(self.db, "later", same_key)
                later_runs.note_undone(self.db, called)
        with journal_file.immediate_transaction(self.db, self.path):
            contact_names.resolve_names(self.db)
        count = 0
        for path, same_key in later.items():
            with attach(self.db, path), self._writing():
                count += supersede(self.db, path, same_key, at)
        return count

    def begin(self, at: float) -> None:
        """Note that a process works on the run from now on; how the last one ended is no longer true."""
        with self._writing():
            if self.get("started_at", float) is None:
                self.put("started_at", at)
            self.put("stretches", [*self.stretches, (at, None)])
            for key in ("ended_at", "stopped_for", "stopped_lanes", "exit_code", "commands"):
                self.put(key, None)

    def end(self, at: float, *, stopped_for: Mapping[str, str], exit_code: int, commands: Mapping[str, str]) -> None:
        """Note that the dispatch is over, for now or for good. The run stays open until `close_run`.

        `stopped_for` says why the rows of each account that are left were not sent.
        """
        reasons = sorted(set(stopped_for.values()), key=lambda reason: (reason != "key_refused", reason))
        with self._writing():
            self.put("ended_at", at)
            if before := self.stretches:
                self.put("stretches", [*before[:-1], (before[-1][0], at)])
            self.put("stopped_for", reasons[0] if reasons else None)
            self.put("stopped_lanes", stopped_for)
            self.put("exit_code", exit_code)
            self.put("commands", commands)

    def published(self) -> dict[str, str]:
        """The SHA-256 of each report file as it was last written, by name."""
        return self.get("published", dict[str, str]) or {}

    def note_published(self, files: Mapping[str, str]) -> None:
        """Note the SHA-256 of report files, by name: a file that differs later was edited by somebody."""
        with self._writing():
            self.put("published", {**self.published(), **files})

    def close_run(self) -> None:
        """Note that nothing goes on with this run any more: its reports are published, or another run took its rows."""
        with self._writing():
            self.put("closed", True)

    # -- how far it is ----------------------------------------------------------------------------------------------

    @property
    def limit(self) -> int | None:
        """The server's limit for all keys of the run together, as far as its answers said one."""
        return sum(self._limits().values()) or None

    def _limits(self) -> dict[str, int]:
        found = self.get("limits", dict[str, int])
        if found is None:
            before = self.get("limit", int)  # version 1 knew one key
            found = {} if before is None else {"": before}
        return found

    @property
    def stretches(self) -> list[tuple[float, float | None]]:
        """When processes began to work on the run and when each noted its end, in epoch seconds; `None`: it did not."""
        return self.get("stretches", list[tuple[float, float | None]]) or []

    @property
    def closed(self) -> bool:
        """True where nothing goes on with this run: the same command begins another."""
        return self.get("closed", bool) or False

    def settled_all(self) -> bool:
        """True where every row has its final word."""
        return not list(self.ask("SELECT 1 FROM rows WHERE outcome IS NULL LIMIT 1"))

    def left(self) -> dict[str, int]:
        """How many rows of each account have no final word; accounts without such rows are not there."""
        return dict(self.ask("SELECT account, count(*) FROM rows WHERE outcome IS NULL GROUP BY account"))

    def total(self) -> int:
        """How many rows the run has."""
        ((rows,),) = self.ask("SELECT count(*) FROM rows")
        return int(rows)

    def settled(self) -> int:
        """How many rows have their final word."""
        ((settled,),) = self.ask("SELECT count(*) FROM rows WHERE outcome IS NOT NULL")
        return int(settled)

    def ask(self, sql: str, values: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield what a query finds. Raises JournalBroken where the file cannot be read."""
        try:
            yield from self.db.execute(sql, values)
        except sqlite3.Error as fault:
            raise JournalBroken(f"the journal {self.path} cannot be read: {fault}.") from fault

    # -- inside -----------------------------------------------------------------------------------------------------

    @contextmanager
    def _writing(self) -> Iterator[None]:
        if self._broken is not None:
            raise self._broken
        try:
            with journal_file.transaction(self.db, self.path):
                yield
            journal_file.checkpoint_if_large(self.db, self.path)
        except JournalBroken as fault:
            self._broken = fault
            raise

    def put(self, key: str, value: object) -> None:
        self.db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?,?)", (key, msgspec.json.encode(value)))

    def get(self, key: str, kind: type[_T]) -> _T | None:
        for (value,) in self.ask("SELECT value FROM meta WHERE key = ?", (key,)):
            try:
                return None if value == b"null" else msgspec.json.decode(value, type=kind)
            except (msgspec.MsgspecError, TypeError, UnicodeDecodeError) as fault:
                raise JournalBroken(f"the journal {self.path} is damaged: its {key} cannot be read: {fault}.") from None
        return None
