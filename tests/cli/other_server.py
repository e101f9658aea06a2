"""A second server of the API, small, which takes the other reading wherever the vendor's pages are silent or differ.

It answers as documented, and then a *dialect*, a function over the answer, says it otherwise. It shares no code with
the sandbox, so that what both take for granted is noticed.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

NAMES = ("active", "talk-to-human", "fulfilled", "paused", "DNC", "not-answering")
CAMPAIGN = "550e8400-e29b-41d4-a716-446655440000"


@dataclass
class Said:
    """One answer on its way: `value` is its JSON (`None`: no body at all); `about` is the path it is the answer to."""

    about: str
    status: int
    value: Any
    query: dict[str, str]
    headers: dict[str, str] = field(default_factory=dict)


#: Changes an answer in place.
Dialect = Callable[[Said], None]


@dataclass
class Team:
    """The contacts of the other server by number, and how often each was written with effect."""

    contacts: dict[str, dict[str, Any]]
    written: Counter[str] = field(default_factory=Counter)
    silent: set[str] = field(default_factory=set)  # numbers whose next write takes effect, and is not answered

    def status(self, phone: str) -> str:
        return str(self.contacts[phone]["status"])


def team(statuses: dict[str, str]) -> Team:
    """A team of contacts with these numbers and statuses."""
    return Team(
        {
            phone: {
                "id": f"d290f1ee-6c54-4b01-90e6-d701748f{place:04d}",
                "name": f"Contact {place}",
                "phoneNumber": phone,
                "timezone": "America/New_York",
                "status": status,
                "customVariables": {"plan": "gold"},
                "createdAt": f"2026-01-15T10:30:{place:02d}.000Z",
                "fulfilledAt": None,
                "reAddedAt": None,
                "campaigns": [{"id": CAMPAIGN, "name": "Q1 Outreach"}],
            }
            for place, (phone, status) in enumerate(statuses.items())
        }
    )


def answer(team: Team, method: str, path: str, query: dict[str, str], body: dict[str, Any]) -> Said:
    """What the pages document."""
    limits = {"X-RateLimit-Limit": "60000", "X-RateLimit-Remaining": "59999", "X-RateLimit-Reset": "1795248000"}
    said = Said(path, 200, None, query, limits)
    if path == "/contacts/statuses":
        said.value = [{"name": name, "isTerminal": name not in NAMES[:2]} for name in NAMES]
    elif path == "/campaigns":
        said.value = {
            "data": [{"id": CAMPAIGN, "name": "Q1 Outreach", "status": "active"}],
            "pagination": {"total": 1, "totalPages": 1, "currentPage": 1, "limit": int(query.get("limit", 10))},
        }
    elif path == "/contacts":
        found = [dict(one) for one in team.contacts.values() if query.get("search", "") in one["phoneNumber"]]
        page, limit = int(query.get("page", 1)), int(query.get("limit", 25))
        said.value = {
            "contacts": found[(page - 1) * limit : page * limit],
            "pagination": {"total": len(found), "page": page, "limit": limit},
        }
    else:
        contact = team.contacts.get(body.get("phone", ""))
        if method == "PUT":
            contact = next((one for one in team.contacts.values() if path == f"/contacts/{one['id']}"), None)
        if contact is None:
            said.status, said.value = 404, {"error": "Not found", "message": "Contact not found"}
            return said
        contact.update({name: body[name] for name in ("status", "customVariables", "name") if name in body})
        team.written[contact["phoneNumber"]] += 1
        shown = {name: contact[name] for name in ("id", "phoneNumber", "name", "status")} | {"campaignId": CAMPAIGN}
        said.value = {"success": True, "message": "Contact updated successfully", "contact": shown}
    return said


@contextmanager
def serving(team: Team, dialect: Dialect) -> Iterator[str]:
    """The base URL of a server of `team` that speaks `dialect`, on loopback, for the length of the block."""

    class Served(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            address = urlsplit(self.path)
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
            query = {name: values[-1] for name, values in parse_qs(address.query, keep_blank_values=True).items()}
            said = answer(team, self.command, address.path, query, body)
            if body.get("phone") in team.silent:
                team.silent.discard(body["phone"])
                self.close_connection = True
                return
            dialect(said)
            raw = said.value if isinstance(said.value, bytes) else json.dumps(said.value).encode()
            raw = b"" if said.value is None else raw
            self.send_response(said.status)
            for name, text in {"Content-Type": "application/json", **said.headers}.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = do_PUT = _serve

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Served)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
