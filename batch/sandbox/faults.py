"""The fault grammar: what goes wrong, for which requests, and how often.

Owns: parsing `--fault SPEC` and deciding which faults strike a request. Pure but for `Faults`, which counts.

    SPEC      KIND[:VALUE][,retry-after:SECONDS][@SELECTOR]...
    KIND      see KINDS, one line each
    SELECTOR  N%          that share of the matching requests, drawn from the fault seed
              every:N     the Nth, 2Nth, 3Nth …    nth:N   the Nth only
              first:N     the first N              after:N every one after the first N
              seconds:A-B in that time since the start of the server
              GET POST PUT /path-prefix reads writes any    which requests match at all (unsaid: writes)

Selectors add up: all must hold. Counting is per fault, over the requests that match it. Several faults may strike
one request: every tuning one takes hold, and of the rest the first in the order given.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from batch.sandbox.errors import SandboxError
from batch.sandbox.limits import RequestClass

Stage = Literal["unheard", "before", "after", "tuning"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault: `usage` shows its value, `value` is the pattern of it.

    Stages: *unheard*: the request never reaches the API, and is not counted. *before*: an answer in the API's
    place, no effect. *after*: the effect took place, the answer is lost or spoilt. *tuning*: the API itself
    answers, under other circumstances.
    """

    usage: str
    stage: Stage
    meaning: str
    value: str = ""
    scope: str = "writes"


_NUMBER = r"\d+(\.\d+)?"
_CODE = r"[2-5]\d\d"

KINDS: dict[str, Kind] = {
    "reset-before": Kind("reset-before", "unheard", "connection reset, no effect"),
    "hang": Kind("hang:SECONDS", "unheard", "no effect, silence, then the connection closes", _NUMBER),
    "outage": Kind(
        "outage:A-B", "unheard", "every connection reset from second A to B", rf"{_NUMBER}-{_NUMBER}", "any"
    ),
    "status": Kind("status:CODE", "before", "answered CODE, no effect", _CODE),
    "throttle": Kind("throttle", "before", "a 429 although the limit is not used up; not counted"),
    "redirect": Kind("redirect:URL", "before", "a 307 to URL, no effect", r"\S+"),
    "revoke": Kind("revoke", "before", "from then on every request is answered 401"),
    "revoke-after": Kind("revoke-after:N", "before", "as revoke, from the Nth write on", r"[1-9]\d*"),
    "cut-after": Kind("cut-after", "after", "the effect, then the connection closes without an answer"),
    "cut-body": Kind("cut-body", "after", "the effect, then half of the answer"),
    "hang-after": Kind("hang-after:SECONDS", "after", "the effect, silence, then it closes", _NUMBER),
    "status-after": Kind("status-after:CODE", "after", "the effect, but answered CODE", _CODE),
    "html": Kind("html", "after", "the effect, but 200 with an HTML page"),
    "empty": Kind("empty", "after", "the effect, but 200 with an empty body"),
    "slow": Kind("slow:MS", "tuning", "that much later", _NUMBER),
    "limit": Kind("limit:N", "tuning", "judged by a limit of N", r"[1-9]\d*"),
    "lie-remaining": Kind("lie-remaining:N", "tuning", "X-RateLimit-Remaining says N", r"\d+"),
    "no-limit-headers": Kind("no-limit-headers", "tuning", "without the three X-RateLimit headers"),
    "skew": Kind("skew:SECONDS", "tuning", "Date and X-RateLimit-Reset are off by that much", rf"-?{_NUMBER}", "any"),
}
_SCOPES = ("reads", "writes", "any")
_METHODS = ("GET", "POST", "PUT")


@dataclass(frozen=True, slots=True)
class Fault:
    """One parsed SPEC; counts are of matching requests, from 1, and seconds since the server's start."""

    spec: str
    kind: str
    stage: Stage
    scope: str
    value: str = ""
    retry_after: int | None = None
    share: float = 1.0
    every: int = 1
    first: int = 1
    last: float = math.inf
    seconds: tuple[float, float] = (0.0, math.inf)
    method: str = ""
    prefix: str = ""

    @property
    def number(self) -> float:
        """The value of a kind that takes a number."""
        return float(self.value)

    def matches(self, method: str, path: str, group: RequestClass) -> bool:
        """Whether this request is one that the fault counts."""
        return self.scope in ("any", f"{group}s") and self.method in ("", method) and path.startswith(self.prefix)

    def strikes(self, count: int, elapsed: float, draw: float) -> bool:
        """Whether the `count`th matching request is struck; `draw` is from 0 up to 1."""
        return (
            self.first <= count <= self.last
            and count % self.every == 0
            and self.seconds[0] <= elapsed < self.seconds[1]
            and draw < self.share
        )


@dataclass(frozen=True, slots=True)
class Struck:
    """The faults that strike one request, in the order given."""

    faults: tuple[Fault, ...] = ()

    def tuning(self, kind: str) -> float | None:
        """The value of the first tuning fault of a kind; None if none of it strikes."""
        return next((fault.number for fault in self.faults if fault.kind == kind), None)

    def has(self, kind: str) -> bool:
        """Whether a fault of a kind strikes."""
        return any(fault.kind == kind for fault in self.faults)

    @property
    def main(self) -> Fault | None:
        """The one fault that is not a tuning: at most one decides how the request ends."""
        return next((fault for fault in self.faults if fault.stage != "tuning"), None)

    def label(self, *, spared: bool) -> str | None:
        """What the request log shows: the SPECs that were carried out; `spared` leaves out the main one."""
        main = None if spared else self.main
        shown = [fault.spec for fault in self.faults if fault.stage == "tuning" or fault is main]
        return " ".join(shown) or None


@dataclass(slots=True)
class Faults:
    """The plan of one server: counts requests per fault; the same seed and requests strike the same."""

    faults: tuple[Fault, ...] = ()
    seed: int = 0
    _seen: list[int] = field(default_factory=list)
    _revoked: Fault | None = None

    def __post_init__(self) -> None:
        self._seen = [0] * len(self.faults)

    def strike(self, method: str, path: str, group: RequestClass, elapsed: float) -> Struck:
        """The faults that strike this request, which came `elapsed` seconds after the start."""
        if not self.faults:
            return Struck()
        struck = []
        for place, fault in enumerate(self.faults):
            if not fault.matches(method, path, group):
                continue
            self._seen[place] += 1
            if fault.strikes(self._seen[place], elapsed, self._draw(place)):
                struck.append(fault)
                if fault.kind == "revoke" and self._revoked is None:
                    self._revoked = fault
        if self._revoked:
            struck.insert(0, self._revoked)
        return Struck(tuple(dict.fromkeys(struck)))

    def _draw(self, place: int) -> float:
        drawn = hashlib.blake2b(f"{self.seed}/{place}/{self._seen[place]}".encode(), digest_size=8)
        return int.from_bytes(drawn.digest()) / 2.0**64


def parse_all(specs: Sequence[str]) -> tuple[Fault, ...]:
    """The faults of several SPECs; SandboxError names the first that cannot be read."""
    return tuple(parse(spec) for spec in specs)


def parse(spec: str) -> Fault:
    """The fault of one SPEC; SandboxError says what was found and what there is."""
    head, *selectors = spec.split("@")
    head, comma, option = head.partition(",")
    name, colon, value = head.partition(":")
    kind = KINDS.get(name)
    if kind is None:
        usages = ", ".join(known.usage for known in KINDS.values())
        raise SandboxError(f"--fault {spec}: there is no fault {name!r}. There are: {usages}.")
    if bool(colon) != bool(kind.value) or not re.fullmatch(kind.value, value):
        raise SandboxError(f"--fault {spec}: {head!r} is not of the form {kind.usage}. Write it like that.")
    fault = _canonical(Fault(spec, name, kind.stage, kind.scope, value))
    if comma:
        fault = replace(fault, retry_after=_retry_after(spec, name, option))
    for selector in selectors:
        fault = _selected(fault, selector)
    return fault


def _canonical(fault: Fault) -> Fault:
    """The fault that a shorthand stands for."""
    if fault.kind == "outage":
        start, end = map(float, fault.value.split("-"))
        return replace(fault, kind="reset-before", seconds=(start, end))
    if fault.kind == "revoke-after":
        return replace(fault, kind="revoke", first=int(fault.value))
    return fault


def _retry_after(spec: str, name: str, option: str) -> int:
    seconds = re.fullmatch(r"retry-after:(\d+)", option)
    if seconds is None or name not in ("status", "throttle", "status-after"):
        raise SandboxError(
            f"--fault {spec}: {option!r} is no option of {name}. "
            "The only one is retry-after:SECONDS (a whole number), with status, status-after and throttle."
        )
    return int(seconds[1])


def _selected(fault: Fault, selector: str) -> Fault:  # noqa: C901 - one branch for each selector
    """The fault, narrowed by one more selector."""
    if selector in _SCOPES:
        return replace(fault, scope=selector)
    if selector in _METHODS:
        return replace(fault, method=selector, scope="any")
    if selector.startswith("/"):
        return replace(fault, prefix=selector)
    if share := re.fullmatch(rf"({_NUMBER})%", selector):
        return replace(fault, share=float(share[1]) / 100)
    if span := re.fullmatch(rf"seconds:({_NUMBER})-({_NUMBER})", selector):
        return replace(fault, seconds=(float(span[1]), float(span[3])))
    if counted := re.fullmatch(r"(every|nth|first|after):([1-9]\d*)", selector):
        word, count = counted[1], int(counted[2])
        if word == "every":
            return replace(fault, every=count)
        if word == "after":
            return replace(fault, first=count + 1)
        return replace(fault, last=count, first=count if word == "nth" else fault.first)
    raise SandboxError(
        f"--fault {fault.spec}: {selector!r} is no selector. There are: N%, every:N, nth:N, first:N, after:N, "
        f"seconds:A-B, {', '.join(_METHODS)}, /path-prefix, {', '.join(_SCOPES)}."
    )
