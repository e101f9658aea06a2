"""Who was to be protected from calls, and is not.

Owns: for a run that sets `DNC`, how many numbers it left unprotected, which, and the sentences that say so. Whole, the
numbers stand in the failures file only.
Source: DESIGN section 3, `not_found`. A `DNC` for a number that is not a contact changes nothing at the API; the number
can be imported and called tomorrow. A person who reads "37 not found" does not know that, so it is said.
"""

from __future__ import annotations

from typing import NamedTuple

from batch.model import Outcome, RunSummary
from batch.text.masking import mask_within
from batch.text.plural import pluralize

#: Rows that may be contacts, and of which nobody knows yet that they are DNC.
_UNCONFIRMED = (
    Outcome.INVALID,
    Outcome.HELD,
    Outcome.REJECTED,
    Outcome.FAILED,
    Outcome.UNKNOWN,
    Outcome.PENDING,
)


class DncCoverage(NamedTuple):
    """Rows that asked for DNC and are not: `not_found` never can be by this API, `unconfirmed` are not yet.

    `numbers` name the first of the former, masked, each with its row: `+1212•••0123 (row 7)`.
    """

    not_found: int
    unconfirmed: int
    numbers: tuple[str, ...] = ()


def dnc_coverage(facts: RunSummary) -> DncCoverage | None:
    """What a run that asked for DNC, for all its rows or for some, left unprotected; `None` where nobody asked."""
    asked = facts.asked_dnc
    if not any(asked.values()):
        return None
    return DncCoverage(
        not_found=asked.get(Outcome.NOT_FOUND, 0),
        unconfirmed=sum(asked.get(outcome, 0) for outcome in _UNCONFIRMED),
        numbers=tuple(f"{mask_within(contact)} (row {number})" for number, contact in facts.unprotected),
    )


def unprotected_lines(found: DncCoverage | None, most: int) -> str:
    """Up to `most` of the numbers that are not protected, and where the others are; empty where there are none."""
    if found is None or not found.numbers:
        return ""
    left = found.not_found - len(found.numbers[:most])
    more = f", and {left:,} more: they are in the failures file as not_found" if left > 0 else ""
    return f"Not protected: {', '.join(found.numbers[:most])}{more}."


def coverage_sentences(found: DncCoverage | None) -> list[str]:
    """The warning in sentences, the gravest first; none when everybody who was to be protected is."""
    if found is None:
        return []
    said = []
    if found.not_found:
        one = found.not_found == 1
        are, contacts, them = ("is", "it is not a contact", "it") if one else ("are", "they are not contacts", "them")
        said.append(
            f"{pluralize(found.not_found, 'number')} {are} NOT protected: {contacts} of this team, so DNC could not be "
            f"set. Keep {them} out of every dialler and every later import yourself."
        )
    if found.unconfirmed:
        more = " more" if found.not_found else ""
        are, them = ("is", "it") if found.unconfirmed == 1 else ("are", "them")
        said.append(f"{found.unconfirmed:,}{more} {are} not confirmed as DNC yet: do not call {them}.")
    return said
