"""The commands `login` and `logout`: the API key is stored once, and found by every later command.

Owns: asking for the key, and what is said about it: its fingerprint.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from batch.cli.console import print_message, print_result, read_secret
from batch.errors import Exit, SettingsError

_Account = Annotated[str | None, Parameter(help="The key is that of this [accounts.NAME] table of the settings.")]


def login(
    *,
    account: _Account = None,
    api_key_file: Annotated[
        str | None,
        Parameter(allow_leading_hyphen=True, help="Take the key from this file (- for stdin). Default: you are asked."),
    ] = None,
) -> int:
    """Store the API key: in the system's keyring where there is one, else in a file that only you can read.

    Every later command finds it there, unless a key is given in another way.
    """
    from batch.settings import keys
    from batch.settings.api_key import ApiKey
    from batch.settings.key_store import store_key
    from batch.settings.layers import config_folder

    try:
        if api_key_file not in (None, "-"):
            key = keys.from_file(str(api_key_file)).read()
        else:
            key = ApiKey(read_secret("API key (it is not shown): "))
    except ValueError as fault:
        raise SettingsError(f"{fault}. Nothing was stored.", tip="copy the key anew: it begins with gua_.") from None
    if not key.looks_usual:
        raise SettingsError(
            "that is no API key: expected one that begins with gua_. Nothing was stored.",
            tip="copy the key from the dashboard, whole.",
        )
    where = store_key(account or "", key, config_folder(os.environ, Path.home()))
    print_result(f"The key {key.fingerprint} is stored in {where}.")
    if account is None:
        for name in ("CREDENTIALS_DIRECTORY", "GUAYABA_API_KEY", "GUAYABA_API_KEY_FILE", "GUAYABA_API_KEY_COMMAND"):
            if os.environ.get(name):
                print_message(f"note: {name} is set here; `guayaba-batch config show` says which key counts.")
    return Exit.OK


def logout(*, account: _Account = None) -> int:
    """Forget the API key that login stored."""
    from batch.settings.key_store import forget_key
    from batch.settings.layers import config_folder

    gone = forget_key(account or "", config_folder(os.environ, Path.home()))
    print_result("The stored key is gone." if gone else "No key was stored.")
    return Exit.OK
