#!/usr/bin/env bash
# httpx replaces the query of an address by params=: the next page's link gives the first page again.
#
# Guess:    params are added to the query that the address has, as requests does.
# Truth:    they replace it, also when they belong to the client, and also when they are an empty dictionary.
# Version:  httpx 0.28.1, requests 2.34.2.
# Matters:  a client with params={"limit": 100} that follows {"next": "...?cursor=2"} asks for the first page for ever,
#           each time with 200. A list of people who must not be called looks whole and is its first page.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check httpx==0.28.1 requests==2.34.2

venv/bin/python - <<'PY'
import httpx
import requests

FIRST = "https://api.example.com/contacts"
SECOND = FIRST + "?cursor=2"


def page(request: httpx.Request) -> httpx.Response:
    """A list of two pages; the first names the second, the second names none."""
    is_second = request.url.params.get("cursor") == "2"
    return httpx.Response(200, json={"page": 2, "next": None} if is_second else {"page": 1, "next": SECOND})


def pages(**how) -> list[int]:
    """The pages that a client gets that follows at most four links."""
    seen, link = [], FIRST
    with httpx.Client(transport=httpx.MockTransport(page), **how) as client:
        while link and len(seen) < 4:
            answer = client.get(link).json()
            seen.append(answer["page"])
            link = answer["next"]
    return seen


by_requests = requests.Request("GET", SECOND, params={"limit": "100"}).prepare().url
by_httpx = [str(httpx.Request("GET", SECOND, params=params).url) for params in ({"limit": "100"}, {}, None)]
plain, limited = pages(), pages(params={"limit": "100"})
print("requests", requests.__version__, by_requests)
print("httpx", httpx.__version__, *by_httpx)
print("pages without params of the client:", plain, "with them:", limited)
assert by_requests == SECOND + "&limit=100"
assert by_httpx == [FIRST + "?limit=100", FIRST, SECOND]
assert plain == [1, 2]
assert limited == [1, 1, 1, 1]
PY
