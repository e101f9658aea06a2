"""Tables come from the server a page at a time, so that 100,000 rows open as fast as 10."""

from __future__ import annotations

from dataclasses import dataclass

from batch.app.request import Request

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Pages:
    """Page `number` of `last`, both from 1."""

    number: int
    last: int
    address: str

    @classmethod
    def of(cls, request: Request, count: int) -> Pages:
        """The page that the request asks for, of `count` rows."""
        last = max(1, -(-count // PER_PAGE))
        asked = request.query.get("page") or request.text("page")
        number = int(asked) if asked.isdigit() and len(asked) < 9 else 1
        return cls(min(max(1, number), last), last, request.address)

    @property
    def offset(self) -> int:
        """The rows before this page."""
        return (self.number - 1) * PER_PAGE
