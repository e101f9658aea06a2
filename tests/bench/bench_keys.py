"""How many keys one process can keep at their full quota: `python tests/bench/bench_keys.py [keys] [--quick]`.

A file of `keys` accounts runs twice, with few and with many rows an account, against a server that refuses nothing
(`raw_server.py`). The difference is the CPU of a row: what the start and the keys cost once is in both. A key makes 30
writes a minute, so one core serves 1 / (CPU of a row x 0.5 a second) keys. Both runs are on the first core.

Ends with 1 where a row failed. `--quick` makes one small run and shows no CPU of a row.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.calls import Cost, measured, on_first_core, phones, serving, write_csv

KEYS: Final = 500
QUICK_KEYS: Final = 4
#: Rows of each account in the two runs.
FEW: Final = 4
MANY: Final = 44
WRITES_A_SECOND: Final = 0.5


def run(url: str, folder: Path, keys: int, rows: int) -> tuple[Cost, int]:
    """What a run of `rows` rows an account costs, and how many of them succeeded."""
    folder.mkdir()
    names = [f"team{at}" for at in range(keys)]
    write_csv(
        folder / "in.csv",
        ["Phone", "Account"],
        ([phone, names[at % keys]] for at, phone in enumerate(phones(keys * rows))),
    )
    settings = []
    for name in names:
        key = folder / f"{name}.key"
        key.write_text(f"gua_{name}_no-such-key\n")
        key.chmod(0o600)
        settings.append(f'[accounts.{name}]\napi_key_file = "{key}"\n')
    (folder / "guayaba-batch.toml").write_text("".join(settings))
    command = ["-m", "batch", "update", "in.csv", "--status", "DNC", "--base-url", url, "--fresh", "--yes", "--quiet"]
    cost = measured([sys.executable, *command, "--json"], folder)
    return cost, json.loads(cost.said)["counts"]["succeeded"]


def measure(keys: int, *, quick: bool) -> bool:
    """Print the figures; true where every row succeeded."""
    on_first_core()
    with tempfile.TemporaryDirectory() as name, serving() as url:
        few, done = run(url, Path(name) / "few", keys, FEW)
        print(f"{keys:,} keys, {keys * FEW:,} rows on one core: CPU of a key {1e3 * few.cpu / keys:,.1f} ms")
        if quick or done != keys * FEW:
            return done == keys * FEW
        many, done = run(url, Path(name) / "many", keys, MANY)
    row = (many.cpu - few.cpu) / (keys * (MANY - FEW))
    print(f"{keys:,} keys, {keys * MANY:,} rows: CPU of a row {1e6 * row:,.0f} us, peak {many.peak:,} MB")
    print(f"one core serves {1 / (row * WRITES_A_SECOND):,.0f} keys at their full quota")
    return done == keys * MANY


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    quick = "--quick" in sys.argv
    sys.exit(0 if measure(QUICK_KEYS if quick else numbers[0] if numbers else KEYS, quick=quick) else 1)
