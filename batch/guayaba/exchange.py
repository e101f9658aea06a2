"""What one attempt saw: the values that the wire hands to the engine.

Owns: the shapes of an exchange and of a look at a contact. Pure.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from batch.guayaba.contact import Contact
from batch.model import Outcome


class Failure(StrEnum):
    """Why there is no answer. The difference decides whether repeating can do harm."""

    NEVER_LEFT = "never-left"  # refused, no such host, TLS: the server saw no request
    NO_ANSWER = "no-answer"  # sent in whole or part, then a timeout, a reset or a cut reply: it may have arrived


class RateLimitHeaders(NamedTuple):
    """What a response says about the quota; `None` where it says nothing. Seconds are from the moment it was seen."""

    limit: int | None = None
    remaining: int | None = None
    reset_in: float | None = None
    retry_after: float | None = None
    #: Windows that it states: so many calls in so many seconds each.
    policies: tuple[tuple[int, float], ...] = ()

    @property
    def names_limit(self) -> bool:
        """True where a refused call says that its quota is used up: when to come back, or that nothing is left."""
        return self.retry_after is not None or self.remaining == 0


class Exchange(NamedTuple):
    """One request and what came of it: either `status` and `body` (at most 1 MiB), or a `failure` with a `detail`."""

    status: int | None = None
    body: bytes = b""
    quota: RateLimitHeaders = RateLimitHeaders()
    failure: Failure | None = None
    detail: str = ""
    #: Seconds by which this machine's clock is ahead of the server's; `None` where the answer has no Date header.
    clock_ahead: float | None = None

    @property
    def may_be_counted(self) -> bool:
        """False where the server has not counted it against a limit: it never left, or was refused by one."""
        return self.failure is not Failure.NEVER_LEFT and self.status != 429

    @property
    def is_success(self) -> bool:
        """True where the server said that it did what it was asked, with whatever number from 200 to 299."""
        return self.status is not None and 200 <= self.status < 300


class ReadResult(StrEnum):
    """What reading a contact back showed."""

    AS_ASKED = "as-asked"
    OTHERWISE = "otherwise"
    STOPPED = "stopped"  # otherwise, and its status is one that stops outreach
    ABSENT = "absent"
    UNREADABLE = "unreadable"
    INCOMPLETE = "incomplete"  # another form of the number is to be read, too


class ContactRead(NamedTuple):
    """One reading of one contact: what it showed, and the exchange of its (last) request, for the read quota.

    `seen` is the contact itself, where there is one. A first look may have the last word on its row: then `outcome` is
    that word, with its `code` (`codes/`) and `message`.
    """

    result: ReadResult
    exchange: Exchange
    contact_id: str | None = None
    seen: Contact | None = None
    outcome: Outcome | None = None
    code: str = ""
    message: str = ""
