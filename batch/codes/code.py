"""What is known of one `_code`.

Owns: `Code`.
"""

from __future__ import annotations

from typing import NamedTuple


class Code(NamedTuple):
    """`title` says what happened to the row, `tip` what the person should do next."""

    title: str
    tip: str
    #: Running the row again as it is can help.
    retryable: bool = False
    #: The part of the column whose cell is at fault; empty: no single cell is.
    role: str = ""
