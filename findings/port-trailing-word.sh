#!/usr/bin/env bash
# Two ports of libphonenumber disagree about a word after the number: "212-555-0101 home".
#
# Guess:    ports share the data and the rules, so they give the same number or the same refusal.
# Truth:    phonenumbers reads the letters as keypad digits (home is 4663) and makes a number of 14 digits.
#           libphonenumber-js stops at the letters and gives +12125550101, valid. For 212-JKL-0122 it is the reverse:
#           phonenumbers gives +12125550122, libphonenumber-js finds no number.
# Version:  phonenumbers 9.0.43, libphonenumber-js 1.13.16 (with its max metadata).
# Matters:  an export that was validated by the JavaScript port is not clean for the Python one, and a row that our
#           loader refuses or repairs can be right or wrong for the program that the file came from.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check phonenumbers==9.0.43
npm install --silent --no-audit --no-fund libphonenumber-js@1.13.16

venv/bin/python - > python.txt <<'PY'
import phonenumbers

for text in ("212-555-0101 home", "212-555-0101abc", "212-JKL-0122"):
    number = phonenumbers.parse(text, "US")
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    print(f"{text}: {e164} {'valid' if phonenumbers.is_valid_number(number) else 'invalid'}")
PY
cat > port.js <<'JS'
const { parsePhoneNumberFromString } = require('libphonenumber-js/max');
for (const text of ['212-555-0101 home', '212-555-0101abc', '212-JKL-0122']) {
  const number = parsePhoneNumberFromString(text, 'US');
  console.log(`${text}: ${number ? `${number.number} ${number.isValid() ? 'valid' : 'invalid'}` : 'no number'}`);
}
JS
node port.js > javascript.txt
echo "phonenumbers 9.0.43:"; cat python.txt
echo "libphonenumber-js 1.13.16:"; cat javascript.txt
diff python.txt - <<'EXPECTED'
212-555-0101 home: +121255501014663 invalid
212-555-0101abc: +12125550101222 invalid
212-JKL-0122: +12125550122 valid
EXPECTED
diff javascript.txt - <<'EXPECTED'
212-555-0101 home: +12125550101 valid
212-555-0101abc: +12125550101 valid
212-JKL-0122: no number
EXPECTED
