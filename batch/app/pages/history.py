"""What all runs did about one number."""

from __future__ import annotations

from starlette.responses import Response

from batch import SettingsError
from batch.api.watch import HistoryEntry, history
from batch.app.request import Request
from batch.text.language import tr


def show(request: Request) -> Response:
    """The form for a number, and the rows about it. The number itself is shown masked, as the command does."""
    asked = request.query.get("number", "").strip()
    region = request.query.get("region", "").strip() or None
    number, error = "", None
    rows: list[HistoryEntry] = []
    if asked:
        try:
            number, rows = history(asked, request.context.local_settings(), region)
        except SettingsError:
            error = SettingsError(
                tr('"{text}" is no phone number.', text=asked[:40]), tip=tr("Write it with + and its country code.")
            )
    return request.page("phone.html.j2", asked=asked, number=number, rows=rows, error=error)
