"""Where the calls of a run go, and with which keys.

Owns: `Access`, which run binding, fingerprints and team rules take of the settings; the keys for the rows of accounts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

from batch.errors import SettingsError
from batch.model import Rate
from batch.settings.accounts import Account, ApiKeyLimits, key_limits
from batch.settings.api_key import ApiKey
from batch.settings.base_url import DEFAULT_BASE_URL, require_base_url
from batch.settings.keys import KeySource
from batch.text.language import tr, tr_noop

NO_KEY: Final = tr_noop("no API key was found")
TO_GIVE_ONE: Final = tr_noop(
    "guayaba-batch login, or set GUAYABA_API_KEY, or give --api-key-file PATH (or - for stdin)"
)


@dataclass(frozen=True, slots=True)
class Access:
    """The address and the keys. The fields are those of `Settings`."""

    base_url: str | None
    key: ApiKey | None
    key_source: KeySource | None
    #: The account of all rows.
    account: str | None
    accounts: Mapping[str, Account]
    rate: Rate | None
    share: float
    accept_key: bool

    def at(self, address: str, rate: Rate | None = None) -> Access:
        """These keys for calls to `address`, and with its `rate` where none is set. Raises SettingsError."""
        return replace(self, base_url=require_base_url(address), rate=self.rate or rate)

    @property
    def address(self) -> str:
        """The base URL in force."""
        return self.base_url or DEFAULT_BASE_URL

    @property
    def row_accounts(self) -> frozenset[str]:
        """The accounts that rows may name: none where one is set for all rows."""
        return frozenset() if self.account else frozenset(self.accounts)

    def lanes(self, accounts: Collection[str] = ()) -> tuple[ApiKeyLimits, ...]:
        """The keys for rows of `accounts`, one each; for rows without an account, the key of the run.

        Raises SettingsError where a key is missing.
        """
        if accounts:
            return key_limits(accounts, self.accounts, rate=self.rate, share=self.share)
        if self.key is None:
            raise SettingsError(tr("{no_key}. Nothing was sent.", no_key=tr(NO_KEY)), tip=f"{tr(TO_GIVE_ONE)}.")
        place = self.key_source.place if self.key_source else ""
        return (self.accounts.get(self.account or "", Account()).lane("", self.key, self.rate, self.share, place),)
