"""The address of a quota store: which ones are valid, and a value that no print or log shows with its password.

Owns: the schemes of quota stores, and the rule that a password is in no argument.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from batch.text.language import tr

#: Scheme -> the one that the client library knows.
_REDIS: Final = {"redis": "redis", "rediss": "rediss", "valkey": "redis", "valkeys": "rediss"}
_POSTGRES: Final = ("postgresql", "postgres")
#: What may stand behind `?` in the address of a Redis: files of TLS. Everything else is a setting of the library.
_REDIS_OPTIONS: Final = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
_EXAMPLES: Final = "redis://host:6379/0 or postgresql://user@host/database"


class StoreAddress:
    """The address of a quota store. It shows itself without its password."""

    __slots__ = ("_url", "shown")

    def __init__(self, url: str) -> None:
        self._url = url
        parts = urlsplit(url)
        host = parts.hostname or ""
        where = f"[{host}]" if ":" in host else host
        port = f":{parts.port}" if parts.port else ""
        user = f"{parts.username}@" if parts.username else ""
        #: For messages: no password, and nothing that stands behind `?`.
        self.shown = f"{parts.scheme}://{user}{where}{port}{parts.path}"

    @property
    def is_redis(self) -> bool:
        """True for a Redis or Valkey; else it is a PostgreSQL."""
        return urlsplit(self._url).scheme in _REDIS

    @property
    def has_password(self) -> bool:
        return bool(urlsplit(self._url).password) or "password" in dict(parse_qsl(urlsplit(self._url).query))

    def with_password(self, password: str) -> StoreAddress:
        """The same address with another password."""
        parts = urlsplit(self._url)
        place = parts.netloc.rpartition("@")[2]
        login = f"{quote(unquote(parts.username or ''), safe='')}:{quote(password, safe='')}"
        return StoreAddress(urlunsplit(parts._replace(netloc=f"{login}@{place}")))

    def mask(self, text: str) -> str:
        """`text`, a message of a client library, without the password."""
        password = unquote(urlsplit(self._url).password or "")
        return text.replace(password, "…") if password else text

    def reveal(self) -> str:
        """The address with its password, for the client library."""
        parts = urlsplit(self._url)
        scheme = _REDIS.get(parts.scheme, "postgresql")
        return urlunsplit(parts._replace(scheme=scheme))

    def __repr__(self) -> str:
        return f"StoreAddress({self.shown})"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StoreAddress) and self._url == other._url

    def __hash__(self) -> int:
        return hash(self._url)

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("the address of a quota store is not written anywhere")


def store_address(value: object) -> StoreAddress:  # noqa: C901 - one branch for each kind of address
    """The address of a store. Raises ValueError, which shows no password."""
    if isinstance(value, StoreAddress):
        return value
    text = str(value).strip()
    try:
        parts = urlsplit(text)
        _ = parts.port
        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    except ValueError:
        raise ValueError(tr("expected an address such as {examples}", examples=_EXAMPLES)) from None
    if parts.scheme not in (*_REDIS, *_POSTGRES) or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError(tr("expected an address such as {examples}", examples=_EXAMPLES))
    if not parts.hostname and parts.scheme in _REDIS:
        raise ValueError(tr("the address names no host: expected one such as {examples}", examples=_EXAMPLES))
    if parts.fragment:
        raise ValueError(tr("the address must not hold a #: write it as %23 where it belongs to a password"))
    unknown = sorted(set(options) - set(_REDIS_OPTIONS)) if parts.scheme in _REDIS else []
    if unknown:
        raise ValueError(
            tr(
                "the address has no option {unknown!r}: there are {options}",
                unknown=unknown[0],
                options=", ".join(_REDIS_OPTIONS),
            )
        )
    if options:
        text = urlunsplit(parts._replace(query=urlencode(options)))
    return StoreAddress(text)


def read_password(path: Path) -> str:
    """The password in the file `path`, without the line break at its end. Raises ValueError without it."""
    try:
        text = path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        why = getattr(error, "strerror", None) or tr("not text")
        raise ValueError(tr("the password file {path} cannot be read: {why}", path=path, why=why)) from None
    if not text or "\n" in text:
        raise ValueError(tr("the password file {path} must hold one line", path=path))
    return text
