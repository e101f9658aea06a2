#!/usr/bin/env bash
# 4915228817386 in Germany is no mobile for any port of libphonenumber: it is a valid landline in Leer.
#
# Guess:    49 is Germany's own calling code, so the number is +49 1522 8817386, a mobile.
# Truth:    German national numbers vary in length and 4915... is a possible area code, so all digits are taken as
#           national: +49 4915 228817386, valid, fixed line. The same digits with a + are the mobile.
# Version:  phonenumbers 9.0.43, libphonenumber-js 1.13.16, google-libphonenumber 3.2.47.
# Matters:  a CRM that drops the + turns each German mobile into somebody's landline, and each check says "valid".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check phonenumbers==9.0.43
npm install --silent --no-audit --no-fund libphonenumber-js@1.13.16 google-libphonenumber@3.2.47

venv/bin/python - <<'PY'
import phonenumbers

found = []
for text in ("4915228817386", "+4915228817386"):
    number = phonenumbers.parse(text, "DE")
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    kind = phonenumbers.PhoneNumberType.to_string(phonenumbers.number_type(number))
    found.append((e164, kind, phonenumbers.is_valid_number(number)))
print("phonenumbers", phonenumbers.__version__, found)
assert found == [("+494915228817386", "FIXED_LINE", True), ("+4915228817386", "MOBILE", True)]
PY
cat > ports.js <<'JS'
const assert = require('node:assert');
const { parsePhoneNumberFromString } = require('libphonenumber-js/max');
const { PhoneNumberUtil, PhoneNumberFormat } = require('google-libphonenumber');
const light = parsePhoneNumberFromString('4915228817386', 'DE');
const util = PhoneNumberUtil.getInstance();
const google = util.parse('4915228817386', 'DE');
console.log('libphonenumber-js', light.number, light.getType());
console.log('google-libphonenumber', util.format(google, PhoneNumberFormat.E164), util.isValidNumber(google));
assert.deepStrictEqual([light.number, light.getType(), light.isValid()], ['+494915228817386', 'FIXED_LINE', true]);
assert.strictEqual(util.format(google, PhoneNumberFormat.E164), '+494915228817386');
JS
node ports.js
