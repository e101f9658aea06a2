"""Which numbers are valid whatever their last digits are.

Owns: that a number, taken as it is written, stays one of the same kind and region when its last digits change.
Flow: E.164 digits -> calling code and head -> `is_free`.

Why it holds: what is asked of such a number is asked of its patterns, which allow any last digits behind this head
(`tails.sensitive_nationals`), and of its first digits, which the head shows: no national prefix is taken off, the
calling code does not follow again, and the leading digits name the region where regions share a code.
"""

from __future__ import annotations

import re
from functools import lru_cache

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from batch.loader.phones import metadata, numbering, tails
from batch.loader.phones.pattern_tails import longest
from batch.loader.phones.plan_changes import CHANGES

#: The calling codes of plans whose old spellings are read, and those of the French departments.
_REWRITTEN = frozenset({*(change.code for change in CHANGES), *numbering.domestic_codes("FR")})
#: The last digits of a North American number, which do not tell its area, and all of them.
_AMERICAN_TAIL, _AMERICAN_DIGITS = 4, 10


def is_free(digits: str, size: int) -> bool:
    """True for `digits` with a calling code in front, a valid number of a common kind or none, whose last `size` digits
    can be any: a number stays valid, of its kind and its region, and no valid number comes of other digits. The library
    takes nothing off but the calling code."""
    split = numbering.split_code(digits)
    if split is None:
        return False
    code, head = int(split[0]), split[1][:-size]
    return bool(head) and _is_free(code, head, size)


def may_be_refused(digits: str, size: int) -> bool:
    """True for `digits` with a calling code in front, no valid number, that are none whatever their last `size` digits
    are: nor are they an old spelling, or a number of an overseas department. A North American number whose area is
    not known is refused for another reason, by the digits behind the area."""
    split = numbering.split_code(digits)
    if split is None or int(split[0]) in _REWRITTEN:
        return False
    if split[0] == "1" and len(split[1]) == _AMERICAN_DIGITS and size > _AMERICAN_TAIL:
        return False
    return is_free(digits, size)


@lru_cache(maxsize=65_536)
def _is_free(code: int, head: str, size: int) -> bool:
    """The same of all national numbers behind `code` that begin with `head` and have `size` digits more."""
    is_doubled = head.startswith(str(code)) or str(code).startswith(head)
    if head.startswith("0") or is_doubled:
        return False
    regions = COUNTRY_CODE_TO_REGION_CODE[code]
    if len(head) < metadata.leading_digits(regions) and _has_length(regions, len(head) + size):
        return False
    if _may_have_prefix(code, head):
        return False
    return not _sensitive(code, size).fullmatch(head)


@lru_cache(maxsize=512)
def _has_length(regions: tuple[str, ...], digits: int) -> bool:
    """True where some national number of `regions` has so many digits: of others no region is to be told."""
    return any(found is None or digits in metadata.lengths(found) for found in map(metadata.metadata_of, regions))


@lru_cache(maxsize=1024)
def _sensitive(code: int, size: int) -> re.Pattern[str]:
    """The heads of national numbers behind `code` whose last `size` digits matter."""
    return re.compile("|".join(tails.sensitive_nationals(code, (size,))) or "(?!)")


def _may_have_prefix(code: int, head: str) -> bool:
    """True where a number that begins with `head` may begin with what the library takes for a national prefix."""
    main = metadata.main_metadata(code)
    prefix = (main.national_prefix_for_parsing if main is not None else None) or ""
    if not prefix:
        return False
    parts = [prefix] if "(" in prefix else prefix.split("|")
    return any(_may_begin(part, head) for part in parts)


def _may_begin(prefix: str, head: str) -> bool:
    """True where digits that begin with `head` may begin with what the pattern `prefix` matches."""
    if prefix.isdecimal():
        return head.startswith(prefix) or prefix.startswith(head)
    try:
        is_seen = longest(prefix) <= len(head)
    except ValueError:  # it is read in view of what follows
        return True
    return not is_seen or re.match(prefix, head) is not None
