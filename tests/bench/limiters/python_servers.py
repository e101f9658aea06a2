"""The limiters of PyPI: `python python_servers.py NAME`. Prints its port; ends with its stdin.

Each key may make 30 POSTs in 6 s; a GET is not limited. A refusal says what the package says by itself.
"""

from __future__ import annotations

import os
import socketserver
import sys
import threading
from collections.abc import Callable
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

LIMIT: Final = 30
WINDOW: Final = 6
DONE: Final = {"success": True, "message": "Contact updated successfully"}
STATUSES: Final = [{"name": "active", "isTerminal": False}, {"name": "DNC", "isTerminal": True}]


def slowapi(strategy: str) -> None:
    """Starlette and uvicorn, with Limit, Remaining and Reset on each response."""
    import uvicorn
    from slowapi import Limiter, _rate_limit_exceeded_handler
    from slowapi.errors import RateLimitExceeded
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    limiter = Limiter(
        key_func=lambda request: request.headers.get("x-api-key", ""), strategy=strategy, headers_enabled=True
    )

    async def read(request: Request) -> JSONResponse:
        return JSONResponse(STATUSES)

    @limiter.limit(f"{LIMIT}/{WINDOW} second")  # type: ignore[untyped-decorator]
    async def write(request: Request) -> JSONResponse:
        return JSONResponse(DONE)

    routes = [Route("/{path:path}", read, methods=["GET"]), Route("/{path:path}", write, methods=["POST"])]
    app = Starlette(routes=routes)
    app.state.limiter = limiter
    app.add_exception_handler(RateLimitExceeded, _rate_limit_exceeded_handler)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical")
    listening = config.bind_socket()
    print(listening.getsockname()[1], flush=True)
    uvicorn.Server(config).run([listening])


def flask_limiter(strategy: str) -> None:
    """Flask, with Limit, Remaining and Reset on each response."""
    from flask import Flask, jsonify, request
    from flask_limiter import Limiter

    app = Flask("bench")
    limiter = Limiter(
        lambda: request.headers.get("x-api-key", ""),
        app=app,
        strategy=strategy,
        headers_enabled=True,
        storage_uri="memory://",
    )

    @app.get("/<path:_>")  # type: ignore[untyped-decorator]
    def read(_: str) -> Any:
        return jsonify(STATUSES)

    @app.post("/<path:_>")  # type: ignore[untyped-decorator]
    @limiter.limit(f"{LIMIT}/{WINDOW} second")  # type: ignore[untyped-decorator]
    def write(_: str) -> Any:
        return jsonify(DONE)

    serve_wsgi(app)


def rest_framework() -> None:
    """Django REST framework: a log of the last calls, and Retry-After on a refusal."""
    from django.conf import settings

    settings.configure(
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        INSTALLED_APPS=["rest_framework"],
        REST_FRAMEWORK={"UNAUTHENTICATED_USER": None, "DEFAULT_AUTHENTICATION_CLASSES": []},
    )
    import django

    django.setup()
    from django.core.wsgi import get_wsgi_application
    from django.urls import re_path
    from rest_framework.response import Response
    from rest_framework.throttling import SimpleRateThrottle
    from rest_framework.views import APIView

    class PerKey(SimpleRateThrottle):  # type: ignore[misc]
        rate = f"{LIMIT}/minute"

        def parse_rate(self, rate: str) -> tuple[int, int]:
            return LIMIT, WINDOW

        def get_cache_key(self, request: Any, view: Any) -> str | None:
            return None if request.method == "GET" else f"bench-{request.headers.get('x-api-key', '')}"

    class Contacts(APIView):  # type: ignore[misc]
        throttle_classes = [PerKey]  # noqa: RUF012 - as the framework reads it

        def get(self, request: Any, **_: str) -> Any:
            return Response(STATUSES)

        def post(self, request: Any, **_: str) -> Any:
            return Response(DONE)

    globals()["urlpatterns"] = [re_path(".*", Contacts.as_view())]
    serve_wsgi(get_wsgi_application())


class _Threaded(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    protocol_version = "HTTP/1.0"

    def log_message(self, *_: object) -> None:
        """Write nothing."""


def serve_wsgi(app: Any) -> None:
    server = make_server("127.0.0.1", 0, app, server_class=_Threaded, handler_class=_Silent)
    print(server.server_port, flush=True)
    server.serve_forever()


SERVERS: Final[dict[str, Callable[[], None]]] = {
    "slowapi fixed": lambda: slowapi("fixed-window"),
    "slowapi moving": lambda: slowapi("moving-window"),
    "slowapi sliding counter": lambda: slowapi("sliding-window-counter"),
    "flask-limiter fixed": lambda: flask_limiter("fixed-window"),
    "flask-limiter moving": lambda: flask_limiter("moving-window"),
    "Django REST framework": rest_framework,
}


def end_with_stdin() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=end_with_stdin, daemon=True).start()
    SERVERS[sys.argv[1]]()
