"""The sandbox as a process: signals, kills, ports, files, and what its books keep."""

from __future__ import annotations

import hashlib
import signal
import socket
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from batch.sandbox.server import Options, SandboxError, running

if TYPE_CHECKING:
    from unit.sandbox.conftest import Launch, Sandbox, Start

KEY = "gua_a1b2c3d4_your-api-key-here"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_quietly(launch: Launch, number: signal.Signals) -> None:
    """On SIGINT and SIGTERM `serve` returns: exit code 0, nothing on stderr, even with a hang under way."""
    process, sandbox = launch(faults=("hang:30@nth:2",))
    sandbox.update(status="DNC")
    hanging = socket.create_connection(("127.0.0.1", int(sandbox.url.rsplit(":", 1)[1])))
    hanging.sendall(b"POST /contacts/update HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
    while len(sandbox.book("requests")) < 2:
        pass
    process.send_signal(number)
    assert process.wait(timeout=5) == 0
    assert process.stderr and process.stderr.read() == ""
    hanging.close()


def test_kill_9_loses_nothing_that_was_answered(launch: Launch, tmp_path: Path) -> None:
    """After SIGKILL and a restart on the same file, contacts, schedule and books are what they were."""
    db = str(tmp_path / "team.sqlite")
    process, sandbox = launch(db=db)
    sandbox.post("/contacts", {"phoneNumber": "+12125550100", "campaignId": "550e8400-e29b-41d4-a716-446655440000"})
    sandbox.update(status="DNC")
    sandbox.http.put("/contacts/d290f1ee-6c54-4b01-90e6-d701748f0851", json={"name": "Jo", "timezone": "Europe/London"})

    def everything(of: Sandbox) -> list[Any]:
        books = [of.book(name) for name in ("requests", "effects", "actions", "schedule")]
        rows: list[Any] = [of.http.get("/contacts").json(), *books]
        return rows

    sandbox.http.get("/contacts")
    before = everything(sandbox)
    process.kill()
    process.wait()
    _, again = launch(db=db)
    after = everything(again)
    before[1], after[1] = before[1][:4], after[1][:4]  # the requests made by this look itself come after them
    assert after == before


def test_the_books_can_be_read_in_the_file(start: Start, tmp_path: Path) -> None:
    """The same tables are open to any SQLite reader while the server runs."""
    db = tmp_path / "team.sqlite"
    start(db=str(db)).update(status="DNC")
    with closing(sqlite3.connect(f"file:{db}?mode=ro", uri=True)) as file:
        assert file.execute("SELECT path, status FROM requests").fetchall() == [("/contacts/update", 200)]
        assert file.execute("SELECT count(*) FROM effects WHERE kind = 'cancelled'").fetchone() == (6,)
        assert file.execute("SELECT status FROM contacts WHERE phone = '+11234567890'").fetchone() == ("DNC",)
    file.close()


def test_the_request_log_tells_who_wrote_what_when(sandbox: Sandbox) -> None:
    """Each request is there once, in order, with its body, class, answer and the fingerprint of its key."""
    sandbox.update(status="DNC")
    sandbox.http.get("/contacts?limit=1")
    sandbox.http.post("/contacts/update", content=b"{not json", headers={"X-API-Key": "gua_other"})
    sandbox.http.post("/contacts/fulfill", headers={"X-API-Key": "nonsense"})
    first, second, third, fourth = sandbox.book("requests")
    assert first["key"] == hashlib.sha256(KEY.encode()).hexdigest()[:12]
    assert first["body"] == {"phone": "+11234567890", "status": "DNC"}
    assert (first["method"], first["class"], first["status"], first["counted"]) == ("POST", "write", 200, True)
    assert (second["class"], second["query"], second["body"]) == ("read", "limit=1", None)
    assert third["key"] != first["key"] and third["body"] == "{not json"
    assert (fourth["status"], fourth["counted"]) == (401, False)
    assert sandbox.book("requests", after=first["id"], limit=1) == [second]
    assert {row["request_id"] for row in sandbox.book("effects")} == {first["id"]}


def test_the_key_is_nowhere_in_the_file(start: Start, tmp_path: Path) -> None:
    """No byte sequence of the key is on the disk: accepted, refused, or in a header of a failed call."""
    sandbox = start(db=str(tmp_path / "team.sqlite"))
    sandbox.update(status="DNC")
    sandbox.http.get("/contacts", headers={"X-API-Key": "gua_revoked_and_secret"})
    for file in tmp_path.iterdir():
        content = file.read_bytes()
        assert KEY.encode() not in content and b"and_secret" not in content


def test_the_judges_pages_need_no_key_and_leave_no_trace(start: Start) -> None:
    """Health, OpenAPI and the books are free, and do not count as requests."""
    http = start(reads_per_minute=1).http
    del http.headers["X-API-Key"]
    for path in ["/health", "/openapi.json", "/_sandbox/requests", "/_sandbox/effects", "/_sandbox/schedule"] * 3:
        assert http.get(path).status_code == 200
    assert http.get("/_sandbox/requests").json() == {"requests": []}
    assert http.get("/health").json() == {
        "status": "ok",
        "contacts": 2,
        "seed": {"added": 2, "skipped": 0, "why": []},
    }
    assert http.get("/_sandbox/requests?after=x").status_code == 400


BAD_OPTIONS = [
    ("not this machine", {"host": "0.0.0.0"}, "not a loopback address"),
    ("a name", {"host": "example.com"}, "not a loopback address"),
    ("no port", {"port": 70_000}, "70000 is no port"),
    ("a fault", {"faults": ("explode",)}, "there is no fault 'explode'"),
    ("a window", {"window_seconds": 0}, "must be over 0"),
    ("a folder that is not there", {"db": "nowhere/team.sqlite"}, "Name a new file"),
]


@pytest.mark.parametrize(("why", "options", "says"), BAD_OPTIONS, ids=[row[0] for row in BAD_OPTIONS])
def test_options_that_cannot_be_met_are_one_sentence(why: str, options: dict[str, Any], says: str) -> None:
    """SandboxError says what was found and what to do, before anything listens."""
    with pytest.raises(SandboxError) as raised, running(Options(**{"port": 0, **options})):
        pass
    assert says in str(raised.value), why


def test_a_taken_port_is_one_sentence(start: Start, launch: Launch) -> None:
    """The second server on a port says so and exits, and the first one serves on."""
    first = start()
    process, _ = launch(port=int(first.url.rsplit(":", 1)[1]))
    assert process.wait(timeout=10) == 1
    assert process.stderr and "is taken. Stop the program that holds it, or pass --port 0" in process.stderr.read()
    assert first.update(status="DNC").status_code == 200


FOREIGN = [
    ("no SQLite", b"phone,name\n+12125550100,Ana\n" * 50, "cannot be used"),
    ("another program's", None, "tables of another program"),
]


@pytest.mark.parametrize(("why", "content", "says"), FOREIGN, ids=[row[0] for row in FOREIGN])
def test_a_foreign_file_is_not_touched(tmp_path: Path, why: str, content: bytes | None, says: str) -> None:
    """A --db that is something else is refused and keeps its bytes."""
    path = tmp_path / "other"
    if content is None:
        with sqlite3.connect(path) as file:
            file.execute("CREATE TABLE mine (x)")
        file.close()
    else:
        path.write_bytes(content)
    before = path.read_bytes()
    with pytest.raises(SandboxError) as raised, running(Options(port=0, db=str(path))):
        pass
    assert says in str(raised.value), why
    assert path.read_bytes() == before


def test_it_listens_on_loopback_six_too() -> None:
    """::1 is this machine as well."""
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    try:
        with running(Options(host="::1", port=0)) as url:
            assert url.startswith("http://[::1]:")
    except SandboxError as error:
        pytest.skip(str(error))


def test_an_answer_does_not_wait_for_the_network(sandbox: Sandbox) -> None:
    """The fastest answer takes less than 30 ms: Nagle's algorithm, which adds 40 to each, is off."""
    took = []
    for _ in range(30):
        began = time.perf_counter()
        sandbox.update(status="DNC")
        took.append(time.perf_counter() - began)
    assert min(took) < 0.03
