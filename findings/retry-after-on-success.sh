#!/usr/bin/env bash
# slowapi and Flask-Limiter send Retry-After: 60 with each success.
#
# Guess:    Retry-After comes with 429 or 503 only.
# Truth:    once their headers are switched on, both send it with every answer: the seconds until the window ends.
# Version:  slowapi 0.1.10 (Starlette 1.10.0), Flask-Limiter 4.1.1 (Flask 3.1.3).
# Matters:  a client that obeys each Retry-After sends one call a minute where thirty are allowed: 10,000 rows take a
#           week instead of six hours, and nothing looks wrong.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check \
  slowapi==0.1.10 starlette==1.10.0 httpx==0.28.1 Flask==3.1.3 Flask-Limiter==4.1.1

cat > slow.py <<'PY'
import asyncio

import httpx
from slowapi import Limiter
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

limiter = Limiter(key_func=lambda: "one key", headers_enabled=True)


@limiter.limit("30/minute")
async def contact(request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok")


async def first_answer() -> httpx.Response:
    app = Starlette(routes=[Route("/", contact)])
    app.state.limiter = limiter
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as client:
        return await client.get("/")


answer = asyncio.run(first_answer())
print("slowapi:", answer.status_code, "Retry-After:", answer.headers.get("retry-after"))
assert answer.status_code == 200
assert int(answer.headers["retry-after"]) in (59, 60)
assert answer.headers["x-ratelimit-remaining"] == "29"
PY
cat > flask_app.py <<'PY'
from flask import Flask
from flask_limiter import Limiter

app = Flask("app")
Limiter(lambda: "one key", app=app, headers_enabled=True, storage_uri="memory://", default_limits=["30/minute"])
app.add_url_rule("/", view_func=lambda: "ok")
answer = app.test_client().get("/")
print("Flask-Limiter:", answer.status_code, "Retry-After:", answer.headers.get("Retry-After"))
assert answer.status_code == 200
assert int(answer.headers["Retry-After"]) in (59, 60)
assert answer.headers["X-RateLimit-Remaining"] == "29"
PY
venv/bin/python slow.py
venv/bin/python flask_app.py
