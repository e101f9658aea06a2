"""What the engine answers, and its figures. Pure values.

Owns: the actions (send, read, feed, wait, finish), the result of a row, the reasons to stop, the policy.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from batch.dispatcher.backoff import Backoff
from batch.settings.defaults import ATTEMPTS, GIVE_UP_AFTER_S, WORKERS


class ReadRequirement(StrEnum):
    """What must be known of a contact shortly before its row is sent."""

    NONE = "none"
    OPTIONAL = "optional"  # it is read; where that is not possible, the row is sent all the same
    REQUIRED = "required"  # it is read; where that is not possible, the row is not sent


class Send(NamedTuple):
    """Make attempt number `attempt` for this row now: its token is already spent. The request may not leave before
    `leaves_at`, where that is given."""

    ordinal: int
    attempt: int
    leaves_at: float | None = None


class Read(NamedTuple):
    """Read this row's contact now: its read token is already spent. `before_write`: to decide whether the row is sent;
    else to settle a doubt about an attempt."""

    ordinal: int
    before_write: bool = False


class Feed(NamedTuple):
    """Feed up to `rows` more rows, or say that there are none."""

    rows: int


class Wait(NamedTuple):
    """Nothing to do until `until`, or, where it is `None`, until something settles."""

    until: float | None


class Finish(NamedTuple):
    """Nothing is in flight and nothing is left to do, or the engine was stopped."""


Action = Send | Read | Feed | Wait | Finish


class StopReason(StrEnum):
    """Why a run stops before its end. The words are codes (`codes/`) of the rows that stay pending."""

    KEY_REFUSED = "key_refused"
    KEY_OR_LIMIT = "key_or_limit"
    STOPPED = "stopped"
    OUTAGE = "outage"
    NO_QUOTA_LEFT = "no_quota_left"
    LIMIT_REACHED = "limit_reached"
    TIME_UP = "time_up"
    TOO_MANY_ERRORS = "too_many_errors"
    SAME_REFUSAL = "same_refusal"


@dataclass(frozen=True, slots=True)
class Policy:
    """The engine's figures: attempts per row, reads per doubt, requests in flight, rows to buffer, backoff.

    `give_up_after` seconds without any answer (outage, nothing but 429, or no token of a shared quota) end the run.
    `patience` are the seconds in which a server may still be at work on a request whose answer was lost, and no fewer
    than an attempt takes. The run also ends after more than `max_errors` rows that did not succeed, or more than the
    share `max_error_share` of those settled (once there are `errors_from` of them), or `same_refusals` equal refusals
    in a row. A read before the write is valid for `fresh_for` seconds; it is made at most `look_ahead` seconds before
    the row can be sent.
    """

    attempts: int = ATTEMPTS
    reads: int = 4
    in_flight: int = WORKERS
    buffer_size: int = 256
    backoff: Backoff = field(default_factory=Backoff)
    give_up_after: float = GIVE_UP_AFTER_S
    patience: float = 30.0
    max_errors: int | None = None
    max_error_share: float | None = None
    errors_from: int = 50
    same_refusals: int = 100
    fresh_for: float = 15.0
    look_ahead: float = 5.0
