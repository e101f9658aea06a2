"""The address of a quota store: which ones there are, and that its password is shown nowhere."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from batch.errors import SettingsError
from batch.settings.gather import gather_settings
from batch.settings.quota_store import read_password, store_address
from batch.settings.settings import Settings

PASSWORD = "hunter2secret"


@pytest.mark.parametrize(
    ("written", "for_the_client", "shown", "why"),
    [
        ("redis://h:6380/1", "redis://h:6380/1", "redis://h:6380/1", "as it is"),
        ("valkey://h", "redis://h", "valkey://h", "a Valkey speaks the same protocol"),
        (f"rediss://u:{PASSWORD}@h/0", f"rediss://u:{PASSWORD}@h/0", "rediss://u@h/0", "with TLS and a password"),
        (
            f"valkeys://:{PASSWORD}@[::1]:1/0?ssl_ca_certs=/a/ca.pem",
            f"rediss://:{PASSWORD}@[::1]:1/0?ssl_ca_certs=%2Fa%2Fca.pem",
            "valkeys://[::1]:1/0",
            "a certificate of one's own",
        ),
        (f"postgresql://u:{PASSWORD}@h/db?sslmode=require", None, "postgresql://u@h/db", "the other store"),
        ("postgres://u@h/db", "postgresql://u@h/db", "postgres://u@h/db", "its short name"),
    ],
)
def test_an_address_shows_itself_without_its_password(
    written: str, for_the_client: str | None, shown: str, why: str
) -> None:
    """The client gets all of it, everybody else the rest; it cannot be pickled into a file."""
    address = store_address(written)
    assert address.reveal() == (for_the_client or written), why
    assert address.shown == shown, why
    assert PASSWORD not in repr(address) + str(address) + repr(Settings(quota_store=address))
    assert PASSWORD not in address.mask(f"FATAL: {PASSWORD} is wrong") or PASSWORD not in written
    with pytest.raises(TypeError):
        pickle.dumps(address)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("", "expected an address such as"),
        ("memcached://h", "expected an address such as"),
        ("redis://", "names no host"),
        (f"redis://u:{PASSWORD}@h:port/0", "expected an address such as"),
        (f"redis://u:{PASSWORD}#1@h/0", "expected an address such as"),
        (f"redis://u:{PASSWORD}@h/0?decode_responses=1", "has no option 'decode_responses'"),
    ],
)
def test_what_is_no_address_is_refused_without_showing_it(written: str, words: str) -> None:
    """The error says what was expected, and shows no password."""
    with pytest.raises(ValueError, match="address") as caught:
        store_address(written)
    assert words in str(caught.value)
    assert PASSWORD not in str(caught.value)


def test_a_password_comes_from_the_environment_or_a_file_and_from_no_argument(tmp_path: Path) -> None:
    """As an option the address must hold none; its origin is kept without it."""
    url = f"redis://u:{PASSWORD}@h/0"
    with pytest.raises(SettingsError, match="can be read by every user") as caught:
        gather_settings({"quota_store": url}, {}, here=tmp_path, home=tmp_path, need_key=False)
    assert PASSWORD not in str(caught.value)
    found = gather_settings({}, {"GUAYABA_QUOTA_STORE": url}, here=tmp_path, home=tmp_path, need_key=False)
    assert found.connection.quota_store == store_address(url)
    assert found.origins["quota_store"].text == "redis://u@h/0"
    (tmp_path / "password").write_text("p:a@s/s\n")
    flags = {"quota_store": "redis://u@h/0", "quota_store_password_file": str(tmp_path / "password")}
    with_file = gather_settings(flags, {}, here=tmp_path, home=tmp_path, need_key=False)
    assert with_file.connection.quota_store is not None
    assert with_file.connection.quota_store.reveal() == "redis://u:p%3Aa%40s%2Fs@h/0"


@pytest.mark.parametrize(
    ("content", "words"), [(None, "No such file"), ("", "one line"), ("one\ntwo\n", "one line"), ("\n", "one line")]
)
def test_a_password_file_holds_one_line(tmp_path: Path, content: str | None, words: str) -> None:
    """Anything else is refused, by the name of the file."""
    path = tmp_path / "password"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ValueError, match=words) as caught:
        read_password(path)
    assert str(path) in str(caught.value)
