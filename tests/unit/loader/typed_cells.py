"""Cells as people type them and exports damage them, composed of layers, with the truth known by construction.

Flow: seed -> a person (`typed_numbers`) -> a way to write -> marks of a program -> words around -> `TypedCell`.
What a layer takes away (a zero, a +) may make two people of one; the other readings stand in `guesses`. What is wrecked
has no right answer. Written without the program's rules: it holds what people do, not what the program reads.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator

from unit.loader import typed_spellings as ways
from unit.loader.typed_grades import Grades, TypedCell
from unit.loader.typed_guesses import left_readings, old_readings, readings, same_person
from unit.loader.typed_numbers import PLANS, Person, at_home, exists, person
from unit.loader.typed_spellings import Written, marked, written
from unit.loader.typed_words import GARBAGE, LABELLED, NOTES, WARNINGS, extension, labels

__all__ = ["REGIONS", "Grades", "TypedCell", "typed_cells"]

REGIONS = tuple(PLANS)


def _foreign_way(_: random.Random, one: Person) -> Written:
    return Written("foreign", one.e164)


_FOREIGN_WAYS = (
    *(ways.abroad, ways.abroad, ways.abroad_with_trunk, ways.code_twice, ways.without_plus, ways.without_plus_bare),
)
_GLUED_WAYS = (ways.home, ways.home_bare, ways.abroad, ways.lost_zero, ways.without_plus_bare)
_WRECKED_WAYS = (
    *(ways.home, ways.home, ways.home_bare, ways.abroad, ways.without_plus, ways.without_plus_bare, ways.lost_zero),
    _foreign_way,
)


def _cell(region: str, one: Person, way: Written, name: str = "") -> TypedCell:
    kind = f"{way.kind} + {name}" if name else way.kind
    return TypedCell(region, kind, way.text, way.right or one.e164, way.guesses, way.may_refuse)


def _around(way: Written, template: str, **more: str) -> Written:
    return way._replace(text=template.format(n=way.text, **more))


def _plain(draws: random.Random, region: str) -> TypedCell:
    one = person(draws, region)
    return _cell(region, one, written(draws, one))


def _marked(draws: random.Random, region: str) -> TypedCell:
    one = person(draws, region)
    return _cell(region, one, marked(draws, written(draws, one)))


def _labelled(draws: random.Random, region: str) -> TypedCell:
    one = person(draws, region)
    return _cell(region, one, _around(written(draws, one), draws.choice(LABELLED), l=labels(draws, region)), "label")


def _labelled_and_marked(draws: random.Random, region: str) -> TypedCell:
    one = person(draws, region)
    way = _around(marked(draws, written(draws, one)), draws.choice(LABELLED), l=labels(draws, region))
    return _cell(region, one, way, "label")._replace(may_refuse=True)


def _extended(draws: random.Random, region: str) -> TypedCell:
    one = person(draws, region)
    return _cell(
        region,
        one,
        _around(written(draws, one), extension(draws, region), x=str(draws.randrange(1, 9999))),
        "extension",
    )


def _noted(draws: random.Random, region: str) -> TypedCell:
    one = person(draws, region)
    return _cell(region, one, _around(written(draws, one), draws.choice(NOTES)), "note")


def _warned(draws: random.Random, region: str) -> TypedCell:
    one = person(draws, region)
    return _cell(region, one, _around(written(draws, one), draws.choice(WARNINGS)), "warning")._replace(warned=True)


def _foreigner(draws: random.Random, region: str) -> tuple[Person, Written]:
    """A foreigner in the spelling of a foreigner, as a column of `region` takes it."""
    while True:
        one = person(draws, draws.choice(REGIONS))
        if one.code == PLANS[region][0]:
            continue
        way = draws.choice(_FOREIGN_WAYS)(draws, one)
        if way is None:
            continue
        digits = re.sub(r"\D", "", way.text)
        others = at_home(region, digits) if not way.text.lstrip("p:([").startswith(("+", "\uff0b")) else set()
        others |= {f"+{digits}"} if way.kind == "code twice" and exists(f"+{digits}") else set()
        carriers = way.text.lstrip("(").startswith("00") and region in ways.CARRIER_REGIONS
        guesses = frozenset((others | same_person(one)) - {one.e164})
        return one, way._replace(
            kind=f"foreign, {way.kind}",
            guesses=guesses,
            may_refuse=bool(others) or carriers or way.kind == "code twice",
        )


def _foreign(draws: random.Random, region: str) -> TypedCell:
    one, way = _foreigner(draws, region)
    return _cell(region, one, way if draws.random() < 0.6 else marked(draws, way))


def _foreign_labelled(draws: random.Random, region: str) -> TypedCell:
    one, way = _foreigner(draws, region)
    return _cell(region, one, _around(way, draws.choice(LABELLED), l=labels(draws, region)), "label")


def _on_the_forms_code(draws: random.Random, region: str) -> TypedCell:
    """A form writes its country's code before what a foreigner typed with a +, or with 00."""
    one, code = person(draws, draws.choice(REGIONS)), PLANS[region][0]
    typed = draws.choice(("+{c} {g}", "+{c}{n}", "00{c} {g}", "00{c}{n}")).format(
        c=one.code, g=" ".join(one.groups), n=one.national
    )
    text = draws.choice(("+{} {}", "+{}{}", "{} {}", "(+{}) {}")).format(code, typed)
    digits = re.sub(r"\D", "", text)
    others = {f"+{digits}"} if exists(f"+{digits}") else set()
    return TypedCell(
        region, "on the form's code", text, one.e164, frozenset(others | same_person(one)), bool(others) or "00" in text
    )


def _home_of_a_foreigner(draws: random.Random, region: str) -> TypedCell:
    """Written as at home, in another country's column: nobody knows whose it is, except by luck."""
    one = person(draws, draws.choice(REGIONS))
    guesses = left_readings(region, one.home) | {one.e164}
    return TypedCell(region, "home spelling of a foreigner", one.home, None, frozenset(guesses))


def _two(draws: random.Random, region: str) -> TypedCell:
    one, other = person(draws, region), person(draws, region)
    first, second = written(draws, one), written(draws, other)
    joint = draws.choice(
        (
            " / ",
            "/",
            "; ",
            ", ",
            " or ",
            " y ",
            " ::: ",
            "\n",
            " and ",
            " - ",
            " | ",
            "   ",
            " & ",
            ",",
            ";",
            " o ",
            " // ",
            " e ",
        )
    )
    return TypedCell(region, "two people", f"{first.text}{joint}{second.text}", None)


def _twice(draws: random.Random, region: str) -> TypedCell:
    one = person(draws, region)
    joint = draws.choice((" / ", "; ", ", ", " ::: ", "\n", " | "))
    text = f"{one.home}{joint}{ways.abroad(draws, one).text}"
    return TypedCell(region, "the same twice", text, one.e164, frozenset(same_person(one)))


def _glued(draws: random.Random, region: str) -> TypedCell:
    one, other = person(draws, region), person(draws, region)
    first, second = (draws.choice(_GLUED_WAYS)(draws, who) for who in (one, other))
    return TypedCell(region, "two people, glued", f"{first.text}{second.text}", None)


def _no_area(draws: random.Random, region: str) -> TypedCell:
    """The subscriber's digits alone: a person of another area may have them too."""
    one = person(draws, region)
    digits = "".join(one.groups[1:])
    return TypedCell(
        region, "no area", draws.choice((" ", "-", "")).join(one.groups[1:]), None, _may_mean(region, digits)
    )


def _may_mean(region: str, digits: str) -> frozenset[str]:
    return frozenset(readings(region, digits) | old_readings(region, digits))


def _wrecked(draws: random.Random, region: str) -> TypedCell:
    """A digit or two too many or too few: what is left is nobody's, or somebody's by bad luck."""
    one = person(draws, region)
    way = draws.choice(_WRECKED_WAYS)(draws, one)
    if way.kind == "foreign":
        one = person(draws, draws.choice(REGIONS))
        way = Written("foreign", f"+{one.code} {' '.join(one.groups)}")
    name, text = _wreck(draws, way.text)
    guesses = {one.e164} | left_readings(region, text) | old_readings(one.region, re.sub(r"\D", "", text))
    if draws.random() < 0.3:
        text = draws.choice(LABELLED[:8]).format(n=text, l=labels(draws, region))
    return TypedCell(region, f"{name}, {way.kind}", text, None, frozenset(guesses))


def _wreck(draws: random.Random, text: str) -> tuple[str, str]:
    places = [place for place, mark in enumerate(text) if mark.isdecimal()]
    name = draws.choice(
        (
            "a digit more",
            "a digit more behind",
            "a digit more before",
            "a digit less",
            "a digit less behind",
            "two less",
            "two more",
        )
    )
    place = {"a digit more behind": places[-1] + 1, "a digit more before": places[0], "two more": places[-1] + 1}.get(
        name, draws.choice(places[1:])
    )
    if name == "a digit less behind":
        return name, text[: places[-1]] + text[places[-1] + 1 :]
    if name == "a digit less":
        return name, text[:place] + text[place + 1 :]
    if name == "two less":
        return name, text[: places[-2]]
    more = f"{draws.randrange(100):02d}" if name == "two more" else draws.choice("0123456789")
    return name, text[:place] + more + text[place:]


def _lost(draws: random.Random, region: str) -> TypedCell:
    """Digits that a spreadsheet rounded away or a person hid."""
    one = person(draws, region)
    digits = draws.choice((one.code + one.national, one.national.lstrip("0")))
    exponent = f"{float(digits):.{draws.choice((1, 2, 3, 4, 5))}E}".replace(
        "E+0", "E+0" if draws.random() < 0.5 else "E+"
    )
    hidden = f"+{one.code} {' '.join(one.groups)}"[:-4] + draws.choice(("****", "XXXX", "....", "____", "????", "••••"))
    text = draws.choice((exponent, exponent.replace(".", ","), hidden, hidden.replace("+", "")))
    if float(exponent) == float(digits):
        text = hidden
    return TypedCell(region, "lost digits", text, None)


def _garbage(draws: random.Random, region: str) -> TypedCell:
    kind, write = draws.choice(GARBAGE)
    text = write(draws)
    digits = re.sub(r"\D", "", text)
    # A card's or an id's digits can be a number, where nothing but digits and the marks of numbers stand there.
    may_be = re.fullmatch(r"[\d ./()-]+", text) is not None and len(digits) > 7
    guesses = _may_mean(region, digits) | at_home(region, digits, most=14) if may_be else frozenset()
    return TypedCell(region, f"garbage, {kind}", text, None, frozenset(guesses))


CELLS: tuple[tuple[Callable[[random.Random, str], TypedCell], int], ...] = (
    (_plain, 16), (_marked, 10), (_labelled, 10), (_labelled_and_marked, 3), (_extended, 5), (_noted, 6), (_warned, 5),
    (_foreign, 8), (_foreign_labelled, 3), (_on_the_forms_code, 2), (_home_of_a_foreigner, 4), (_two, 4), (_twice, 2),
    (_glued, 2), (_no_area, 2), (_wrecked, 14), (_lost, 2), (_garbage, 4),
)  # fmt: skip


def typed_cells(seed: int, count: int) -> Iterator[TypedCell]:
    """`count` cells, of every region in turn."""
    draws = random.Random(f"typed {seed}")
    kinds, weights = zip(*CELLS, strict=True)
    for number in range(count):
        yield draws.choices(kinds, weights)[0](draws, REGIONS[number % len(REGIONS)])
