"""Why there is no answer, in words.

Owns: a network error -> a sentence without the names of Python's classes. Pure.
"""

from __future__ import annotations

import errno
import ssl
from collections.abc import Iterator
from socket import gaierror
from typing import Final

from batch.text.language import tr, tr_noop

#: What the system says -> what a person can check.
_ERRORS: Final = {
    errno.ECONNREFUSED: tr_noop("the connection was refused: nothing listens at this address and port"),
    errno.ECONNRESET: tr_noop("the connection was cut"),
    errno.EPIPE: tr_noop("the connection was cut"),
    errno.ENETUNREACH: tr_noop("there is no network connection"),
    errno.EHOSTUNREACH: tr_noop("this host cannot be reached from here"),
    errno.ETIMEDOUT: tr_noop("the host does not answer"),
}


def fault_text(fault: BaseException) -> str:
    """What went wrong, in words; the error's own text where no words are known for it."""
    causes = list(_causes(fault))
    if any(isinstance(each, gaierror) for each in causes):
        return tr("there is no host of this name, or no network to look it up")
    for each in causes:
        if isinstance(each, ssl.SSLCertVerificationError):  # its reason is the same whatever is wrong
            return tr("the secure connection failed: {error}", error=f"{each.reason}: {each.verify_message}")
        if isinstance(each, ssl.SSLError):
            return tr("the secure connection failed: {error}", error=each.reason or each)
        if isinstance(each, OSError) and each.errno in _ERRORS:
            return tr(_ERRORS[each.errno])
    return str(fault) or type(fault).__name__


def _causes(fault: BaseException) -> Iterator[BaseException]:
    """`fault`, what caused it, and the members of groups among them."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [fault]
    while waiting:
        each = waiting.pop(0)
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += [
            *(each.exceptions if isinstance(each, BaseExceptionGroup) else ()),
            each.__cause__,
            each.__context__,
        ]
