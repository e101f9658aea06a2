#!/usr/bin/env bash
# X-RateLimit-Reset is Unix seconds from express-rate-limit, seconds from now from Fastify, a fraction from slowapi.
#
# Guess:    one header name, one meaning: a whole Unix time in seconds.
# Truth:    for the same minute: 1795956925, 60, and 1795956928.5783422. The third is no integer, and int() fails.
# Version:  express-rate-limit 8.7.5, @fastify/rate-limit 11.2.0, slowapi 0.1.10.
# Matters:  "wait until Reset" means no wait at all with Fastify's 60, since that moment was in 1970. A client has to
#           tell the units apart by their size, and to read a fraction.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check slowapi==0.1.10 starlette==1.10.0 httpx==0.28.1
npm install --silent --no-audit --no-fund \
  express@5.3.0 express-rate-limit@8.7.5 fastify@5.12.8 @fastify/rate-limit@11.2.0

cat > limiters.js <<'JS'
const assert = require('node:assert');
const express = require('express');
const { rateLimit } = require('express-rate-limit');
const fastify = require('fastify')();
(async () => {
  const app = express();
  app.use(rateLimit({ windowMs: 60_000, limit: 30 }));
  app.get('/', (request, response) => response.send('ok'));
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const one = (await fetch(`http://127.0.0.1:${server.address().port}/`)).headers.get('x-ratelimit-reset');
  server.closeAllConnections();
  server.close();

  await fastify.register(require('@fastify/rate-limit'), { max: 30, timeWindow: '1 minute' });
  fastify.get('/', async () => 'ok');
  const two = (await fastify.inject('/')).headers['x-ratelimit-reset'];

  console.log('express-rate-limit:', one, ' @fastify/rate-limit:', two);
  assert.ok(/^\d{10}$/.test(one));
  assert.strictEqual(String(two), '60');
})();
JS
node limiters.js

venv/bin/python - <<'PY'
import asyncio
import time

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


async def reset_header() -> str:
    app = Starlette(routes=[Route("/", contact)])
    app.state.limiter = limiter
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as client:
        return (await client.get("/")).headers["x-ratelimit-reset"]


reset = asyncio.run(reset_header())
print("slowapi:", reset)
assert "." in reset
assert 50 < float(reset) - time.time() < 70
PY
