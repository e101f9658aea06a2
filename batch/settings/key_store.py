"""Where `login` stores a key: the system's keyring if there is one, else a file that only its owner can read.

Owns: storing, finding and deleting keys by account.
Source: the package `keyring` (the extra of that name), which finds the Keychain of macOS, Secret Service and KWallet.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Final
from urllib.parse import quote

from batch.settings.api_key import ApiKey
from batch.text.language import tr

_SERVICE: Final = "guayaba-batch"


def read_stored_key(account: str, folder: Path) -> str | None:
    """The key stored for `account`, or None. Raises ValueError where its file exists and cannot be read."""
    with _keyring() as ring:
        if ring is not None and (found := ring.get_password(_SERVICE, _entry(account))):
            return str(found)
    path = _path(account, folder)
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or tr("not text")
        raise ValueError(tr("the API key file {path} cannot be read: {why}", path=path, why=why)) from None


def store_key(account: str, key: ApiKey, folder: Path) -> str:
    """Store `key`, and return the place, in words. Raises OSError where the file cannot be written."""
    from batch.text.atomic_file import atomic_file

    with _keyring() as ring:
        if ring is not None:
            ring.set_password(_SERVICE, _entry(account), key.reveal())
            if ring.get_password(_SERVICE, _entry(account)) == key.reveal():  # one backend stores nothing
                _path(account, folder).unlink(missing_ok=True)
                return tr("the system's keyring")
    path = _path(account, folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with atomic_file(path) as file:
        file.write(f"{key.reveal()}\n".encode())
    return tr("{path}, which only you can read", path=path)


def forget_key(account: str, folder: Path) -> bool:
    """Delete the key stored for `account`; True where there was one."""
    gone = False
    with _keyring() as ring:
        if ring is not None and ring.get_password(_SERVICE, _entry(account)):
            ring.delete_password(_SERVICE, _entry(account))
            gone = True
    path = _path(account, folder)
    if path.exists():
        path.unlink()
        gone = True
    return gone


@contextmanager
def _keyring() -> Iterator[ModuleType | None]:
    """The keyring, or None where the extra is not installed. One that is locked or broken counts as none."""
    try:
        import keyring
    except ModuleNotFoundError:
        yield None
        return
    with suppress(Exception):  # each backend has its own exceptions
        yield keyring


def _entry(account: str) -> str:
    return f"account {account}" if account else "default"


def _path(account: str, folder: Path) -> Path:
    return folder / (f"account-{quote(account, safe=' ')}.key" if account else "key")
