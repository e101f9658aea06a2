"""The wire against a server that misbehaves: what each fault must be taken for.

The server is a raw socket on loopback. "Never left" means that repeating cannot do harm, so it is claimed only where
the server's own log shows no request.
"""

from __future__ import annotations

import asyncio
import gzip
import logging
import select
import socket
import ssl
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import anyio
import pytest
from unit.harness import CANARY, KEY, SUCCESS, Log, Part, Writer, reply, reset, say, serving

from batch.errors import SettingsError
from batch.guayaba import byte_stream, connection, reads
from batch.guayaba.client import MAX_RESPONSE_BYTES, Client, open_client
from batch.guayaba.exchange import Exchange, Failure
from batch.guayaba.requests import build_request
from batch.model import ContactChange, Operation

CERTIFICATE = Path(__file__).parent / "untrusted.pem"
FULFIL = build_request(Operation.FULFILL, "+12125550123", ContactChange())
NO_ANSWER, NEVER_LEFT = Failure.NO_ANSWER, Failure.NEVER_LEFT
BIG = b'"' + b"x" * (MAX_RESPONSE_BYTES - 2) + b'"'
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def asked(
    *parts: Part,
    timeout: float = 5.0,
    times: int = 1,
    tls: bool = False,
    repeatable: bool = False,
    pause: float = 0.0,
) -> tuple[list[Exchange], Log]:
    """The exchanges of `times` writes, one after the other on one client, and the server's log."""

    async def main() -> tuple[list[Exchange], Log]:
        async with serving(*parts, tls=tls) as log, open_client(log.url, KEY, timeout=timeout, connections=1) as client:
            exchanges = []
            for _ in range(times):
                exchanges.append(await client.send(FULFIL, repeatable=repeatable))
                await anyio.sleep(pause)
            return exchanges, log

    return anyio.run(main)


def sent_to(url: str, timeout: float = 5.0) -> Exchange:
    """The exchange of one write to `url`."""

    async def main() -> Exchange:
        async with open_client(url, KEY, timeout=timeout, connections=1) as client:
            return await client.send(FULFIL)

    return anyio.run(main)


async def drip(writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    while not writer.transport.is_closing():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


async def drip_head(writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while not writer.transport.is_closing():
        writer.write(b"X-Slow: 1\r\n")
        await writer.drain()
        await asyncio.sleep(0.02)


async def silence(writer: Writer) -> None:
    await asyncio.sleep(30)


async def half_close(writer: Writer) -> None:
    writer.write_eof()
    await asyncio.sleep(30)


async def abort(writer: Writer) -> None:
    reset(writer)


async def cut_by_reset(writer: Writer) -> None:
    writer.write(reply(b'{"success"', length=len(SUCCESS)))
    await writer.drain()
    await asyncio.sleep(0.05)  # so that the first part arrives before the reset does
    reset(writer)


class Fault(NamedTuple):
    name: str
    part: Part
    status: int | None
    failure: Failure | None
    why: str
    timeout: float = 5.0


FAULTS = [
    Fault("drip", drip, None, NO_ANSWER, "each read is quick, the whole is not: the bound is on the total", 0.1),
    Fault("drip in the head", drip_head, None, NO_ANSWER, "the bound holds before there is a status, too", 0.1),
    Fault("silence", silence, None, NO_ANSWER, "the request was read: it may have had its effect", 0.1),
    Fault("hang up", say(close=True), None, NO_ANSWER, "read, then closed without a word"),
    Fault("half close", half_close, None, NO_ANSWER, "no word can follow any more"),
    Fault("reset", abort, None, NO_ANSWER, "the request had been read whole"),
    Fault("cut body", say(reply(length=999), close=True), None, NO_ANSWER, "shorter than it says it is"),
    Fault("cut by reset", cut_by_reset, None, NO_ANSWER, "half an answer is none"),
    Fault("cut head", say(b"HTTP/1.1 200 OK\r\nContent-", close=True), None, NO_ANSWER, "a status without its headers"),
    Fault("cut chunk", say(CHUNKED + b"ff\r\n{}", close=True), None, NO_ANSWER, "a chunk shorter than it says"),
    Fault("no last chunk", say(CHUNKED + b"2\r\n{}\r\n", close=True), None, NO_ANSWER, "chunks without their end"),
    Fault("garbage", say(b"\x00\xffSMTP 220 ready\r\n\r\n", close=True), None, NO_ANSWER, "this is not HTTP"),
    Fault("bad length", say(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"), None, NO_ANSWER, "no length"),
    Fault("bad status", say(reply(status="20x OK")), None, NO_ANSWER, "no status"),
    Fault("endless head", say(b"HTTP/1.1 200 OK\r\n", b"X: " + b"y" * 400_000), None, NO_ANSWER, "heads are bounded"),
    Fault("too long", say(reply(BIG + b" ")), None, NO_ANSWER, "one byte over 1 MiB, said beforehand"),
    Fault("too long in chunks", say(CHUNKED, *[b"10000\r\n" + b"x" * 65536 + b"\r\n"] * 17), None, NO_ANSWER, "unsaid"),
    Fault("as long as may be", say(reply(BIG)), 200, None, "1 MiB exactly is read"),
    Fault("no length, then closed", say(b"HTTP/1.0 200 OK\r\n\r\n" + SUCCESS, close=True), 200, None, "old but legal"),
    Fault("early hints", say(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", reply()), 200, None, "not the answer"),
    Fault("503", say(reply(b"", "503 Service Unavailable")), 503, None, "an answer without a body is one"),
    Fault("unknown status", say(reply(b"{}", "599 Odd")), 599, None, "the verdict judges it, not the wire"),
    Fault("204", say(b"HTTP/1.1 204 No Content\r\n\r\n"), 204, None, "no body is sent with it"),
]


@pytest.fixture(params=["protocol", "anyio's stream"])
def either_stream(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stream of asyncio, and that of any other event loop, which works under asyncio, too."""
    if request.param != "protocol":
        monkeypatch.setattr(byte_stream, "asyncio_loop", lambda: None)


@pytest.mark.usefixtures("either_stream")
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_taken_for_what_it_is(fault: Fault) -> None:
    """After a request was read whole, no fault of the server is called "never left", and none takes longer than its
    bound."""
    began = time.monotonic()
    [exchange], log = asked(fault.part, timeout=fault.timeout)
    assert (exchange.status, exchange.failure) == (fault.status, fault.failure), fault.why
    assert len(log.requests) == 1
    assert time.monotonic() - began < fault.timeout + 20
    assert bool(exchange.detail) == (fault.failure is not None)


def test_a_connection_reset_before_the_request_was_read_may_still_have_carried_it() -> None:
    """A server that accepts and resets at once leaves a doubt: how much it had read by then is not known."""

    async def main() -> tuple[Exchange, Log]:
        async with serving(at_once=abort) as log, open_client(log.url, KEY, timeout=2.0, connections=1) as client:
            return await client.send(FULFIL), log

    exchange, log = anyio.run(main)
    assert exchange.failure is NO_ANSWER
    assert log.connections == 1


# -- nothing left ---------------------------------------------------------------------------------------------------


def test_a_refused_connection_never_left() -> None:
    """Where nobody listens, nothing was sent."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    exchange = sent_to(f"http://127.0.0.1:{port}")
    assert exchange.failure is NEVER_LEFT
    assert exchange.detail


@pytest.mark.parametrize("host", ["nowhere.invalid", "a..b", "%41.b", f"{'a' * 64}.invalid"])
def test_a_host_that_is_not_found_never_left(host: str) -> None:
    """A name that does not exist, or that no resolver takes, is a failure of this side and not a crash."""
    assert sent_to(f"https://{host}", timeout=3.0).failure is NEVER_LEFT


def test_an_untrusted_certificate_never_left() -> None:
    """A server that cannot prove who it is sees neither the request nor the key."""
    [exchange], log = asked(say(reply()), tls=True)
    assert exchange.failure is NEVER_LEFT
    assert "CERTIFICATE_VERIFY_FAILED" in exchange.detail
    assert log.requests == []


def test_tls_to_a_server_that_speaks_none_never_left() -> None:
    """A handshake that is answered in plain HTTP ends before the request."""

    async def main() -> tuple[Exchange, Log]:
        async with serving(at_once=say(reply(b"{}", "400 Bad Request"), close=True)) as log:
            url = log.url.replace("http://", "https://")
            async with open_client(url, KEY, timeout=2.0, connections=1) as client:
                return await client.send(FULFIL), log

    exchange, log = anyio.run(main)
    assert exchange.failure is NEVER_LEFT
    assert log.connections == 1


def test_a_handshake_that_never_ends_never_left() -> None:
    """With 100 ms for everything, a server silent in the TLS handshake is left in time, and nothing was sent."""

    async def main() -> Exchange:
        async with serving(at_once=silence) as log:
            url = log.url.replace("http://", "https://")
            async with open_client(url, KEY, timeout=0.1, connections=1) as client:
                return await client.send(FULFIL)

    began = time.monotonic()
    assert anyio.run(main).failure is NEVER_LEFT
    assert time.monotonic() - began < 20


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux drops the SYN where the backlog is full")
def test_a_connection_that_never_comes_about_never_left() -> None:
    """With 100 ms for everything, a host that does not answer the SYN is left in time, and nothing was sent."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf:
        address = deaf.getsockname()
        crowd = [socket.socket() for _ in range(3)]
        for one in crowd:
            one.setblocking(False)
            one.connect_ex(address)
        select.select([deaf], [], [])  # the queue is full once it holds one
        began = time.monotonic()
        exchange = sent_to(f"http://127.0.0.1:{address[1]}", timeout=0.1)
        for one in crowd:
            one.close()
    assert exchange.failure is NEVER_LEFT
    assert time.monotonic() - began < 20


# -- one answer for one request -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("either_stream")
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_writes_that_may_be_repeated_share_a_connection(tls: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """One after the other, they need one handshake in all."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    exchanges, log = asked(say(reply()), times=5, repeatable=True, tls=tls)
    assert [exchange.status for exchange in exchanges] == [200] * 5
    assert (len(log.requests), log.connections) == (5, 1)
    assert not any("connection:" in head.lower() for head, _ in log.requests)


def test_a_write_that_must_not_be_repeated_has_a_connection_of_its_own() -> None:
    """Not even one that is idle is used: if it broke, nobody could say whether the write had been taken."""

    async def main() -> Log:
        async with serving(say(reply())) as log, open_client(log.url, KEY, timeout=2.0, connections=2) as client:
            for repeatable in (True, False, True, False):
                assert (await client.send(FULFIL, repeatable=repeatable)).status == 200
        return log

    log = anyio.run(main)
    assert (len(log.requests), log.connections) == (4, 3)
    assert ["connection: close" in head.lower() for head, _ in log.requests] == [False, True, False, True]


def test_a_connection_that_was_idle_for_long_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the time in which servers keep connections, a new one is made."""
    monkeypatch.setattr(connection, "KEPT_S", 0.05)
    exchanges, log = asked(say(reply()), times=3, repeatable=True, pause=0.1)
    assert [exchange.status for exchange in exchanges] == [200] * 3
    assert log.connections == 3


@pytest.mark.parametrize(
    "part",
    [
        pytest.param(say(reply(SUCCESS, "200 OK", "Connection: close")), id="as it said"),
        pytest.param(say(reply(), close=True), id="unannounced"),
        pytest.param(say(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}"), id="1.0"),
    ],
)
@pytest.mark.parametrize("repeatable", [False, True])
def test_a_connection_closed_between_requests_is_not_used_again(part: Part, repeatable: bool) -> None:
    """A server that hangs up after each answer costs a new connection and no write."""
    exchanges, log = asked(part, times=2, repeatable=repeatable, pause=0.1)  # the FIN arrives
    assert [exchange.status for exchange in exchanges] == [200, 200]
    assert (len(log.requests), log.connections) == (2, 2)


@pytest.mark.usefixtures("either_stream")
@pytest.mark.parametrize("end", [say(close=True), abort], ids=["hang up", "reset"])
def test_a_kept_connection_that_breaks_leaves_a_doubt_once(end: Part) -> None:
    """A write into a connection that the server is just closing may have arrived; after that none is kept."""
    exchanges, log = asked(say(reply()), end, say(reply()), times=5, repeatable=True, timeout=2.0)
    assert [exchange.failure for exchange in exchanges] == [None, NO_ANSWER, None, None, None]
    assert (len(log.requests), log.connections) == (5, 4)


@pytest.mark.usefixtures("either_stream")
@pytest.mark.parametrize(("tls", "status"), [(False, 200), (True, None)], ids=["plain", "tls"])
def test_under_tls_an_answer_that_is_cut_does_not_end(
    tls: bool, status: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer without a length ends with its connection, and anybody on the way can cut that: with TLS the server
    says where its stream ends."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))

    async def cut(writer: Writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + SUCCESS)
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.transport.abort()

    [exchange], _ = asked(cut, tls=tls)
    assert (exchange.status, exchange.failure) == (status, NO_ANSWER if tls else None)


def test_an_openssl_without_the_option_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenSSL 1.1.1, with which Python 3.11 may be built, knows no option to ignore the end of a stream."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    monkeypatch.delattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", raising=False)
    [exchange], _ = asked(say(reply()), tls=True)
    assert exchange.status == 200


def test_a_connection_that_talks_while_it_is_idle_is_not_read() -> None:
    """What a server sends unasked stays with it: no more than one read of it is in memory."""
    sent: list[int] = []

    async def flood(writer: Writer) -> None:
        writer.write(reply())
        await writer.drain()
        with suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                while sum(sent) < 64 << 20:
                    writer.write(b"x" * 65536)
                    await writer.drain()
                    sent.append(65536)

    exchanges, _ = asked(flood, repeatable=True, pause=0.6)
    assert exchanges[0].status == 200
    assert 0 < sum(sent) < 64 << 20


def test_a_late_answer_is_not_the_next_requests_answer() -> None:
    """What arrives after a time-out is never taken for the answer to another request."""

    async def late(writer: Writer) -> None:
        await asyncio.sleep(0.3)
        writer.write(reply(b'{"success":true,"n":1}'))

    async def main() -> tuple[Exchange, Exchange]:
        parts = [late, say(reply(b'{"success":true,"n":2}'))]
        async with serving(*parts) as log, open_client(log.url, KEY, timeout=0.2, connections=1) as client:
            first = await client.send(FULFIL, repeatable=True)
            await anyio.sleep(0.2)
            return first, await client.send(FULFIL, repeatable=True)

    first, second = anyio.run(main)
    assert first.failure is NO_ANSWER
    assert (second.status, second.body) == (200, b'{"success":true,"n":2}')


@pytest.mark.usefixtures("either_stream")
@pytest.mark.parametrize(
    "surplus",
    [
        pytest.param(b"}", id="longer than it says"),
        pytest.param(reply(b'{"success":true,"n":"stray"}'), id="two answers to one request"),
    ],
)
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("late", [None, 0.0, 0.05], ids=["in one", "at once", "later"])
@pytest.mark.parametrize("repeatable", [False, True])
def test_what_follows_an_answer_is_not_the_next_requests_answer(
    surplus: bytes, repeatable: bool, late: float | None, tls: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes behind an answer's end are nobody's: the next request is answered on a connection of its own."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))

    async def first(writer: Writer) -> None:
        answer = reply(b'{"success":true,"n":1}')
        writer.write(answer + surplus if late is None else answer)
        if late:
            await asyncio.sleep(late)
        writer.write(b"" if late is None else surplus)  # under TLS a record of its own

    exchanges, log = asked(
        first, say(reply(b'{"success":true,"n":2}')), times=2, timeout=60.0, repeatable=repeatable, pause=0.1, tls=tls
    )
    assert [exchange.body for exchange in exchanges] == [b'{"success":true,"n":1}', b'{"success":true,"n":2}']
    assert log.connections == 2


def test_more_tasks_than_connections_all_get_their_own_answer() -> None:
    """Requests that wait for a free connection are sent once each."""

    async def main() -> tuple[list[Exchange], Log]:
        found: list[Exchange] = []
        async with serving(say(reply())) as log, open_client(log.url, KEY, timeout=2.0, connections=2) as client:

            async def one() -> None:
                found.append(await client.send(FULFIL, repeatable=True))

            async with anyio.create_task_group() as tasks:
                for _ in range(10):
                    tasks.start_soon(one)
        return found, log

    found, log = anyio.run(main)
    assert [exchange.status for exchange in found] == [200] * 10
    assert (len(log.requests), log.connections) == (10, 2)


def test_a_connection_that_is_kept_counts_as_one() -> None:
    """With one connection in all, the one that is idle is closed before a write that must not use it opens another."""
    writers: list[Writer] = []
    gone: list[bool] = []

    async def answered(writer: Writer) -> None:
        writers.append(writer)
        await asyncio.sleep(0.05)
        gone.append(writers[0].transport.is_closing())
        writer.write(reply())

    async def main() -> None:
        async with serving(answered) as log, open_client(log.url, KEY, timeout=2.0, connections=1) as client:
            for repeatable in (True, False):
                assert (await client.send(FULFIL, repeatable=repeatable)).status == 200

    anyio.run(main)
    assert gone == [False, True]


def test_requests_that_were_left_take_no_connection_with_them() -> None:
    """After twenty time-outs, five at once, the next requests are answered, over connections that are still there."""

    async def main() -> tuple[list[Exchange], Log]:
        found: list[Exchange] = []
        parts = [silence] * 20 + [say(reply())]
        async with serving(*parts) as log, open_client(log.url, KEY, timeout=0.6, connections=5) as client:

            async def one() -> None:
                found.append(await client.send(FULFIL))

            for _ in range(5):
                async with anyio.create_task_group() as tasks:
                    for _ in range(5):
                        tasks.start_soon(one)
        return found, log

    found, log = anyio.run(main)
    assert [exchange.failure for exchange in found] == [NO_ANSWER] * 20 + [None] * 5
    assert len(log.requests) == 25


# -- where the key goes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_not_followed(status: str) -> None:
    """The place that a redirect points to sees no connection, so it can see no key."""

    async def main() -> tuple[Exchange, Log, Log]:
        async with serving(say(reply())) as canary:
            redirect = say(reply(b"", status, f"Location: {canary.url}/contacts/fulfill"))
            async with serving(redirect) as log, open_client(log.url, KEY, timeout=2.0, connections=1) as client:
                return await client.send(FULFIL), log, canary

    exchange, log, canary = anyio.run(main)
    assert exchange.status == int(status[:3])
    assert len(log.requests) == 1
    assert (canary.connections, canary.requests) == (0, [])


def test_loopback_goes_through_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy of the environment sees nothing of what goes to this machine."""

    async def main() -> tuple[Exchange, Log]:
        async with serving(say(reply())) as proxy, serving(say(reply())) as log:
            for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
                monkeypatch.setenv(name, proxy.url)
            async with open_client(log.url, KEY, timeout=2.0, connections=1) as client:
                return await client.send(FULFIL), proxy

    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    exchange, proxy = anyio.run(main)
    assert exchange.status == 200
    assert proxy.connections == 0


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_of_the_environment_is_asked_and_sees_no_key(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """Away from this machine the environment's proxy is used, and one that refuses the tunnel never had the request."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)

    async def main() -> tuple[Exchange, Log]:
        async with serving(say(reply(b"", "403 Forbidden"))) as proxy:
            monkeypatch.setenv(variable, proxy.url)
            async with open_client("https://api.guayaba.invalid", KEY, timeout=2.0, connections=1) as client:
                return await client.send(FULFIL), proxy

    exchange, proxy = anyio.run(main)
    assert exchange.failure is NEVER_LEFT
    [(head, body)] = proxy.requests
    assert head.startswith("CONNECT api.guayaba.invalid:443 ")
    assert CANARY not in head
    assert body == b""


@pytest.mark.parametrize("proxy", [None, "http://127.0.0.1:9"])
@pytest.mark.parametrize("text", [None, "no certificate\n"], ids=["missing", "not PEM"])
def test_certificates_that_cannot_be_read_are_refused_by_their_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str | None, proxy: str | None
) -> None:
    """A company's authority that is not there is named as the setting that it is, with a proxy and without."""
    authority = tmp_path / "ca.pem"
    if text is not None:
        authority.write_text(text)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    if proxy is not None:
        monkeypatch.setenv("HTTPS_PROXY", proxy)

    async def main() -> None:
        async with open_client("https://api.guayaba.ai", KEY, timeout=1.0, connections=1):
            pass

    with pytest.raises(SettingsError, match="SSL_CERT_FILE"):
        anyio.run(main)


def test_a_request_is_what_the_api_documents() -> None:
    """A write carries the key, JSON and its body, and asks for no compression."""
    _, log = asked(say(reply()))
    [(head, body)] = log.requests
    lines = head.lower().splitlines()
    assert lines[0] == "post /contacts/fulfill http/1.1"
    assert f"x-api-key: {CANARY}" in lines
    assert "content-type: application/json" in lines
    assert "accept-encoding: identity" in lines
    assert body == b'{"phone":"+12125550123"}'


def test_the_base_urls_path_comes_before_the_calls_own() -> None:
    """An address with a path, such as a gateway's, is kept in front of each call."""

    async def main() -> Log:
        async with serving(say(reply())) as log:
            async with open_client(f"{log.url}/gateway", KEY, timeout=2.0, connections=1) as client:
                await client.send(FULFIL)
            return log

    assert anyio.run(main).requests[0][0].startswith("POST /gateway/contacts/fulfill ")


@pytest.mark.parametrize(
    "encoding", [pytest.param("gzip", id="gzip"), pytest.param("br", id="br"), pytest.param("gzip, gzip", id="twice")]
)
def test_a_compressed_answer_is_not_opened(encoding: str) -> None:
    """A body that was compressed though nobody asked for it comes out empty, with its status: no success is read in."""
    bomb = gzip.compress(b"0" * 50_000_000, 1)
    [exchange], _ = asked(say(reply(bomb, "200 OK", f"Content-Encoding: {encoding}")))
    assert (exchange.status, exchange.body, exchange.failure) == (200, b"", None)


def test_what_an_answer_says_of_the_quota_is_read() -> None:
    """Limit, Remaining and Retry-After of an answer are in its exchange."""
    headers = ("X-RateLimit-Limit: 30", "X-RateLimit-Remaining: 7", "Retry-After: 12")
    [exchange], _ = asked(say(reply(b"{}", "429 Too Many Requests", *headers)))
    assert (exchange.quota.limit, exchange.quota.remaining, exchange.quota.retry_after) == (30, 7, 12.0)


@pytest.mark.parametrize(("status", "wait"), [("429 Too Many Requests", 3.0), ("200 OK", None)])
def test_the_body_of_a_refusal_says_how_long_to_wait(status: str, wait: float | None) -> None:
    """The `retryAfter` of a 429's body is in its exchange; that of any other answer is nothing to us."""
    [exchange], _ = asked(say(reply(b'{"success": true, "retryAfter": 3}', status)))
    assert exchange.quota.retry_after == wait


@pytest.mark.parametrize(
    "header",
    ["Date: Mon, 99 Foo 0000 99:99:99 +99999999", "X-RateLimit-Limit: nan", "Retry-After: -1e400", "Set-Cookie: =;=;"],
)
def test_an_absurd_header_breaks_nothing(header: str) -> None:
    """A header that makes no sense says nothing; the answer stays an answer."""
    [exchange], _ = asked(say(reply(SUCCESS, "200 OK", header)))
    assert (exchange.status, exchange.body) == (200, SUCCESS)


# -- reading --------------------------------------------------------------------------------------------------------


def looking(part: Part, use: Callable[[Client], Awaitable[object]]) -> tuple[object, Log]:
    """What `use` of a client found, and the server's log."""

    async def main() -> tuple[object, Log]:
        async with serving(part) as log, open_client(log.url, KEY, timeout=2.0, connections=1) as client:
            return await use(client), log

    return anyio.run(main)


def test_a_plus_in_a_search_leaves_as_percent_2b() -> None:
    """A look-up by phone sends %2B: a plain + would arrive as a space and find nobody."""
    found, log = looking(say(reply(b'{"contacts":[]}')), lambda client: reads.search_by_phone(client, "+12125550123"))
    line = log.requests[0][0].splitlines()[0]
    assert line.startswith("GET /contacts?")
    assert "search=%2B12125550123" in line
    assert "searchBy=phone" in line
    assert getattr(found, "contacts", None) == []


def test_no_log_shows_the_key_or_a_phone_number(caplog: pytest.LogCaptureFixture) -> None:
    """With every logger of the process at its most talkative, neither a key nor a whole number is logged (law 11)."""

    async def both(client: Client) -> None:
        await client.send(FULFIL)
        await reads.search_by_phone(client, "+12125550123")

    with caplog.at_level(logging.DEBUG):
        _, log = looking(say(reply(b'{"contacts":[]}')), both)
    told = "\n".join([caplog.text, *(str(vars(record)) for record in caplog.records)])
    assert len(log.requests) == 2
    assert CANARY not in told
    assert "2125550123" not in told


def test_no_word_of_an_exchange_or_client_shows_the_key() -> None:
    """A client, and a failure that it reports, hold no key in their words."""

    async def main() -> str:
        async with open_client("http://127.0.0.1:1", KEY, timeout=1.0, connections=1) as client:
            return repr(client) + repr(await client.send(FULFIL))

    assert CANARY not in anyio.run(main)
