"""What makes two commands the same: a command finds its unfinished run by this fingerprint.

Owns: the fingerprint of a command with its input and without, and the options that are set before it is taken.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import Final

import msgspec

from batch.loader import LoadedSource, ReadOptions
from batch.model import ContactChange, Operation
from batch.settings.settings import Settings

_FINGERPRINT_VERSION: Final = 1


def with_fulfil_change(reading: ReadOptions) -> ReadOptions:
    """A fulfilment asks for the status `fulfilled`: said once here, so that reading back can compare."""
    return (
        replace(reading, ask=ContactChange(status="fulfilled")) if reading.operation is Operation.FULFILL else reading
    )


def with_accounts(reading: ReadOptions, settings: Settings) -> ReadOptions:
    """`reading`, whose rows may name the accounts of `settings`, unless all of them are for one."""
    return replace(reading, accounts=frozenset() if settings.account else frozenset(settings.accounts))


def command_fingerprint(reading: ReadOptions, settings: Settings, loaded: LoadedSource) -> str:
    """What makes two commands the same: the input's bytes, what is asked, how it is read and where it goes.

    Not the team's statuses, which the API may name differently tomorrow, and no field that a later version may add.
    """
    return _fingerprint(reading, settings, loaded.facts.sha256)


def input_independent_fingerprint(reading: ReadOptions, settings: Settings, file: str) -> str:
    """What makes two commands the same whatever is in `file` (an absolute path); empty where there is none."""
    return _fingerprint(reading, settings, f"file {file}") if file else ""


def _fingerprint(reading: ReadOptions, settings: Settings, source: str) -> str:
    told = [
        _DIGEST_VERSION,
        settings.address,
        source,
        reading.operation,
        reading.ask,
        sorted(reading.mapping.items()),
        [reading.region, reading.phone_check, reading.on_conflict, reading.extensions, reading.two_numbers],
        [reading.sheet, reading.encoding, reading.rerun, sorted(reading.only or ())],
    ]
    if settings.account is not None:
        told.append(settings.account)
    return sha256(msgspec.json.encode(told, order="sorted")).hexdigest()
