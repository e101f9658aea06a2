#!/usr/bin/env bash
# A Parquet folder dial=0044/ gives the number 44 in polars and pyarrow, and the text 0044 in DuckDB.
#
# Guess:    the value of a partition column is the text in the folder's name.
# Truth:    polars and pyarrow guess a type from the name, so leading zeros are lost. DuckDB guesses too, but keeps
#           values with leading zeros as text.
# Version:  polars 2.1.0, pyarrow 26.0.1, duckdb 2.0.1.
# Matters:  prefixes, postal codes and team numbers are common partition columns. A value that is compared with the
#           settings (account=007) is found by one reader and not by the other.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check polars==2.1.0 pyarrow==26.0.1 duckdb==2.0.1

venv/bin/python - <<'PY'
from pathlib import Path

import duckdb
import polars
import pyarrow
import pyarrow.dataset

Path("contacts/dial=0044").mkdir(parents=True)
polars.DataFrame({"Phone": ["7700900101"]}).write_parquet("contacts/dial=0044/part.parquet")
table = duckdb.sql("SELECT dial FROM read_parquet('contacts/**/*.parquet', hive_partitioning = true)")
found = {
    "polars": polars.scan_parquet("contacts/**/*.parquet", hive_partitioning=True).collect()["dial"][0],
    "pyarrow": pyarrow.dataset.dataset("contacts", partitioning="hive").to_table()["dial"][0].as_py(),
    "duckdb": table.fetchall()[0][0],
}
print("polars", polars.__version__, "pyarrow", pyarrow.__version__, "duckdb", duckdb.__version__)
print(found)
assert found == {"polars": 44, "pyarrow": 44, "duckdb": "0044"}
PY
