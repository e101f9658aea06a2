#!/usr/bin/env bash
# "030 23125 001/02", two lines of one office in Berlin, is one valid number with two digits too many.
#
# Guess:    a cell with two numbers is invalid, like "212-555-0101/02", or the first of them is read.
# Truth:    a slash is punctuation for libphonenumber, and German numbers have no fixed length, so the digits of both
#           make +49 30 2312500102, valid. Both ports agree.
# Version:  phonenumbers 9.0.43, libphonenumber-js 1.13.16 (with its max metadata).
# Matters:  "number/other last digits" is the usual way to write two lines in Germany and Austria. A check of validity
#           lets the row through, and the call goes to a number that nobody gave.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check phonenumbers==9.0.43
npm install --silent --no-audit --no-fund libphonenumber-js@1.13.16

venv/bin/python - > python.txt <<'PY'
import phonenumbers

for text, region in (("030 23125 001/02", "DE"), ("030 23125001 / 002", "DE"), ("212-555-0101/02", "US")):
    number = phonenumbers.parse(text, region)
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    print(f"{text}: {e164} {'valid' if phonenumbers.is_valid_number(number) else 'invalid'}")
PY
cat > port.js <<'JS'
const { parsePhoneNumberFromString } = require('libphonenumber-js/max');
for (const [text, region] of [['030 23125 001/02', 'DE'], ['030 23125001 / 002', 'DE'], ['212-555-0101/02', 'US']]) {
  const number = parsePhoneNumberFromString(text, region);
  console.log(`${text}: ${number.number} ${number.isValid() ? 'valid' : 'invalid'}`);
}
JS
node port.js > javascript.txt
echo "phonenumbers 9.0.43:"; cat python.txt
echo "libphonenumber-js 1.13.16:"; cat javascript.txt
cat > expected.txt <<'EXPECTED'
030 23125 001/02: +49302312500102 valid
030 23125001 / 002: +493023125001002 valid
212-555-0101/02: +1212555010102 invalid
EXPECTED
diff python.txt expected.txt
diff javascript.txt expected.txt
