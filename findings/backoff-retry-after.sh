#!/usr/bin/env bash
# backoff.runtime, made for Retry-After, waits between 0 and 60 seconds when the server says 60.
#
# Guess:    backoff.runtime with value=<Retry-After> waits that long, or a little longer.
# Truth:    the decorator's default jitter draws the wait evenly from nothing to the value: about 30 seconds of 60, and
#           each wait is too short. Only jitter=None waits as long as the server said.
# Version:  backoff 2.2.1; the script counts the waits instead of sleeping.
# Matters:  each repeat comes while the server still refuses, uses up an attempt, and where a refusal starts the block
#           anew, the client never gets out. Full jitter is right for a guessed bound, not for a stated time.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check backoff==2.2.1

venv/bin/python - <<'PY'
import statistics
from importlib.metadata import version
from unittest import mock

import backoff


class Refused(Exception):
    retry_after = 60


def waits(**how) -> list[float]:
    """The waits between 201 calls, each of which is refused for 60 seconds."""

    @backoff.on_exception(backoff.runtime, Refused, value=lambda refusal: refusal.retry_after, max_tries=201, **how)
    def call():
        raise Refused

    with mock.patch("time.sleep") as sleep:
        try:
            call()
        except Refused:
            return [one.args[0] for one in sleep.call_args_list]


drawn, exact = waits(), waits(jitter=None)
print("backoff", version("backoff"), "waits for Retry-After: 60")
print(f"by default: {min(drawn):.1f} to {max(drawn):.1f} seconds, on average {statistics.mean(drawn):.1f}")
print("with jitter=None:", set(exact))
assert len(drawn) == len(exact) == 200
assert min(drawn) < 10 and 20 < statistics.mean(drawn) < 40 and max(drawn) <= 60
assert set(exact) == {60}
PY
