"""What the unit tests share: plans and rows, and a server on loopback that does what a test tells it."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from batch.dispatcher.row_states import Event, State, next_transition
from batch.errors import BatchError
from batch.journal.entries import AttemptFinished, RowResult
from batch.journal.journal import Journal
from batch.model import ContactChange, Operation, Outcome, PlannedRow, RunPlan, SourceMeta
from batch.runs.folder.catalog import RunCatalog, read_progress
from batch.runs.folder.run_folder import RunProgress
from batch.settings.api_key import ApiKey

#: A key that must turn up nowhere.
CANARY = "gua_canary00_never-show-this"
KEY = ApiKey(CANARY)
DNC = ContactChange(status="DNC")
COMMAND = "c0ffee00" * 8
#: The outcome and code of a row whose contact a later run wrote.
SUPERSEDED = next_transition(State.QUEUED, Event.LATER_RUN_SUCCEEDED).end
SUCCESS = b'{"success":true,"message":"Contact marked as fulfilled successfully"}'


def plan(**changes: Any) -> RunPlan:
    """The plan of an update to DNC; `changes` replace its fields."""
    usual = RunPlan(
        run="20260131T090000Z-update-contacts-c0ffee00",
        verb="update",
        command_fingerprint=COMMAND,
        operation=Operation.UPDATE,
        base_url="https://api.guayaba.ai",
        key_fingerprint=KEY.fingerprint,
        source=SourceMeta("contacts.csv", "csv", "ab" * 32, ("Phone",), ("String",), {"phone": "Phone"}),
        change=DNC,
        stopping_statuses=("DNC", "paused"),
        rate=None,
        formats=(),
        planned_at=1_769_850_000.0,
    )
    return msgspec.structs.replace(usual, **changes)


def write_plan(journal: Journal, made: RunPlan, batches: Iterable[Sequence[PlannedRow]]) -> int:
    """The number of rows written: those of `made`, which is saved with them."""
    rows = journal.write_rows(batches, made.stopping_statuses, accounts=bool(made.accounts))
    journal.save_plan(made)
    return rows


def sendable(count: int, *, first: int = 2, change: ContactChange = DNC) -> list[PlannedRow]:
    """Rows to be sent, with row numbers from `first`."""
    return [
        PlannedRow(number, (f"+1212555{number:04d}",), f"+1212555{number:04d}", f"+1212555{number:04d}", change)
        for number in range(first, first + count)
    ]


def duplicate(number: int, of: int, *, change: ContactChange = DNC) -> PlannedRow:
    """A row that was folded into row `of`."""
    phone = f"+1212555{of:04d}"
    return PlannedRow(number, (phone,), phone, phone, change, Outcome.DUPLICATE, "same_contact", "", of)


def planned(path: Path, rows: Sequence[PlannedRow], **changes: Any) -> Journal:
    """A new journal at `path` that holds a plan of `rows`. Its connection is closed when nobody has the journal any
    more, as the end of a process does."""
    journal = Journal.create(path)
    weakref.finalize(journal, journal.db.close)
    write_plan(journal, plan(**changes), [rows])
    return journal


def found(ordinal: int, outcome: Outcome | None = Outcome.SUCCEEDED, **changes: Any) -> AttemptFinished:
    """What came of an attempt, its first unless `changes` say otherwise; with `attempt` `None`: of a look."""
    result = RowResult(ordinal, outcome, "confirmed", "", 1, False, "succeeded", 200)
    entry = AttemptFinished(result, attempt=1, at=10.0)
    own = {name: changes.pop(name) for name in AttemptFinished._fields if name in changes}
    return entry._replace(result=result._replace(**changes), **own)


# -- the wire -------------------------------------------------------------------------------------------------------

Reader: TypeAlias = asyncio.StreamReader
Writer: TypeAlias = asyncio.StreamWriter
#: What a server does once a request has been read whole.
Part = Callable[[Writer], Awaitable[None]]


@dataclass
class Log:
    """What a server saw: every connection that was accepted, every request that was read whole (head and body)."""

    url: str
    connections: int = 0
    requests: list[tuple[str, bytes]] = field(default_factory=list)


def reply(body: bytes = SUCCESS, status: str = "200 OK", *headers: str, length: int | None = None) -> bytes:
    """An HTTP answer; `length` is what it says of its length, right or wrong."""
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", *headers]
    lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def say(*parts: bytes, close: bool = False) -> Part:
    """Write `parts`, and hang up after them if `close`."""

    async def play(writer: Writer) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()
        if close:
            writer.close()

    return play


def reset(writer: Writer) -> None:
    """Close with RST instead of FIN."""
    wire = writer.get_extra_info("socket")
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@asynccontextmanager
async def serving(*parts: Part, tls: bool = False, at_once: Part | None = None) -> AsyncIterator[Log]:
    """A server that plays the n-th of `parts` for the n-th request (the last for all further ones).

    `at_once` is played as soon as a connection is accepted, and no request is read. `tls`: with a certificate that
    nobody trusts.
    """
    log = Log("")
    conversing: set[asyncio.Task[None]] = set()

    async def converse(reader: Reader, writer: Writer) -> None:
        log.connections += 1
        if at_once is not None:
            await at_once(writer)
            return
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            body = await reader.readexactly(_length(head))
            log.requests.append((head, body))
            await parts[min(len(log.requests), len(parts)) - 1](writer)

    async def accept(reader: Reader, writer: Writer) -> None:
        conversation = asyncio.create_task(converse(reader, writer))
        conversing.add(conversation)
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await conversation
        conversing.discard(conversation)
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    context = None
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(Path(__file__).parent / "guayaba" / "untrusted.pem")
    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    log.url = f"http{'s' if tls else ''}://127.0.0.1:{port}"
    try:
        yield log
    finally:
        server.close()
        for conversation in conversing:
            conversation.cancel()
        await asyncio.sleep(0.01)  # so that they close their sockets before the loop ends


def _length(head: str) -> int:
    for line in head.splitlines():
        name, _, value = line.partition(":")
        if name.lower() == "content-length":
            return int(value)
    return 0


def list_runs(out: Path) -> list[tuple[Path, RunPlan, RunProgress]]:
    """Every run below `out`, oldest first: its folder, its plan, and how far it is."""
    listed = []
    for entry in RunCatalog(out).runs():
        with suppress(BatchError):
            listed.append((entry.folder, entry.plan, read_progress(entry.folder)))
    return listed
