"""The key, by every way in which values get out of a program."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import pprint
import traceback
from collections.abc import Callable
from dataclasses import asdict, replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.harness import CANARY, KEY

from batch.settings.api_key import ApiKey
from batch.settings.settings import Settings

SETTINGS = Settings(key=KEY)


def _raised() -> str:
    try:
        raise RuntimeError("a bug", KEY, SETTINGS)
    except RuntimeError as fault:
        return "".join(traceback.TracebackException.from_exception(fault, capture_locals=True).format())


def _logged() -> str:
    return logging.makeLogRecord({"msg": "%s %r", "args": (KEY, SETTINGS)}).getMessage()


@pytest.mark.parametrize(
    "way",
    [
        pytest.param(lambda: repr(KEY), id="repr"),
        pytest.param(lambda: str(KEY), id="str"),
        pytest.param(lambda: f"{KEY}{KEY!r}{KEY!s}{KEY!a}", id="f-string"),
        pytest.param(lambda: "{0} {0!r}".format(KEY), id="str.format"),  # noqa: UP032
        pytest.param(lambda: "%s %r" % (KEY, KEY), id="percent"),  # noqa: UP031
        pytest.param(lambda: repr([KEY, {"k": KEY}, (SETTINGS,)]), id="inside others"),
        pytest.param(lambda: pprint.pformat(SETTINGS), id="pprint"),
        pytest.param(lambda: repr(replace(SETTINGS, workers=2)), id="settings"),
        pytest.param(lambda: repr(dir(KEY)), id="dir"),
        pytest.param(_raised, id="a traceback with locals"),
        pytest.param(_logged, id="a log record"),
    ],
)
def test_a_text_made_of_the_key_shows_its_fingerprint_or_nothing(way: Callable[[], str]) -> None:
    """No way of turning a key into text shows it."""
    told = way()
    assert "canary" not in told
    assert CANARY not in told
    assert told


@pytest.mark.parametrize(
    "way",
    [
        pytest.param(lambda: pickle.dumps(KEY), id="pickle"),
        pytest.param(lambda: pickle.dumps(KEY, 0), id="pickle protocol 0"),
        pytest.param(lambda: pickle.dumps(SETTINGS), id="pickled settings"),
        pytest.param(lambda: copy.copy(KEY), id="copy"),
        pytest.param(lambda: copy.deepcopy(SETTINGS), id="deepcopy of settings"),
        pytest.param(lambda: asdict(SETTINGS), id="asdict"),
        pytest.param(lambda: msgspec.json.encode(SETTINGS), id="msgspec"),
        pytest.param(lambda: json.dumps(KEY), id="json"),
        pytest.param(lambda: vars(KEY), id="vars"),
        pytest.param(lambda: format(KEY, ">20"), id="a format that is not text"),
    ],
)
def test_what_would_write_the_key_down_is_refused(way: Callable[[], object]) -> None:
    """Whatever serialises or copies a key raises, and the error does not hold it."""
    with pytest.raises((TypeError, ValueError)) as caught:
        way()
    told = "".join(traceback.format_exception(caught.value))
    assert CANARY not in told
    assert "canary" not in told


#: No key begins or ends with a quotation mark: one that does was copied with the marks around it, and is refused.
keys = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=80).filter(
    lambda key: not {key[0], key[-1]} & set("\"'`") and not key.lower().startswith("x-api-key:")
)


@given(keys, st.sampled_from(["", " ", "\n", "\r\n", "\t "]))
def test_every_printable_key_is_held_as_it_is(key: str, around: str) -> None:
    """A key of printable ASCII is revealed unchanged, without the white space of the file that it stood in."""
    held = ApiKey(around + key + around)
    assert held.reveal() == key
    assert held.fingerprint == ApiKey(key).fingerprint
    assert len(held.fingerprint) == 12
    assert key not in repr(held) or key in f"ApiKey({held.fingerprint})"


@given(keys, keys)
def test_two_keys_have_two_fingerprints(one: str, other: str) -> None:
    """Fingerprints are equal where the keys are."""
    assert (ApiKey(one).fingerprint == ApiKey(other).fingerprint) is (one == other)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "nothing"),
        (" \n", "nothing but white space"),
        ("gua_canary two", "a space inside"),
        ("gua_canary\ngua_second", "two lines"),
        ("gua_canary\r\nX-Evil: 1", "a header of its own"),
        ("gua_canaryé", "no header carries it unencoded"),
        ("gua_canary\x00", "a NUL"),
        ("“gua_canary”", "the quotes of a word processor"),
    ],
)
def test_what_no_header_can_carry_is_refused_without_being_shown(text: str, why: str) -> None:
    """A key that is no key raises ValueError, and its words do not hold the key."""
    with pytest.raises(ValueError, match="API key") as caught:
        ApiKey(text)
    assert "canary" not in str(caught.value), why


def test_a_key_of_another_shape_is_noticed_and_not_refused() -> None:
    """Only the documented prefix is usual; the API decides about the rest."""
    assert ApiKey("gua_a1b2c3d4_x").looks_usual
    assert not ApiKey("sk_live_1").looks_usual
