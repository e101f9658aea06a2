"""What a verification has read so far: one entry for each row of the run that it reads back.

Owns: which rows are read back, the status of each of them and of its duplicates, and that a verification which was cut
short can be continued.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

from batch.journal.journal import Journal
from batch.journal.supersede import KeyPairs, newer_write_condition, settle_by_newer_runs
from batch.model import ContactChange
from batch.text.language import tr

#: Rows that say what a contact must be. A duplicate has the status of the row that it was folded into; an `invalid` or
#: `held` row was never sent. A `superseded` row is read, too: the later run may have set the same.
_EXPECTED: Final = (
    "r.ask IS NOT NULL AND r.contact IS NOT NULL AND coalesce(r.outcome, '') NOT IN ('invalid', 'held', 'duplicate')"
)
_OWN_STATUS: Final = (
    "CASE WHEN {r}.outcome IN ('invalid', 'held') THEN 'not_sent'"
    " WHEN {r}.ask IS NULL THEN iif({r}.outcome = 'unchanged', 'as_asked', 'not_sent')"
    " ELSE coalesce({v}.status, 'not_read') END"
)
_STATUS: Final = (
    f"CASE WHEN r.outcome = 'duplicate' THEN coalesce((SELECT {_OWN_STATUS.format(r='p', v='pv')} FROM rows p"
    " LEFT JOIN verified pv ON pv.ordinal = p.ordinal WHERE p.number = r.same_as), 'not_read')"
    f" ELSE {_OWN_STATUS.format(r='r', v='v')} END"
)
_ROWS: Final = "FROM rows r LEFT JOIN verified v ON v.ordinal = r.ordinal"


class VerifyStatus(StrEnum):
    """What reading back a row's contact showed. The names are public: they are in JSON."""

    AS_ASKED = "as_asked"
    SUPERSEDED = "superseded"
    NOT_AS_ASKED = "not_as_asked"
    NOT_FOUND = "not_found"
    NOT_READ = "not_read"
    NOT_SENT = "not_sent"


class ExpectedRow(NamedTuple):
    """A row to be read back. `contact` is E.164 or a lower-case UUID; `ask` is what the contact must be.

    `is_doubted`: a contact of this row was seen on the list and differs.
    """

    ordinal: int
    contact: str
    phone: str | None
    change: ContactChange
    is_doubted: bool

    @property
    def by_id(self) -> bool:
        return not self.contact.startswith("+")

    @property
    def number(self) -> str | None:
        """The number by which the contact is looked up: the new one, where the row sets one."""
        return self.change.phone_number or self.phone or (None if self.by_id else self.contact)


class VerifiedRow(NamedTuple):
    """What a read showed of a row; `status` is `None` where it differs on the list and is to be looked up alone."""

    ordinal: int
    status: VerifyStatus | None
    #: Names of the fields that differ; nothing personal.
    kind: str = ""
    message: str = ""
    contact_id: str | None = None


class Mismatch(NamedTuple):
    """A row that is not as asked, with the columns of a report; `outcome` is its outcome in the run.

    `read_at`: epoch seconds. `is_dnc`: the row set DNC.
    """

    cells: bytes
    number: int
    phone: str | None
    repair: str
    outcome: str
    code: str
    message: str
    http_status: int | None
    attempts: int
    same_as: int | None
    contact_id: str | None
    status: VerifyStatus
    reason: str
    read_at: float | None
    is_dnc: bool


class _Progress(msgspec.Struct, frozen=True):
    """The verification that the table is about: when it began, and the end of the run's last session."""

    begun: float
    run_ended: float | None


class VerifyStore:
    """One verification of one run, in the run's journal."""

    def __init__(self, journal: Journal, time_s: float, *, max_age_s: float, every_dnc: bool) -> None:
        """Continue the verification that was begun less than `max_age_s` seconds before `time_s` (epoch seconds), if no
        session of the run ended since; otherwise begin one. `every_dnc`: all rows of the run set DNC.

        Raises JournalBroken.
        """
        self._journal = journal
        self._is_dnc = "1" if every_dnc else "coalesce(r.new_status = 'DNC', 0)"
        ended = journal.get("ended_at", float)
        known = journal.get("verification", _Progress)
        if known is None or known.run_ended != ended or not 0 <= time_s - known.begun < max_age_s:
            known = _Progress(time_s, ended)
            self._restart(known)
        #: When the verification began, epoch seconds.
        self.begun = known.begun

    def clear(self) -> None:
        """Delete what was read: the verification is complete."""
        self._restart(None)

    def _restart(self, progress: _Progress | None) -> None:
        with self._journal._writing():
            self._journal.db.execute("DELETE FROM verified")
            self._journal.put("verification", progress)

    # -- what is to be read ------------------------------------------------------------------------------------------

    def accounts(self) -> list[str]:
        """The accounts of the rows that are read back."""
        return [account for (account,) in self._journal._select(f"SELECT DISTINCT account {_ROWS} WHERE {_EXPECTED}")]

    def count_unread(self, account: str | None = None) -> int:
        """How many rows (of `account`) have no status yet."""
        return self._count("" if account is None else "AND r.account = ?", () if account is None else (account,))

    def count_id_only(self, account: str) -> int:
        """How many rows of `account` without a status name their contacts by id alone: no call looks one up."""
        return self._count(
            "AND r.account = ? AND r.phone IS NULL AND r.contact NOT LIKE '+%' AND r.new_phone IS NULL", (account,)
        )

    def unread_rows(self, account: str, after: int = 0, count: int = -1) -> list[ExpectedRow]:
        """Up to `count` rows of `account` without a status, from the one after ordinal `after`, in input order."""
        return self._select_expected(
            "v.status IS NULL AND r.ordinal > ? ORDER BY r.ordinal LIMIT ?", account, after, count
        )

    def rows_by_contact(self, account: str, contacts: Sequence[str]) -> dict[str, list[ExpectedRow]]:
        """The rows of `account` that are about `contacts` (E.164 or lower-case UUIDs), by contact."""
        rows: dict[str, list[ExpectedRow]] = defaultdict(list)
        for row in self._select_expected(f"r.contact IN ({','.join('?' * len(contacts))})", account, *contacts):
            rows[row.contact].append(row)
        return rows

    def _count(self, condition: str, values: Sequence[object]) -> int:
        sql = f"SELECT count(*) {_ROWS} WHERE {_EXPECTED} AND v.status IS NULL {condition}"
        ((rows,),) = self._journal._select(sql, values)
        return int(rows)

    def _select_expected(self, condition: str, account: str, *values: object) -> list[ExpectedRow]:
        sql = (
            f"SELECT r.ordinal, r.contact, r.phone, r.ask, v.ordinal IS NOT NULL AND v.status IS NULL {_ROWS}"
            f" WHERE {_EXPECTED} AND r.account = ? AND {condition}"
        )
        return [
            ExpectedRow(ordinal, contact, phone, msgspec.json.decode(change, type=ContactChange), bool(is_doubted))
            for ordinal, contact, phone, change, is_doubted in self._journal._select(sql, (account, *values))
        ]

    # -- what was read -----------------------------------------------------------------------------------------------

    def record(self, rows: Iterable[VerifiedRow], time_s: float) -> None:
        """Record what was read at `time_s` (epoch seconds), in one transaction."""
        with self._journal._writing():
            self._journal.db.executemany(
                "INSERT OR REPLACE INTO verified (ordinal, status, kind, message, contact_id, at) VALUES (?,?,?,?,?,?)",
                [(*row, time_s) for row in rows],
            )

    def mark_superseded(self, newer: KeyPairs) -> None:
        """Give the status `superseded` to rows that differ because a later run has written their contacts: a `newer`
        one, or the one for which this run did not send them. A row that set DNC, or another stop that the later run
        took back, keeps its status: only its message names that run. A rerun sends it."""
        with self._journal._writing():
            self._journal.db.execute(
                "UPDATE verified SET status = 'superseded' WHERE status = 'not_as_asked' AND ordinal IN"
                f" (SELECT r.ordinal FROM rows r WHERE r.outcome = 'superseded' AND NOT {self._is_dnc})"
            )

        def settle(folder: str, run: str) -> int:
            written = f"SELECT r.ordinal FROM rows r WHERE {newer_write_condition('r', replaces=False)}"
            replaced = f"SELECT r.ordinal FROM rows r WHERE NOT {self._is_dnc} AND {newer_write_condition('r')}"
            with self._journal._writing():
                return self._journal.db.execute(
                    "UPDATE verified SET message = message || ?2, status ="
                    f" iif(ordinal IN ({replaced}), 'superseded', status)"
                    f" WHERE status = 'not_as_asked' AND ordinal IN ({written})",
                    (run, tr("; written since by {run}", run=folder)),
                ).rowcount

        settle_by_newer_runs(self._journal.db, self._journal.path, self.accounts(), newer, {}, settle)

    # -- the result --------------------------------------------------------------------------------------------------

    def counts(self) -> dict[VerifyStatus, int]:
        """Rows by status, every row of the run exactly once."""
        rows = dict(self._journal._select(f"SELECT {_STATUS} AS s, count(*) {_ROWS} GROUP BY s"))
        return {status: rows.get(status.value, 0) for status in VerifyStatus}

    def kinds(self) -> dict[str, int]:
        """How the rows that are not as asked differ, the most frequent first; nothing personal is in it."""
        sql = "SELECT kind, count(*) FROM verified WHERE status = 'not_as_asked' GROUP BY kind ORDER BY 2 DESC, 1"
        return dict(self._journal._select(sql))

    def missing_dnc(self, limit: int) -> tuple[int, list[tuple[int, str, VerifyStatus]]]:
        """How many rows set DNC whose contact is not DNC, and the first `limit`: (row number, contact, status). A row
        without a contact has an empty one."""
        wrong = f"{self._is_dnc} AND {_STATUS} NOT IN ('as_asked', 'superseded')"
        ((count,),) = self._journal._select(f"SELECT count(*) {_ROWS} WHERE {wrong}")
        sql = f"SELECT r.number, coalesce(r.phone, r.contact, ''), {_STATUS} {_ROWS} WHERE {wrong} ORDER BY r.ordinal"
        rows = self._journal._select(f"{sql} LIMIT ?", (limit,))
        return count, [(number, contact, VerifyStatus(status)) for number, contact, status in rows]

    def mismatches(self) -> Iterator[Mismatch]:
        """Yield the rows that are not as asked, and their duplicates, in input order."""
        rows = self._journal._select(
            "SELECT * FROM (SELECT r.cells, r.number, r.phone, r.repair, coalesce(r.outcome, 'pending'), r.code,"
            f" r.message, r.status, r.attempts, r.same_as, coalesce(v.contact_id, r.contact_id), {_STATUS} AS result,"
            f" coalesce(v.message, ''), v.at, {self._is_dnc} {_ROWS} ORDER BY r.ordinal)"
            " WHERE result NOT IN ('as_asked', 'superseded')"
        )
        for *rest, status, reason, read_at, is_dnc in rows:
            yield Mismatch._make([*rest, VerifyStatus(status), reason, read_at, bool(is_dnc)])
