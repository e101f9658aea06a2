"""The store in a PostgreSQL database (extra `[postgres]`): one function, run by the server, by the server's clock.

Owns: the connection, making the tables, and what errors mean. The rules are in `quota.sql`.

What was committed is there after a crash, so a restart costs nothing but the time in which the server is away. Another
server (a failover, a restored backup) has another timeline: then nothing is given for one window.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.resources import files
from typing import Any, Final

import psycopg

from batch.dispatcher.quota_stores.interface import QuotaReply, QuotaRequest, StoreDown, StoreRefused
from batch.dispatcher.quota_stores.wire import quota_id, read_reply, request_json
from batch.settings.quota_store import StoreAddress

SCHEMA: Final = files(__package__).joinpath("quota.sql").read_text(encoding="utf-8")
_FUNCTION: Final = "guayaba_quota_2"
_CALL: Final = "SELECT guayaba_quota_2(%s)::text"
#: Taken while the tables are made, so that two users do not make them at once. Any number that nobody else uses.
_LOCK: Final = 0x677561796162


class PostgresStore:
    """A connection to the database at `address`. It is opened with the first request, and again after each error.

    `timeout` is the longest time of one round trip, in seconds. Tests give a `schema` with a clock of their own.
    """

    def __init__(self, address: StoreAddress, *, timeout: float, schema: str = SCHEMA) -> None:
        self._address, self._timeout, self._schema = address, timeout, schema
        self._connection: psycopg.Connection[Any] | None = None

    def exchange(self, requests: Sequence[QuotaRequest]) -> list[QuotaReply]:
        """The reply to each request. Raises StoreDown, and StoreRefused for a password or a right that is missing."""
        # In one order for all users: they lock the rows of quotas, and must not wait for each other in a circle.
        order = sorted(range(len(requests)), key=lambda at: quota_id(requests[at]))
        replies: dict[int, QuotaReply] = {}

        def run() -> None:
            connection = self._connection = self._connection or self._open()
            with connection.transaction():
                for at in order:
                    found = connection.execute(_CALL, (request_json(requests[at]),)).fetchone()
                    assert found is not None
                    replies[at] = read_reply(found[0])

        self._guarded(run)
        return [replies[at] for at in range(len(requests))]

    def connect(self) -> None:
        """Open the connection, if it is not open. Raises StoreRefused, StoreDown."""

        def run() -> None:
            self._connection = self._connection or self._open()

        self._guarded(run)

    def close(self) -> None:
        """Close the connection; the next request opens another one."""
        if self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.close()
            self._connection = None

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except psycopg.errors.InsufficientPrivilege as error:
            self.close()
            raise StoreRefused(_first_line(error)) from None
        except psycopg.Error as error:
            self.close()
            if _is_login(error):
                raise StoreRefused(_first_line(error)) from None
            raise StoreDown(_first_line(error)) from None

    def _open(self) -> psycopg.Connection[Any]:
        milliseconds = max(1, round(self._timeout * 1000))
        connection = psycopg.connect(
            self._address.reveal(),
            autocommit=True,
            connect_timeout=max(2, round(self._timeout)),
            tcp_user_timeout=milliseconds,
            application_name="guayaba-batch",
            prepare_threshold=None,  # a pooler may give each transaction another connection
        )
        try:
            connection.execute(f"SET statement_timeout = {milliseconds}")
            known = connection.execute("SELECT to_regproc(%s)", (_FUNCTION,)).fetchone()
            if known is None or known[0] is None:
                with connection.transaction():
                    connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
                    connection.execute(self._schema)
        except BaseException:
            connection.close()
            raise
        return connection


def _is_login(error: psycopg.Error) -> bool:
    """True where the server refuses the user or the database, which no waiting changes."""
    text = str(error)
    return any(words in text for words in ("password authentication failed", "no password supplied", "does not exist"))


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[:200]
