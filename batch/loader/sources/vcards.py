"""vCards (what phones export): one contact a card, its phones with their types.

Owns: versions 2.1, 3.0 and 4.0: folded lines, quoted-printable, charsets, groups, escapes; cards as rows.
Flow: lines -> properties -> cards -> a frame of text: the columns `Name`, `Organization`, `Email`, `UID`, then
`Phone 1 - Type`, `Phone 1 - Value` and so on.
Source: RFC 6350 (4.0), RFC 2426 (3.0), versit's vCard 2.1.

Not vobject: it stops at the first damaged line of a file, and a contact list must lose that card only, by name.
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import polars as pl

from batch.errors import InputRefused
from batch.loader.sources.encodings import encoding_by_mark
from batch.text.language import tr

#: Phones of a card that become columns.
MAX_PHONES = 20
#: A longer line is a picture's.
MAX_LINE = 1 << 20
#: Cards in a file at most; they are held in memory.
MAX_CARDS = 1_000_000
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_PARAMETER = re.compile(r';([^=;:"]+)(?:=((?:"[^"]*"|[^;:"])*))?')
_FIELDS = ("Name", "Organization", "Email", "UID")


class Property(NamedTuple):
    """One line: its name and parameters in upper case, and its raw value."""

    name: str
    parameters: dict[str, list[str]]
    value: str


@dataclass
class Card:
    """A contact: the first value of each field, and its phones as (types, number). `broken`: the card never ended."""

    fields: dict[str, str] = field(default_factory=dict)
    phones: list[tuple[str, str]] = field(default_factory=list)
    broken: bool = False


def is_vcard(head: bytes) -> bool:
    """True for a file that begins with a card, in UTF-16 as well."""
    text = head.decode(encoding_by_mark(head) or "utf-8-sig", "ignore")
    return text.lstrip()[:11].upper() == "BEGIN:VCARD"


def read_cards(path: Path, name: str) -> tuple[pl.DataFrame, list[bool]]:
    """The cards at `path` as a frame of text, one a row, and which of them are cut off.

    Raises InputRefused for a file without a card, and for one in an encoding that it does not declare.
    """
    content = path.read_bytes()
    as_bytes = False
    try:
        text = content.decode(encoding_by_mark(content[:4096]) or "utf-8-sig")
    except UnicodeDecodeError:
        text, as_bytes = content.decode("latin-1"), True  # bytes as characters: CHARSET says what they are
        if not re.search(r"CHARSET=", text, re.IGNORECASE):
            raise InputRefused(
                tr("{name} is not in UTF-8 and declares no other encoding.", name=name),
                tip=tr("Export the contacts again, in UTF-8."),
            ) from None
    cards = list(_cards(text, as_bytes=as_bytes))
    if not cards:
        raise InputRefused(tr("{name} holds no complete vCard.", name=name), tip=tr("Export the contacts again."))
    if len(cards) > MAX_CARDS:
        raise InputRefused(
            tr("{name} holds more than {max_cards:,} cards.", name=name, max_cards=MAX_CARDS), tip=tr("Split the file.")
        )
    most = min(MAX_PHONES, max(len(card.phones) for card in cards))
    columns: dict[str, list[str | None]] = {title: [card.fields.get(title) for card in cards] for title in _FIELDS}
    for at in range(max(most, 1)):
        phones = [card.phones[at] if at < len(card.phones) else ("", "") for card in cards]
        columns[f"Phone {at + 1} - Type"] = [kind or None for kind, _ in phones]
        columns[f"Phone {at + 1} - Value"] = [number or None for _, number in phones]
    kept = {title: cells for title, cells in columns.items() if title in {"Name", "Phone 1 - Value"} or any(cells)}
    return pl.DataFrame(kept, schema=dict.fromkeys(kept, pl.String)), [card.broken for card in cards]


def _cards(text: str, *, as_bytes: bool) -> Iterator[Card]:  # noqa: C901 - BEGIN and END, of a card and of an agent inside it
    """Yield the cards; one that begins before the last has ended ends that as broken, but for an agent's inside it."""
    card: Card | None = None
    agent = False
    before = ""
    for line in _unfold(text):
        found = _property(line)
        if found is None:
            continue
        is_mark = found.value.strip().upper() == "VCARD"
        if found.name == "BEGIN" and is_mark:
            if card is not None and before == "AGENT":
                agent = True
            else:
                if card is not None:
                    card.broken = True
                    yield card
                card = Card()
        elif found.name == "END" and is_mark:
            if agent:
                agent = False
            elif card is not None:
                yield card
                card = None
        elif card is not None and not agent:
            _add(card, found, as_bytes)
        before = found.name
    if card is not None:
        card.broken = True
        yield card


def _unfold(text: str) -> Iterator[str]:
    """Yield whole lines: one that begins with a space goes on the line before it, as does a quoted-printable `=`."""
    line = ""
    for physical in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if line.endswith("=") and "QUOTED-PRINTABLE" in line[:200].upper():
            line = f"{line}\n{physical}"
        elif physical[:1] in {" ", "\t"} and line:
            line = (line + physical[1:])[:MAX_LINE]
        else:
            if line:
                yield line
            line = physical
    if line:
        yield line


def _property(line: str) -> Property | None:
    head, colon, _ = line.partition(":")
    if not colon:
        return None
    name = re.match(r"(?:[\w-]+\.)?([\w-]+)", head)
    if name is None:
        return None
    at = name.end()
    parameters: dict[str, list[str]] = {}
    while found := _PARAMETER.match(line, at):
        key, value = found[1].strip().upper(), found[2]
        if value is None:  # version 2.1: TEL;CELL
            key, value = "TYPE" if key not in {"QUOTED-PRINTABLE", "BASE64", "8BIT", "7BIT"} else "ENCODING", key
        parameters.setdefault(key, []).extend(part.strip().strip('"').upper() for part in value.split(","))
        at = found.end()
    if line[at : at + 1] != ":":
        return None
    return Property(name[1].upper(), parameters, line[at + 1 :])


def _add(card: Card, found: Property, as_bytes: bool) -> None:  # noqa: C901 - one branch for each property
    match found.name:
        case "TEL":
            number = _text(found, as_bytes).strip()
            number = number[4:] if number[:4].lower() == "tel:" else number
            if number:
                kinds = [kind for kind in found.parameters.get("TYPE", []) if kind not in {"VOICE", "PREF", "INTERNET"}]
                card.phones.append((", ".join(dict.fromkeys(kind.capitalize() for kind in kinds)), number))
        case "FN":
            card.fields["Name"] = _text(found, as_bytes).strip() or card.fields.get("Name", "")
        case "N" if "Name" not in card.fields:
            parts = [part.strip() for part in _split(_raw(found, as_bytes))] + [""] * 5
            full = " ".join(part for part in (parts[3], parts[1], parts[2], parts[0], parts[4]) if part)
            if full:
                card.fields["Name"] = full
        case "ORG":
            card.fields.setdefault("Organization", " ".join(filter(None, _split(_raw(found, as_bytes)))).strip())
        case "EMAIL":
            card.fields.setdefault("Email", _text(found, as_bytes).strip())
        case "UID":
            card.fields.setdefault("UID", _text(found, as_bytes).strip())


def _raw(found: Property, as_bytes: bool) -> str:
    """The value decoded, its escapes still in it."""
    charset = (found.parameters.get("CHARSET") or ["UTF-8"])[0]
    if "QUOTED-PRINTABLE" in found.parameters.get("ENCODING", []):
        content = quopri.decodestring(found.value.encode("latin-1" if as_bytes else "utf-8", "replace"))
    elif as_bytes:
        content = found.value.encode("latin-1", "replace")
    else:
        return found.value
    try:
        return content.decode(charset, "replace")
    except (LookupError, ValueError):  # no such charset, or one that decodes no text
        return content.decode("utf-8", "replace")


def _text(found: Property, as_bytes: bool) -> str:
    return _unescape(_raw(found, as_bytes))


def _split(value: str) -> list[str]:
    """The components of a structured value."""
    return [_unescape(part) for part in re.split(r"(?<!\\);", value)]


def _unescape(value: str) -> str:
    return _ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)
