"""The journal: the only truth about a run. SQLite, one file in the run folder.

Owns: the plan (every row as the loader checked it), every attempt, every outcome.
Flow: the plan once, then `append` while the run goes; `read.py` and the queries beside it read.

The guarantee: an attempt is on the disk before its request leaves (`AttemptStarted`), an outcome before it counts
(`AttemptFinished`). After a kill at any instruction, a row with an attempt and no outcome is *in doubt*: it is read
back before it is sent again. A write that fails is not repeated, because the state of the disk after a failed fsync is
unknown: the run stops (`JournalBroken`), and this process writes nothing more into the journal, not even at closing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec

from batch.errors import JournalBroken
from batch.guayaba.contact import Contact
from batch.guayaba.requests import OutreachEffect
from batch.journal import file as journal_file
from batch.journal.entries import Entry, LimitLearned, LimitObserved, PendingRow
from batch.journal.plan_rows import insert_rows
from batch.journal.supersede import KeyPairs, newer_write_condition, settle_by_newer_runs
from batch.journal.write import RowEntry, write_entries
from batch.model import ContactChange, Outcome, PlannedRow, RunPlan
from batch.text.language import tr

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
        """The journal at `path`, migrated to today's version. The caller holds the run's lock. Raises JournalBroken."""
        return cls(path, journal_file.open_journal(path))

    @classmethod
    def open_readonly(cls, path: Path, *, unlocked: bool = False) -> Journal:
        """The journal at `path` to be read, also while another process works on it; `unlocked`: as
        `file.open_readonly`. Raises JournalBroken."""
        return cls(path, journal_file.open_readonly(path, unlocked=unlocked))

    def close(self) -> None:
        """Close the file."""
        if self._broken is None:
            self.db.close()
        else:
            journal_file.close_after_failure(self.db, self.path)

    # -- the plan ---------------------------------------------------------------------------------------------------

    def write_rows(
        self, batches: Iterable[Sequence[PlannedRow]], stopping_statuses: Collection[str], *, accounts: bool = False
    ) -> int:
        """The number of rows written, for a plan that is still to be confirmed: before `save_plan`, nothing is sent.

        `accounts`: the rows are for several keys.
        """
        with self._writing():
            return insert_rows(self.db, batches, frozenset(stopping_statuses), accounts)

    def expect(self, left: Iterable[tuple[int, ContactChange]]) -> None:
        """Record what the contacts of rows (by ordinal) must still be for the row to be sent. All of it, or nothing."""
        with self._writing():
            entries = ((ordinal, msgspec.json.encode(change)) for ordinal, change in left)
            self.db.executemany("INSERT INTO expected (ordinal, ask) VALUES (?,?)", entries)

    def expected(self, ordinal: int) -> ContactChange | None:
        """What the contact of a row must still be for the row to be sent; `None` where that is not known."""
        for (change,) in self._select("SELECT ask FROM expected WHERE ordinal = ?", (ordinal,)):
            return msgspec.json.decode(change, type=ContactChange)
        return None

    def mark_listed(self, account: str) -> None:
        """Record that everybody on the contact list of the team of `account` was seen."""
        with self._writing():
            self.put("listed_accounts", sorted({*(self.get("listed_accounts", list[str]) or []), account}))

    def is_listed(self, account: str) -> bool:
        """True where everybody on the contact list of the team of `account` was seen by this run."""
        return account in (self.get("listed_accounts", list[str]) or [])

    def count_pending(self, words: str) -> int:
        """How many pending rows have a message that begins with `words`."""
        sql = "SELECT count(*) FROM rows WHERE outcome IS NULL AND substr(message, 1, ?) = ?"
        ((rows,),) = self._select(sql, (len(words), words))
        return int(rows)

    def message(self, ordinal: int) -> str:
        """The message of a row."""
        ((message,),) = self._select("SELECT message FROM rows WHERE ordinal = ?", (ordinal,))
        return str(message)

    def save_plan(self, plan: RunPlan) -> None:
        """Make `plan` the run's: from now on it can be resumed."""
        with self._writing():
            self.put("plan", plan)

    def plan(self) -> RunPlan | None:
        """The run's plan, or `None` where its writing was cut short: then nothing was ever sent."""
        return self.get("plan", RunPlan)

    def todo(self, after: int, count: int, account: str = "", turn: OutreachEffect | None = None) -> list[PendingRow]:
        """Up to `count` pending rows of `account` in input order, from the one after ordinal `after`; with `turn`, only
        rows of that turn."""
        of_turn = "" if turn is None else f"AND turn = {turn:d}"
        found = self._select(
            "SELECT r.ordinal, r.contact, phone, ask, attempts, in_doubt, account, b.contact FROM rows r"
            " LEFT JOIN before b ON b.ordinal = r.ordinal"
            f" WHERE outcome IS NULL AND account = ? AND r.ordinal > ? {of_turn} ORDER BY r.ordinal LIMIT ?",
            (account, after, count),
        )
        changes = lru_cache(maxsize=64)(partial(msgspec.json.decode, type=ContactChange))  # many rows ask for the same
        return [
            PendingRow(
                ordinal,
                contact,
                phone,
                changes(change),
                attempts,
                bool(doubt),
                account,
                None if seen is None else msgspec.json.decode(seen, type=Contact),
            )
            for ordinal, contact, phone, change, attempts, doubt, account, seen in found
        ]

    # -- what happens -----------------------------------------------------------------------------------------------

    def append(self, entries: Iterable[Entry]) -> None:
        """Write all of `entries` in one transaction and make it durable. Raises JournalBroken: then none is there."""
        with self._writing():
            of_rows: list[RowEntry] = []
            for entry in entries:
                if isinstance(entry, LimitObserved):
                    self.put("limits", {**self._limits(), entry.account: entry.limit})
                elif isinstance(entry, LimitLearned):
                    self.put("learned_limits", {**self.learned_limits, entry.account: entry.text})
                else:
                    of_rows.append(entry)
            write_entries(self.db, of_rows)

    def supersede(
        self,
        newer: KeyPairs,
        time_s: float,
        known: KeyPairs = MappingProxyType({}),
        *,
        end: tuple[Outcome, str],
        except_rows: Collection[int] = (),
        starts: bool = False,
    ) -> int:
        """How many pending rows were settled, with the outcome and code of `end`: one of the `newer` runs wrote their
        contact successfully, by the same name or by its other one, and an older change must not overwrite a newer one.

        `known` are other journals that may say which number and which id are one contact. The rows of the numbers
        `except_rows` are left pending; with `starts`, so are all that start no outreach. Raises JournalBroken.
        """
        excepted = msgspec.json.encode(sorted(except_rows)).decode()

        def settle(folder: str, run: str) -> int:
            with self._writing():
                return self.db.execute(
                    "UPDATE rows SET outcome = ?2, code = ?3, message = ?4, finished_at = ?5, in_doubt = 0"
                    " WHERE outcome IS NULL AND number NOT IN (SELECT value FROM json_each(?6))"
                    f" AND (turn = {OutreachEffect.STARTS:d} OR NOT ?7) AND {newer_write_condition('rows')}",
                    (run, *end, tr("written by {run}", run=folder), time_s, excepted, starts),
                ).rowcount

        return settle_by_newer_runs(self.db, self.path, self.pending_by_account(), newer, known, settle) if newer else 0

    def begin(self, time_s: float) -> None:
        """Record that a process works on the run from now on; how the last session ended is no longer true."""
        with self._writing():
            if self.get("started_at", float) is None:
                self.put("started_at", time_s)
            self.put("stretches", [*self.sessions, (time_s, None)])
            for key in ("ended_at", "stopped_for", "stopped_lanes", "exit_code", "commands"):
                self.put(key, None)

    def end(
        self, time_s: float, *, stopped_for: Mapping[str, str], exit_code: int, commands: Mapping[str, str]
    ) -> None:
        """Record that a session is over. The run stays open until `close_run`.

        `stopped_for` says for each account why its pending rows were not sent.
        """
        reasons = sorted(set(stopped_for.values()), key=lambda reason: (reason != "key_refused", reason))
        with self._writing():
            self.put("ended_at", time_s)
            if before := self.sessions:
                self.put("stretches", [*before[:-1], (before[-1][0], time_s)])
            self.put("stopped_for", reasons[0] if reasons else None)
            self.put("stopped_lanes", stopped_for)
            self.put("exit_code", exit_code)
            self.put("commands", commands)

    def published_files(self) -> dict[str, str]:
        """The SHA-256 of each report file as it was last written, by name."""
        return self.get("published", dict[str, str]) or {}

    def record_published(self, files: Mapping[str, str]) -> None:
        """Record the SHA-256 of report files, by name: a file that differs later was edited."""
        with self._writing():
            self.put("published", {**self.published_files(), **files})

    def close_run(self, taken_by: str = "") -> None:
        """Record that this run is never resumed: its reports are published, or the run `taken_by` took its rows."""
        with self._writing():
            self.put("closed", True)
            if taken_by:
                self.put("taken_by", taken_by)

    # -- how far it is ----------------------------------------------------------------------------------------------

    @property
    def limit(self) -> int | None:
        """The server's limit for all keys of the run together; `None` where no response said one."""
        return sum(self._limits().values()) or None

    @property
    def learned_limits(self) -> dict[str, str]:
        """What was learned of the limit of each account, as a quota store keeps it; empty: it is as stated."""
        return self.get("learned_limits", dict[str, str]) or {}

    def _limits(self) -> dict[str, int]:
        found = self.get("limits", dict[str, int])
        if found is None:
            before = self.get("limit", int)  # version 1 knew one key
            found = {} if before is None else {"": before}
        return found

    @property
    def sessions(self) -> list[tuple[float, float | None]]:
        """When each process began to work on the run and when it recorded its end (epoch seconds; `None`: killed)."""
        return self.get("stretches", list[tuple[float, float | None]]) or []

    @property
    def is_closed(self) -> bool:
        """True where the run is never resumed: the same command begins another."""
        return self.get("closed", bool) or False

    @property
    def taken_by(self) -> str:
        """The name of the run that took the rows of this one; empty where none did, or where that is not on record."""
        return self.get("taken_by", str) or ""

    def is_settled(self) -> bool:
        """True where every row has its outcome."""
        return not list(self._select("SELECT 1 FROM rows WHERE outcome IS NULL LIMIT 1"))

    def pending_by_account(self) -> dict[str, int]:
        """How many rows of each account are pending; accounts without such rows are left out."""
        return dict(self._select("SELECT account, count(*) FROM rows WHERE outcome IS NULL GROUP BY account"))

    def count_rows(self) -> int:
        """How many rows the run has."""
        ((rows,),) = self._select("SELECT count(*) FROM rows")
        return int(rows)

    def count_settled(self) -> int:
        """How many rows have their outcome."""
        ((settled,),) = self._select("SELECT count(*) FROM rows WHERE outcome IS NOT NULL")
        return int(settled)

    # -- for the modules of this package ----------------------------------------------------------------------------

    def _select(self, sql: str, values: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query. Raises JournalBroken where the file cannot be read."""
        return journal_file.select(self.db, self.path, sql, values)

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
        for (value,) in self._select("SELECT value FROM meta WHERE key = ?", (key,)):
            try:
                return None if value == b"null" else msgspec.json.decode(value, type=kind)
            except (msgspec.MsgspecError, TypeError, UnicodeDecodeError) as fault:
                raise JournalBroken(
                    tr(
                        "the journal {path} is damaged: its {key} cannot be read: {fault}.",
                        path=self.path,
                        key=key,
                        fault=fault,
                    )
                ) from None
        return None
