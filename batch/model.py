"""The frozen values that flow between the stages, and nothing that acts on them.

Owns: the words of the house (operation, outcome, ask, request, row) as types.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

import msgspec


def iso_utc(at: float) -> str:
    """The moment `at` (epoch seconds) in ISO 8601, UTC, to the millisecond: as the API writes its timestamps."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class RunKind(StrEnum):
    """What a run does: the rows of a file, the rows of a report again, or the reverse of another run."""

    RUN = "run"
    RERUN = "rerun"
    UNDO = "undo"


class Operation(StrEnum):
    """What a run asks of the API: one of its three write calls."""

    FULFILL = "fulfill"
    UPDATE = "update"
    UPDATE_BY_ID = "update-by-id"


class Outcome(StrEnum):
    """The one final word on a row. The names are public: they stand in report files and JSON."""

    SUCCEEDED = "succeeded"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    SUPERSEDED = "superseded"
    INVALID = "invalid"
    NOT_FOUND = "not_found"
    REJECTED = "rejected"
    FAILED = "failed"
    UNKNOWN = "unknown"
    PENDING = "pending"


#: Outcomes that need nothing more from anybody.
DONE = frozenset({Outcome.SUCCEEDED, Outcome.UNCHANGED, Outcome.SUPERSEDED})

#: Outcomes that a rerun takes as they are. `invalid` it takes too, to judge the cells again after a correction;
#: `duplicate` it takes with the row that it was folded into.
RERUN = frozenset(
    {Outcome.NOT_FOUND, Outcome.REJECTED, Outcome.FAILED, Outcome.UNKNOWN, Outcome.PENDING, Outcome.INVALID}
)

#: The statuses that /contacts/update names, and whether setting them cancels all outreach (true) or not.
DEFAULT_STATUSES: Mapping[str, bool] = {
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


class ContactChange(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one contact is asked to become. `None` and no variables mean "leave it as it is": blank is not erase.

    With `replace_variables`, variables that are not asked are erased by those that are.
    """

    status: str | None = None
    campaign_id: str | None = None
    name: str | None = None
    phone_number: str | None = None
    timezone: str | None = None
    variables: dict[str, str] = {}
    replace_variables: bool = False

    def __bool__(self) -> bool:
        """True when anything at all is asked."""
        return self != ContactChange(replace_variables=self.replace_variables)


class Request(NamedTuple):
    """One call of the API: path below the base URL, JSON body."""

    method: str
    path: str
    body: Mapping[str, object]


class Rate(NamedTuple):
    """At most `calls` in any `seconds`."""

    calls: int
    seconds: float


#: The documented limits for each key, /authentication. Whether PUT counts as a write is not stated: it is taken as one.
WRITES = Rate(30, 60.0)
READS = Rate(100, 60.0)


class PlannedRow(NamedTuple):
    """One row of input, as the loader judged it.

    `number` is the spreadsheet's own (the header is 1). `cells` are the user's own, as text, in column order (`None`:
    an empty cell). `contact` is the identity that orders and folds rows: E.164 or a lower-case UUID. `outcome` is
    `None` for a row to be sent, else `invalid` or `duplicate` with `code` and `message`; `same_as` is the number of
    the row that a duplicate was folded into. `repair` says how the phone was read, empty where nothing was repaired.
    `in_doubt` marks a row of an earlier report whose request may have arrived: it is read back before it is sent.
    `account` names the API key that is used for the row; empty: the run's own.
    """

    number: int
    cells: tuple[str | None, ...]
    contact: str | None
    phone: str | None
    ask: ContactChange | None
    outcome: Outcome | None = None
    code: str = ""
    message: str = ""
    same_as: int | None = None
    repair: str = ""
    in_doubt: bool = False
    account: str = ""
