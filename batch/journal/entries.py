"""The values that are written into a journal during a run, and those that are read to continue it."""

from __future__ import annotations

from typing import NamedTuple

from batch.guayaba.contact import Contact
from batch.guayaba.requests import OutreachEffect
from batch.model import ContactChange, Outcome


class PendingRow(NamedTuple):
    """A row without an outcome, as the dispatcher needs it.

    `account` names the key that is used for it. `seen` is its contact as this run read it last, before its first
    attempt.
    """

    ordinal: int
    contact: str
    phone: str | None
    change: ContactChange
    attempts: int
    in_doubt: bool
    account: str = ""
    seen: Contact | None = None


class ContactSnapshot(NamedTuple):
    """A contact as it was read before this run wrote it, and the outcome of its row.

    `at` is the time of the read (epoch seconds). `outcome` is `None` while the row has none. `attempts` counts the
    requests that were sent for it. `contact_id` is the id in the API's responses, where they have one.
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
    """How many rows will be sent with this status and campaign (`None`: unchanged), and their effect on outreach."""

    effect: OutreachEffect
    status: str | None
    campaign: str | None
    rows: int


class AttemptStarted(NamedTuple):
    """An attempt that is about to be sent. Times are epoch seconds."""

    ordinal: int
    attempt: int
    at: float


class RowResult(NamedTuple):
    """What is known of a row now. `outcome` is `None` until the row has one. `in_doubt`: an attempt may have
    arrived."""

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

    Epoch seconds: `at` is the time of the response, `left_at` that of the request, after the fsync of its intent.
    `before` is the contact as it was read before the row's first attempt, or before the first one to another contact
    that holds the row's number in another form.
    """

    result: RowResult
    attempt: int | None
    at: float
    left_at: float | None = None
    before: Contact | None = None


class ContactListed(NamedTuple):
    """A contact as the team's list showed it before this run wrote it; `None`: the list does not decide which it is.

    `outcome`, with its `code` and `message`, is that of the row, where the list decides it.
    """

    ordinal: int
    at: float
    seen: Contact | None
    outcome: Outcome | None = None
    code: str = ""
    message: str = ""


class ListPagesRead(NamedTuple):
    """How many pages of the team's list were read at one time."""

    at: float
    pages: int


class PauseRecorded(NamedTuple):
    """A period in which nothing was sent, and the reason. Epoch seconds."""

    since: float
    until: float
    why: str


class LimitObserved(NamedTuple):
    """The server's limit for the key of `account`, as its responses state it."""

    limit: int
    account: str = ""


class LimitLearned(NamedTuple):
    """What was learned of the limit for the key of `account`, as a quota store keeps it; empty: it is as stated."""

    text: str
    account: str = ""


Entry = AttemptStarted | AttemptFinished | ContactListed | ListPagesRead | PauseRecorded | LimitObserved | LimitLearned
