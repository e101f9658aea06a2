"""Who was to be protected from calls, and is not.

Owns: for a run that sets `DNC`, how many contacts it left unprotected, in how many rows, which, and the sentences that
say so. Only the failures file has the complete numbers.
Source: DESIGN section 3, `not_found`. A `DNC` for a number that is not a contact changes nothing at the API; the number
can be imported and called tomorrow. A person who reads "37 not found" does not know that, so it is said.
"""

from __future__ import annotations

from typing import NamedTuple

from batch.model import Outcome, RunSummary
from batch.text.language import pluralize, tr, trn
from batch.text.masking import mask_within

#: Rows that may be contacts, and are not yet known to be DNC.
_UNCONFIRMED = (
    Outcome.INVALID,
    Outcome.HELD,
    Outcome.REJECTED,
    Outcome.FAILED,
    Outcome.UNKNOWN,
    Outcome.PENDING,
)


class DncCoverage(NamedTuple):
    """Contacts that were to become DNC and are not: `not_found` cannot by this API, `unconfirmed` are not yet.

    The rows are those of the failures file, duplicates among them, so they may be more than the contacts; a row without
    a readable number counts as one contact. `numbers` are the first contacts that were not found, masked, each with its
    first row: `+1212•••0123 (row 7)`.
    """

    not_found: int
    not_found_rows: int
    unconfirmed: int
    unconfirmed_rows: int
    numbers: tuple[str, ...] = ()


def dnc_coverage(facts: RunSummary) -> DncCoverage | None:
    """What a run that asked for DNC, for all its rows or for some, left unprotected; `None` where no row asked."""
    asked = facts.dnc_rows
    if not any(asked.values()):
        return None
    contacts = facts.dnc_contacts
    return DncCoverage(
        not_found=contacts.get(Outcome.NOT_FOUND, 0),
        not_found_rows=asked.get(Outcome.NOT_FOUND, 0),
        unconfirmed=sum(contacts.get(outcome, 0) for outcome in _UNCONFIRMED),
        unconfirmed_rows=sum(asked.get(outcome, 0) for outcome in _UNCONFIRMED),
        numbers=tuple(
            tr("{phone} (row {number})", phone=mask_within(contact), number=number)
            for number, contact in facts.unprotected
        ),
    )


def unprotected_lines(found: DncCoverage | None, most: int) -> str:
    """Up to `most` of the numbers that are not protected, and where the others are; empty where there are none."""
    if found is None or not found.numbers:
        return ""
    left = found.not_found - len(found.numbers[:most])
    more = tr(", and {left:,} more: they are in the failures file as not_found", left=left) if left > 0 else ""
    return tr("Not protected: {numbers}{more}.", numbers=", ".join(found.numbers[:most]), more=more)


def coverage_sentences(found: DncCoverage | None) -> list[str]:
    """The warning in sentences, the gravest first; none when everybody who was to be protected is."""
    if found is None:
        return []
    said = []
    if found.not_found:
        said.append(
            trn(
                "{numbers} is NOT protected: it is not a contact of this team, so DNC could not be set. Keep it out of "
                "every dialer and every later import yourself.",
                "{numbers} are NOT protected: they are not contacts of this team, so DNC could not be set. Keep them "
                "out of every dialer and every later import yourself.",
                found.not_found,
                numbers=_numbers_text(found.not_found, found.not_found_rows),
            )
        )
    if found.unconfirmed:
        more = bool(found.not_found)
        said.append(
            trn(
                "{numbers} is not confirmed as DNC yet: do not call it.",
                "{numbers} are not confirmed as DNC yet: do not call them.",
                found.unconfirmed,
                numbers=_numbers_text(found.unconfirmed, found.unconfirmed_rows, more),
            )
        )
    return said


def _numbers_text(contacts: int, rows: int, more: bool = False) -> str:
    """`9 numbers`, or `9 numbers, in 12 rows,` where the rows are more."""
    numbers = pluralize(contacts, "more number") if more else pluralize(contacts, "number")
    return numbers + (tr(", in {rows:,} rows,", rows=rows) if rows > contacts else "")
