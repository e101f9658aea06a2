"""A cell whose truth is known, and how often such cells were read right, refused, or taken for somebody else."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple


class TypedCell(NamedTuple):
    """A cell in a column of `region`. `right` is the person, None where a person must refuse; `guesses` are readings
    that are as good or as bad. `may_refuse`: nobody is blamed for asking back."""

    region: str
    kind: str
    text: str
    right: str | None
    guesses: frozenset[str] = frozenset()
    may_refuse: bool = False
    warned: bool = False


@dataclass
class Grades:
    """How often each kind was `right`, `asked` (refused, rightly), `missed`, `guessed`, `wrong` or `garbage`."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], list[tuple[TypedCell, str]]] = field(default_factory=dict)

    def grade(self, cell: TypedCell, e164: str | None, warned: bool) -> str:
        if e164 is None:
            grade = "asked" if cell.right is None or cell.may_refuse else "missed"
        elif e164 == cell.right:
            grade = "right" if warned == cell.warned else "wrong" if cell.warned else "missed"
        elif e164 in cell.guesses:
            grade = "guessed"
        else:
            grade = "wrong" if cell.right else "garbage"
        self.counts[grade, cell.kind] += 1
        self.examples.setdefault((grade, cell.kind), []).append((cell, e164 or ""))
        return grade

    def total(self, grade: str) -> int:
        return sum(count for (name, _), count in self.counts.items() if name == grade)

    def lines(self) -> list[str]:
        """The totals, then each kind that was missed, wrong or garbage, with an example."""
        names = ("right", "asked", "missed", "guessed", "wrong", "garbage")
        lines = [f"{self.counts.total():,} cells: " + ", ".join(f"{self.total(name):,} {name}" for name in names)]
        for (name, kind), count in sorted(self.counts.items()):
            if name in {"missed", "wrong", "garbage"}:
                cell, found = self.examples[name, kind][0]
                lines.append(
                    f"  {name} {count}: {kind}, {cell.region} {cell.text!r}: {cell.right}, read {found or '-'}"
                )
        return lines
