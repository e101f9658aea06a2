#!/usr/bin/env bash
# openpyxl returns the XLSX escape of a carriage return as text: "Ana_x000D_".
#
# Guess:    the escape _x000D_ belongs to the file format, so every reader turns it back into a carriage return.
# Truth:    fastexcel does; openpyxl, and so pandas.read_excel, returns the seven characters _x000D_.
# Version:  openpyxl 3.1.5, fastexcel 0.21.0, file written by xlsxwriter 3.3.1.
# Matters:  a CSV file that somebody made from a workbook with pandas holds "Ana_x000D_" where Excel shows "Ana". The
#           same contact differs by its way here, and the longer name is sent.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check \
  xlsxwriter==3.3.1 openpyxl==3.1.5 fastexcel==0.21.0 polars==2.1.0

venv/bin/python - <<'PY'
from importlib.metadata import version

import fastexcel
import openpyxl
import xlsxwriter

with xlsxwriter.Workbook("names.xlsx") as book:
    sheet = book.add_worksheet()
    sheet.write_string(0, 0, "Name")
    sheet.write_string(1, 0, "Ana\r\nRuiz")
by_openpyxl = openpyxl.load_workbook("names.xlsx").active["A2"].value
by_fastexcel = fastexcel.read_excel("names.xlsx").load_sheet(0, dtypes="string").to_polars()["Name"][0]
print({name: version(name) for name in ("openpyxl", "fastexcel", "xlsxwriter")})
print(f"openpyxl: {by_openpyxl!r}, fastexcel: {by_fastexcel!r}")
assert by_openpyxl == "Ana_x000D_\nRuiz"
assert by_fastexcel == "Ana\r\nRuiz"
PY
