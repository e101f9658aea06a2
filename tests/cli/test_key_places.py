"""The key's places, with the real program: log in, run, log out; a unit's credential; a command."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest
from cli.harness import KEY, Program, Sandboxes, numbers, write_csv

RUN = ("fulfill", "in.csv", "--rate", "60000/min", "--yes")


@pytest.fixture
def keyless(program: Program) -> Program:
    """The program without a key in its environment, and without the keyring of the person who runs the tests."""
    del program.env["GUAYABA_API_KEY"]
    program.env |= {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring", "XDG_CONFIG_HOME": ""}
    write_csv(program.folder / "in.csv", ["phone"], [numbers(1)])
    return program


def test_a_key_that_login_stored_is_found_until_logout(keyless: Program, sandboxes: Sandboxes) -> None:
    """Log in once, run without naming a key, log out, and the next run says how to log in."""
    run = (*RUN, "--base-url", sandboxes(numbers(1)).url)
    stored = keyless("login", stdin=f"{KEY}\n")
    assert stored.code == 0, stored.err
    assert KEY not in stored.out + stored.err
    file = keyless.folder / ".config/guayaba-batch/key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    ended = keyless(*run)
    assert ended.code == 0, ended.err
    assert KEY not in ended.out + ended.err
    assert keyless("logout").code == 0
    assert not file.exists()
    refused = keyless(*run)
    assert refused.code == 2
    assert "guayaba-batch login" in refused.err


@pytest.mark.parametrize("typed", ["", "not a key", "sk_12345678", f"{KEY}\n{KEY}"])
def test_what_is_no_key_is_not_stored(keyless: Program, typed: str) -> None:
    """Nothing, a sentence, another service's key, two lines: refused with exit 2, not shown, nothing stored."""
    ended = keyless("login", stdin=typed)
    assert ended.code == 2
    assert "Nothing was stored" in ended.err
    assert not typed or typed not in ended.out + ended.err
    assert not (keyless.folder / ".config").exists()


def test_a_unit_and_a_command_give_the_key(keyless: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """LoadCredential's file and what a command prints are keys to run with."""
    run = (*RUN, "--fresh", "--base-url", sandboxes(numbers(1)).url)
    (tmp_path / "guayaba_api_key").write_text(KEY)
    by_unit = keyless(*run, env={"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert by_unit.code == 0, by_unit.err
    printing = f"{sys.executable} -c 'print(\"{KEY}\")'"
    by_command = keyless(*run, env={"GUAYABA_API_KEY_COMMAND": printing})
    assert by_command.code == 0, by_command.err
