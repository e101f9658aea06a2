"""The API key: typed once, stored as `login` does, never sent back to a page."""

from __future__ import annotations

from starlette.responses import Response

from batch import SettingsError
from batch.api.accounts import account_keys, login, logout
from batch.app.request import Request


def show(request: Request) -> Response:
    """Which key is used, by its fingerprint, and the form for another."""
    return _page(request, None)


def has_usual_key(request: Request) -> bool:
    """True where there is a key for rows that belong to no account."""
    try:
        return request.context.settings(need_key=True).key is not None
    except SettingsError:
        return False


def _page(request: Request, error: SettingsError | None) -> Response:
    context = request.context
    found, why = None, None
    try:
        found = context.settings(need_key=True)
    except SettingsError as refusal:
        why = refusal
    settings = found or context.local_settings()
    return request.page(
        "login.html.j2",
        200 if error is None else 422,
        fingerprint=found.key.fingerprint if found and found.key else "",
        place=settings.key_source,
        address=settings.access.address,
        accounts=account_keys(settings),
        account=request.query.get("account", ""),
        why=why,
        error=error,
        demo=context.sample is not None,
        saved=request.query.get("saved", ""),
    )


def save(request: Request) -> Response:
    """Store the key. The demo has its own."""
    if request.context.sample is not None:
        return request.go("/login")
    try:
        login(request.text("key"), request.text("account"))
    except SettingsError as error:
        return _page(request, error)
    return request.go("/login?saved=1")


def forget(request: Request) -> Response:
    """Delete the stored key."""
    if request.context.sample is None:
        logout(request.text("account"))
    return request.go("/login")
