"""A browser of the page without a browser: the application behind its guard, asked as the user's own browser asks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import anyio
import httpx

from batch import Settings, SettingsError
from batch.app.context import AppContext
from batch.app.guard import Access, Guard
from batch.app.jobs import JobFolder
from batch.app.routes import build
from batch.app.tasks import Tasks
from batch.app.templates import Templates
from batch.settings.accounts import Account
from batch.settings.api_key import ApiKey
from batch.settings.keys import KeyNotStored, KeySource

ACCESS = Access(8764, "s" * 32, "c" * 32)
KEY = "gua_test0000_key"
OWN = {"sec-fetch-site": "same-origin", "origin": ACCESS.url}


class Client:
    """One browser's requests to the application, its cookies kept; each request in an event loop of its own."""

    def __init__(self, app: Guard) -> None:
        self._transport = httpx.ASGITransport(app)
        self.cookies = httpx.Cookies()

    def request(self, method: str, path: str, *, follow_redirects: bool = True, **how: Any) -> httpx.Response:
        """The answer; `how` as `httpx.request` has it."""

        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(
                transport=self._transport, base_url=ACCESS.url, cookies=self.cookies, follow_redirects=follow_redirects
            ) as client:
                answer = await client.request(method, path, **how)
                self.cookies = client.cookies
                return answer

        return anyio.run(ask)

    def get(self, path: str, **how: Any) -> httpx.Response:
        return self.request("GET", path, **how)

    def post(self, path: str, **how: Any) -> httpx.Response:
        return self.request("POST", path, **how)


@dataclass
class Browser:
    """A client with the cookie. `text` of an answer is shown as a person reads it: without tags."""

    client: Client
    context: AppContext

    def get(self, path: str, **headers: str) -> str:
        """The page at `path`, redirects followed."""
        self.last = self.client.get(path, headers=headers)
        return self.text

    def post(self, path: str, **fields: str) -> str:
        """The page after a form of ours."""
        self.last = self.client.post(path, data={"csrf": ACCESS.csrf, **fields}, headers=OWN)
        return self.text

    def upload(self, name: str, content: bytes) -> str:
        """The address of the job of this file."""
        files = {"file": (name, content)}
        self.last = self.client.post("/files", data={"csrf": ACCESS.csrf}, files=files, headers=OWN)
        return str(self.last.url.path)

    @property
    def text(self) -> str:
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", self.last.text)).split())


def open_browser(
    folder: Path, base_url: str = "http://127.0.0.1:1", *, region: str | None = "US", key: str = KEY,
    accounts: Mapping[str, str] | None = None,
) -> Browser:  # fmt: skip
    """The page over a state folder below `folder`, with a key (empty: none) and `base_url`, its cookie given.

    `accounts` is name -> key; an account without a key has none stored.
    """
    named = {name: Account(key_source(text)) for name, text in (accounts or {}).items()}

    def gather(*, need_key: bool, account: str = "") -> Settings:
        usual = ApiKey(key) if key else None
        found = (named[account].key() if account else usual) if need_key else None
        if need_key and found is None and not named:
            raise SettingsError("no API key was found.")
        return Settings(
            base_url=base_url, key=found, out=folder / "reports", state=folder / "state", region=region,
            account=account or None, accounts=named,
        )  # fmt: skip

    jobs = folder / "jobs"
    context = AppContext(ACCESS, gather, folder, JobFolder(jobs), Tasks(), Templates(jobs))
    client = Client(Guard(build(context), ACCESS))
    client.cookies.set(ACCESS.cookie, ACCESS.session, domain="127.0.0.1")
    return Browser(client, context)


def key_source(text: str) -> KeySource:
    """Where `login` stored the key `text`; empty: it did not."""

    def read() -> ApiKey:
        if not text:
            raise KeyNotStored("no API key is stored. Run guayaba-batch login")
        return ApiKey(text)

    return KeySource("what login stored", read, is_stored=True)
