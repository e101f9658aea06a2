#!/usr/bin/env bash
# DuckDB keeps the plus sign and the leading zeros of a CSV column: such a column is text.
#
# Guess:    type detection makes BIGINT of "+12125550101" and of "07700900101", so the + and the 0 are lost.
# Truth:    both columns are VARCHAR. A column of plain digits without a leading zero is BIGINT.
# Version:  duckdb 2.0.1.
# Matters:  phone numbers survive a DuckDB step only while each column keeps such a value: after a filter that leaves
#           plain digits, the same query gives integers. The loader has to expect both types from one pipeline.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check duckdb==2.0.1

venv/bin/python - <<'PY'
from pathlib import Path

import duckdb

print("duckdb", duckdb.__version__)
expected = {
    "+12125550101": ("VARCHAR", "+12125550101"),
    "07700900101": ("VARCHAR", "07700900101"),
    "12125550101": ("BIGINT", 12125550101),
}
for cell, (dtype, value) in expected.items():
    Path("phones.csv").write_text(f"Name,Phone\nAna,{cell}\nBob,{cell}\n")
    found = duckdb.sql("SELECT Phone FROM read_csv('phones.csv')")
    first = found.fetchall()[0][0]
    print(f"{cell}: {found.types[0]}, {first!r}")
    assert (str(found.types[0]), first) == (dtype, value)
PY
