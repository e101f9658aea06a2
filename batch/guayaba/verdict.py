"""What an exchange means: one table. Pure.

Owns: status, body and failure -> verdict. Decided on the HTTP status, never on the wording of an error (the API's pages
swap the words of two 429 bodies).
Source: the API's /authentication page (400, 401, 404, 429, 500, 503) and the answers of its three write pages.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from batch.guayaba.contact import Contact, matches
from batch.guayaba.exchange import Exchange, Failure
from batch.guayaba.json_shapes import ID_NAMES, decode_json, error_text, parse_contact, parse_flag
from batch.model import ContactChange
from batch.text.language import tr, tr_noop


class ResponseClass(StrEnum):
    """What one exchange says about its row. The journal keeps these words."""

    SUCCEEDED = "succeeded"
    NOT_FOUND = "not-found"
    REJECTED = "rejected"
    RETRY = "retry"  # refused before it had an effect: ask again
    THROTTLED = "throttled"  # 429: ask again after the pause; no attempt is used up
    IN_DOUBT = "in-doubt"  # it may have had its effect: read back before asking again
    UNREADABLE = "unreadable"  # said 2xx, but not so that it can be believed: read back, never repeat unread
    UNREACHABLE = "unreachable"  # never left this machine: the row is not to blame
    HALT = "halt"  # the key is refused: no row can succeed
    LOOKED = "looked"  # a first look: nothing was sent
    NEXT_CONTACT = "next-contact"  # done for one contact; another one with the same number is next


class Verdict(NamedTuple):
    """A meaning with its code (`codes/`) and, for a person, what the server or the wire said."""

    meaning: ResponseClass
    code: str
    message: str
    contact_id: str | None = None


#: Final 4xx other than these are `refused`. 408 and 425 were not acted upon (RFC 9110 15.5.9, RFC 8470 5.2).
_BY_STATUS: dict[int, tuple[ResponseClass, str]] = {
    400: (ResponseClass.REJECTED, "bad_request"),
    401: (ResponseClass.HALT, "key_refused"),
    403: (ResponseClass.HALT, "key_refused"),
    404: (ResponseClass.NOT_FOUND, "contact_not_found"),
    408: (ResponseClass.RETRY, "server_error"),
    425: (ResponseClass.RETRY, "server_error"),
    429: (ResponseClass.THROTTLED, "throttled"),
    503: (ResponseClass.RETRY, "server_error"),  # "temporary system issue; retry after a short wait"
}

#: Accepted, and done for parts (RFC 9110 15.3.3, RFC 4918 11.1): such an answer says success of no contact but the one
#: that it shows.
_NOT_ALL_DONE = (202, 207)
#: The longest text of the server's that is kept.
_MESSAGE_LENGTH = 300
#: Answers that are no longer are remembered for a while: the documented one is the same for every row.
_SHORT = 512
_PHONE_NUMBER = tr_noop("phone number")


def verdict(exchange: Exchange, change: ContactChange, phone: str | None, contact_id: str | None = None) -> Verdict:  # noqa: C901 - one branch for each class of status codes
    """The verdict on one exchange that asked `ask` of the contact with `phone` (E.164) or `contact_id`, where known.

    An answer that shows another contact, status or campaign than was asked is not believed.
    """
    if exchange.failure is Failure.NEVER_LEFT:
        return Verdict(ResponseClass.UNREACHABLE, "outage", exchange.detail)
    if exchange.failure is not None or exchange.status is None:
        return Verdict(ResponseClass.IN_DOUBT, "no_answer", exchange.detail)
    status = exchange.status
    if exchange.is_success:
        return _success(exchange, change, phone, contact_id)
    said = _error_text(exchange.body)
    if status == 404 and said is None:
        # Not the API's word on a contact, but another server's on a path: a wrong base URL, a proxy.
        return Verdict(ResponseClass.REJECTED, "refused", tr("HTTP 404 without the documented JSON: check --base-url"))
    said = said or f"HTTP {status}"
    if status == 404 and change.campaign_id is not None:
        meaning, code = ResponseClass.NOT_FOUND, "not_found_either"  # the page does not say which of the two is missing
    elif status in _BY_STATUS:
        meaning, code = _BY_STATUS[status]
    elif 300 <= status < 400:
        meaning, code = ResponseClass.REJECTED, "redirected"
    elif 400 <= status < 500:
        meaning, code = ResponseClass.REJECTED, "refused"
    else:
        # 500 and its like say that something broke, not whether it broke before the effect.
        meaning, code = ResponseClass.IN_DOUBT, "server_error"
    return Verdict(meaning, code, said)


def _success(exchange: Exchange, change: ContactChange, phone: str | None, contact_id: str | None) -> Verdict:
    said, success, contact, fault = (
        _read_success(exchange.body) if len(exchange.body) <= _SHORT else _parse(exchange.body)
    )
    if contact is None:
        return _in_doubt(tr("HTTP {status} without the documented JSON", status=exchange.status))
    if success is False:
        return Verdict(ResponseClass.REJECTED, "refused", said or tr('the answer says "success": false'))
    if success is None and contact.id is None:
        return _in_doubt(tr("HTTP {status} without success or contact", status=exchange.status))
    for name, asked, shown in (
        (_PHONE_NUMBER, change.phone_number or phone, contact.phone_number),
        ("id", contact_id, contact.id),
        ("status", change.status, contact.status),
        ("campaign", change.campaign_id, contact.campaign_id),
    ):
        if asked is not None and shown is not None and asked.lower() != shown.lower():
            return _in_doubt(tr("the answer shows another {name} than requested", name=tr(name)))
    doubt = _doubt(exchange.status, fault)
    if doubt is not None and not matches(contact, change):
        return _in_doubt(doubt)
    return Verdict(ResponseClass.SUCCEEDED, "confirmed", said, contact.id)


def _doubt(status: int | None, fault: str | None) -> str | None:
    """Why an answer that says success may be none, unless it shows the contact as requested."""
    if fault is not None:
        return tr("HTTP {status} with an error: {fault}", status=status, fault=fault)
    if status in _NOT_ALL_DONE:
        return tr("HTTP {status} means that the request was accepted, not that it was done", status=status)
    return None


def _parse(body: bytes) -> tuple[str, bool | None, Contact | None, str | None]:
    """What a success says in words, whether it says that it is one, the contact that it shows (`None`: it is no JSON
    object), and the error that it names all the same."""
    answer = decode_json(body)
    if not isinstance(answer, dict):
        return "", None, None, None
    error = answer.get("error") or answer.get("errors")
    fault = _plain(error_text(error)) if error else None
    said = _plain(error_text(answer.get("message"))) or fault or ""
    return said, parse_flag(answer.get("success")), _check_contact(answer), fault


_read_success = lru_cache(maxsize=8)(_parse)


def _in_doubt(why: str) -> Verdict:
    return Verdict(ResponseClass.UNREADABLE, "unreadable_answer", why)


def _check_contact(answer: dict[str, object]) -> Contact:
    """The contact that an answer shows, in one of the pages' envelopes or in none. One of another shape than documented
    is no reason to doubt a success."""
    if isinstance(answer.get("contact"), dict):
        return parse_contact(answer["contact"])
    shown = (found for found in (answer.get("data"), answer) if isinstance(found, dict))
    seen = (parse_contact(found) for found in shown if not found.keys().isdisjoint(ID_NAMES))
    return next((contact for contact in seen if contact.id is not None), Contact())


def _error_text(body: bytes) -> str | None:
    """The server's words on an error, maybe empty; `None` where the body is no JSON that says anything."""
    answer = decode_json(body)
    if isinstance(answer, dict):
        return _plain(": ".join(filter(None, (error_text(answer.get("error")), error_text(answer.get("message"))))))
    return _plain(error_text(answer)) or None


def _plain(text: str) -> str:
    """The text on one line, without control characters and of bounded length: it is the server's, not ours."""
    printable = text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)
    return printable[:_MESSAGE_LENGTH].strip()
