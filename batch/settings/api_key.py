"""The API key. Only the request header gets it.

Owns: a key that no print, log, repr or traceback shows; its fingerprint, and its signature of a text.
"""

from __future__ import annotations

from typing import Final

from batch.text.language import tr

_QUOTES: Final = frozenset("\"'`\u2018\u2019\u201c\u201d\u00ab\u00bb")


class ApiKey:
    """A key that shows itself only as its fingerprint. Keys look like `gua_xxxxxxxx_...` (/authentication)."""

    __slots__ = ("_key",)

    def __init__(self, key: str) -> None:
        """Hold `key`, stripped. Raises ValueError, without the key in it, where no HTTP header can carry it."""
        stripped = key.strip()
        if not stripped:
            raise ValueError(tr("the API key is empty"))
        if stripped[0] in _QUOTES or stripped[-1] in _QUOTES:
            raise ValueError(tr("the API key is inside quotation marks. Give it without them"))
        if stripped.lower().startswith(("bearer ", "x-api-key:")):
            raise ValueError(tr("the API key has a word before it (Bearer, X-API-Key). Give only the key"))
        if len(stripped.split()) > 1:
            raise ValueError(tr("the API key has a space or a line break in it. Copy it again, as one line"))
        if not stripped.isascii() or not stripped.isprintable() or " " in stripped:
            raise ValueError(tr("the API key holds characters that no key has (spaces, line breaks or non-ASCII)"))
        self._key = stripped

    def reveal(self) -> str:
        """The key itself, for the X-API-Key header."""
        return self._key

    @property
    def fingerprint(self) -> str:
        """The first 12 hexadecimal digits of the key's SHA-256: enough to distinguish keys, useless for a call."""
        from hashlib import sha256

        return sha256(self._key.encode()).hexdigest()[:12]

    def seal(self, text: str) -> str:
        """The signature of `text`: it proves that its writer had this key, without the key (HMAC-SHA256, RFC 2104)."""
        import hmac

        return hmac.new(self._key.encode(), text.encode(), "sha256").hexdigest()

    @property
    def looks_usual(self) -> bool:
        """True for the documented shape. Another shape gives a warning and is not refused: the API decides."""
        return self._key.startswith("gua_")

    def __repr__(self) -> str:
        return f"ApiKey({self.fingerprint})"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("an API key is not written anywhere")
