"""`--notify`: the summary on its way to somebody who is not looking."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cli.harness import KEY, PATIENCE_S, Program, Sandboxes, numbers, wait_for, write_csv

PHONES = numbers(60)


class Room:
    """A chat room on this machine: it keeps every POST, and answers with `status`."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.status = 200
        room = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                room.heard.append((dict(self.headers), json.loads(body)))
                self.send_response(room.status)
                self.send_header("Location", f"{room.url}elsewhere")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.url = f"http://127.0.0.1:{self._server.server_port}/T0/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def events(self) -> list[str]:
        return [body["event"] for _, body in self.heard]


@pytest.fixture
def room() -> Iterator[Room]:
    made = Room()
    yield made
    made.close()


def export(folder: Path, phones: list[str]) -> Path:
    return write_csv(folder / "ann-lee-opted-out.csv", ("Name", "Phone"), [("Ann Lee", phone) for phone in phones])


def test_the_end_and_a_stop_are_told(program: Program, sandboxes: Sandboxes, room: Room) -> None:
    """A run that stops says so, and again when it is finished: counts and words, nobody's name, number, file or key."""
    server = sandboxes(PHONES[:3])
    source = export(program.folder, PHONES[:4])
    told = ("--notify", room.url, "--base-url", server.url)
    program("update", source, "--status", "DNC", "--yes", "--limit", "2", *told)
    ended = program("update", source, "--status", "DNC", *told, "--yes")
    assert (ended.code, room.events) == (3, ["stopped", "finished"])
    headers, body = room.heard[1]
    assert body["counts"] == ended.summary()["counts"]
    assert (body["exit_code"], body["not_protected"]) == (3, 1)
    assert "1 number is NOT protected" in body["text"]
    # The host has a port, whose digits can be any.
    everything = json.dumps([[{**sent, "Host": ""}, said] for sent, said in room.heard])
    for secret in ("555", "Ann", "ann-lee", str(program.folder), KEY, "X-API-Key", "x-api-key"):
        assert secret not in everything
    assert "elsewhere" not in headers


def test_a_run_that_is_interrupted_says_so(program: Program, sandboxes: Sandboxes, room: Room) -> None:
    """Ctrl-C: a last notice with what is pending leaves before the program does, and its exit code stays."""
    server = sandboxes(PHONES[:6])
    running = program.start("fulfill", export(program.folder, PHONES[:6]), "--yes", "--rate", "2/30s",
                            "--notify", room.url, "--base-url", server.url)  # fmt: skip
    wait_for(lambda: len(server.writes()) == 2)
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=PATIENCE_S)
    assert (running.returncode, room.events) == (130, ["stopped"])
    _, body = room.heard[0]
    assert (body["counts"]["succeeded"], body["counts"]["pending"], body["exit_code"]) == (2, 4, 130)


def test_nobody_at_the_address_sinks_no_run(program: Program, sandboxes: Sandboxes, room: Room) -> None:
    """A port where nobody listens: the run ends as it would have, and a remark names the host, not the address."""
    server = sandboxes(PHONES[:2])
    room.close()
    ended = program("fulfill", export(program.folder, PHONES[:2]), "--yes", "--notify", room.url,
                    "--base-url", server.url)  # fmt: skip
    assert (ended.code, ended.outcomes()) == (0, {"succeeded": 2})
    assert "note: the notice (finished) did not reach 127.0.0.1: no answer came." in ended.err
    assert "/T0/" not in ended.out + ended.err


def test_many_errors_are_told_while_the_run_goes(program: Program, sandboxes: Sandboxes, room: Room) -> None:
    """With more than the share of rows gone wrong a notice leaves before the end."""
    server = sandboxes(PHONES[:5])
    source = export(program.folder, PHONES)
    # DNC is written without a read before it, so the rate is what the rows wait for.
    program("update", source, "--status", "DNC", "--yes", "--notify", room.url, "--notify-errors", "50%",
            "--base-url", server.url, "--rate", "55/5s")  # fmt: skip
    assert room.events == ["errors", "finished"]
    _, body = room.heard[0]
    assert body["counts"]["pending"] > 0 and body["ended_at"] is None


def test_nobody_there_changes_nothing(program: Program, sandboxes: Sandboxes, room: Room) -> None:
    """An address that redirects is not followed; the run ends as it would have, with a remark."""
    server = sandboxes(PHONES[:2])
    source = export(program.folder, PHONES[:2])
    room.status = 302
    ended = program("fulfill", source, "--yes", "--notify", room.url, "--base-url", server.url)
    assert ended.code == 0
    assert "note: the notice (finished) did not reach 127.0.0.1: it answered 302." in ended.err
    assert "/T0/" not in ended.out + ended.err
    assert len(room.heard) == 1


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://hooks.example.com/secret", "unencrypted to hooks.example.com"),
        ("ftp://hooks.example.com/secret", "expected an address such as"),
        ("https://me:secret@hooks.example.com/", "must hold no space"),
        ("https://hooks.example.com/secret#x", "must hold no space"),
        ("secret", "expected an address such as"),
        ("https://[secret/", "expected an address such as"),
    ],
)
def test_an_address_that_may_not_be_is_refused(program: Program, url: str, expected: str) -> None:
    """What cannot be posted to safely is refused before anything is sent, and the address is not repeated."""
    source = export(program.folder, PHONES[:2])
    ended = program("fulfill", source, "--yes", "--notify", url)
    assert ended.code == 2
    assert f"--notify: {expected}" in ended.err or expected in ended.err
    assert "secret" not in ended.err
