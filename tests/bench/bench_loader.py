"""How much faster the loader normalises phones than a plain loop over phonenumbers.

Run: `python tests/bench/bench_loader.py [rows] [--quick] [--base CLONE]`.

Both sides do the same task in a fresh process each, turn about, on the same file: CSV in, normalised Parquet out. Time
runs from opening the CSV to the finished Parquet, without imports. The best of `REPEATS` counts.

- ours: `bench.normalise`, all of it: row numbers, repairs, regions, kinds, refusals, duplicates.
- peer: polars reads the CSV (faster than the csv module), a plain loop does parse, is_valid_number and format_number
  with phonenumbers' pattern cache on, polars writes the Parquet.
- base: `ours` of another version, from a clone of it that has a virtual environment `.venv`, where one is named.

The answers are compared as well: every row's E.164 must be the same. Ends with 1 where they differ or, but for the
quick mode, where ours is not `GOAL` times as fast.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import phonenumbers
import polars as pl

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.normalise import normalise

from batch.loader import ReadOptions
from batch.model import Operation

ROWS = 1_000_000
QUICK_ROWS = 2_000
REPEATS = 2
GOAL = 20
#: Times the speed of the version in the clone.
BASE_GOAL = 2
_US = ("({}) {}-{}", "{}-{}-{}", "{}.{}.{}", "{}{}{}", "+1{}{}{}", "+1 {} {} {}", "1-{}-{}-{}")
_AREAS = ("205", "212", "305", "312", "404", "415", "503", "512", "602", "617", "702", "713", "808", "816", "917")


def one_region(draws: random.Random) -> Iterator[str]:
    """American numbers as people write them; one in a hundred has a digit too few."""
    while True:
        parts = draws.choice(_AREAS), f"{draws.randrange(200, 1000)}", f"{draws.randrange(10_000):04}"
        cell = draws.choice(_US).format(*parts)
        yield cell[:-1] if draws.random() < 0.01 else cell


def mixed_regions(draws: random.Random) -> Iterator[str]:
    """Fixed and mobile numbers of every region, half in E.164 and half in international format; some are not valid."""
    examples = [
        found
        for region in sorted(phonenumbers.SUPPORTED_REGIONS)
        for kind in (phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.MOBILE)
        if (found := phonenumbers.example_number_for_type(region, kind)) is not None
    ]
    styles = (phonenumbers.PhoneNumberFormat.E164, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    shapes = [phonenumbers.format_number(example, style) for example in examples for style in styles]
    while True:
        shape = draws.choice(shapes)
        places = [at for at, mark in enumerate(shape) if mark.isdigit()]
        marks = list(shape)
        for at in places[-min(6, len(places) - 5) :]:
            marks[at] = draws.choice("0123456789")
        yield "".join(marks)


CASES = {"one region (US)": one_region, "mixed regions": mixed_regions}


def ours(source: Path, target: Path) -> None:
    normalise(source, ReadOptions(Operation.FULFILL, region="US"), target)


def peer(source: Path, target: Path) -> None:
    phonenumbers.enable_pattern_cache()
    table = pl.read_csv(source, infer_schema=False)
    numbers: list[str | None] = []
    for cell in table["Phone"]:
        try:
            number = phonenumbers.parse(cell, "US")
        except phonenumbers.NumberParseException:
            numbers.append(None)
            continue
        valid = phonenumbers.is_valid_number(number)
        numbers.append(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if valid else None)
    table.with_columns(pl.Series("_phone", numbers, dtype=pl.String)).write_parquet(target)


SIDES = {"ours": ours, "peer": peer}


def seconds(side: str, source: Path, target: Path, base: Path | None) -> float:
    """The time that `side` takes in a process of its own; `base` is a clone of another version."""
    program = [sys.executable, __file__]
    if side == "base" and base is not None:
        program = [str(base / ".venv/bin/python"), str(base / "tests/bench/bench_loader.py")]
    command = [*program, "--side", "peer" if side == "peer" else "ours", str(source), str(target)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def measure(rows: int, folder: Path, base: Path | None, *, quick: bool) -> bool:
    """Print one line per case; true when every case reaches the goals (the quick mode has none), answers alike."""
    repeats = 1 if quick else REPEATS
    print(f"{rows:,} rows, {os.cpu_count()} cores, best of {repeats}; phonenumbers {phonenumbers.__version__}")
    print(
        f"{'case':<18} {'ours rows/s':>12} {'peer rows/s':>12} {'ratio':>7} {'to base':>8} {'distinct':>9}"
        f" {'answers differ':>15}"
    )
    good = True
    for name, cells in CASES.items():
        source = folder / "contacts.csv"
        drawn = cells(random.Random(name))
        with source.open("w", encoding="utf-8") as file:
            file.write("Name,Phone\n")
            file.writelines(f"Contact {at},{next(drawn)}\n" for at in range(rows))
        sides = (*SIDES, "base") if base is not None else tuple(SIDES)
        best = dict.fromkeys(sides, float("inf"))
        for _ in range(repeats):
            for side in sides:
                best[side] = min(best[side], seconds(side, source, folder / f"{side}.parquet", base))
        found = {side: pl.read_parquet(folder / f"{side}.parquet")["_phone"] for side in SIDES}
        differ = int((found["ours"].ne_missing(found["peer"])).sum())
        distinct = found["peer"].n_unique() / rows
        ratio = best["peer"] / best["ours"]
        to_base = best["base"] / best["ours"] if base is not None else None
        good &= not differ and (quick or (ratio >= GOAL and (to_base is None or to_base >= BASE_GOAL)))
        print(
            f"{name:<18} {rows / best['ours']:>12,.0f} {rows / best['peer']:>12,.0f} {ratio:>6.1f}x"
            f" {f'{to_base:.1f}x' if to_base else '-':>8} {distinct:>9.1%} {differ:>15,}"
        )
    return good


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["--side"]:
        _, side, source, target = arguments
        started = time.perf_counter()
        SIDES[side](Path(source), Path(target))
        print(time.perf_counter() - started)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        base = Path(arguments.pop(arguments.index("--base") + 1)) if "--base" in arguments else None
        quick = "--quick" in arguments
        given = next((int(argument) for argument in arguments if argument.isdecimal()), ROWS)
        return 0 if measure(QUICK_ROWS if quick else given, Path(folder), base, quick=quick) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
