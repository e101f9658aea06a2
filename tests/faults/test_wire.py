"""The wire: one run in which every contact's first write meets a fault of its own, over real sockets.

What must hold for each: the row ends as the table says, the contact is written exactly once, nothing that the peer
sends shows up where it must not, and the key goes to the peer and to nobody else.
"""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from cli.harness import KEY, Ended, Program, numbers, write_csv
from faults.faulty_server import Fault, Peer, drips, floods, half_closes, hangs, http_date, reply, resets, says, serving
from faults.secrets import canary_in

from batch.errors import Exit

HTML = b"<html><script>alert(1)</script></html>"
BOMB = gzip.compress(b"\0" * 30_000_000, 1)
LATE = reply(b'{"success": true, "contact": {"phoneNumber": "+19995550199"}}')
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


class Row(NamedTuple):
    """A fault, and what the row must say in the end: how it was settled."""

    fault: Fault
    outcome: str
    codes: tuple[str, ...]


def done(name: str, play: object, *, effect: bool) -> Row:
    """A fault after which the row is done all the same: read back where it took effect, else sent once more."""
    return Row(Fault(name, play, effect), "succeeded", ("read_back",) if effect else ("confirmed",))  # type: ignore[arg-type]


def table(canary: int) -> list[Row]:
    """Every fault of the wire; `canary` is the port of another host."""
    elsewhere = f"Location: http://localhost:{canary}/contacts/update"
    return [
        done("an answer that drips past the deadline", drips, effect=True),
        done("the same, before any effect", drips, effect=False),
        done("gone without a word, after the effect", hangs, effect=True),
        done("gone without a word, before any effect", hangs, effect=False),
        done("reset after the effect", resets, effect=True),
        done("reset before any effect", resets, effect=False),
        done("a reply cut in its headers", says(b"HTTP/1.1 200 OK\r\nContent-"), effect=True),
        done("a reply cut in its body", says(reply(b'{"success": tr', length=400)), effect=True),
        done("half closed, after the effect", half_closes, effect=True),
        done("half closed, before any effect", half_closes, effect=False),
        done("closed without an answer", says(), effect=False),
        done("a garbage status line", says(b"\x16\x03\x01\x00\xffgarbage\r\n\r\n"), effect=True),
        done("HTTP/9.9", says(b"HTTP/9.9 200 Fine\r\n\r\n"), effect=True),
        done("two Content-Lengths", says(reply(b"{}", "Content-Length: 99")), effect=True),
        done("a negative Content-Length", says(reply(b"", length=-5)), effect=True),
        done("a flood of headers", says(reply(b"{}", *[f"X-{n}: {'y' * 500}" for n in range(600)])), effect=True),
        done("an answer without end", floods, effect=True),
        done("a gzip bomb that nobody asked for", says(reply(BOMB, "Content-Encoding: gzip")), effect=True),
        done("broken chunks", says(CHUNKED + b"zz\r\nnot hexadecimal\r\n"), effect=True),
        done("chunks that never end", says(CHUNKED + b"5\r\nhello\r\n"), effect=True),
        done("200 with a login page", says(reply(HTML)), effect=True),
        done("the same, and nothing was done", says(reply(HTML)), effect=False),
        done("200 with wrong types", says(reply(b'{"success": "yes", "contact": 7}')), effect=True),
        done("200 with brackets without end", says(reply(b"[" * 500_000)), effect=True),
        done("200 that is not UTF-8", says(reply(b'{"success": true, "message": "\xff\xfe"}')), effect=True),
        done("204 without a word", says(b"HTTP/1.1 204 No Content\r\n\r\n"), effect=True),
        done("200 about somebody else", says(LATE), effect=False),
        done("500 after the effect", says(reply(b"{}", status="500 Oops")), effect=True),
        done("500 before any effect", says(reply(b"{}", status="500 Oops")), effect=False),
        done("502 from a gateway", says(reply(HTML, status="502 Bad Gateway")), effect=True),
        done("503 before any effect", says(reply(b"{}", status="503 Busy")), effect=False),
        done("429 without a Retry-After", says(reply(b"{}", status="429 Slow")), effect=False),
        done("429, Retry-After: 0", says(reply(b"{}", "Retry-After: 0", status="429 Slow")), effect=False),
        done("429, Retry-After: -5", says(reply(b"{}", "Retry-After: -5", status="429 Slow")), effect=False),
        done("429, Retry-After: soon", says(reply(b"{}", "Retry-After: soon", status="429 Slow")), effect=False),
        done("429, Retry-After: NaN", says(reply(b"{}", "Retry-After: nan", status="429 Slow")), effect=False),
        done(
            "429, Retry-After: a date", says(reply(b"{}", f"Retry-After: {http_date(1)}", status="429 Slow")),
            effect=False,
        ),
        Row(
            Fault("a Remaining that lies", says(
                reply(b'{"success": true}', "X-RateLimit-Remaining: -7", "X-RateLimit-Limit: 9999999999999")), True),
            "succeeded", ("confirmed",),
        ),
        Row(
            Fault("a quota of nonsense", says(reply(
                b'{"success": true}', "X-RateLimit-Remaining: many", "X-RateLimit-Reset: 1e400")),
                True),
            "succeeded", ("confirmed",),
        ),
        Row(
            Fault("an answer with another behind it", says(reply(b'{"success": true}') + reply(
                b'{"success": false}', status="400 Bad")), True),
            "succeeded", ("confirmed", "read_back"),
        ),
        Row(Fault("302 to another host", says(reply(b"", elsewhere, status="302 Found"))), "rejected", ("redirected",)),
        Row(Fault("307 to another host", says(reply(b"", elsewhere, status="307 Again"))), "rejected", ("redirected",)),
        Row(Fault("400 with terminal escapes", says(reply(
            b'{"error": "\\u001b[2J\\u001b]0;owned\\u0007", "message": "=cmd|x"}', status="400 Bad"))),
            "rejected", ("bad_request",)),
        Row(Fault("404 from a proxy", says(reply(HTML, status="404 Not Found"))), "rejected", ("refused",)),
        Row(Fault("404 from the API: nobody's number", says(reply(
            b'{"error": "Contact not found"}', status="404 Not Found"))), "not_found", ("contact_not_found",)),
        Row(Fault("418", says(reply(b"{}", status="418 Teapot"))), "rejected", ("refused",)),
    ]  # fmt: skip


class Behaviour(NamedTuple):
    """The run, its peer, the table with its phone numbers, and what reached the other host."""

    ended: Ended
    peer: Peer
    rows: dict[str, Row]
    canary: list[bytes]
    program: Program


@pytest.fixture(scope="module")
def behaviour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behaviour]:
    """One run over every fault of the table."""
    caught: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.settimeout(120)

        def listen() -> None:
            while True:
                try:
                    connection, _ = other.accept()
                except OSError:
                    return
                caught.append(connection.recv(65536))
                connection.close()

        threading.Thread(target=listen, daemon=True).start()
        rows = dict(zip(numbers(100), table(other.getsockname()[1]), strict=False))
        program = Program(tmp_path_factory.mktemp("wire"))
        write_csv(
            program.folder / "in.csv", ["Name", "Phone"], [[row.fault.name, phone] for phone, row in rows.items()]
        )
        with serving({phone: row.fault for phone, row in rows.items()}) as peer:
            ended = program(
                "update", "in.csv", "--status", "DNC", "--base-url", peer.url, "--yes", "--timeout", "2s", "--window",
                "1s", "--rate", "600/min",
            )  # fmt: skip
            yield Behaviour(ended, peer, rows, caught, program)


NAMES = [row.fault.name for row in table(0)]


@pytest.mark.parametrize("at", range(len(NAMES)), ids=NAMES)
def test_the_row_ends_as_it_must(behaviour: Behaviour, at: int) -> None:
    """Whatever the peer does to a write, the row's last word is true and its contact was written exactly once."""
    assert behaviour.ended.code == Exit.SOME_ROWS, behaviour.ended.err
    phone, row = list(behaviour.rows.items())[at]
    found = behaviour.ended.report()[at]
    assert (found["_outcome"], found["_code"] in row.codes) == (row.outcome, True), found
    assert behaviour.peer.effects[phone] == (row.outcome == "succeeded")


def test_the_key_and_the_request_never_reach_another_host(behaviour: Behaviour) -> None:
    """No redirect is followed: the other host heard nothing at all."""
    assert behaviour.ended.outcomes()["rejected"]
    assert behaviour.canary == []


def test_the_key_is_in_no_file_and_no_word(behaviour: Behaviour) -> None:
    """After all these faults the key stands in no report, journal, state file, page or message."""
    assert canary_in(behaviour.program.folder, KEY) == []
    assert KEY not in behaviour.ended.out + behaviour.ended.err


def test_what_a_server_says_emits_no_control_character(behaviour: Behaviour) -> None:
    """The escapes in the server's words are gone from the terminal and from the reports."""
    for text in (behaviour.ended.out, behaviour.ended.err, (behaviour.ended.run / "outcomes.csv").read_text()):
        assert "\x1b" not in text and "\x07" not in text


def test_an_answer_that_drips_is_not_waited_for(behaviour: Behaviour) -> None:
    """The bound of an attempt is one of its whole time, not of the pause between two bytes."""
    assert len(behaviour.peer.dripped) == 2
    assert max(behaviour.peer.dripped) < 15, "of 30 seconds of dripping, with a bound of 2"


def test_phone_numbers_are_masked_in_all_talk(behaviour: Behaviour) -> None:
    """No whole phone number is in what the program says, though it names whom it could not protect."""
    talk = behaviour.ended.out + behaviour.ended.err
    assert "•••" in talk
    assert [phone for phone in behaviour.rows if phone in talk or phone[2:] in talk] == []
