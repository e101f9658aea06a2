"""The columns of a report: the user's own, as they were and first, then ours.

Owns: the header, with and without repeated names, and the types that the user's own columns had.
"""

from __future__ import annotations

from dataclasses import dataclass

from batch.model import REPORT_COLUMNS, SourceMeta


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one report; `dtypes` are the polars names of the user's own, `String` where none is known."""

    own: tuple[str, ...]
    dtypes: tuple[str, ...]
    #: The columns that the program adds.
    ours: tuple[str, ...] = tuple(REPORT_COLUMNS)

    @classmethod
    def of(cls, source: SourceMeta) -> Columns:
        """The columns of a report on `source`."""
        missing = max(0, len(source.header) - len(source.dtypes))
        dtypes = (*source.dtypes[: len(source.header)], *("String",) * missing)
        return cls(own=source.header, dtypes=dtypes)

    @property
    def places(self) -> tuple[str, ...]:
        """What a frame calls the user's own columns: by their places, for names can repeat, and be ours too."""
        return tuple(str(place) for place in range(len(self.own)))

    @property
    def header(self) -> tuple[str, ...]:
        """Every name as it was: a name can stand in it twice, and the last ones are always ours."""
        return (*self.own, *self.ours)

    @property
    def unique_header(self) -> tuple[str, ...]:
        """Every name once, for formats that cannot repeat one.

        A name keeps its first place; a repetition becomes `Name (2)`, `Name (3)`, … with the first figure that is
        free. Ours always keep their names: a user's own `_row` becomes `_row (2)`.
        """
        taken = {*self.own, *self.ours}
        seen = set(self.ours)
        names = []
        for name in self.own:
            if name in seen:
                number = 2
                while (candidate := f"{name} ({number})") in taken:
                    number += 1
                name = candidate  # noqa: PLW2901 - the same column by its new name
                taken.add(name)
            seen.add(name)
            names.append(name)
        return (*names, *self.ours)
