"""Where an API key comes from: a file, stdin, a variable, a command, a systemd credential, or the store of `login`.

Owns: the places of a key, and reading it there. No message shows what was read.
Source: systemd.exec(5), "Credentials": a unit's credentials are files in $CREDENTIALS_DIRECTORY.
"""

from __future__ import annotations

import os
import select
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Final

from batch.settings.api_key import ApiKey
from batch.settings.key_store import read_stored_key
from batch.text.language import tr

#: The credential that is found without a setting: LoadCredential=guayaba_api_key:/path.
CREDENTIAL: Final = "guayaba_api_key"
#: The maximum time of a command, which may ask for a fingerprint or a passphrase.
COMMAND_S: Final = 60.0
#: The maximum size of a key in bytes. Keys are much shorter.
_LONGEST: Final = 16_384


class KeyNotStored(ValueError):
    """`login` has stored no key under this name."""


@dataclass(frozen=True, slots=True)
class KeySource:
    """A place to read a key from. `place` names it in messages; `path` is its file, if it is one.

    `read` returns the key, or raises ValueError with the problem, without the key in it.
    """

    place: str
    read: Callable[[], ApiKey] = field(repr=False, compare=False)
    path: str | None = None
    #: True where reading starts a program; where `login` stored the key.
    is_command: bool = False
    is_stored: bool = False


def from_file(name: str) -> KeySource:
    """The key in the file `name`."""

    def read() -> ApiKey:
        path = _resolve(name)
        return _key(_text(path, name), tr("the API key file"))

    return KeySource(tr("the file {name}", name=name), read, name)


def from_stdin(read_stdin: Callable[[], str] | None) -> KeySource:
    """The key on stdin; `None`: stdin is the input."""

    def read() -> ApiKey:
        if read_stdin is None:
            raise ValueError(tr("--api-key-file - reads the API key from stdin, but stdin is the input. Give a file"))
        return _key(read_stdin(), "stdin")

    return KeySource("stdin", read)


def from_variable(name: str, environ: Mapping[str, str]) -> KeySource:
    """The key in the environment."""

    def read() -> ApiKey:
        if not environ.get(name):
            raise ValueError(tr("the variable {name} is not set", name=name))
        return _key(environ[name], name)

    return KeySource(name, read)


def from_command(argv: Sequence[str]) -> KeySource:
    """The key that a command prints. It runs without a shell, and its output is never shown."""
    return KeySource(
        tr("the command {argv}", argv=argv[0]),
        lambda: _key(_command_output(argv), tr("what {argv} printed", argv=argv[0])),
        is_command=True,
    )


def from_credential(name: str, environ: Mapping[str, str]) -> KeySource:
    """The key in a credential of this systemd unit."""

    def read() -> ApiKey:
        folder = environ.get("CREDENTIALS_DIRECTORY")
        if not folder:
            raise ValueError(tr("the credential {name} does not exist: no systemd unit loaded it", name=name))
        return _key(
            _text(Path(folder) / name, tr("of the credential {name}", name=name)),
            tr("the credential {name}", name=name),
        )

    return KeySource(tr("the systemd credential {name}", name=name), read)


def has_credential(environ: Mapping[str, str]) -> bool:
    """True where systemd loaded the credential that is found without a setting."""
    folder = environ.get("CREDENTIALS_DIRECTORY")
    return bool(folder) and (Path(folder or "") / CREDENTIAL).is_file()


def from_store(account: str, folder: Path) -> KeySource:
    """The key that `login` stored for `account` (`""`: for no account), in the keyring or in `folder`."""

    def read() -> ApiKey:
        found = read_stored_key(account, folder)
        if found is None:
            option = f" --account {shlex.quote(account)}" if account else ""
            raise KeyNotStored(tr("no API key is stored. Run guayaba-batch login{option}", option=option))
        return _key(found, tr("the API key that login stored"))

    return KeySource(tr("what login stored"), read, is_stored=True)


def command_line(value: object) -> tuple[str, ...]:
    """`op read op://team/key`, or a list of such words, as words. Raises ValueError for anything else."""
    if isinstance(value, list) and value and all(isinstance(word, str) for word in value):
        words = tuple(value)
    elif isinstance(value, str):
        try:
            words = tuple(shlex.split(value))
        except ValueError as error:
            raise ValueError(tr("expected a command: {error}", error=error)) from None
    else:
        words = ()
    if not words or not words[0]:
        raise ValueError(tr("expected a command that prints the key, as text or as a list of words"))
    return words


def _key(text: str, place: str) -> ApiKey:
    try:
        return ApiKey(text)
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from None


def _resolve(name: str) -> Path:
    try:
        return Path(name).expanduser()
    except RuntimeError as error:  # `~` of a user who does not exist
        raise ValueError(tr("the API key file: {error}", error=error)) from None


def _text(path: Path, name: str) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_LONGEST + 1).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError, ValueError) as error:  # ValueError: a name with a NUL
        why = getattr(error, "strerror", None) or (tr("not text") if isinstance(error, UnicodeDecodeError) else error)
        raise ValueError(tr("the API key file {name} cannot be read: {why}", name=name, why=why)) from None


def _command_output(argv: Sequence[str]) -> str:
    """The output of a command that ends with exit code 0. It may ask on the terminal, but not on stdin."""
    import subprocess

    command = tr("the command for the API key ({argv})", argv=argv[0])
    try:
        running = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
        )
    except (OSError, ValueError) as error:
        raise ValueError(
            tr(
                "{command} cannot be started: {value}",
                command=command,
                value=getattr(error, "strerror", None) or tr("no such name"),
            )
        ) from None
    with running:
        try:
            assert running.stdout is not None
            printed = _run_within(running.stdout.fileno(), monotonic() + COMMAND_S)
            if len(printed) > _LONGEST:
                raise ValueError(tr("{command} printed more than a key", command=command))
            code = running.wait(COMMAND_S)
        except (TimeoutError, subprocess.TimeoutExpired):
            raise ValueError(
                tr("{command} took longer than {command_s:g} s", command=command, command_s=COMMAND_S)
            ) from None
        finally:
            running.kill()
    if code:
        raise ValueError(
            tr("{command} failed with exit code {code}. Run it alone to see why", command=command, code=code)
        )
    try:
        return printed.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(tr("{command} printed something that is not text", command=command)) from None


def _run_within(pipe: int, end: float) -> bytes:
    """What comes through `pipe` until `end` on the monotonic clock; not much more than a key."""
    output = b""
    while len(output) <= _LONGEST:
        if not select.select([pipe], [], [], max(0.0, end - monotonic()))[0]:
            raise TimeoutError
        part = os.read(pipe, 4096)
        if not part:
            break
        output += part
    return output
