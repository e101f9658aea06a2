#!/usr/bin/env bash
# django-ratelimit answers a call over the limit with 403 Forbidden, and with no header at all.
#
# Guess:    429 Too Many Requests with Retry-After.
# Truth:    its exception is a PermissionDenied, so the site answers 403 as for a wrong key, unless it has its own
#           handler. Nothing says how long to wait.
# Version:  django-ratelimit 4.1.0, Django 5.2.19.
# Matters:  a client that takes each 403 for "the key is refused" stops a run of six hours at the first busy minute, and
#           sends its user to look for a fault in the key.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check Django==5.2.19 django-ratelimit==4.1.0

venv/bin/python - <<'PY'
from importlib.metadata import version

import django
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import path

settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"])
django.setup()
from django_ratelimit.decorators import ratelimit  # noqa: E402 -- reads the settings

limited = ratelimit(key=lambda group, request: "one key", rate="2/h", block=True)
urlpatterns = [path("", limited(lambda request: HttpResponse("ok")))]
answers = [Client().get("/") for _ in range(4)]
print("django-ratelimit", version("django-ratelimit"), [answer.status_code for answer in answers])
print(dict(answers[-1].headers))
assert (answers[0].status_code, answers[-1].status_code) == (200, 403)
assert not [name for name in answers[-1].headers if "retry" in name.lower() or "ratelimit" in name.lower()]
PY
