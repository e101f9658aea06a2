"""The gate in front of the API: the request log, the key, the limit, the faults and the headers.

Owns: the order of these, and what every answer carries. Does not own: the windows (`limits`), which faults strike
(`faults`), what the API answers (`app`).
Flow: arrival is logged -> unheard faults -> key -> limit -> faults in the API's place -> the API -> faults after
it -> the end is logged -> the wire.
Source: /authentication: the three X-RateLimit headers are on every response; reads are GET, the rest is a write.
"""

from __future__ import annotations

import asyncio
import logging
import math
from dataclasses import dataclass, replace
from email.utils import formatdate
from http import HTTPStatus
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from batch.sandbox import errors, wire
from batch.sandbox.faults import Fault, Faults, Struck
from batch.sandbox.jsontext import encode
from batch.sandbox.ledger import Ledger, fingerprint
from batch.sandbox.limits import Admission, Meter, RequestClass
from batch.sandbox.model import Clock
from batch.sandbox.wire import Reply

_LOG = logging.getLogger(__name__)
_READ_METHODS = ("GET", "HEAD", "OPTIONS")
_HTML = b"<!doctype html><title>One moment</title><h1>We will be right back</h1>\n"
_NO_BODY = (204, 304)


@dataclass(frozen=True, slots=True)
class _Caller:
    """Where a request comes from and what it asks; `key` is a fingerprint, None if no key was sent."""

    method: str
    path: str
    group: RequestClass
    key: str | None
    accepted: bool


@dataclass(frozen=True, slots=True)
class _End:
    """How a request ends: `reply` None means that nothing is answered; `half` that half of it is.

    `decided` is the status that the API itself reached, None if it never had the request; `spared` means that
    the main fault was not carried out, because the request was refused before it could be.
    """

    reply: Reply | None
    decided: int | None = None
    counted: bool = False
    hang: float = 0.0
    reset: bool = False
    half: bool = False
    spared: bool = False


@dataclass(frozen=True, slots=True)
class Gate:
    """ASGI middleware around the API; `latency` is seconds added to every answer, `started` monotonic."""

    app: ASGIApp
    ledger: Ledger
    meter: Meter
    faults: Faults
    clock: Clock
    latency: float
    started: float

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; the judge's own paths pass untouched."""
        if scope["type"] != "http" or is_judge(scope["path"]):
            await self.app(scope, receive, send)
            return
        body = await wire.read_body(receive)
        if body is None:
            return
        caller = _caller(scope)
        at, now = self.clock.wall(), self.clock.monotonic()
        struck = self.faults.strike(caller.method, caller.path, caller.group, now - self.started)
        request_id = self.ledger.arrived(
            at=at,
            key=caller.key,
            method=caller.method,
            path=caller.path,
            query=scope["query_string"].decode("ascii", "replace"),
            body=body,
            group=caller.group,
        )
        scope.setdefault("state", {})["request_id"] = request_id
        end = await self._end(scope, body, caller, struck, at, now)
        status, fault = end.reply.status if end.reply else None, struck.label(spared=end.spared)
        self.ledger.answered(request_id, status=status, decided=end.decided, fault=fault, counted=end.counted)
        await _deliver(send, end)

    async def _end(self, scope: Scope, body: bytes, caller: _Caller, struck: Struck, at: float, now: float) -> _End:
        fault = struck.main
        if fault and fault.stage == "unheard":
            return _End(None, hang=fault.number if fault.kind == "hang" else 0, reset=fault.kind != "hang")
        # Judged as it arrives, so that a slow answer does not move the request into a later window.
        early, admission = self._refusal(caller, struck, now)
        if pause := self.latency + (struck.tuning("slow") or 0) / 1000:
            await asyncio.sleep(pause)
        if early:
            reply = self._stamped(_refused(early, admission), admission, struck, at)
            return _End(reply, early.status, spared=not struck.has("revoke"))
        if fault and fault.stage == "before":
            reply = _in_place(fault, caller, admission)
            return _End(self._stamped(reply, admission, struck, at), counted=fault.kind != "throttle")
        if len(body) > wire.LARGEST_BODY:
            large = errors.Refusal(413, "Payload too large", f"The limit is {wire.LARGEST_BODY} bytes")
            reply = self._stamped(_refused(large, admission), admission, struck, at)
            return _End(reply, 413, counted=True, spared=True)
        reply = await self._api(scope, body)
        stamped = self._stamped(reply, admission, struck, at)
        if fault is None:
            return _End(stamped, reply.status, counted=True)
        return replace(_spoilt(fault, stamped), decided=reply.status, counted=True)

    def _refusal(self, caller: _Caller, struck: Struck, now: float) -> tuple[errors.Refusal | None, Admission]:
        """The 401 or 429 that the request meets at the gate, if any, and what its headers will show."""
        limit = struck.tuning("limit")
        override = None if limit is None else int(limit)
        if not caller.accepted or caller.key is None or struck.has("revoke"):
            return errors.unauthorized(), self.meter.peek(None, caller.group, now, override)
        if struck.main and struck.main.kind == "throttle":
            return None, self.meter.peek(caller.key, caller.group, now, override)
        admission = self.meter.admit(caller.key, caller.group, now, override)
        if not admission.admitted:
            return errors.too_many(caller.path, admission.retry_after), admission
        return None, admission

    async def _api(self, scope: Scope, body: bytes) -> Reply:
        scope["state"]["at"] = self.clock.wall()  # a write is stamped when it takes effect, not when it arrived
        try:
            return await wire.call(self.app, scope, body)
        except Exception:
            _LOG.exception("The sandbox itself failed on %s %s", scope["method"], scope["path"])
            return _json_reply(500, {"error": "Internal server error", "message": "Something went wrong"})

    def _stamped(self, reply: Reply, admission: Admission, struck: Struck, at: float) -> Reply:
        """The reply with Date and, unless a fault takes them away, the three headers of /authentication.

        The reset is counted from `at`, the arrival at which the window was asked.
        """
        skew = struck.tuning("skew") or 0
        date = formatdate(self.clock.wall() + skew, usegmt=True)
        headers = [*reply.headers, (b"Date", date.encode())]
        if not struck.has("no-limit-headers"):
            lie = struck.tuning("lie-remaining")
            remaining = admission.remaining if lie is None else int(lie)
            headers += [
                (b"X-RateLimit-Limit", b"%d" % admission.limit),
                (b"X-RateLimit-Remaining", b"%d" % remaining),
                (b"X-RateLimit-Reset", b"%d" % math.ceil(at + skew + admission.reset_in)),
            ]
        return replace(reply, headers=tuple(headers))


def is_judge(path: str) -> bool:
    """Whether a path is the judge's: without key, limit, faults and request log."""
    return path in ("/health", "/openapi.json") or path.startswith("/_sandbox/")


def _caller(scope: Scope) -> _Caller:
    """Who calls: a key is taken if it starts with `gua_` and goes on, and does not contain `revoked`."""
    key = next((value for name, value in scope["headers"] if name == b"x-api-key"), b"").decode("latin-1")
    accepted = key.startswith("gua_") and len(key) > len("gua_") and "revoked" not in key
    method = scope["method"]
    group: RequestClass = "read" if method in _READ_METHODS else "write"
    return _Caller(method, scope["path"], group, fingerprint(key) if key else None, accepted)


def _refused(refusal: errors.Refusal, admission: Admission) -> Reply:
    reply = _json_reply(refusal.status, refusal.body)
    return _retrying(reply, admission.retry_after) if refusal.status == HTTPStatus.TOO_MANY_REQUESTS else reply


def _in_place(fault: Fault, caller: _Caller, admission: Admission) -> Reply:
    """The answer that a fault gives in the API's place."""
    if fault.kind == "throttle":
        wait = fault.retry_after or admission.retry_after
        return _retrying(_json_reply(429, errors.too_many(caller.path, wait).body), wait)
    if fault.kind == "redirect":
        return Reply(307, ((b"Location", fault.value.encode()), (b"Content-Length", b"0")), b"")
    return _status_reply(fault)


def _spoilt(fault: Fault, reply: Reply) -> _End:
    """The end of a request whose effect took place and whose answer a fault spoils."""
    kept = tuple(pair for pair in reply.headers if not pair[0].lower().startswith(b"content-"))
    match fault.kind:
        case "cut-after":
            return _End(None)
        case "hang-after":
            return _End(None, hang=fault.number)
        case "cut-body":
            return _End(reply, half=True)
        case "html":
            page = (b"Content-Type", b"text/html; charset=utf-8"), (b"Content-Length", b"%d" % len(_HTML))
            return _End(Reply(200, (*kept, *page), _HTML))
        case "empty":
            return _End(Reply(200, (*kept, (b"Content-Length", b"0")), b""))
        case _:
            instead = _status_reply(fault)
            return _End(replace(instead, headers=(*kept, *instead.headers)))


def _status_reply(fault: Fault) -> Reply:
    """A bare answer of the fault's status, in the documented error shape."""
    status = int(fault.value)
    known = status in HTTPStatus._value2member_map_
    phrase = HTTPStatus(status).phrase if known else f"Status {status}"
    reply = _json_reply(status, {"error": phrase, "message": "Please try again later"})
    if status in _NO_BODY:
        reply = Reply(status, (), b"")
    return reply if fault.retry_after is None else _retrying(reply, fault.retry_after)


def _retrying(reply: Reply, seconds: int) -> Reply:
    return replace(reply, headers=(*reply.headers, (b"Retry-After", b"%d" % seconds)))


def _json_reply(status: int, body: Any) -> Reply:
    text = encode(body).encode()
    headers = (b"Content-Type", b"application/json"), (b"Content-Length", b"%d" % len(text))
    return Reply(status, headers, text)


async def _deliver(send: Send, end: _End) -> None:
    """Put the end on the wire; a hang lasts `end.hang` seconds and then closes the connection."""
    if end.hang:
        await asyncio.sleep(end.hang)
    if end.reply is None:
        wire.drop(send, reset=end.reset)
    elif end.half:
        await wire.send_half(send, end.reply)
        wire.drop(send, reset=False)
    else:
        await wire.send_reply(send, end.reply)
