"""A read that waits for an API that has gone away, for reads outside the dispatcher's engine (`verify`, `plan`).

Owns: how long such a read is repeated, and what is said meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import time
from typing import Final

import anyio

from batch.dispatcher.reader import Reader
from batch.errors import Unreachable
from batch.guayaba.exchange import Exchange
from batch.guayaba.reads import Reads, get_with_retries
from batch.text.language import tr
from batch.text.utc import iso_utc

#: Seconds between two attempts to reach an API that has answered before.
_OUTAGE_RETRY_S: Final = 15.0


class PatientGet:
    """`reads.get_with_retries`, repeated as long as a run would wait, once the API has answered at all. A 503 is no
    response. `report` receives what is waited for; `give_up_after` are seconds without a response."""

    def __init__(self, reader: Reader, give_up_after: float, report: Callable[[str], None]) -> None:
        self._reader = reader
        self._give_up_after = give_up_after
        self._report = report
        self._silent_since: float | None = None

    async def __call__(self, reads: Reads, path: str, query: Mapping[str, str | int]) -> Exchange:
        """The response. Raises KeyRefused, and Unreachable after `give_up_after` seconds without a response."""
        while True:
            began = anyio.current_time()
            try:
                exchange = await get_with_retries(reads, path, query)
                if exchange.status != 503:
                    self._silent_since = None
                    return exchange
                fault = Unreachable(tr("{base_url} answers nothing but 503 (unavailable)", base_url=reads.base_url))
            except Unreachable as unreachable:
                fault = unreachable
            if self._silent_since is None:
                self._silent_since = began
                if self._reader.made:
                    end = iso_utc(time() + began + self._give_up_after - anyio.current_time())
                    self._report(tr("the API cannot be reached; trying again until {end} UTC", end=end[11:16]))
            if not self._reader.made or anyio.current_time() - self._silent_since >= self._give_up_after:
                raise fault
            await anyio.sleep(_OUTAGE_RETRY_S)
