"""One HTTP/1.1 answer, out of the bytes that arrive. Pure, and strict: what is not certain is refused.

Owns: the bounds of an answer, what else of HTTP is refused here, and whether its connection may carry another.

An answer that is misread is worse than none: a row would be called done that is not. So there is one way to say how
long a body is (Content-Length once, or chunked, or the end of the connection), and a byte behind the end means that
the connection carries no other answer.
Source: RFC 9112 sections 6 and 9.3; RFC 9110 section 15.2. llhttp, strict as it is by default.
"""

from __future__ import annotations

import re
from typing import Final

import httptools

from batch.guayaba.usual_response import Response, read_usual_response
from batch.text.language import tr

#: The status line and headers, of all interim answers together. The documented ones take half a kilobyte.
LONGEST_HEAD: Final = 64 * 1024
_MOST_HEADERS: Final = 200
#: What may stand behind the status (RFC 9112 section 4); llhttp lets anything pass.
_REASON: Final = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")


class MalformedResponse(Exception):
    """This is no answer, or not the whole of one; the words say why."""


class ResponseParser:
    """Reads one answer of at most `longest` bytes of body. Once it has returned or raised, it is used up."""

    _arrived = _heads = _taken = 0  # bytes: in all, of headers, of the body
    _in_body = _to_the_end = _whole = _keeps = _surplus = False
    _status = 0
    _refusal = ""

    def __init__(self, longest: int) -> None:
        self._longest = longest

    def feed(self, arrived: bytes) -> Response | None:
        """The answer, once `arrived` brings its last byte. Raises Unreadable."""
        if not self._arrived:
            usual = read_usual_response(arrived, self._longest)
            if usual is not None:
                return usual
            self._begin(arrived)
        self._arrived += len(arrived)
        try:
            self._parser.feed_data(arrived)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as fault:
            self._surplus = self._whole
            self._refuse(tr("what arrived is not HTTP/1.1: {fault}", fault=fault))
        if self._whole:
            return self._answer()
        if self._arrived > self._longest + LONGEST_HEAD or (not self._in_body and self._arrived > LONGEST_HEAD):
            self._refuse(tr("the answer does not end"))
        if self._refusal:
            raise MalformedResponse(self._refusal)
        return None

    def end(self) -> Response:
        """The answer, where it ends with its connection. Raises Unreadable where it was cut."""
        if self._in_body and self._to_the_end:
            return self._answer()
        if not self._arrived:
            raise MalformedResponse(tr("the server closed the connection without an answer"))
        raise MalformedResponse(tr("the server closed the connection in the middle of its answer"))

    def _begin(self, arrived: bytes) -> None:
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self._parser = httptools.HttpResponseParser(self)
        if arrived[:1] in (b"\r", b"\n"):  # llhttp passes over it
            self._refuse(tr("an empty line arrived before the answer"))

    def _answer(self) -> Response:
        del self._parser  # it holds this reader: both would wait for the garbage collector, thousands a second
        if self._refusal:
            raise MalformedResponse(self._refusal)
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in self._headers]
        return Response(self._status, headers, b"".join(self._body), self._keeps and not self._surplus)

    def _refuse(self, why: str) -> None:
        if not (self._refusal or self._whole):
            self._refusal = why

    # -- what llhttp calls --------------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        self._surplus = self._whole

    def on_status(self, part: bytes) -> None:
        if not _REASON.fullmatch(part):
            self._refuse(tr("the text after the status of the answer cannot be read"))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._heads += len(name) + len(value)
        if not self._in_body:  # else it is a trailer, which may be dropped, or no longer ours
            self._headers.append((name.lower(), value.rstrip(b" \t")))
        if self._heads > LONGEST_HEAD or len(self._headers) > _MOST_HEADERS:
            self._refuse(
                tr(
                    "the answer's headers are more than {most_headers}, or longer than {longest_head} bytes",
                    most_headers=_MOST_HEADERS,
                    longest_head=LONGEST_HEAD,
                )
            )

    def on_headers_complete(self) -> None:
        if self._whole:
            return
        self._status = self._parser.get_status_code()
        if 100 <= self._status < 200 and self._status != 101:
            self._headers.clear()
            return
        self._in_body = True
        self._frame()

    def on_body(self, part: bytes) -> None:
        if self._whole:
            return
        self._body.append(part)
        self._taken += len(part)
        self._bound(self._taken)

    def on_message_complete(self) -> None:
        if self._in_body and not self._whole:
            self._keeps = self._parser.should_keep_alive() and self._parser.get_http_version() == "1.1"
            self._whole = True

    # -- what else is refused -----------------------------------------------------------------------------------------

    def _frame(self) -> None:  # noqa: C901 - one branch for each way to say a length
        """How the body ends. Anything that two readers could take differently is refused (RFC 9112, 6.3)."""
        version = self._parser.get_http_version()
        lengths, codings = [], []
        for name, value in self._headers:
            if name == b"content-length":
                lengths.append(value)
            elif name == b"transfer-encoding":
                codings.append(value.lower())
        self._to_the_end = not lengths and not codings and self._status not in (204, 304)
        if version not in ("1.0", "1.1"):
            self._refuse(tr("the answer is in HTTP {version}", version=version))
        if not 200 <= self._status <= 599:
            self._refuse(tr("the answer has the status {status}, which was not asked for", status=self._status))
        if codings and (codings != [b"chunked"] or lengths or version == "1.0"):
            self._refuse(tr("the answer states its length in contradictory ways"))
        if lengths and self._status != 304:
            self._bound(int(lengths[0]))

    def _bound(self, length: int) -> None:
        if length > self._longest:
            self._refuse(tr("the answer was longer than {longest} bytes", longest=self._longest))
