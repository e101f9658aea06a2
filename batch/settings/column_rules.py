"""What `--where` and `--map-value` say, as text and as values. Pure.

Owns: their spelling, and how a cell is compared: without regard to capitals and to spaces around and between words.
The text is what a job file, a plan and a fingerprint keep.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final, NamedTuple

from batch.text.language import tr

_ONE_OF: Final = re.compile(r"([^=]+?)\s+(not\s+in|in)\s*\((.*)\)\s*", re.IGNORECASE | re.DOTALL)
_EQUALS: Final = re.compile(r"(.+?)\s*(!=|==|=)(.*)", re.DOTALL)
_VALUE: Final = re.compile(r'\s*([A-Za-z]+)\s*:\s*(?:"([^"]*)"|(.*?))\s*=\s*("[^"]*"|[^=]*)', re.DOTALL)
#: What nobody sees and is no space: general categories.
_UNSEEN: Final = frozenset({"Cf", "Cc"})
#: Roles whose cells may be read as another value.
VALUE_ROLES: Final = ("status", "campaign", "name", "timezone")


class RowCondition(NamedTuple):
    """Rows are taken whose cell below `header` is one of `values`, or, where `wanted` is false, none of them; an empty
    value is an empty cell. The values are folded."""

    header: str
    wanted: bool
    values: tuple[str, ...]


def fold_cell(text: str) -> str:
    """`text` as cells are compared: in lower case, one space between words, none around them, one form of each
    character (NFKC), and without those that nobody sees."""
    plain = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text).lower())
    return "".join(mark for mark in plain if unicodedata.category(mark) not in _UNSEEN).strip()


def parse_condition(text: str) -> RowCondition:
    """`Do Not Call=TRUE`, `Stage!=Closed`, `Stage=` (empty), `Stage in (New, Open)`. Raises ValueError."""
    if found := _ONE_OF.fullmatch(text.strip()):
        values = tuple(fold_cell(_unquote(value)) for value in found[3].split(","))
        return RowCondition(_unquote(found[1]), found[2].lower() == "in", values)
    if found := _EQUALS.fullmatch(text.strip()):
        return RowCondition(_unquote(found[1]), found[2] != "!=", (fold_cell(_unquote(found[3])),))
    raise ValueError(
        tr('expected HEADER=VALUE, HEADER!=VALUE, HEADER= (empty) or "HEADER in (A,B)", found "{text}"', text=text)
    )


def parse_value_rule(text: str) -> tuple[str, str, str]:
    """The role, the folded cell and the value of `status:"Do Not Call"=DNC`; an empty value leaves the field as it is.
    Raises ValueError."""
    found = _VALUE.fullmatch(text)
    role = next((role for role in VALUE_ROLES if found and role == found[1].lower()), None)
    if found is None or role is None or not (found[2] or found[3]):
        raise ValueError(
            tr(
                'expected ROLE:VALUE=VALUE, for example status:"Do Not Call"=DNC (roles: {value_roles}), found '
                '"{text}"',
                value_roles=", ".join(VALUE_ROLES),
                text=text,
            )
        )
    return role, fold_cell(found[2] or found[3]), _unquote(found[4])


def conditions(value: object) -> tuple[str, ...]:
    """The conditions of `--where`, as they were written, each checked. Raises ValueError."""
    texts = _texts(value)
    for text in texts:
        parse_condition(text)
    return texts


def value_rules(value: object) -> tuple[str, ...]:
    """The rules of `--map-value`, as they were written, each checked. Raises ValueError where two contradict."""
    texts = _texts(value)
    known: dict[tuple[str, str], str] = {}
    for text in texts:
        role, cell, meaning = parse_value_rule(text)
        if known.setdefault((role, cell), meaning) != meaning:
            raise ValueError(
                tr(
                    '"{cell}" has two meanings: "{known}" and "{meaning}"',
                    cell=cell,
                    known=known[role, cell],
                    meaning=meaning,
                )
            )
    return texts


def value_map(rules: tuple[str, ...]) -> Mapping[str, Mapping[str, str]]:
    """Role -> folded cell -> value."""
    table: dict[str, dict[str, str]] = {}
    for role, cell, meaning in map(parse_value_rule, rules):
        table.setdefault(role, {})[cell] = meaning
    return table


def _texts(value: object) -> tuple[str, ...]:
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, (list, tuple)) or not all(isinstance(each, str) for each in given):
        raise ValueError(tr("expected text, or a list of texts, found {value!r}", value=value))
    return tuple(given)


def _unquote(text: str) -> str:
    plain = text.strip()
    return plain[1:-1] if len(plain) > 1 and plain[0] == plain[-1] and plain[0] in "\"'" else plain
