"""A contact's custom variables: what is sent, where a row asks for some of them. Pure.

Owns: merging what is asked into what is there, and whether a contact has them as asked.
Does not own: reading the contact shortly before (`dispatcher/engine.py`).
Source: the API's page /contacts/{id}: `customVariables` replaces the whole object; to keep keys, read, merge, send all.
"""

from __future__ import annotations

from collections.abc import Mapping

from batch.model import Ask


def merges(ask: Ask) -> bool:
    """True where what is there already must be known before `ask` is sent: what is not asked is kept."""
    return bool(ask.variables) and not ask.replace_variables


def whole(ask: Ask, there: Mapping[str, object] | None) -> dict[str, object]:
    """All variables that are sent: those asked, as text, and, unless they replace the others, those `there`, as they
    are. Empty where none is asked. Raises ValueError where `there` must be known and is not."""
    if merges(ask):
        if there is None:
            raise ValueError("custom variables are merged into what is there, and that is not known")
        return {**there, **ask.variables}
    return dict(ask.variables)


def variables_as_asked(ask: Ask, there: Mapping[str, object] | None) -> bool:
    """True where the variables `there` are already as `ask` asks; any are where it asks none."""
    return not ask.variables or (there is not None and dict(there) == whole(ask, there))
