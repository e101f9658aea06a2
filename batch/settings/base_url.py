"""Addresses: the base URL and the URL of notices; which values are valid, and which ones are this machine.

Owns: the rule that neither a key nor a notice leaves this machine unencrypted.
"""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import SplitResult, urlsplit

from batch.errors import SettingsError
from batch.text.language import tr

DEFAULT_BASE_URL: Final = "https://api.guayaba.ai"


def base_url(value: object) -> str:
    """The address without a trailing slash. Raises ValueError for anything else."""
    text = str(value).strip().rstrip("/")
    strange = any(sign in "?#\\" or sign.isspace() or not sign.isascii() or not sign.isprintable() for sign in text)
    parts = _split(text)
    if strange or parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(
            tr(
                'expected an address such as {default_base_url}, found "{value}"',
                default_base_url=DEFAULT_BASE_URL,
                value=value,
            )
        )
    if parts.username or parts.password:
        raise ValueError(tr("the address must not hold a user name or password"))
    if parts.scheme == "http" and not is_loopback(text):
        raise ValueError(
            tr("http:// would send the API key unencrypted to {hostname}: use https://", hostname=parts.hostname)
        )
    return text


def require_base_url(value: str) -> str:
    """`base_url`. Raises SettingsError."""
    try:
        return base_url(value)
    except ValueError as error:
        problem = (tr("base_url: {error}", error=error),)
        raise SettingsError(tr("the settings cannot be used. Nothing was sent."), problems=problem) from None


def notice_url(value: object) -> str:
    """An address for notices. Raises ValueError, which names only the host: such an address is often a secret."""
    text = str(value).strip()
    parts = _split(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or not (text.isascii() and text.isprintable()):
        raise ValueError(tr("expected an address such as https://hooks.example.com/guayaba"))
    if " " in text or "#" in text or parts.username or parts.password:
        raise ValueError(
            tr("the address at {hostname} must hold no space, fragment, user name or password", hostname=parts.hostname)
        )
    if parts.scheme == "http" and not is_loopback(text):
        raise ValueError(
            tr("http:// would send the summary unencrypted to {hostname}: use https://", hostname=parts.hostname)
        )
    return text


def _split(address: str) -> SplitResult:
    """The parts of `address`; all of them empty where it is no address."""
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return urlsplit("")
    return parts


def is_loopback(base_url: str) -> bool:
    """True where the host of `base_url` is this machine."""
    host = urlsplit(base_url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
