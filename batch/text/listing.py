"""Many things in one line: the first of them, and how many there are besides. JSON that a person reads.

Owns: these two forms.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from batch.text.language import tr


def list_first(names: Sequence[str], most: int) -> str:
    """The first `most` of `names`, with commas between them, and how many there are besides."""
    more = tr(" and {count:,} more", count=len(names) - most) if len(names) > most else ""
    return ", ".join(names[:most]) + more


def pretty_json(value: object) -> str:
    """`value` as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
