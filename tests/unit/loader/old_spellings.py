"""Old spellings of today's numbers: how a number was written before its country's numbering plan changed."""

from __future__ import annotations

import random
from collections.abc import Callable

from unit.loader.phone_numbers import Number, valid

#: The digits behind which the operator of an old Ivorian mobile number was known, by its new prefix.
_OPERATORS = {"07": "789", "05": "456", "01": "0123"}


def _mexico(draws: random.Random, one: Number) -> str:
    spaced, digits = " ".join(one.groups), one.national
    shapes = ("+52 1 {0}", "+521{1}", "521{1}", "044 {0}", "045 {0}", "01 {0}", "0052 1 {0}", "wa.me/521{1}",
              "521{1}@c.us", "1 {0}", "(01 {2}) {3}")  # fmt: skip
    return draws.choice(shapes).format(spaced, digits, one.groups[0], " ".join(one.groups[1:]))


def _brazil(draws: random.Random, one: Number) -> str | None:
    area, old = one.national[:2], one.national[3:]
    if len(one.national) != 11 or old[0] not in "68":
        return None
    return draws.choice(("+55 {0} {1}-{2}", "({0}) {1}-{2}", "55{0}{1}{2}")).format(area, old[:4], old[4:])


def _benin(draws: random.Random, one: Number) -> str:
    return draws.choice(("{}", "+229{}", "229 {}")).format(one.national[2:])


def _ivory_coast(draws: random.Random, one: Number) -> str | None:
    known = _OPERATORS.get(one.national[:2], "")
    if one.national[2] not in "456789" or one.national[3] not in known:
        return None
    return draws.choice(("{}", "+225{}", "225{}")).format(one.national[2:])


def _colombia(draws: random.Random, one: Number) -> str | None:
    area, rest = one.national[2], one.national[3:]
    if not one.national.startswith("60") or area not in "1245678" or valid(57, area + rest) is not None:
        return None  # eight digits that begin with 46 are numbers of today
    return draws.choice(("({0}) {1} {2}", "+57 {0}{1}{2}", "57{0} {1}{2}")).format(area, rest[:3], rest[3:])


def _argentina(draws: random.Random, one: Number) -> str | None:
    if not one.national.startswith("911"):
        return None
    shapes = ("+54 9 11 15 {0} {1}", "011 15 {0}-{1}", "(011) 15-{0}-{1}", "54911{0}{1}@c.us")
    return draws.choice(shapes).format(one.national[3:7], one.national[7:])


def _nigeria(_: random.Random, one: Number) -> str | None:
    return f"0{one.national[2:]}" if one.national.startswith("20") else None


def _vietnam(_: random.Random, one: Number) -> str | None:
    return f"0120{one.national[2:]}" if one.national.startswith("70") and len(one.national) == 9 else None


def _chile(_: random.Random, one: Number) -> str | None:
    return f"0{one.national}" if one.national.startswith("9") else None


#: Region -> one of the ways in which a number of it was written; `None` where this number was not.
OLD: dict[str, Callable[[random.Random, Number], str | None]] = {
    "MX": _mexico, "BR": _brazil, "BJ": _benin, "CI": _ivory_coast, "CO": _colombia, "AR": _argentina, "NG": _nigeria,
    "VN": _vietnam, "CL": _chile,
}  # fmt: skip
