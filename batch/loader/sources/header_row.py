"""Which row of a sheet or text file names the columns, below title rows or nowhere.

Owns: the search for the header, `--header-row`, `--no-header`, and refusing where two rows could be it or where the
first row is a contact.
Flow: the first rows that hold anything -> `HeaderChoice`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from batch.errors import InputRefused, SettingsError
from batch.loader.cells.cell_checks import is_uuid
from batch.loader.cells.regions import fold
from batch.loader.columns import names as headers
from batch.loader.columns.candidates import candidates, column_letter
from batch.loader.report_layout import detect_report
from batch.settings.read_options import ReadOptions
from batch.text.language import tr, trn

#: Digits of the shortest phone number.
_PHONE_DIGITS = 7
#: Rows that are looked through for the header. Reports with titles have a handful.
SEARCHED_ROWS = 50

_DIGITS = re.compile(r"\+?[0-9]+")
_BETWEEN = re.compile(r"[\s().\-/\u00a0'\"]+")
#: `555-0101` and `12 34 56 78`; years (2025-2026) and dates are no such groups.
_GROUPS = re.compile(r"\d{3}[-.]\d{4}|\d{2,4}(?: \d{2,4}){1,5}")
_EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[A-Za-z]{2,}")

#: A row with its number, as the spreadsheet shows it.
NumberedRow = tuple[int, Sequence[str | None]]


class HeaderChoice(NamedTuple):
    """The titles of the columns, the row that holds them (0: no row does), and what to tell about the choice."""

    header: tuple[str, ...]
    row: int
    notices: tuple[str, ...] = ()


def choose_header(rows: Sequence[NumberedRow], reading: ReadOptions, name: str) -> HeaderChoice:  # noqa: C901 - one branch for each rule of the header, in their order
    """The header among `rows`, the first `SEARCHED_ROWS` that hold anything, of the source called `name`.

    Without a row, or without a recognised one, the first row is the header: what it lacks is refused later, with all
    that it holds. Raises SettingsError where `--header-row` names no such row; InputRefused where the first row is a
    contact, or where more than one row could be the header.
    """
    if reading.rerun:  # a report has a header of ours, however the file was read that it is about
        reading = replace(reading, no_header=False, header_row=None)
    if reading.no_header:
        width = max((len(_trim(cells)) for _, cells in rows), default=0)
        return HeaderChoice(tuple(column_letter(at) for at in range(width)), 0)
    if reading.header_row is not None:
        return _told(rows, reading.header_row, name)
    if not rows:
        return HeaderChoice((), 1)
    number, first = rows[0]
    if is_recognised(first, reading):
        _refuse_contact(first, number, name, reading)
        return HeaderChoice(_trim(first), number)
    found = [at for at, (_, cells) in enumerate(rows) if is_recognised(cells, reading)]
    found = found[:1] + [at for at in found[1:] if not _holds_number(rows[at][1])]
    if len(found) > 1 and _are_titles(rows[: found[0]], rows[found[0]]):
        raise InputRefused(
            tr(
                "{name}: rows {listed} could both be the header.",
                name=name,
                listed=tr(" and ").join(str(rows[at][0]) for at in found[:2]),
            ),
            problems=tuple(
                tr("row {number}: {cells}", number=rows[at][0], cells=_shown(rows[at][1])) for at in found[:2]
            ),
            tip=tr("Choose one: --header-row {rows}.", rows=rows[found[0]][0]),
        )
    if found and _are_titles(rows[: found[0]], rows[found[0]]):
        number, cells = rows[found[0]]
        titles = trn("the title row above it is not read", "the {count} title rows above it are not read", found[0])
        return HeaderChoice(
            _trim(cells),
            number,
            (tr("Row {number} is read as the header; {titles}.", number=number, titles=titles),),
        )
    _refuse_contact(first, number, name, reading)
    return HeaderChoice(_trim(first), number)


def is_recognised(cells: Sequence[str | None], reading: ReadOptions) -> bool:
    """True for a row that names the columns of contacts: mapped headers, a phone, an id, or a report of ours."""
    titles = [cell or "" for cell in cells]
    if detect_report(titles) is not None:
        return True
    identity = {header for role, header in reading.mapping.items() if role in {"phone", "id"} and header}
    folded = {fold(title) for title in titles if title.strip()}
    if identity:
        return all(set(map(fold, [header, *header.split(",")])) & folded for header in identity)
    return bool(candidates(titles, headers.PHONE, ()) or candidates(titles, headers.ID, ()))


def is_contact(cells: Sequence[str | None]) -> bool:
    """True for a row that holds a phone number, an e-mail address or a UUID: no title does."""
    return any(is_phone_like(cell) or is_uuid(cell) or _EMAIL.fullmatch(cell.strip()) for cell in cells if cell)


def _holds_number(cells: Sequence[str | None]) -> bool:
    """True where a cell has the digits of a phone: `tel: 212-555-0100` looks like the name of a column, and is none."""
    return any(sum(map(str.isdigit, cell)) >= _PHONE_DIGITS for cell in cells if cell)


def is_phone_like(cell: str) -> bool:
    """True for a cell of a phone's digits and punctuation: 8 to 15 digits behind a plus, 9 to 15, or short groups."""
    plain = _BETWEEN.sub("", cell)
    if _GROUPS.fullmatch(cell.strip()) and 7 <= len(plain) <= 15:
        return True
    if not _DIGITS.fullmatch(plain):
        return False
    return (8 if plain.startswith("+") else 9) <= len(plain.lstrip("+")) <= 15


def _told(rows: Sequence[NumberedRow], wanted: int, name: str) -> HeaderChoice:
    for number, cells in rows:
        if number == wanted:
            return HeaderChoice(_trim(cells), number)
    raise SettingsError(
        tr("--header-row {wanted}: row {wanted} of {name} is empty or not there.", wanted=wanted, name=name),
        problems=tuple(tr("row {number}: {cells}", number=number, cells=_shown(cells)) for number, cells in rows[:5]),
        tip=tr("Give the number of the row that names the columns, as the spreadsheet shows it."),
    )


def _are_titles(above: Sequence[NumberedRow], header: NumberedRow) -> bool:
    """True where the rows above a recognised one can be nothing but titles: fewer cells, and no contact among them."""
    width = _count_filled(header[1])
    return all(
        not is_contact(cells) and (_count_filled(cells) < width or _count_filled(cells) == 1) for _, cells in above
    )


def _refuse_contact(cells: Sequence[str | None], number: int, name: str, reading: ReadOptions) -> None:
    if not is_contact(cells):
        return
    raise InputRefused(
        tr("{name} has no header: row {number} is a contact ({cells}).", name=name, number=number, cells=_shown(cells)),
        tip=(
            tr(
                "Add --no-header: the columns are then called A, B, C and so on, for example --map phone=B. Or "
                "put a row with the columns' names above it."
            )
            if reading.header_row is None
            else tr("Give the number of the row that names the columns.")
        ),
    )


def _trim(cells: Sequence[str | None]) -> tuple[str, ...]:
    """The cells as titles, cut after the last that is filled."""
    filled = [at for at, cell in enumerate(cells) if cell]
    return tuple(cell or "" for cell in cells[: filled[-1] + 1]) if filled else ()


def _count_filled(cells: Sequence[str | None]) -> int:
    return sum(1 for cell in cells if cell and cell.strip())


def _shown(cells: Sequence[str | None]) -> str:
    """The first cells of a row in a message; digits are masked, since it may be a contact."""
    shown = [re.sub("[0-9]", "•", cell.strip())[:30] for cell in cells[:6] if cell and cell.strip()]
    return ", ".join(repr(cell) for cell in shown)
