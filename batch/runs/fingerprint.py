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
from batch.settings.read_options import fingerprint_parts
from batch.settings.settings import Settings
from batch.text.language import tr

_FINGERPRINT_VERSION: Final = 1


def with_fulfil_change(options: ReadOptions) -> ReadOptions:
    """`options`, whose rows ask for the status `fulfilled` where the operation is a fulfilment."""
    if options.operation is not Operation.FULFILL:
        return options
    return replace(options, ask=ContactChange(status="fulfilled"))


def command_fingerprint(options: ReadOptions, settings: Settings, loaded: LoadedSource) -> str:
    """The fingerprint of a command: the bytes of its input, its changes, how the input is read, and the address.

    The statuses of the team are no part of it, since the API may list others tomorrow.
    """
    return _fingerprint(options, settings, loaded.facts.sha256)


def path_fingerprint(options: ReadOptions, settings: Settings, file: str) -> str:
    """The fingerprint of a command whatever `file` (an absolute path) holds; empty where there is no file."""
    return _fingerprint(options, settings, f"file {file}") if file else ""


def options_fingerprint(options: ReadOptions, settings: Settings) -> str:
    """The fingerprint of a command whatever its input is."""
    return _fingerprint(options, settings, tr("any input"))


def _fingerprint(options: ReadOptions, settings: Settings, source: str) -> str:
    parts = [_FINGERPRINT_VERSION, settings.address, source, *fingerprint_parts(options)]
    if settings.account is not None:
        parts.append(settings.account)
    return sha256(msgspec.json.encode(parts, order="sorted")).hexdigest()
