"""Phone numbers as they may be shown outside the reports and the journal: `+1212•••0123`.

Owns: how much of a number is shown, and finding numbers inside a text.
"""

from __future__ import annotations

import re

_HIDDEN = "•••"

#: A UUID, in either case: 8-4-4-4-12 hexadecimal digits.
UUID_PATTERN = r"(?i:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
#: A UUID is taken first, so that its digits are not read as a number; then anything that is dialled: digits with the
#: separators people write between them. Digits of other scripts count: `\d` is Unicode.
_UUID_OR_NUMBER = re.compile(
    rf"(?P<uuid>\b{UUID_PATTERN}\b)"
    r"|(?P<number>\+?\(?\d(?:[\s().\-/\u2010-\u2015]{0,3}\d){6,})",
)


def mask(phone: str) -> str:
    """`phone` with its middle hidden, always by the same three dots, so that the dots tell nothing of its length.

    At least three digits are hidden: of 11 digits and more the first and last four are shown, of 8 to 10 the first and
    last two, of fewer the last two, of four and fewer none. Separators go; a leading `+` stays.
    """
    digits = "".join(sign for sign in phone if sign.isdigit())
    plus = "+" if phone.lstrip().startswith("+") else ""
    if len(digits) >= 11:
        return f"{plus}{digits[:4]}{_HIDDEN}{digits[-4:]}"
    if len(digits) >= 8:
        return f"{plus}{digits[:2]}{_HIDDEN}{digits[-2:]}"
    if len(digits) >= 5:
        return f"{plus}{_HIDDEN}{digits[-2:]}"
    return f"{plus}{_HIDDEN}"


def mask_within(text: str) -> str:
    """`text` with everything in it that could be a phone number (7 digits and more) masked; UUIDs stay.

    It masks too much rather than too little: a date written with digits only is masked too.
    """
    return _UUID_OR_NUMBER.sub(
        lambda found: found.group() if found.group("uuid") else mask(found.group("number")), text
    )
