"""Many seeds, by command: `python tests/simulation/run_seeds.py 10000 [FIRST]`. Exit 1, and the seeds, if any fails."""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from simulation.scenario import counts, run


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    ends: Counter[str] = Counter()
    failed = []
    for seed in range(first, first + count):
        with tempfile.TemporaryDirectory() as folder:
            try:
                story = run(seed, Path(folder) / "story")
                ends += counts(story, Path(folder) / "story")
            except Exception as fault:
                while isinstance(fault, ExceptionGroup):
                    fault = fault.exceptions[0]
                failed.append(seed)
                sys.stdout.write(f"seed {seed}: {type(fault).__name__}: {fault}\n")
    told = ", ".join(f"{number:,} {word}" for word, number in ends.most_common())
    sys.stdout.write(f"{count:,} seeds, {len(failed)} failed; rows: {told}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
