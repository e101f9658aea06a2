"""Several files as one input: one run, one report, and the same command continues it."""

from __future__ import annotations

import json
from collections import Counter

from cli.harness import Program, Sandboxes, numbers, read_csv, write_csv

from batch.errors import Exit


def test_several_files_are_one_run(program: Program, sandboxes: Sandboxes) -> None:
    """A contact of two files is called once, each row names its file, the files in another order continue the run, an
    edited one is refused, and `runs --file` knows each."""
    phones = numbers(5)
    server = sandboxes(phones)
    write_csv(program.folder / "a.csv", ["Name", "Phone"], [["Ann", phones[0]], ["Bob", phones[1]]])
    write_csv(program.folder / "b.csv", ["PHONE"], [[phones[1]], [phones[2]], ["12"]])
    settings = ["--status", "DNC", "--base-url", server.url, "--region", "US", "--yes", "--no-preflight"]
    begun = program("update", "a.csv", "b.csv", *settings, "--limit", "1")
    assert begun.code == Exit.STOPPED, begun.err

    write_csv(program.folder / "b.csv", ["PHONE"], [[phones[3]], [phones[1]], [phones[2]], ["12"]])
    drifted = program("update", "a.csv", "b.csv", *settings)
    assert (drifted.code, "1 row added: row 5" in drifted.err) == (Exit.REFUSED, True), drifted.err
    write_csv(program.folder / "b.csv", ["PHONE"], [[phones[1]], [phones[2]], ["12"]])

    ended = program("update", "b.csv", "a.csv", *settings)
    assert ended.code == Exit.SOME_ROWS, ended.err
    assert server.applied() == Counter(phones[:3])
    report = read_csv(begun.run / "outcomes.csv")
    assert [(row["source_file"], row["source_row"], row["_row"], row["_outcome"]) for row in report] == [
        ("a.csv", "2", "2", "succeeded"),
        ("a.csv", "3", "3", "succeeded"),
        ("b.csv", "2", "5", "duplicate"),
        ("b.csv", "3", "6", "succeeded"),
        ("b.csv", "4", "7", "invalid"),
    ]
    listed = json.loads(program("runs", "--file", "b.csv", "--json").out)
    assert json.dumps(listed).count(begun.run.name) >= 1

    failures = begun.run / "failures.csv"
    failures.write_text(failures.read_text(encoding="utf-8-sig").replace(",12,", f",{phones[4]},", 1), encoding="utf-8")
    rerun = program("rerun", failures, "--yes")
    assert rerun.code == Exit.OK, rerun.err
    (row,) = read_csv(rerun.run / "outcomes.csv")
    assert (row["source_file"], row["source_row"], row["_outcome"]) == ("b.csv", "4", "succeeded")
