"""Everything that is wrong, told at once.

Owns: gathering the errors of independent steps and raising them as one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from batch.errors import BatchError, InputRefused, SettingsError


class ErrorCollector:
    """The problems found so far: with the input called `name`, or with a command. `heading` goes before several."""

    __slots__ = ("_found", "_heading", "_name")

    def __init__(self, heading: str, name: str = "") -> None:
        self._heading = heading
        self._name = name
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

    def settle(self, kind: type[BatchError] | None = None) -> None:
        """Raise what was gathered: one error as it is, several as one of `kind`; where none is named, as SettingsError
        if all are about options, else as InputRefused."""
        if not self._found:
            return
        if len(self._found) == 1:
            raise self._found[0]
        if kind is None:
            kind = SettingsError if all(isinstance(error, SettingsError) for error in self._found) else InputRefused
        lines = [line for error in self._found for line in _lines(error)]
        count = sum(not line.startswith(" ") for line in lines)
        tips = dict.fromkeys(error.tip for error in self._found if error.tip)
        raise kind(
            f"{self._heading}: {count} things are wrong.",
            problems=tuple(lines),
            tip=" ".join(map(_sentence, tips)),
            heads=True,
        )


def _sentence(tip: str) -> str:
    """`tip` as one of several: begun with a capital, unless it begins with a command."""
    return tip if tip.startswith("guayaba-batch") else tip[:1].upper() + tip[1:]


def _lines(error: BatchError) -> tuple[str, ...]:
    """What `error` says, a line for each problem; further words about one are set in by two spaces."""
    if error.heads:
        return error.problems
    return (error.message, *(f"  {each}" for each in error.problems))
