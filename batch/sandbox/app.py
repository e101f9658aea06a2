"""The routes: one request in, the documented JSON out.

Owns: paths, methods, status codes, and the judge's read-only pages. Does not own: what a write does (`writes`),
what a listing means (`listing`), the JSON of the answers (`shapes`), key and limit (`gate`).
Flow: Request -> checks and writes -> shapes -> Response; a Refusal becomes its documented body.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from batch.sandbox import checks, defaults, listing, openapi, shapes
from batch.sandbox.errors import Refusal, invalid
from batch.sandbox.jsontext import encode
from batch.sandbox.ledger import Ledger
from batch.sandbox.seed import Loaded
from batch.sandbox.store import Store
from batch.sandbox.writes import Writer

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class _Methods:
    """The endpoints of one path; any other method is answered 405 with an Allow header."""

    endpoints: Mapping[str, Endpoint]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        endpoint = self.endpoints.get(scope["method"])
        if endpoint is None:
            raise HTTPException(405, headers={"Allow": ", ".join(self.endpoints)})
        response = await endpoint(Request(scope, receive))
        await response(scope, receive, send)


def build(store: Store, ledger: Ledger, loaded: Loaded) -> Starlette:  # noqa: C901 - one closure for each route
    """The API and the judge's pages over one store; `loaded` is what /health says about the seed."""

    async def writer(request: Request) -> tuple[Writer, dict[str, Any]]:
        state = request.scope["state"]
        return Writer(store, ledger, state["request_id"], state["at"]), checks.body_of(await request.body())

    async def fulfill(request: Request) -> Response:
        hand, body = await writer(request)
        hand.fulfill(body)
        return _answer(shapes.fulfilled())

    async def update(request: Request) -> Response:
        hand, body = await writer(request)
        return _answer(shapes.updated(hand.update(body)))

    async def put(request: Request) -> Response:
        hand, body = await writer(request)
        return _answer(shapes.put(hand.put(request.path_params["id"], body)))

    async def create(request: Request) -> Response:
        hand, body = await writer(request)
        contact = hand.create(body)
        by_splitter = "campaignId" not in body
        return _answer(shapes.split(contact, defaults.ADMIN_ID) if by_splitter else shapes.created(contact), 201)

    async def contacts(request: Request) -> Response:
        return _answer(listing.contacts(store, request.query_params))

    async def statuses(request: Request) -> Response:
        return _answer(shapes.statuses(store.statuses()))

    async def campaigns(request: Request) -> Response:
        return _answer(listing.campaigns(store, request.query_params))

    async def health(request: Request) -> Response:
        ((count,),) = store.rows("SELECT count(*) FROM contacts WHERE deleted_at IS NULL")
        seed = {"added": loaded.added, "skipped": len(loaded.skipped), "why": loaded.skipped[:20]}
        return _answer({"status": "ok", "contacts": count, "seed": seed})

    async def document(request: Request) -> Response:
        return _answer(openapi.document([status.name for status in store.statuses()]))

    paths: dict[str, dict[str, Endpoint]] = {
        "/contacts": {"GET": contacts, "POST": create},
        "/contacts/fulfill": {"POST": fulfill},
        "/contacts/update": {"POST": update},
        "/contacts/statuses": {"GET": statuses},
        "/contacts/{id}": {"PUT": put},
        "/campaigns": {"GET": campaigns},
        "/health": {"GET": health},
        "/openapi.json": {"GET": document},
        **_judge_pages(ledger),
    }
    app = Starlette(
        routes=[Route(path, _Methods(endpoints)) for path, endpoints in paths.items()],
        exception_handlers={Refusal: _refused, HTTPException: _unrouted},
    )
    app.router.redirect_slashes = False
    return app


def _judge_pages(ledger: Ledger) -> dict[str, dict[str, Endpoint]]:
    """The pages from which a test or a person judges a client: what it sent, and what that did."""

    def log(name: str, read: Callable[[int, int], list[dict[str, Any]]]) -> Endpoint:
        async def page(request: Request) -> Response:
            return _answer({name: read(*_span(request))})

        return page

    async def schedule(request: Request) -> Response:
        return _answer({"schedule": ledger.schedule(request.query_params.get("phone"), *_span(request))})

    return {
        "/_sandbox/requests": {"GET": log("requests", ledger.requests)},
        "/_sandbox/effects": {"GET": log("effects", ledger.effects)},
        "/_sandbox/actions": {"GET": log("actions", ledger.actions)},
        "/_sandbox/schedule": {"GET": schedule},
    }


def _span(request: Request) -> tuple[int, int]:
    """`after` and `limit` of a judge's page; everything after 0 if unsaid."""
    query = request.query_params
    try:
        return int(query.get("after", 0)), int(query.get("limit", 1_000_000))
    except ValueError:
        raise invalid("after and limit must be integers") from None


def _answer(body: Any, status: int = 200) -> Response:
    return Response(encode(body), status, media_type="application/json")


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return _answer(error.body, error.status)


async def _unrouted(request: Request, error: Exception) -> Response:
    """Unknown paths and methods, in the shape of every other error; no page documents them."""
    assert isinstance(error, HTTPException)
    body = {"error": error.detail.capitalize(), "message": f"Cannot {request.method} {request.url.path}"}
    response = _answer(body, error.status_code)
    response.headers.update(error.headers or {})
    return response
