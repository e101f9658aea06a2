"""The two ways the sandbox says no: to the person who starts it, and to a caller of the API.

Owns: `SandboxError`, `Refusal` and the documented error bodies. Does not own: when they are raised.
Source: /authentication, /contacts/update, /contacts/fulfill.
"""

from __future__ import annotations

from typing import Any


class SandboxError(Exception):
    """The sandbox cannot start as asked; the text is a sentence for a person: what was found, what to do."""


class Refusal(Exception):
    """One documented error answer: its HTTP status and the two fields of its body."""

    def __init__(self, status: int, error: str, message: str) -> None:
        super().__init__(f"{status} {error}: {message}")
        self.status = status
        self.body: dict[str, Any] = {"error": error, "message": message}


def invalid(message: str) -> Refusal:
    """The 400 of every page: `Validation error` and what is wrong."""
    return Refusal(400, "Validation error", message)


def missing(what: str) -> Refusal:
    """The 404 of every page; `what` is `Contact` or `Campaign`."""
    return Refusal(404, "Not found", f"{what} not found")


def unauthorized() -> Refusal:
    """The 401 of /contacts/update, served everywhere."""
    return Refusal(401, "Unauthorized", "Invalid or missing API key")


def too_many(path: str, retry_after: int) -> Refusal:
    """The 429 of the page that `path` belongs to; `retry_after` is whole seconds, 1 or more.

    /contacts/update documents its own body; everything else follows /authentication, whose two texts are
    the other way round and which alone has `retryAfter`.
    """
    if path == "/contacts/update":
        return Refusal(429, "Rate limit exceeded", "Too many requests")
    refusal = Refusal(429, "Too many requests", f"Rate limit exceeded. Try again in {retry_after} seconds.")
    refusal.body["retryAfter"] = retry_after
    return refusal
