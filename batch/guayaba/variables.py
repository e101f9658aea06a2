"""A contact's custom variables: what is sent, where a row asks for some of them. Pure.

Owns: merging what is asked into what is there, and whether a contact has them as asked.
Source: the API's page /contacts/{id}: `customVariables` replaces the whole object; to keep keys, read, merge, send all.
"""

from __future__ import annotations

from collections.abc import Mapping

from batch.model import ContactChange


def needs_merge(ask: ContactChange) -> bool:
    """True where what is there already must be known before `ask` is sent: what is not asked is kept."""
    return bool(ask.variables) and not ask.replace_variables


def merged_variables(ask: ContactChange, there: Mapping[str, object] | None) -> dict[str, object]:
    """All variables that are sent: those asked, as text, and, unless they replace the others, those `there`, as they
    are. Empty where none is asked. Raises ValueError where `there` must be known and is not."""
    if needs_merge(ask):
        if there is None:
            raise ValueError("custom variables are merged into what is there, and that is not known")
        return {**there, **ask.variables}
    return dict(ask.variables)


def variables_match(ask: ContactChange, there: Mapping[str, object] | None) -> bool:
    """True where the variables `there` are already as `ask` asks; any are where it asks none."""
    return not ask.variables or (there is not None and dict(there) == merged_variables(ask, there))
