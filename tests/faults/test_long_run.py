"""The long run: a night of calls sped up, with two processes on one key, kills and an outage, against the real sandbox.

With GUAYABA_LONG=1 it is 10,000 rows, 5 h 33 min of the real limit at 60 times its speed; without, a few hundred.
"""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import time
from contextlib import closing
from pathlib import Path

from cli.harness import KEY, Program, Sandbox, wait_for, write_csv
from faults.secrets import canary_in
from harness.forked import Running, start

from batch.errors import Exit
from batch.journal.journal import Journal

LONG = bool(os.environ.get("GUAYABA_LONG"))
ROWS = 10_000 if LONG else 300
KILLS = 60 if LONG else 4
#: Real public-fiction numbers are 2,000; a long run takes more, which exist nowhere but in this sandbox.
PEOPLE = [f"+1{200 + n // 100:03d}555{100 + n % 100:04d}" for n in range(ROWS)]
#: A minute of the API in one second.
PACED = ("--window", "1s", "--timeout", "10s", "--phone-check", "possible", "--yes")


def sandbox(folder: Path, port: int) -> Running:
    """The sandbox on `port`, with what it knew before."""
    arguments = ["sandbox", "--json", "--port", str(port), "--db", "sandbox.db", "--window-seconds", "1", "--window",
                 "sliding", "--writes-per-minute", "30", "--reads-per-minute", "100000"]  # fmt: skip
    if not (folder / "sandbox.db").exists():
        (folder / "seed.json").write_text(json.dumps({"contacts": [{"phoneNumber": phone} for phone in PEOPLE]}))
        arguments += ["--seed", "seed.json"]
    started = start(arguments, cwd=folder, env=os.environ, stderr=subprocess.DEVNULL)
    assert started.stdout is not None
    assert json.loads(started.stdout.readline())
    return started


def resident(process: Running) -> int:
    """Resident memory in MB, 0 where it has ended."""
    try:
        lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith("VmRSS")), 0)


def finished(folder: Path, half: int) -> bool:
    """True where that half's run is closed: the same command would start another, which writes everybody again."""
    for path in folder.glob(f"reports/2*half{half}*/journal.sqlite"):
        with closing(Journal.open_readonly(path)) as journal:
            return journal.is_closed
    return False


def test_a_night_of_two_processes_kills_and_an_outage(program: Program) -> None:
    """Zero 429, everybody written exactly once, the accounts exact, memory flat, the key nowhere."""
    chance = random.Random(20)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Sandbox(f"http://127.0.0.1:{port}")
    up = sandbox(program.folder, port)
    halves = [PEOPLE[::2], PEOPLE[1::2]]
    commands = []
    for number, half in enumerate(halves):
        write_csv(program.folder / f"half{number}.csv", ["Phone"], [[phone] for phone in half])
        commands.append(("update", f"half{number}.csv", "--status", "DNC", "--base-url", server.url, *PACED))
    running = [program.start(*command, interpreter=True) for command in commands]
    most = [0, 0]
    try:
        for turn in range(KILLS):
            applied = len(server.applied())
            wait_for(lambda applied=applied: len(server.applied()) > applied + ROWS // (2 * KILLS), 120)  # type: ignore[misc]
            most = [max(before, resident(process)) for before, process in zip(most, running, strict=True)]
            if turn == KILLS // 2:  # the server is away for a while
                up.kill()
                up.communicate()
                time.sleep(3)
                up = sandbox(program.folder, port)
            at = chance.choice([at for at, process in enumerate(running) if process.poll() is None])
            running[at].send_signal(signal.SIGKILL)
            running[at].communicate()
            if not finished(program.folder, at):
                running[at] = program.start(*commands[at])
        for at, process in enumerate(running):
            _, err = process.communicate(timeout=900)
            assert process.returncode in (Exit.OK, -signal.SIGKILL) and finished(program.folder, at), (at, err)
        assert server.applied() == dict.fromkeys(PEOPLE, 1)
        assert [entry for entry in server.writes() if entry["status"] == 429] == []
        for summary in (program.folder / "reports").glob("2*/summary.json"):
            found = json.loads(summary.read_text())
            assert sum(found["counts"].values()) == found["rows"] == found["counts"]["succeeded"] == ROWS // 2
        assert max(most) < 300, f"resident memory {most} MB"
        assert canary_in(program.folder / "reports", KEY) == []
    finally:
        up.kill()
        up.communicate()
