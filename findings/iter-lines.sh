#!/usr/bin/env bash
# httpx and requests break a line of NDJSON in two where a name holds U+2028 or U+0085.
#
# Guess:    iter_lines() splits at line feeds.
# Truth:    it splits wherever str.splitlines() does (requests: with decode_unicode=True). JSON allows U+2028 and U+0085
#           inside a string, and writers such as polars leave them as they are.
# Version:  httpx 0.28.1, requests 2.34.2, polars 2.1.0.
# Matters:  one name that was pasted from a web page gives two broken lines, so a contact is missed, and each later row
#           number is one too high. NDJSON is split at byte 0x0A, before it is decoded.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check httpx==0.28.1 requests==2.34.2 polars==2.1.0

venv/bin/python - <<'PY'
import io

import httpx
import polars
import requests

file = io.BytesIO()
polars.DataFrame({"Name": ["Ana\u2028Ruiz", "Bob\x85Ray"]}).write_ndjson(file)
body = file.getvalue()
by_httpx = list(httpx.Response(200, content=body).iter_lines())
answer = requests.Response()
answer.raw, answer.status_code, answer.encoding = io.BytesIO(body), 200, "utf-8"
by_requests = list(answer.iter_lines(decode_unicode=True))
print("polars", polars.__version__, "wrote", body)
print("httpx", httpx.__version__, by_httpx)
print("requests", requests.__version__, by_requests)
assert body.count(b"\n") == 2
assert len(by_httpx) == 4
assert len(by_requests) == 4
PY
