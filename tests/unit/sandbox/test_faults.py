"""The fault grammar, and each fault as a caller and the judge see it."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest

from batch.sandbox.errors import SandboxError
from batch.sandbox.faults import KINDS, Faults, parse

if TYPE_CHECKING:
    from unit.sandbox.conftest import Sandbox, Start

ALL_SIX = ["call", "call", "sms", "sms", "trigger", "whatsapp"]
#: Seconds of a caller that does not wait for a hang; a busy machine may take longer to connect.
IMPATIENT = httpx.Timeout(5, read=0.1)
CLOSED = httpx.RemoteProtocolError, httpx.ReadError

BAD_SPECS = [
    ("no such kind", "explode@5%", "There are: reset-before, hang:SECONDS"),
    ("no value", "status", "status:CODE"),
    ("no status", "status:999", "status:CODE"),
    ("informational statuses are no answer", "status:101", "status:CODE"),
    ("a value too many", "throttle:3", "throttle"),
    ("no such selector", "status:500@5", "N%, every:N"),
    ("zero is no turn", "status:500@every:0", "every:N"),
    ("no such option", "status:503,after:2", "retry-after:SECONDS"),
    ("an option of another kind", "slow:5,retry-after:2", "no option of slow"),
    ("half a range", "outage:10", "outage:A-B"),
    ("empty", "", "no fault ''"),
]


@pytest.mark.parametrize(("why", "spec", "says"), BAD_SPECS, ids=[row[0] for row in BAD_SPECS])
def test_a_spec_that_cannot_be_read_says_what_there_is(why: str, spec: str, says: str) -> None:
    """The error names the spec and the form that was expected."""
    with pytest.raises(SandboxError) as raised:
        parse(spec)
    assert says in str(raised.value) and str(raised.value).startswith(f"--fault {spec}:"), why


SELECTIONS: list[tuple[str, list[int]]] = [
    # spec, which of ten writes it strikes
    ("throttle", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
    ("throttle@nth:3", [3]),
    ("throttle@every:4", [4, 8]),
    ("throttle@first:2", [1, 2]),
    ("throttle@after:8", [9, 10]),
    ("throttle@after:2@every:3", [3, 6, 9]),
    ("throttle@first:6@after:4", [5, 6]),
    ("throttle@0%", []),
    ("throttle@100%", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
    ("throttle@PUT", []),
    ("throttle@reads", []),
    ("throttle@any", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
    ("throttle@/contacts/up@nth:2", [2]),
    ("throttle@/campaigns", []),
    ("throttle@seconds:3-5", [3, 4]),
    ("outage:3-5", [3, 4]),
    ("revoke-after:8", [8, 9, 10]),
    ("revoke@nth:8", [8, 9, 10]),
]


@pytest.mark.parametrize(("spec", "expected"), SELECTIONS, ids=[row[0] for row in SELECTIONS])
def test_selectors_choose_requests(spec: str, expected: list[int]) -> None:
    """Of ten writes, one a second from second 1, just the expected ones are struck."""
    plan = Faults((parse(spec),))
    struck = [turn for turn in range(1, 11) if plan.strike("POST", "/contacts/update", "write", turn).faults]
    assert struck == expected


def test_a_share_is_met_and_repeats_with_its_seed() -> None:
    """5% of 4,000 requests is about 200 of them, the same ones each time, others with another seed."""

    def run(seed: int) -> list[bool]:
        plan = Faults((parse("status:500@5%"),), seed)
        return [bool(plan.strike("POST", "/contacts/update", "write", 0).faults) for _ in range(4_000)]

    assert 150 < sum(run(1)) < 250
    assert run(1) == run(1) != run(2)


UNHEARD = ["reset-before", "hang:0.05", "outage:0-60"]
CUT = ["cut-after", "hang-after:0.05", "cut-body"]


@pytest.mark.parametrize("spec", UNHEARD)
def test_an_unheard_request_has_no_effect(start: Start, spec: str) -> None:
    """The connection closes without an answer, nothing changed or was counted, and the log knows."""
    sandbox = start(faults=(spec,))
    with pytest.raises(CLOSED):
        sandbox.update(status="DNC")
    assert sandbox.pending() == ALL_SIX
    (row,) = sandbox.book("requests")
    assert (row["status"], row["decided"], row["fault"], row["counted"]) == (None, None, spec, False)


@pytest.mark.parametrize("spec", CUT)
def test_a_cut_answer_leaves_its_effect(start: Start, spec: str) -> None:
    """The connection closes before a whole answer, but the contact is changed, counted, and the log knows."""
    sandbox = start(faults=(f"{spec}@nth:1",))
    with pytest.raises(CLOSED):
        sandbox.update(status="DNC")
    assert sandbox.pending() == []
    (row,) = sandbox.book("requests")
    assert (row["decided"], row["fault"], row["counted"]) == (200, f"{spec}@nth:1", True)
    assert row["status"] == (200 if spec == "cut-body" else None)
    assert sandbox.update(status="paused").status_code == 200


def test_reset_before_is_a_tcp_reset_and_cut_after_an_orderly_end(start: Start) -> None:
    """The two ends of a connection differ on the wire as they do in life."""
    request = b"POST /contacts/update HTTP/1.1\r\nHost: x\r\nX-API-Key: gua_1\r\nContent-Length: 2\r\n\r\n{}"
    for spec, expected in [("reset-before", "reset"), ("cut-after", "end")]:
        url = urlsplit(start(faults=(spec,)).url)
        with socket.create_connection((url.hostname, url.port), timeout=5) as sock:
            sock.sendall(request)
            try:
                seen = "end" if sock.recv(100) == b"" else "answer"
            except ConnectionResetError:
                seen = "reset"
        assert seen == expected, spec


def test_a_hang_is_silent_for_its_time(start: Start) -> None:
    """A caller that waits less than the hang times out; nothing was written before or after."""
    sandbox = start(faults=("hang:0.4@nth:1",))
    with pytest.raises(httpx.ReadTimeout):
        sandbox.http.post("/contacts/update", json={"phone": "+11234567890", "status": "DNC"}, timeout=IMPATIENT)
    time.sleep(0.4)
    assert sandbox.pending() == ALL_SIX


def test_hang_after_has_its_effect_at_once(start: Start) -> None:
    """A caller that times out finds the effect when it reads back."""
    sandbox = start(faults=("hang-after:0.5@nth:1",))
    with pytest.raises(httpx.ReadTimeout):
        sandbox.http.post("/contacts/update", json={"phone": "+11234567890", "status": "DNC"}, timeout=IMPATIENT)
    listed = sandbox.http.get("/contacts", params={"search": "1234567890"}).json()["contacts"]
    assert listed[0]["status"] == "DNC"


def _seen(sandbox: Sandbox) -> tuple[httpx.Response, list[str]]:
    """The answer to one write, and what is still scheduled after it."""
    return sandbox.update(status="DNC"), sandbox.pending()


@pytest.mark.parametrize("code", [204, 302, 400, 404, 418, 429, 500, 502, 503, 599])
def test_status_answers_without_effect(start: Start, code: int) -> None:
    """Any status can be answered in the API's place, with the rate headers, counted, without effect."""
    sandbox = start(faults=(f"status:{code},retry-after:2",))
    answer, pending = _seen(sandbox)
    assert answer.status_code == code and answer.headers["Retry-After"] == "2"
    assert answer.headers["X-RateLimit-Remaining"] == "29"
    assert pending == ALL_SIX
    assert code == 204 or set(answer.json()) == {"error", "message"}
    assert sandbox.book("requests")[0]["decided"] is None


def test_status_after_answers_with_the_effect(start: Start) -> None:
    """A 500 can hide a write that took place."""
    answer, pending = _seen(start(faults=("status-after:500",)))
    assert answer.status_code == 500 and pending == []
    assert answer.headers["X-RateLimit-Remaining"] == "29"


def test_throttle_refuses_without_reason(start: Start) -> None:
    """A 429 comes with Remaining over 0; it is not counted and has no effect."""
    sandbox = start(faults=("throttle,retry-after:3@nth:1",))
    answer, pending = _seen(sandbox)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3")
    assert answer.json() == {"error": "Rate limit exceeded", "message": "Too many requests"}
    assert pending == ALL_SIX
    assert sandbox.book("requests")[0]["counted"] is False
    assert sandbox.update(status="paused").headers["X-RateLimit-Remaining"] == "29"


def test_html_and_empty_hide_a_success(start: Start) -> None:
    """A 200 may be no JSON at all, although the write took place."""
    answer, pending = _seen(start(faults=("html",)))
    assert answer.headers["Content-Type"].startswith("text/html") and pending == []
    answer, pending = _seen(start(faults=("empty",)))
    assert (answer.status_code, answer.content, pending) == (200, b"", [])


def test_redirect_points_elsewhere(start: Start) -> None:
    """A 307 names the given place and has no effect."""
    answer, pending = _seen(start(faults=("redirect:http://127.0.0.1:9/trap",)))
    assert (answer.status_code, answer.headers["Location"]) == (307, "http://127.0.0.1:9/trap")
    assert pending == ALL_SIX


def test_a_revoked_key_stays_revoked_for_reads_too(start: Start) -> None:
    """From the second write on, everything is answered by the documented 401."""
    sandbox = start(faults=("revoke-after:2",))
    assert sandbox.http.get("/contacts").status_code == 200
    assert sandbox.update(status="paused").status_code == 200
    assert sandbox.update(status="DNC").status_code == 401
    assert sandbox.http.get("/contacts").json()["error"] == "Unauthorized"


def test_slow_answers_late(start: Start) -> None:
    """The answer comes that much later, beside the latency of every answer."""
    sandbox = start(faults=("slow:1000",), latency_ms=50)
    began = time.monotonic()
    sandbox.update(status="DNC")
    assert time.monotonic() - began >= 1.05
    began = time.monotonic()
    sandbox.http.get("/contacts")
    assert time.monotonic() - began >= 0.05
    assert [row["fault"] for row in sandbox.book("requests")] == ["slow:1000", None], "the read was not slowed"


def test_the_limit_can_change_on_the_way(start: Start) -> None:
    """After two writes at 30 a minute the limit is 3: one more passes."""
    sandbox = start(faults=("limit:3@after:2",))
    seen = [sandbox.update(status="paused") for _ in range(4)]
    assert [answer.status_code for answer in seen] == [200, 200, 200, 429]
    assert [answer.headers["X-RateLimit-Limit"] for answer in seen] == ["30", "30", "3", "3"]


def test_headers_can_lie_or_be_absent(start: Start) -> None:
    """Remaining can be any number, and the three headers can be gone, while the window stays what it is."""
    lying = start(faults=("lie-remaining:0@nth:1",))
    assert [lying.update(status="DNC").headers["X-RateLimit-Remaining"] for _ in range(2)] == ["0", "28"]
    silent = start(faults=("no-limit-headers",)).update(status="DNC")
    assert not [name for name in silent.headers if name.startswith("x-ratelimit")]


@pytest.mark.parametrize("seconds", [120, -3600])
def test_the_servers_clock_can_be_off(start: Start, seconds: int) -> None:
    """Date and X-RateLimit-Reset move together; Retry-After does not."""
    from email.utils import parsedate_to_datetime

    sandbox = start(faults=(f"skew:{seconds}",), writes_per_minute=1)
    sandbox.update(status="DNC")
    refused = sandbox.update(status="DNC")
    shown = parsedate_to_datetime(refused.headers["Date"]).timestamp()
    assert abs(shown - time.time() - seconds) < 30
    assert abs(int(refused.headers["X-RateLimit-Reset"]) - shown - int(refused.headers["Retry-After"])) <= 2


def test_tunings_add_to_the_one_main_fault(start: Start) -> None:
    """Of several faults the tunings all hold and the first other one decides; the log names just those."""
    sandbox = start(faults=("lie-remaining:7", "status:503", "cut-after", "slow:1"))
    answer, pending = _seen(sandbox)
    assert (answer.status_code, answer.headers["X-RateLimit-Remaining"]) == (503, "7") and pending == ALL_SIX
    assert sandbox.book("requests")[0]["fault"] == "lie-remaining:7 status:503 slow:1"


def test_a_refused_request_is_spared_and_the_log_says_so(start: Start) -> None:
    """A 401 and a 429 come before a fault that would spoil the answer; the log names only what was carried out."""
    sandbox = start(faults=("cut-after@after:1", "slow:1"), writes_per_minute=1)
    sandbox.update(status="paused")
    assert sandbox.update(status="paused").status_code == 429
    assert sandbox.http.post("/contacts/update", headers={"X-API-Key": "none"}).status_code == 401
    assert [row["fault"] for row in sandbox.book("requests")] == ["slow:1"] * 3


def test_a_slow_write_is_stamped_when_it_takes_effect(start: Start) -> None:
    """The effect is later than the arrival, and the reset still belongs to the arrival's window."""
    sandbox = start(faults=("slow:1100",))
    answer = sandbox.update(status="DNC")
    (row,), effect = sandbox.book("requests"), sandbox.book("effects")[0]
    assert effect["at"] >= row["at"] + 1.1
    assert 60 <= int(answer.headers["X-RateLimit-Reset"]) - row["at"] <= 61.01


def test_reads_and_the_judge_are_spared(start: Start) -> None:
    """Unless it says so, a fault strikes writes only; the judge's pages are never struck."""
    sandbox = start(faults=("status:500",))
    assert sandbox.http.get("/contacts").status_code == 200
    struck = start(faults=("status:500@any",))
    assert struck.http.get("/contacts").status_code == 500
    assert struck.http.get("/health").status_code == struck.http.get("/openapi.json").status_code == 200


def test_every_kind_has_a_meaning() -> None:
    """The table that error messages and help are made of is complete."""
    assert all(kind.meaning and kind.usage.startswith(name) for name, kind in KINDS.items())
