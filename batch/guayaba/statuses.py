"""The statuses of a contact: which there are by default, and which of them stop outreach. Pure.

Owns: the default statuses, the comparison of statuses, and reading one row of the team's list.
Source: the API's pages /contacts/update (the nine defaults and the seven that cancel outreach) and /contacts/statuses.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

#: The statuses that /contacts/update names, and whether setting them cancels all outreach (true) or not.
DEFAULT_STATUSES: Final[Mapping[str, bool]] = {
    "active": False,
    "paused": True,
    "fulfilled": True,
    "DNC": True,
    "not-qualifies": True,
    "not-interested": True,
    "not-answering": True,
    "wrong-number": True,
    "talk-to-human": False,
}


@dataclass(frozen=True, slots=True)
class Statuses:
    """The team's statuses: name -> whether setting it cancels all outreach. `known`: they came from the API."""

    stops: Mapping[str, bool]
    known: bool

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self.stops)

    @property
    def stopping_names(self) -> frozenset[str]:
        return frozenset(name for name, stops in self.stops.items() if stops)


def same_status(one: str | None, other: str | None) -> bool:
    """True where both name one status. No page says whether capitals matter: a status is sent as the list shows it, and
    compared without regard to capitals."""
    return one == other or (one is not None and other is not None and one.casefold() == other.casefold())


def is_dnc(status: str | None) -> bool:
    """True for DNC: the person asked not to be called."""
    return same_status(status, "DNC")


def is_stopped(status: str | None, stopping: Collection[str]) -> bool:
    """True where a contact of this status must not be contacted: the status is one of `stopping`."""
    return status is not None and (status in stopping or any(same_status(status, one) for one in stopping))


def parse_status(name: str, is_terminal: bool | None) -> bool:
    """Whether a listed status stops outreach; `is_terminal` is what the list says, `None` where it says nothing.

    DNC always does: an error of the list must not let the program call a person who asked not to be called. Without a
    word of the list, a default status is as documented, and any other status stops outreach.
    """
    documented = next((stops for known, stops in DEFAULT_STATUSES.items() if same_status(known, name)), True)
    return documented if is_terminal is None else is_terminal or same_status(name, "DNC")
