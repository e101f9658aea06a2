"""Who was to be protected from calls, and is not.

Owns: for a run that sets `DNC`, how many numbers it left unprotected, and the sentences that say so.
Does not own: where they are shown (`summary.py`, `terminal.py`, `page.py`).
Source: DESIGN section 3, `not_found`. A `DNC` for a number that is not a contact changes nothing at the API; the number
can be imported and called tomorrow. A person who reads "37 not found" does not know that, so it is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from batch.model import Outcome, RunFacts, SourceFacts

DNC = "DNC"

#: Rows that may be contacts, and of which nobody knows yet that they are DNC.
_UNCONFIRMED = (Outcome.INVALID, Outcome.REJECTED, Outcome.FAILED, Outcome.UNKNOWN, Outcome.PENDING)


class Protection(NamedTuple):
    """Rows that asked for DNC and are not: `not_found` never can be by this API, `unconfirmed` are not yet.

    `exact` is false where the statuses stood in a column and nobody counted: the figures are then upper bounds.
    """

    not_found: int
    unconfirmed: int
    exact: bool


def status_column(source: SourceFacts) -> int | None:
    """The place of the column that holds the rows' own statuses, or `None`."""
    name = source.roles.get("status")
    return source.header.index(name) if name is not None and name in source.header else None


def protection(facts: RunFacts, asked_dnc: Mapping[Outcome, int] | None = None) -> Protection | None:
    """What a run that asked for DNC left unprotected, or `None` for a run that did not ask for it.

    `asked_dnc` are the outcomes of the rows that asked for DNC, where somebody counted them.
    """
    counts, exact = asked_dnc, True
    if counts is None:
        exact = status_column(facts.source) is None
        if exact and facts.ask.status != DNC:
            return None
        counts = facts.counts
    if not any(counts.values()):
        return None
    found = Protection(
        not_found=counts.get(Outcome.NOT_FOUND, 0),
        unconfirmed=sum(counts.get(outcome, 0) for outcome in _UNCONFIRMED),
        exact=exact,
    )
    return found if exact or found.not_found else None


def sentences(found: Protection | None) -> list[str]:
    """The warning in sentences, the gravest first; none when everybody who was to be protected is."""
    if found is None:
        return []
    said = []
    if found.not_found and found.exact:
        said.append(
            f"{_numbers(found.not_found)} NOT protected: they are not contacts of this team, so DNC could not be set. "
            "Keep them out of every dialler and every later import yourself."
        )
    elif found.not_found:
        said.append(
            f"{_numbers(found.not_found)} not contacts of this team: whoever of them was to be DNC is NOT protected. "
            "Keep those out of every dialler and every later import yourself."
        )
    if found.unconfirmed and found.exact:
        more = " more" if found.not_found else ""
        said.append(
            f"{found.unconfirmed:,}{more} {_are(found.unconfirmed)} not confirmed as DNC yet: do not call them."
        )
    return said


def _numbers(count: int) -> str:
    return f"{count:,} {'number' if count == 1 else 'numbers'} {_are(count)}"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
