"""Ways in which people write a number, and what programs do to it, each with the readings that it leaves open."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import NamedTuple

from unit.loader.typed_guesses import readings, same_person
from unit.loader.typed_numbers import Person, at_home, exists
from unit.loader.typed_words import MARKS


class Written(NamedTuple):
    """A spelling of a person's number. `bare`: nothing but digits, so a program may take it for a number."""

    kind: str
    text: str
    guesses: frozenset[str] = frozenset()
    may_refuse: bool = False
    right: str | None = None

    @property
    def bare(self) -> bool:
        return self.text.isascii() and self.text.isdecimal()


#: `c` the code, `g` the groups with a space, `n` the national digits, `d` with dashes, `p` with points, `h` the home
#: spelling, `b` what is dialled at home.
_ABROAD = ("+{c} {g}", "+{c}{n}", "+{c}-{d}", "+{c}.{p}", "+{c} {n}", "(+{c}) {g}", "(+{c}){n}", "+ {c} {g}", "+{c}{g}",
           "++{c}{n}", "+({c}) {g}", "[+{c}] {g}", "+{c}/{g}", "+{c}|{n}", "00{c}{n}", "00 {c} {g}", "00{c} {n}",
           "(00{c}) {g}", "00{c}-{d}", "00-{c}-{n}", "+00{c} {g}", "p:+{c}{n}", "+{c}.{n}", "+{c} ({n})", "+{c}_{n}",
           "\uff0b{c} {g}", "+{c}, {g}", "+{c}: {g}", "+{c}\u00a0{g}", "+{c} - {g}", "00 {c}{n}",
           "00.{c}.{p}")  # fmt: skip
_WITH_TRUNK = ("+{c} (0){g}", "+{c}(0){n}", "+{c} (0) {g}", "00{c} (0){g}", "+{c} 0{g}", "+{c}0{n}", "{c} (0){g}",
               "+{c}-(0)-{d}", "+{c} [0] {g}", "(+{c}) 0{n}", "00{c}0{n}", "(+{c}) (0) {g}", "+{c}-0{d}")  # fmt: skip
_TWICE = ("+{c} +{c} {g}", "+{c}+{c}{n}", "+{c} 00{c} {g}", "+{c} 00{c}{n}", "00{c} +{c}{n}", "+{c} (+{c}) {g}",
    "+{c} {c} {g}",
          "{c} +{c} {g}", "+{c}00{c}{n}", "({c}) +{c} {g}", "+{c} +{c}{n}")  # fmt: skip
_WITHOUT_PLUS = ("{c} {g}", "{c}-{d}", "({c}) {g}", "{c} {n}", "{c}.{p}", "{c}-{n}", "({c}){n}", "{c}/{n}", "{c} - {g}",
                 "[{c}] {g}", "{c}_{n}", "{c}|{n}", "{c}:{n}")  # fmt: skip
_EXITS = {"US": "011", "CA": "011", "AU": "0011", "JP": "010", "KR": "001", "SG": "001", "HK": "001", "TH": "001",
    "TW": "002",
          "ID": "001", "BR": "0021", "KE": "000"}  # fmt: skip
#: Where 00 can begin other digits than the international exit code: a carrier's, or another exit code.
CARRIER_REGIONS = {"US", "CA", "DO", "AU", "JP", "KR", "SG", "HK", "TH", "TW", "ID", "BR", "CO", "KE", "CL"}


def _filled(template: str, one: Person) -> str:
    return template.format(
        c=one.code,
        g=" ".join(one.groups),
        n=one.national,
        d="-".join(one.groups),
        p=".".join(one.groups),
        h=one.home,
        b=one.bare,
    )


def home(draws: random.Random, one: Person) -> Written:
    return Written("home", one.home)


def home_bare(draws: random.Random, one: Person) -> Written:
    return _lossy(one, "home, bare", one.bare)


def home_without_trunk(draws: random.Random, one: Person) -> Written | None:
    if not one.trunk:
        return None
    text = draws.choice((" ".join(one.groups), "-".join(one.groups), f"({one.groups[0]}) {' '.join(one.groups[1:])}"))
    return _lossy(one, "home, no trunk prefix", text)


def _lossy(one: Person, kind: str, text: str) -> Written:
    """Something is gone, so the digits may mean others too."""
    digits = re.sub(r"\D", "", text)
    others = readings(one.region, digits) - {one.e164}
    return Written(kind, text, frozenset(others), bool(others))


def lost_zero(draws: random.Random, one: Person) -> Written:
    return _lossy(one, "lost zero", one.national.lstrip("0"))


def abroad(draws: random.Random, one: Person) -> Written:
    return Written("abroad", _filled(draws.choice(_ABROAD), one))


def abroad_with_trunk(draws: random.Random, one: Person) -> Written | None:
    if one.trunk != "0":
        return None
    return Written("abroad, (0)", _filled(draws.choice(_WITH_TRUNK), one))


def code_twice(draws: random.Random, one: Person) -> Written:
    template = draws.choice(_TWICE)
    unclear = template == "+{c} {c} {g}" and exists(f"+{one.code}{one.code}{one.national}")
    return Written("code twice", _filled(template, one), may_refuse=unclear)


def without_plus(draws: random.Random, one: Person) -> Written:
    return _own_code(one, "own code, no +", _filled(draws.choice(_WITHOUT_PLUS), one))


def _own_code(one: Person, kind: str, text: str) -> Written:
    others = at_home(one.region, re.sub(r"\D", "", text)) - {one.e164}
    return Written(kind, text, frozenset(others), bool(others))


def without_plus_bare(draws: random.Random, one: Person) -> Written:
    return _own_code(one, "own code, bare", one.code + one.national)


def exit_code(draws: random.Random, one: Person) -> Written | None:
    code = _EXITS.get(one.region)
    return Written("exit code", f"{code}{draws.choice((' ', '-'))}{one.code} {' '.join(one.groups)}") if code else None


def _old(draws: random.Random, one: Person) -> Written | None:
    old = OLD_WAYS.get(one.region)
    found = old(draws, one) if old else None
    if found is None:
        return None
    text, right = found
    return Written("old plan", text, right=right) if exists(right or one.e164) else None


def _mexico(draws: random.Random, one: Person) -> tuple[str, None]:
    ways = (
        "+52 1 {g}",
        "+521{n}",
        "521{n}",
        "52 1 {g}",
        "044 {g}",
        "045 {g}",
        "01 {g}",
        "(044) {g}",
        "+52 (1) {g}",
        "00521{n}",
        "+52-1-{d}",
    )
    return _filled(draws.choice(ways), one), None


def _argentina(draws: random.Random, one: Person) -> tuple[str, str]:
    area, rest = one.groups[0], "".join(one.groups[1:])
    ways = (
        "0{a} 15 {r}",
        "(0{a}) 15-{r}",
        "+54 9 {a} {r}",
        "+549{a}{r}",
        "0{a}-15-{r}",
        "549{a}{r}",
        "+54 {a} 15 {r}",
        "54 9 {a} {r}",
    )
    return draws.choice(ways).format(a=area, r=rest), f"+549{one.national}"


def _colombia(draws: random.Random, one: Person) -> tuple[str, None] | None:
    if not one.national.startswith("60"):
        return None
    way = draws.choice(("({a}) {s} {t}", "+57 {a} {s} {t}", "(+57) ({a}) {s} {t}", "(57-{a}) {s}-{t}"))
    return way.format(a=one.national[2], s=one.national[3:6], t=one.national[6:]), None


def _brazil(draws: random.Random, one: Person) -> tuple[str, None]:
    area, rest = one.national[:2], f"{one.national[2:-4]}-{one.national[-4:]}"
    ways = (
        "0xx{a} {r}",
        "(0xx{a}) {r}",
        "(0**{a}) {r}",
        "0 15 {a} {r}",
        "021 {a} {r}",
        "0{a}{r}",
        "(0{a}){r}",
        "+55 0{a} {r}",
        "+55 ({a}) {r}",
    )
    return draws.choice(ways).format(a=area, r=rest), None


def _russia(draws: random.Random, one: Person) -> tuple[str, None]:
    return _filled(draws.choice(("8{n}", "8 {g}", "7 {g}", "+7 8 {g}", "8-{d}")), one), None


def _poland(draws: random.Random, one: Person) -> tuple[str, None]:
    return _filled(draws.choice(("0-{d}", "0 {g}", "0{n}")), one), None


def _italy(draws: random.Random, one: Person) -> tuple[str, None] | None:
    return (f"0{one.groups[0]}/{''.join(one.groups[1:])}", None) if one.national.startswith("3") else None


OLD_WAYS: dict[str, Callable[[random.Random, Person], tuple[str, str | None] | None]] = {
    "MX": _mexico, "AR": _argentina, "CO": _colombia, "BR": _brazil, "RU": _russia, "PL": _poland, "IT": _italy,
}  # fmt: skip
WAYS: tuple[Callable[[random.Random, Person], Written | None], ...] = (
    home, home, home, home_bare, home_without_trunk, lost_zero, abroad, abroad, abroad, abroad_with_trunk,
    code_twice, without_plus, without_plus, without_plus_bare, exit_code, _old,
)  # fmt: skip


def written(draws: random.Random, one: Person) -> Written:
    while True:
        found = draws.choice(WAYS)(draws, one)
        if found is not None:
            return found._replace(guesses=(found.guesses | same_person(one) | {one.e164}) - {found.right or one.e164})


# -- what programs do to it --------------------------------------------------------------------------------------------


def marked(draws: random.Random, way: Written) -> Written:
    """The marks of a program: formats of numbers for bare digits, else quotes, odd spaces, entities."""
    if way.bare and not way.text.startswith("0") and draws.random() < 0.5:
        return _formatted(draws, way)
    name, change = draws.choice(MARKS)
    return way._replace(kind=f"{way.kind} + {name}", text=change(way.text))


def _formatted(draws: random.Random, way: Written) -> Written:
    digits, number = way.text, int(way.text)
    exponent = f"{digits[0]}.{digits[1:].rstrip('0') or '0'}E+{len(digits) - 1}"
    forms = {
        "float": f"{digits}.0", "float, two": f"{digits}.00", "float, comma": f"{digits},00", "exponent": exponent,
        "exponent, small": exponent.replace("E+", "e+"), "exponent, comma": exponent.replace(".", ","),
        "exponent, 0": exponent.replace("E+", "E+0" if len(digits) < 11 else "E+"), "thousands": f"{number:,}",
        "thousands, cents": f"{number:,}.00", "thousands, points": f"{number:,}".replace(",", "."),
        "thousands, spaces": f"{number:,}".replace(",", "\u202f"), "float, negative zero": f"{digits}.0000",
    }  # fmt: skip
    name = draws.choice(sorted(forms))
    return way._replace(kind=f"{way.kind} + {name}", text=forms[name])
