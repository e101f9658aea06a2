#!/usr/bin/env bash
# pyarrow reads a CSV column of "+12125550101" as float, and writes it back in scientific notation.
#
# Guess:    a value that begins with + is text, so the column stays text.
# Truth:    the column is double. Its CSV writer then gives 1.2125550101e+10: no +, and an exponent.
# Version:  pyarrow 26.0.1.
# Matters:  a pipeline step that only copies a CSV file changes every phone number in it. The digits are still there,
#           in a form that looks like a number damaged by a spreadsheet.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check pyarrow==26.0.1

venv/bin/python - <<'PY'
import io

import pyarrow
import pyarrow.csv

table = pyarrow.csv.read_csv(io.BytesIO(b"Phone\n+12125550101\n+12125550102\n"))
copy = io.BytesIO()
pyarrow.csv.write_csv(table, copy)
print("pyarrow", pyarrow.__version__)
print("type of the column:", table.schema.field("Phone").type)
print("written again:", copy.getvalue())
assert str(table.schema.field("Phone").type) == "double"
assert copy.getvalue() == b'"Phone"\n1.2125550101e+10\n1.2125550102e+10\n'
PY
