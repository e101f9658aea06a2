#!/usr/bin/env bash
# LibreOffice exports hidden rows and a hidden first sheet to CSV, and drops the "+52 " of a number format.
#
# Guess:    the export holds what the screen shows: the visible sheet that was open, its visible rows, its formats.
# Truth:    --convert-to csv takes the first sheet, hidden or not, with all rows, and writes the stored number.
# Version:  LibreOffice 7.4.7.2 (Debian's libreoffice-calc), files by xlsxwriter 3.3.1.
# Matters:  somebody hides the people who must not be contacted, converts the file and runs it: they are contacted. And
#           5512345671 under the format "+52 " leaves as a national number of whatever --region says.
set -euo pipefail
command -v soffice > /dev/null || { echo "soffice is missing: install Debian's libreoffice-calc" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check xlsxwriter==3.3.1

venv/bin/python - <<'PY'
import xlsxwriter

with xlsxwriter.Workbook("rows.xlsx") as book:
    sheet = book.add_worksheet()
    sheet.write(0, 0, "Phone")
    sheet.write_number(1, 0, 5555500101, book.add_format({"num_format": '"+52 "0'}))
    sheet.write_string(2, 0, "+12125550102")
    sheet.set_row(2, None, None, {"hidden": True})
with xlsxwriter.Workbook("sheets.xlsx") as book:
    first, second = book.add_worksheet("do not call"), book.add_worksheet("contacts")
    first.write_column(0, 0, ["Phone", "+12125550119"])
    second.write_column(0, 0, ["Phone", "+12125550101"])
    second.activate()
    second.set_first_sheet()
    first.hide()
PY
soffice --version
for name in rows sheets; do
  soffice "-env:UserInstallation=file://$work/profile" --headless --convert-to csv "$name.xlsx" > /dev/null 2>&1
  echo "$name.csv: $(tr '\n' ' ' < "$name.csv")"
done
[ "$(cat rows.csv)" = $'Phone\n5555500101\n+12125550102' ]
[ "$(cat sheets.csv)" = $'Phone\n+12125550119' ]
