"""A fuzz entry point for the loader: `python fuzz_loader.py [corpus folder] [-max_total_time=60]`.

With atheris installed it guides the search; without, a plain loop mutates samples for a minute. Either way any bytes
must give rows that add up, or one of our errors.
"""

from __future__ import annotations

import io
import random
import sys
import time
from importlib import import_module
from typing import Any

from batch.errors import BatchError
from batch.loader import Reading, load
from batch.model import Ask, Operation

try:
    atheris: Any = import_module("atheris")
except ImportError:
    atheris = None

SEEDS = (
    b'Name,Phone\nAnn,(212) 555-0100\n"B\nb",\'2125550101\n,4.47911E+11\n',
    "sep=;\r\nTel\u00e9fono;Status\r\n+44 (0)20 7946 0018;DNC\r\n".encode("utf-16"),
    b'{"phone": 2125550100}\n[1]\n{"phone": "+12125550101", "status": "paused"}\n',
    b"Phone,_row,_outcome,_phone,_code,_same_as\n2125550100,2,pending,,,\n'+1 212,3,duplicate,,,2\n",
    b"id,name,phoneNumber,var:tier\n550e8400-e29b-41d4-a716-446655440000,Ann,2125550100,gold\n",
)
READINGS = (
    Reading(Operation.FULFILL, region="US"),
    Reading(Operation.UPDATE, ask=Ask(status="paused"), region="GB", on_conflict="last"),
    Reading(Operation.UPDATE_BY_ID, phone_check="possible", two_numbers="first"),
    Reading(Operation.FULFILL, rerun=True),
)


def one(raw: bytes) -> None:
    """Read `raw` in every way. Raises whatever is not one of our errors, and AssertionError where rows are lost."""
    for reading in READINGS:
        try:
            loaded = load("-", reading, stdin=io.BytesIO(raw))
            rows = [row for batch in loaded.batches() for row in batch]
        except BatchError:
            continue
        assert len(rows) == loaded.survey.rows == sum(loaded.survey.counts.values())
        assert [row.number for row in rows] == sorted({row.number for row in rows})


def mutated(draws: random.Random) -> bytes:
    """A seed with some of its bytes changed, doubled, dropped or put together with another's."""
    raw = bytearray(draws.choice(SEEDS))
    for _ in range(draws.randrange(1, 12)):
        at, to = sorted(draws.randrange(len(raw) + 1) for _ in range(2))
        match draws.randrange(4):
            case 0:
                raw[at:to] = draws.randbytes(draws.randrange(4))
            case 1:
                raw[at:at] = raw[at:to]
            case 2:
                raw[at:at] = draws.choice([b'"', b"\r", b"\n", b",", b"\0", b"\xff", b"+", b"0", b"\xef\xbb\xbf", b"'"])
            case _:
                other = draws.choice(SEEDS)
                raw[at:at] = other[draws.randrange(len(other)) :][:40]
    return bytes(raw)


def main(seconds: float = 60) -> int:
    """Exit code 0 when nothing was found; the bytes that broke it are on stderr otherwise."""
    if atheris is not None:
        atheris.Setup(sys.argv, one)
        atheris.Fuzz()
        return 0
    draws, end, tries = random.Random(), time.monotonic() + seconds, 0
    while time.monotonic() < end:
        raw = mutated(draws)
        tries += 1
        try:
            one(raw)
        except Exception:
            sys.stderr.write(f"after {tries} tries: {raw!r}\n")
            raise
    sys.stderr.write(f"{tries} tries, nothing found\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if sys.argv[1:] and atheris is None else 60))
