"""What makes two commands the same: a command finds its unfinished run by this fingerprint.

Owns: the fingerprint of a command with its input and without, and the options that are set before it is taken.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Final, NamedTuple

import msgspec

from batch.loader import ReadOptions
from batch.model import ContactChange, Operation
from batch.settings.access import Access
from batch.settings.read_options import fingerprint_parts

_FINGERPRINT_VERSION: Final = 1


def with_fulfil_change(options: ReadOptions) -> ReadOptions:
    """`options`, whose rows ask for the status `fulfilled` where the operation is a fulfilment."""
    if options.operation is not Operation.FULFILL:
        return options
    return replace(options, ask=ContactChange(status="fulfilled"))


class Fingerprints(NamedTuple):
    """What a command is found again by: it, its input of any content, and it with any input."""

    command: str
    #: Of the path of its input; empty where that is no file.
    by_path: str
    by_options: str


def build_fingerprints(options: ReadOptions, access: Access, sha256: str, path: str) -> Fingerprints:
    """The fingerprints of a command: the bytes of its input (`sha256`), or its absolute `path`, or neither; its
    changes, how the input is read, and the address.

    The statuses of the team are no part of it, since the API may list others tomorrow.
    """
    account = () if access.account is None else (access.account,)

    def digest(source: str) -> str:
        parts = [_FINGERPRINT_VERSION, access.address, source, *fingerprint_parts(options), *account]
        return hashlib.sha256(msgspec.json.encode(parts, order="sorted")).hexdigest()

    return Fingerprints(digest(sha256), digest(f"file {path}") if path else "", digest("any input"))
