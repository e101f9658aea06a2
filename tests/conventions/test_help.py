"""Help that teaches: every command has examples that can be given as they are, and the same words make a man page."""

from __future__ import annotations

import os
import pty
import re
import select
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cli.harness import Program

from batch.cli.commands import COMMANDS as LISTED
from batch.cli.examples import EXAMPLES
from batch.cli.help_page import paragraphs
from batch.cli.main import app
from batch.cli.manual import man_page

COMMANDS = [name for name in app if not name.startswith("-")]
GIVEN = [line for lines in EXAMPLES.values() for line in lines if not line.startswith("#")]

#: What would make the first output late; each is imported by the commands that need it.
HEAVY = ("polars", "httpx", "phonenumbers", "sqlite3", "anyio", "jinja2", "tqdm", "keyring", "rich")


def test_every_command_has_examples() -> None:
    """Each command of the program has examples, and there are none for a command that is not there."""
    assert set(COMMANDS) == set(EXAMPLES) - {""}


@pytest.mark.parametrize("line", GIVEN)
def test_an_example_can_be_given_as_it_is(line: str) -> None:
    """Every example names a command and options that exist, and fits a terminal of 80 columns."""
    assert len(line) <= 78
    words = re.split(r" [|>] ", line.removeprefix('eval "$(').removesuffix(')"'))
    [command] = [each for each in words if each.startswith("guayaba-batch")]
    _, bound, _ = app.parse_args(shlex.split(command)[1:], print_error=False, exit_on_error=False)
    assert bound is not None


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_begins_with_examples(command: str, program: Program) -> None:
    """Help shows the examples first, then the usage, and is no wider than the terminal."""
    ended = program(*filter(None, [command]), "--help", env={"COLUMNS": "80"})
    assert ended.code == 0
    assert ended.out.startswith(f"Examples:\n  {EXAMPLES[command][0]}\n")
    assert "\nUsage: guayaba-batch" in ended.out
    assert max(map(len, ended.out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("command", "line", "reason"),
    [
        ("resume", "Usage: guayaba-batch resume [RUN] [OPTIONS]", "what can be left out stands in brackets"),
        ("report", "Usage: guayaba-batch report RUN [MORE-RUNS] [OPTIONS]", "what cannot does not"),
        ("run", "Usage: guayaba-batch run JOB FILE [MORE-FILES] [OPTIONS]", "in the order in which they are typed"),
        ("update", "  -y, --yes               Do not ask for confirmation.", "a flag takes no value"),
        ("update", "  --fresh                 Start a new run", "nor does one that the settings may hold too"),
        ("update", "  --limit N               Stop after", "a value has a name of its own"),
        ("sandbox", "  --latency MS            Milliseconds", "with its unit"),
    ],
)
def test_help_shows_what_is_typed(command: str, line: str, reason: str, program: Program) -> None:
    """Help writes arguments and options as they are typed."""
    assert f"\n{line}" in program(command, "--help", env={"COLUMNS": "80"}).out, reason


def test_help_imports_nothing_heavy() -> None:
    """Help loads no table, wire, phone or journal library: its first output is fast."""
    look = (
        "import sys; from batch.cli.main import main; sys.argv[1:] = ['update', '--help']\ntry: main()\n"
        f"finally: assert not {set(HEAVY)!r} & sys.modules.keys()"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_list_of_commands_says_what_each_command_says() -> None:
    """The list of commands, which imports none of them, has the first sentence of each command's own help."""
    own = {name: paragraphs(app[name])[0] for name in app if not name.startswith("-")}
    assert {name: command.sentence for name, command in LISTED.items()} == own
    assert list(LISTED) == [name for name in EXAMPLES if name], "in the order of the examples"


def test_the_list_of_commands_imports_no_command() -> None:
    """`--help` is there before the options and the settings of the commands are loaded."""
    look = (
        "import sys; from batch.cli.main import main; sys.argv[1:] = ['--help']\ntry: main()\n"
        "finally: assert not {'batch.cli.options', 'batch.cli.write', 'batch.model', 'msgspec'} & sys.modules.keys()"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_man_page_holds_every_command_and_option() -> None:
    """The man page is made from what help is made from, and groff finds no fault with it."""
    page = "\n".join(man_page(app))
    for command in COMMANDS:
        assert f".SS {command}".replace("-", "\\-") in page
    assert "\\-\\-on\\-conflict" in page
    groff = shutil.which("groff")
    if groff is None:
        pytest.skip("groff is not installed")
    done = subprocess.run([groff, "-man", "-ww", "-Tutf8"], input=page, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    shown = re.sub(r"\x1b\[[0-9;]*m|.\x08", "", done.stdout)
    assert "guayaba-batch check contacts.csv --region US" in shown


EVAL = 'eval "$(guayaba-batch completion {shell})"'
ZSH = "autoload -Uz compinit; compinit -u -D"
COMPLETED = [
    ("bash --norc -i", EVAL, "guayaba-batch chec", "guayaba-batch check ", "a command"),
    ("bash --norc -i", EVAL, "guayaba-batch check x --phone-check po", "--phone-check possible ", "a choice"),
    ("bash --norc -i", EVAL, "guayaba-batch update x --api-key-file wee", "file weekly.key ", "a file, for any option"),
    ("zsh -f -i", f"{ZSH}; {EVAL}", "guayaba-batch chec", "guayaba-batch check ", "by eval"),
    ("zsh -f -i", f"guayaba-batch completion zsh > _guayaba-batch; fpath=($PWD $fpath); {ZSH}", "guayaba-batch chec",
     "guayaba-batch check ", "from the folder that zsh loads functions from, as the examples say"),
]  # fmt: skip


@pytest.mark.parametrize(("shell", "installed", "begun", "completed", "reason"), COMPLETED)
def test_a_shell_completes_what_was_begun(
    shell: str, installed: str, begun: str, completed: str, reason: str, tmp_path: Path
) -> None:
    """In a real shell, with the script installed in that way, the Tab key completes the line."""
    name, *options = shell.split()
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    (tmp_path / "weekly.key").touch()
    setup = installed.format(shell=name)
    shown = ""
    with typing([name, *options], tmp_path) as (type_in, read):
        type_in(f"{setup}; echo rea''dy\n")
        while "ready" not in shown:
            shown += read()
        type_in(f"{begun}\t")
        while completed not in shown:
            shown += read()  # fails where nothing more is shown


@contextmanager
def typing(argv: list[str], folder: Path) -> Iterator[tuple[Callable[[str], object], Callable[[], str]]]:
    """A program in a terminal: what types into it, and what reads what it shows next (within half a minute)."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    env = {"PATH": path, "HOME": str(folder), "TERM": "xterm", "PS1": "$ "}
    leader, follower = pty.openpty()
    running = subprocess.Popen(
        argv, cwd=folder, env=env, stdin=follower, stdout=follower, stderr=follower, start_new_session=True
    )
    os.close(follower)

    def read() -> str:
        assert select.select([leader], [], [], 30)[0], "the terminal shows nothing more"
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[=>]|\r", "", os.read(leader, 65536).decode(errors="replace"))

    try:
        yield lambda text: os.write(leader, text.encode()), read
    finally:
        running.kill()
        running.wait()
        os.close(leader)


def test_fish_completes_what_was_begun() -> None:
    """In fish, the script completes a command and shows its help."""
    fish = shutil.which("fish")
    if fish is None:
        pytest.skip("fish is not installed")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    asked = 'guayaba-batch completion fish | source; complete -C "guayaba-batch che"'
    done = subprocess.run([fish, "-N", "-c", asked], env={"PATH": path}, capture_output=True, text=True)
    assert done.stdout.startswith("check\t"), done.stderr


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_get_a_script(shell: str, program: Program) -> None:
    """zsh and fish get a script that names the commands."""
    ended = program("completion", shell)
    assert ended.code == 0
    assert "update-by-id" in ended.out


SLIPS = [
    (("updat", "x.csv"), "update", "a command"),
    (("update", "x.csv", "--regoin", "US"), "--region", "an option after the file"),
    (("update", "--statsu=DNC", "x.csv"), "--status", "an option before the file: it is not taken for one"),
    (("update", "x.csv", "--on-conflict", "lats"), "last", "a choice"),
]


@pytest.mark.parametrize(("words", "meant", "reason"), SLIPS)
def test_a_slip_of_the_hand_is_recognised(words: tuple[str, ...], meant: str, reason: str, program: Program) -> None:
    """What was mistyped is answered with what was meant, exit 2."""
    ended = program(*words)
    assert ended.code == 2
    assert re.search(f'Did you mean "?{meant}\\b', ended.err), reason
