#!/usr/bin/env bash
# Two versions of phonenumbers swap "valid" and "invalid" for the same numbers in Benin and Mexico.
#
# Guess:    an update adds ranges; a number that was valid stays valid, and E.164 stays the same.
# Truth:    8.12.57 takes Benin's 8 digits and refuses the new 10, 9.0.43 does the reverse. 8.12.57 removes Mexico's old
#           mobile 1 (+52 1 55... is +52 55...), 9.0.43 keeps it and calls the number invalid.
# Version:  phonenumbers 8.12.57 (2022) and 9.0.43.
# Matters:  "valid" depends on the age of a package. A file that another system checked two years ago has numbers that
#           are invalid now, and one contact can have two E.164 forms in two systems.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat > check.py <<'PY'
import phonenumbers

print("phonenumbers", phonenumbers.__version__)
for region, text in (("BJ", "97550101"), ("BJ", "0197550101"), ("MX", "+52 1 55 5550 0101")):
    number = phonenumbers.parse(text, region)
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    print(f"{region} {text}: {e164} {'valid' if phonenumbers.is_valid_number(number) else 'invalid'}")
PY
for version in 8.12.57 9.0.43; do
  python3 -m venv "venv-$version"
  "venv-$version/bin/pip" install -qq --no-compile --disable-pip-version-check "phonenumbers==$version"
  "venv-$version/bin/python" check.py | tee "$version.txt"
done
diff 8.12.57.txt - <<'EXPECTED'
phonenumbers 8.12.57
BJ 97550101: +22997550101 valid
BJ 0197550101: +2290197550101 invalid
MX +52 1 55 5550 0101: +525555500101 valid
EXPECTED
diff 9.0.43.txt - <<'EXPECTED'
phonenumbers 9.0.43
BJ 97550101: +22997550101 invalid
BJ 0197550101: +2290197550101 valid
MX +52 1 55 5550 0101: +5215555500101 invalid
EXPECTED
