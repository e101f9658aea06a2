"""Text from files and responses, made safe to show: invisible characters with an effect are escaped.

Owns: which characters these are, and how they are written; which text no file can hold; cells in quotes.
Source: Unicode general categories; UAX #9 for the bidirectional controls; ECMA-48 for what a terminal obeys.
"""

from __future__ import annotations

import unicodedata

_JOINERS = "\u200c\u200d"  # they shape Persian, Hindi and emoji, and move nothing
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"})


def escape_text(text: str) -> str:
    """`text` on one line, with every invisible character that has an effect escaped (`\\x1b`, `\\u202e`).

    That covers control characters (a terminal obeys them), bidirectional overrides (they reverse `+1`), half
    surrogates and line separators.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_written(sign) for sign in text)


def is_encodable(text: str) -> bool:
    """True where `text` can be written as UTF-8. What the system gives in another encoding (the name of a file, a word
    of a command) has half surrogates in it (PEP 383)."""
    return text.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in text)


def escape_lines(text: str) -> str:
    """`text` as `shown`, but with its line ends."""
    return "\n".join(map(escape_text, text.split("\n")))


def quoted(cell: str) -> str:
    """`cell` in quotes for a message: shortened, and free of control characters."""
    shown = "".join(mark if mark.isprintable() else " " for mark in cell[:40])
    return f'"{shown}…"' if len(cell) > 40 else f'"{shown}"'


def _written(sign: str) -> str:
    if sign in _JOINERS or unicodedata.category(sign) not in _UNSEEN:
        return sign
    code = ord(sign)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
