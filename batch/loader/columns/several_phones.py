"""Contacts with several phones: which columns hold them, and which say of what kind each is.

Owns: `--map phone=A,B`, numbered columns (`Phone 1 - Value`, `Phone 2 - Value`), the types beside them, the phones of a
file without a header.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from batch.loader.cells.regions import fold
from batch.loader.columns import names as headers
from batch.loader.columns.ambiguous import ContactRead, identity_column
from batch.loader.columns.candidates import best, candidates, column_letter
from batch.settings.read_options import ReadOptions
from batch.text.language import tr

#: What stands in the title of a type where that of its phone says `value`.
_TYPE = ("type", "label", "tipo", "etiqueta", "rotulo", "marcador", "kind", "typ")
_VALUE = re.compile(r" ?(?:value|valor|valeur|wert|number|numero|nummer)$")
#: A phone of a file without a header.
_PHONE = re.compile(r"\+?[\d\s().\-/']{7,24}")
#: A number that no person answers.
_FAX = re.compile(r"fax|pager|telex", re.IGNORECASE)
#: The share of filled cells that look like phones in a column of phones.
_SHARE = 0.8


def reads_every_phone(reading: ReadOptions) -> bool:
    """True where each phone of a contact is a row of its own: as `--phones` says; without it, where every row is to be
    DNC, since a person who asked not to be called can be called at any number."""
    return is_all_dnc(reading) if reading.phones is None else reading.phones == "all"


def is_all_dnc(reading: ReadOptions) -> bool:
    """True where every row is to be DNC."""
    return fold(reading.ask.status or "") == "dnc"


def split_headers(text: str, header: Sequence[str]) -> tuple[int, ...]:
    """The positions of the headers that `text` names with commas between them; none where one is not there.

    A header may hold commas itself: the longest that is there counts.
    """
    places = {fold(title): at for at, title in reversed(list(enumerate(header))) if title.strip()}
    exact = {title: at for at, title in reversed(list(enumerate(header)))}
    parts = text.split(",")
    found: list[int] = []
    at = 0
    while at < len(parts):
        for end in range(len(parts), at, -1):
            name = ",".join(parts[at:end]).strip().strip('"')
            place = exact.get(name, places.get(fold(name)))
            if place is not None:
                found.append(place)
                at = end
                break
        else:
            return ()
    return tuple(dict.fromkeys(found))


def mapped_phones(header: Sequence[str], reading: ReadOptions) -> tuple[int, ...]:
    """The positions of the phones that `--map phone=` names."""
    text = reading.mapping.get("phone", "")
    return split_headers(text, header) if text else ()


def phone_columns(
    header: Sequence[str], reading: ReadOptions, look: ContactRead, notices: list[str]
) -> tuple[int, ...]:
    """The positions of the phones by their headers: one, or all of a numbered series.

    Raises InputRefused where none is recognised, or where several can be meant that are no series.
    """
    if reading.no_header and (place := _by_content(header, look)) is not None:
        notices.append(
            tr("Column {place} is read as the phone: no other column holds phone numbers.", place=column_letter(place))
        )
        return (place,)
    found = candidates(header, headers.PHONE, ())
    phones = _among(found, header, reading, look, notices)
    _name_unread(header, {*phones, *(at for _, at in found)}, phones, look, notices)
    return phones


def _among(
    found: list[tuple[int, int]],
    header: Sequence[str],
    reading: ReadOptions,
    look: ContactRead,
    notices: list[str],
) -> tuple[int, ...]:
    """The phones among the columns that were `found` by their names, (rank, position) each."""
    if len(found) > 1:
        cells = look([at for _, at in found])
        filled = [(rank, at) for rank, at in found if cells[at]] or found[:1]
        series = best(filled)
        phones = [at for _, at in filled if not _FAX.search(header[at])]
        if len(phones) > 1 and reads_every_phone(reading):
            notices.append(
                tr(
                    "All phones of a contact are read from {named} (--phones first reads one).",
                    named=_named(header, phones),
                )
            )
            return tuple(phones)
        if len(series) > 1 and _is_series([header[at] for at in series]):
            notices.append(
                tr(
                    "The phone is read from {named}: a mobile number first, or else the first number that can be "
                    "called.",
                    named=_named(header, series),
                )
            )
            return tuple(series)
    return (identity_column("phone", headers.PHONE, header, look, notices, None),)


def _name_unread(
    header: Sequence[str], known: Collection[int], phones: Sequence[int], look: ContactRead, notices: list[str]
) -> None:
    """Name the columns that hold phone numbers below a header that is not in the table: nobody would miss them."""
    maybe = [at for at, title in enumerate(header) if at not in known and _names_a_phone(title)]
    cells = look(maybe) if maybe else {}
    if unread := [at for at in maybe if _are_phones(cells[at])]:
        notices.append(
            tr(
                'Phone numbers that are not read are in {unread}. To read them too: --map phone="{headers}".',
                unread=_named(header, unread),
                headers=",".join(header[at] for at in (*phones, *unread)),
            )
        )


def _named(header: Sequence[str], places: Sequence[int]) -> str:
    return ", ".join(f'"{header[at]}"' for at in places)


def _names_a_phone(title: str) -> bool:
    return headers.PHONE_WORD.search(fold(title)) is not None and _FAX.search(title) is None


def type_columns(header: Sequence[str], phones: Sequence[int]) -> Mapping[int, int]:
    """Position of a phone -> position of the column that says its kind."""
    places = {fold(title): at for at, title in reversed(list(enumerate(header))) if title.strip()}
    found: dict[int, int] = {}
    for at in phones:
        stem = _VALUE.sub("", fold(header[at]))
        for word in _TYPE:
            place = places.get(f"{stem} {word}")
            if place is not None and place != at:
                found[at] = place
                break
    return found


def _is_series(titles: Sequence[str]) -> bool:
    """True for titles that differ in their numbers alone."""
    folded = [fold(title) for title in titles]
    stems = {re.sub(r"\d+", "#", title) for title in folded}
    return len(stems) == 1 and len(set(folded)) == len(folded) and "#" in next(iter(stems))


def _by_content(header: Sequence[str], look: ContactRead) -> int | None:
    """The only column whose cells look like phones."""
    found = [at for at, cells in look(range(len(header))).items() if _are_phones(cells)]
    return found[0] if len(found) == 1 else None


def _are_phones(cells: Collection[str]) -> bool:
    return bool(cells) and sum(_is_phone(cell) for cell in cells) >= _SHARE * len(cells)


def _is_phone(cell: str) -> bool:
    digits = sum(mark.isdecimal() for mark in cell)
    return _PHONE.fullmatch(cell.strip()) is not None and 7 <= digits <= 15
