"""Who may ask for a page: the browser of the person who started the program, and that page's own forms.

Owns: every check of a request before a page sees it, and the headers of every answer.
Flow: request -> `Guard` (another user, host, address with the secret, cookie, cross-site, size) -> the application.

Each check stands alone: DNS rebinding fails on the Host list, another page's form on Sec-Fetch-Site, Origin and the
CSRF token, another user of the machine on the socket's owner and on the cookie.
Source: Fetch Metadata Request Headers (W3C), RFC 6265bis (SameSite), CSP Level 3.
"""

from __future__ import annotations

import hmac
import os
from dataclasses import dataclass
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Final, NamedTuple

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from batch.text.language import tr

#: Bytes of one upload, and of any other form.
MOST_UPLOADED: Final = 512 << 20
MOST_FORM: Final = 4 << 20
UPLOADS: Final = ("/files",)
_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
#: Of every answer. `same-origin` and not `no-referrer`: with that a browser sends `Origin: null` with a form.
HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
_TCP_TABLE: Final = Path("/proc/net/tcp")
_TIME_WAIT: Final = "06"


class Refusal(NamedTuple):
    """Why a request is refused, and its HTTP status."""

    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class Access:
    """What lets a request in. `secret` stands in the first address, `session` in the cookie that replaces it."""

    port: int
    secret: str
    session: str

    @property
    def url(self) -> str:
        """The address without its secret."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def first_url(self) -> str:
        """The address to open."""
        return f"{self.url}/open/{self.secret}"

    @property
    def hosts(self) -> frozenset[str]:
        """The Host headers that are this program's."""
        return frozenset({f"127.0.0.1:{self.port}", f"localhost:{self.port}"})

    @property
    def cookie(self) -> str:
        """The name of the cookie: a browser keeps one jar for all ports."""
        return f"guayaba_app_{self.port}"

    @property
    def csrf(self) -> str:
        """The token that every form carries."""
        return hmac.new(self.session.encode(), b"form", sha256).hexdigest()


def refuse_peer(scope: Scope, table: Path = _TCP_TABLE) -> Refusal | None:
    """The refusal of a connection that another user of this machine opened; `None` where the owner is not known."""
    owner = peer_owner(scope.get("client"), scope.get("server"), table)
    if owner is None or owner == os.getuid():
        return None
    return Refusal(403, tr("This page belongs to another user of this machine."))


def peer_owner(
    client: tuple[str, int] | None, server: tuple[str, int | None] | None, table: Path = _TCP_TABLE
) -> int | None:
    """The user id of the process behind a loopback connection, as the kernel's table of sockets has it."""
    try:
        if client is None or server is None or server[1] is None:
            return None
        ours, theirs = _as_hex(client[0], client[1]), _as_hex(server[0], server[1])
        for line in table.read_text("ascii").splitlines()[1:]:
            fields = line.split()
            if fields[1:3] == [ours, theirs] and fields[3] != _TIME_WAIT:
                return int(fields[7])
    except (OSError, ValueError, IndexError):
        return None
    return None


def _as_hex(address: str, port: int) -> str:
    parts = [int(part) for part in address.split(".")]
    if len(parts) != 4:
        raise ValueError(address)
    return "".join(f"{part:02X}" for part in reversed(parts)) + f":{port:04X}"


def refuse_host(headers: Headers, access: Access) -> Refusal | None:
    """The refusal of a request for another host: a foreign host name that resolves to this machine."""
    hosts = headers.getlist("host")
    return (
        None if len(hosts) == 1 and hosts[0] in access.hosts else Refusal(421, tr("This host name is not served here."))
    )


def refuse_cross_site(method: str, headers: Headers, access: Access) -> Refusal | None:
    """The refusal of a request that another page made. A write must say that it comes from a page of ours; a read that
    says where it comes from must not name another page."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if method in ("GET", "HEAD"):
        if site in (None, "same-origin", "none"):
            return None
        return Refusal(403, tr("Another page asked for this one."))
    if site != "same-origin":
        return Refusal(403, tr("A change must come from a page of this program (Sec-Fetch-Site)."))
    if origin not in {f"http://{host}" for host in access.hosts} or origin != f"http://{headers.get('host')}":
        return Refusal(403, tr("A change must come from a page of this program (Origin)."))
    return None


def refuse_stranger(headers: Headers, access: Access) -> Refusal | None:
    """The refusal of a request without the cookie."""
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(access.cookie)
    except CookieError:
        morsel = None
    if morsel is not None and hmac.compare_digest(morsel.value.encode(), access.session.encode()):
        return None
    return Refusal(403, tr("Open the address that the terminal shows: it lets this browser in."))


class Guard:
    """The application behind its checks."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":  # no lifespan, no WebSocket
            return
        answer = self._answer(scope)
        if answer is not None:
            await answer(scope, receive, _with_headers(send))
            return
        await self._app(scope, _limit_body(receive, scope), _with_headers(send))

    def _answer(self, scope: Scope) -> Response | None:
        """The answer that needs no page: a refusal, or the cookie for the secret."""
        headers, access, method = Headers(scope=scope), self._access, str(scope["method"])
        refusal = refuse_peer(scope) or refuse_host(headers, access)
        if refusal is None and method == "GET" and str(scope["path"]).startswith("/open/"):
            given = str(scope["path"]).removeprefix("/open/").encode("utf-8", "replace")
            if hmac.compare_digest(given, access.secret.encode()):
                return _let_in(access)
            refusal = Refusal(
                403, tr("This address is of another start of the program. Take the newest from the terminal.")
            )
        refusal = refusal or refuse_stranger(headers, access) or refuse_cross_site(method, headers, access)
        refusal = refusal or _refuse_size(scope, headers)
        return None if refusal is None else PlainTextResponse(f"{refusal.reason}\n", refusal.status)


def _let_in(access: Access) -> Response:
    answer = RedirectResponse("/", 303)
    answer.set_cookie(access.cookie, access.session, path="/", httponly=True, samesite="strict")
    return answer


def _most(scope: Scope) -> int:
    return MOST_UPLOADED if scope["path"] in UPLOADS else MOST_FORM


def _refuse_size(scope: Scope, headers: Headers) -> Refusal | None:
    length = headers.get("content-length", "0")
    if length.isdigit() and int(length) <= _most(scope):
        return None
    return Refusal(
        413, tr("This is larger than {scope} MiB. Use the command line for this file.", scope=_most(scope) >> 20)
    )


def _limit_body(receive: Receive, scope: Scope) -> Receive:
    """`receive`, which ends a body that is longer than it said, or that did not say."""
    seen, most = 0, _most(scope)

    async def bounded() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        return {"type": "http.disconnect"} if seen > most else message

    return bounded


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending
