#!/usr/bin/env bash
# SQLAlchemy-Utils stores +525555500101 and gives an export the text "55 5550 0101", without the country.
#
# Guess:    the text of a phone from a PhoneNumberType column is what the database has: E.164.
# Truth:    str() of it, and so what csv.writer writes, is the national form; .e164 has the stored one. Read back with
#           the region DE, the Mexican number is a valid German one.
# Version:  sqlalchemy-utils 0.43.0, SQLAlchemy 2.1.9, phonenumbers 9.0.43.
# Matters:  a table of several countries leaves as national numbers of no country. One --region for the file then makes
#           valid numbers of other people.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check \
  sqlalchemy==2.1.9 sqlalchemy-utils==0.43.0 phonenumbers==9.0.43

venv/bin/python - <<'PY'
import csv
import io
from importlib.metadata import version

import phonenumbers
import sqlalchemy
from sqlalchemy_utils import PhoneNumberType

contacts = sqlalchemy.Table(
    "contacts", sqlalchemy.MetaData(), sqlalchemy.Column("phone", PhoneNumberType(), primary_key=True)
)
engine = sqlalchemy.create_engine("sqlite://")
contacts.metadata.create_all(engine)
exported = io.StringIO()
with engine.connect() as connection:
    connection.execute(contacts.insert(), [{"phone": "+442079460101"}, {"phone": "+525555500101"}])
    stored = connection.scalars(sqlalchemy.text("SELECT phone FROM contacts ORDER BY phone")).all()
    csv.writer(exported).writerows(connection.execute(contacts.select().order_by("phone")))
rows = exported.getvalue().split("\r\n")[:-1]
german = phonenumbers.parse(rows[1], "DE")
e164 = phonenumbers.format_number(german, phonenumbers.PhoneNumberFormat.E164)
print("sqlalchemy-utils", version("sqlalchemy-utils"), "stored:", stored, "exported:", rows)
print(f"{rows[1]} with region DE: {e164}, valid: {phonenumbers.is_valid_number(german)}")
assert stored == ["+442079460101", "+525555500101"]
assert rows == ["020 7946 0101", "55 5550 0101"]
assert (e164, phonenumbers.is_valid_number(german)) == ("+495555500101", True)
PY
