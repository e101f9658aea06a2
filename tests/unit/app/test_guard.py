"""Who may ask for a page. Each row of the first table fails for one reason only: with that check gone, it is let in."""

from __future__ import annotations

import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.datastructures import Headers
from unit.app.page_client import ACCESS, OWN, Client, open_browser

from batch.app import guard, server
from batch.app.guard import HEADERS, Refusal, peer_owner, refuse_peer
from batch.errors import SettingsError

#: Headers that replace those of the user's own browser, and why they are refused.
REFUSED_WRITES = [
    ({"host": "evil.example:8764", "origin": "http://evil.example:8764"}, 421, "a name that was rebound to loopback"),
    ({"host": "127.0.0.1"}, 421, "a host without our port"),
    ({"sec-fetch-site": "cross-site"}, 403, "another site's form, whose Origin a proxy rewrote"),
    ({"sec-fetch-site": "same-site"}, 403, "a page of another port of this machine"),
    ({"sec-fetch-site": "none"}, 403, "an address that was typed is no form"),
    ({"sec-fetch-site": None}, 403, "no browser of today leaves it out"),
    ({"origin": "http://evil.example"}, 403, "another site's form, in a browser that does not tell Sec-Fetch-Site"),
    ({"origin": "null"}, 403, "a sandboxed frame"),
    ({"origin": None}, 403, "no browser leaves it out of a form"),
    ({"origin": "http://localhost:8764"}, 403, "our other name is another origin"),
    ({"cookie": f"{ACCESS.cookie}=guess"}, 403, "a guessed cookie"),
    ({"cookie": None}, 403, "no cookie: another user's browser"),
    ({"content-length": "many"}, 413, "a length that is none"),
]


@pytest.fixture
def client(tmp_path: Path) -> Client:
    return open_browser(tmp_path).client


def test_a_form_of_ours_is_taken(client: Client) -> None:
    """The headers that the table below changes are right as they are."""
    answer = client.post("/language", data={"csrf": ACCESS.csrf, "language": "es", "back": "/runs"}, headers=OWN)
    assert answer.status_code == 200
    assert answer.url.path == "/runs"
    assert 'lang="es"' in answer.text


@pytest.mark.parametrize(("changed", "status", "reason"), REFUSED_WRITES)
def test_a_write_from_elsewhere_is_refused(
    client: Client, changed: dict[str, str | None], status: int, reason: str
) -> None:
    """One header is not as our own page sends it, and nothing is done."""
    headers = {**OWN, **{name: value for name, value in changed.items() if value is not None}}
    for name in [name for name, value in changed.items() if value is None]:
        headers.pop(name, None)
    if "cookie" in changed:
        client.cookies.clear()
    answer = client.post(
        "/language", data={"csrf": ACCESS.csrf, "language": "es"}, headers=headers, follow_redirects=False
    )
    assert (answer.status_code, answer.headers.get("set-cookie")) == (status, None), reason


def test_a_form_of_gigabytes_is_refused_by_its_length(client: Client) -> None:
    """The length that a form names is enough: nothing of it is read."""
    headers = {**OWN, "content-length": str(guard.MOST_FORM + 1)}
    answer = client.post("/language", data={"csrf": ACCESS.csrf, "language": "es"}, headers=headers)
    assert (answer.status_code, "This is larger than 4 MiB." in answer.text) == (413, True)


@pytest.mark.parametrize("token", ["", "0" * 64, ACCESS.session])
def test_a_form_without_our_token_is_refused(client: Client, token: str) -> None:
    """Everything else is right: the token alone decides."""
    answer = client.post("/language", data={"csrf": token, "language": "es"}, headers=OWN, follow_redirects=False)
    assert (answer.status_code, answer.headers.get("set-cookie")) == (403, None)


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_page_cannot_read_or_frame_ours(client: Client, site: str) -> None:
    """Also where the browser would send the cookie: pages of other ports are of the same site."""
    assert client.get("/", headers={"sec-fetch-site": site}).status_code == 403
    assert client.get("/", headers={"sec-fetch-site": "same-origin"}).status_code == 200


def test_the_secret_becomes_a_cookie_and_leaves_the_address(client: Client) -> None:
    """HttpOnly and SameSite=Strict, for this program's port; a wrong secret gives none."""
    client.cookies.clear()
    answer = client.get(f"/open/{ACCESS.secret}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith(f"{ACCESS.cookie}=")
    assert {"httponly", "samesite=strict", "path=/"} <= {part.strip() for part in cookie.split(";")}
    assert ACCESS.secret not in cookie
    client.cookies.clear()
    wrong = client.get("/open/guess", follow_redirects=False)
    assert (wrong.status_code, wrong.headers.get("set-cookie")) == (403, None)
    assert client.get("/").status_code == 403


def test_every_answer_has_the_headers(client: Client) -> None:
    """A page, a file of ours, a refusal: nothing from elsewhere is loaded, framed, sniffed or kept."""
    for path, origin in (("/", None), ("/static/app.css", None), ("/nowhere", None), ("/", "cross-site")):
        answer = client.get(path, headers={"sec-fetch-site": origin} if origin else {})
        missing = {name for name, value in HEADERS.items() if answer.headers.get(name) not in (value, "no-cache")}
        assert not missing, path
    policy = HEADERS["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_no_page_has_a_script_or_a_style_in_it() -> None:
    """The policy refuses them, so that a name from a file cannot become one."""
    for path in (Path(guard.__file__).parent / "html").iterdir():
        text = path.read_text("utf-8")
        assert " style=" not in text, path.name
        assert " onclick" not in text, path.name
        assert "<style" not in text, path.name
        assert text.count("<script") == text.count('<script src="/static/app.js" defer></script>'), path.name
        assert "|safe" not in text.replace(" ", ""), path.name


def test_a_body_that_is_longer_than_it_says_is_cut(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a length, or with a smaller one, it ends at the bound."""
    monkeypatch.setattr(guard, "MOST_FORM", 1000)

    async def body() -> AsyncIterator[bytes]:
        yield f"csrf={ACCESS.csrf}&language=es&back=".encode()
        for _ in range(50):
            yield b"x" * 100

    headers = {**OWN, "content-type": "application/x-www-form-urlencoded"}
    answer = client.post("/language", content=body(), headers=headers, follow_redirects=False)
    assert (answer.status_code, answer.headers.get("set-cookie")) == (413, None)


TABLE = """  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:223C 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1 1
   1: 0100007F:C000 0100007F:223C 01 00000000:00000000 00:00000000 00000000  {uid}        0 2 1
   2: 0100007F:223C 0100007F:C000 01 00000000:00000000 00:00000000 00000000  1000        0 3 1
   3: 0100007F:C001 0100007F:223C 06 00000000:00000000 03:00000000 00000000     0        0 0 3
"""


@pytest.mark.parametrize(
    ("uid", "client", "refused", "reason"),
    [
        (os.getuid(), ("127.0.0.1", 0xC000), False, "our own browser"),
        (os.getuid() + 1, ("127.0.0.1", 0xC000), True, "another user's program, even with the cookie"),
        (os.getuid() + 1, ("127.0.0.1", 0xC002), False, "a socket that the kernel does not list: the cookie decides"),
        (os.getuid() + 1, ("127.0.0.1", 0xC001), False, "a socket that is closed has no owner any more"),
        (os.getuid() + 1, ("testclient", 1), False, "no address"),
    ],
)
def test_another_user_of_the_machine_gets_nothing(
    tmp_path: Path, uid: int, client: tuple[str, int], refused: bool, reason: str
) -> None:
    """The kernel says whose the other end of the connection is."""
    table = tmp_path / "tcp"
    table.write_text(TABLE.format(uid=uid))
    answer = refuse_peer({"client": client, "server": ("127.0.0.1", 0x223C)}, table)
    assert isinstance(answer, Refusal) is refused, reason


def test_another_users_request_is_refused_whatever_it_brings(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The owner of the connection is looked at first: neither the cookie nor the secret helps."""
    monkeypatch.setattr(guard, "peer_owner", lambda *_: os.getuid() + 1)
    assert client.get("/").status_code == 403
    assert client.get(f"/open/{ACCESS.secret}", follow_redirects=False).status_code == 403


def test_the_kernel_lists_our_own_connections() -> None:
    """The check above reads the real table: a connection of this process is of this user (on Linux only)."""
    import socket

    if not guard._TCP_TABLE.exists():
        pytest.skip("on Linux only")
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.create_connection(listening.getsockname()) as ours:
        assert peer_owner(ours.getsockname(), listening.getsockname()) == os.getuid()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
def test_the_page_is_served_on_loopback_only(host: str) -> None:
    """Any other address is refused before anything listens."""
    with pytest.raises(SettingsError, match="this machine only"), server._bound(host, 0):
        pass


def test_a_number_that_is_no_port_is_refused() -> None:
    """A port above the highest is told, and is no crash."""
    with pytest.raises(SettingsError, match="99999 is no port"), server._bound("127.0.0.1", 99_999):
        pass


def test_what_the_page_keeps_is_the_users_alone(tmp_path: Path) -> None:
    """The state folder, a file that was given, its choices and the secrets: 0700 and 0600, whatever the umask is."""
    before = os.umask(0)
    try:
        folder = tmp_path / "app"
        server._make_private(folder)
        server._access(folder, 1)
        browser = open_browser(folder)
        browser.upload("contacts.csv", b"Phone\n212-555-0100\n")
        browser.context.saved_corrections()
    finally:
        os.umask(before)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in [folder, *folder.rglob("*")]}
    assert len(modes) > 5
    assert {path.name: oct(mode) for path, mode in modes.items() if mode & 0o077} == {}


def test_two_cookies_of_one_name_do_not_let_in() -> None:
    """The first that the browser sends may be another program's: only the right one counts, and a broken header not."""
    for cookie in (f"{ACCESS.cookie}=x; {ACCESS.cookie}=y", "=;;,\x01", ""):
        assert guard.refuse_stranger(Headers({"cookie": cookie}), ACCESS) is not None
