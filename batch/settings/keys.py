"""Where an API key comes from: a file, stdin, a variable, a command, a systemd credential, or what `login` stored.

Owns: the places a key can be read from, and reading it there; no message shows what was read.
Source: systemd.exec(5), "Credentials": a unit's credentials are files in $CREDENTIALS_DIRECTORY.
"""

from __future__ import annotations

import os
import select
import shlex
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Final

from batch.settings.api_key import ApiKey
from batch.settings.key_store import read_stored_key

#: The credential of a unit that needs no naming: LoadCredential=guayaba_api_key:/path.
CREDENTIAL: Final = "guayaba_api_key"
#: How long a command may take: it may ask for a fingerprint or a passphrase.
COMMAND_S: Final = 60.0
#: No key is near so long; more is not read.
_LONGEST: Final = 16_384


class KeyNotStored(ValueError):
    """`login` has stored no key under this name."""


@dataclass(frozen=True, slots=True)
class KeySource:
    """A place to read a key from. `told` names it for people; `path` is its file, where a later command can name it.

    `read` returns the key, or raises ValueError, without the key in it, with what was wrong.
    """

    told: str
    read: Callable[[], ApiKey] = field(repr=False, compare=False)
    path: str | None = None


def from_file(name: str) -> KeySource:
    """The key in the file `name`."""

    def read() -> ApiKey:
        path = _resolve(name)
        return _key(_text(path, name), "the API key file")

    return KeySource(f"the file {name}", read, name)


def from_stdin(read_stdin: Callable[[], str] | None) -> KeySource:
    """The key on stdin; `None`: stdin is the input."""

    def read() -> ApiKey:
        if read_stdin is None:
            raise ValueError("--api-key-file - reads the API key from stdin, but stdin is the input: give a file")
        return _key(read_stdin(), "the API key on stdin")

    return KeySource("stdin", read)


def from_variable(name: str, environ: Mapping[str, str]) -> KeySource:
    """The key in the environment."""

    def read() -> ApiKey:
        if not environ.get(name):
            raise ValueError(f"the variable {name} is not set")
        return _key(environ[name], f"the API key in {name}")

    return KeySource(name, read)


def from_command(argv: Sequence[str]) -> KeySource:
    """The key that a command prints. No shell reads it; what it prints is shown nowhere."""
    return KeySource(f"the command {argv[0]}", lambda: _key(_command_output(argv), f"what {argv[0]} printed"))


def from_credential(name: str, environ: Mapping[str, str]) -> KeySource:
    """The key in a credential of this systemd unit."""

    def read() -> ApiKey:
        folder = environ.get("CREDENTIALS_DIRECTORY")
        if not folder:
            raise ValueError(f"the credential {name} is not there: this is no systemd unit that loads credentials")
        return _key(_text(Path(folder) / name, f"of the credential {name}"), f"the credential {name}")

    return KeySource(f"the systemd credential {name}", read)


def has_credential(environ: Mapping[str, str]) -> bool:
    """True where this unit was given the credential that needs no naming."""
    folder = environ.get("CREDENTIALS_DIRECTORY")
    return bool(folder) and (Path(folder or "") / CREDENTIAL).is_file()


def from_store(account: str, folder: Path) -> KeySource:
    """The key that `login` stored for `account` (`""`: for no account), in the keyring or in `folder`."""

    def read() -> ApiKey:
        found = read_stored_key(account, folder)
        if found is None:
            option = f" --account {shlex.quote(account)}" if account else ""
            raise KeyNotStored(f"no API key is stored: guayaba-batch login{option}")
        return _key(found, "the API key that login stored")

    return KeySource("what login stored", read)


def command_line(value: object) -> tuple[str, ...]:
    """`op read op://team/key`, or a list of such words, as words. Raises ValueError, saying what was expected."""
    if isinstance(value, list) and value and all(isinstance(word, str) for word in value):
        words = tuple(value)
    elif isinstance(value, str):
        try:
            words = tuple(shlex.split(value))
        except ValueError as fault:
            raise ValueError(f"expected a command: {fault}") from None
    else:
        words = ()
    if not words or not words[0]:
        raise ValueError("expected a command that prints the key, as text or as a list of words")
    return words


def _key(text: str, told: str) -> ApiKey:
    try:
        return ApiKey(text)
    except ValueError as fault:
        raise ValueError(f"{told}: {fault}") from None


def _resolve(name: str) -> Path:
    try:
        return Path(name).expanduser()
    except RuntimeError as fault:  # a home that nobody has
        raise ValueError(f"the API key file: {fault}") from None


def _text(path: Path, told: str) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_LONGEST + 1).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError, ValueError) as fault:  # ValueError: a name that cannot be
        why = getattr(fault, "strerror", None) or ("not text" if isinstance(fault, UnicodeDecodeError) else fault)
        raise ValueError(f"the API key file {told} cannot be read: {why}") from None


def _command_output(argv: Sequence[str]) -> str:
    """What a command printed, once it has ended well. It may ask on the terminal, but not on stdin."""
    told = f"the command for the API key ({argv[0]})"
    try:
        running = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
        )
    except (OSError, ValueError) as fault:
        raise ValueError(f"{told} cannot be started: {getattr(fault, 'strerror', None) or 'no such name'}") from None
    with running:
        try:
            assert running.stdout is not None
            printed = _run_within(running.stdout.fileno(), monotonic() + COMMAND_S)
            if len(printed) > _LONGEST:
                raise ValueError(f"{told} printed far more than a key")
            code = running.wait(COMMAND_S)
        except (TimeoutError, subprocess.TimeoutExpired):
            raise ValueError(f"{told} took longer than {COMMAND_S:g} s") from None
        finally:
            running.kill()
    if code:
        raise ValueError(f"{told} failed with exit code {code}; run it by itself to see why")
    try:
        return printed.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{told} printed something that is not text") from None


def _run_within(pipe: int, end: float) -> bytes:
    """All that comes through `pipe`, at most a little more than a key, until `end` on the monotonic clock."""
    told = b""
    while len(told) <= _LONGEST:
        if not select.select([pipe], [], [], max(0.0, end - monotonic()))[0]:
            raise TimeoutError
        part = os.read(pipe, 4096)
        if not part:
            break
        told += part
    return told
