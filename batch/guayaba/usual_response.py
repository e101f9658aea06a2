"""The usual HTTP/1.1 answer, read at once: it arrived whole, states its length, and keeps its connection. Pure.

Owns: the shape of an answer, and which ones are usual. Whatever is not, or is not certain, is left to
`response_parser.py`, which reads this one the same.

Nearly all answers are usual, and most of their header lines were read a moment ago, so each line is remembered for a
while: that takes a fifth of the time of a parser that calls back for each part.
Source: RFC 9112 sections 4 to 6; RFC 9110 section 5.6.2 (tokens).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

#: Heads of more bytes and of more lines are not usual.
_LONGEST_HEAD: Final = 4096
_MOST_LINES: Final = 64
_STATUS: Final = re.compile(rb"HTTP/1\.1 ([2-5][0-9][0-9]) [\t\x20-\x7e\x80-\xff]*")
#: A name, and a value that begins and ends with a visible character.
_HEADER: Final = re.compile(rb"([-!#$%&'*+.^_`|~0-9A-Za-z]+):[ \t]*([\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?)[ \t]*")
_LENGTH: Final = re.compile(r"[0-9]{1,9}")
#: Their answers have no body, whatever length they state.
_WITHOUT_BODY: Final = (204, 304)
#: What these say of the connection or the body is for the parser.
_OF_CONNECTION: Final = frozenset(
    {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)


class Response(NamedTuple):
    """A whole answer, its headers' names in lower case. `reusable`: its connection is as clean as before."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    reusable: bool


def read_usual_response(arrived: bytes, longest: int) -> Response | None:
    """The answer that is all of `arrived`, with a body of at most `longest` bytes; `None` where it is not usual."""
    head, end, body = arrived.partition(b"\r\n\r\n")
    if not end or len(head) > _LONGEST_HEAD:
        return None
    lines = head.split(b"\r\n")
    status = _read_status(lines[0])
    if status is None or len(lines) > _MOST_LINES:
        return None
    length, headers = -1, []
    for line in lines[1:]:
        header = _read_header(line)
        if header is None:
            return None
        if header[0] == "content-length":
            if length >= 0 or not _LENGTH.fullmatch(header[1]):
                return None
            length = int(header[1])
        headers.append(header)
    return Response(status, headers, body, True) if length == len(body) <= longest else None


@lru_cache(maxsize=16)
def _read_status(line: bytes) -> int | None:
    found = _STATUS.fullmatch(line)
    status = int(found[1]) if found else None
    return None if status in _WITHOUT_BODY else status


@lru_cache(maxsize=256)
def _read_header(line: bytes) -> tuple[str, str] | None:
    """The name and the value of a header; `None` where it is not a plain one, or is about the connection."""
    found = _HEADER.fullmatch(line)
    if found is None:
        return None
    name = found[1].decode("ascii").lower()
    if name in _OF_CONNECTION and found[0].lower() != b"connection: keep-alive":
        return None
    return name, found[2].decode("ascii")
