"""The machine: no files left, no memory, no output, no state folder, links in the way, odd locales, a long sleep.

What fails is said in words, nothing is sent twice, and the same command goes on.
"""

from __future__ import annotations

import os
import resource
import signal
import stat
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from cli.harness import KEY, PATIENCE_S, Program, Sandbox, Sandboxes, numbers, wait_for, write_csv
from faults.secrets import canary_in

from batch.errors import Exit

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="changing to another user takes root")


def command(server: Sandbox, *more: str) -> list[str]:
    return ["update", "in.csv", "--status", "DNC", "--base-url", server.url, "--yes", *more]


def finishes(program: Program, server: Sandbox, people: list[str], code: int | None) -> None:
    """What a run that ended with `code` left undone, the same command does, without limits; everybody was written
    once."""
    assert set(server.applied().values()) <= {1}
    if code != Exit.OK:
        ended = program(*command(server))
        assert ended.code == Exit.OK, ended.err
    assert server.applied() == dict.fromkeys(people, 1)
    assert canary_in(program.folder, KEY) == []


def begun(program: Program, sandboxes: Sandboxes, count: int = 20, *options: str) -> tuple[Sandbox, list[str]]:
    people = numbers(count)
    write_csv(program.folder / "in.csv", ["Phone"], [[phone] for phone in people])
    return sandboxes(people, *options), people


@pytest.mark.parametrize("files", [12, 20, 28])
def test_without_file_handles_nobody_is_written_twice(program: Program, sandboxes: Sandboxes, files: int) -> None:
    """With next to no file handles the program stops where it must, and the same command does the rest."""
    server, people = begun(program, sandboxes)
    finishes(program, server, people, program(*command(server), interpreter=True, limits={"NOFILE": files}).code)


def test_without_memory_nobody_is_written_twice(program: Program, sandboxes: Sandboxes) -> None:
    """Where memory ends in the middle of the calls, the journal knows what was sent."""
    server, people = begun(program, sandboxes, 40, "--latency", "50")
    running = program.start(*command(server))
    wait_for(lambda: len(server.writes()) > 5)
    used = next(line for line in Path(f"/proc/{running.pid}/status").read_text().splitlines() if "VmSize" in line)
    limit = int(used.split()[1]) << 10
    resource.prlimit(running.pid, resource.RLIMIT_AS, (limit, limit))
    # It ends by itself or, where polars waits for a thread of its own that could not begin, is ended like any other.
    with suppress(subprocess.TimeoutExpired):
        running.communicate(timeout=20)
    running.kill()
    finishes(program, server, people, running.wait())


def test_a_run_whose_folder_is_moved_away_makes_no_further_call(program: Program, sandboxes: Sandboxes) -> None:
    """SQLite goes on writing into a file that was moved or removed, so nobody else would know what was sent: the run
    ends. With the folder in its place, the same command does the rest."""
    server, people = begun(program, sandboxes, 40, "--latency", "200")
    running = program.start(*command(server, "--workers", "2"))
    wait_for(lambda: len(server.writes()) > 2)
    (program.folder / "reports").rename(program.folder / "elsewhere")
    _, said = running.communicate(timeout=PATIENCE_S)
    assert (running.returncode, "its folder was moved or removed" in said) == (Exit.BROKEN, True), said
    assert len(server.writes()) < len(people)
    (program.folder / "elsewhere").rename(program.folder / "reports")
    finishes(program, server, people, Exit.BROKEN)


def test_a_state_folder_that_cannot_be_written_stops_nothing(program: Program, sandboxes: Sandboxes) -> None:
    """The shared budget moves elsewhere where the state folder is a file; the run goes on."""
    server, people = begun(program, sandboxes)
    (program.folder / "state").write_text("not a folder")
    program.env["XDG_STATE_HOME"] = str(program.folder / "state")
    ended = program(*command(server))
    assert ended.code == Exit.OK, ended.err
    assert set(server.applied()) == set(people)


def test_closed_streams_stop_nothing(program: Program, sandboxes: Sandboxes) -> None:
    """With stdout and stderr closed the run goes to its end all the same."""
    server, people = begun(program, sandboxes)
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" >&- 2>&-', "sh", sys.executable, "-m", "batch", *command(server)],
        cwd=program.folder, env=program.env, stdin=subprocess.DEVNULL, timeout=120,
    )  # fmt: skip
    assert done.returncode == Exit.OK
    assert server.applied() == dict.fromkeys(people, 1)


@pytest.mark.parametrize(
    "env",
    [
        {"LC_ALL": "POSIX", "PYTHONIOENCODING": "ascii", "TZ": "Asia/Kathmandu"},
        {"LC_ALL": "tr_TR.UTF-8", "TZ": "nonsense", "TERM": "dumb", "COLUMNS": "1"},
    ],
    ids=str,
)
def test_any_locale_and_timezone(program: Program, sandboxes: Sandboxes, env: dict[str, str]) -> None:
    """Names beyond ASCII go through whatever the locale says; times are UTC whatever the timezone."""
    people = numbers(2)
    write_csv(program.folder / "in.csv", ["Nombre", "Phone"], [["Ñandú İstanbul 😀", phone] for phone in people])
    program.env |= env
    ended = program(*command(sandboxes(people)))
    assert ended.code == Exit.OK, ended.err
    [row, _] = ended.report()
    assert row["Nombre"] == "Ñandú İstanbul 😀"
    assert row["_finished_at"].endswith("Z")


def test_a_careless_umask_opens_nothing(program: Program, sandboxes: Sandboxes) -> None:
    """With umask 0 every file of the run is still its owner's only."""
    server, _ = begun(program, sandboxes, 2)

    before = os.umask(0)
    try:
        ended = program(*command(server))
    finally:
        os.umask(before)
    assert ended.code == Exit.OK, ended.err
    open_ = [
        path
        for root in ("reports", ".local/state/guayaba-batch")
        for path in (program.folder / root).rglob("*")
        if stat.S_IMODE(path.lstat().st_mode) & 0o077
    ]
    assert open_ == []


def test_a_link_in_the_way_is_not_followed(program: Program, sandboxes: Sandboxes) -> None:
    """Where somebody has put links under the names of the report files, what they point to stays as it was."""
    server, _ = begun(program, sandboxes)
    assert program(*command(server, "--limit", "1")).code == Exit.STOPPED
    [run] = (program.folder / "reports").glob("2*")
    precious = program.folder / "precious"
    precious.write_text("mine")
    for name in ("outcomes.csv", "failures.csv", "summary.json", "report.html"):
        (run / name).unlink(missing_ok=True)
        (run / name).symlink_to(precious)
    ended = program(*command(server))
    assert ended.code == Exit.OK, ended.err
    assert precious.read_text() == "mine"
    assert not (run / "outcomes.csv").is_symlink()


def test_a_link_for_the_lock_is_refused(program: Program, sandboxes: Sandboxes) -> None:
    """What a link in the lock's place points to is not emptied, and nothing is sent."""
    server, _ = begun(program, sandboxes)
    assert program(*command(server, "--limit", "1")).code == Exit.STOPPED
    [run] = (program.folder / "reports").glob("2*")
    precious = program.folder / "precious"
    precious.write_text("mine")
    (run / "lock").symlink_to(precious)
    ended = program(*command(server))
    assert ended.code == Exit.USAGE, ended.err
    assert "lock" in ended.err and precious.read_text() == "mine"
    assert len(server.writes()) == 1


@needs_root
def test_another_user_reads_nothing(program: Program, sandboxes: Sandboxes) -> None:
    """A second user of the machine can neither list a run nor read its rows."""
    server, _ = begun(program, sandboxes, 2)
    assert program(*command(server)).code == Exit.OK
    [run] = (program.folder / "reports").glob("2*")
    for folder in (program.folder, *program.folder.parents):
        if folder != Path("/") and folder.stat().st_mode & 0o005 != 0o005:
            folder.chmod(folder.stat().st_mode | 0o055)  # the way there is open; what counts is the run's own rights
    for name in ("journal.sqlite", "outcomes.csv"):
        seen = subprocess.run(
            ["cat", str(run / name)], user=65534, group=65534, extra_groups=[], capture_output=True, check=False
        )
        assert seen.returncode != 0 and not seen.stdout, name


def test_a_machine_that_sleeps_does_not_burst(program: Program, sandboxes: Sandboxes) -> None:
    """Stopped for several windows and woken again: no 429, nothing twice, and the run ends by itself."""
    people = numbers(40)
    write_csv(program.folder / "in.csv", ["Phone"], [[phone] for phone in people])
    server = sandboxes(people, "--window-seconds", "1", "--window", "sliding", writes=10)
    running = program.start(*command(server, "--window", "1s"))
    wait_for(lambda: len(server.writes()) > 5)
    running.send_signal(signal.SIGSTOP)
    time.sleep(3.5)
    running.send_signal(signal.SIGCONT)
    _, err = running.communicate(timeout=PATIENCE_S)
    assert running.returncode == Exit.OK, err
    assert server.applied() == dict.fromkeys(people, 1)
    assert [entry for entry in server.writes() if entry["status"] == 429] == []


def test_the_key_is_in_no_argument_of_any_process(program: Program, sandboxes: Sandboxes) -> None:
    """While the run is under way no command line of its processes holds the key."""
    people = numbers(30)
    write_csv(program.folder / "in.csv", ["Phone"], [[phone] for phone in people])
    server = sandboxes(people, "--window-seconds", "1", writes=10)
    running = program.start(*command(server, "--window", "1s"), interpreter=True)
    wait_for(lambda: len(server.writes()) > 2)
    lines = []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended, or is somebody else's
            if (place / "cwd").readlink().is_relative_to(program.folder):
                lines.append((place / "cmdline").read_bytes())
    running.communicate(timeout=PATIENCE_S)
    assert any(b"update" in line for line in lines)
    assert [line for line in lines if KEY.encode() in line] == []
