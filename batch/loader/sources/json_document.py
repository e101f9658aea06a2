"""A JSON document: an array of objects, or an object that holds one such array (what APIs answer with).

Owns: finding the array, and writing its objects as NDJSON, which `ndjson.py` reads.
Source: RFC 8259.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from batch.errors import InputRefused
from batch.loader.sources.header_row import is_recognised
from batch.settings.read_options import ReadOptions
from batch.text.language import tr, tr_noop

#: A document is decoded as a whole; a larger one is better given as NDJSON.
MAX_BYTES = 1 << 30
_TIP = tr_noop("Give an array of objects, [{…}, {…}], or NDJSON: one JSON object per line.")


def write_ndjson(path: Path, name: str, target: Path) -> None:
    """Write the objects of the document at `path` to `target`, one a line.

    Raises InputRefused for a document that is damaged, too large, or holds no array of objects.
    """
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise InputRefused(
            tr("{name} is a JSON document of {size:,} MB; the limit is 1,024 MB.", name=name, size=size >> 20),
            tip=tr(_TIP),
        )
    content = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    try:
        rows = _rows(content, name)
        with target.open("wb") as lines:
            for row in rows:
                lines.write(msgspec.json.encode(msgspec.json.decode(row)) + b"\n")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        why = str(error) or tr("it is nested too deeply")
        raise InputRefused(
            tr("{name} is a damaged JSON document: {why}.", name=name, why=why), tip=tr("Export it again.")
        ) from error


def is_document(head: bytes) -> bool:
    """True for a file that begins as an array, or as an object that does not end in its first line."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    if start.startswith(b"["):
        return True
    if not start.startswith(b"{"):
        return False
    line, newline, _ = start.partition(b"\n")
    if not newline:
        return False
    try:
        msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return line.strip() == b"{" or (b":" in line and line.rstrip().endswith((b"[", b"{", b",")))
    return False


def is_wrapped(path: Path, reading: ReadOptions) -> bool:
    """True for a file of one object in one line that is no contact itself: it holds the rows in its only array of
    objects, as an API answers, or it holds columns."""
    if path.stat().st_size > MAX_BYTES:
        return False
    with path.open("rb") as file:
        line = file.readline()
        if file.read(4096).strip():
            return False
    try:
        found = msgspec.json.decode(line.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    if not isinstance(found, dict):
        return False
    if _holds_columns(found):
        return True
    if is_recognised(list(found), reading):
        return False
    return sum(isinstance(value, list) and bool(value) and isinstance(value[0], dict) for value in found.values()) == 1


def _holds_columns(members: Mapping[str, object]) -> bool:
    """True for `{"Phone": [...], "Name": [...]}` or `{"Phone": {"0": ...}, "Name": {"0": ...}}`, as pandas writes a
    table that is not asked for its records: every member is a column, and no contact has two values of everything."""
    lists = [member for member in members.values() if isinstance(member, list)]
    dicts = [member for member in members.values() if isinstance(member, dict)]
    if lists and len(lists) == len(members):
        is_table = len({len(column) for column in lists}) == 1
        return is_table and not any(isinstance(cell, dict) for column in lists for cell in column[:1])
    if dicts and len(dicts) == len(members):
        indexes = {tuple(column) for column in dicts}
        first = indexes.pop()
        return not indexes and bool(first) and (len(dicts) > 1 or all(str(key).isdecimal() for key in first))
    return False


def _rows(content: bytes, name: str) -> Sequence[msgspec.Raw]:
    """The elements of the array in `content`."""
    if content.lstrip().startswith(b"["):
        found = msgspec.json.decode(content, type=list[msgspec.Raw])
    else:
        members = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
        arrays = {key: value for key, value in members.items() if bytes(value).lstrip().startswith(b"[")}
        lists = {key: msgspec.json.decode(value, type=list[msgspec.Raw]) for key, value in arrays.items()}
        tables = {key: rows for key, rows in lists.items() if rows and bytes(rows[0]).lstrip().startswith(b"{")}
        if not tables and _holds_columns(msgspec.json.decode(content)):
            raise InputRefused(
                tr("{name} is a JSON object that holds columns; expected rows.", name=name),
                problems=tuple(tr("found: {found}", found=key) for key in list(members)[:20]),
                tip=tr(_TIP) + " " + tr('In pandas: to_json(orient="records").'),
            )
        if len(tables) != 1:
            raise InputRefused(
                tr(
                    "{name} is a JSON object with {value} arrays of objects; expected one.",
                    name=name,
                    value=len(tables) or tr("no"),
                ),
                problems=tuple(tr("found: {found}", found=key) for key in list(members)[:20]),
                tip=tr(_TIP),
            )
        found = next(iter(tables.values()))
    if not any(bytes(row).lstrip().startswith(b"{") for row in found):
        raise InputRefused(tr("{name} is a JSON array that holds no objects.", name=name), tip=tr(_TIP))
    return found
