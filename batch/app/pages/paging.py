"""Tables come from the server a page at a time, so that 100,000 rows open as fast as 10."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from batch.app.request import Request

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Pages:
    """Page `number` of `last`, both from 1."""

    number: int
    last: int
    #: The address of a page, without its number.
    address: str

    @classmethod
    def of(cls, request: Request, count: int, address: str = "", **query: str) -> Pages:
        """The page that the request asks for, of `count` rows, at `address` (empty: where the request was made)."""
        last = max(1, -(-count // PER_PAGE))
        asked = request.query.get("page") or request.text("page")
        number = int(asked) if asked.isdigit() and len(asked) < 9 else 1
        shown = urlencode({name: value for name, value in query.items() if value})
        return cls(min(max(1, number), last), last, f"{address or request.address}?{shown}{'&' if shown else ''}")

    @property
    def offset(self) -> int:
        """The rows before this page."""
        return (self.number - 1) * PER_PAGE
