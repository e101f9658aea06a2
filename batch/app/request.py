"""A request as a page sees it, and the answers that a page can give.

Owns: `Request`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.responses import HTMLResponse, RedirectResponse, Response

from batch import BatchError
from batch.app.context import AppContext


@dataclass(frozen=True, slots=True)
class Request:
    """What a page gets: the program's context, the parts of its address, the query or the form, and the words."""

    context: AppContext
    path: dict[str, str]
    query: dict[str, str]
    language: str
    address: str = "/"
    form: FormData = field(default_factory=FormData)

    def text(self, name: str) -> str:
        """The field of the form, without the spaces around it; empty where it is missing."""
        value = self.form.get(name)
        return value.strip() if isinstance(value, str) else ""

    def upload(self, name: str) -> UploadFile | None:
        """The file in the field of the form, if one was chosen."""
        value = self.form.get(name)
        return value if isinstance(value, UploadFile) and value.filename else None

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """The page of a template. `values` are escaped there."""
        text = self.context.templates.render(template, self.language, request=self, context=self.context, **values)
        return HTMLResponse(text, status)

    def go(self, address: str) -> Response:
        """The answer that leads to another page: after a form, so that a reload sends nothing twice."""
        return RedirectResponse(address, 303)

    def problem(self, error: BatchError, back: str = "/", status: int = 400) -> Response:
        """The page that says what is wrong and what to do."""
        return self.page("problem.html.j2", status, error=error, back=back)
