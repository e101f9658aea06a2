#!/usr/bin/env bash
# pandas.read_json turns JSON strings into numbers, and by the column's name into dates.
#
# Guess:    a value in quotes stays text; only CSV readers guess types.
# Truth:    "+12125550101" becomes 12125550101, "00501" becomes 501. In a column called called_at the same text becomes
#           a date in 1970, because names that end in _at are taken for dates.
# Version:  pandas 3.1.1.
# Matters:  JSON exports are trusted to keep phone numbers whole. After pandas the + and the leading zeros are gone,
#           and a national number such as 07700900101 can no longer be told from an international one.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check pandas==3.1.1

venv/bin/python - <<'PY'
import io

import pandas

lines = (
    '{"Phone": "+12125550101", "Zip": "00501", "called_at": "12125550101"}\n'
    '{"Phone": "+12125550102", "Zip": "00502", "called_at": "12125550102"}\n'
)
table = pandas.read_json(io.StringIO(lines), lines=True)
print("pandas", pandas.__version__)
print(table.dtypes.to_string())
print(table.to_string())
assert table["Phone"].tolist() == [12125550101, 12125550102]
assert table["Zip"].tolist() == [501, 502]
assert table["called_at"].dt.year.tolist() == [1970, 1970]
PY
