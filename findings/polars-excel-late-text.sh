#!/usr/bin/env bash
# polars.read_excel loses phones that are text below 1,000 rows of numbers: "(212) 555-0103" becomes null.
#
# Guess:    a later cell that does not fit the type of the column is an error, as in polars.read_csv, or makes it text.
# Truth:    the type comes from the first 1,000 rows, and a later cell that does not fit is null, without a warning.
#           "+12125550102" fits, and loses its plus. infer_schema_length=None looks at all rows and keeps everything.
# Version:  polars 2.1.0 with its default engine (fastexcel 0.21.0), a file by xlsxwriter 3.3.1.
# Matters:  a sheet that grew over the years has numbers first and typed text below. The newest contacts lose their
#           numbers in a converter, while a test with a short file passes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check polars==2.1.0 fastexcel==0.21.0 xlsxwriter==3.3.1

venv/bin/python - <<'PY'
import warnings
from importlib.metadata import version

import polars
import xlsxwriter

TYPED = ["+12125550102", "(212) 555-0103", "+44 20 7946 0104"]


def last_phones(numbers: int, **how) -> list:
    """The typed phones as polars reads them, from a sheet that has so many numbers above them."""
    with xlsxwriter.Workbook("contacts.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_column(0, 0, ["Name", *["Ana"] * (numbers + len(TYPED))])
        sheet.write_column(0, 1, ["Phone", *[12125550101] * numbers, *TYPED])
    return polars.read_excel("contacts.xlsx", **how)["Phone"].to_list()[-len(TYPED) :]


warnings.simplefilter("error")
short, long, whole = last_phones(10), last_phones(1000), last_phones(1000, infer_schema_length=None)
print("polars", polars.__version__, "fastexcel", version("fastexcel"))
print("below 10 numbers:             ", short)
print("below 1,000 numbers:          ", long)
print("with infer_schema_length=None:", whole)
assert short == whole == TYPED
assert long == [12125550102, None, None]
PY
