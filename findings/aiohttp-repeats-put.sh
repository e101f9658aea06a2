#!/usr/bin/env bash
# aiohttp and urllib3 send a PUT a second time by themselves when a kept connection breaks; httpx and requests do not.
#
# Guess:    no client repeats a write unless retries are switched on.
# Truth:    PUT counts as idempotent. When the server closes a reused connection without an answer, aiohttp and a plain
#           urllib3 PoolManager send it again on a new one and report one success. The server has received two.
# Version:  aiohttp 3.14.5, urllib3 2.8.0, httpx 0.28.1, requests 2.34.2.
# Matters:  each such write costs two of thirty tokens, and a change that somebody made between the two is undone.
#           A journal that says "one attempt" is wrong.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check \
  aiohttp==3.14.5 urllib3==2.8.0 httpx==0.28.1 requests==2.34.2

env -u http_proxy -u HTTP_PROXY -u all_proxy -u ALL_PROXY venv/bin/python - <<'PY'
import asyncio
import socketserver
import threading
from http.server import BaseHTTPRequestHandler

import aiohttp
import httpx
import requests
import urllib3

received: list[str] = []


class Server(BaseHTTPRequestHandler):
    """Answers each GET, and the second PUT; closes the connection at the first PUT without an answer."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer()

    def do_PUT(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        received.append("PUT")
        if len(received) == 1:
            self.close_connection = True
        else:
            self.answer()

    def answer(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        pass


class Threads(socketserver.ThreadingTCPServer):
    daemon_threads = True


async def by_aiohttp(url):
    async with aiohttp.ClientSession() as client:
        async with client.get(url) as answer:
            await answer.read()
        async with client.put(url, json={}) as answer:
            return answer.status


def by_urllib3(url):
    client = urllib3.PoolManager()
    client.request("GET", url)
    return client.request("PUT", url, json={}).status


def by_httpx(url):
    with httpx.Client(trust_env=False) as client:
        client.get(url)
        return client.put(url, json={}).status_code


def by_requests(url):
    with requests.Session() as client:
        client.trust_env = False
        client.get(url)
        return client.put(url, json={}).status_code


with Threads(("127.0.0.1", 0), Server) as server:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}/contact"
    found = {}
    for module, put in (
        (aiohttp, lambda: asyncio.run(by_aiohttp(url))),
        (urllib3, lambda: by_urllib3(url)),
        (httpx, lambda: by_httpx(url)),
        (requests, lambda: by_requests(url)),
    ):
        received.clear()
        try:
            result = str(put())
        except (httpx.RemoteProtocolError, requests.ConnectionError) as error:
            result = type(error).__name__
        found[module.__name__] = (result, len(received))
        print(module.__name__, module.__version__, "->", result, "PUT received:", len(received))
    server.shutdown()
assert found == {
    "aiohttp": ("200", 2),
    "urllib3": ("200", 2),
    "httpx": ("RemoteProtocolError", 1),
    "requests": ("ConnectionError", 1),
}
PY
