#!/usr/bin/env bash
# aiolimiter's AsyncLimiter(30, 60) lets 59 calls out in the first minute.
#
# Guess:    "30 in 60 seconds" means at most 30 in any 60 seconds.
# Truth:    it is a leaky bucket: a burst of 30 at once, then one each two seconds. A busy period begins with 59 calls
#           in its first 60 seconds, nearly twice what the server allows.
# Version:  aiolimiter 1.3.0, on an event loop whose clock the script moves.
# Matters:  the textbook bucket breaks a limit of "30 a minute" at its start and after each pause. To stay below it, a
#           token may come back only one whole window after the answer to its call.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check aiolimiter==1.3.0

venv/bin/python - <<'PY'
import asyncio
import selectors
from importlib.metadata import version

import aiolimiter


class Clock(selectors.SelectSelector):
    """A selector that does not wait: time moves by what it was asked to wait."""

    now = 0.0

    def select(self, timeout=None):
        self.now += timeout or 0.0
        return super().select(0)


class Loop(asyncio.SelectorEventLoop):
    def __init__(self):
        self.clock = Clock()
        super().__init__(self.clock)

    def time(self):
        return self.clock.now


async def calls() -> list[float]:
    """When each call of a client that is always ready leaves, in seconds, over five minutes."""
    limiter, left = aiolimiter.AsyncLimiter(30, 60), []
    while not left or left[-1] < 300:
        async with limiter:
            left.append(asyncio.get_running_loop().time())
    return left


loop = Loop()
left = loop.run_until_complete(calls())
loop.close()
minutes = [sum(start <= time < start + 60 for time in left) for start in (0, 60, 120)]
print("aiolimiter", version("aiolimiter"), "calls in each of the first three minutes:", minutes)
assert minutes[0] in (59, 60)
assert minutes[1] in (29, 30, 31)
PY
