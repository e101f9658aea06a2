"""A plain phone text without + as the rules see it: its digits, how they are grouped, and its region."""

from __future__ import annotations

import re
from typing import NamedTuple

from batch.loader.phones.numbering import calling_code

_GROUP = re.compile(r"\d+")
#: A first group in brackets.
BRACKETED_GROUP = re.compile(r"\s*\(\s*\d+\s*\)")


class Digits(NamedTuple):
    """A plain text without + as the rules see it: its digits, and how they are grouped."""

    text: str
    digits: str
    region: str

    @property
    def is_bare(self) -> bool:
        """True where the cell is digits and nothing else: from such cells spreadsheets take + and leading zeros."""
        return self.text.isdecimal() or all(len(group) == 1 for group in self.groups)

    @property
    def groups(self) -> list[str]:
        return _GROUP.findall(self.text)

    @property
    def code(self) -> str:
        return calling_code(self.region)
