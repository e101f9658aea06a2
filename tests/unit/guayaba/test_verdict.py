"""The verdict table: status, body and failure -> what it means for the row."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.guayaba.exchange import Exchange, Failure
from batch.guayaba.verdict import ResponseClass, verdict
from batch.model import ContactChange

PHONE = "+12125550100"
DNC = ContactChange(status="DNC")


def answer(**fields: object) -> bytes:
    return json.dumps(fields).encode()


UPDATED = answer(success=True, message="Contact updated successfully", contact={"id": "c1", "phoneNumber": PHONE,
                 "status": "DNC", "name": None, "campaignId": None})  # fmt: skip

TABLE = [
    (Exchange(200, UPDATED), ResponseClass.SUCCEEDED, "confirmed", "the documented answer of /contacts/update"),
    (Exchange(200, answer(success=True, message="Contact marked as fulfilled successfully")), ResponseClass.SUCCEEDED,
     "confirmed", "/contacts/fulfill answers without a contact"),
    (Exchange(201, answer(success=True)), ResponseClass.SUCCEEDED, "confirmed", "any 2xx that says success"),
    (Exchange(200, answer(success=True, contact="?")), ResponseClass.SUCCEEDED, "confirmed",
     "a contact of an odd shape does not undo a success"),
    (Exchange(200, answer(contact={"id": "c1", "phoneNumber": PHONE})), ResponseClass.SUCCEEDED, "confirmed",
     "tolerant: the contact without the word success"),
    (Exchange(200, answer(success=False, error="no")), ResponseClass.REJECTED, "refused", "a 200 that says no"),
    (Exchange(200, answer(success="false")), ResponseClass.REJECTED, "refused", "in whatever type"),
    (Exchange(200, answer(success="true", message={"en": "ok"})), ResponseClass.SUCCEEDED, "confirmed", "or says yes"),
    (Exchange(200, answer(data={"id": "c1", "phoneNumber": PHONE, "status": "DNC"})), ResponseClass.SUCCEEDED,
    "confirmed",
     "the envelope of POST /contacts"),
    (Exchange(200, answer(id="c1", phoneNumber=PHONE, status="DNC")), ResponseClass.SUCCEEDED, "confirmed",
    "no envelope"),
    (Exchange(200, answer(success=True, data={"id": "c1", "status": "active"})), ResponseClass.UNREADABLE,
     "unreadable_answer", "another status, in whatever envelope"),
    (Exchange(200, answer(success=True, contact={"id": 7, "status": "active"})), ResponseClass.UNREADABLE,
     "unreadable_answer", "another status, whatever the type of an id beside it"),
    (Exchange(200, answer(success=True, status=200)), ResponseClass.SUCCEEDED, "confirmed",
    "this status is no contact's"),
    (Exchange(200, answer(success=True, contact={"id": "c1", "status": "dnc"})), ResponseClass.SUCCEEDED, "confirmed",
     "capitals aside: what was asked is what was listed"),
    (Exchange(200, answer(success=True, contact={"id": "c1", "phoneNumber": "1 (212) 555-0100"})),
    ResponseClass.SUCCEEDED,
     "confirmed", "a number without its +"),
    (Exchange(200, answer(success=True, contact={"id": "c1", "phoneNumber": "(212) 555-0100"})),
    ResponseClass.SUCCEEDED,
     "confirmed", "a number that cannot be compared is none"),
    (Exchange(202, answer(success=True)), ResponseClass.UNREADABLE, "unreadable_answer",
    "taken in is not done: read back"),
    (Exchange(202, UPDATED), ResponseClass.SUCCEEDED, "confirmed", "unless it shows that it is"),
    (Exchange(207, answer(success=True)), ResponseClass.UNREADABLE, "unreadable_answer",
    "some parts are done, and it does not say which"),
    (Exchange(207, UPDATED), ResponseClass.SUCCEEDED, "confirmed", "unless it shows this one"),
    (Exchange(200, answer(success=True, error="Contact not found")), ResponseClass.UNREADABLE, "unreadable_answer",
     "it names an error beside its success"),
    (Exchange(200, answer(success=True, errors=[{"phone": PHONE}])), ResponseClass.UNREADABLE, "unreadable_answer",
     "or a list of them, in whatever shape"),
    (Exchange(200, answer(contact={"id": "c1"}, error="Not found")), ResponseClass.UNREADABLE, "unreadable_answer",
     "or beside a contact that does not show the change"),
    (Exchange(200, answer(success=True, error=None, errors=[])), ResponseClass.SUCCEEDED, "confirmed", "or none"),
    (Exchange(200, b"<html>log in</html>"), ResponseClass.UNREADABLE, "unreadable_answer",
    "a captive portal is no success"),
    (Exchange(200, b""), ResponseClass.UNREADABLE, "unreadable_answer", "nor is an empty answer"),
    (Exchange(204), ResponseClass.UNREADABLE, "unreadable_answer", "nor a 204: no page documents it"),
    (Exchange(200, b"[]"), ResponseClass.UNREADABLE, "unreadable_answer", "nor JSON of another shape"),
    (Exchange(200, b"{}"), ResponseClass.UNREADABLE, "unreadable_answer", "nor JSON that says nothing"),
    (Exchange(200, b'{"success": "\xff"}'), ResponseClass.UNREADABLE, "unreadable_answer", "nor broken UTF-8"),
    (Exchange(200, answer(success=True, contact={"id": "c2", "phoneNumber": "+12125550199"})), ResponseClass.UNREADABLE,
     "unreadable_answer", "an answer about another number is not about this row"),
    (Exchange(200, answer(success=True, contact={"id": "c1", "status": "active"})), ResponseClass.UNREADABLE,
     "unreadable_answer", "an answer that shows another status than asked"),
    (Exchange(301, b""), ResponseClass.REJECTED, "redirected", "a redirect is an error, and never followed"),
    (Exchange(307, b""), ResponseClass.REJECTED, "redirected", "of any kind"),
    (Exchange(400, answer(error="Validation error", message="Invalid phone number")), ResponseClass.REJECTED,
    "bad_request",
     "documented 400"),
    (Exchange(401, answer(error="Unauthorized", message="Invalid or missing API key")), ResponseClass.HALT,
    "key_refused",
     "the key is refused: stop"),
    (Exchange(403, b""), ResponseClass.HALT, "key_refused", "not documented, but means the same"),
    (Exchange(404, answer(error="Not found", message="Contact not found")), ResponseClass.NOT_FOUND,
    "contact_not_found",
     "documented 404"),
    (Exchange(404, answer(error={"code": "not_found", "message": "Contact not found"})), ResponseClass.NOT_FOUND,
     "contact_not_found", "the words of an error may be in an object"),
    (Exchange(404, answer(message=["Contact not found"])), ResponseClass.NOT_FOUND, "contact_not_found",
    "or in a list"),
    (Exchange(404, b'"Contact not found"'), ResponseClass.NOT_FOUND, "contact_not_found", "or alone"),
    (Exchange(404, b"<html>nginx</html>"), ResponseClass.REJECTED, "refused",
    "somebody's 404, not the API's: a wrong path"),
    (Exchange(200, answer(success=True, contact={"id": "c1", "campaignId": "c-2"})), ResponseClass.SUCCEEDED,
    "confirmed",
     "a campaign that was not asked for does not matter"),
    (Exchange(408, b""), ResponseClass.RETRY, "server_error", "the server gave up waiting for us: not acted upon"),
    (Exchange(409, b""), ResponseClass.REJECTED, "refused", "other final 4xx"),
    (Exchange(413, b""), ResponseClass.REJECTED, "refused", "other final 4xx"),
    (Exchange(429, answer(error="Too many requests", retryAfter=45)), ResponseClass.THROTTLED, "throttled",
    "429, one body"),
    (Exchange(429, answer(error="Rate limit exceeded", message="Too many requests")), ResponseClass.THROTTLED,
    "throttled",
     "429, the other body"),
    (Exchange(500, b""), ResponseClass.IN_DOUBT, "server_error", "it broke: before or after the effect is not known"),
    (Exchange(502, b"<html>"), ResponseClass.IN_DOUBT, "server_error", "a proxy lost the answer"),
    (Exchange(503, answer(error="Service unavailable")), ResponseClass.RETRY, "server_error",
    "documented: retry shortly"),
    (Exchange(504, b""), ResponseClass.IN_DOUBT, "server_error", "a proxy waited too long"),
    (Exchange(failure=Failure.NEVER_LEFT, detail="refused"), ResponseClass.UNREACHABLE, "outage", "nothing was sent"),
    (Exchange(failure=Failure.NO_ANSWER, detail="cut"), ResponseClass.IN_DOUBT, "no_answer", "it may have arrived"),
]  # fmt: skip


@pytest.mark.parametrize(("exchange", "meaning", "code", "reason"), TABLE)
def test_verdict(exchange: Exchange, meaning: ResponseClass, code: str, reason: str) -> None:
    """Each exchange means what its row says, for its reason."""
    found = verdict(exchange, DNC, PHONE)
    assert (found.meaning, found.code) == (meaning, code), reason


def test_a_new_number_is_what_the_answer_must_show() -> None:
    """When the number itself is changed, an answer with the new number is the confirmation."""
    moved = answer(success=True, contact={"id": "c1", "phoneNumber": "+12125550111"})
    assert (
        verdict(Exchange(200, moved), ContactChange(phone_number="+12125550111"), PHONE).meaning
        is ResponseClass.SUCCEEDED
    )


def test_an_answer_about_another_contact_or_campaign_is_not_believed() -> None:
    """update-by-id: the answer's id, and the campaign that was asked, must be the same, capitals aside."""
    shown = Exchange(200, answer(success=True, contact={"id": "AB-1", "campaignId": "CD-2"}))
    assert verdict(shown, ContactChange(campaign_id="cd-2"), None, "ab-1").meaning is ResponseClass.SUCCEEDED
    assert verdict(shown, ContactChange(campaign_id="cd-9"), None, "ab-1").meaning is ResponseClass.UNREADABLE
    assert verdict(shown, ContactChange(campaign_id="cd-2"), None, "ab-9").meaning is ResponseClass.UNREADABLE


def test_the_servers_words_are_kept_on_one_printable_line() -> None:
    """A message of the server's is kept, bounded, without control characters."""
    said = verdict(Exchange(400, answer(error="bad", message="a\nb\x1b[2J" + "x" * 999)), DNC, PHONE).message
    assert said.startswith("bad: a b [2J")
    assert said.isprintable()
    assert len(said) <= 300


@given(st.integers(100, 599), st.binary(max_size=200))
def test_only_a_2xx_is_ever_a_success(status: int, body: bytes) -> None:
    """No body makes a status outside 200 to 299 a success, and no body raises anything."""
    found = verdict(Exchange(status, body), DNC, PHONE)
    assert found.meaning is not ResponseClass.SUCCEEDED or 200 <= status < 300
