"""The commands `login` and `logout`: store the API key once; every later command finds it.

Messages show the fingerprint of the key only.
"""

from __future__ import annotations

import os
from typing import Annotated

from cyclopts import Parameter

from batch.cli.console import print_message, print_result, read_secret
from batch.errors import Exit, SettingsError
from batch.text.language import tr

_Account = Annotated[str | None, Parameter(help="Store the key for this [accounts.NAME] table of the settings.")]


def login(
    *,
    account: _Account = None,
    api_key_file: Annotated[
        str | None,
        Parameter(allow_leading_hyphen=True, help="Read the key from this file (- for stdin). Default: a prompt."),
    ] = None,
) -> int:
    """Store the API key: in the system's keyring if there is one, else in a file that only you can read.

    Every later command finds it there, unless you give a key in another way.
    """
    from batch.api.accounts import store_login_key
    from batch.settings import keys
    from batch.settings.api_key import ApiKey

    try:
        if api_key_file not in (None, "-"):
            key = keys.from_file(str(api_key_file)).read()
        else:
            key = ApiKey(read_secret(tr("API key (it is not shown): ")))
    except ValueError as error:
        raise SettingsError(
            tr("{error}. Nothing was stored.", error=error), tip=tr("copy the key again: it begins with gua_.")
        ) from None
    fingerprint, where = store_login_key(key, account or "")
    print_result(tr("The key {fingerprint} is stored in {where}.", fingerprint=fingerprint, where=where))
    if account is None:
        for name in ("CREDENTIALS_DIRECTORY", "GUAYABA_API_KEY", "GUAYABA_API_KEY_FILE", "GUAYABA_API_KEY_COMMAND"):
            if os.environ.get(name):
                print_message(
                    tr("note: {name} is set here. `guayaba-batch config show` shows which key is used.", name=name)
                )
    return Exit.OK


def logout(*, account: _Account = None) -> int:
    """Delete the API key that login stored."""
    from batch.api.accounts import logout as forget_key

    gone = forget_key(account or "")
    print_result(tr("The stored key was deleted.") if gone else tr("No key was stored."))
    return Exit.OK
