#!/usr/bin/env bash
# Cancelling the task that runs a program kills it with SIGKILL, or does not touch it at all: SIGTERM never comes.
#
# Guess:    the program receives SIGTERM and can end in order.
# Truth:    asyncio cancels only the waiting, and the program runs on. anyio.run_process sends SIGKILL. So does
#           subprocess.run, both at its timeout and when a signal handler raises an exception, which is how
#           orchestrators cancel a task.
# Version:  Python 3.11 or later (the script prints it), anyio 4.16.0.
# Matters:  a flow that was cancelled and retried can have two programs on one file: the second must find the lock of
#           the first. And SIGKILL is a normal way to be cancelled: intent has to be on the disk before each call.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check anyio==4.16.0

cat > child.py <<'PY'
import signal
import sys
import time
from pathlib import Path


def note(number, frame):
    Path("signal").write_text(signal.Signals(number).name)
    sys.exit(143)


signal.signal(signal.SIGTERM, note)
Path("started").touch()
time.sleep(60)
PY
venv/bin/python - <<'PY'
import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from importlib.metadata import version
from pathlib import Path

import anyio

COMMAND = [sys.executable, "child.py"]


async def started() -> None:
    while not Path("started").exists():
        await asyncio.sleep(0.05)
    Path("started").unlink()


def fate() -> str:
    """Which signal a child saw that has ended: SIGKILL is the one that it cannot see."""
    return Path("signal").read_text() if Path("signal").exists() else "SIGKILL"


async def by_asyncio() -> str:
    children = []

    async def wait_for_child() -> None:
        children.append(await asyncio.create_subprocess_exec(*COMMAND))
        await children[0].wait()

    task = asyncio.create_task(wait_for_child())
    await started()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await asyncio.sleep(0.5)
    still_running = children[0].returncode is None
    if still_running:
        children[0].kill()
        await children[0].wait()
    return "runs on" if still_running else "ended"


async def by_anyio() -> str:
    task = asyncio.create_task(anyio.run_process(COMMAND))
    await started()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return fate()


def by_timeout() -> str:
    try:
        subprocess.run(COMMAND, timeout=3)
    except subprocess.TimeoutExpired:
        Path("started").unlink(missing_ok=True)
    return fate()


class Cancelled(Exception):
    pass


def cancel(number, frame):
    raise Cancelled


def by_exception() -> str:
    def stop() -> None:
        while not Path("started").exists():
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGTERM)

    signal.signal(signal.SIGTERM, cancel)
    threading.Thread(target=stop).start()
    try:
        subprocess.run(COMMAND)
    except Cancelled:
        pass
    return fate()


found = {
    "asyncio.create_subprocess_exec": asyncio.run(by_asyncio()),
    "anyio.run_process": asyncio.run(by_anyio()),
    "subprocess.run(timeout=)": by_timeout(),
    "subprocess.run, exception": by_exception(),
}
print("Python", sys.version.split()[0], "anyio", version("anyio"), found)
assert list(found.values()) == ["runs on", "SIGKILL", "SIGKILL", "SIGKILL"]
PY
