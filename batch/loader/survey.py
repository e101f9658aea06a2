"""Counting while reading: the numbers that `check` shows.

Owns: the tally of one pass, and turning it into a `Survey`.
Does not own: the verdicts that it counts (`rows.py`, `folding.py`), how they are shown (`cli.py`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from batch.codes import tip, title
from batch.loader.folding import Decisions
from batch.loader.reading import SHOWN, Group, Survey
from batch.loader.rows import Judged


@dataclass(slots=True)
class _Cause:
    rows: int = 0
    numbers: list[int] = field(default_factory=list)
    examples: list[str | None] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Tally:
    """What has been counted so far. `foreign` of `numbers` had lost their + and are another country's."""

    rows: int = 0
    numbers: int = 0
    foreign: int = 0
    causes: dict[str, _Cause] = field(default_factory=dict)
    regions: Counter[str] = field(default_factory=Counter)
    types: Counter[str] = field(default_factory=Counter)
    repairs: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)

    def fault(self, number: int, code: str, message: str, cell: str | None) -> None:
        """Count one invalid row."""
        cause = self.causes.setdefault(code, _Cause())
        cause.rows += 1
        if len(cause.numbers) < SHOWN:
            cause.numbers.append(number)
            cause.examples.append(cell)
            cause.messages.append(message)

    def row(self, judged: Judged) -> None:
        """Count the phone and the ask of one row that could be sent."""
        phone = judged.phone
        if phone.e164 is not None:
            self.numbers += 1
            self.regions[phone.region] += 1
            if phone.kind:
                self.types[phone.kind] += 1
            self.repairs.update(phone.repairs)
            self.foreign += phone.foreign
        if judged.ask is not None and judged.ask.status is not None:
            self.statuses[judged.ask.status] += 1

    def survey(self, decisions: Decisions, notices: tuple[str, ...]) -> Survey:
        """The survey, with the rows that other rows decided."""
        duplicates = 0
        for number, kind in decisions.all():
            if kind == "conflict":
                self.fault(number, "conflict", "", None)
            else:
                duplicates += 1
        invalid = sum(cause.rows for cause in self.causes.values())
        sendable = self.rows - invalid - duplicates
        groups = [
            Group(
                code,
                title(code),
                tip(code),
                cause.rows,
                tuple(cause.numbers),
                tuple(cause.examples),
                tuple(cause.messages),
            )
            for code, cause in self.causes.items()
        ]
        return Survey(
            rows=self.rows,
            sendable=sendable,
            counts={"sendable": sendable, "duplicate": duplicates, "invalid": invalid},
            problems=tuple(sorted(groups, key=lambda group: (-group.rows, group.code))),
            regions=_most(self.regions),
            types=_most(self.types),
            repairs=_most(self.repairs),
            duplicates=duplicates,
            conflicts=decisions.conflicts,
            notices=notices,
            statuses=_most(self.statuses),
        )


def _most(counter: Counter[str]) -> dict[str, int]:
    """The counts above zero, largest first, ties by name."""
    return dict(sorted(((name, n) for name, n in counter.items() if n > 0), key=lambda pair: (-pair[1], pair[0])))
