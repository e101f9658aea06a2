"""A request and its reply as JSON, for the stores that run our script on their server. Pure.

Owns: the names of the fields in `quota.lua` and `quota.sql`.
"""

from __future__ import annotations

from typing import Final

import msgspec

from batch.dispatcher.quota_stores.interface import USER_WINDOWS, QuotaReply, QuotaRequest

_Reply = tuple[int, float, int, str, int, int]
_NO_LIMIT: Final = -1


def quota_id(request: QuotaRequest) -> str:
    """The name of the request's quota and kind in a store."""
    return f"{request.quota}:{request.kind}"


def request_json(request: QuotaRequest) -> str:
    """The argument of the script."""
    fields = {
        "name": quota_id(request),
        "user": request.user,
        "stays": USER_WINDOWS * request.window,
        "window": request.window,
        "deadline": request.deadline,
        "handful": request.handful,
        "tokens": request.tokens,
        "limit": request.limit,
        "life": request.life,
        "returned": request.returned,
        "heard": request.heard,
        "pause": request.pause,
        "learned": request.learned,
        "leaves": request.leaves,
    }
    return msgspec.json.encode(fields).decode()


def read_reply(text: bytes | str) -> QuotaReply:
    """What the script returned. Raises msgspec.ValidationError where it is no reply of ours."""
    tokens, wait, limit, learned, users, spent = msgspec.json.decode(text, type=_Reply)
    return QuotaReply(tokens, wait, None if limit == _NO_LIMIT else limit, learned, users, spent)
