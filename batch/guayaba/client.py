"""The calls of the API: one request out, one exchange back.

Owns: the headers of a request, the key among them; the bounds of an attempt (total time, bytes); telling "never left"
from "may have arrived"; whether the way leads through a proxy.

A client of httpx's does what must not be done here: it follows redirects (with X-API-Key, to another address), keeps
cookies, opens compressed answers (one megabyte of zeros fits a kilobyte) and logs addresses. So its transport alone is
used, and that only where the environment names a proxy (`proxied_transport.py`); everywhere else, and always to
loopback, it is `connection.py`.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from time import time
from typing import Final, Protocol
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

import anyio
import certifi
import msgspec

from batch.errors import SettingsError
from batch.guayaba.byte_stream import ConnectionLost, DeadlinePassed
from batch.guayaba.connection import Headers, Http1Transport, HttpRequest, NotSent
from batch.guayaba.event_loop import event_loop_clock
from batch.guayaba.exchange import Exchange, Failure
from batch.guayaba.fault_text import fault_text
from batch.guayaba.rate_limit_headers import clock_ahead, parse_rate_limit_headers
from batch.guayaba.usual_response import Response
from batch.model import Request
from batch.settings.api_key import ApiKey
from batch.settings.base_url import is_loopback
from batch.text.language import tr

#: No documented answer is near this; more is a fault or an attack.
MAX_RESPONSE_BYTES: Final = 1024 * 1024
#: Resolving, connecting and the TLS handshake take this long at most, and no longer than half the attempt.
_CONNECT_S: Final = 10.0

#: What every request says.
_USUAL: Final = (
    (b"User-Agent", b"guayaba-batch"),
    (b"Accept", b"application/json"),
    (b"Accept-Encoding", b"identity"),
)
#: The characters that a path and a query may hold beside letters and digits (RFC 3986 sections 3.3 and 3.4).
_OF_PATH: Final = "/!$&'()*+,;=:@%"
_OF_QUERY: Final = f"{_OF_PATH}?"
#: The ports that a Host header does not name.
_USUAL_PORTS: Final = {"http": 80, "https": 443}


class Transport(Protocol):
    """What carries one request and brings its whole answer: see `Http1Transport.exchange`."""

    async def exchange(self, request: HttpRequest) -> Response: ...

    async def aclose(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Client:
    """Requests to one base URL, with one key or none. Made by `connect`; used by any number of tasks."""

    base_url: str
    timeout: float
    _transport: Transport
    _key: ApiKey | None
    _headers: Headers = field(init=False, repr=False)
    _now: Callable[[], float] = field(default_factory=event_loop_clock, repr=False)

    def __post_init__(self) -> None:
        pairs = [(b"Host", _host(self.base_url)), *_USUAL]
        if self._key is not None:
            pairs.append((b"X-API-Key", self._key.reveal().encode("ascii")))
        object.__setattr__(self, "_headers", Headers(pairs))

    def with_key(self, key: ApiKey) -> Client:
        """The same wire, for the calls of another key."""
        return replace(self, _key=key)

    async def send(self, request: Request, *, repeatable: bool = False) -> Exchange:
        """The exchange of one write. One that is `repeatable` may use a connection that was used before."""
        return await self._exchange(request.method, request.path, msgspec.json.encode(request.body), repeatable)

    async def read(self, path: str, query: Mapping[str, str | int] | None = None) -> Exchange:
        """The exchange of one GET. A `+` in `query` leaves as %2B: a plain one would read as a space."""
        return await self._exchange("GET", f"{path}?{urlencode(query)}" if query else path, b"", True)

    async def _exchange(self, method: str, path: str, content: bytes, repeatable: bool) -> Exchange:
        within, until = min(_CONNECT_S, self.timeout / 2), self._now() + self.timeout
        try:
            target = _target(self.base_url, path)
            response = await self._transport.exchange(
                HttpRequest(method, target, self._headers, content, within, until, repeatable)
            )
        except NotSent as fault:
            return Exchange(failure=Failure.NEVER_LEFT, detail=fault_text(fault))
        except DeadlinePassed:
            why = tr("no complete answer within {timeout:g} s", timeout=self.timeout)
            return Exchange(failure=Failure.NO_ANSWER, detail=why)
        except (ConnectionLost, anyio.ClosedResourceError, OSError) as fault:
            return Exchange(failure=Failure.NO_ANSWER, detail=fault_text(fault))
        said = _read_headers(response.headers)
        # A compressed body was not asked for: nothing of it is read, and the verdict finds no JSON.
        body = response.body if said.get("content-encoding", "identity") == "identity" else b""
        refusal = body if response.status in (429, 503) else b""
        now = time()
        quota = parse_rate_limit_headers(said, now, refusal)
        return Exchange(response.status, body, quota, clock_ahead=clock_ahead(said, now))


@asynccontextmanager
async def open_client(base_url: str, key: ApiKey, *, timeout: float, connections: int) -> AsyncIterator[Client]:
    """A client whose attempts take at most `timeout` seconds in total, over at most `connections` connections.

    Raises SettingsError where the environment names a proxy or certificates that cannot be used.
    """
    async with aclosing(_build_transport(base_url, connections)) as transport:
        yield Client(base_url, timeout, transport, key)


async def post_json(url: str, content: bytes, *, timeout: float) -> Exchange:
    """The exchange of one POST of JSON to an address that is not the API's: within the same bounds, without a key."""
    async with aclosing(_build_transport(url, 1)) as transport:
        return await Client(url, timeout, transport, None)._exchange("POST", "", content, False)


def _build_transport(url: str, connections: int) -> Transport:
    parts, proxies = urlsplit(url), getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if proxy is None or is_loopback(url) or proxy_bypass(parts.netloc):
        tls = _ssl_context() if parts.scheme == "https" else None
        return Http1Transport(
            parts.hostname or "", parts.port, tls, connections=connections, longest=MAX_RESPONSE_BYTES
        )
    from batch.guayaba.proxied_transport import InvalidURL, ProxiedTransport  # most runs need no httpx

    try:
        proxy = proxy if "://" in proxy else f"http://{proxy}"
        return ProxiedTransport(url, proxy, _ssl_context(), connections=connections, longest=MAX_RESPONSE_BYTES)
    except (ImportError, ValueError, InvalidURL) as fault:
        raise SettingsError(
            tr(
                "the proxy that the environment names for {hostname} cannot be used: {name}.",
                hostname=parts.hostname,
                name=type(fault).__name__,
            ),
            tip=tr("name an http:// or https:// proxy in HTTPS_PROXY, or name the host in NO_PROXY."),
        ) from None


def _ssl_context() -> ssl.SSLContext:
    """Mozilla's certificates, or those that the environment names. A stream that ends without its end said is a broken
    one: Python 3.10 and later let OpenSSL ignore that (OP_IGNORE_UNEXPECTED_EOF), and an answer could be cut on its
    way."""
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    try:
        if folder and not file:
            context = ssl.create_default_context(capath=folder)
        else:
            context = ssl.create_default_context(cafile=file or certifi.where())
        context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)  # OpenSSL 1.1.1 has none
        return context
    except OSError as fault:  # ssl.SSLError among them
        raise SettingsError(
            tr(
                "the certificates that SSL_CERT_FILE or SSL_CERT_DIR names cannot be read: {value}.",
                value=fault.strerror or fault,
            ),
            tip=tr("set the variable to a PEM file with certificates, or remove it."),
        ) from None


@lru_cache(maxsize=64)  # a run calls the same few addresses again and again
def _target(base_url: str, path: str) -> bytes:
    """What stands between method and version of a request: path and query."""
    parts = urlsplit(base_url + path)
    query = f"?{quote(parts.query, _OF_QUERY)}" if parts.query else ""
    return f"{quote(parts.path, _OF_PATH) or '/'}{query}".encode("ascii")


def _host(url: str) -> bytes:
    """The host of `url`, and its port where it is not the usual one."""
    parts = urlsplit(url)
    name = parts.netloc.rpartition("@")[2].lower()
    return name.removesuffix(f":{_USUAL_PORTS.get(parts.scheme)}").encode("ascii")


def _read_headers(headers: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The headers by name; what is said twice stands side by side (RFC 9110, 5.3)."""
    said = dict(headers)
    if len(said) == len(headers):
        return said
    said = {}
    for name, text in headers:
        said[name] = f"{said[name]}, {text}" if name in said else text
    return said
