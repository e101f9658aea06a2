"""Which page answers which address, and what all pages share: the form, its token, the language, the template.

Owns: the route table, and the decorators around a page. A page is a plain function in
a worker thread: request in, answer out.
"""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Final

import anyio
from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect
from starlette.requests import Request as StarletteRequest
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Route

from batch import BatchError
from batch.app.context import AppContext
from batch.app.pages import actions, file, history, home, login, plan_rows, run, run_actions, run_rows, task
from batch.app.request import Request
from batch.app.words import LANGUAGES, choose_language
from batch.text.language import in_language, tr

_STATIC: Final = Path(__file__).parent / "static"
_TYPES: Final = {"app.css": "text/css", "app.js": "text/javascript", "icon.svg": "image/svg+xml"}
#: The most fields of one form: a page of corrections has a few for each row.
_MOST_FIELDS: Final = 2000
_LANGUAGE_COOKIE: Final = "guayaba_language"


Page = Callable[[Request], Response]
Endpoint = Callable[[StarletteRequest], Any]
#: The fragments of a page that moves: each as soon as it differs from the one before.
Fragments = Callable[[Request], AsyncIterator[str]]


def build(context: AppContext) -> Starlette:
    """The application. `guard.Guard` stands before it."""
    gets: dict[str, Page] = {
        "/": home.show,
        "/login": login.show,
        "/phone": history.show,
        "/runs": run.show_all,
        "/runs/{run}": run.show,
        "/runs/{run}/problems/{code}": run_rows.show_problems,
        "/runs/{run}/files/{name}": run.send_file,
        "/files/{job}": file.show,
        "/files/{job}/columns": file.show_columns,
        "/files/{job}/problems/{code}": file.show_problems,
        "/files/{job}/repaired": file.show_repaired,
        "/files/{job}/corrections.csv": file.send_corrections,
        "/files/{job}/action": actions.show,
        "/tasks/{task}": task.show,
        "/tasks/{task}/plan": plan_rows.send_file,
    }
    posts: dict[str, Page] = {
        "/files": home.upload,
        "/sample": home.use_sample,
        "/login": login.save,
        "/logout": login.forget,
        "/language": _set_language,
        "/files/{job}/columns": file.save_columns,
        "/files/{job}/region": file.save_region,
        "/files/{job}/problems/{code}": file.save_problems,
        "/files/{job}/reuse": file.reuse_corrections,
        "/files/{job}/remove": file.remove,
        "/files/{job}/action": actions.plan,
        "/tasks/{task}/confirm": task.confirm,
        "/tasks/{task}/cancel": task.cancel,
        "/tasks/{task}/apply": plan_rows.apply,
        "/runs/{run}/stop": run_actions.stop,
        "/runs/{run}/resume": run_actions.resume,
        "/runs/{run}/rerun": run_actions.rerun,
        "/runs/{run}/verify": run_actions.verify,
        "/runs/{run}/undo": run_actions.undo,
        "/runs/{run}/format": run_actions.write_format,
        "/runs/{run}/problems/{code}": run_rows.save_problems,
    }
    streams: dict[str, Fragments] = {"/runs/{run}/events": run.events, "/tasks/{task}/events": task.events}
    routes = [Route(path, _reading(context, page), methods=["GET"]) for path, page in gets.items()]
    routes += [Route(path, _writing(context, page), methods=["POST"]) for path, page in posts.items()]
    routes += [Route(path, _streaming(context, fragments), methods=["GET"]) for path, fragments in streams.items()]
    routes.append(Route("/static/{name}", _static, methods=["GET"]))
    return Starlette(routes=routes, exception_handlers={HTTPException: _not_found(context)})


def _request(context: AppContext, request: StarletteRequest, form: FormData | None = None) -> Request:
    language = choose_language(request.cookies.get(_LANGUAGE_COOKIE), request.headers.get("accept-language"))
    path = {name: str(value) for name, value in request.path_params.items()}
    return Request(context, path, dict(request.query_params), language, request.url.path, form or FormData())


def _reading(context: AppContext, page: Page) -> Endpoint:
    async def endpoint(request: StarletteRequest) -> Response:
        return await run_sync(_answer, page, _request(context, request))

    return endpoint


def _writing(context: AppContext, page: Page) -> Endpoint:
    async def endpoint(request: StarletteRequest) -> Response:
        try:
            async with request.form(max_files=1, max_fields=_MOST_FIELDS) as form:
                token = form.get("csrf")
                if not isinstance(token, str) or not hmac.compare_digest(token.encode(), context.access.csrf.encode()):
                    return Response(tr("This form is of another start of the program. Reload the page.\n"), 403)
                return await run_sync(_answer, page, _request(context, request, form))
        except (ClientDisconnect, MultiPartException):
            return Response(tr("The form did not arrive whole, or is too large.\n"), 413)

    return endpoint


def _answer(page: Page, request: Request) -> Response:
    """The answer of `page`; an error is a page, too."""
    try:
        with in_language(request.language):
            return page(request)
    except BatchError as error:
        return request.problem(error)
    except OSError as error:
        return request.problem(
            BatchError(tr("the operating system reported an error: {error}.", error=error)), status=500
        )


def _streaming(context: AppContext, fragments: Fragments) -> Endpoint:
    async def endpoint(request: StarletteRequest) -> Response:
        async def stream() -> AsyncIterator[bytes]:
            yield b"retry: 2000\n\n"
            async for text in fragments(_request(context, request)):
                if text:
                    lines = "".join(f"data: {line}\n" for line in text.splitlines())
                    yield f"{lines}\n".encode()
                else:
                    yield b": here\n\n"
                if context.closing.is_set() or await request.is_disconnected():
                    return

        return StreamingResponse(stream(), media_type="text/event-stream")

    return endpoint


async def _static(request: StarletteRequest) -> Response:
    name = request.path_params["name"]
    if name not in _TYPES:
        return Response(status_code=404)
    return FileResponse(_STATIC / name, media_type=_TYPES[name], headers={"Cache-Control": "no-cache"})


def _not_found(context: AppContext) -> Callable[[StarletteRequest, Exception], Any]:
    async def answer(request: StarletteRequest, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        page = _request(context, request)
        if error.status_code == 405:
            return Response(status_code=405, headers=dict(error.headers or {}))
        with in_language(page.language):
            message = BatchError(tr("There is no such page."))
        return await anyio.to_thread.run_sync(lambda: page.problem(message, status=error.status_code))

    return answer


def _set_language(request: Request) -> Response:
    language, back = request.text("language"), request.text("back")
    answer = request.go(back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/")
    if language in LANGUAGES:
        answer.set_cookie(_LANGUAGE_COOKIE, language, max_age=31_536_000, httponly=True, samesite="strict")
    return answer
