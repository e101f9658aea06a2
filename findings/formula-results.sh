#!/usr/bin/env bash
# A formula that xlsxwriter wrote has the stored result 0; one that openpyxl wrote has none.
#
# Guess:    neither library calculates, so a reader finds an empty cell in both files.
# Truth:    xlsxwriter stores 0 beside the formula until Excel opens the file. Readers of stored results return the
#           number 0. For openpyxl's file they return nothing.
# Version:  xlsxwriter 3.3.1, openpyxl 3.1.5, fastexcel 0.21.0.
# Matters:  a phone column built by a formula reads as a column of zeros: "0 is no number" is a wrong explanation, and
#           in a name or variable column the 0 is a valid value and is sent.
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

FORMULA = '="+1212"&"5550101"'
with xlsxwriter.Workbook("xlsxwriter.xlsx") as book:
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Name", "Phone"])
    sheet.write_row(1, 0, ["Ana", FORMULA])
other = openpyxl.Workbook()
other.active.append(["Name", "Phone"])
other.active.append(["Ana", FORMULA])
other.save("openpyxl.xlsx")

print({name: version(name) for name in ("xlsxwriter", "openpyxl", "fastexcel")})
found = {}
for file in ("xlsxwriter.xlsx", "openpyxl.xlsx"):
    stored = openpyxl.load_workbook(file, data_only=True).active["B2"].value
    read = fastexcel.read_excel(file).load_sheet(0, dtypes="string").to_polars()["Phone"][0]
    found[file] = (stored, read)
    print(f"{file}: openpyxl reads {stored!r}, fastexcel reads {read!r}")
assert found == {"xlsxwriter.xlsx": (0, "0"), "openpyxl.xlsx": (None, None)}
PY
