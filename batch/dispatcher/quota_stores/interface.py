"""What a quota store is: the one place from which all users of a key take their tokens. Pure values.

Owns: the request that is made of a store and its reply, what a store may raise, and the rules that every store keeps.

The rules of a store, which its tests show for every one of them:

- A request is atomic: of two at the same time, one comes first. It may be repeated: a lease is taken once.
- All times are those of the store's clock. A request holds durations only, so no clock of a client counts.
- A lease that is not returned comes back after its `life`. What is returned as used comes back one window after the
  last response was seen; it is counted also where the store does not know the lease (it lost its memory meanwhile).
- A limit that any user heard from the server bounds all of them: who has just come need not have heard it.
- A store that other machines use, and that cannot know what was spent (it is new, restarted or restored), gives nothing
  for one window. The file of one machine knows: it is as old as the boot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal, NamedTuple, Protocol

from batch.dispatcher.pacing.learned_limit import Rate
from batch.errors import BatchError, Exit

#: What is counted: calls, and places in the rate that all users of a key share.
Kind = Literal["write", "read", "write-rate", "read-rate"]
RATES: Final[dict[Kind, Kind]] = {"write": "write-rate", "read": "read-rate"}

#: A store that is busy is asked again after this many seconds; one that has no free token, no sooner.
BUSY_S: Final = 0.02
#: A user that was not heard of for so many windows is gone.
USER_WINDOWS: Final = 2


def quota_name(base_url: str, key_fingerprint: str) -> str:
    """The name of a key's quota at an address, which tells neither."""
    return sha256(f"{base_url} {key_fingerprint}".encode()).hexdigest()[:16]


class Lease(NamedTuple):
    """A token that was taken: the number of the handful that it belongs to, and of its place in a shared rate (0: it
    has none). With a place, its request leaves no sooner than `lead` seconds later."""

    handful: int
    place: int = 0
    lead: float = 0.0


#: A token that is not counted.
FREE: Final = Lease(-1)


class Returned(NamedTuple):
    """A handful that comes back: how many of its tokens were `used`, and `age`, the seconds since its last call was
    counted, at the latest. Nothing used: it is there again at once."""

    handful: int
    used: int
    age: float


@dataclass(frozen=True, slots=True)
class QuotaRequest:
    """What a user asks of a store, in one step: first give back and report, then take. Durations are seconds."""

    #: The name of a key at an address.
    quota: str
    kind: Kind
    #: The name of the user: one process's work on a run.
    user: str
    #: The time in which the server counts its limit, and the longest time of one request.
    window: float
    deadline: float
    #: The number of the handful to take, how many tokens at most (0: none), out of how many in a window.
    handful: int = 0
    tokens: int = 0
    limit: int = 0
    #: When the handful comes back if it is not returned.
    life: float = 0.0
    returned: Sequence[Returned] = ()
    #: The server's limit, and a pause for everybody.
    heard: int | None = None
    pause: float = 0.0
    #: What was learned of the server's rule, as its learner writes it; `None`: nothing new.
    learned: str | None = None
    #: The user ends.
    leaves: bool = False


class QuotaReply(NamedTuple):
    """What a store says: the tokens taken (0: none), the seconds until it is worth asking again, the limit last heard,
    what was learned last, how many users there are, this one among them, and how many tokens all users together have
    that are not back, those of users that are gone among them. Where no token was asked for, `wait` are the seconds in
    which a store that lost its memory gives nothing."""

    tokens: int = 0
    wait: float = 0.0
    limit: int | None = None
    learned: str = ""
    users: int = 1
    spent: int = 0


class StoreBusy(Exception):
    """Another process uses the store just now: ask again."""


class StoreDown(Exception):
    """The store does not answer. The text says why, without a password."""


class StoreRefused(Exception):
    """The store refuses the login, or what the login may do: no waiting changes that. The text holds no password."""


class StoreUnreachable(BatchError):
    """The quota store did not answer before the first write. Nothing was lost: the same command goes on."""

    exit_code = Exit.STOPPED


class QuotaStore(Protocol):
    """A store, as a blocking client. One user at a time; any thread."""

    def connect(self) -> None:
        """Open the connection, if it is not open. Raises StoreRefused, StoreDown."""
        ...

    def exchange(self, requests: Sequence[QuotaRequest]) -> list[QuotaReply]:
        """The reply to each request. Raises StoreBusy, StoreRefused, or StoreDown: none, some or all of them were
        carried out, and all may be repeated."""
        ...

    def close(self) -> None:
        """Close the connection. It does not raise."""
        ...


class Quota(Protocol):
    """One process's access to the quota of a key, for requests of one kind. Used from one event loop."""

    async def claim(self, limit: int, rate: Rate | None = None) -> Lease | float:
        """A token out of `limit` a window and, where all users keep to a `rate`, a place in it; or, where there is
        none, the seconds until it is worth asking again."""
        ...

    def settled(self, lease: Lease, *, left: bool = True, trip: float = 0.0) -> None:
        """Let a token come back: one window from now, or, where its request never `left`, at once. `trip`: the seconds
        for which a request is under way at the least, by which its place in a rate comes back earlier."""
        ...

    def idle(self, seconds: float) -> None:
        """Say that no token is claimed for so many seconds."""
        ...

    def hear(self, limit: int, pause: float = 0.0) -> None:
        """Tell the other users the server's limit, and to pause for `pause` seconds."""
        ...

    def learn(self, text: str, full: Rate | None = None) -> None:
        """Tell the other users what was learned of the server's rule. `full`: the limiter has no room in this rate."""
        ...

    @property
    def limit(self) -> int | None:
        """The server's limit that any user received last; `None`: none did."""
        ...

    @property
    def learned(self) -> str:
        """What any user last learned of the server's rule; empty: nothing."""
        ...

    @property
    def users(self) -> int:
        """How many use the key, this one among them, as far as is known."""
        ...

    @property
    def spent(self) -> int:
        """How many tokens of the last window all users took together, those that are gone among them, as far as is
        known."""
        ...
