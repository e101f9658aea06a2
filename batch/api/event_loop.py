"""Calls of the asynchronous functions from programs without an event loop.

Owns: the event loop of such a call, and the refusal inside another one, which a blocking call would stop.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial, wraps
from typing import Any, ParamSpec, TypeVar

import anyio

from batch.errors import SettingsError
from batch.text.language import tr

P = ParamSpec("P")
T = TypeVar("T")


def without_event_loop(function: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """`function`, called from a program without an event loop: with its signature and its documentation.

    The call raises SettingsError inside an event loop, such as that of a notebook.
    """
    name = function.__name__.removesuffix("_async")

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        if _is_in_event_loop():
            raise SettingsError(
                tr("batch.{name} was called inside an event loop. A notebook has one.", name=name),
                tip=tr("Write: await batch.{name}_async(...)", name=name),
            )
        return anyio.run(partial(function, *args, **kwargs))

    call.__name__ = call.__qualname__ = name
    return call


def _is_in_event_loop() -> bool:
    try:
        anyio.get_cancelled_exc_class()
    except RuntimeError:  # no event loop runs in this thread
        return False
    return True
