"""Everything that is wrong with an input as a whole, told at once.

Owns: gathering errors of independent steps and raising them as one.
Does not own: any check.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from batch.errors import BatchError, InputRefused, SettingsError


class Problems:
    """The problems found so far with the input called `name`."""

    __slots__ = ("_found", "_name")

    def __init__(self, name: str) -> None:
        self._name = "standard input" if name == "-" else name
        self._found: list[BatchError] = []

    def __bool__(self) -> bool:
        return bool(self._found)

    @contextmanager
    def gathered(self, *, inside: bool = False) -> Iterator[None]:
        """Keep an InputRefused or SettingsError of this block for `settle`. `inside`: it is about what the input
        holds, so its message is to name the input."""
        try:
            yield
        except (InputRefused, SettingsError) as error:
            if inside and self._name not in error.message:
                error = type(error)(f"{self._name}: {error.message}", problems=error.problems, tip=error.tip)
            self._found.append(error)

    def settle(self) -> None:
        """Raise what was gathered: one error as it is, several as one; SettingsError if all are about options."""
        if not self._found:
            return
        if len(self._found) == 1:
            raise self._found[0]
        kind = SettingsError if all(isinstance(error, SettingsError) for error in self._found) else InputRefused
        lines = [line for error in self._found for line in (error.message, *(f"  {each}" for each in error.problems))]
        tips = dict.fromkeys(error.tip for error in self._found if error.tip)
        raise kind(
            f"{self._name} cannot be read as told: {len(self._found)} things are wrong.",
            problems=tuple(lines),
            tip=" ".join(tips),
        )
