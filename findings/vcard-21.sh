#!/usr/bin/env bash
# vobject cannot read the vCard 2.1 of an Android phone book, unless it is called with allowQP=True.
#
# Guess:    the vCard library reads each version; TEL;CELL;PREF: is a phone with TYPE=CELL and TYPE=PREF.
# Truth:    a name in quoted-printable that goes over two lines raises ParseError. With allowQP=True it is read, but
#           bare types are not in params["TYPE"] as in version 3.0: they stand in singletonparams, and card.tel is the
#           first phone, whatever is preferred.
# Version:  vobject 0.9.9.
# Matters:  phone books are exported in 2.1 to this day. A filter on TYPE finds no mobile in such a file, and one name
#           with an accent ends the reading of the whole file.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check vobject==0.9.9

venv/bin/python - <<'PY'
from importlib.metadata import version

import vobject

CARD = (
    "BEGIN:VCARD\r\nVERSION:2.1\r\n"
    "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=4D=75=C3=B1=6F=7A;=4A=6F=73=C3=A9;;;\r\n"
    "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=4A=6F=73=C3=A9=20=\r\n=4D=75=C3=B1=6F=7A\r\n"
    "TEL;HOME:+12125550101\r\nTEL;CELL;PREF:+12125550102\r\nEND:VCARD\r\n"
)
print("vobject", version("vobject"))
try:
    vobject.readOne(CARD)
except vobject.base.ParseError as error:
    print("as it is:", error)
else:
    raise SystemExit("the card was read without allowQP=True")
card = vobject.readOne(CARD, allowQP=True)
phones = [(phone.value, phone.params.get("TYPE"), phone.singletonparams) for phone in card.tel_list]
print("allowQP=True:", card.fn.value, phones, "card.tel:", card.tel.value)
assert card.fn.value == "José Muñoz"
assert phones == [("+12125550101", None, ["HOME"]), ("+12125550102", None, ["CELL", "PREF"])]
assert card.tel.value == "+12125550101"
PY
