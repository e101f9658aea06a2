"""The base URL: what may be one, and what is this machine."""

from __future__ import annotations

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.harness import KEY

from batch.guayaba.client import open_client
from batch.settings.base_url import DEFAULT_BASE_URL, base_url, is_loopback


@pytest.mark.parametrize(
    ("given_", "found"),
    [
        pytest.param(DEFAULT_BASE_URL, DEFAULT_BASE_URL, id="the usual one"),
        pytest.param("https://api.guayaba.ai/", "https://api.guayaba.ai", id="a slash at the end"),
        pytest.param(" https://api.guayaba.ai\n", "https://api.guayaba.ai", id="pasted with white space"),
        pytest.param("https://gateway.example:8443/guayaba/", "https://gateway.example:8443/guayaba", id="a gateway"),
        pytest.param("http://127.0.0.1:8787", "http://127.0.0.1:8787", id="the sandbox"),
        pytest.param("http://localhost:8787", "http://localhost:8787", id="the sandbox by name"),
        pytest.param("http://[::1]:8787", "http://[::1]:8787", id="the sandbox by IPv6"),
        pytest.param("http://127.9.9.9", "http://127.9.9.9", id="all of 127/8 is this machine"),
    ],
)
def test_an_address_is_taken(given_: str, found: str) -> None:
    """An address that can be used comes out without a slash at its end."""
    assert base_url(given_) == found


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("api.guayaba.ai", id="no scheme"),
        pytest.param("ftp://api.guayaba.ai", id="another scheme"),
        pytest.param("https://", id="no host"),
        pytest.param("https:///contacts", id="no host, but a path"),
        pytest.param("https://host:port", id="a port that is none"),
        pytest.param("https://host:99999", id="a port that cannot be"),
        pytest.param("https://[::1", id="a bracket too few"),
        pytest.param("https://host/?a=b", id="a query"),
        pytest.param("https://host/?", id="an empty query: every call would become a query of /"),
        pytest.param("https://host/#a", id="a fragment"),
        pytest.param("https://host/#", id="an empty fragment"),
        pytest.param("https://api.guay\naba.ai", id="a line break inside"),
        pytest.param("https://api.guay\taba.ai", id="a tab inside"),
        pytest.param("https://api guayaba.ai", id="a space inside"),
        pytest.param("https://user@host", id="a user name"),
        pytest.param("https://user:word@host", id="a password"),
        pytest.param("https://api.guayaba.ai\\@evil.example", id="a host that is somebody's user name"),
        pytest.param("http://api.guayaba.ai", id="unencrypted to another machine"),
        pytest.param("http://10.0.0.1", id="unencrypted to the local network"),
        pytest.param("http://0.0.0.0", id="unencrypted to any"),
        pytest.param("http://127.0.0.1.evil.example", id="a name that begins like this machine"),
        pytest.param("http://localhost.evil.example", id="a name that begins with localhost"),
        pytest.param("http://evillocalhost", id="a name that ends with localhost"),
        pytest.param("http://127.0.0.1@evil.example", id="a user name that looks like this machine"),
    ],
)
def test_an_address_is_refused(text: str) -> None:
    """What cannot be used, or would send the key unencrypted to another machine, raises ValueError with its reason."""
    with pytest.raises(ValueError, match=r"expected an address|must not hold|unencrypted"):
        base_url(text)


def test_the_words_about_an_address_show_no_password() -> None:
    """An address with a password in it is refused without repeating the password."""
    with pytest.raises(ValueError, match="address") as caught:
        base_url("https://ops:canary@api.guayaba.ai")
    assert "canary" not in str(caught.value)


hosts = st.text(st.characters(codec="utf-8"), max_size=30)


@given(hosts, st.sampled_from(["http", "https"]))
def test_no_text_brings_the_key_unencrypted_to_another_machine(host: str, scheme: str) -> None:
    """Whatever stands for a host, an address is either refused or https or this machine."""
    try:
        found = base_url(f"{scheme}://{host}")
    except ValueError:
        return
    assert found.lower().startswith("https://") or is_loopback(found)


@given(hosts)
def test_what_is_taken_for_an_address_can_be_connected_to(host: str) -> None:
    """An address that the settings accept never breaks the client that is made of it."""

    async def main(url: str) -> str:
        async with open_client(url, KEY, timeout=1.0, connections=1) as client:
            return client.base_url

    try:
        found = base_url(f"https://{host}")
    except ValueError:
        return
    assert anyio.run(main, found) == found


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("http://127.0.0.1", True),
        ("https://localhost:1", True),
        ("https://LOCALHOST", True),
        ("http://[::1]", True),
        ("https://128.0.0.1", False),
        ("https://[::2]", False),
        ("https://api.guayaba.ai", False),
        ("https://127.0.0.1.example", False),
    ],
)
def test_this_machine_is_known_by_its_addresses(address: str, expected: bool) -> None:
    """127/8, ::1 and localhost are this machine and nothing else is."""
    assert is_loopback(address) is expected
