"""Fuzz one target: `python tests/fuzz/run.py phones [seconds] [folder for what was found]`.

With atheris installed (`pip install atheris`), the search is guided by what the code does with the bytes; without, a
plain loop mutates the seeds. Bytes that break the target are printed, and belong among its seeds once it is mended.
"""

from __future__ import annotations

import random
import sys
import time
from importlib import import_module
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

try:
    atheris: Any = import_module("atheris")
except ImportError:
    atheris = None

if atheris is not None:
    with atheris.instrument_imports(include=["batch"]):
        from fuzz.targets import TARGETS
else:
    from fuzz.targets import TARGETS
from fuzz.mutation import mutated


def main(name: str, seconds: float, corpus: str | None) -> int:
    """Exit code 0 where nothing was found within `seconds`."""
    target = TARGETS[name]
    if atheris is not None:
        folder = Path(corpus or mkdtemp())
        for number, seed in enumerate(target.seeds):
            (folder / f"seed-{number}").write_bytes(seed)
        atheris.Setup([sys.argv[0], str(folder), f"-max_total_time={seconds:g}", "-max_len=4096"], target.check)
        atheris.Fuzz()
        return 0
    draws, end, tries = random.Random(), time.monotonic() + seconds, 0
    while time.monotonic() < end:
        raw = mutated(target.seeds, draws)
        tries += 1
        try:
            target.check(raw)
        except Exception:
            sys.stderr.write(f"{name}, after {tries} tries: {raw!r}\n")
            raise
    sys.stderr.write(f"{name}: {tries} tries, nothing found\n")
    return 0


if __name__ == "__main__":
    if not sys.argv[1:] or sys.argv[1] not in TARGETS:
        sys.exit(f"usage: {sys.argv[0]} {'|'.join(TARGETS)} [seconds] [folder]")
    seconds, corpus = [*sys.argv[2:], None, None][:2]
    sys.exit(main(sys.argv[1], float(seconds or 60), corpus))
