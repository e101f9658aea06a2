"""What is written into a journal while a run goes, and what is read from it to go on. Values only.

Does not own: when it is durable (`journal/`).
"""

from __future__ import annotations

from typing import NamedTuple

from batch.model import Ask, Outcome
from batch.operations import ContactSeen, Turn


class Todo(NamedTuple):
    """A row without a final word, as the dispatcher needs it. `account` names the key that is used for it; `seen` is
    its contact as this run read it last, before its first attempt."""

    ordinal: int
    contact: str
    phone: str | None
    ask: Ask
    attempts: int
    in_doubt: bool
    account: str = ""
    seen: ContactSeen | None = None


class Before(NamedTuple):
    """A contact as it was read before anything of this run's reached it, and what its row came to.

    `at` (epoch seconds) is when it was read. `outcome` is `None` while the row has no final word; `attempts` are the
    requests that left for it. `contact_id` is what the API's answers named, where they did.
    """

    ordinal: int
    number: int
    account: str
    contact: str
    phone: str | None
    ask: Ask
    outcome: Outcome | None
    attempts: int
    contact_id: str | None
    at: float
    seen: ContactSeen


class Change(NamedTuple):
    """How many rows are to be sent with this status and campaign (`None`: left as it is), and in which turn."""

    turn: Turn
    status: str | None
    campaign: str | None
    rows: int


class Intent(NamedTuple):
    """An attempt that is about to leave. Times are epoch seconds."""

    ordinal: int
    attempt: int
    at: float


class Found(NamedTuple):
    """What is now known of a row after an attempt (`attempt`) or, where that is `None`, after reading it back.

    `at` is when the answer was seen, `left_at` when the request left: after the fsync of its intent. `before` is the
    contact as it was read before the row's first attempt.
    """

    ordinal: int
    attempt: int | None
    at: float
    left_at: float | None
    status: int | None
    verdict: str
    outcome: Outcome | None
    code: str
    message: str
    attempts: int
    in_doubt: bool
    contact_id: str | None
    before: ContactSeen | None = None


class Listed(NamedTuple):
    """A contact as the team's list showed it before anything was sent to it; `None`: what was read says nothing of it.

    With `outcome` (and its `code` and `message`) that is the final word on its row.
    """

    ordinal: int
    at: float
    seen: ContactSeen | None
    outcome: Outcome | None = None
    code: str = ""
    message: str = ""


class ListRead(NamedTuple):
    """So many pages of the team's list were read."""

    at: float
    pages: int


class Pause(NamedTuple):
    """A time in which nothing was sent, and why. Epoch seconds."""

    since: float
    until: float
    why: str


class Learned(NamedTuple):
    """The server's limit for the key of `account`, as its answers say it is."""

    limit: int
    account: str = ""


Entry = Intent | Found | Listed | ListRead | Pause | Learned
