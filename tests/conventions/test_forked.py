"""A program that the tests fork is the one that they import, and ends as one that an interpreter runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from harness.forked import Forked, can_fork, shared_fork_server

import batch

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="programs are forked on Linux only")

ENDS = {
    "a code": "import sys; sys.exit(3)",
    "words": "import sys; sys.exit('words')",
    "nothing": "import sys; sys.exit()",
    "an error": "raise ValueError('an error')",
    "Ctrl-C": "raise KeyboardInterrupt",
    "a signal": "import os; os.kill(os.getpid(), 15)",
    "a thread that goes on": "import threading, time; threading.Timer(0.2, print, ['late']).start()",
    "an exit function": "import atexit; atexit.register(print, 'at exit')",
    "a reader that has gone": "import os, sys; r, w = os.pipe(); os.close(r); os.dup2(w, 1); print('x' * 99)",
    "what it was given": "import os, sys; print(sys.stdin.read(), os.getcwd(), sorted(os.environ), sys.stdin.encoding)",
    "its streams": "import sys; print(sys.stdout.isatty(), sys.stdout.line_buffering, sys.stderr.errors)",
}


def executed(text: str) -> None:
    """What a forked process does here instead of the program."""
    exec(text, {})


@pytest.mark.parametrize("text", ENDS.values(), ids=ENDS)
def test_a_fork_ends_as_an_interpreter_does(tmp_path: Path, text: str) -> None:
    """Exit code, words, streams and surroundings are those of `python -c`."""
    env = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TZ") if name in os.environ}
    forked = Forked(
        [], cwd=tmp_path, env=env, call="conventions.test_forked:executed", given={"text": text},
        stdin=subprocess.PIPE,
    )  # fmt: skip
    out, err = forked.communicate("given")
    done = subprocess.run(
        [sys.executable, "-c", text], cwd=tmp_path, env=env, input="given", capture_output=True, text=True
    )
    assert (forked.returncode, out) == (done.returncode, done.stdout)
    assert err.splitlines()[-1:] == done.stderr.splitlines()[-1:]


def test_the_program_that_is_forked_is_the_one_that_is_tested(tmp_path: Path) -> None:
    """Started in the sources, the tests of an installed wheel, or of a broken variant, fork that one."""
    text = "import batch; print(batch.__file__)"
    forked = Forked([], cwd=tmp_path, env=os.environ, call="conventions.test_forked:executed", given={"text": text})
    assert forked.communicate()[0] == f"{batch.__file__}\n"


def test_a_fork_server_of_another_program_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests of a broken variant, started by tests of the program, fork the variant."""
    ours = Path(batch.__file__).with_name("__main__.py")
    for program, found in ((ours, "a-name"), (Path("/elsewhere/batch/__main__.py"), None)):
        monkeypatch.setenv("TESTS_FORK_SERVER", f"a-name {program}")
        assert shared_fork_server() == found


def test_a_fork_can_be_stopped_and_killed(tmp_path: Path) -> None:
    """Signals reach the program itself, and its end says which one it was."""
    forked = Forked(
        [], cwd=tmp_path, env=os.environ, call="conventions.test_forked:executed",
        given={"text": "import time; print('up', flush=True); time.sleep(600)"},
    )  # fmt: skip
    assert forked.stdout is not None and forked.stdout.readline() == "up\n"
    assert forked.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        forked.wait(0.01)
    forked.send_signal(signal.SIGKILL)
    forked.communicate()
    assert forked.wait() == -signal.SIGKILL


def test_where_an_interpreter_starts_otherwise_one_is_started() -> None:
    """Variables that are read when Python starts cannot reach a fork."""
    assert can_fork({**os.environ, "GUAYABA_RATE": "1/s", "HOME": "/nowhere"})
    for name in ("PYTHONPATH", "LC_ALL", "TZ", "PYTHONIOENCODING"):
        assert not can_fork({**os.environ, name: "another"}), name


def test_a_signal_to_a_program_that_just_ended_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program is gone before its exit code has come: the signal finds nothing to end."""
    forked = Forked([], cwd=tmp_path, env=os.environ, call="conventions.test_forked:executed", given={"text": ""})
    forked.communicate()
    monkeypatch.setattr(forked, "poll", lambda: None)
    forked.kill()
