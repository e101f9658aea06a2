"""Reading answers: one table of what is an answer and what is not, and laws that hold for any cut and any bytes.

h11, the library, is the second reader: what ours takes for an answer, h11 takes for the same one.
"""

from __future__ import annotations

import gc
from typing import NamedTuple

import h11
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from batch.guayaba.response_parser import LONGEST_HEAD, MalformedResponse, ResponseParser
from batch.guayaba.usual_response import Response, read_usual_response

LONGEST = 1000
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
PLAIN = OK + b"Content-Length: 2\r\n\r\n{}"


def read(raw: bytes, *cuts: int, closed: bool = True) -> Response | None:
    """The answer in `raw`, which arrives in parts cut at `cuts` and ends with the connection, if `closed`."""
    reader = ResponseParser(LONGEST)
    ends = sorted({min(cut, len(raw)) for cut in cuts} | {len(raw)})
    for begin, end in zip([0, *ends], ends, strict=False):
        answer = reader.feed(raw[begin:end])
        if answer is not None:
            whole = answer.reusable and end == len(raw)
            return answer._replace(reusable=whole)  # more would arrive, and be seen before the next request
    return reader.end() if closed else None


class Good(NamedTuple):
    name: str
    raw: bytes
    status: int
    body: bytes
    reusable: bool
    why: str


GOOD = [
    Good("length", PLAIN, 200, b"{}", True, "as documented"),
    Good("nothing", OK + b"Content-Length: 0\r\n\r\n", 200, b"", True, "no body is a body"),
    Good("surplus", PLAIN + b"}", 200, b"{}", False, "whose the last byte is, nobody knows"),
    Good("two answers", PLAIN + PLAIN, 200, b"{}", False, "one was asked for"),
    Good("chunks", CHUNKED + b"2\r\n{}\r\n0\r\n\r\n", 200, b"{}", True, "as a proxy may send it"),
    Good("chunk after chunk", CHUNKED + b"1\r\n{\r\n01\r\n}\r\n0\r\n\r\n", 200, b"{}", True, "sizes may have noughts"),
    Good("extension", CHUNKED + b'2;a="b"\r\n{}\r\n0\r\n\r\n', 200, b"{}", True, "RFC 9112 7.1.1: to be ignored"),
    Good("trailer", CHUNKED + b"2\r\n{}\r\n0\r\nX-Sum: 1\r\n\r\n", 200, b"{}", True, "RFC 9112 7.1.2: may be dropped"),
    Good("surplus chunk", CHUNKED + b"0\r\n\r\n0\r\n\r\n", 200, b"", False, "behind the end"),
    Good("closed", OK + b"\r\n{}", 200, b"{}", False, "old but legal: the end of the connection ends it"),
    Good("1.0", b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", 200, b"{}", False, "1.0 keeps nothing by itself"),
    Good("1.0 kept", b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", 200, b"", False, "no"),
    Good("said close", OK + b"Connection: Close\r\nContent-Length: 0\r\n\r\n", 200, b"", False, "it hangs up"),
    Good("close in a list", OK + b"Connection: x, close\r\nContent-Length: 0\r\n\r\n", 200, b"", False, "also so"),
    Good("close twice", OK + b"Connection: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", 200, b"", False, "so"),
    Good("204", b"HTTP/1.1 204 No Content\r\n\r\n", 204, b"", True, "it has no body by definition"),
    Good("204 with one", b"HTTP/1.1 204 No\r\nContent-Length: 2\r\n\r\n{}", 204, b"", False, "then that is surplus"),
    Good("304", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", 304, b"", True, "its length is of another"),
    Good("interim", b"HTTP/1.1 100 Go\r\n\r\nHTTP/1.1 103 Hints\r\nX: y\r\n\r\n" + PLAIN, 200, b"{}", True, "not yet"),
    Good("no reason", b"HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", 200, b"", True, "the words may be missing"),
    Good("no space", b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", 200, b"", True, "with their space"),
    Good("foreign words", b"HTTP/1.1 200 \xc3\xa0\r\nContent-Length: 0\r\n\r\n", 200, b"", True, "they say nothing"),
    Good("as long as may be", OK + b"Content-Length: 1000\r\n\r\n" + b"x" * 1000, 200, b"x" * 1000, True, "the bound"),
    Good("odd header", OK + b"X_y!: \t a \xff\t \r\nContent-Length: 0\r\n\r\n", 200, b"", True, "legal, if not pretty"),
]  # fmt: skip


@pytest.mark.parametrize("good", GOOD, ids=lambda good: good.name)
def test_an_answer_is_read_to_its_end_and_no_further(good: Good) -> None:
    """What is an answer comes out with its status and body, and says whether its connection is clean."""
    answer = read(good.raw)
    assert answer is not None
    assert (answer.status, answer.body, answer.reusable) == (good.status, good.body, good.reusable), good.why


class Bad(NamedTuple):
    name: str
    raw: bytes
    why: str


BAD = [
    Bad("nothing", b"", "closed the connection"),
    Bad("half a head", OK + b"Content-", "cut"),
    Bad("half a body", OK + b"Content-Length: 3\r\n\r\n{}", "cut"),
    Bad("interim only", b"HTTP/1.1 100 Continue\r\n\r\n", "cut before the answer"),
    Bad("switch", b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "nobody asked to"),
    Bad("switch, then an answer", b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + PLAIN, "in which protocol?"),
    Bad("two lengths", OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ", "which?"),
    Bad("one length twice", OK + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", "RFC 9110 8.6 lets us refuse"),
    Bad("list of lengths", OK + b"Content-Length: 2, 2\r\n\r\n{}", "the same, on one line"),
    Bad("negative", OK + b"Content-Length: -2\r\n\r\n{}", "no length"),
    Bad("signed", OK + b"Content-Length: +2\r\n\r\n{}", "int() would take it"),
    Bad("grouped", OK + b"Content-Length: 1_0\r\n\r\n0123456789", "int() would take it"),
    Bad("hexadecimal", OK + b"Content-Length: 0x2\r\n\r\n{}", "no length"),
    Bad("foreign digits", OK + "Content-Length: ²\r\n\r\n{}".encode("latin-1"), "isdigit() would take it"),
    Bad("empty length", OK + b"Content-Length:\r\n\r\n", "no length"),
    Bad("endless length", OK + b"Content-Length: " + b"9" * 400 + b"\r\n\r\n", "bounded"),
    Bad("one too long", OK + b"Content-Length: 1001\r\n\r\n" + b"x" * 1001, "over the bound, said beforehand"),
    Bad("length and chunks", OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "smuggling"),
    Bad("unknown coding", OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "not asked for"),
    Bad("identity", OK + b"Transfer-Encoding: identity\r\n\r\n", "abolished, and ambiguous"),
    Bad("coding twice", CHUNKED[:-2] + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "chunks in chunks?"),
    Bad("chunks in 1.0", b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "RFC 9112 6.1"),
    Bad("no size", CHUNKED + b"\r\n{}\r\n0\r\n\r\n", "a size is needed"),
    Bad("signed size", CHUNKED + b"+2\r\n{}\r\n0\r\n\r\n", "int() would take it"),
    Bad("prefixed size", CHUNKED + b"0x2\r\n{}\r\n0\r\n\r\n", "int() would take it"),
    Bad("spaced size", CHUNKED + b" 2\r\n{}\r\n0\r\n\r\n", "nothing before it"),
    Bad("endless size", CHUNKED + b"0" * 300, "bounded, with no end in sight"),
    Bad("huge size", CHUNKED + b"fffffff\r\n", "over the bound, said beforehand"),
    Bad(
        "chunks too long", CHUNKED + b"1f4\r\n" + b"x" * 500 + b"\r\n1f5\r\n" + b"x" * 501 + b"\r\n0\r\n\r\n", "in all"
    ),
    Bad("chunk too short", CHUNKED + b"3\r\n{}\r\n0\r\n\r\n", "its end is not where it says"),
    Bad("chunk too long", CHUNKED + b"1\r\n{}\r\n0\r\n\r\n", "its end is not where it says"),
    Bad("no last chunk", CHUNKED + b"2\r\n{}\r\n", "cut"),
    Bad("no last line", CHUNKED + b"0\r\n", "cut"),
    Bad("bad trailer", CHUNKED + b"0\r\n???\r\n\r\n", "not a header"),
    Bad("trailers without end", CHUNKED + b"0\r\n" + b"X: 1\r\n" * 20_000, "bounded"),
    Bad("closed too late", OK + b"\r\n" + b"x" * 1001, "one over the bound, unsaid"),
    Bad("garbage", b"\x00\xffSMTP 220 ready\r\n\r\n", "not HTTP"),
    Bad("empty line first", b"\r\n" + PLAIN, "left over from what was before?"),
    Bad("http 2", b"HTTP/2 200 OK\r\n\r\n", "another language"),
    Bad("http 1.2", b"HTTP/1.2 200 OK\r\n\r\n", "no such version"),
    Bad("lower case", b"http/1.1 200 OK\r\n\r\n", "not HTTP"),
    Bad("short status", b"HTTP/1.1 20 OK\r\n\r\n", "three digits"),
    Bad("long status", b"HTTP/1.1 2000 OK\r\n\r\n", "three digits"),
    Bad("status 099", b"HTTP/1.1 099 OK\r\n\r\n", "no such class"),
    Bad("status 600", b"HTTP/1.1 600 OK\r\n\r\n", "no such class"),
    Bad("nought in the words", b"HTTP/1.1 200 O\x00K\r\nContent-Length: 0\r\n\r\n", "not text"),
    Bad("two spaces", b"HTTP/1.1  200 OK\r\n\r\n", "not by the letter"),
    Bad("bare newlines", b"HTTP/1.1 200 OK\nContent-Length: 0\n\n", "a second reader may see other lines"),
    Bad("bare newline inside", OK + b"X: a\nContent-Length: 0\r\n\r\n", "one header or two?"),
    Bad("bare return inside", OK + b"X: a\rContent-Length: 0\r\n\r\n", "one header or two?"),
    Bad("nought inside", OK + b"X: a\x00b\r\n\r\n", "C would stop there"),
    Bad("folded", OK + b"X: a\r\n b\r\n\r\n", "abolished"),
    Bad("no colon", OK + b"X\r\n\r\n", "not a header"),
    Bad("no name", OK + b": x\r\n\r\n", "not a header"),
    Bad("space before colon", OK + b"Content-Length : 0\r\n\r\n", "RFC 9112 5.1: smuggling"),
    Bad("foreign name", OK + b"X\xe9: 1\r\n\r\n", "names are ASCII"),
    Bad("flood", OK + b"X: 1\r\n" * 201 + b"\r\n", "more headers than anybody needs"),
    Bad("endless header", OK + b"X: " + b"y" * LONGEST_HEAD, "bounded, with no end in sight"),
    Bad("spaces without end", OK + b"X:" + b" " * 60_000 + b"\x01\r\n\r\n", "in no time, either"),
    Bad("interim flood", b"HTTP/1.1 103 Hints\r\nX: yyyyyyyyyyyyyyyyyyyy\r\n\r\n" * 2000, "bounded in all"),
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
@pytest.mark.parametrize("cut", ["whole", "in parts"])
def test_what_is_not_surely_an_answer_is_none(bad: Bad, cut: str) -> None:
    """Cut, ambiguous, overlong or malformed: it is refused, with a reason, whole or in parts."""
    with pytest.raises(MalformedResponse, match=r".") as refused:
        read(bad.raw, *(range(0, len(bad.raw), 7) if cut == "in parts" else ()))
    assert refused.value.args[0].isprintable(), bad.why


@example(PLAIN + PLAIN, [40])  # the second one's headers are not the first one's
@given(st.sampled_from([good.raw for good in GOOD]), st.lists(st.integers(0, 1100)))
def test_how_an_answer_is_cut_makes_no_difference(raw: bytes, cuts: list[int]) -> None:
    """An answer that arrives in parts is the one that arrives whole."""
    assert read(raw, *cuts) == read(raw)


ENDLESS = [
    (OK + b"X: ", b"y" * 100, "a header"),
    (OK, b"X: y\r\n", "headers"),
    (b"", b"HTTP/1.1 103 Hints\r\n\r\n", "interim answers"),
    (CHUNKED + b"2;", b"x" * 100, "what follows the size of a chunk"),
    (CHUNKED + b"0\r\nX: ", b"y" * 100, "a trailer"),
    (OK + b"\r\n", b"x" * 100, "the body"),
]


@pytest.mark.parametrize(("begin", "more", "what"), ENDLESS, ids=[what for _, _, what in ENDLESS])
def test_nothing_is_read_without_end(begin: bytes, more: bytes, what: str) -> None:
    """Whatever does not end is refused before it is longer than head and body may be together."""
    reader = ResponseParser(LONGEST)
    arrived = len(begin)
    with pytest.raises(MalformedResponse):
        reader.feed(begin)
        while arrived <= LONGEST + LONGEST_HEAD:
            arrived += len(more)
            assert reader.feed(more) is None, what


def by_h11(raw: bytes) -> tuple[int, bytes] | None:
    """Status and body as h11 reads them; `None` where it refuses."""
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=LONGEST_HEAD)
    connection.send(h11.Request(method="POST", target="/", headers=[("Host", "x")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(raw)
    connection.receive_data(b"")
    status, body = 0, b""
    try:
        while not isinstance(event := connection.next_event(), h11.EndOfMessage):
            if isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif not isinstance(event, h11.InformationalResponse):
                return None
    except h11.RemoteProtocolError:
        return None
    return status, body


_PIECES = st.sampled_from(
    [b"HTTP/1.1 200 OK", b"HTTP/1.0 404 Not Found", b"HTTP/1.1 204 No", b"Connection: close",
     b"Content-Length: 2", b"Content-Length: 0", b"Content-Length: 3", b"Transfer-Encoding: chunked", b"X: y",
     b"\r\n", b"\r\n\r\n", b"\n", b" ", b"{}", b"0", b"2", b"a", b"\x00", b"\xff", b";x"]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=14).map(b"".join) | st.sampled_from([good.raw for good in GOOD]))
@example(OK + b"Transfer-Encoding: chunked\r\n\r\n2;x\r\n{}\r\n0\r\n\r\n")
def test_what_we_read_a_library_reads_the_same(raw: bytes) -> None:
    """Of any bytes: where there is an answer for us, h11 sees that answer, too. The reverse need not hold.

    (But llhttp passes over an empty line behind an interim answer: there are none among the pieces.)
    """
    try:
        answer = read(raw)
    except MalformedResponse:
        return
    assert answer is not None
    assert (answer.status, answer.body) == by_h11(raw)


_HEADS = st.lists(
    st.sampled_from(
        [b"Content-Length: 2", b"content-length:2", b"Content-Length: 02", b"Content-Length: +2",
         b"Content-Length: 9999",
         b"Date: Mon, 30 Nov 2026 10:00:00 GMT", b"X-RateLimit-Remaining:  29 ", b"X: a\tb", b"X:", b"X:\t", b"X : y",
         b"X: \x7f", b"X: \xe9", b"X\xe9: y", b"X: a\nY: b", b"X: a\rY: b", b" folded", b"Connection: close",
         b"Connection: keep-alive", b"Connection: Keep-Alive", b"Connection: keep-alive, close", b"Upgrade: h2c",
         b"Transfer-Encoding: chunked", b"Proxy-Connection: close", b"Keep-Alive: timeout=5", b"Trailer: X", b""]
    ),
    max_size=6,
)  # fmt: skip
_STATUSES = st.sampled_from(
    [b"HTTP/1.1 200 OK", b"HTTP/1.1 204 No Content", b"HTTP/1.1 304 Not Modified", b"HTTP/1.1 100 Continue",
     b"HTTP/1.1 429 ", b"HTTP/1.1 200", b"HTTP/1.0 200 OK", b"HTTP/1.1 200 O\x00K", b"HTTP/1.1 600 X",
     b"HTTP/1.1 2xx X"]
)  # fmt: skip


@given(_STATUSES, _HEADS, st.sampled_from([b"", b"{", b"{}", b"{}}", b"{}" + PLAIN]))
@example(b"HTTP/1.1 200 OK", [b"Content-Length: 2", b"Content-Length: 2"], b"{}")
@example(b"HTTP/1.1 204 No Content", [b"Content-Length: 2"], b"{}")
def test_the_usual_answer_is_the_one_of_the_parser(status: bytes, head: list[bytes], body: bytes) -> None:
    """Of any bytes: what is read at once is what the parser reads where the same bytes arrive one by one."""
    raw = b"\r\n".join([status, *head, b"", body])
    usual = read_usual_response(raw, LONGEST)
    if usual is not None:
        assert usual == read(raw, *range(len(raw)), closed=False)


@pytest.mark.parametrize("name", ["length", "nothing", "as long as may be"])
def test_the_documented_answer_is_usual(name: str) -> None:
    """An answer as documented is read at once: that is what a run of many rows is fast by."""
    (raw,) = (good.raw for good in GOOD if good.name == name)
    assert read_usual_response(raw, LONGEST) == read(raw, *range(len(raw)))


def test_a_header_that_comes_twice_is_joined() -> None:
    """Values of one name are joined by commas, so that a contradiction is one and not a choice."""
    answer = read(OK + b"Retry-After: 1\r\nretry-after: 2\r\nContent-Length: 0\r\n\r\n")
    assert answer is not None
    assert answer.headers == [("retry-after", "1"), ("retry-after", "2"), ("content-length", "0")]


def test_a_reader_leaves_nothing_to_the_garbage_collector() -> None:
    """A reader and its parser hold each other only until the answer is whole."""
    gc.collect()
    gc.disable()
    try:
        for _ in range(1000):
            assert ResponseParser(LONGEST).feed(CHUNKED + b"0\r\n\r\n") is not None
        assert gc.collect() < 1000
    finally:
        gc.enable()
