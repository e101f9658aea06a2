"""What is written into a journal while a run goes, and what is read from it to go on. Values only."""

from __future__ import annotations

from typing import NamedTuple

from batch.guayaba.contact import Contact
from batch.guayaba.requests import OutreachEffect
from batch.model import ContactChange, Outcome


class PendingRow(NamedTuple):
    """A row without a final word, as the dispatcher needs it. `account` names the key that is used for it; `seen` is
    its contact as this run read it last, before its first attempt."""

    ordinal: int
    contact: str
    phone: str | None
    change: ContactChange
    attempts: int
    in_doubt: bool
    account: str = ""
    seen: Contact | None = None


class ContactSnapshot(NamedTuple):
    """A contact as it was read before anything of this run's reached it, and what its row came to.

    `at` (epoch seconds) is when it was read. `outcome` is `None` while the row has no final word; `attempts` are the
    requests that left for it. `contact_id` is what the API's answers named, where they did.
    """

    ordinal: int
    number: int
    account: str
    contact: str
    phone: str | None
    change: ContactChange
    outcome: Outcome | None
    attempts: int
    contact_id: str | None
    at: float
    seen: Contact


class ChangeCount(NamedTuple):
    """How many rows are to be sent with this status and campaign (`None`: left as it is), and in which turn."""

    effect: OutreachEffect
    status: str | None
    campaign: str | None
    rows: int


class AttemptStarted(NamedTuple):
    """An attempt that is about to leave. Times are epoch seconds."""

    ordinal: int
    attempt: int
    at: float


class RowResult(NamedTuple):
    """What is now known of a row. `outcome` is `None` until it is settled; `in_doubt`: an attempt may have arrived."""

    ordinal: int
    outcome: Outcome | None
    code: str
    message: str
    attempts: int
    in_doubt: bool
    verdict: str
    #: HTTP status; `None`: no response.
    status: int | None = None
    contact_id: str | None = None


class AttemptFinished(NamedTuple):
    """The result of a row after an attempt (`attempt`) or, where that is `None`, after a read of its contact.

    Epoch seconds: `at` is when the answer was seen, `left_at` when the request left, after the fsync of its intent.
    `before` is the contact as it was read before the row's first attempt.
    """

    result: RowResult
    attempt: int | None
    at: float
    left_at: float | None = None
    before: Contact | None = None


class ContactListed(NamedTuple):
    """A contact as the team's list showed it before anything was sent to it; `None`: what was read says nothing of it.

    With `outcome` (and its `code` and `message`) that is the final word on its row.
    """

    ordinal: int
    at: float
    seen: Contact | None
    outcome: Outcome | None = None
    code: str = ""
    message: str = ""


class ListPagesRead(NamedTuple):
    """So many pages of the team's list were read."""

    at: float
    pages: int


class PauseRecorded(NamedTuple):
    """A time in which nothing was sent, and why. Epoch seconds."""

    since: float
    until: float
    why: str


class LimitObserved(NamedTuple):
    """The server's limit for the key of `account`, as its answers say it is."""

    limit: int
    account: str = ""


Entry = AttemptStarted | AttemptFinished | ContactListed | ListPagesRead | PauseRecorded | LimitObserved
