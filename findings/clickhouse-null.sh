#!/usr/bin/env bash
# ClickHouse writes a missing value to CSV as \N, and only ClickHouse reads it back as missing.
#
# Guess:    NULL is an empty cell, as in the CSV output of other databases.
# Truth:    the cell holds the two characters \N. MySQL and Hive exports use the same mark.
# Version:  chdb 4.4.0, with the ClickHouse engine 26.9.2.1.
# Matters:  "an empty cell changes nothing" fails for a loader that does not know the mark: it takes \N for a value, and
#           every contact without a name is renamed to \N.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check chdb==4.4.0 chdb-core==26.9.0

venv/bin/python - <<'PY'
import csv
import io
from importlib.metadata import version

import chdb

query = "SELECT NULL::Nullable(String) AS Name, '+12125550101' AS Phone"
text = str(chdb.query(query, "CSVWithNames"))
rows = list(csv.DictReader(io.StringIO(text)))
print("chdb", version("chdb"), "ClickHouse", str(chdb.query("SELECT version()")).strip())
print(text)
print("as the csv module reads it:", rows)
assert rows == [{"Name": "\\N", "Phone": "+12125550101"}]
PY
