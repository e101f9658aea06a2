"""The other forms of a number: what a team may have stored before a numbering plan changed, or from a messenger. Pure.

Owns: which forms of one number are the same phone. A sibling is never written without being found first: the team's
contact is looked up, and its own form is used.
Source: the changes in `loader/phones/plan_changes.py`, read backwards: Mexico's 1 (WhatsApp ids have it still),
Argentina's and Brazil's 9, Benin's 01, Colombia's 60.
"""

from __future__ import annotations

import re

_FORMS = tuple(
    (re.compile(form), sibling)
    for form, sibling in (
        # Mexico: ten digits since August 2019, behind a 1 before.
        (r"\+52([2-9]\d{9})", r"+521\1"),
        (r"\+521([2-9]\d{9})", r"+52\1"),
        # Argentina: mobiles have a 9 from abroad.
        (r"\+549([1-8]\d{9})", r"+54\1"),
        (r"\+54([1-8]\d{9})", r"+549\1"),
        # Brazil: nine digits for mobiles since November 2016; fixed lines (2 to 5) have eight.
        (r"\+55([1-9]{2})9([6-9]\d{7})", r"+55\1\2"),
        (r"\+55([1-9]{2})([6-9]\d{7})", r"+55\g<1>9\2"),
        # Benin: 01 since November 2024.
        (r"\+22901(\d{8})", r"+229\1"),
        (r"\+229(\d{8})", r"+22901\1"),
        # Colombia: 60 before the area digit since September 2021.
        (r"\+5760([1-8]\d{7})", r"+57\1"),
        (r"\+57([1-8]\d{7})", r"+5760\1"),
    )
)
#: The calling codes of these forms. Most numbers have another one: this is asked many times a row.
FORM_CODES = ("+52", "+54", "+55", "+57", "+229")


def siblings(e164: str) -> tuple[str, ...]:
    """The other forms of `e164`, the likeliest first; none for most numbers. A sibling's sibling is `e164`."""
    if not e164.startswith(FORM_CODES):
        return ()
    return tuple(form.sub(other, e164) for form, other in _FORMS if form.fullmatch(e164))


def order_key(contact: str) -> str:
    """What is the same for all forms of one number: rows of it are never in flight together. An id is its own key."""
    return min((contact, *siblings(contact)))
