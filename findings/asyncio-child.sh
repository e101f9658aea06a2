#!/usr/bin/env bash
# A cancelled asyncio task leaves its child process running; anyio.run_process kills it with SIGKILL.
#
# Guess:    cancelling the task that waits for a program ends the program, and SIGTERM lets it end in order.
# Truth:    asyncio cancels only the waiting. anyio.run_process, and subprocess.run(timeout=...), send SIGKILL: the
#           program has no moment to finish a call.
# Version:  Python 3.11 or later (printed), anyio 4.16.0.
# Matters:  an async flow that was cancelled and retried runs two programs on one file: the second must find the lock of
#           the first. And intent has to be on the disk before each call, for SIGKILL is a normal way to be cancelled.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --disable-pip-version-check anyio==4.16.0

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
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import anyio

COMMAND = [sys.executable, "child.py"]


async def started() -> None:
    while not Path("started").exists():
        await asyncio.sleep(0.05)
    Path("started").unlink()


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
    return Path("signal").read_text() if Path("signal").exists() else "killed"


def by_timeout() -> str:
    try:
        subprocess.run(COMMAND, timeout=3)
    except subprocess.TimeoutExpired:
        pass
    return Path("signal").read_text() if Path("signal").exists() else "killed"


found = {
    "asyncio.create_subprocess_exec": asyncio.run(by_asyncio()),
    "anyio.run_process": asyncio.run(by_anyio()),
    "subprocess.run(timeout=)": by_timeout(),
}
print("Python", sys.version.split()[0], "anyio", version("anyio"), found)
assert list(found.values()) == ["runs on", "killed", "killed"]
PY
