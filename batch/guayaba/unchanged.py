"""Whether a contact is already as its row asks, so that no write is needed. Pure.

Owns: what counts as proof of that.

A write too many costs two seconds, a write too few may be a call to somebody who asked not to be called: whatever
leaves a doubt is written.
"""

from __future__ import annotations

from collections.abc import Sequence

from batch.guayaba.contact import Contact, matches
from batch.model import ContactChange


def is_unchanged(found: Sequence[Contact], ask: ContactChange) -> bool:
    """True where the contact is as `ask` asks beyond doubt. `found` are all contacts that it can be.

    Two contacts of one number are a doubt: which of them a write reaches is not documented. So is a contact in several
    campaigns, where one is asked: a write may end the others; and a status that is written otherwise.
    """
    if len(found) != 1:
        return False
    (seen,) = found
    if ask.campaign_id is not None and seen.campaigns is not None and len(seen.campaigns) != 1:
        return False
    if ask.status is not None and seen.status != ask.status:
        return False
    return matches(seen, ask)
