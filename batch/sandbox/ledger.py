"""The judge's books: who asked for what and when, what was answered, and what it did.

Owns: the request log, the effect log and the action log (all in the store's file, all append-only but for a
request's answer, which is written when it is known). Does not own: deciding any of it.
A request is in the log before anything happens; its effects are in the same transaction as the change.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from batch.sandbox.jsontext import encode
from batch.sandbox.limits import RequestClass
from batch.sandbox.model import API_ACTION_LOG, Contact, Effect
from batch.sandbox.store import Store


def fingerprint(key: str) -> str:
    """The first 12 hex digits of the key's SHA-256: the only trace of a key anywhere in the sandbox."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:12]


class Ledger:
    """Appends to the three logs and reads them back, oldest first."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def arrived(
        self,
        *,
        at: float,
        key: str | None,
        method: str,
        path: str,
        query: str,
        body: bytes,
        group: RequestClass,
    ) -> int:
        """Note a request as it comes in; its id. `key` is a fingerprint, `at` Unix seconds."""
        return self._store.insert(
            "INSERT INTO requests (at, key, method, path, query, body, class) VALUES (?, ?, ?, ?, ?, ?, ?)",
            *(at, key, method, path, query, body.decode("utf-8", "replace") or None, group),
        )

    def answered(
        self, request_id: int, *, status: int | None, decided: int | None, fault: str | None, counted: bool
    ) -> None:
        """Note how a request ended.

        `status` is what the caller was told (None: the connection closed without an answer), `decided` what
        the API itself had concluded (None: a fault kept the request from it).
        """
        self._store.insert(
            "UPDATE requests SET status = ?, decided = ?, fault = ?, counted = ? WHERE id = ?",
            *(status, decided, fault, counted, request_id),
        )

    def acted(self, request_id: int, at: float, contact: Contact, operation: str, effects: Iterable[Effect]) -> None:
        """Note one write by API and everything it did; to be called inside the write's transaction.

        /contacts/update promises the log name `contacts-actions-by-api`; the pages of the other writes name
        none, and they are logged under the same one (our inference: they are made by API too).
        """
        who = (at, request_id, contact.id, contact.phone)
        self._store.insert(
            "INSERT INTO actions (at, request_id, contact_id, phone, name, operation) VALUES (?, ?, ?, ?, ?, ?)",
            *(*who, API_ACTION_LOG, operation),
        )
        self._store.insert_many(
            "INSERT INTO effects (at, request_id, contact_id, phone, kind, detail, action)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            ((*who, effect.kind, encode(effect.detail), API_ACTION_LOG) for effect in effects),
        )

    def requests(self, after: int, limit: int) -> list[dict[str, Any]]:
        """Requests with an id over `after`; `body` is its JSON value, or the text where it is none."""
        rows = self._store.rows("SELECT * FROM requests WHERE id > ? ORDER BY id LIMIT ?", after, limit)
        return [dict(row) | {"body": _value(row["body"]), "counted": bool(row["counted"])} for row in rows]

    def effects(self, after: int, limit: int) -> list[dict[str, Any]]:
        """Effects with an id over `after`, in the order they happened."""
        rows = self._store.rows("SELECT * FROM effects WHERE id > ? ORDER BY id LIMIT ?", after, limit)
        return [_with_phone_number(dict(row)) | {"detail": json.loads(row["detail"])} for row in rows]

    def actions(self, after: int, limit: int) -> list[dict[str, Any]]:
        """Entries of the action log with an id over `after`."""
        rows = self._store.rows("SELECT * FROM actions WHERE id > ? ORDER BY id LIMIT ?", after, limit)
        return [_with_phone_number(dict(row)) for row in rows]

    def schedule(self, phone: str | None, after: int, limit: int) -> list[dict[str, Any]]:
        """Pending actions, soonest first; only those of `phone` if it is given."""
        rows = self._store.rows(
            "SELECT schedule.*, phone FROM schedule JOIN contacts ON contacts.id = contact_id"
            " WHERE schedule.id > ?1 AND (?2 IS NULL OR phone = ?2) ORDER BY due_at, schedule.id LIMIT ?3",
            *(after, phone, limit),
        )
        return [_with_phone_number(dict(row)) for row in rows]


def _value(text: str | None) -> Any:
    try:
        return None if text is None else json.loads(text)
    except (ValueError, RecursionError):
        return text


def _with_phone_number(row: dict[str, Any]) -> dict[str, Any]:
    row["phoneNumber"] = row.pop("phone")
    return row
