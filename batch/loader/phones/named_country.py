"""Two letters beside a number that are the code of a country, and a word or a state as well.

Owns: where "(ES)" is Spain and where "es" is a word; where "(CO)" is Colorado.
"""

from __future__ import annotations

from batch.loader.cells.regions import match_region
from batch.loader.phones import numbering
from batch.loader.phones.words import is_label

#: States and provinces of North America whose postal codes are those of countries too.
_STATES = frozenset(
    "AL AR AZ CA CO DE GA ID IL IN KY LA MA MD ME MN MO MS MT NC NE NL PA PE SC SD SK TN VA YT".casefold().split()
)
#: Words that are rather the country where they stand alone and in capitals.
_RATHER_COUNTRIES = frozenset({"de", "es", "et", "il"})


def country_code(words: list[str], *, is_bracketed: bool) -> str:
    """The country that a single word of two letters in capitals names, though it is a label in other places."""
    is_code = len(words) == 1 and len(words[0]) == len("ES") and (is_bracketed or words[0] in _RATHER_COUNTRIES)
    return (match_region(words[0]) or "") if is_code else ""


def is_other_word(word: str, region: str | None) -> bool:
    """True where the folded `word` beside a number in a column of `region` may be no country: a state, or a label."""
    if region is None or numbering.calling_code(region) == "1":
        return word in _STATES or (is_label(word) and word not in _RATHER_COUNTRIES)
    return is_label(word) and word not in _RATHER_COUNTRIES
