#!/usr/bin/env bash
# A SQLite column declared STRING turns the text '+12125550101' into the number 12125550101.
#
# Guess:    STRING is another word for TEXT.
# Truth:    SQLite knows no STRING: the column has NUMERIC affinity, and text that looks like a number is stored as one.
#           The plus sign and leading zeros are lost at the INSERT. A STRICT table refuses the word.
# Version:  SQLite 3.54.1, as bundled in apsw 3.54.1.0.
# Matters:  exports by way of a small SQLite table have lost the + before our loader sees them. Our own journal uses
#           STRICT tables, where a phone column keeps its text or the INSERT fails.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check apsw==3.54.1.0

venv/bin/python - <<'PY'
import apsw

database = apsw.Connection(":memory:")
database.execute("CREATE TABLE contacts (phone STRING, proper TEXT)")
database.execute("INSERT INTO contacts VALUES ('+12125550101', '+12125550101'), ('07700900101', '07700900101')")
rows = database.execute("SELECT phone, typeof(phone), proper FROM contacts").fetchall()
print("SQLite", apsw.sqlite_lib_version())
print(rows)
assert rows == [(12125550101, "integer", "+12125550101"), (7700900101, "integer", "07700900101")]
try:
    database.execute("CREATE TABLE other (phone STRING) STRICT")
except apsw.SQLError as error:
    print("STRICT:", error)
else:
    raise SystemExit("a STRICT table took the type STRING")
PY
