#!/usr/bin/env bash
# urllib3's Retry(total=3) repeats a 429 or 503 that has Retry-After, although no status is in its list.
#
# Guess:    without status_forcelist no answer is repeated, whatever its status; retries are for broken connections.
# Truth:    413, 429 and 503 with Retry-After are repeated for GET, PUT and DELETE after that wait, which no timeout
#           counts and which may be six hours. Without the header they are returned. POST is not repeated.
# Version:  urllib3 2.8.0 (requests uses it through HTTPAdapter(max_retries=...)).
# Matters:  a call in a script with timeout=10 can hang for as long as the server says, and the caller's own counting of
#           calls misses the repeated ones.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check urllib3==2.8.0

env -u http_proxy -u HTTP_PROXY -u all_proxy -u ALL_PROXY venv/bin/python - <<'PY'
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import urllib3

received: list[str] = []


class Server(BaseHTTPRequestHandler):
    """Refuses each call with 429, but for a second one to /wait; the path says whether with Retry-After."""

    def answer(self):
        received.append(self.command)
        self.send_response(200 if self.path == "/wait" and len(received) == 2 else 429)
        if self.path != "/plain":
            self.send_header("Retry-After", "2" if self.path == "/wait" else "0")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_PUT = do_POST = answer

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = urllib3.PoolManager(retries=urllib3.Retry(total=3))
print("urllib3", urllib3.__version__, "status_forcelist:", set(urllib3.Retry(total=3).status_forcelist))
found = {}
for method, path in (("GET", "/retry-after"), ("PUT", "/retry-after"), ("POST", "/retry-after"), ("PUT", "/plain")):
    received.clear()
    try:
        result = str(client.request(method, f"http://127.0.0.1:{server.server_port}{path}").status)
    except urllib3.exceptions.MaxRetryError as error:
        result = type(error).__name__
    found[method, path] = len(received)
    print(f"{method} {path}: {result}, received {len(received)} times")
received.clear()
answer = client.request("GET", f"http://127.0.0.1:{server.server_port}/wait", timeout=urllib3.Timeout(total=1))
longest = urllib3.Retry(total=3).retry_after_max
print(f"a wait of 2 s with a timeout of 1 s: {answer.status}; the longest wait is {longest / 3600:.0f} hours")
server.shutdown()
assert (answer.status, longest) == (200, 6 * 3600)
assert found == {
    ("GET", "/retry-after"): 4,
    ("PUT", "/retry-after"): 4,
    ("POST", "/retry-after"): 1,
    ("PUT", "/plain"): 1,
}
PY
