"""The examples of the vendor's three pages, word for word, against the sandbox."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from unit.sandbox.conftest import Launch, Sandbox, Start

FULFILL = r"""
  curl -X POST https://api.guayaba.ai/contacts/fulfill \
    -H "Content-Type: application/json" \
    -H "X-API-Key: gua_a1b2c3d4_your-api-key-here" \
    -d '{
      "phone": "+11234567890"
    }'
"""
FULFILLED = """
  {
    "success": true,
    "message": "Contact marked as fulfilled successfully"
  }
"""
UPDATE_STATUS = r"""
  curl -X POST https://api.guayaba.ai/contacts/update \
    -H "Content-Type: application/json" \
    -H "X-API-Key: gua_a1b2c3d4_your-api-key-here" \
    -d '{
      "phone": "+11234567890",
      "status": "fulfilled"
    }'
"""
UPDATED = """
  {
    "success": true,
    "message": "Contact updated successfully",
    "contact": {
      "id": "contact-uuid-here",
      "phoneNumber": "+11234567890",
      "name": "John Doe",
      "campaignId": "550e8400-e29b-41d4-a716-446655440000",
      "status": "fulfilled",
      "fulfilledAt": "2026-04-22T15:30:00.000Z",
      "updatedAt": "2026-04-22T15:30:00.000Z"
    }
  }
"""
UPDATE_CAMPAIGN = r"""
  curl -X POST https://api.guayaba.ai/contacts/update \
    -H "Content-Type: application/json" \
    -H "X-API-Key: gua_a1b2c3d4_your-api-key-here" \
    -d '{
      "phone": "+11234567890",
      "campaignId": "550e8400-e29b-41d4-a716-446655440000"
    }'
"""
UPDATE_BOTH = r"""
  curl -X POST https://api.guayaba.ai/contacts/update \
    -H "Content-Type: application/json" \
    -H "X-API-Key: gua_a1b2c3d4_your-api-key-here" \
    -d '{
      "phone": "+11234567890",
      "status": "active",
      "campaignId": "550e8400-e29b-41d4-a716-446655440000"
    }'
"""
PUT = r"""
curl -X PUT https://api.guayaba.ai/contacts/550e8400-e29b-41d4-a716-446655440000 \
  -H "Content-Type: application/json" \
  -H "X-API-Key: gua_a1b2c3d4_your-api-key-here" \
  -d '{
    "status": "paused",
    "customVariables": {
      "email": "new@example.com"
    }
  }'
"""
PUT_DONE = """
{
  "success": true,
  "message": "Contact updated successfully",
  "contact": {
    "id": "550e8400-e29b-41d4-a716-446655440000",
    "phoneNumber": "+11234567890",
    "name": "John Doe",
    "status": "paused",
    "campaignId": "d290f1ee-6c54-4b01-90e6-d701748f0851",
    "customVariables": {
      "email": "new@example.com"
    },
    "updatedAt": "2026-01-20T15:00:00.000Z"
  }
}
"""
NOT_FULFILLED = json.dumps(
    {
        "success": True,
        "message": "Contact updated successfully",
        "contact": {field: value for field, value in json.loads(UPDATED)["contact"].items() if field != "fulfilledAt"},
    }
)
EXAMPLES = [
    pytest.param(FULFILL, FULFILLED, {}, id="fulfill"),
    pytest.param(UPDATE_STATUS, UPDATED, {"status": "fulfilled"}, id="update-status"),
    pytest.param(UPDATE_CAMPAIGN, NOT_FULFILLED, {}, id="move-to-campaign"),
    pytest.param(UPDATE_BOTH, NOT_FULFILLED, {"status": "active"}, id="update-both"),
    pytest.param(
        PUT,
        PUT_DONE,
        {
            "id": "550e8400-e29b-41d4-a716-446655440000",
            "name": "John Doe",
            "status": "paused",
            "campaignId": "d290f1ee-6c54-4b01-90e6-d701748f0851",
            "customVariables": {"email": "new@example.com"},
        },
        id="put",
    ),
]


def _run(example: str, host: str) -> Any:
    """The JSON that an example answers when its host, and nothing else, is replaced."""
    command = example.replace("https://api.guayaba.ai", host).replace("curl ", "curl -sS --fail ", 1)
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on this machine")
@pytest.mark.parametrize(("command", "documented", "values"), EXAMPLES)
def test_every_curl_example_of_the_pages_gives_its_documented_answer(
    launch: Launch, command: str, documented: str, values: dict[str, Any]
) -> None:
    """Each example runs unchanged but for its host and gives the documented fields, in the documented order."""
    _, sandbox = launch()
    answer, expected = _run(command, sandbox.url), json.loads(documented)
    assert list(answer) == list(expected)
    assert answer["success"] is True and answer["message"] == expected["message"]
    contact = answer.get("contact", {})
    assert list(contact) == list(expected.get("contact", {}))
    assert {field: contact[field] for field in values} == values
    for field in contact.keys() & {"updatedAt", "fulfilledAt"}:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", contact[field])


UPDATE_400 = ("Validation error", "At least one of status or campaignId must be provided")
PHONE_400 = ("Validation error", "Invalid phone number")
KNOWN = "+11234567890"
CAMPAIGN = "550e8400-e29b-41d4-a716-446655440000"
NOBODY = "+12125550199"
SAMPLE = "/contacts/d290f1ee-6c54-4b01-90e6-d701748f0851"

REFUSALS: list[tuple[str, str, str, Any, int, tuple[str, str]]] = [
    # why, method, path, body, status, (error, message)
    ("documented", "POST", "/contacts/fulfill", {"phone": "12"}, 400, PHONE_400),
    ("documented", "POST", "/contacts/fulfill", {"phone": NOBODY}, 404, ("Not found", "Contact not found")),
    ("documented", "POST", "/contacts/update", {"phone": KNOWN}, 400, UPDATE_400),
    (
        "documented",
        "POST",
        "/contacts/update",
        {"phone": NOBODY, "status": "DNC"},
        404,
        ("Not found", "Contact not found"),
    ),
    ("phone is not phoneNumber here", "POST", "/contacts/fulfill", {"phoneNumber": KNOWN}, 400, PHONE_400),
    ("phoneNumber is not phone there", "POST", "/contacts", {"phone": KNOWN, "campaignId": CAMPAIGN}, 400, PHONE_400),
    ("no plus", "POST", "/contacts/fulfill", {"phone": "11234567890"}, 400, PHONE_400),
    ("a number, not a string", "POST", "/contacts/fulfill", {"phone": 11234567890}, 400, PHONE_400),
    ("digits of another script", "POST", "/contacts/fulfill", {"phone": "+1123456789٠"}, 400, PHONE_400),
    ("a line end after it", "POST", "/contacts/fulfill", {"phone": KNOWN + "\n"}, 400, PHONE_400),
    (
        "unknown status",
        "POST",
        "/contacts/update",
        {"phone": KNOWN, "status": "gone"},
        400,
        ("Validation error", "Invalid status: gone"),
    ),
    (
        "names are case-sensitive",
        "POST",
        "/contacts/update",
        {"phone": KNOWN, "status": "dnc"},
        400,
        ("Validation error", "Invalid status: dnc"),
    ),
    (
        "null is no status",
        "POST",
        "/contacts/update",
        {"phone": KNOWN, "status": None},
        400,
        ("Validation error", "status must be a string"),
    ),
    (
        "malformed UUID",
        "POST",
        "/contacts/update",
        {"phone": KNOWN, "campaignId": "7"},
        400,
        ("Validation error", "campaignId must be a UUID"),
    ),
    (
        "unknown campaign",
        "POST",
        "/contacts/update",
        {"phone": KNOWN, "campaignId": "00000000-0000-0000-0000-000000000000"},
        404,
        ("Not found", "Campaign not found"),
    ),
    ("a list", "POST", "/contacts/update", [], 400, ("Validation error", "Request body must be a JSON object")),
    (
        "no known field",
        "PUT",
        SAMPLE,
        {"nickname": "J"},
        400,
        ("Validation error", "At least one field must be provided"),
    ),
    ("malformed id", "PUT", "/contacts/7", {"name": "J"}, 400, ("Validation error", "id must be a UUID")),
    (
        "unknown id",
        "PUT",
        "/contacts/00000000-0000-0000-0000-000000000000",
        {"name": "J"},
        404,
        ("Not found", "Contact not found"),
    ),
    (
        "name over 255",
        "PUT",
        SAMPLE,
        {"name": "x" * 256},
        400,
        ("Validation error", "name must be at most 255 characters"),
    ),
    (
        "no such zone",
        "PUT",
        SAMPLE,
        {"timezone": "Mars/Base"},
        400,
        ("Validation error", "timezone must be an IANA timezone, like America/New_York"),
    ),
    (
        "a folder of the zone database",
        "PUT",
        SAMPLE,
        {"timezone": "America"},
        400,
        ("Validation error", "timezone must be an IANA timezone, like America/New_York"),
    ),
    (
        "a path out of the zone database",
        "PUT",
        SAMPLE,
        {"timezone": "../../etc/passwd"},
        400,
        ("Validation error", "timezone must be an IANA timezone, like America/New_York"),
    ),
    (
        "another contact's number",
        "PUT",
        SAMPLE,
        {"phoneNumber": "+15551234567"},
        400,
        ("Validation error", "Phone number already exists"),
    ),
    (
        "a list of variables",
        "PUT",
        SAMPLE,
        {"customVariables": []},
        400,
        ("Validation error", "customVariables must be an object"),
    ),
    (
        "a nested variable",
        "PUT",
        SAMPLE,
        {"customVariables": {"a": {}}},
        400,
        ("Validation error", "customVariables.a must be a string, number, boolean or null"),
    ),
    (
        "no campaign",
        "POST",
        "/contacts",
        {"phoneNumber": NOBODY},
        400,
        ("Validation error", "campaignId or splitterId is required"),
    ),
    (
        "appointments need an email",
        "POST",
        "/contacts",
        {"phoneNumber": NOBODY, "campaignId": "3f2b8f0e-6a3c-4c52-9a43-0d8f5a0a7c11"},
        400,
        ("Validation error", "customVariables.email is required for this campaign"),
    ),
    (
        "a splitter takes strings only",
        "POST",
        "/contacts",
        {"phoneNumber": NOBODY, "splitterId": CAMPAIGN, "customVariables": {"n": 5}},
        400,
        ("Validation error", "customVariables.n must be a string"),
    ),
    ("no such path", "POST", "/contacts/delete", {}, 405, ("Method not allowed", "Cannot POST /contacts/delete")),
    ("no such path", "GET", "/nowhere", None, 404, ("Not found", "Cannot GET /nowhere")),
    ("no such method", "PUT", "/contacts/fulfill", {}, 405, ("Method not allowed", "Cannot PUT /contacts/fulfill")),
    ("page 0", "GET", "/contacts?page=0", None, 400, ("Validation error", "page must be a positive integer")),
    (
        "an unknown sort",
        "GET",
        "/contacts?sortBy=updatedAt",
        None,
        400,
        ("Validation error", "sortBy must be one of: createdAt, fulfilledAt, reAddedAt"),
    ),
]


def test_every_refusal_has_its_documented_status_and_body(sandbox: Sandbox) -> None:
    """An error answer is {error, message} with the page's own words, and nothing was written."""
    for why, method, path, body, status, (error, message) in REFUSALS:
        answer = sandbox.http.request(method, path, json=body)
        assert (answer.status_code, answer.json()) == (status, {"error": error, "message": message}), why
    assert sandbox.book("effects") == []


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'{"phone": NaN}',
        b'{"phone":"\xff"}',
        b'{"a":"\\ud800"}',
        b"[" * 100_000,
        b'{"n":' + b"9" * 5000 + b"}",
    ],
    ids=["empty", "cut", "NaN", "not UTF-8", "half a character", "too deep", "too many digits"],
)
def test_what_is_not_json_is_a_400(sandbox: Sandbox, raw: bytes) -> None:
    """A body that no JSON reader can use is refused in the documented shape, never answered 500."""
    answer = sandbox.http.post("/contacts/update", content=raw)
    assert answer.status_code == 400
    assert answer.json() == {"error": "Validation error", "message": "Request body must be valid JSON"}


def test_a_body_over_one_mebibyte_is_a_413(sandbox: Sandbox) -> None:
    """A huge body is refused with the rate headers, and the connection still serves the next request."""
    answer = sandbox.http.post("/contacts/update", content=b" " * (1 << 20) + b"{}")
    assert answer.status_code == 413 and "X-RateLimit-Limit" in answer.headers
    assert sandbox.update(status="paused").status_code == 200


KEYS = [
    ("no key", None),
    ("an empty one", ""),
    ("another prefix", "sk_live_1"),
    ("nothing after the prefix", "gua_"),
    ("revoked, by convention", "gua_revoked_1"),
]


@pytest.mark.parametrize(("why", "key"), KEYS, ids=[why for why, _ in KEYS])
def test_a_refused_key_is_a_401_before_anything_else(start: Start, why: str, key: str | None) -> None:
    """Without an accepted key, every path, method and body is answered by the documented 401 and its headers."""
    http = start().http
    del http.headers["X-API-Key"]
    headers = {} if key is None else {"X-API-Key": key}
    for method, path in [("POST", "/contacts/update"), ("GET", "/contacts"), ("DELETE", "/nowhere")]:
        answer = http.request(method, path, headers=headers, content=b"{")
        assert answer.status_code == 401, why
        assert answer.json() == {"error": "Unauthorized", "message": "Invalid or missing API key"}
        assert answer.headers["X-RateLimit-Remaining"] == answer.headers["X-RateLimit-Limit"]


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("/contacts", "GET, POST"), ("/contacts/fulfill", "POST"), (SAMPLE, "PUT"), ("/campaigns", "GET")],
)
def test_a_405_says_what_is_allowed(sandbox: Sandbox, path: str, allowed: str) -> None:
    """Another method of a known path is answered with the methods that there are."""
    answer = sandbox.http.delete(path)
    assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)
