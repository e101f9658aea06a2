"""Looking a contact up by its number, and whether not to be found means not to be there.

Owns: proving that the API's search finds who is there.

No page says how `search` compares numbers. If it found no contact by E.164, every contact of a file would seem not to
exist, and a DNC list would protect no contact. So a number that is not found has no contact only where the search has
found one: another contact of the run, or, before that, the first on the team's list.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Final

import anyio

from batch.guayaba.reads import Get, Reads, SearchResult, any_contact, get_once, search_by_phone

#: Longer than a token takes to come back: then nothing is proved, and the look is made again.
_PATIENCE_S: Final = 75.0


class ContactSearch:
    """Looks over one key. `client` reads with a token that its caller has, `reader` waits for tokens of its own.

    `get` is how a search is made. `patience`: a proof that takes longer (seconds) proves nothing; `None`: it is waited
    for. `answered`: in this context `reader` does not wait for the read of `client`, whose response is there.
    """

    def __init__(
        self,
        client: Reads,
        reader: Reads,
        get: Get = get_once,
        *,
        patience: float | None = _PATIENCE_S,
        answered: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._client = client
        self._reader = reader
        self._get = get
        self._patience = patience
        self._answered = answered
        self._works = False
        self._lock = anyio.Lock()

    async def search(self, phone: str, contact_id: str | None = None) -> SearchResult:
        """What the API shows of `phone` (E.164), as `reads.search_by_phone`."""
        result = await search_by_phone(self._client, phone, contact_id, self._get)
        self._works = self._works or bool(result.contacts)
        return result

    async def find(self, phone: str, contact_id: str | None = None) -> SearchResult:
        """As `search`, but an empty result is `whole` only where it proves that there is no such contact: no id is
        known (a contact may have another number by now), and the search is known to find contacts."""
        result = await self.search(phone, contact_id)
        if result.contacts == [] and result.whole:
            return result._replace(whole=contact_id is None and await self.finds_people())
        return result

    async def finds_people(self) -> bool:
        """True where the search is known to find contacts that exist; asked before a contact is reported as missing."""
        if self._works:
            return True
        with self._answered(), anyio.move_on_after(self._patience):
            return await self._finds_anybody()
        return False

    async def _finds_anybody(self) -> bool:
        """True where the search finds the first contact on the list, or the list is empty."""
        async with self._lock:
            if self._works:
                return True
            listed = await any_contact(self._reader, self._get)
            if not listed:
                return listed is not None
            for seen in listed:
                if seen.phone_number is not None:
                    _, contacts, _ = await search_by_phone(self._reader, seen.phone_number, None, self._get)
                    self._works = any(contact.id == seen.id for contact in contacts or ())
                    return self._works
            return False
