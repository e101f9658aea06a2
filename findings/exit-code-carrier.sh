#!/usr/bin/env bash
# In some countries libphonenumber takes the first digits of a number for a carrier's part of the exit code.
#
# Guess:    00 is the exit code, so 0057 301 555 0101 in Colombia is +57 301 555 0101 there.
# Truth:    Colombia's exit code is 00 and a carrier: 005, 007, 009, ... 005 is cut off, and what is left is a valid
#           number in Russia, +7 301 555 0101. In Australia 0011 is the exit code, but 001 646 555 0101 loses 0016 and
#           becomes a Swedish number, not a number in New York.
# Version:  phonenumbers 9.0.43.
# Matters:  the result is valid or possible, of another country, and without any error: another person would be called.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check phonenumbers==9.0.43

venv/bin/python - <<'PY'
import phonenumbers

print("phonenumbers", phonenumbers.__version__)
expected = {
    ("CO", "0057 301 555 0101"): ("+73015550101", True),
    ("CO", "009 1 212 555 0101"): ("+12125550101", True),
    ("AU", "001 646 555 0101"): ("+465550101", False),
    ("AU", "0011 1 646 555 0101"): ("+16465550101", True),
}
for (region, text), result in expected.items():
    number = phonenumbers.parse(text, region)
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    print(f"{region} {text}: {e164}, valid: {phonenumbers.is_valid_number(number)}")
    assert (e164, phonenumbers.is_valid_number(number)) == result
PY
