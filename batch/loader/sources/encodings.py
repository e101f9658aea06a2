"""How a text file's bytes are read: its encoding, and whether they are text at all.

Owns: byte order marks, UTF-8 against Windows-1252, `--encoding`, lines that no memory should have to hold.
"""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import IO

from batch.errors import InputRefused, SettingsError
from batch.text.language import tr

#: A longer line is no row of an export.
LONGEST_LINE = 16 << 20
_BLOCK = 1 << 20
#: Bytes that no text in an 8-bit encoding has: the C0 controls but for those of lines, tabs and old end marks.
_CONTROLS = bytes(sorted(set(range(32)) - set(b"\t\n\v\f\r\x1a\x1b\x1c\x1d\x1e\x1f")))


def detect_encoding(path: Path, asked: str | None) -> str:
    """The Python codec that reads `path`: `asked` if given, else the byte order mark's, UTF-8, or Windows-1252.

    UTF-8 with a few broken bytes stays UTF-8: reading all of it as Windows-1252 would spoil every name in it. Raises
    SettingsError for an unknown `asked`.
    """
    if asked is not None:
        return _known(asked)
    with path.open("rb") as file:
        head = file.read(4096)
        file.seek(0)
        if marked := encoding_by_mark(head):
            return marked
        return _utf8_or_1252(file)


def is_guess(encoding: str) -> bool:
    """True for an encoding that `detect_encoding` found by nothing but its being the likeliest."""
    return encoding == "cp1252"


def is_binary(head: bytes) -> bool:
    """True when a file that begins with `head` is no text in any encoding that we guess.

    One control character in a hundred, and more than a slip or two, is none of a person's.
    """
    return not encoding_by_mark(head) and sum(map(head.count, map(bytes, zip(_CONTROLS, strict=True)))) > max(
        3, len(head) // 100
    )


def refuse_endless_line(path: Path, name: str) -> None:
    """Raise InputRefused for a file with a line that no memory should have to hold."""
    since_line_end = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            since_line_end = 0 if b"\n" in block or b"\r" in block else since_line_end + len(block)
            if since_line_end > LONGEST_LINE:
                raise InputRefused(
                    tr(
                        "{name} has a line of more than {since_line_end:,} bytes; an export has one row per line.",
                        name=name,
                        since_line_end=since_line_end,
                    ),
                    tip=tr("Export the contacts as CSV, XLSX or Parquet and give that file."),
                )


def _known(asked: str) -> str:
    try:
        name = codecs.lookup(asked).name
        "".encode(name)  # codecs such as base64 encode no text
    except (LookupError, TypeError):
        raise SettingsError(
            tr("No encoding is called {asked!r}.", asked=asked),
            tip=tr("Name one such as utf-8, cp1252, latin-1, utf-16 or shift_jis."),
        ) from None
    return "utf-8-sig" if name == "utf-8" else name


def encoding_by_mark(head: bytes) -> str:
    """The codec that a byte order mark names, or that zero bytes show (UTF-16 of mostly Latin text); else empty."""
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > len(head) // 4 and even < odd // 8:
        return "utf-16-le"
    if even > len(head) // 4 and odd < even // 8:
        return "utf-16-be"
    return ""


def _utf8_or_1252(file: IO[bytes]) -> str:
    """UTF-8 unless more characters are broken than whole in it."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    whole, broken = 0, 0
    while block := file.read(_BLOCK):
        if block.isascii() and not decoder.getstate()[0]:
            continue
        text = decoder.decode(block)
        if not text.isascii():
            escaped = sum("\udc80" <= mark <= "\udcff" for mark in text)
            broken += escaped
            whole += sum(mark > "\x7f" for mark in text) - escaped
    return "utf-8" if whole >= broken else "cp1252"
