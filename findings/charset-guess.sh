#!/usr/bin/env bash
# charset-normalizer takes short Spanish, German and Portuguese Windows-1252 files for Windows-1250.
#
# Guess:    the most common 8-bit encoding wins: cp1252.
# Truth:    it says cp1250. José and Müller come out right by chance (both code pages agree there), Muñoz becomes
#           Muńoz and João becomes Joăo, without an error and without a replacement character.
# Version:  charset-normalizer 3.5.3.
# Matters:  a detector looks right on the first names that are checked, and renames the contacts with ñ or ã. The
#           loader reads what is not UTF-8 as Windows-1252 and asks no detector.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check charset-normalizer==3.5.3

venv/bin/python - <<'PY'
from importlib.metadata import version

from charset_normalizer import from_bytes

print("charset-normalizer", version("charset-normalizer"))
files = {
    "Nombre;Teléfono\nJosé Muñoz;+12125550101\nÍñigo Peña;+12125550102\n": "Muńoz",
    "Nome;Telefone\nJoão Conceição;+12125550103\n": "Joăo",
}
for text, damaged in files.items():
    guess = from_bytes(text.encode("cp1252")).best()
    print(guess.encoding, repr(str(guess)))
    assert guess.encoding == "cp1250"
    assert damaged in str(guess)
PY
