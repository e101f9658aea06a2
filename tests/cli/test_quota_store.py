"""One quota for several machines: the real program with two homes and one Redis, and what it says without it."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.harness import Program, Sandboxes, numbers, write_csv
from harness.forked import Running
from unit.dispatcher.quota_stores.servers import free_port, redis_server

from batch.errors import Exit

PASSWORD = "pa55word-of-the-store"
WINDOW = ("--window", "2", "--timeout", "1")


def give(program: Program, people: list[str], name: str = "in.csv") -> None:
    write_csv(program.folder / name, ["Phone"], [[phone] for phone in people])


def test_two_machines_share_a_key_through_a_redis_and_no_call_is_refused(
    program: Program, sandboxes: Sandboxes, tmp_path: Path
) -> None:
    """Two processes with homes of their own write 60 contacts at 10 in 2 s: no 429, no contact twice; the password is
    nowhere in what they wrote or said."""
    pytest.importorskip("redis")
    people = numbers(60)
    server = sandboxes(people, "--window-seconds", "2", writes=10)
    (tmp_path / "redis").mkdir()
    with redis_server(tmp_path / "redis", "--requirepass", PASSWORD) as store:
        program.env |= {"GUAYABA_QUOTA_STORE": f"redis://:{PASSWORD}@127.0.0.1:{store.port}/0"}
        started: list[Running] = []
        for at, machine in enumerate(("one", "two")):
            give(program, people[at::2], f"{machine}.csv")
            home = {"HOME": str(tmp_path / machine), "XDG_STATE_HOME": str(tmp_path / machine / "state")}
            options = ["--status", "DNC", "--base-url", server.url, *WINDOW, "--yes", "--out", machine, "--json"]
            started.append(program.start("update", f"{machine}.csv", *options, env=home))
        ended = [running.communicate() for running in started]
        assert [running.returncode for running in started] == [0, 0], ended
    assert sorted(server.applied().values()) == [1] * 60
    assert {entry["status"] for entry in server.writes()} == {200}
    assert not list(tmp_path.rglob("*.budget")), "no file of the machine was used"
    written = [path for path in tmp_path.rglob("*") if path.is_file() and path.parent.name != "redis"]
    assert not [path for path in written if PASSWORD.encode() in path.read_bytes()]
    assert PASSWORD not in "".join(map(str, ended))


def test_without_the_store_nothing_is_sent_unless_this_machine_may_count_alone(
    program: Program, sandboxes: Sandboxes
) -> None:
    """A store that does not answer ends the command with 75 and no write; with `local` the run is made, with a note."""
    pytest.importorskip("redis")
    people = numbers(3)
    server = sandboxes(people)
    give(program, people)
    store = f"redis://127.0.0.1:{free_port()}/0"
    options = ("--status", "DNC", "--base-url", server.url, "--yes", "--quota-store", store)
    refused = program("update", "in.csv", *options)
    assert refused.code == Exit.STOPPED
    assert f"the quota store {store} does not answer" in refused.err
    assert "Nothing was sent" in refused.err and "Traceback" not in refused.err
    assert server.writes() == []
    done = program("update", "in.csv", *options, "--quota-store-down", "local")
    assert done.code == Exit.OK, done.err
    assert "This machine counts by itself" in done.err
    assert len(server.writes()) == 3


def test_a_password_is_asked_for_without_a_traceback(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """A store that wants a password, or another one, is a wrong setting (2); one from a file is used."""
    pytest.importorskip("redis")
    people = numbers(2)
    server = sandboxes(people)
    give(program, people)
    (tmp_path / "redis").mkdir()
    with redis_server(tmp_path / "redis", "--requirepass", PASSWORD) as store:
        where = f"redis://127.0.0.1:{store.port}/0"
        options = ("--status", "DNC", "--base-url", server.url, "--yes", *WINDOW, "--quota-store", where)
        refused = program("update", "in.csv", *options)
        assert (refused.code, "needs a password" in refused.err) == (Exit.USAGE, True), refused.err
        (tmp_path / "wrong").write_text("another\n")
        wrong = program("update", "in.csv", *options, "--quota-store-password-file", str(tmp_path / "wrong"))
        assert wrong.code == Exit.USAGE and "another" not in wrong.err, wrong.err
        (tmp_path / "password").write_text(f"{PASSWORD}\n")
        done = program("update", "in.csv", *options, "--quota-store-password-file", str(tmp_path / "password"))
        assert done.code == Exit.OK, done.err
        assert "does not know this key" in done.err
