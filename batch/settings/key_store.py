"""Where `login` keeps a key: the system's keyring where there is one, else a file that only its owner can read.

Owns: storing, finding and forgetting keys by account.
Source: the package `keyring` (the extra of that name), which finds macOS' Keychain, Secret Service and KWallet.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Final
from urllib.parse import quote

from batch.settings.api_key import ApiKey

_SERVICE: Final = "guayaba-batch"


def read_stored_key(account: str, folder: Path) -> str | None:
    """The key stored for `account`, or None. Raises ValueError where its file is there and cannot be read."""
    with _keyring() as ring:
        if ring is not None and (found := ring.get_password(_SERVICE, _entry(account))):
            return str(found)
    path = _path(account, folder)
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as fault:
        why = getattr(fault, "strerror", None) or "not text"
        raise ValueError(f"the API key file {path} cannot be read: {why}") from None


def store_key(account: str, key: ApiKey, folder: Path) -> str:
    """Store `key`, and return where, for people. Raises OSError where the file cannot be written."""
    with _keyring() as ring:
        if ring is not None:
            ring.set_password(_SERVICE, _entry(account), key.reveal())
            if ring.get_password(_SERVICE, _entry(account)) == key.reveal():  # one backend swallows everything
                _path(account, folder).unlink(missing_ok=True)
                return "the system's keyring"
    path = _path(account, folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=folder, prefix=".key-")  # 0600 from its first moment
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(f"{key.reveal()}\n")
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    return f"{path}, for your eyes only"


def forget_key(account: str, folder: Path) -> bool:
    """Remove what is stored for `account`; True where there was something."""
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
    """The keyring, or None where the extra is not installed. One that is locked or broken is as none."""
    try:
        import keyring
    except ModuleNotFoundError:
        yield None
        return
    with suppress(Exception):  # each backend has errors of its own
        yield keyring


def _entry(account: str) -> str:
    return f"account {account}" if account else "default"


def _path(account: str, folder: Path) -> Path:
    return folder / (f"account-{quote(account, safe=' ')}.key" if account else "key")
