"""A new user's first ten minutes, typed into a real terminal: a wrong file, a wrong column, a wrong key, then success.

`first_minutes.txt` (and `.es.txt`) is what the terminal showed, with addresses, times and names of runs made equal.
With FIRST_MINUTES=write in the environment it is written instead: read it as somebody without a manual first.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli.harness import Sandboxes

ROOT = Path(__file__).parents[2]
#: What the terminal shows, by the language: the words of the first minutes are asserted here, and in no other place.
SHOWN = {
    "en": Path(__file__).with_name("first_minutes.txt"),
    "es": Path(__file__).with_name("first_minutes.es.txt"),
}

#: What is typed, and what it is there for.
TYPED = [
    ("guayaba-batch update contacs.csv --status DNC", "no key yet, and a wrong file: both are told"),
    ("export GUAYABA_API_KEY=the-password-of-the-dashboard", "a wrong key, which nothing can know yet"),
    ("guayaba-batch update contacs.csv --status DNC", "a wrong file"),
    ("guayaba-batch update contacts.csv --status DNC --map phone=Mobil", "a wrong column"),
    ("guayaba-batch update contacts.csv --status DNC --regoin US", "a wrong option"),
    ("guayaba-batch update contacts.csv --status DNC --region US", "the wrong key is refused"),
    ("export GUAYABA_API_KEY=gua_a1b2c3d4_the-right-one", "the right key"),
    ("guayaba-batch update contacts.csv --status dnc --region US", "a status that the team has not"),
    ("guayaba-batch check contacts.csv --region US", "a look at the file"),
    ("guayaba-batch update contacts.csv --status DNC --region US", "the run, confirmed with y"),
]


class Terminal:
    """A shell in tmux, 80 columns wide."""

    def __init__(self, tmux: str, folder: Path, env: dict[str, str]) -> None:
        self._tmux = [tmux, "-S", str(folder / "tmux"), "-f", "/dev/null"]
        self._folder = folder
        subprocess.run(
            [*self._tmux, "new-session", "-d", "-x", "80", "-y", "60", "bash --rcfile prompt"],
            cwd=folder,
            env=env,
            check=True,
        )
        self._ask("set-option", "-g", "history-limit", "9999")
        self.until(1)

    def _ask(self, *words: str) -> str:
        return subprocess.run([*self._tmux, *words], capture_output=True, text=True, check=True).stdout

    def shown(self) -> str:
        """Everything that the terminal showed, long lines whole."""
        return self._ask("capture-pane", "-p", "-J", "-S", "-").rstrip()

    def until(self, prompts: int, *, or_shows: str = "\0") -> None:
        """Return once the shell asks for its command number `prompts`, or the last words are `or_shows`."""
        end = time.monotonic() + 60
        while not (shown := self.shown()).endswith(or_shows):
            asked = re.findall(r"^\[\d+\] \$", shown, re.MULTILINE)
            if len(asked) == prompts and shown.endswith(asked[-1]):
                return
            assert time.monotonic() < end, shown
            time.sleep(0.05)

    def type(self, text: str) -> None:
        self._ask("send-keys", "-l", text)
        self._ask("send-keys", "Enter")

    def close(self) -> None:
        subprocess.run([*self._tmux, "kill-server"], capture_output=True, check=False)


@pytest.fixture(params=SHOWN)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def terminal(tmp_path: Path, sandboxes: Sandboxes, language: str) -> Iterator[Terminal]:
    """A shell in a folder with the sample export, where the program talks to a sandbox with the sample team."""
    tmux = shutil.which("tmux")
    if tmux is None:
        pytest.skip("tmux is not installed")
    shutil.copy(ROOT / "samples" / "contacts.csv", tmp_path)
    url = sandboxes(seed=ROOT / "samples" / "sandbox.json", writes=600).url
    env = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "NO_PROXY": "*",
        "NO_COLOR": "1",
        "GUAYABA_BASE_URL": url,
        "GUAYABA_LANGUAGE": language,
    }
    (tmp_path / "prompt").write_text("PS1='[$?] $ '\n")
    shell = Terminal(tmux, tmp_path, env)
    yield shell
    shell.close()


def made_equal(shown: str) -> str:
    """`shown` with what differs from run to run replaced."""
    shown = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:8787", shown)
    shown = re.sub(r"\d{8}T\d{6}Z(-[\w-]+)-[0-9a-f]{8}", r"20260101T090000Z\1-c0ffee00", shown)
    shown = re.sub(r"(done\s+by|a\s+las) \d\d:\d\d", r"\1 09:00", shown)
    shown = re.sub(r"(finished|terminada), [\d.]+ m?s", r"\1, 1.0 s", shown)
    shown = re.sub(r"\n.*%\|.*", "", shown)  # the bar
    shown = re.sub(r"\n(The API's limit|El límite de la API) .*", "", shown)  # where the run takes over a second
    return "\n".join(line.rstrip() for line in shown.splitlines()) + "\n"


def test_each_message_needs_no_manual(terminal: Terminal, language: str) -> None:
    """Each step says what is wrong, with which thing, what to do; the last is a run, and says where its files are."""
    for typed, (text, _) in enumerate(TYPED, 1):
        terminal.type(text)
        terminal.until(typed + 1, or_shows="/N]")
    terminal.type("y")
    terminal.until(len(TYPED) + 1)
    shown = made_equal(terminal.shown())
    if os.environ.get("FIRST_MINUTES") == "write":
        SHOWN[language].write_text(shown, encoding="utf-8")
    assert "Traceback" not in shown
    assert shown == SHOWN[language].read_text(encoding="utf-8")
    assert [int(code) for code in re.findall(r"^\[(\d+)\] \$", shown, re.MULTILINE)] == [
        0,
        2,
        0,
        4,
        2,
        2,
        5,
        0,
        2,
        3,
        3,
    ]
