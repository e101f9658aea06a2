"""A plan as it is sealed: what the plan is about, and each of its rows. Pure.

Owns: `PlanFacts` and `PlanRow`, their text in a file, and the seal that an API key puts on that text.

Each row of a plan file carries itself once more as one word of letters and digits, which no spreadsheet program
changes: `gbp1.<the row, packed>.<seal>`. The seal is the key's HMAC over the row and over the digest of the facts, so a
row of another plan, or one that was made without the key, is refused. The key is never in the file.
Source: RFC 2104 (HMAC), RFC 4648 section 5 (base64url, without padding), RFC 1950 (zlib).
"""

from __future__ import annotations

import hmac
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Final, NamedTuple, TypeVar

import msgspec

from batch.guayaba.contact import Contact
from batch.model import ContactChange, Operation, Outcome, Rate, SourceMeta
from batch.settings.api_key import ApiKey

_ROW: Final = "gbp1"
_FACTS: Final = "gbpf1"
#: Bytes that a text may have when it is unpacked: a plan comes from others.
_MAX_UNPACKED: Final = 1 << 24
_T = TypeVar("_T", bound=msgspec.Struct)


class PlanFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a plan is about. Times are epoch seconds."""

    #: The name of the plan's folder.
    name: str
    operation: Operation
    base_url: str
    #: Account -> fingerprint of its key; the plan's own key has no name.
    keys: dict[str, str]
    source: SourceMeta
    made_at: float
    #: It is not applied after that.
    valid_until: float
    #: Rows, calls, and the calls that cancel and that start outreach.
    rows: int
    calls: int
    stops: int
    starts: int
    #: Absolute path of the input; empty where it is no file.
    file: str = ""
    #: The fields that all rows set.
    change: ContactChange = ContactChange()
    #: The reading options, as `RunPlan.reading`.
    reading: dict[str, object] = {}
    stopping_statuses: tuple[str, ...] = ()
    stopped: tuple[str, ...] = ()
    rate: Rate | None = None
    #: Rows that `--where` left out.
    left_out: int = 0
    #: Campaign id -> name, of the campaigns that rows set.
    campaigns: dict[str, str] = {}
    #: The guards that the plan passes.
    allow_reactivation: bool = False
    allow_lifting_dnc: bool = False


class PlanRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """A row of the input, its contact as it was read, and what is done with it."""

    #: Its place among the rows of the plan, from 1, and its number as the spreadsheet shows it.
    ordinal: int
    number: int
    #: The user's own cells.
    cells: tuple[str | None, ...]
    #: What the call names: E.164 or a lower-case UUID.
    contact: str | None = None
    phone: str | None = None
    change: ContactChange | None = None
    #: `None`: the call is made; else the outcome of the row, for which no call is made.
    outcome: Outcome | None = None
    code: str = ""
    message: str = ""
    same_as: int | None = None
    repair: str = ""
    account: str = ""
    #: The contact as it was read, and when (epoch seconds); `None`: it was not read, or there is none.
    seen: Contact | None = None
    read_at: float | None = None
    #: Further contacts of its number, in the number's other forms.
    others: tuple[Contact, ...] = ()


class Sealed(NamedTuple):
    """A text of a plan file, taken apart: what is packed in it, and its seal."""

    packed: str
    seal: str


class NotAPlan(ValueError):
    """A text that is not what this program writes into a plan."""


def pack_facts(facts: PlanFacts) -> str:
    """`facts` as one word."""
    return f"{_FACTS}.{_pack(facts)}"


def pack_row(row: PlanRow) -> str:
    """`row` as one word."""
    return f"{_ROW}.{_pack(row)}"


def unpack_facts(packed: str) -> PlanFacts:
    """The facts that `pack_facts` packed. Raises NotAPlan."""
    return _unpack(packed, _FACTS, PlanFacts)


def unpack_row(packed: str) -> PlanRow:
    """The row that `pack_row` packed. Raises NotAPlan."""
    return _unpack(packed, _ROW, PlanRow)


def split_seal(text: str) -> Sealed:
    """A text of a plan file without its seal, and the seal. Raises NotAPlan."""
    packed, dot, seal = text.strip().rpartition(".")
    if not dot or not packed.startswith((f"{_ROW}.", f"{_FACTS}.")):
        raise NotAPlan
    return Sealed(packed, seal)


def facts_digest(packed: str) -> str:
    """What the rows of a plan are bound to: the digest of its packed facts."""
    return sha256(packed.encode()).hexdigest()


def seal_facts(packed: str, keys: Mapping[str, ApiKey]) -> str:
    """The seal of all `keys`, by account, on the facts of a plan."""
    sealed = f"guayaba-batch plan\n{packed}"
    for account in sorted(keys):
        sealed = keys[account].seal(f"{account}\n{sealed}")
    return sealed


def seal_row(packed: str, digest: str, key: ApiKey) -> str:
    """The seal of `key` on a row of the plan whose facts have this `digest`."""
    return key.seal(f"guayaba-batch plan row\n{digest}\n{packed}")


def same_seal(one: str, other: str) -> bool:
    """True where two seals are the same, compared in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())


def row_key(keys: Mapping[str, ApiKey], account: str) -> ApiKey:
    """The key that seals a row of `account`; a row that names no account of the plan is sealed by the first key."""
    return keys.get(account) or keys[min(keys)]


def _pack(value: msgspec.Struct) -> str:
    return urlsafe_b64encode(zlib.compress(msgspec.json.encode(value), 9)).decode().rstrip("=")


def _unpack(packed: str, mark: str, kind: type[_T]) -> _T:
    found, _, body = packed.partition(".")
    if found != mark:
        raise NotAPlan
    try:
        engine = zlib.decompressobj()
        text = engine.decompress(urlsafe_b64decode(body + "=" * (-len(body) % 4)), _MAX_UNPACKED)
        if engine.unconsumed_tail or not engine.eof:
            raise NotAPlan
        return msgspec.json.decode(text, type=kind)
    except (ValueError, zlib.error, msgspec.MsgspecError) as fault:
        raise NotAPlan from fault
